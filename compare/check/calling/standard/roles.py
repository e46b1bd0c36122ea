"""What the roles of a definition stand for: drawn for a problem, and which argument may be one."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from compare.check.calling.standard.stand_ins import AFTER, after
from compare.check.naming.bind import plain
from compare.check.naming.schedule_parameters import ROLES as RATES

SIZES = ((7, 4, 3), (11, 3, 5), (9, 5, 2))  # N, K, D
SERIES = 8  # problems of what says less each: a series of values, two bits
STEPS = 14  # of a schedule
FORMS = 4  # in which arrays may be handed over
Draw = Callable[[np.random.Generator, int, int, int], Any]


def _number(low: float, high: float) -> Draw:
    return lambda rng, n, k, d: round(float(rng.uniform(low, high)), 3)


def _of_classes(rng: np.random.Generator, n: int, k: int, d: int) -> np.ndarray:
    # one number is drawn, as of one class, so that the draws after it are the same
    return float(rng.uniform(0.3, 0.9)) ** np.arange(1.0, k + 1)


def _flat_images(rng: np.random.Generator, n: int, k: int, d: int) -> np.ndarray:
    """With a white pixel in some problems, so that whole numbers of what is divided differ."""
    images = rng.integers(0, 256, (n, k)).astype(np.uint8)
    images[-1, -1] |= 255 * (images[0, 0] % 2)
    return images


def _whole(low: int, high: int) -> Draw:
    return lambda rng, n, k, d: int(rng.integers(low, high))


def _weights(rng: np.random.Generator, n: int, k: int, d: int) -> list[np.ndarray]:
    return [_length(n) * rng.standard_normal(s) for s in ((d, k), (k, d))]


def _length(n: int) -> float:
    """In one problem so short that no bound is reached, which is another thing than a bound."""
    return 0.02 if n == SIZES[-1][0] else 1.5


def _gradients(rng: np.random.Generator, n: int, k: int, d: int) -> list[np.ndarray]:
    return [_length(n) * rng.standard_normal(s) for s in ((d, k), (k,), (k, d))]


def _one(rng: np.random.Generator, n: int, k: int, d: int) -> list[np.ndarray]:
    return [_length(n) * rng.standard_normal((d, k))]


def _slopes(rng: np.random.Generator, n: int, k: int, d: int) -> list[np.ndarray]:
    return [rng.standard_normal(w.shape) for w in _weights(rng, n, k, d)]


def _slope(rng: np.random.Generator, n: int, k: int, d: int) -> list[np.ndarray]:
    return _slopes(rng, n, k, d)[:1]


def _length_alone(rng: np.random.Generator, n: int, k: int, d: int) -> np.ndarray:
    """More rows than are needed: how many there are others say, of the same problem."""
    return rng.standard_normal((4 * (8 + k) * (6 + k), 3 * d * (k - 1)))


def _shares(rng: np.random.Generator, *shape: int) -> np.ndarray:
    return rng.dirichlet(2.0 * np.ones(shape[-1]), shape[:-1] or None)


def _every_class(rng: np.random.Generator, n: int, k: int, d: int) -> np.ndarray:
    labels = np.concatenate([np.arange(k), rng.integers(0, k, n - k)])
    return np.asarray(rng.permutation(labels))


def _bits(rng: np.random.Generator, *shape: int) -> np.ndarray:
    bits = rng.integers(0, 2, shape)
    bits.reshape(-1)[:2] = 0, 1
    return bits


def _of_like_signs(rng: np.random.Generator, n: int, k: int, d: int) -> np.ndarray:
    """Of both signs, but of the same at the same place: of others each relative error is 1."""
    signs = np.where(np.arange(n * k) % 3, 1.0, -1.0).reshape(n, k)
    return signs * (np.abs(rng.standard_normal((n, k))) + 0.1)


def _losses(rng: np.random.Generator, n: int, k: int, d: int) -> list[float]:
    """They fall and rise, and some come again."""
    fall = 3.0 * 0.9 ** np.arange(30) + 0.4 * rng.integers(-2, 3, 30)
    return [round(float(v), 2) for v in fall]


# role → how it is drawn, in each form in which it may be handed over
ROLES: dict[str, tuple[Draw, ...]] = {
    "W": (_weights, _one, _weights, _weights),
    "G": (_gradients, _one, _gradients, _gradients),
    "V": (_slopes, _slope, _slopes, _slopes),
    "x": (lambda rng, n, k, d: 2.0 * rng.standard_normal((n, d)) + 0.5,),
    "x2": (lambda rng, n, k, d: 2.0 * rng.standard_normal((n, d)) - 0.5,),
    "a": (lambda rng, n, k, d: 1.5 * rng.standard_normal(n),),
    "y": (lambda rng, n, k, d: rng.uniform(0.2, 2.5, n),
          lambda rng, n, k, d: rng.uniform(0.2, 2.5, (n, k))),
    "t": (lambda rng, n, k, d: rng.uniform(0.2, 2.5, n),
          lambda rng, n, k, d: rng.uniform(0.2, 2.5, (n, k))),
    "signs": (lambda rng, n, k, d: 2 * _bits(rng, n) - 1,),
    "z": (lambda rng, n, k, d: 2.0 * rng.standard_normal((n, k)),
          lambda rng, n, k, d: 2.0 * rng.standard_normal(k)),
    "s": (lambda rng, n, k, d: rng.standard_normal((n, k)),),
    "c": (_every_class,),
    "p": (_every_class,),
    "C": (lambda rng, n, k, d: rng.integers(1, 20, (k, k)),),
    "q": (lambda rng, n, k, d: _shares(rng, n, k),),
    "d": (lambda rng, n, k, d: np.eye(k)[_every_class(rng, n, k, d)],),
    "v": (lambda rng, n, k, d: _shares(rng, n, k), lambda rng, n, k, d: _shares(rng, k)),
    "u": (lambda rng, n, k, d: _shares(rng, n, k), lambda rng, n, k, d: _shares(rng, k)),
    "b": (lambda rng, n, k, d: _bits(rng, n), lambda rng, n, k, d: _bits(rng, n, k)),
    "h": (lambda rng, n, k, d: _bits(rng, n), lambda rng, n, k, d: _bits(rng, n, k)),
    "r": (lambda rng, n, k, d: rng.uniform(0.05, 0.95, n),
          lambda rng, n, k, d: rng.uniform(0.05, 0.95, (n, k))),
    "images": (lambda rng, n, k, d: rng.integers(0, 256, (n, k, d)).astype(np.uint8),
               _flat_images),
    "first": (_whole(0, 2),), "second": (_whole(0, 2),),
    "losses": (_losses,),
    "fed": (lambda rng, n, k, d: [float(v) for v in rng.uniform(0.5, 2.0, 6)],
            *[lambda rng, n, k, d: list(rng.uniform(0.5, 2.0, (6, k)))] * 3),
    AFTER: (lambda rng, n, k, d: after,),
    "count": (lambda rng, n, k, d: [int(v) for v in rng.integers(1, 20, 6)],),
    "old": (lambda rng, n, k, d: float(rng.uniform(0.5, 2.0)),
            _of_like_signs),
    "new": (lambda rng, n, k, d: float(rng.uniform(0.5, 2.0)),
            _of_like_signs),
    "milestones": (lambda rng, n, k, d: [3, 6 + k, 8 + k],),
    "lam": (_number(0.02, 0.4),), "l1": (_number(0.02, 0.4),), "l2": (_number(0.02, 0.4),),
    "mix": (_number(0.2, 0.8),), "eps": (_number(0.05, 0.3),), "power": (_number(1.3, 2.7),),
    "limit": (_number(0.8, 1.4),), "other": (_number(0.3, 0.7),), "decay": (_number(0.6, 0.9),),
    "low": (_number(0.01, 0.08),),
    "temperature": (_number(1.4, 3.0),), "number": (_number(0.5, 2.0),),
    "precision": (_number(0.3, 0.9), _of_classes), "recall": (_number(0.3, 0.9), _of_classes),
    "delta": (_number(0.1, 0.8),),
    "quantile": (_number(0.2, 0.45),), "factor": (_number(0.2, 0.8),),
    "lr": (_number(0.2, 0.9),), "rate": (_number(0.1, 0.9),),
    "k": (_whole(2, 4),), "K": (lambda rng, n, k, d: k,),
    "mult": (_whole(2, 4),),
    "one": (_whole(1, 3),), "samples": (_whole(30, 60),), "size": (_whole(4, 9),),
    "patience": (_whole(2, 5),),
    "width": (_whole(5, 40),), "length": (_whole(3, 6),),
    "T": (_whole(STEPS, STEPS + 6),), "step": (lambda rng, n, k, d: 0,),
    "keep": (_number(0.55, 0.8),),
    "maps": (lambda rng, n, k, d: rng.standard_normal((2, d, 4 + k, 2 + k)),),
    "side": (_whole(7, 20),), "kernel": (_whole(2, 5),), "fh": (lambda rng, n, k, d: k - 1,),
    "fw": (lambda rng, n, k, d: 3,), "stride": (_whole(1, 4),), "pad": (_whole(0, 3),),
    "dilation": (_whole(1, 3),), "fan_in": (_whole(6, 9),), "fan_out": (_whole(3, 6),),
    "cols": (_length_alone,), "shape": (lambda rng, n, k, d: [2, d, 4 + k, 2 + k],),
    "row": (lambda rng, n, k, d: rng.standard_normal((2 * d + 1) * k),),
}  # fmt: skip
SHARES = ("q", "v", "u", "r")  # of 1, whose logarithms may be handed over
LOGARITHM = "log_"  # of shares, which look as any other numbers do


def _logarithm(draw: Draw) -> Draw:
    return lambda rng, n, k, d: np.log(draw(rng, n, k, d))


ROLES |= {f"{LOGARITHM}{role}": tuple(map(_logarithm, ROLES[role])) for role in SHARES}
FITTED, OTHERS = "x", "x2"  # data that a scale is fitted to, and others that are scaled by it
TOLD_BY_NAME = (
    "x",
    "x2",
    "W",
    "V",
    "y",
    "t",
    "a",
    "b",
    "signs",
    "c",
    "p",
    "old",
    "new",
    "step",
    "samples",
    "k",
)
OF_TENSORS = ("W", "G", "V")
OF_PLACES = ("shape", "fh", "fw", "stride", "pad")
FED = ("fed", "count", "losses")  # one value a call
_WHOLE = (
    "first",
    "second",
    "k",
    "one",
    "mult",
    "K",
    "samples",
    "size",
    "patience",
    "width",
    "length",
    "T",
    "step",
    "side",
    "kernel",
    "fh",
    "fw",
    "stride",
    "pad",
    "dilation",
    "fan_in",
    "fan_out",
)
_PREDICTED = ("ypred", "pred", "preds", "predicted", "prediction", "predictions", "yhat", "yosoku",
              "p", "y")  # fmt: skip
# what a name says where several arguments of a kind have other roles
_SAID: Mapping[str, tuple[str, ...]] = {
    "step": (*RATES["t"], "s", "iter", "globalstep", "stepnum", "curstep", "kai"),
    "lr": (*RATES["lr"], "base", "peak", "start", "target", "high"),
    "low": (*RATES["lr_min"], "floor", "minimum", "min", "lo", "end", "warmupstart", "startlr"),
    "T": (*RATES["steps"], "maxit", "maxiter", "maxiterations", "totaliters"),
    "length": (
        "warmup",
        "warmupsteps",
        "nwarmup",
        "period",
        "half",
        "first",
        "t0",
        "stepsize",
        "cycle",
        "every",
        *RATES["steps"],
    ),
    "c": ("ytrue", "t", "true", "labels", "label", "target", "targets", "truth", "seikai", "y"),
    "p": _PREDICTED,
    "h": _PREDICTED,
    "factor": ("factor", "gamma", "drop"),
    "power": ("power", "gamma", "exponent"),
    "y": ("ypred", "y", "pred", "yhat", "prediction", "output", "out", "predictions", "yosoku"),
    "t": ("t", "ytrue", "target", "targets", "true", "truth", "goal", "seikai", "label"),
    "signs": ("t", "ytrue", "target", "y", "labels", "label"),
    "b": ("t", "ytrue", "true", "truth", "target", "y", "labels", "label"),
    "a": ("score", "scores", "s", "f", "pred", "ypred", "out", "output"),
    "W": ("params", "weights", "w", "ws", "p", "theta", "omomi"),
    "V": ("grads", "grad", "gradients", "g", "dw", "koubai"),
    "x": ("x", "xtrain", "train", "xtr", "trainx"),
    "x2": ("x2", "xtest", "test", "xte", "xval", "val", "testx", "others", "new"),
    "old": ("old", "avg", "average", "prev", "previous", "mean", "ema", "running", "shadow"),
    "new": ("new", "value", "x", "current", "latest"),
    "v": ("p", "true", "target"),
    "u": ("q", "pred", "approx"),
    "samples": ("n", "m", "nsamples", "ndata", "num", "total", "length"),
    "k": ("k", "folds", "nfolds", "nsplits", "splits", "degree", "order"),
    "mult": ("mult", "tmult", "factor"),
    "side": ("side", "size", "n", "h", "w", "length", "insize", "inputsize", "input"),
    "kernel": ("kernel", "k", "f", "fh", "fw", "filter", "filtersize", "kernelsize", "window"),
    "fh": ("fh", "filterh", "kh", "kernelh", "poolh"),
    "fw": ("fw", "filterw", "kw", "kernelw", "poolw"),
    "stride": ("stride", "s", "step"),
    "pad": ("pad", "padding", "p"),
    "dilation": ("dilation", "d", "rate"),
    "patience": ("patience", "nintai", "gaman", "wait"),
    "delta": ("mindelta", "delta", "tol", "tolerance", "threshold", "eps"),
}


def says_logarithm(name: str) -> bool:
    """Whether a parameter is called a logarithm: log_probs, and no logits."""
    return re.match(r"log(?!i)", plain(name)) is not None


def said_of(name: str, roles: tuple[str, ...]) -> tuple[str, ...]:
    """Those of the roles that the name of a parameter says."""
    bare = plain(name)
    logarithms = [r for r in roles if r.startswith(LOGARITHM)] if says_logarithm(name) else []
    if logarithms:
        shares = said_of(
            bare.removeprefix("log"), tuple(r.removeprefix(LOGARITHM) for r in logarithms)
        )
        return tuple(f"{LOGARITHM}{r}" for r in shares) or tuple(logarithms)
    return tuple(r for r in roles if bare in _SAID.get(r, ()) or bare == plain(r) and len(bare) > 1)


def drawn(number: int, form: int) -> dict[str, Any]:
    """All roles of one problem, in one form."""
    rng = np.random.default_rng(20 + number)
    n, k, d = SIZES[number % len(SIZES)]
    values = {role: draws[min(form, len(draws) - 1)](rng, n, k, d) for role, draws in ROLES.items()}
    bits = {"first": number & 1, "second": number >> 1 & 1}  # each of four pairs
    values["cols"] = values["cols"][: places_of(*(values[r] for r in OF_PLACES))]
    return {**values, **bits, "N": n, "D": d}


def places_of(shape: list[int], fh: int, fw: int, stride: int, pad: int) -> int:
    """At how many places a filter sees all samples."""
    return shape[0] * math.prod(
        (side + 2 * pad - f) // stride + 1 for side, f in zip(shape[2:], (fh, fw), strict=True)
    )


def kind_of(role: str, value: Any) -> str:
    """What kind of argument it is: ``tensors``, ``array 2``, ``list``, ``whole``, ``number``."""
    if callable(value):
        return "function"
    if role in OF_TENSORS:
        return "tensors"
    if isinstance(value, np.ndarray):
        return f"array {value.ndim}"
    if isinstance(value, list):
        return "list"
    return "whole" if role in _WHOLE else "number"
