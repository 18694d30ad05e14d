"""The mergeable statistics."""
