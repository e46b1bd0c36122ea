"""What a submission's scripts show when they are run once more: trainings, and calls."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from compare.sandbox.decode_reply import calls_of, pair_of
from compare.sandbox.interface import Answer, Calls, Limits

# how many times as long as a call: several turns of several loops, each with many weights, are run
# again and again; and where a turn is tried with other texts, less what was searched before
_OF_TURNS, _OF_EDITS = 2.5, 3.5


class ScriptRuns:
    """The part of a box that asks its process for them, each once."""

    limits: Limits
    searched: float
    _owner = 0
    _script_calls: Calls | None = None
    _script_values: tuple[int, Sequence[Any]] = (0, ({}, {}))

    def trainings(self, edits: bool = False) -> Sequence[Mapping[str, Any]]:
        """The first turns of what trains in its scripts, run once more.   Raises Failed."""
        left = max(_OF_TURNS, _OF_EDITS - self.searched / self.limits.seconds_a_call)
        found = self._of_scripts("trainings", left if edits else _OF_TURNS, edits)
        return [e for e in found if isinstance(e, dict)] if isinstance(found, list) else []

    def script_calls(self) -> Calls:
        """How its scripts, run once more, call its functions; once.   Raises Failed."""
        if self._script_calls is None:
            self.script_values()
        return self._script_calls or {}

    def script_values(self) -> Sequence[Any]:
        """The arguments themselves, and what of them others gave.   Raises Failed."""
        self._started()
        # the objects among them are those of one process
        if self._script_values[0] != self._owner:
            found = self._of_scripts("script_calls")
            seen, *values = found if isinstance(found, list) and found else [{}]
            self._script_calls = self._script_calls or calls_of(seen)
            self._script_values = self._owner, pair_of(values)
        return self._script_values[1]

    def note_calls(self, on: bool) -> Calls:
        """What was called since the last time; ``on``: it is noted from now on.   Raises Failed."""
        return calls_of(self._answer_to({"do": "note_calls"}, "", value=on).value)

    def _of_scripts(self, do: str, longer: float = 1.0, edits: bool = False) -> Any:
        seconds = longer * self.limits.seconds_a_call  # they are run once more
        return self._answer_to({"do": do}, "", 2 * seconds, value=[0.75 * seconds, edits]).value

    def _started(self) -> Any:
        raise NotImplementedError

    def _answer_to(
        self, request: dict[str, Any], what: str, most: float = 0.0, **values: Any
    ) -> Answer:
        raise NotImplementedError
