"""Limits measured where no formula is known: how far rounding alone moves a result."""
