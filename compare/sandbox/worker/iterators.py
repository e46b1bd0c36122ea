"""What a generator gives: its first items. A person's own class with ``__next__`` is an object."""

from __future__ import annotations

import itertools
from types import GeneratorType
from typing import Any

SEQUENCES: tuple[Any, ...] = ([], (), {}, {}.items(), {}.values(), set(), "", range(0))
# by what makes them: list_iterator, dict_keyiterator and others have no public name
ITERATORS = frozenset(
    {GeneratorType, map, zip, filter, enumerate, reversed}
    | {type(iter(of)) for of in SEQUENCES}
    | {kind for kind in vars(itertools).values() if isinstance(kind, type)}
)


def taken(value: Any, items: int) -> Any:
    """The value; of an iterator of Python's own its first items, as a list."""
    return list(itertools.islice(value, items)) if type(value) in ITERATORS else value
