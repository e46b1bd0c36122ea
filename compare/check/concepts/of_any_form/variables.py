"""Variables that differentiate what was computed from them, beside torch's autograd."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from compare.check.calling.variables import (
    OF_VARIABLES,
    SHARED,
    TWICE,
    Differentiated,
    differentiated,
    is_made_of_one,
)
from compare.check.concepts.of_any_form.beside import Beside, Mistaken
from compare.check.i18n.text import Text
from compare.check.subject import Subject
from compare.language.message import message

_LEAST = 3  # expressions that tell a variable from another thing that can be added
_DIGITS = 2.0**-42  # ten of 52 bits, which other steps may lose
_SHOWN = 6
_WITH_ITSELF = re.compile(r"a\.\w+\(a\)")


@dataclass(frozen=True)
class _Sorted:
    """The expressions, by what of them is not torch's."""

    right: Sequence[Differentiated]
    values: Sequence[Differentiated]
    gradients: Sequence[Differentiated]


def _found(subject: Subject, arrays: Mapping[str, Any]) -> tuple[Differentiated, ...]:
    """All expressions that it takes, of what differentiates; none of anything else.

    Raises Failed.
    """
    found = tuple(differentiated(subject, arrays["x"]))
    # of what has other gradients nearly everywhere, it is not known what it is meant to be
    known = len(found) >= _LEAST and 2 * len(_sorted(found).right) >= len(found)
    return found if known else ()


def _named(each: Differentiated, values: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    shape = np.shape(values["a"])[1:]
    of = f"{each.expression} {list(shape)}" if shape else each.expression
    used = (n for n in values if np.any(each.mine[n]) or np.any(each.torch[n]))
    return {f"{of}: {'y' if n == 'y' else f'dy/d{n}'}": values[n] for n in used}


def _sorted(found: Sequence[Differentiated]) -> _Sorted:
    values = [each for each in found if not _alike(each, "y")]
    rest = [each for each in found if _alike(each, "y")]
    gradients = [each for each in rest if not (_alike(each, "a") and _alike(each, "b"))]
    return _Sorted([each for each in rest if each not in gradients], values, gradients)


def _alike(each: Differentiated, name: str) -> bool:
    one, other = each.mine[name], each.torch[name]
    return one.shape == other.shape and bool(np.all(np.abs(one - other) <= _limit(other)))


def _limit(value: np.ndarray) -> float:
    return float(_DIGITS * max(np.abs(value).max(initial=0.0), 1.0))


def _told(found: Sequence[Differentiated]) -> tuple[Text, list[Mistaken]]:
    those = _sorted(found)
    names = _listed(those.right)
    said = Text(f"as torch.autograd: {names}", f"torch.autograd と同じ: {names}")
    return said, [_cause(those)] if those.values or those.gradients else []


def _cause(those: _Sorted) -> tuple[str, dict[str, str]]:
    """Which expressions are wrong, and what they have in common that the right ones have not."""
    if those.values:
        return "operation_computes_another", {"wrong": _listed(those.values)}
    wrong = [each.expression for each in those.gradients]
    told = {"wrong": _listed(those.gradients), "right": _listed(those.right)}
    if all(name in SHARED for name in wrong):
        return "handed_on_too_early", told
    if all(name in SHARED or _is_of_one_twice(name) for name in wrong):
        return "gradient_overwritten", told
    plain = [e for e in those.gradients if e.expression not in (*TWICE, *SHARED)]
    told["wrong"] = _listed(plain)
    factors = {f for each in plain for f in _factors(each)}
    if len(factors) == 1 and (factor := factors.pop()):
        return "operation_differentiated_times", {**told, "factor": factor}
    return "operation_differentiated_wrongly", told


def _is_of_one_twice(name: str) -> bool:
    return name in TWICE or name.endswith("(a, a)") or bool(_WITH_ITSELF.fullmatch(name))


def _factors(each: Differentiated) -> set[str]:
    """By which number a gradient is another, "" where that is not one number."""
    found = set()
    for name in ("a", "b"):
        if not _alike(each, name):
            with np.errstate(divide="ignore", invalid="ignore"):
                ratio = (each.mine[name] / each.torch[name]).reshape(-1)
            one = np.isfinite(ratio).all() and np.ptp(ratio) <= 1e-9 * np.abs(ratio).max()
            found.add(f"{ratio[0]:.6g}" if one else "")
    return found


def _listed(expressions: Sequence[Differentiated]) -> str:
    names = list(dict.fromkeys(each.expression for each in expressions))
    return ", ".join(names[:_SHOWN]) + (", ..." if len(names) > _SHOWN else "")


VARIABLE = Beside(
    "expressions",
    found=_found,
    given=lambda found: {n: v for each in found for n, v in _named(each, each.mine).items()},
    right=lambda found: {
        n: (v, _limit(v)) for each in found for n, v in _named(each, each.torch).items()
    },
    said=_told,
    refused=message("it is no variable that differentiates"),
).concept(
    OF_VARIABLES, "§5", "dy/da is the sum, over all uses of a, of what each hands back", {"P": 24},
    takes=is_made_of_one,
    looked_for=message("a value to be made of, operators, and a method that goes back"),
)  # fmt: skip
