"""A number of the reference's modules with which it would be yours: an eps, a slope, solved."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence

import numpy as np
from torch import nn

from compare.equivalence.solved_causes.by_numbers import precision, same_numbers
from compare.language.message import Message, message

MOST = 24  # settings, of which each takes a pass forward
STEPS = 6  # of Newton's method, which a number that is nearly linear needs two of
NEARLY = 0.9  # the cosine of what differs and what the setting moves
HARDLY, BENT_STEPS, BENT = 0.5, 12, 0.1  # the same of a number that is far from linear; its steps
SLOWLY = 0.8  # of what differs is left after such a step
DIGITS = (2, 4, 7)  # as people write a number, and beyond
FINE, WIDER, SEEN = 2.0**-30, 7, 4.0  # precision; tenfold steps, until one moves so many times it
BESIDE = 2.0**-10  # of a number, and another one is beside it
FEW, SHORT = 3, 6  # results; characters, as of 0.1234 and 1e-05

Setting = tuple[str, tuple[str, ...], float]  # its name, the submodules that have it, its value
Compute = Callable[[Sequence[str], str, float], np.ndarray | None]


def solved(
    module: nn.Module, mine: np.ndarray, reference: np.ndarray, compute: Compute
) -> Message | str:
    """With which number of its parts ``compute`` gives mine; "" where none of them does.

    compute: what the first name that differs is where a setting of some parts has another value;
    ``reference`` where all is as it is.
    """
    settings = _settings(module)
    for setting, bent in [(s, bent) for bent in (False, True) for s in settings]:
        value = solution(setting, mine, reference, compute, bent)
        name, paths, before = setting
        # shown in as many digits, it would be no other
        if value is not None and value != f"{before:g}":
            return another(module, name, value, f"{before:g}", paths)
    return ""


def another(
    module: nn.Module, name: str, value: str, before: str, paths: Sequence[str]
) -> Message | str:
    """Of which setting, in which parts of a module, the value has to be another."""
    return message(
        "another {name}: with {value} for {before} in {where}, the reference gives what yours does",
        name=name,
        value=value,
        before=before,
        where=", ".join(path or type(module).__name__ for path in paths),
    )


def _settings(module: nn.Module) -> list[Setting]:
    """Every real number of a part: all of one name and value together, then each by itself."""
    alone = list(_each(module))
    together: dict[tuple[str, float], list[str]] = {}
    for name, (path,), value in alone:
        together.setdefault((name, value), []).append(path)
    groups = [(n, tuple(paths), v) for (n, v), paths in together.items() if len(paths) > 1]
    # those that are 0 last: most are switched off, as the dropout of an attention
    return sorted([*groups, *alone], key=lambda setting: not setting[2])[:MOST]


def _each(module: nn.Module) -> Iterator[Setting]:
    for path, part in module.named_modules():
        for name, value in vars(part).items():
            if type(value) is float and not name.startswith("_"):
                yield name, (path,), value


def solution(
    setting: Setting,
    mine: np.ndarray,
    reference: np.ndarray,
    compute: Compute,
    bent: bool = False,
) -> str | None:
    """The number, as it is written, with which the reference is mine.

    bent: it moves the result along a curve, as within a softmax or as a base of powers does; else
    nearly along a line.
    """
    name, paths, value = setting

    def of(x: float) -> np.ndarray | None:
        return compute(paths, name, x)

    x = value
    here: np.ndarray | None = reference
    left = math.inf
    for k in range(BENT_STEPS if bent else STEPS):
        if bent and here is not None:
            before, left = left, float(np.linalg.norm(mine - here))
            if k > 1 and not left < SLOWLY * before:  # it leads nowhere
                return None
        # at 0 a difference quotient needs the size of the number from elsewhere
        step, along = _step(x, 1e-3 * (abs(x) or 1e-3 * (abs(value) or 1.0)), here, mine, of)
        # of those that are bent, the first step alone says whether it may be this one
        if step is None or along < (NEARLY if not bent else 0.0 if k else HARDLY):
            return None
        x = _moved(x, step, value, bent)
        # after one step it is near enough to be read, where it is one that people write
        text = _written(x, mine, of, DIGITS[:1]) if k == 0 else None
        here = of(x) if text is None else None
        if here is not None and same_numbers(mine, here):
            text = _written(x, mine, of) or f"{x:.8g}"
        if text is not None:
            # some number explains a single one: one that people write, or none
            told = mine.size >= FEW or len(text) <= SHORT
            told = told and not (bent and _is_any(float(text), value, mine, of))
            return text if told else None
    return None


def _is_any(
    x: float, before: float, mine: np.ndarray, of: Callable[[float], np.ndarray | None]
) -> bool:
    """Whether the number beside it gives the same result, as above all that is clamped."""
    other = of(x + BESIDE * (abs(x) + abs(before) or 1.0))
    return other is not None and same_numbers(mine, other)


def _moved(x: float, step: float, value: float, bent: bool) -> float:
    """x and the step; of what is bent, by its logarithm and by no more than a factor of e."""
    if not bent:
        return max(x + step, 0.0) if value > 0 else x + step
    share = min(max(step / x, -1.0), 1.0) if x else 0.0
    return x * math.exp(share) if abs(share) > BENT else x + share * x if x else step


def _step(
    x: float,
    h: float,
    here: np.ndarray | None,
    mine: np.ndarray,
    of: Callable[[float], np.ndarray | None],
) -> tuple[float | None, float]:
    """Newton's, along what the setting moves, and how nearly that is all that differs."""
    there = of(x + h)
    if here is None or there is None or not here.shape == there.shape == mine.shape:
        return None, 0.0
    if precision() > FINE:  # in float32 inside, a small step is lost in rounding
        for _ in range(WIDER):
            moved = float(np.abs(there - here).max())
            if moved > SEEN * precision() * np.abs(here).max():
                break
            h *= 10
            there = of(x + h)
            if there is None or there.shape != here.shape:
                return None, 0.0
    slope, left = ((there - here) / h).ravel(), (mine - here).ravel()
    sizes = float(np.linalg.norm(slope) * np.linalg.norm(left))
    if not np.isfinite(sizes) or not sizes:
        return None, 0.0
    return float(slope @ left / (slope @ slope)), abs(slope @ left) / sizes


def _written(
    x: float,
    mine: np.ndarray,
    of: Callable[[float], np.ndarray | None],
    every: Sequence[int] = DIGITS,
) -> str | None:
    """In as few digits as are enough; None where so many are not."""
    for digits in every:
        text = f"{x:.{digits}g}"
        value = of(float(text))
        if value is not None and same_numbers(mine, value):
            short = f"{float(text):g}"  # 1000, and not 1e+03
            return short if float(short) == float(text) else text
    return None
