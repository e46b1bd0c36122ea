"""A result prints itself: by its report, which stands above it, and which the front has given."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar, NamedTuple


class Forms(NamedTuple):
    """Of one class of results: ``str()``, ``repr()``, and what a notebook shows."""

    text: Callable[[Any], str]
    line: Callable[[Any], str]
    page: Callable[[Any], str]


class Shown:
    """A result that prints itself; ``forms``, given by ``compare``, says how, by its class."""

    forms: ClassVar[Callable[[type], Forms]]

    def __str__(self) -> str:
        return Shown.forms(type(self)).text(self)

    def __repr__(self) -> str:
        return Shown.forms(type(self)).line(self)

    def _repr_html_(self) -> str:
        return Shown.forms(type(self)).page(self)
