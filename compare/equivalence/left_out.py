"""What of a pair is not compared though nobody said so, each with its reason."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from compare.equivalence.callee import Callee
from compare.equivalence.kept_state import KeptState
from compare.language.message import Message, message


def gradients_left_out(
    mine: Callee, frozen: Sequence[str], gradient: Any, no_gradient: Sequence[str]
) -> Iterator[Message]:
    """What is not compared though nobody said so."""
    if not mine.has_gradients and gradient is not False:
        yield message(
            "no gradient was compared: yours has none (give gradient=, an object with backward, or "
            "torch code; or gradient=False)"
        )
    elif mine.has_gradients and frozen:
        yield message(
            "no gradient of {names} was compared: frozen in the reference",
            names=", ".join(frozen),
        )
    if mine.has_gradients and no_gradient:
        yield message(
            "no gradient of {names} was compared: yours has none, as no_gradient says",
            names=", ".join(no_gradient),
        )


def unpaired_state(state: KeptState, mine: Callee, reference: Callee) -> Iterator[Message]:
    """What a call changes in the module of one side, where the other has no place for it."""
    if bool(mine.modules) == bool(reference.modules) or state.names or not state.changed:
        return
    yield message(
        "what a call changes in the module was not compared: {names} ({side} is no module; name it "
        'there by compare.watch("buffer/{first}", ...))',
        names=", ".join(state.changed),
        side=message("the reference") if mine.modules else message("yours"),
        first=state.changed[0],
    )
