"""An activation whose argument or result is multiplied, or moved, by a constant that is solved."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

from compare.check.concept import Form, Free, Tried

Formula = Callable[[Any], Any]
_LEAST, _MOST = 1e-3, 1e3


@cache  # the same objects at each call: what they compute is remembered by them
def moved(
    formula: Formula, as_form: Callable[..., Form], written: str, name: str
) -> tuple[Free, ...]:
    """f(c u) and c f(u); f(u + c) and f(u) + c; the same with - c.

    ``as_form``: formula, cause and blanks → form · ``written``: the right formula in words.
    """

    def form(cause: str, of: Formula, is_: str) -> Form:
        return as_form(of, cause, {"is": is_, "formula": written})

    def multiplied(c: float) -> Sequence[Form]:
        return (
            form("argument_multiplied", lambda u: formula(u * c), f"{name}({c:g} u)"),
            form("result_multiplied", lambda u: formula(u) * c, f"{c:g} {name}(u)"),
        )

    def shifted(sign: int) -> Callable[[float], Sequence[Form]]:
        cause = "relu_moved" if name == "relu" else "result_moved"
        says = "+" if sign > 0 else "-"

        def of(c: float) -> Sequence[Form]:
            return (
                form("argument_moved", lambda u: formula(u + sign * c), f"{name}(u {says} {c:g})"),
                form(cause, lambda u: formula(u) + sign * c, f"{name}(u) {says} {c:g}"),
            )

        return of

    return (
        Free(multiplied, _LEAST, _MOST),
        *(Free(shifted(sign), _LEAST, _MOST) for sign in (1, -1)),
    )


def of_activation(
    formula: Formula, as_form: Callable[..., Form], written: str, name: str
) -> Callable[[Tried], tuple[Free, ...]]:
    """What a concept has of these, for its results to tell the constant."""
    return lambda trial: moved(formula, as_form, written, name)
