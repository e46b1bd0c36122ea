"""What one parameter's gradient may be instead of the right one: a factor, zeros, the transpose."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from compare.arithmetic.running_error import Bounded

Arrays = Mapping[str, Any]


@dataclass(frozen=True)
class Alteration:
    """A gradient made of the right ones: ``make(name, right ones, arrays)``."""

    cause: str
    make: Callable[[str, Mapping[str, Bounded], Arrays], Bounded]
    kinds: str = "Wb"
    said: str = ""

    def may(self, name: str) -> bool:
        """Whether it can happen to that gradient."""
        return name.removeprefix("grad/")[0] in self.kinds

    def of(self, name: str, found: Mapping[str, Bounded], a: Arrays) -> Bounded:
        """The altered gradient."""
        return self.make(name, found, a)


@dataclass(frozen=True)
class Decay:
    """grad + lambda W."""

    rate: float
    cause: str = "decay_not_in_loss"

    @property
    def said(self) -> str:
        """Lambda."""
        return f"{self.rate:g}"

    def may(self, name: str) -> bool:
        """Biases may decay as well."""
        return True

    def of(self, name: str, found: Mapping[str, Bounded], a: Arrays) -> Bounded:
        """grad + lambda W."""
        return found[name] + a[name.removeprefix("grad/")] * self.rate

    @classmethod
    def fitting(
        cls, name: str, found: Mapping[str, Bounded], a: Arrays, value: Any
    ) -> Iterator[Decay]:
        """The one whose lambda, in three digits, the first element shows."""
        W, right = a[name.removeprefix("grad/")].value, found[name].value
        if np.shape(value) != right.shape:
            return
        rate = float(np.median((value - right) / np.where(W == 0, np.nan, W)))
        if np.isfinite(rate) and rate:
            yield cls(float(f"{rate:.3g}"))


def _factor(said: str, of: Callable[[int, int, int], float], kinds: str = "Wb") -> Alteration:
    def make(name: str, found: Mapping[str, Bounded], a: Arrays) -> Bounded:
        N, K = len(a["d"]), found[f"delta/{_depth(found)}"].shape[1]
        return found[name] * of(N, K, a["W1"].shape[1])

    return Alteration("factor_of_one_parameter", make, kinds, said)


def _depth(found: Mapping[str, Bounded]) -> int:
    return max(int(n[-1]) for n in found)


def _zeros(name: str, found: Mapping[str, Bounded], a: Arrays) -> Bounded:
    return (found[name] * 0.0).exactly()


def _total(*shape: int) -> Any:
    def make(name: str, found: Mapping[str, Bounded], a: Arrays) -> Bounded:
        total = found[name].sum()
        return total.reshape(*shape) if shape else total

    return make


def _total_everywhere(name: str, found: Mapping[str, Bounded], a: Arrays) -> Bounded:
    return found[name] * 0.0 + found[name].sum()


def _sample(n: int) -> Any:
    def make(name: str, found: Mapping[str, Bounded], a: Arrays) -> Bounded:
        return found[f"delta/{name[-1]}"][n]

    return make


def _of_u(name: str, found: Mapping[str, Bounded], a: Arrays) -> Bounded:
    k = int(name[-1])
    return found[f"u/{k - 1}"].T @ found[f"delta/{k}"]


def _transposed(name: str, found: Mapping[str, Bounded], a: Arrays) -> Bounded:
    return found[name].T


def _without_input(name: str, found: Mapping[str, Bounded], a: Arrays) -> Bounded:
    return found[name] * 0.0 + found[f"delta/{name[-1]}"].sum(axis=0)


def _outer(n: int) -> Any:
    def make(name: str, found: Mapping[str, Bounded], a: Arrays) -> Bounded:
        k = int(name[-1])
        z, delta = found[f"z/{k - 1}"][n], found[f"delta/{k}"][n]
        return z.reshape(-1, 1) * delta.reshape(1, -1)

    return make


def _over_units(*shape: int) -> Any:
    def make(name: str, found: Mapping[str, Bounded], a: Arrays) -> Bounded:
        return found[f"delta/{name[-1]}"].sum(axis=1).reshape(*shape)

    return make


def _accumulated(name: str, found: Mapping[str, Bounded], a: Arrays) -> Bounded:
    return found[name] + found[f"before/{name}"]


def _of_other_layer(name: str, found: Mapping[str, Bounded], a: Arrays) -> Bounded:
    depth = _depth(found)
    return found[f"{name[:-1]}{depth + 1 - int(name[-1])}"]


def _absent(name: str, found: Mapping[str, Bounded], a: Arrays) -> Bounded:
    return found[name].reshape(-1)[:0]


ALTERATIONS = (
    Alteration("gradient_missing", _zeros),
    Alteration("gradient_not_returned", _absent),
    _factor("N", lambda N, K, H: float(N)),
    _factor("1/N", lambda N, K, H: 1 / N),
    _factor("-1", lambda N, K, H: -1.0),
    _factor("2", lambda N, K, H: 2.0),
    _factor("1/2", lambda N, K, H: 0.5),
    _factor("K", lambda N, K, H: float(K)),
    _factor("1/K", lambda N, K, H: 1 / K),
    _factor("1/H", lambda N, K, H: 1 / H),
    Alteration("bias_gradient_scalar", _total(), "b"),
    Alteration("bias_gradient_scalar", _total(1), "b"),
    Alteration("bias_gradient_scalar", _total(1, 1), "b"),
    Alteration("bias_gradient_scalar", _total_everywhere, "b"),
    Alteration("gradient_of_one_sample", _sample(0), "b"),
    Alteration("gradient_of_one_sample", _sample(-1), "b"),
    Alteration("gradient_of_u", _of_u, "W"),
    Alteration("gradient_transposed", _transposed, "W"),
    Alteration("gradients_swapped", _of_other_layer),
    *(
        Alteration("bias_gradient_over_units", _over_units(*s), "b")
        for s in ((-1,), (1, -1), (-1, 1))
    ),
    Alteration("gradient_without_input", _without_input, "W"),
    Alteration("gradient_of_one_sample", _outer(0), "W"),
    Alteration("gradient_of_one_sample", _outer(-1), "W"),
    Alteration("network_accumulates", _accumulated),
)
