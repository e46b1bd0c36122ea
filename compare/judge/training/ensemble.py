"""How far rounding alone takes a training run: an ensemble of perturbed copies of it.

Several copies of the torch run train beside it, all of them in one stack of tensors, each operation
perturbed by its rounding: uniform noise of one unit (2u) of what the operation adds up. Two correct
implementations are two such copies.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

import numpy as np
import torch
from torch import Tensor

from compare.arithmetic.closeness import is_float, length
from compare.core.implementation import Implementation
from compare.core.recipe import Recipe
from compare.core.training_record import optimizer_state, set_optimizer_state

COPIES = 3
POOL = 1 << 20  # numbers drawn once, from which each operation takes its noise at a new offset
SMOOTH = ("sigmoid", "tanh", "softmax")  # their f'(u) is computed from z, as 1 - z^2
ROUNDINGS = 2.0  # of z in that
CLOSE = 32.0  # times the copies' own distance, which is as far as a sum of many terms may be
MEMORY = 0.8  # of the last step's spread is kept: copies that cross the run have a small one


class _Noise:
    """Uniform numbers on (-1, 1), at an offset that depends on step and operation alone."""

    def __init__(self, dtype: torch.dtype, seed: int) -> None:
        self._pool = _pool(dtype, seed)
        self._step = self._operation = 0

    def begin(self, step: int) -> None:
        """Take the noise of this step from here on."""
        self._step, self._operation = step, 0

    def added(self, tensor: Tensor, amplitude: Tensor) -> Tensor:
        """The tensor with noise of this amplitude, in place: independent in every copy."""
        return tensor.addcmul_(amplitude, self._like(tensor))

    def _like(self, tensor: Tensor) -> Tensor:
        n = tensor.numel()
        if n >= POOL:
            return self._pool.repeat(-(-n // POOL))[:n].view(tensor.shape)
        self._operation += 1
        # multiplicative hashing (Knuth's 2^32 / phi): offsets of neighbouring
        # operations are far apart, and a resumed run has the same
        scattered = (self._step * 2654435761 + self._operation * 40503) % (1 << 32)
        # a slice of a pool: drawing anew for every operation would cost more than the operation
        start = scattered % (POOL - n)
        return self._pool[start : start + n].view(tensor.shape)


@lru_cache(maxsize=2)  # of the two formats that every training runs in
def _pool(dtype: torch.dtype, seed: int) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.rand(POOL, dtype=dtype, generator=generator) * 2 - 1


@dataclass(frozen=True)
class _Amplitudes:
    """How far the roundings of one layer may move what it computes, forward and back.

    u, delta (N, O) · d_W (I, O) · d_b (O,) · d_z (N, I) · W (I, O) and b (O,) after the update, of
    the run that is perturbed; a sum that is 0 because every term is 0 stays so. delta is None where
    f' is exact; magnitude (N, O) is that of delta itself.
    """

    u: Tensor
    d_W: Tensor
    d_b: Tensor
    W: Tensor
    b: Tensor
    delta: Tensor | None
    magnitude: np.ndarray

    @classmethod
    def of(
        cls,
        z: np.ndarray,
        W: np.ndarray,
        b: np.ndarray,
        delta: np.ndarray,
        delta_error: np.ndarray | None,
    ) -> _Amplitudes:
        """One unit of the sum of the magnitudes, and more where the sum is long."""
        # amplitudes from the run itself and not from each copy: one computation for all of them
        eps = np.finfo(W.dtype).eps
        # a sum's rounding is relative to the sum of magnitudes, not to a result that may cancel
        z, W, b, delta = np.abs(z), np.abs(W) * eps, np.abs(b) * eps, np.abs(delta)
        over_samples = eps * _units(len(delta))
        sums = (
            (z @ W + b) * z.dtype.type(_units(len(W))),
            (z.T @ delta) * z.dtype.type(over_samples),
            delta.sum(axis=0) * z.dtype.type(over_samples),
        )
        u, d_W, d_b = (torch.from_numpy(a) for a in sums)
        delta_amplitude = None if delta_error is None else torch.from_numpy(delta_error)
        W_and_b = torch.from_numpy(W), torch.from_numpy(b)
        return cls(u, d_W, d_b, *W_and_b, delta_amplitude, delta)

    @cached_property
    def d_z(self) -> Tensor:
        # where it is asked for: of the first layer it may be the largest, and z are data there
        W = self.W.numpy()
        sums = (self.magnitude @ W.T) * W.dtype.type(_units(W.shape[1]))
        return torch.from_numpy(sums)


def _units(n: int) -> float:
    """Of a sum of n terms: its roundings walk at random, and drift where the terms are alike."""
    return max(1.0, n**0.5 / 4, n / 72)


@dataclass(frozen=True)
class _Layer:
    """A layer's pass forward: z W + b = u of every copy, and z of the next layer from that u.

    z (C, N, I) · u, z_next (C, N, O), z_next by a graph of its own with u as its leaf.
    """

    z: Tensor
    u: Tensor
    z_next: Tensor
    amplitudes: _Amplitudes


class Ensemble:
    """Perturbed copies of a training run, and how far they are from it.

    params W1 b1 ... as NumPy arrays, where all copies start.
    """

    def __init__(
        self, params: Mapping[str, np.ndarray], recipe: Recipe, reference: Implementation, seed: int
    ) -> None:
        self.recipe, self.reference = recipe, reference
        self.optimizer = recipe.optimizer(reference)
        self.params = {
            # all copies in one tensor: one batched product in place of COPIES of them
            name: torch.from_numpy(np.stack([p] * COPIES)).requires_grad_()
            for name, p in params.items()
        }
        self.noise = _Noise(next(iter(self.params.values())).dtype, seed)
        self.losses = np.empty(COPIES)
        self.widths: dict[str, float] = {}
        self._activations = reference.get("activations.ACTIVATIONS")
        self._error = reference.get(f"losses.{recipe.loss}")
        self._takes_u = recipe.loss in reference.get("layers.OUTPUTS")

    def step(
        self,
        step: int,
        x: np.ndarray,
        d: np.ndarray,
        run: Mapping[str, Any],
        mine: Mapping[str, Any] | None = None,
    ) -> None:
        """One update of every copy on this batch.

        run: what the torch run computed at this step, from ``before/W1`` on · mine: what the side
        under test did, whose branches of a ReLU one copy takes where rounding may decide them.
        """
        self.noise.begin(step)
        depth = len(self.params) // 2
        layers: list[_Amplitudes] = []
        # from the output back, as the error of a hidden delta takes the amplitude above it
        for k in range(depth, 0, -1):
            z = x if k == 1 else run[f"z{k - 1}"]
            delta_error = (
                self._hidden_delta_error(run[f"z{k}"], layers[0])
                if layers
                else self._output_delta_error(run["y"])
            )
            W, b = run[f"before/W{k}"], run[f"before/b{k}"]
            layers.insert(0, _Amplitudes.of(z, W, b, run[f"delta{k}"], delta_error))
        passed = self._forward(torch.from_numpy(x), layers, run, mine or {})
        target = torch.from_numpy(d)
        losses = [self._error(target, copy) for copy in passed[-1].z_next]
        gradients = self._backward(losses, passed)
        self.losses = np.array([E.item() for E in losses])
        with torch.no_grad():
            # the run's rate, so that an error in scratch's schedule does not move the copies
            self.optimizer.lr = float(run["lr"])
            self.optimizer.update(self.params, gradients)
            for k, layer in enumerate(layers, start=1):
                self.noise.added(self.params[f"W{k}"], layer.W)
                self.noise.added(self.params[f"b{k}"], layer.b)

    def _output_delta_error(self, y: np.ndarray) -> np.ndarray | None:
        """Of ∂E/∂u of the output layer: where y is next to its target, their gap has few digits."""
        if self.recipe.output not in SMOOTH:
            return None
        return np.abs(y) * y.dtype.type(ROUNDINGS * np.finfo(y.dtype).eps / len(y))

    def _hidden_delta_error(self, z: np.ndarray, above: _Amplitudes) -> np.ndarray | None:
        """Of ∂E/∂u of a hidden layer: where z saturates, f'(u) from a rounded z has few digits."""
        if self.recipe.hidden not in SMOOTH:
            return None
        return np.abs(z) * above.d_z.numpy() * z.dtype.type(ROUNDINGS)

    @torch.no_grad()
    def _forward(
        self,
        x: Tensor,
        amplitudes: Sequence[_Amplitudes],
        run: Mapping[str, Any],
        mine: Mapping[str, Any],
    ) -> list[_Layer]:
        """Every layer of all copies, each product and sum off by its rounding."""
        z, layers = x.expand(COPIES, *x.shape), list[_Layer]()
        for k, of_layer in enumerate(amplitudes, start=1):
            W, b = self.params[f"W{k}"], self.params[f"b{k}"]
            u = self.noise.added(torch.baddbmm(b[:, None, :], z, W), of_layer.u).requires_grad_()
            with torch.enable_grad():
                z_next = self._activated(k, u, run, mine)
            layers.append(_Layer(z, u, z_next, of_layer))
            z = z_next.detach()
        return layers

    def _activated(
        self, k: int, u: Tensor, run: Mapping[str, Any], mine: Mapping[str, Any]
    ) -> Tensor:
        """z of layer k, or what the loss takes where it is the last."""
        last = k == len(self.params) // 2
        if last and self._takes_u:  # a combined loss takes u, and softmax is in it
            return u
        name = self.recipe.output if last else self.recipe.hidden
        z = self._activations[name](u)
        return on_its_branches(z, u, run[f"u{k}"], mine.get(f"u{k}")) if name == "relu" else z

    def _backward(self, losses: Sequence[Tensor], layers: Sequence[_Layer]) -> dict[str, Tensor]:
        """The gradients of all copies, each product and sum off by its rounding."""
        # the copies do not depend on each other: the gradient of their sum is each one's own
        (delta,) = torch.autograd.grad(list(losses), layers[-1].u)
        gradients: dict[str, Tensor] = {}
        with torch.no_grad():
            for k in range(len(layers), 0, -1):
                layer, added = layers[k - 1], self.noise.added
                amplitudes = layer.amplitudes
                if amplitudes.delta is not None:  # f'(u) is computed from z, which is rounded
                    delta = added(delta.clone(), amplitudes.delta)
                gradients[f"W{k}"] = added(layer.z.mT @ delta, amplitudes.d_W)
                gradients[f"b{k}"] = added(delta.sum(dim=1), amplitudes.d_b)
                if k > 1:  # of the data there is no gradient
                    d_z = added(delta @ self.params[f"W{k}"].mT, amplitudes.d_z)
                    below = layers[k - 2]
                    (delta,) = torch.autograd.grad(below.z_next, below.u, d_z)
        return {name: gradients[name] for name in self.params}

    def state(self) -> dict[str, Any]:
        """All copies: their parameters, their optimizer's state, and their spread."""
        return {
            "widths": self.widths,
            "params": {name: p.detach().numpy() for name, p in self.params.items()},
            "optimizer": {
                name: {key: value.detach().numpy() for key, value in values.items()}
                for name, values in optimizer_state(self.reference, self.optimizer).items()
            },
        }

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go on from there; the noise of a step depends on nothing else."""
        with torch.no_grad():
            for name, p in self.params.items():
                p.copy_(torch.from_numpy(state["params"][name]))
        self.widths = dict(state["widths"])
        for name, values in state["optimizer"].items():
            for key, value in values.items():
                tensor = torch.from_numpy(value)
                set_optimizer_state(self.reference, self.optimizer, self.params, name, key, tensor)

    def spread(self, run: Mapping[str, np.ndarray]) -> dict[str, float]:
        """The root mean square of the copies' distances from a run.

        run: loss, param/W1, state/W1/exp_avg ... of the torch run → by the same names. A spread
        falls no faster than MEMORY a step.
        """
        widths = {"loss": _rms(np.abs(self.losses - float(run["loss"])))}
        for name, p in self.params.items():
            widths[f"param/{name}"] = _distance(p, run[f"param/{name}"])
        for name, values in optimizer_state(self.reference, self.optimizer).items():
            for key, value in values.items():
                if key != "step":  # a counter is exact
                    widths[f"state/{name}/{key}"] = _distance(value, run[f"state/{name}/{key}"])
        before, self.widths = self.widths, widths
        for name, width in before.items():
            # the copies' distance may be small by chance at one step, where they cross the run
            widths[name] = max(widths[name], MEMORY * width)
        return widths


def on_its_branches(z: Tensor, u: Tensor, run: np.ndarray, mine: Any) -> Tensor:
    """z, where the first copy takes the branches of ``mine`` that rounding may decide.

    Those are where the signs of u differ, and u is no further apart than the copies are: a unit
    that flips moves a run by far more than rounding does, and one of the copies has to show that.
    """
    # said of the name itself; here it gives no branches
    if np.shape(mine) != run.shape or not is_float(mine.dtype):
        return z
    flips = (mine > 0) != (run > 0)
    if not flips.any():
        return z
    apart = np.subtract(u.detach().numpy(), run, dtype=np.float64)
    reach = CLOSE * length(apart) / u.numel() ** 0.5
    near = np.abs(np.subtract(mine, run, dtype=np.float64)) <= reach
    taken = u.detach() > 0
    # one copy only: the others show what torch's own branches lead to
    taken[0] = torch.from_numpy(np.where(flips & near, mine > 0, taken[0].numpy()))
    return u * taken


def _distance(copies: Tensor, run: np.ndarray) -> float:
    apart = np.subtract(copies.detach().numpy(), run, dtype=np.float64)
    return length(apart) / COPIES**0.5


def _rms(values: np.ndarray) -> float:
    return length(values) / len(values) ** 0.5
