"""The cone: where rounding alone would take a training run, from an ensemble of perturbed ones.

Several copies of the torch run train beside it, all of them in one stack of tensors, each operation
perturbed by its rounding: uniform noise of one unit (2u) of what the operation adds up. Two correct
implementations are two such copies.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from compare.case import Recipe
from compare.sides import Side

SMALL, FEW, MORE = 10_000, 3, 4  # parameters, and copies above and up to so many
POOL = 1 << 20  # numbers drawn once, from which each step takes its noise at a new offset


class _Noise:
    """Uniform numbers on (-1, 1), at an offset that depends on the step alone."""

    def __init__(self, dtype: torch.dtype, seed: int) -> None:
        generator = torch.Generator().manual_seed(seed)
        self._pool = torch.rand(POOL, dtype=dtype, generator=generator) * 2 - 1
        self._seed = seed

    def begin(self, step: int) -> None:
        """Take the noise of this step from here on."""
        self._rng = np.random.default_rng([self._seed, step])

    def added(self, a: Tensor, amplitude: Tensor) -> Tensor:
        """a with noise of this amplitude, in place: independent in every copy."""
        return a.addcmul_(amplitude.expand(a.shape), self._like(a))

    def _like(self, a: Tensor) -> Tensor:
        if a.numel() >= POOL:
            repeats = -(-a.numel() // POOL)
            return self._pool.repeat(repeats)[: a.numel()].view(a.shape)
        start = int(self._rng.integers(POOL - a.numel()))
        return self._pool[start : start + a.numel()].view(a.shape)


@dataclass(frozen=True)
class _Amplitudes:
    """How far the roundings of one layer may move what it computes, forward and back.

    u (N, O) · d_W (I, O) · d_b (O,) · d_z (N, I), of the run that is perturbed; a sum that is 0
    because every term is 0 stays so.
    """

    u: Tensor
    d_W: Tensor
    d_b: Tensor
    d_z: Tensor

    @classmethod
    def of(cls, z: Tensor, W: Tensor, b: Tensor, delta: Tensor) -> _Amplitudes:
        """One unit of the sum of the magnitudes, and more where the sum is long."""
        z, W, b, delta = z.abs(), W.abs(), b.abs(), delta.abs()
        eps = torch.finfo(W.dtype).eps
        n_samples, (n_in, n_out) = len(delta), W.shape
        return cls(
            (z @ W + b) * (eps * _units(n_in)),
            (z.mT @ delta) * (eps * _units(n_samples)),
            delta.sum(dim=0) * (eps * _units(n_samples)),
            (delta @ W.mT) * (eps * _units(n_out)),
        )


def _units(n: int) -> float:
    """Of a sum of n terms: its roundings walk at random, and drift where the terms are alike."""
    return max(1.0, n**0.5 / 4, n / 72)


class _NoisyAffine(torch.autograd.Function):
    """u = z W + b for a stack of copies, each product and sum off by its rounding.

    z (C, N, I) · W (C, I, O) · b (C, O) → u (C, N, O).
    """

    @staticmethod
    def forward(
        ctx: Any, z: Tensor, W: Tensor, b: Tensor, amplitudes: _Amplitudes, noise: _Noise
    ) -> Tensor:
        """u, off by its own rounding in each copy."""
        ctx.save_for_backward(z, W)
        ctx.amplitudes, ctx.noise = amplitudes, noise
        return noise.added(torch.baddbmm(b[:, None, :], z, W), amplitudes.u)

    @staticmethod
    def backward(ctx: Any, *deltas: Tensor) -> Any:
        """The three gradients, each off by its own rounding."""
        (delta,) = deltas
        z, W = ctx.saved_tensors
        by, noise = ctx.amplitudes, ctx.noise
        d_W = noise.added(z.mT @ delta, by.d_W)
        d_b = noise.added(delta.sum(dim=1), by.d_b)
        wanted = ctx.needs_input_grad[0]
        return noise.added(delta @ W.mT, by.d_z) if wanted else None, d_W, d_b, None, None


class Cone:
    """Perturbed copies of a training run, and how far they are from it.

    params W1 b1 ... as NumPy arrays, where all copies start.
    """

    def __init__(
        self, params: Mapping[str, np.ndarray], recipe: Recipe, reference: Side, seed: int
    ) -> None:
        self.recipe, self.reference = recipe, reference
        copies = MORE if sum(p.size for p in params.values()) <= SMALL else FEW
        self.params = {
            name: torch.from_numpy(np.stack([p] * copies)).requires_grad_()
            for name, p in params.items()
        }
        self.optimizer = recipe.optimizer(reference)
        self.noise = _Noise(next(iter(self.params.values())).dtype, seed)
        self.losses = np.empty(copies)

    def step(self, step: int, x: np.ndarray, d: np.ndarray, run: Mapping[str, Any]) -> None:
        """One update of every copy on this batch.

        run: what the torch run computed at this step, from ``before/W1`` on.
        """
        self.noise.begin(step)
        losses = self._losses(torch.from_numpy(x), torch.from_numpy(d), run)
        gradients = torch.autograd.grad(torch.stack(losses).sum(), list(self.params.values()))
        self.losses = torch.stack(losses).detach().numpy().astype(np.float64)
        with torch.no_grad():
            self.optimizer.lr = float(run["lr"])
            self.optimizer.update(self.params, dict(zip(self.params, gradients, strict=True)))
            for p in self.params.values():
                self.noise.added(p, p[0].abs() * torch.finfo(p.dtype).eps)

    def _losses(self, x: Tensor, d: Tensor, run: Mapping[str, Any]) -> list[Tensor]:
        depth = len(self.params) // 2
        activations = self.reference.get("activations.ACTIVATIONS")
        z = x.expand(len(self.losses), *x.shape)
        for k in range(1, depth + 1):
            names = (f"z{k - 1}", f"before/W{k}", f"before/b{k}", f"delta{k}")
            own_z, *others = (torch.from_numpy(run[n]) if n in run else x for n in names)
            amplitudes = _Amplitudes.of(own_z, *others)
            W, b = self.params[f"W{k}"], self.params[f"b{k}"]
            u: Any = _NoisyAffine.apply(z, W, b, amplitudes, self.noise)
            z = activations[self.recipe.hidden if k < depth else self.recipe.output](u)
        combined = self.recipe.loss in self.reference.get("network.COMBINED")
        error = self.reference.get(f"losses.{self.recipe.loss}")
        return [error(d, of) for of in (u if combined else z)]

    def state(self) -> dict[str, Any]:
        """All copies: their parameters, and what their optimizer remembers."""
        return {
            "params": {name: p.detach().numpy() for name, p in self.params.items()},
            "optimizer": {
                name: {key: value.detach().numpy() for key, value in values.items()}
                for name, values in self.optimizer.state.items()
            },
        }

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go on from there; the noise of a step depends on nothing else."""
        with torch.no_grad():
            for name, p in self.params.items():
                p.copy_(torch.from_numpy(state["params"][name]))
        self.optimizer.state = {
            name: {key: torch.from_numpy(value) for key, value in values.items()}
            for name, values in state["optimizer"].items()
        }

    def spread(self, run: Mapping[str, np.ndarray]) -> dict[str, float]:
        """The root mean square, over the copies, of their distance from a run.

        run: loss, param/W1, state/W1/exp_avg ... of the torch run → by the same names.
        """
        found = {"loss": _rms(np.abs(self.losses - float(run["loss"])))}
        for name, p in self.params.items():
            found[f"param/{name}"] = _distance(p.detach(), run[f"param/{name}"])
        for name, values in self.optimizer.state.items():
            for key, value in values.items():
                if value.is_floating_point() and value.ndim:
                    full = f"state/{name}/{key}"
                    found[full] = _distance(value.detach(), run[full])
        return found


def _distance(copies: Tensor, run: np.ndarray) -> float:
    apart = (copies - torch.from_numpy(run)).to(torch.float64).flatten(start_dim=1)
    return _rms(torch.linalg.vector_norm(apart, dim=1).numpy())


def _rms(values: np.ndarray) -> float:
    largest = float(np.max(values, initial=0.0))
    if not 0 < largest < np.inf:  # scaled, so that squares neither overflow nor vanish
        return largest
    return largest * float(np.sqrt(np.mean((values / largest) ** 2)))
