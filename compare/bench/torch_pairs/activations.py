"""Activations beside their formulas."""

from __future__ import annotations

import math
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np
import torch
from scipy.special import erf as scipy_erf
from torch import nn

from compare.bench.torch_pairs.family import (
    Arrays,
    Draws,
    Family,
    log_softmax,
    settings,
    sigmoid,
    softmax,
    softplus,
)

Slope = Callable[[SimpleNamespace, np.ndarray], Any]


def _erf(xp: Any, x: Any) -> Any:
    return scipy_erf(x) if xp is np else torch.special.erf(x)


def _activation(
    module: Callable[[SimpleNamespace], nn.Module],
    formula: Callable[[Any, SimpleNamespace, Any], Any],
    slope: Slope | None = None,
    by_autograd: bool = True,
    differentiable: bool = True,
    **numbers: Callable[[Draws], Any],
) -> Family:
    def draw(d: Draws) -> tuple[SimpleNamespace, dict[str, np.ndarray]]:
        x = d.any_shape()
        return settings(**{name: number(d) for name, number in numbers.items()}), {"x": x}

    def by_hand(s: SimpleNamespace, delta: Any, a: Arrays) -> dict[str, Any]:
        assert slope is not None
        return {"x": delta * slope(s, a["x"])}

    example = draw(Draws(np.random.default_rng(0)))[0]
    return Family(
        type(module(example)).__name__,
        draw,
        lambda s, a: module(s),
        lambda xp, s, a: formula(xp, s, a["x"]),
        by_hand if slope else None,
        by_autograd,
        differentiable,
    )


def _real(least: float, most: float) -> Callable[[Draws], float]:
    return lambda d: d.real(least, most)


def _gelu(xp: Any, s: SimpleNamespace, x: Any) -> Any:
    if s.approximate == "tanh":
        inner = (2 / math.pi) ** 0.5 * (x + 0.044715 * x**3)
        return x * (1 + xp.tanh(inner)) / 2
    return x * (1 + _erf(xp, x / 2**0.5)) / 2


def _d_gelu(s: SimpleNamespace, x: np.ndarray) -> Any:
    if s.approximate == "tanh":
        c = (2 / math.pi) ** 0.5
        t = np.tanh(c * (x + 0.044715 * x**3))
        return (1 + t) / 2 + x * (1 - t * t) / 2 * c * (1 + 3 * 0.044715 * x * x)
    return (1 + scipy_erf(x / 2**0.5)) / 2 + x * np.exp(-x * x / 2) / (2 * math.pi) ** 0.5


def _where(condition: Any, x: np.ndarray) -> Any:
    return np.asarray(condition).astype(x.dtype)


def _draw_axis(d: Draws, even: bool = False) -> tuple[SimpleNamespace, dict[str, np.ndarray]]:
    shape = d.fixed or (d.whole(2, 6), 2 * d.whole(1, 5), d.whole(2, 6))
    return settings(axis=len(shape) - 2 if even else d.whole(0, len(shape) - 1)), {
        "x": d.data(*shape)
    }


def _d_softmax(s: SimpleNamespace, delta: Any, a: Arrays) -> dict[str, Any]:
    y = softmax(np, a["x"], s.axis)
    return {"x": y * (delta - (delta * y).sum(s.axis, keepdims=True))}


def _d_log_softmax(s: SimpleNamespace, delta: Any, a: Arrays) -> dict[str, Any]:
    return {"x": delta - softmax(np, a["x"], s.axis) * delta.sum(s.axis, keepdims=True)}


def _glu(xp: Any, s: SimpleNamespace, a: Arrays) -> Any:
    first, second = xp.moveaxis(
        a["x"].reshape(*a["x"].shape[: s.axis], 2, -1, *a["x"].shape[s.axis + 1 :]), s.axis, 0
    )
    return second * sigmoid(xp, first) if s.exchanged else first * sigmoid(xp, second)


def _draw_prelu(d: Draws) -> tuple[SimpleNamespace, dict[str, np.ndarray]]:
    x = d.rows()
    return settings(kink=0.0), {"x": x, "weight": d.weights(x.shape[1]) / 3}


def _d_prelu(s: SimpleNamespace, delta: Any, a: Arrays) -> dict[str, Any]:
    below = a["x"] <= s.kink
    return {
        "x": np.where(below, delta * a["weight"], delta),
        "weight": np.where(below, delta * a["x"], 0.0).sum(0),
    }


FAMILIES = (
    _activation(
        lambda s: nn.ReLU(),
        lambda xp, s, x: xp.where(x > s.kink, x, 0.0),
        lambda s, x: _where(x > s.kink, x),
        kink=lambda d: 0.0,
    ),
    _activation(
        lambda s: nn.LeakyReLU(s.negative_slope),
        lambda xp, s, x: xp.where(x > s.kink, x, s.negative_slope * x),
        lambda s, x: np.where(x > s.kink, 1.0, s.negative_slope).astype(x.dtype),
        negative_slope=_real(0.01, 0.3),
        kink=lambda d: 0.0,
    ),
    _activation(
        lambda s: nn.ELU(s.alpha),
        lambda xp, s, x: xp.where(x > 0, x, s.alpha * xp.expm1(xp.where(x > 0, 0.0, x))),
        lambda s, x: np.where(x > 0, 1.0, s.alpha * np.exp(np.minimum(x, 0))),
        by_autograd=False,  # torch's gradient of expm1 is that of y + 1, far below 0 as well
        alpha=_real(0.3, 2.0),
    ),
    _activation(
        lambda s: nn.CELU(s.alpha),
        lambda xp, s, x: xp.where(x > 0, x, s.alpha * xp.expm1(xp.where(x > 0, 0.0, x) / s.alpha)),
        differentiable=False,
        alpha=_real(0.3, 2.0),
    ),
    _activation(
        lambda s: nn.SELU(),
        lambda xp, s, x: s.scale * xp.where(x > 0, x, s.alpha * xp.expm1(xp.where(x > 0, 0.0, x))),
        lambda s, x: s.scale * np.where(x > 0, 1.0, s.alpha * np.exp(np.minimum(x, 0))),
        by_autograd=False,
        scale=lambda d: 1.0507009873554804934193349852946,
        alpha=lambda d: 1.6732632423543772848170429916717,
    ),
    _activation(
        lambda s: nn.GELU(s.approximate),
        _gelu,
        _d_gelu,
        approximate=lambda d: d.one_of("none", "tanh"),
    ),
    _activation(
        lambda s: nn.SiLU(),
        lambda xp, s, x: x * sigmoid(xp, s.temperature * x),
        temperature=lambda d: 1.0,
    ),
    _activation(
        lambda s: nn.Mish(),
        lambda xp, s, x: x * xp.tanh(softplus(xp, s.temperature * x)),
        temperature=lambda d: 1.0,
    ),
    _activation(
        lambda s: nn.Softplus(s.beta, s.threshold),
        lambda xp, s, x: xp.where(s.beta * x > s.threshold, x, softplus(xp, s.beta * x) / s.beta),
        lambda s, x: np.where(s.beta * x > s.threshold, 1.0, sigmoid(np, s.beta * x)).astype(
            x.dtype
        ),
        beta=_real(0.5, 3.0),
        threshold=_real(1.0, 5.0),
    ),
    _activation(
        lambda s: nn.Hardtanh(s.least, s.most),
        lambda xp, s, x: xp.where(x > s.most, s.most, xp.where(x < s.least, s.least, x)),
        lambda s, x: _where((x > s.least) & (x < s.most), x),
        least=_real(-1.5, -0.2),
        most=_real(0.2, 1.5),
    ),
    _activation(
        lambda s: nn.ReLU6(),
        lambda xp, s, x: xp.clip(x, 0, s.most),
        lambda s, x: _where((x > 0) & (x < s.most), x),
        most=lambda d: 6.0,
    ),
    _activation(
        lambda s: nn.Hardswish(),
        lambda xp, s, x: x * xp.clip(x + s.shift, 0, 6) / 6,
        differentiable=False,
        shift=lambda d: 3.0,
    ),
    _activation(
        lambda s: nn.Hardsigmoid(),
        lambda xp, s, x: xp.clip(x + s.shift, 0, 6) / 6,
        differentiable=False,
        shift=lambda d: 3.0,
    ),
    _activation(
        lambda s: nn.Softshrink(s.lambd),
        lambda xp, s, x: xp.where(abs(x) > s.lambd, x - s.lambd * xp.sign(x), 0.0),
        lambda s, x: _where(abs(x) > s.lambd, x),
        lambd=_real(0.1, 0.8),
    ),
    _activation(
        lambda s: nn.Hardshrink(s.lambd),
        lambda xp, s, x: xp.where(abs(x) > s.lambd, x, 0.0),
        lambda s, x: _where(abs(x) > s.lambd, x),
        lambd=_real(0.1, 0.8),
    ),
    _activation(lambda s: nn.Tanhshrink(), lambda xp, s, x: x - xp.tanh(x)),
    _activation(lambda s: nn.Softsign(), lambda xp, s, x: x / (s.one + abs(x)), one=lambda d: 1.0),
    _activation(lambda s: nn.LogSigmoid(), lambda xp, s, x: -softplus(xp, -x)),
    _activation(
        lambda s: nn.Sigmoid(),
        lambda xp, s, x: sigmoid(xp, s.temperature * x),
        lambda s, x: sigmoid(np, s.temperature * x) * sigmoid(np, -s.temperature * x),
        temperature=lambda d: 1.0,
    ),
    _activation(
        lambda s: nn.Tanh(),
        lambda xp, s, x: np.tanh(x) if xp is np else xp.sinh(x) / xp.cosh(x),
        lambda s, x: 1 - s.square * np.tanh(x) ** 2,
        square=lambda d: 1.0,
    ),
    _activation(
        lambda s: nn.Threshold(s.threshold, s.value),
        lambda xp, s, x: xp.where(x > s.threshold, x, s.value),
        lambda s, x: _where(x > s.threshold, x),
        threshold=_real(-0.5, 0.5),
        value=_real(1.0, 20.0),
    ),
    _activation(
        lambda s: nn.RReLU(s.lower, s.upper).eval(),
        lambda xp, s, x: xp.where(x >= 0, x, (s.lower + s.upper) / 2 * x),
        lower=_real(0.05, 0.15),
        upper=_real(0.2, 0.5),
    ),
    Family(
        "PReLU",
        _draw_prelu,
        lambda s, a: nn.PReLU(a["x"].shape[1]),
        lambda xp, s, a: xp.where(a["x"] > s.kink, a["x"], a["weight"] * a["x"]),
        _d_prelu,
    ),
    Family(
        "Softmax",
        _draw_axis,
        lambda s, a: nn.Softmax(s.axis),
        lambda xp, s, a: softmax(xp, a["x"], s.axis),
        _d_softmax,
    ),
    Family(
        "Softmin",
        _draw_axis,
        lambda s, a: nn.Softmin(s.axis),
        lambda xp, s, a: softmax(xp, -a["x"], s.axis),
    ),
    Family(
        "LogSoftmax",
        _draw_axis,
        lambda s, a: nn.LogSoftmax(s.axis),
        lambda xp, s, a: log_softmax(xp, a["x"], s.axis),
        _d_log_softmax,
    ),
    Family(
        "GLU",
        lambda d: (settings(axis=1, exchanged=False), _draw_axis(d, even=True)[1]),
        lambda s, a: nn.GLU(s.axis),
        _glu,
    ),
)
