"""Gradients of a network by differences of its loss: right to a few digits, or with a mistake."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from compare.arithmetic.running_error import Bounded
from compare.check.fitting import difference_quotients as quotients
from compare.check.fitting.networks import passes as chains
from compare.check.fitting.networks.passes import Forward
from compare.check.fitting.networks.plans import Plan, Reported
from compare.check.i18n.text import Text

Arrays = Mapping[str, Any]


@dataclass(frozen=True)
class Quotient:
    """What is computed of E(p + h e_i) and E(p - h e_i); ``order`` of h in which it is off.

    ``left``: where the elements before i are left, in steps of h.
    """

    of: quotients.Quotient
    order: int
    cause: str
    side: Text | None = None
    left: int = 0


QUOTIENTS = (
    Quotient(quotients.central, 2, "numerical"),
    Quotient(quotients.central, 1, "not_restored", left=-1),
    Quotient(quotients.forward, 1, "not_restored", left=1),
    Quotient(quotients.forward, 1, "one_sided_difference", quotients.FORWARD),
    Quotient(quotients.backward, 1, "one_sided_difference", quotients.BACKWARD),
)


@dataclass(frozen=True)
class Differences(Plan):
    """A quotient of differences of the loss that is reported, of every element."""

    h: float = 1e-4
    of: Reported | None = None
    quotient: Quotient = QUOTIENTS[0]

    def grads(self, a: Arrays, forward: Forward) -> dict[str, Bounded]:
        """The quotients of all parameters, from the last layer on."""
        return dict(self.each(a, forward))

    def each(self, a: Arrays, forward: Forward) -> Iterator[tuple[str, Bounded]]:
        """One parameter after the other."""
        depth = chains.depth_of(a)
        for name in [f"{p}{k}" for k in range(depth, 0, -1) for p in "Wb"]:
            yield f"grad/{name}", self._of(name, a, forward)

    def last(self, a: Arrays, forward: Forward) -> Bounded:
        """Those of the last layer's weights alone."""
        return self._of(f"W{chains.depth_of(a)}", a, forward)

    def _of(self, name: str, a: Arrays, forward: Forward) -> Bounded:
        p, left = a[name], self.quotient.left * self.h
        order = [f"{kind}{k}" for k in range(1, chains.depth_of(a) + 1) for kind in "Wb"]
        before = order[: order.index(name)] if left else []
        moved = {**a, **{n: a[n] + a[n].constant(left) for n in before}}
        error = self._error(name, moved, forward)
        return quotients.of_each(self.quotient.of, error, p, self.h, self.quotient.left)

    def _error(self, name: str, a: Arrays, forward: Forward) -> quotients.Function:
        reported = self.of
        assert reported is not None  # only a loss that is shown has differences

        def of(p: Bounded) -> Bounded:
            moved = {**a, name: p}
            return reported.of(moved, chains.passed(forward, moved, moved["x"]), forward)

        return of

    @property
    def causes(self) -> list[tuple[str, dict[str, str | Text]]]:
        """A warning, or what is wrong with the quotient."""
        side = self.quotient.side
        return [(self.quotient.cause, {"side": side} if side else {})]
