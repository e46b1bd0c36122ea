"""What a whole network computes, forward and back, right or with one known mistake.

A forward pass, a loss and a way back are each found by their values, one after the other. All of
it is for numbers that carry their error; ``x`` and ``d`` may be those of another batch.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from compare.check.fitting.networks.hidden import (
    HIDDEN,
    LOG,
    activation,
    at,
    d_activation,
    mixed,
)
from compare.check.fitting.networks.way_down import CHAINS, Chain
from compare.check.i18n.text import Text
from compare.oracle import formulas
from compare.oracle.formulas import shown

Number = Any
Arrays = Mapping[str, Any]


@dataclass(frozen=True)
class Forward:
    """z = f(u) of the hidden layers and y = g(u) of the last.

    ``without``: layers whose bias is left out · ``over``: of which axis softmax is, where it is not
    the classes · ``before``: an activation of the last u that comes before the output's own.
    """

    hidden: str
    output: str
    cause: str = ""
    without: tuple[int, ...] = ()
    over: str = ""
    before: str = ""


@dataclass(frozen=True)
class Passed:
    """u_1 ... u_L and z_0 = x, z_1 ..., z_L = y of one batch.

    ``scores``: the last x W + b, where another activation comes before the output's own.
    """

    u: tuple[Number, ...]
    z: tuple[Number, ...]
    scores: Number = None

    @property
    def y(self) -> Number:
        """The output."""
        return self.z[-1]


def depth_of(a: Arrays) -> int:
    """How many layers the arrays are of."""
    return next(k for k in itertools.count() if f"W{k + 1}" not in a)


def single(a: Arrays) -> dict[str, Any]:
    """The arrays of the same network with its first output alone, and targets 0 and 1."""
    depth = depth_of(a)
    W, b = a[f"W{depth}"], a[f"b{depth}"]
    classes = {n: a[n] % 2 for n in ("d", "d0")}
    return {**a, f"W{depth}": W[:, :1], f"b{depth}": b[:1], **classes}


def with_outputs(a: Arrays, K: int) -> dict[str, Any]:
    """The arrays of the same network with K outputs: its own again and again, each time halved."""
    depth = depth_of(a)
    W, b = a[f"W{depth}"], a[f"b{depth}"]
    again = np.arange(K) % W.shape[1]
    half = 2.0 ** -(np.arange(K) // W.shape[1])
    # the last class occurs: some make labels one-hot by the largest that there is
    classes = {n: np.append(a[n][:-1] % K, K - 1) for n in ("d", "d0")}
    return {**a, **classes, f"W{depth}": W[:, again] * half, f"b{depth}": b[again] * half}


def without_biases(a: Arrays) -> dict[str, Any]:
    """The arrays of the same network with biases of 0, which add nothing."""
    return {n: (v * 0.0).exactly() if n[0] == "b" else v for n, v in a.items()}


def targets(d: np.ndarray, K: int) -> np.ndarray:
    """Rows of 0 and 1: one-hot, or the classes 0 and 1 themselves where there is one output.

    Rows stay what they are.
    """
    if np.ndim(d) == 2:
        return d if d.dtype.kind == "f" else d.astype(np.float64)
    return np.asarray(d % 2, dtype=np.float64)[:, None] if K == 1 else np.eye(K)[d]


def passed(forward: Forward, a: Arrays, x: Number) -> Passed:
    """The forward pass."""
    us, zs = [], [x]
    depth = depth_of(a)
    for k in range(1, depth + 1):
        W, b = a[f"W{k}"], a[f"b{k}"]
        u = zs[-1] @ W if k in forward.without else formulas.affine(zs[-1], W, b)
        last = k == depth
        scores = u
        if last and forward.before:
            u = activation(forward.before, u)
        z = _output(forward, u) if last else activation(at(forward.hidden, k), u)
        us.append(u)
        zs.append(z)
    return Passed(tuple(us), tuple(zs), scores)


def _output(forward: Forward, u: Number) -> Number:
    if forward.over == "batch":
        return formulas.softmax(u.T).T
    if forward.over.startswith("shifted"):
        e = (u - u.max()).exp()  # each row less its own largest score, then a sum over more than it
        return e / (e.sum(axis=0, keepdims=True) if forward.over.endswith("batch") else e.sum())
    if forward.over == "all":
        return formulas.softmax(u.reshape(1, -1)).reshape(*u.shape)
    return activation(forward.output, u)


OVER = {
    "batch": Text("the batch", "バッチ方向"),
    "all": Text("all elements of the batch", "バッチの全要素"),
    "shifted, batch": Text("the batch", "バッチ方向"),
    "shifted, all": Text("all elements of the batch", "バッチの全要素"),
}  # of which axis a wrong softmax is
RARER = ("elu (1)", "softplus")
OUTPUTS = ("softmax", "identity", "sigmoid", "tanh")


def outputs_of(y: np.ndarray) -> tuple[str, ...]:
    """The activations of the output that these may be of: logarithms of probabilities show it."""
    with np.errstate(all="ignore"):
        of_logarithms = y.ndim == 2 and y.shape[1] > 1 and np.allclose(np.exp(y).sum(axis=1), 1.0)
    return (LOG,) if of_logarithms else OUTPUTS


def right_forwards(depth: int, outputs: Sequence[str] = OUTPUTS) -> list[Forward]:
    """Right forward passes, the usual ones first."""
    hidden = (*HIDDEN, *RARER, *mixed(HIDDEN, depth - 1))
    return [Forward(h, o) for h in hidden for o in outputs]


def wrong_forwards(depth: int, outputs: Sequence[str] = OUTPUTS) -> list[Forward]:
    """Forward passes with a mistake."""
    right = [Forward(h, o) for h in HIDDEN for o in outputs]
    every = tuple(range(1, depth + 1))
    left_out = [every, *((k,) for k in every)] if depth > 1 else [every]
    return [
        *(Forward("identity", o, "no_hidden_activation") for o in outputs),
        *(Forward(f.hidden, f.output, "bias_left_out", w) for w in left_out for f in right),
        *(Forward(h, "softmax", "network_softmax_axis", over=o) for o in OVER for h in HIDDEN),
        *(Forward("step_function", o, "step_in_hidden_layer") for o in outputs),
        *(Forward(f.hidden, f.output, "activation_on_scores", before=f.hidden) for f in right),
    ]  # fmt: skip


# The loss of a batch as a sum, and its gradient with respect to the last u, by output and family.


Of = Callable[[np.ndarray, Number, Number], Number]


@dataclass(frozen=True)
class Loss:
    """A loss as the sum over the batch, of the last u and the targets as rows.

    ``family`` is what it is called; ``output`` the activation that belongs to it; ``guarded`` the
    same with an ``epsilon`` inside its logarithms, where it takes them.
    """

    family: str
    output: str
    value: Of  # (one-hot d, u, y)
    cause: str = ""
    guarded: Callable[[float], Of] | None = None
    epsilon: float = 0.0

    def with_epsilon(self, e: float) -> Loss:
        """The same, guarded by this one."""
        return replace(self, value=self.guarded(e), epsilon=e) if self.guarded else self


def _log(y: Number, eps: float) -> Number:
    return (y + eps).log() if eps else y.log()


def _cross_entropy(eps: float) -> Any:
    return lambda d, u, y: -(_log(y, eps) * d).sum()


def _binary(eps: float) -> Any:
    return lambda d, u, y: -(_log(y, eps) * d + _log(1.0 - y, eps) * (1.0 - d)).sum()


def _swapped(eps: float) -> Any:
    return lambda d, u, y: -((y * 0.0 + (d + eps)).exactly().log() * y).sum()


def _half_square(d: np.ndarray, u: Number, y: Number) -> Number:
    e = y - d
    return (e * e).sum() * 0.5


def _absolute(d: np.ndarray, u: Number, y: Number) -> Number:
    return (y - d).abs().sum()


def _softmax_twice(eps: float) -> Any:
    return lambda d, u, y: -(_log(formulas.softmax(y), eps) * d).sum()


def _combined(d: np.ndarray, u: Number, y: Number) -> Number:
    return -(u.once(formulas.log_softmax) * d).sum()


def _of_logarithms(d: np.ndarray, u: Number, y: Number) -> Number:
    return -(y * d).sum()


def _logarithmic(family: str, output: str, of: Callable[[float], Of], cause: str = "") -> Loss:
    return Loss(family, output, of(0.0), cause, guarded=of)


LOSSES = (
    Loss("cross-entropy", "softmax", _combined, guarded=_cross_entropy),
    Loss("cross-entropy", LOG, _of_logarithms),
    _logarithmic("binary cross-entropy", "sigmoid", _binary),
    *(Loss("squared error", o, _half_square) for o in OUTPUTS),
    _logarithmic("cross-entropy", "sigmoid", _cross_entropy),
    _logarithmic("binary cross-entropy", "softmax", _binary),
    *(Loss("absolute error", o, _absolute) for o in OUTPUTS),
    _logarithmic("cross-entropy", "softmax", _softmax_twice, "softmax_twice"),
    _logarithmic("cross-entropy", "identity", _cross_entropy, "loss_without_softmax"),
    _logarithmic("cross-entropy", "softmax", _swapped, "loss_swapped"),
)


@dataclass(frozen=True)
class Delta:
    """The gradient of the batch's loss, as a sum, with respect to the last u.

    ``guarded``: the same of a loss with an ``epsilon``, where one can be seen in it.
    """

    family: str
    output: str
    of: Of
    cause: str = ""
    guarded: Callable[[float], Of] | None = None
    epsilon: float = 0.0

    def with_epsilon(self, e: float) -> Delta:
        """The same, guarded by this one."""
        return replace(self, of=self.guarded(e), epsilon=e) if self.guarded else self


def _through(output: str, of: Callable[[np.ndarray, Number], Number]) -> Of:
    return lambda d, u, y: d_activation(output, of(d, y), u, y)


def _d_cross_entropy(eps: float) -> Any:
    return lambda d, y: -((y * 0.0 + 1.0).exactly() * d) / (y + eps)


def _d_binary(eps: float) -> Any:
    return lambda d, y: (1.0 - d) / (1.0 - y + eps) - d / (y + eps)


def _minus(d: np.ndarray, u: Number, y: Number) -> Number:
    return y - d


def _at_output(output: str, of: Any) -> Of:
    """dE/dy g'(y), where it is g'(u)."""
    return lambda d, u, y: d_activation(output, of(d, y), y, activation(output, y))


def _of_argument(output: str, of: Any) -> Of:
    """dE/dy u (1 - u), where it is y (1 - y)."""
    return lambda d, u, y: d_activation(output, of(d, y), u, u)


def _guarded(output: str, of: Callable[[float], Any]) -> Callable[[float], Of]:
    return lambda e: _through(output, of(e))


def _by_y(of: Callable[[float], Any]) -> Callable[[float], Of]:
    """The gradient by y, which nobody carried back through y = g(u)."""
    return lambda e: lambda d, u, y: of(e)(d, y)


def _diagonal(e: float) -> Of:
    """Through y (1 - y) alone, the diagonal of softmax's Jacobian."""
    return lambda d, u, y: _d_cross_entropy(e)(d, y) * (y * (1.0 - y))


def _of_guarded(family: str, output: str, of: Callable[[float], Of], cause: str = "") -> Delta:
    return Delta(family, output, of(0.0), cause, guarded=of)


_BENT = ("sigmoid", "tanh")
DELTAS = (
    Delta("cross-entropy", "softmax", _minus, guarded=_guarded("softmax", _d_cross_entropy)),
    Delta("cross-entropy", LOG, lambda d, u, y: y.exp() - d),
    Delta("binary cross-entropy", "sigmoid", _minus, guarded=_guarded("sigmoid", _d_binary)),
    Delta("squared error", "identity", _minus),
    *(Delta("squared error", o, _through(o, lambda d, y: y - d)) for o in ("softmax", *_BENT)),
    _of_guarded("cross-entropy", "sigmoid", _guarded("sigmoid", _d_cross_entropy)),
    Delta("squared error", "tanh", _minus, "output_derivative_missing"),
    _of_guarded("cross-entropy", "softmax", _by_y(_d_cross_entropy), "output_derivative_missing"),
    _of_guarded("binary cross-entropy", "sigmoid", _by_y(_d_binary), "output_derivative_missing"),
    _of_guarded("cross-entropy", "softmax", _diagonal, "output_diagonal"),
    *(
        Delta(family, o, through(o, of), cause)
        for family, of, outputs in (
            ("squared error", lambda d, y: y - d, _BENT),
            ("binary cross-entropy", _d_binary(0.0), ("sigmoid",)),
        )
        for through, cause in (
            (_at_output, "output_derivative_at_y"),
            (_of_argument, "output_derivative_of_u"),
        )
        for o in outputs
    ),
)  # fmt: skip


def output_of(forward: Forward, p: Passed, output: str) -> Number:
    """y as the loss sees it: what is shown, or the activation that is left to the loss."""
    y = p.y if output == forward.output else activation(output, p.u[-1])
    return shown(y, y)


def grads(
    p: Passed, a: Arrays, rows: np.ndarray, forward: Forward, delta: Delta, chain: Chain,
    scale: float, lr: float,
) -> dict[str, Number]:  # fmt: skip
    """grad/W2 grad/b2 grad/W1 grad/b1 of a batch that was passed forward, beside its deltas.

    ``delta/2`` and ``u/1`` are there for mistakes that are made of them.
    """
    found: dict[str, Number] = {}
    depth = depth_of(a)
    y = output_of(forward, p, delta.output)
    d = delta.of(rows, p.u[-1], y) * scale
    if forward.before:
        d = d_activation(forward.before, d, p.scores, p.u[-1])
    for k in range(depth, 0, -1):
        found[f"delta/{k}"], found[f"u/{k}"], found[f"z/{k - 1}"] = d, p.u[k - 1], p.z[k - 1]
        found[f"grad/W{k}"] = formulas.affine_to_W(p.z[k - 1], d)
        found[f"grad/b{k}"] = formulas.affine_to_b(d)
        if k > 1:
            here = chain if chain.only in (0, k) else CHAINS[0]
            W = a[f"W{k}"]
            W = W - found[f"grad/W{k}"] * lr if here.early else W
            above = (y - rows) * scale if here.raw and k == depth else d
            W = np.ones(W.shape) if here.lost == "ones" else W
            if here.lost != "same":
                above = above @ (W if here.straight else W.T)
            layer = depth - 1 if here.remembered else k - 1
            d = here.slope(at(forward.hidden, layer), above, p.u[layer - 1], p.z[layer])
    return found
