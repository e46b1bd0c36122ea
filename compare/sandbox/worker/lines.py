"""A line that the worker sends: a text with {places}, and what fills them.

The parent says it in the reader's language (compare.language.message). What an exception says in
the submission is the English of it, which ``refusal`` also fastens to the exception.
"""

from __future__ import annotations

from typing import Any

_NAME = "line_of_the_sandbox"  # of the attribute; one that is forged is a stranger's text, as any


def line(text: str, /, **values: Any) -> dict[str, Any]:
    """A line whose values are texts, or lines in their turn."""
    return {"text": text, "values": values}


def english(said: Any) -> str:
    """The line in English; of plain text that text."""
    if type(said) is not dict:
        return str(said)
    filled: str = said["text"]
    for name, value in said["values"].items():
        filled = filled.replace("{" + name + "}", english(value))
    return filled


def refusal(kind: type[BaseException], text: str, /, *before: Any, **values: str) -> BaseException:
    """The exception to be raised; ``before``: what its kind takes ahead of its message."""
    said = line(text, **values)
    error = kind(*before, english(said))
    setattr(error, _NAME, said)
    return error


def line_of(error: BaseException) -> dict[str, Any] | None:
    """What ``refusal`` fastened to it."""
    said = getattr(error, _NAME, None)
    return said if type(said) is dict and said.keys() == {"text", "values"} else None
