"""The error for the person who asked for something that cannot be done."""

from __future__ import annotations


class UsageError(ValueError):
    """What was asked for cannot be done; the message says what was wrong and what to do."""
