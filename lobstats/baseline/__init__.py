"""Regression tests: the facts of a sample kept in a file, and later samples held against them."""
