"""What people take for the derivative of an activation function, as formulas of u and z = f(u)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from compare.check.concepts.activations import LEAKS, ones, step_from_zero, tanh_from_exp

Slope = Callable[[Any, Any], Any]  # (u, z) → f'(u)
Mistake = tuple[Slope, str, dict[str, str]]


def _zeros(u: Any) -> Any:
    return (u * 0.0).exactly()


SLOPES: dict[str, Slope] = {
    "identity": lambda u, z: ones(u),
    "relu": lambda u, z: u.step(),
    "sigmoid": lambda u, z: u.sigmoid() * (1.0 - u.sigmoid()),
    "tanh": lambda u, z: 1.0 - u.tanh() * u.tanh(),
    "step_function": lambda u, z: _zeros(u),
}
_OF_Z: dict[str, Slope] = {
    "relu": lambda u, z: z.step(),
    "sigmoid": lambda u, z: z * (1.0 - z),
    "tanh": lambda u, z: 1.0 - z * z,
}
WRITTEN = {
    "identity": "f'(u) = 1",
    "relu": "f'(u) = 1 if u > 0 else 0",
    "sigmoid": "f'(u) = z (1 - z), z = sigmoid(u)",
    "tanh": "f'(u) = 1 - z^2, z = tanh(u)",
    "step_function": "f'(u) = 0",
}


def _sign(own: str, slope: Slope) -> Mistake:
    blanks = {"what": f"{own}'", "formula": WRITTEN[own]}
    return lambda u, z: -slope(u, z), "sign", blanks


def _at_zero(value: float) -> Mistake:
    def slope(u: Any, z: Any) -> Any:
        return u.step() + (step_from_zero(u) - u.step()) * value

    return slope, "relu_slope_at_zero", {"value": f"{value:g}"}


def _leaky(a: float) -> Mistake:
    blanks = {"own": "relu", "other": f"leaky relu ({a:g})", "formula": WRITTEN["relu"]}
    return lambda u, z: u.step() + (1.0 - u.step()) * a, "other_slope", blanks


def _written(own: str, wrong: str, slope: Slope, cause: str = "slope_formula") -> Mistake:
    return slope, cause, {"own": own, "wrong": wrong, "formula": WRITTEN[own]}


def _at_z(own: str, slope: Slope) -> Mistake:
    return slope, "slope_at_z", {"own": own, "formula": WRITTEN[own]}


_OWN: dict[str, list[Mistake]] = {
    "identity": [_written("identity", "u", lambda u, z: u)],
    "relu": [
        _at_zero(1.0),
        _at_zero(0.5),
        *map(_leaky, LEAKS),
        _written("relu", "relu(u)", lambda u, z: u.relu()),
        _written("relu", "1 if u < 0 else 0", lambda u, z: (-u).step()),
        _written("relu", "1 if u <= 0 else 0", lambda u, z: 1.0 - u.step()),
        _written("relu", "sign(u)", lambda u, z: u.step() - (-u).step()),
        _written("relu", "1 if u > 0 else -1", lambda u, z: u.step() * 2.0 - 1.0),
        _written("relu", "1 if u > 0 else u", lambda u, z: u.step() - (-u).relu()),
        _written("relu", "1 if u > 1 else 0", lambda u, z: (u - 1.0).step()),
        _sign("relu", SLOPES["relu"]),
    ],
    "sigmoid": [
        _at_z("sigmoid", lambda u, z: SLOPES["sigmoid"](z, z)),
        _written("sigmoid", "z", lambda u, z: z),
        _written("sigmoid", "1 - z", lambda u, z: 1.0 - z),
        _written("sigmoid", "(1 - z)^2", lambda u, z: (1.0 - z) * (1.0 - z)),
        _written("sigmoid", "z^2", lambda u, z: z * z),
        _written("sigmoid", "1 - z^2", lambda u, z: 1.0 - z * z),
        _written("sigmoid", "z (1 + z)", lambda u, z: z * (z + 1.0)),
        _written("sigmoid", "sigmoid(1 - z)", lambda u, z: (1.0 - z).sigmoid()),
        _written("sigmoid", "sigmoid(z (1 - z))", lambda u, z: (z * (1.0 - z)).sigmoid()),
        _written("sigmoid", "u (1 - z)", lambda u, z: u * (1.0 - z)),
        _written("sigmoid", "u (1 - u)", lambda u, z: u * (1.0 - u), "slope_of_u"),
        _written("sigmoid", "z (1 - u)", lambda u, z: z * (1.0 - u), "slope_of_u"),
        _sign("sigmoid", SLOPES["sigmoid"]),
    ],
    "tanh": [
        _at_z("tanh", lambda u, z: SLOPES["tanh"](z, z)),
        _at_z("tanh", lambda u, z: 1.0 - tanh_from_exp(z) * tanh_from_exp(z)),
        _written("tanh", "z", lambda u, z: z),
        _written("tanh", "1 - z", lambda u, z: 1.0 - z),
        _written("tanh", "z (1 - z)", lambda u, z: z * (1.0 - z)),
        _written("tanh", "1 - tanh(u^2)", lambda u, z: 1.0 - (u * u).tanh()),
        _written("tanh", "tanh(1 - z^2)", lambda u, z: (1.0 - z * z).tanh()),
        _written("tanh", "(1 - z)^2", lambda u, z: (1.0 - z) * (1.0 - z)),
        _written("tanh", "1 + z^2", lambda u, z: z * z + 1.0),
        _written("tanh", "z^2", lambda u, z: z * z),
        _written("tanh", "1 / cosh(u)", lambda u, z: 2.0 / (u.exp() + (-u).exp())),
        _written("tanh", "1 - u^2", lambda u, z: 1.0 - u * u, "slope_of_u"),
        _sign("tanh", SLOPES["tanh"]),
    ],
    "step_function": [
        _written("step_function", "step(u)", lambda u, z: u.step()),
        _written("step_function", "step(u)", lambda u, z: step_from_zero(u)),
    ],
}  # fmt: skip


def _of_others(own: str) -> Iterator[Mistake]:
    for table in (SLOPES, _OF_Z):
        for other, slope in table.items():
            if other not in (own, "step_function"):
                yield slope, "other_slope", {"own": own, "other": other, "formula": WRITTEN[own]}
    if own != "step_function":
        yield _written(own, "0", lambda u, z: _zeros(u))


def mistakes(name: str) -> list[Mistake]:
    """Everything that is known to be taken for f', with its cause and blanks."""
    return [*_OWN[name], *_of_others(name)]
