"""What a script trains, as its own run shows it: turn by turn, what moved and what should have."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from compare.check.i18n.text import Text
from compare.check.repairs.repair import Place, Repair
from compare.sandbox.interface import Box, Definition, Ending, Failed, Inventory
from compare.sandbox.worker.steps.written_otherwise import ONE_EDIT

OF_TRAINING = "training"  # of the concept
_OF_A_STEP = 1e-9  # of the largest: a rule that is followed is nearer
_CERTAIN = 2e-4  # of a number: what is known worse says little of it
UNEXPLAINED = "not_its_own_gradient"  # the cause of what no known mistake explains
# the causes whose factor is a number that the script has a name for
_OF_A_NUMBER = {"factor_of_one_parameter": "factor_of_a_number"}
MADE = "training_run"  # what was made: the Training of a subject


@dataclass(frozen=True)
class Step:
    """One turn: what was given along some directions in the weights, and what is right there.

    ``cause`` is what is wrong, by the key of the mistake, or "".
    """

    turn: int
    cause: str
    blanks: Mapping[str, str | Text]
    names: tuple[str, ...]
    given: np.ndarray
    expected: np.ndarray
    limit: np.ndarray
    loss: str
    own: bool  # whether the script computes that loss, and no usual one is meant
    kept: bool = False  # whether it is of the gradients, and not of the step itself


@dataclass(frozen=True)
class Updates:
    """The gradients of some weights at the first turns, and how far these came: a row a turn.

    ``sizes``: how many of the elements are of each array of weights.
    """

    g: np.ndarray
    moved: np.ndarray
    names: tuple[str, ...]
    sizes: tuple[int, ...]


@dataclass(frozen=True)
class RuleFollowed:
    """The rule whose steps a training takes, with its constants, and what is wrong with it.

    ``expected``: the steps that it should take.
    """

    name: str
    convention: Text | None
    expected: np.ndarray
    cause: str = ""
    blanks: Mapping[str, str | Text] = field(default_factory=dict)


@dataclass(frozen=True)
class Training:
    """The turns of a loop that are explained, and the names of what it calls.

    ``of``: what does what is wrong, or the ``loop`` itself: its function, or method · ``updates``
    are of gradients that an update makes steps of · ``rule``: what these follow, where that is
    known.
    """

    of: Definition
    loop: Definition
    steps: tuple[Step, ...]
    uses: tuple[str, ...]
    updates: Updates | None = None
    rule: RuleFollowed | None = None

    @property
    def shown(self) -> Iterator[tuple[str, float, float, float]]:
        """Name, what was given, what is right, and its limit: of what is wrong, or says enough."""
        for step in self.steps:
            for name, *numbers in zip(
                step.names, step.given, step.expected, step.limit, strict=True
            ):
                given, expected, limit = map(float, numbers)
                if abs(given - expected) > limit or limit < _CERTAIN * abs(expected):
                    yield f"turn {step.turn}: {name}", given, expected, limit
        yield from self._shown_of_rule()

    def _shown_of_rule(self) -> Iterator[tuple[str, float, float, float]]:
        if self.updates is None or self.rule is None:
            return
        limit = _OF_A_STEP * float(np.abs(self.updates.moved).max())
        for turn, rows in enumerate(zip(self.updates.moved, self.rule.expected, strict=True), 1):
            for name, given, expected in zip(self.updates.names, *rows, strict=True):
                yield f"turn {turn}: moved({name})", float(given), float(expected), limit

    @property
    def causes(self) -> tuple[str, ...]:
        """What is wrong with its turns, each once."""
        of_rule = self.rule.cause if self.rule else ""
        every = (*(s.cause for s in self.steps), of_rule)
        return tuple(dict.fromkeys(c for c in every if c))

    @property
    def compares_steps(self) -> bool:
        """Whether its steps are compared, and not its gradients alone.

        Of a turn that is looked at later the step before it is not known.
        """
        return self.rule is not None or sum(not step.kept for step in self.steps) > 1


def trainings_of(box: Box, inventory: Inventory) -> tuple[list[Training], bool]:
    """Those whose turns are explained, and whether the time was up before all were looked at.

    Of one that was only begun nothing is said.
    """
    try:
        found = box.trainings()
    except Failed as failed:
        return [], failed.ending is Ending.TIMED_OUT
    late = any(each.get("late") is True for each in found)
    explained = [*_explained(found, inventory)]
    if late or not any(UNEXPLAINED in training.causes for training in explained):
        return explained, late
    try:
        more = box.trainings(edits=True)
    except Failed:
        return explained, False
    again = [*_explained(more, inventory)]
    # of a run whose time was up before its end, what it came to may be less
    return (again if len(again) == len(explained) else explained), False


def _explained(found: Sequence[Mapping[str, Any]], inventory: Inventory) -> Iterator[Training]:
    for each in found:
        try:
            steps = tuple(_step(turn, each) for turn in each["turns"])
            uses = tuple(str(name) for name in each["uses"])
            updates = _updates(each.get("updates") or {})
            loop, of = (
                _place(inventory, str(each[n]), int(each[f"{n}_line"]), str(each["file"]))
                for n in ("loop", "function")
            )
        except (KeyError, TypeError, ValueError, AttributeError):
            continue  # a worker that sends anything else has been tampered with
        wrong = any(step.cause for step in steps)
        if wrong or len(steps) > 1:
            yield Training(of, loop, steps, uses, updates)


def _step(turn: Mapping[str, Any], of: Mapping[str, Any]) -> Step:
    arrays = [np.asarray(turn[n], dtype=float).reshape(-1) for n in ("given", "expected", "limit")]
    names = tuple(str(n) for n in turn["names"])
    if {len(a) for a in arrays} != {len(names)}:
        raise ValueError
    cause, blanks = _told(str(turn["cause"]), dict(turn["blanks"]), of)
    given, expected, limit = arrays
    return Step(
        int(turn["turn"]), cause, blanks, names, given, expected, limit,
        str(turn["loss"]), turn["own"] is True, turn.get("kept") is True,
    )  # fmt: skip


def _updates(of: Mapping[str, Any]) -> Updates | None:
    if not of:
        return None
    g, moved = (np.asarray(of[n], dtype=float) for n in ("g", "moved"))
    names, sizes = tuple(map(str, of["names"])), tuple(map(int, of["sizes"]))
    if g.ndim != 2 or {g.shape, moved.shape} != {(len(g), len(names))} or sum(sizes) != len(names):
        raise ValueError
    return Updates(g, moved, names, sizes)


def _told(
    cause: str, blanks: Mapping[str, Any], of: Mapping[str, Any]
) -> tuple[str, Mapping[str, str | Text]]:
    """What is wrong, and the blanks of its texts; of edits, in the words of these."""
    if blanks.get("number"):
        cause = _OF_A_NUMBER.get(cause, cause)
    if cause != ONE_EDIT:
        return cause, {str(k): str(v) for k, v in blanks.items()}
    loop = str(of["loop"]) or f"loop_in_line_{int(of['loop_line'])}"
    repair = Repair(tuple(
        Place(str(p["name"]) or loop, int(p["line"]), str(p["stands"]), str(p["meant"]),
              str(p["where"]), int(p["beside"]))
        for p in json.loads(str(blanks["places"]))
    ))  # fmt: skip
    return repair.cause, repair.blanks


def _place(inventory: Inventory, function: str, line: int, file: str) -> Definition:
    """The function, the method, or the loop of a script, in which it trains."""
    name = function or f"loop_in_line_{line}"
    own = [d for d in inventory.found if d.name == name and d.kind != "value"]
    if own:
        return own[0]
    holder = [d for d in inventory.found if d.name == name.rpartition(".")[0]]
    return Definition(name, "function", line=line, source=holder[0].source if holder else "",
                      file=file)  # fmt: skip
