"""A loss whose number of classes stands in its text: how many its own errors ask for."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from compare.check.concept import Concept
from compare.check.i18n.text import Text
from compare.check.probes.probe import of_size
from compare.check.trial import Trial

_SHAPE = re.compile(r"\(([\d, ]+)\)")
_MOST = 1000


def of_so_many(n: int) -> Text:
    """The convention that it is written for so many classes."""
    return Text(f"written for {n} classes", f"クラス数は {n} に固定")


def with_its_classes(trial: Trial) -> tuple[Concept, int] | None:
    """The concept with as many classes as the shapes of all its errors ask for, and how many.

    None where they ask for none, or not for the same.
    """
    asked = {n for p in trial.concept.ordinary for a in trial.concept.arrangements
             if a.takes(trial.subject) and (failed := trial.ran(a, p).failed)
             for n in _asked(failed.line, dict(p.case.sizes))}  # fmt: skip
    n = asked.pop() if len(asked) == 1 else 0
    if not 1 < n <= _MOST:
        return None
    probes = tuple(of_size(probe, "K", n) for probe in trial.concept.probes)
    return replace(trial.concept, probes=probes), n


def _asked(line: str, sizes: dict[str, int]) -> Iterator[int]:
    """Of (5,3) beside (5,10), where there are 5 samples of 3 classes, 10."""
    samples, classes = sizes.get("N"), sizes.get("K")
    shapes = [tuple(map(int, s.replace(" ", "").strip(",").split(","))) for s in
              _SHAPE.findall(line) if s.strip(", ")]  # fmt: skip
    for ours, other in zip(shapes, shapes[1:], strict=False):
        for one, of in ((ours, other), (other, ours)):
            if one == (samples, classes) and of[0] == samples and len(of) == 2 and of != one:
                yield of[1]
