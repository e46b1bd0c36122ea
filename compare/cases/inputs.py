"""How the arrays of a problem are drawn: targets, weights, and inputs that expose mistakes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from compare.core.case import Draw
from compare.core.implementation import numpy_side

Sizes = Mapping[str, int]


def integers(shape: str, low: int, high: int) -> Draw:
    """Whole numbers as floats, low <= value <= high: sums and products of them are exact."""
    return lambda rng, sizes: rng.integers(low, high + 1, _shape(shape, sizes)).astype(np.float64)


def uniform(shape: str, low: float = 0.0, high: float = 1.0) -> Draw:
    """Uniform on (low, high)."""
    return lambda rng, sizes: rng.uniform(low, high, _shape(shape, sizes))


def classes(rng: np.random.Generator, sizes: Sizes) -> np.ndarray:
    """Class indices (N,) in which the last class never occurs, as in a small batch."""
    # K - 1 is exclusive: a one-hot encoding by ``d.max() + 1`` gets too few columns
    return rng.integers(sizes["K"] - 1, size=sizes["N"])


def one_hot_classes(rng: np.random.Generator, sizes: Sizes) -> np.ndarray:
    """One-hot rows (N, K)."""
    return np.eye(sizes["K"])[classes(rng, sizes)]


def soft_classes(rng: np.random.Generator, sizes: Sizes) -> np.ndarray:
    """Probabilities (N, K) as targets."""
    return rng.dirichlet(np.ones(sizes["K"]), sizes["N"])


def bits(shape: str) -> Draw:
    """Targets 0 and 1, as floats; the first is 0 and the last is 1."""

    def draw(rng: np.random.Generator, sizes: Sizes) -> np.ndarray:
        d = rng.integers(2, size=_shape(shape, sizes)).astype(np.float64)
        d.flat[0], d.flat[-1] = 0, 1  # both classes, whatever the seed
        return d

    return draw


def probabilities(rng: np.random.Generator, sizes: Sizes) -> np.ndarray:
    """Rows (N, K) that sum to 1, away from 0."""
    # next to 0 the error of a logarithm has no useful bound
    return 0.1 / sizes["K"] + 0.9 * rng.dirichlet(np.ones(sizes["K"]), sizes["N"])


def with_kinks(rng: np.random.Generator, sizes: Sizes) -> np.ndarray:
    """Normal (N, K) with an exact 0, -0, and numbers next to 0 on both sides."""
    u = rng.standard_normal((sizes["N"], sizes["K"]))
    # where relu'(0), step(0) and their neighbours are decided: a kink is not left to chance
    u.flat[:4] = [0.0, -0.0, 1e-30, -1e-30]
    return u


def saturated(rng: np.random.Generator, sizes: Sizes) -> np.ndarray:
    """(N, K) with scores of ±1000, ±88, ±40 and 0 among normal ones."""
    u = rng.standard_normal((sizes["N"], sizes["K"]))
    # e^88 is next to float32's largest number, e^-40
    # below the rounding of 1; e^1000 overflows float64
    u.flat[:7] = [1000.0, -1000.0, 88.0, -88.0, 40.0, -40.0, 0.0]
    return u


FAR = 30000.0  # twice that is finite in float16 too


def to_both_ends(rng: np.random.Generator, sizes: Sizes) -> np.ndarray:
    """Normal (N, K) with FAR and -FAR in one row: as far as an activation goes, up and down."""
    u = rng.standard_normal((sizes["N"], sizes["K"]))
    u[0, :2] = FAR, -FAR
    return u


def numbers(rng: np.random.Generator, shape: tuple[int, ...], kind: str) -> np.ndarray:
    """Floats of a kind that exposes mistakes, in float64."""
    normal = rng.standard_normal(shape)
    if kind == "kinks":
        return np.where(rng.random(shape) < 0.3, 0.0, normal)  # relu'(0) at every third element
    if kind == "whole":
        # sums and products of small whole numbers are exact: many a u is exactly 0
        return rng.integers(-3, 4, shape).astype(np.float64)
    if kind == "ties":
        return np.round(normal)  # equal largest elements, for max and argmax
    if kind == "duplicates":
        # equal rows round equally, so that their errors add up in a sum over the batch
        return np.broadcast_to(normal[:1], shape).copy() if normal.ndim > 1 else normal
    if kind == "zeros":
        return np.where(rng.random(shape) < 0.7, 0.0, normal)
    if kind == "one sign":
        return np.abs(normal)
    if kind == "subnormal":  # in float32, and in float64
        return normal * np.where(rng.random(shape) < 0.5, 1e-40, 1e-310)
    scales = {
        "saturated": 20.0, "gap of 40": 40.0, "gap of 1000": 1000.0, "tiny": 1e-5,
        "huge": 1e8,
    }  # fmt: skip
    return normal * scales.get(kind, 1.0)


def deliberate(shape: str, kind: str) -> Draw:
    """``numbers`` of a kind, as an array of a case."""
    return lambda rng, sizes: numbers(rng, tuple(_shape(shape, sizes)), kind)


WEIGHTS = ("zeros", "ones", "uniform", "ints", "normal", "small", "xavier", "he")


def weights(nodes: tuple[int, ...], kind: str, biases: str = "small") -> dict[str, Draw]:
    """W1 b1 W2 b2 ... for layers of these sizes.

    kind: one of WEIGHTS, "normal" with deviation 1, "small" with .01, Xavier and He in the course's
    sense · biases: "zeros", "small" (.1 normal), "positive" (their magnitudes) or "ones".
    """
    drawn: dict[str, Draw] = {}
    for k, shape in enumerate(zip(nodes[:-1], nodes[1:], strict=True), start=1):
        drawn[f"W{k}"] = _weight(shape, kind)
        drawn[f"b{k}"] = _bias(shape[1], biases)
    return drawn


def _weight(shape: tuple[int, int], kind: str) -> Draw:
    scaled: dict[str, Draw] = {
        "zeros": lambda rng, sizes: np.zeros(shape),
        "ones": lambda rng, sizes: np.ones(shape),
        "uniform": lambda rng, sizes: rng.random(shape),
        "ints": lambda rng, sizes: rng.integers(5, size=shape).astype(np.float64),
        "normal": lambda rng, sizes: rng.standard_normal(shape),
        "small": lambda rng, sizes: _initialized("normal", rng.standard_normal(shape)),
        "xavier": lambda rng, sizes: _initialized("xavier", rng.standard_normal(shape)),
        "he": lambda rng, sizes: _initialized("he", rng.standard_normal(shape)),
    }
    return scaled[kind]


def _initialized(name: str, draws: np.ndarray) -> np.ndarray:
    return numpy_side().get(f"initializers.{name}")(draws)


def _bias(size: int, kind: str) -> Draw:
    drawn: dict[str, Draw] = {
        "zeros": lambda rng, sizes: np.zeros(size),
        "ones": lambda rng, sizes: np.ones(size),
        "small": lambda rng, sizes: 0.1 * rng.standard_normal(size),
        "positive": lambda rng, sizes: 0.1 * np.abs(rng.standard_normal(size)),
    }
    return drawn[kind]


def batches(n: int, batch_size: int, default: int, order: str) -> Draw:
    """The batches of a training run, from the one sampler that feeds both sides.

    order: "with_replacement", "without_replacement" (an epoch's last batch short), "all_data" or
    "stream" → a tuple of ``default`` index arrays, or of as many as the size T asks for.
    Raises ValueError where a stream is asked for more steps than it has samples.
    """

    def draw(rng: np.random.Generator, sizes: Sizes) -> tuple[np.ndarray, ...]:
        steps = sizes.get("T", default)
        if order == "stream" and steps > n:
            raise ValueError(f"a stream of {n} samples ends before step {steps}")
        # drawn for every order, so that the arrays drawn after it do not depend on the order
        seed = int(rng.integers(2**31))

        def sample(name: str) -> Any:
            return numpy_side().get(f"sampling.{name}")

        if order == "all_data":
            drawn = sample("all_data")(n, steps)
        elif order == "stream":
            drawn = sample("stream")(n)
        elif order == "with_replacement":
            drawn = sample("with_replacement")(n, batch_size, steps, seed)
        else:
            epochs = -(-steps // -(-n // batch_size))  # rounded up: as many as hold these steps
            drawn = sample("without_replacement")(n, batch_size, epochs, seed)
        return tuple(drawn[:steps])

    return draw


def _shape(shape: str, sizes: Sizes) -> list[Any]:
    return [sizes[letter] for letter in shape.split()]
