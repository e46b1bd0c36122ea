"""Standard output on terminals and pipes that cannot show every character."""

from __future__ import annotations

import codecs
import sys

_PLAIN = str.maketrans(
    {
        "∂": "d",
        "Σ": "sum",
        "√": "sqrt",
        "→": "->",
        "←": "<-",
        "≤": "<=",
        "≥": ">=",
        "≈": "~",
        "∞": "inf",
        "α": "alpha",
        "β": "beta",
        "γ": "gamma",
        "ε": "eps",
        "μ": "mu",
        "π": "pi",
        "ρ": "rho",
        "Δ": "Delta",
        "⌊": "floor(",
        "⌈": "ceil(",
        "⌋": ")",
        "⌉": ")",
        "§": "S",
        "±": "+-",
        "²": "^2",
        "·": ".",
        "\u0302": "^",  # the combining hat of Adam's m and v
        "'": "'",
    }
)


def _transliterate(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    # what the table lacks becomes "?"; the stream goes on behind the characters that it could not
    # take
    plain = error.object[error.start : error.end].translate(_PLAIN)
    return plain.encode("ascii", "replace").decode("ascii"), error.end


def shows(text: str) -> bool:
    """Whether standard output has the characters of a text."""
    try:
        text.encode(getattr(sys.stdout, "encoding", None) or "utf-8")
    except (UnicodeEncodeError, LookupError):
        return False
    return True


def allow_any_character() -> None:
    """Write what the stream's encoding lacks as its nearest ASCII, so that printing never fails."""
    codecs.register_error("transliterate", _transliterate)
    for stream in (sys.stdout, sys.stderr):
        # whoever captures the output (a notebook, a test) may have put in no TextIOWrapper
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure:
            reconfigure(errors="transliterate")
