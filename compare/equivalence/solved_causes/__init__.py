"""Causes whose numbers are solved from two results and from what both were given."""
