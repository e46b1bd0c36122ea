"""Another clipping of gradients, with which the reference gives what yours does.

torch's own is met where the reference calls it, and made by another formula there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor
from torch.nn import utils
from torch.nn.utils import clip_grad

from compare.equivalence.solved_causes.by_numbers import same_numbers
from compare.equivalence.solved_causes.optimizers import Run, Values
from compare.language.message import Message, message

# The gradients, the limit, and the norm of all of them: clipped in place.
Formula = Callable[[Sequence[Tensor], float, Tensor], None]
BY_NORM, BY_VALUE = "clip_grad_norm_", "clip_grad_value_"
_SCALES = "_clip_grads_with_norm_"  # of torch, where the norm is known
LEAST = 1e-6  # that torch adds to a norm


def _scaled(gradients: Sequence[Tensor], limit: float, total: Tensor, most: float) -> None:
    for gradient in gradients:
        gradient.mul_((limit / (total + LEAST)).clamp(max=most))


def _by_value(gradients: Sequence[Tensor], limit: float, total: Tensor) -> None:
    for gradient in gradients:
        gradient.clamp_(-limit, limit)


def _each_by_its_norm(gradients: Sequence[Tensor], limit: float, total: Tensor) -> None:
    for gradient in gradients:
        _scaled([gradient], limit, gradient.norm(), 1.0)


def _by_norm(gradients: Sequence[Tensor], limit: float, total: Tensor) -> None:
    _scaled(gradients, limit, total, 1.0)


def _to_the_norm(gradients: Sequence[Tensor], limit: float, total: Tensor) -> None:
    _scaled(gradients, limit, total, torch.inf)


def _not_at_all(gradients: Sequence[Tensor], limit: float, total: Tensor) -> None:
    pass


# How torch clips -> how yours may.
FORMULAS: Mapping[str, Mapping[Message, Formula]] = {
    BY_NORM: {
        message("gradients clipped by value"): _by_value,
        message("each gradient clipped by its own norm"): _each_by_its_norm,
        message("gradients scaled up to the norm as well"): _to_the_norm,
        message("no clipping"): _not_at_all,
    },
    BY_VALUE: {
        message("gradients clipped by the norm of all"): _by_norm,
        message("each gradient clipped by its own norm"): _each_by_its_norm,
        message("no clipping"): _not_at_all,
    },
}


@contextmanager
def clipped(by: str = "", formula: Formula | None = None) -> Iterator[list[str]]:
    """Which ways of torch to clip are called inside; one of them is made by a formula."""
    met: list[str] = []

    def made(how: str, own: Callable[..., Any], parameters: Any, limit: Any, *rest: Any) -> Any:
        met.append(how)
        if how != by or formula is None:
            return own()
        with torch.no_grad():
            gradients = _gradients(parameters)
            total = rest[0] if rest else torch.stack([g.norm() for g in gradients]).norm()
            return formula(gradients, float(limit), total)

    def by_norm(parameters: Any, max_norm: Any, total_norm: Any, *rest: Any, **named: Any) -> Any:
        given = (parameters, max_norm, total_norm, *rest)
        return made(BY_NORM, lambda: scales(*given, **named), parameters, max_norm, total_norm)

    def by_value(parameters: Any, clip_value: Any, *rest: Any, **named: Any) -> Any:
        given = (parameters, clip_value, *rest)
        return made(BY_VALUE, lambda: clips(*given, **named), parameters, clip_value)

    clips, scales = clip_grad.clip_grad_value_, getattr(clip_grad, _SCALES, _none)
    instead: list[tuple[Any, str, Any]] = [
        (clip_grad, BY_VALUE, by_value),
        (utils, BY_VALUE, by_value),
    ]
    if scales is not _none:  # older versions of torch do all of it in one function
        instead.append((clip_grad, _SCALES, by_norm))
    before = [(home, name, getattr(home, name)) for home, name, _ in instead]
    try:
        for home, name, own in instead:
            setattr(home, name, own)
        yield met
    finally:
        for home, name, own in before:
            setattr(home, name, own)


def _none(*given: Any, **named: Any) -> None:
    """In place of what this torch does not have."""


def _gradients(parameters: Tensor | Iterable[Tensor]) -> list[Tensor]:
    several = [parameters] if isinstance(parameters, Tensor) else parameters
    return [p.grad for p in several if p.grad is not None]


def other_clipping(met: Sequence[str], run: Run, mine: Values) -> Message | str:
    """With which other clipping every value of yours comes out; "" of none.

    met: how the reference clips
    """
    for how in dict.fromkeys(met):
        for text, formula in FORMULAS[how].items():
            with clipped(how, formula):
                there = run()
            if there.keys() == mine.keys() and all(same_numbers(there[n], mine[n]) for n in mine):
                return message(
                    "another clipping: with {what} for torch's {function}, the reference gives "
                    "what yours does",
                    what=text,
                    function=how,
                )
    return ""
