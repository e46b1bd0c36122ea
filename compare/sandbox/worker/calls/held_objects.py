"""The objects of a submission that stay in its process, and are asked for by number."""

from __future__ import annotations

from typing import Any

from compare.sandbox.worker.numbers_inside import taken
from compare.sandbox.worker.wire_format import Refused


class Objects:
    """The objects that stay here, by number."""

    def __init__(self, items: int) -> None:
        self._held: dict[int, Any] = {}
        self._refused: dict[int, BaseException] = {}
        self._items = items

    def hold(self, value: Any) -> int:
        self._held[len(self._held) + 1] = value
        return len(self._held)

    def keep(self, number: int, value: Any) -> None:
        """Under a number that the parent gave it."""
        self._held[number] = value

    def refuse(self, number: int, error: BaseException) -> None:
        """Raise that where the object is asked for next."""
        self._refused[number] = error

    def get(self, number: int, type_name: str = "") -> Any:
        if number in self._refused:
            raise self._refused.pop(number)
        if number not in self._held:
            raise Refused("there is no object of that handle")
        return self._held[number]

    def taken(self, value: Any) -> Any:
        """The value; of an iterator its first items, as a list."""
        return taken(value, self._items)

    def plain(self, value: Any) -> Any:
        """What refuses to hold: for values that have to come as they are."""
        kind = type.__dict__["__name__"].__get__(type(value))
        raise Refused(
            "an object of type {kind} is no plain value: numbers, text, arrays, and lists, tuples "
            "and dicts of them can be taken",
            kind=kind,
        )
