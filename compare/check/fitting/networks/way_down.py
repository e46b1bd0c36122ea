"""How a network's way back goes down from layer to layer, right or with one known mistake."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from compare.check.fitting.networks.hidden import HIDDEN, activation, d_activation
from compare.oracle.formulas import shown

Number = Any


@dataclass(frozen=True)
class Chain:
    """How delta_k comes of delta_(k+1): right, or with a mistake in the hidden layers."""

    slope: Callable[[str, Number, Number, Number], Number]  # (hidden, delta, u, z)
    cause: str = ""
    said: str = ""
    early: bool = False  # the weights above were updated before
    raw: bool = False  # the error is handed down without the output's derivative
    straight: bool = False  # through W and not its transpose
    lost: str = ""  # instead of through W: the sum over the units above, or as it is
    only: int = 0  # in what is handed down by that layer alone
    remembered: bool = False  # one activation for all layers remembers the last of them


def _right(hidden: str, delta: Number, u: Number, z: Number) -> Number:
    return d_activation(hidden, delta, u, shown(z, activation(hidden, u)))


def _other_at_u(name: str) -> Any:
    return lambda hidden, delta, u, z: d_activation(
        name, delta, u, shown(activation(name, u), activation(name, u))
    )


def _other_at_z(name: str) -> Any:
    return lambda hidden, delta, u, z: d_activation(
        name, delta, z, shown(activation(name, z), activation(name, z))
    )


def _other_from_z(name: str) -> Any:
    return lambda hidden, delta, u, z: d_activation(name, delta, z, shown(z, activation(hidden, u)))


_SLOPE = {"sigmoid": ("sigma'", "z (1 - z)"), "tanh": ("tanh'", "1 - z^2"), "relu": ("relu'", "")}


def _others() -> list[Chain]:
    found = []
    for name in HIDDEN:
        prime, from_z = _SLOPE[name]
        found.append(Chain(_other_at_u(name), "another_derivative", f"{prime}(u)"))
        found.append(Chain(_other_at_z(name), "another_derivative", f"{prime}(z)"))
        if from_z:
            found.append(Chain(_other_from_z(name), "another_derivative", from_z))
    return found


_SLOPES: dict[str, Any] = {
    "1 - z": lambda h, delta, u, z: delta * (1.0 - z),
    "z": lambda h, delta, u, z: delta * z,
    "z^2": lambda h, delta, u, z: delta * (z * z),
    "1 + z": lambda h, delta, u, z: delta * (1.0 + z),
    "z (1 + z)": lambda h, delta, u, z: delta * (z * (1.0 + z)),
    "1 + z^2": lambda h, delta, u, z: delta * (1.0 + z * z),
    "z (z - 1)": lambda h, delta, u, z: -(delta * (z * (1.0 - z))),
    "z^2 - 1": lambda h, delta, u, z: -(delta * (1.0 - z * z)),
    "(1 - z)^2": lambda h, delta, u, z: delta * ((1.0 - z) * (1.0 - z)),
    "1 if u <= 0 else 0": lambda h, delta, u, z: delta - delta.where(u.step()),
    "1 if delta > 0 else 0": lambda h, delta, u, z: delta.where(delta.step()),
    "u": lambda h, delta, u, z: delta * u,
}

CHAINS = (
    Chain(_right),
    Chain(lambda h, d, u, z: d_activation(h, d, z, activation(h, z)), "network_derivative_at_z"),
    Chain(lambda h, delta, u, z: d_activation(h, delta, u, u), "network_derivative_of_u"),
    Chain(lambda h, delta, u, z: delta, "network_no_derivative"),
    *_others(),
    Chain(_right, "updated_too_early", early=True),
    Chain(_right, "output_derivative_not_passed_on", raw=True),
    Chain(_right, "network_not_transposed", straight=True),
    Chain(lambda h, delta, u, z: (delta * 0.0).exactly(), "dead_layer"),
    Chain(_right, "weights_not_in_way_back", lost="ones"),
    Chain(_right, "weights_not_in_way_back", lost="same"),
    *(Chain(of, "wrong_slope", said) for said, of in _SLOPES.items()),
    Chain(_right, "one_activation_object", remembered=True),
)  # fmt: skip


def chains_of(depth: int) -> list[Chain]:
    """The ways down: a mistake in all hidden layers, or in one of several."""
    layers = range(2, depth + 1) if depth > 2 else ()
    one = [replace(c, only=k) for k in layers for c in CHAINS[1:] if not (c.raw or c.remembered)]
    return [c for c in CHAINS if depth > 2 or not c.remembered] + one
