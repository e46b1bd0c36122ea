"""Counts of right answers that are drawn: evaluating must not drop units at random."""

from __future__ import annotations

from collections.abc import Iterator
from types import FunctionType
from typing import Any

import numpy as np

from compare.sandbox.worker.steps.beside_steps.evaluation import function_of
from compare.sandbox.worker.steps.finding import Beside
from compare.sandbox.worker.steps.observe import Look
from compare.sandbox.worker.steps.samples import counts_of_script
from compare.sandbox.worker.steps.turn import Late, Number, Turn, one_number

_TIMES = 8  # as often it is computed: of few samples a count may be the same by chance
_MOST = 4


def drawn_in_evaluation(look: Look) -> Iterator[Beside]:
    """Counts that are another number each time, and are not with a switch turned.   Raises Late."""
    turn = look.turn
    counts = list(counts_of_script(turn, look.weights))
    whole = {n.name for n in counts}  # and not of the samples of the turn alone
    counts += [n for n in look.counts if n.name not in whole]
    for count in counts[:_MOST]:
        drawn = _numbers(turn, count)
        if len(drawn) < 2:
            continue
        for function, turned in _switched(turn):
            kept = function.__defaults__
            function.__defaults__ = turned
            still = _numbers(turn, count)
            function.__defaults__ = kept
            if len(still) == 1 and np.isfinite(list(still)).all():
                given = next(n for n in drawn if n not in still)
                place = function_of(turn, count)
                yield Beside("evaluated_with_draws", {"call": count.name}, count.name, given,
                             still.pop(), *place)  # fmt: skip
                break
    turn.set_back()


def _numbers(turn: Turn, count: Number) -> set[float]:
    """What it is, computed several times from the same moment on."""
    turn.set_back()
    try:
        return {one_number(count.of()) for _ in range(_TIMES)}
    except Late:
        raise
    except Exception:
        return set()


def _switched(turn: Turn) -> Iterator[tuple[FunctionType, tuple[Any, ...]]]:
    """The functions of the script with a default of yes or no, and what has it turned."""
    held = [v for n, v in turn.names.items() if isinstance(n, str) and n[:2] != "__"]
    kinds = [v for v in held if isinstance(v, type) and turn.is_own(v)]
    for each in [*held, *(v for kind in kinds for v in vars(kind).values())]:
        defaults = each.__defaults__ or () if isinstance(each, FunctionType) else ()
        for at, value in enumerate(defaults):
            if isinstance(value, bool) and each.__code__.co_filename in turn.files:
                yield each, (*defaults[:at], not value, *defaults[at + 1 :])
