"""Problems of classification: scores u, outputs y = softmax(u) or sigmoid(u), and targets d."""

from __future__ import annotations

from typing import Any

import numpy as np

from compare.check.concept import Probe, Role
from compare.check.i18n.text import Text
from compare.check.probes.probe import drawn

# N and K differ, so that no factor 1/N hides where 1/K is right
SIZES = ({"N": 5, "K": 3}, {"N": 3, "K": 7}, {"N": 7, "K": 4})
CERTAIN = Text("nearly certain outputs", "ほぼ確実な出力")
ONE_OUTPUT = Text("one output (K = 1)", "出力が 1 つ（K = 1）")
SOFT = Text("probabilities as targets", "確率で与えた目標値")
INDICES = Text("class indices as targets", "クラス番号の目標値")
ONE = Text("one sample (1-D)", "1 サンプル（1 次元）")
BATCH = Text("one output a sample (1-D)", "1 サンプル 1 出力（1 次元）")
ZEROS = Text("outputs of exactly 0 and 1", "ちょうど 0 と 1 の出力")
LARGE = Text("scores of ±1000", "±1000 の値")


def _softmax(u: np.ndarray) -> np.ndarray:
    # scores of 1000 are among them: e^710 is infinite in float64
    e = np.exp(u - u.max(axis=-1, keepdims=True))
    return np.asarray(e / e.sum(axis=-1, keepdims=True))


def _sigmoid(u: np.ndarray) -> np.ndarray:
    e = np.exp(-np.abs(u))
    return np.where(u >= 0, 1.0, e) / (1 + e)


def _classes(rng: np.random.Generator, sizes: Any) -> dict[str, Any]:
    """The last class never occurs, and class 0 does."""
    u = rng.standard_normal((sizes["N"], sizes["K"]))
    classes = rng.integers(max(sizes["K"] - 1, 1), size=sizes["N"])
    classes[0] = 0
    d = np.eye(sizes["K"])[classes]
    return {"d": d, "u": u, "y": _softmax(u), "classes": classes}


def _certain(rng: np.random.Generator, sizes: Any) -> dict[str, Any]:
    """One target that is all but excluded, and one that is all but certain."""
    arrays = _classes(rng, sizes)
    # y of about 1e-17: far below 1e-7 of log(y + 1e-7)
    arrays["u"][0, arrays["classes"][0]] -= 39.0
    arrays["u"][1, arrays["classes"][1]] += 30.0  # 1 - y is not 0: of it the log may be taken, too
    return {**arrays, "y": _softmax(arrays["u"])}


def _one_output(rng: np.random.Generator, sizes: Any) -> dict[str, Any]:
    """Two of four samples are not of the class."""
    arrays = _classes(rng, sizes)
    return {
        **arrays,
        "d": np.array([[0.0], [1.0], [0.0], [1.0]]),
        "y": _sigmoid(arrays["u"]),
        "only_d": 1,
    }


def _soft(rng: np.random.Generator, sizes: Any) -> dict[str, Any]:
    d = rng.dirichlet(np.ones(sizes["K"]), sizes["N"])
    # only_d: no class indices say the same
    return {**_classes(rng, sizes), "d": d, "only_d": 1}


def _indices(rng: np.random.Generator, sizes: Any) -> dict[str, Any]:
    return {**_classes(rng, sizes), "indices": 1}


def _one(rng: np.random.Generator, sizes: Any) -> dict[str, Any]:
    return {name: a[0] for name, a in _classes(rng, {**sizes, "N": 1}).items()}


def _zeros(rng: np.random.Generator, sizes: Any) -> dict[str, Any]:
    """A certain output that is right, and an excluded one that is the class."""
    arrays = _classes(rng, sizes)
    arrays["y"][0] = np.arange(sizes["K"]) == arrays["classes"][0]
    arrays["y"][1, arrays["classes"][1]] = 0.0
    return arrays


def _large(rng: np.random.Generator, sizes: Any) -> dict[str, Any]:
    arrays = _classes(rng, sizes)
    arrays["u"].flat[:7] = [1000.0, -1000.0, 88.0, -88.0, 40.0, -40.0, 0.0]
    return {**arrays, "y": _softmax(arrays["u"])}


def of_classes(name: str, scores: bool = False) -> tuple[Probe, ...]:
    """Several classes; ``scores``: what is extreme are scores of ±1000, and not outputs of 0."""
    extreme = (_large, LARGE) if scores else (_zeros, ZEROS)
    optional = Role.OPTIONAL
    return (
        *(drawn(f"{name}/{i}", sizes, _classes) for i, sizes in enumerate(SIZES)),
        drawn(f"{name}/certain", {"N": 6, "K": 5}, _certain, CERTAIN),
        drawn(f"{name}/indices", {"N": 5, "K": 3}, _indices, INDICES, optional),
        *(() if scores else (drawn(f"{name}/one output", {"N": 4, "K": 1}, _one_output,
                                   ONE_OUTPUT, optional),)),
        drawn(f"{name}/soft", {"N": 5, "K": 3}, _soft, SOFT, optional),
        drawn(f"{name}/one sample", {"K": 4}, _one, ONE, optional),
        drawn(f"{name}/extreme", {"N": 5, "K": 4}, extreme[0], extreme[1], Role.EXTREME),
    )  # fmt: skip


def _bits(rng: np.random.Generator, sizes: Any) -> dict[str, Any]:
    u = rng.standard_normal((sizes["N"], sizes["K"]))
    d = rng.integers(2, size=u.shape).astype(np.float64)
    d.flat[0], d.flat[-1] = 0, 1
    return {"d": d, "u": u, "y": _sigmoid(u)}


def _certain_bits(rng: np.random.Generator, sizes: Any) -> dict[str, Any]:
    """A target of 1 at an output near 0, and one at an output near 1."""
    arrays = _bits(rng, sizes)
    arrays["d"].flat[1:3], arrays["u"].flat[1:3] = 1.0, (-39.0, 30.0)
    return {**arrays, "y": _sigmoid(arrays["u"])}


def _batch_of_bits(rng: np.random.Generator, sizes: Any) -> dict[str, Any]:
    return {**{name: a[:, 0] for name, a in _bits(rng, sizes).items()}, "batch": 1}


def _zero_bits(rng: np.random.Generator, sizes: Any) -> dict[str, Any]:
    arrays = _bits(rng, sizes)
    arrays["d"].flat[:4], arrays["y"].flat[:4] = (0.0, 1.0, 0.0, 1.0), (0.0, 1.0, 1.0, 0.0)
    return arrays


def _large_bits(rng: np.random.Generator, sizes: Any) -> dict[str, Any]:
    arrays = _bits(rng, sizes)
    arrays["u"].flat[:7] = [1000.0, -1000.0, 88.0, -88.0, 40.0, -40.0, 0.0]
    return {**arrays, "y": _sigmoid(arrays["u"])}


def of_bits(name: str, scores: bool = False) -> tuple[Probe, ...]:
    """Outputs that are each yes or no."""
    extreme = (_large_bits, LARGE) if scores else (_zero_bits, ZEROS)
    return (
        *(drawn(f"{name}/{i}", sizes, _bits) for i, sizes in enumerate(SIZES)),
        drawn(f"{name}/certain", {"N": 6, "K": 5}, _certain_bits, CERTAIN),
        drawn(f"{name}/one output", {"N": 6, "K": 1}, _bits, ONE_OUTPUT, Role.EDGE),
        drawn(f"{name}/batch", {"N": 6, "K": 1}, _batch_of_bits, BATCH, Role.OPTIONAL),
        drawn(f"{name}/extreme", {"N": 5, "K": 4}, extreme[0], extreme[1], Role.EXTREME),
    )
