"""Text of a stranger's, as it may be shown."""

from __future__ import annotations


def clean(text: str) -> str:
    """The text with its control characters spelled out: it is shown on somebody's terminal."""
    return "".join(c if c.isprintable() or c in "\n\t" else ascii(c)[1:-1] for c in text)
