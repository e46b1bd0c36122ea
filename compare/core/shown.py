"""A result prints itself: by its report, which stands above it, and which the front has given."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, ClassVar, NamedTuple


class Forms(NamedTuple):
    """Of one class of results: ``str()``, ``repr()``, and what a notebook shows."""

    text: Callable[[Any], str]
    line: Callable[[Any], str]
    page: Callable[[Any], str]


class Shown:
    """A result that prints itself; ``forms`` says how, by class, and is given by ``compare``."""

    forms: ClassVar[Callable[[], Mapping[type, Forms]]]

    def __str__(self) -> str:
        return Shown.forms()[type(self)].text(self)

    def __repr__(self) -> str:
        return Shown.forms()[type(self)].line(self)

    def _repr_html_(self) -> str:
        return Shown.forms()[type(self)].page(self)
