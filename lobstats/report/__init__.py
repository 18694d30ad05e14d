"""A comparison rendered for people and for machines."""
