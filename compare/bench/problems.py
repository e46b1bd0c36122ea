"""Random problems for each concept, ordinary and deliberately nasty, as Cases."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from compare.cases import programs
from compare.cases.inputs import numbers
from compare.cases.section1_affine import AFFINE
from compare.core.case import Case, Program
from compare.oracle.update_rules import OPTIMIZERS

Arrays = dict[str, Any]
Generator = np.random.Generator

# How numbers are drawn. The first is drawn as often as all others together.
NASTY = (
    "normal", "kinks", "whole", "ties", "duplicates", "saturated", "gap of 40", "gap of 1000",
    "tiny", "huge", "subnormal", "zeros", "one sign",
)  # fmt: skip

ACTIVATIONS = ("identity", "relu", "sigmoid", "tanh", "step_function", "softmax")
LOSSES = (
    "half_squared_error", "mean_squared_error", "cross_entropy_error",
    "binary_cross_entropy_error", "binary_cross_entropy",
)  # fmt: skip
COMBINED = ("softmax_with_loss", "sigmoid_with_loss", "identity_with_loss")
ENDS = (
    ("identity", "identity_with_loss"), ("identity", "mean_squared_error"),
    ("sigmoid", "sigmoid_with_loss"), ("sigmoid", "mean_squared_error"),
    ("softmax", "softmax_with_loss"), ("softmax", "cross_entropy_error"),
    ("softmax", "half_squared_error"), ("tanh", "half_squared_error"),
)  # fmt: skip


@dataclass(frozen=True)
class Probe:
    """What a problem is drawn for: a kind of numbers of NASTY, and a form; "" leaves it to chance.

    form: "unequal" sizes, "square" ones, a "batch of 1", "one class".
    """

    numbers: str = ""
    form: str = ""

    def kind(self, rng: Generator) -> str:
        """The kind of numbers."""
        if self.numbers:
            return self.numbers
        return NASTY[0] if rng.random() < 0.5 else str(rng.choice(NASTY[1:]))

    def sizes(self, rng: Generator, n: int, largest: int = 40) -> list[int]:
        """Sizes from 1 on, small ones often; equal ones now and then, where a transpose hides."""
        if self.form:  # different and above 1: no transpose fits, and nothing is broadcast
            return self._deliberate([int(s) for s in rng.permutation(np.arange(2, 2 + 2 * n))[:n]])
        sizes = [int(s) for s in np.ceil(largest ** rng.random(n))]
        # a transposed square matrix has the right shape: only its numbers show it
        return [sizes[0]] * n if rng.random() < 0.15 else sizes

    def _deliberate(self, sizes: list[int]) -> list[int]:
        if self.form == "square":
            return [sizes[0]] * len(sizes)
        if self.form == "batch of 1":
            return [1, *sizes[1:]]
        return [*sizes[:-1], 1] if self.form == "one class" else sizes


CHANCE = Probe()
# Thirty-two: every kind of numbers, and where a form hides a mistake or shows it, that form too.
PROBES = (
    *(Probe(how, "unequal") for how in NASTY),
    *(Probe(how, "square") for how in ("normal", "kinks", "whole", "ties", "saturated", "tiny")),
    *(Probe(how, "batch of 1") for how in ("normal", "kinks", "saturated", "gap of 1000")),
    *(Probe(how, "one class") for how in ("normal", "kinks", "whole", "saturated", "tiny")),
    *(Probe(how, "unequal") for how in ("normal", "kinks", "saturated", "tiny")),
)  # fmt: skip


TAME = ("normal", "kinks", "whole", "ties", "duplicates", "zeros", "tiny")
# Where an epsilon stands hardly shows at 1, and is most of a step at 1e-5.
GRADIENTS = {"normal": 1.0, "tiny": 1e-5, "huge": 1e3}


def _case(name: str, program: Program, arrays: Arrays) -> Case:
    return Case(name, "bench", "a random problem", program, arrays=arrays)


def affine(rng: Generator, name: str = "", probe: Probe = CHANCE) -> Case:
    """u = x W + b and its gradients."""
    N, n_in, n_out = probe.sizes(rng, 3, 200)
    x = numbers(rng, (N, n_in), probe.kind(rng))
    W, b = rng.standard_normal((n_in, n_out)), 0.1 * rng.standard_normal(n_out)
    delta = rng.standard_normal((N, n_out))
    return _case("affine", AFFINE, {"x": x, "W": W, "b": b, "delta": delta})


def activation(rng: Generator, name: str = "", probe: Probe = CHANCE) -> Case:
    """f(u), f'(u) and a cotangent carried back."""
    name = name or str(rng.choice(ACTIVATIONS))
    shape = tuple(probe.sizes(rng, 2))
    arrays = {"u": numbers(rng, shape, probe.kind(rng)), "delta": rng.standard_normal(shape)}
    return _case(name, programs.activation(name), arrays)


def _targets(rng: Generator, loss: str, shape: tuple[int, int]) -> np.ndarray:
    N, K = shape
    if "binary" in loss or "sigmoid" in loss:
        return rng.integers(2, size=shape).astype(np.float64)
    if "entropy" in loss or "softmax" in loss:
        # the last class often absent: whoever counts classes by max(d) + 1 has one too few
        absent = max(1, K - 1) if rng.random() < 0.3 else K
        classes = rng.integers(absent, size=N)
        if rng.random() < 0.5:
            return classes
        return np.eye(K)[classes]
    return numbers(rng, shape, str(rng.choice(("normal", "zeros", "whole"))))


def loss(rng: Generator, name: str = "", probe: Probe = CHANCE) -> Case:
    """E(d, y) and its gradient."""
    name = name or str(rng.choice(LOSSES))
    N, K = probe.sizes(rng, 2)
    # scratch refuses a single class: it is no choice
    K = max(K, 2) if name == "cross_entropy_error" else K
    y = numbers(rng, (N, K), probe.kind(rng))
    if "entropy" in name:
        y = 0.001 + 0.998 / (1 + np.exp(-np.clip(y, -30, 30)))
    if name == "cross_entropy_error" and rng.random() < 0.4:
        # numbers on both sides of the epsilon in the logarithm, 1e-7
        y = np.where(rng.random((N, K)) < 0.5, y, rng.choice([0.0, 1e-8, 1e-6, 1.0], (N, K)))
    arrays = {"d": _targets(rng, name, (N, K)), "y": y}
    return _case(name, programs.loss(name), arrays)


def combined_loss(rng: Generator, name: str = "", probe: Probe = CHANCE) -> Case:
    """E(d, u), y = g(u) and dE/du; targets that sum to 1, as its gradient needs."""
    name = name or str(rng.choice(COMBINED))
    N, K = probe.sizes(rng, 2)
    K = max(K, 2) if name == "softmax_with_loss" else K
    kind = probe.kind(rng)
    arrays = {"d": _targets(rng, name, (N, K)), "u": numbers(rng, (N, K), kind)}
    return _case(name, programs.combined_loss(name), arrays)


def optimizer(rng: Generator, name: str = "", probe: Probe = CHANCE) -> Case:
    """A dozen steps with gradients of size 1, of size 1e-5, zero, and of changing sign."""
    name = name or str(rng.choice(OPTIMIZERS))
    shape = tuple(probe.sizes(rng, 2, 12))
    steps = int(rng.integers(10, 16))
    scale = GRADIENTS.get(probe.numbers) or float(rng.choice([1.0, 1e-5, 1e3]))
    # a tenth exactly 0: there epsilon alone keeps 0 / 0 away
    g_W = scale * rng.standard_normal((steps, *shape)) * (rng.random((steps, *shape)) > 0.1)
    schedule = ("exponential_decay", 0.95) if rng.random() < 0.5 else ("constant",)
    arrays = {
        "W": rng.standard_normal(shape), "b": rng.standard_normal(shape[1]),
        "g_W": g_W, "g_b": scale * rng.standard_normal((steps, shape[1])),
    }  # fmt: skip
    return _case(f"optimizer.{name}", programs.optimizer(name, schedule), arrays)


def network(rng: Generator, hidden: str = "", probe: Probe = CHANCE) -> Case:
    """One pass forward and back of a network of one to four layers, and one step of SGD."""
    hidden = hidden or str(rng.choice(ACTIVATIONS))
    output, loss = ENDS[rng.integers(len(ENDS))]
    N, *nodes = probe.sizes(rng, int(rng.integers(3, 7)))
    nodes[-1] = max(nodes[-1], 2) if output == "softmax" else nodes[-1]
    kind = probe.numbers or str(rng.choice(TAME))
    arrays: Arrays = {"x": numbers(rng, (N, nodes[0]), kind)}
    arrays["d"] = _targets(rng, loss, (N, nodes[-1]))
    whole = kind == "whole" or rng.random() < 0.15  # exact zeros in u: kinks that both sides hit
    for k, (i, o) in enumerate(zip(nodes[:-1], nodes[1:], strict=True), start=1):
        W = rng.integers(-2, 3, (i, o)).astype(float) if whole else rng.standard_normal((i, o))
        # by the root of the fan-in, so that numbers keep their size from layer to layer
        arrays[f"W{k}"] = W / np.sqrt(i) if not whole else W
        arrays[f"b{k}"] = np.zeros(o) if whole else 0.1 * rng.standard_normal(o)
    program = programs.network(hidden, output, loss, lr=0.1)
    return _case(f"mlp.{hidden}.{output}.{loss}", program, arrays)


KINDS: dict[str, Callable[..., Case]] = {
    "affine": affine,
    "activation": activation,
    "loss": loss,
    "combined_loss": combined_loss,
    "optimizer": optimizer,
    "network": network,
}
