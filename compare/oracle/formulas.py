"""What each concept of the course computes, written once more, for numbers that carry their error.

The judge evaluates these on what a side itself computed one operation before, as ``Bounded`` for a
limit and as ``Exact`` for a referee. Targets come first, samples are rows, as in the course; what a
layer computes is of the last two axes, so that stacks of matrices may have more before them. ``z``
and ``y`` of a backward formula are what the side shows: it may have used these or computed them
again from u, so they carry the error of that.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

# Bounded or Exact, which share operators and methods; a Protocol would have to list all of both.
Number = Any
EPSILON = 1e-7  # of the course's cross_entropy_error, inside the logarithm


def rows(a: Number) -> Number:
    """One sample as one row."""
    return a.reshape(1, -1) if a.ndim == 1 else a


def affine(x: Number, W: Number, b: Number) -> Number:
    """u = x W + b."""
    return x.affine(W, b)


def affine_to_x(delta: Number, W: Number) -> Number:
    """∂E/∂x = delta W^T."""
    return delta @ W.T


def affine_to_W(x: Number, delta: Number) -> Number:
    """∂E/∂W = x^T delta."""
    return rows(x).T @ rows(delta)  # summed over the batch: a mean is in delta, if anywhere


def affine_to_b(delta: Number) -> Number:
    """∂E/∂b = Σ_n delta_n."""
    return rows(delta).sum(axis=-2)


def column(x: Number, W: Number, b: Number) -> Number:
    """u = W x + b, one sample as a column."""
    return W.affine(x, b)


def column_to_x(delta: Number, W: Number) -> Number:
    """∂E/∂x = W^T delta."""
    return W.T @ delta


def column_to_W(x: Number, delta: Number) -> Number:
    """∂E/∂W = delta x^T."""
    return delta.reshape(-1, 1) * x.reshape(1, -1)


def log_softmax(u: Number) -> Number:
    """log y_k = (u_k - top) - log Σ_j e^(u_j - top), top = max u: large scores cost nothing."""
    # as both sides do it: u itself would overflow above 709, and a limit with it
    shifted = u - u.max()
    return shifted - shifted.exp().sum(axis=-1, keepdims=True).log()


def softmax(u: Number) -> Number:
    """y_k = e^(u_k) / Σ_j e^(u_j)."""
    # e^(log y) and not a quotient, so that the loss and the output share one log_softmax
    return u.once(log_softmax).exp()


ACTIVATIONS: dict[str, Callable[[Number], Number]] = {
    "identity": lambda u: u,
    "relu": lambda u: u.relu(),
    "sigmoid": lambda u: u.sigmoid(),
    "tanh": lambda u: u.tanh(),
    "step_function": lambda u: u.step(),
    "softmax": softmax,
}


def activation(name: str, u: Number) -> Number:
    """z = f(u), which the loss and the way back need as well."""
    return u if name == "identity" else u.once(ACTIVATIONS[name])


def shown(z: Number, recomputed: Number) -> Number:
    """What a side shows, with the error that it may have where it is computed again."""
    # the one z and the other are each within this error of the exact value
    return z.widened(2 * recomputed.error) if recomputed.has_error else z


def derivative(name: str, u: Number) -> Number:
    """f'(u)."""
    ones = u * 0.0 + 1.0  # a delta of 1, in the numbers and the shape of u
    return d_activation(name, ones.exactly(), u, activation(name, u))


def d_activation(name: str, delta: Number, u: Number, z: Number) -> Number:
    """∂E/∂u = delta f'(u) from delta = ∂E/∂z; z = f(u)."""
    if name == "identity":
        return delta
    if name == "relu":
        return delta.where(u.step())  # 0 at u = 0, in the course as in torch
    if name == "step_function":
        return (delta * 0.0).exactly()  # flat: no rounding can make it another
    if name == "softmax":
        return delta * z - z * (delta * z).sum(axis=-1, keepdims=True)
    return delta * (z * (1.0 - z) if name == "sigmoid" else 1.0 - z * z)


def one_hot(d: np.ndarray, y: Number) -> np.ndarray:
    """Class indices as rows; probabilities stay as they are."""
    # by shape, not by size as in the course: at K = 1, N class indices are as many as outputs
    if d.ndim == y.ndim and d.shape[-2:] == y.shape[-2:]:
        return d.astype(np.float64)
    return (np.arange(y.shape[-1]) == d[..., np.newaxis]).astype(np.float64)


def _samples(y: Number) -> int:
    return y.shape[-2] if y.ndim > 1 else 1


def _size(y: Number) -> int:
    return math.prod(y.shape[-2:])


def _total(terms: Number) -> Number:
    """Σ over samples and outputs."""
    return terms.sum(axis=(-2, -1)) if terms.ndim > 2 else terms.sum()


def half_squared_error(d: np.ndarray, y: Number) -> Number:
    """E = 1/(2N) Σ (y - d)²."""
    e = y - d
    # a float, so that dividing by it is one rounding and no constant of the format
    return _total(e * e) / float(2 * _samples(y))


def mean_squared_error(d: np.ndarray, y: Number) -> Number:
    """E = 1/2 mean (y - d)²."""
    e = y - d
    return _total(e * e) / float(2 * _size(y))


def cross_entropy_error(d: np.ndarray, y: Number) -> Number:
    """E = -1/N Σ d log(y + 1e-7)."""
    return -_total((y + EPSILON).log() * one_hot(d, y)) / float(_samples(y))


def binary_cross_entropy_error(d: np.ndarray, y: Number) -> Number:
    """E = -mean [d log(y + 1e-7) + (1-d) log(1 - y + 1e-7)]."""
    terms = (y + EPSILON).log() * d + (1.0 - y + EPSILON).log() * (1.0 - d)
    return -_total(terms) / float(_size(y))


def binary_cross_entropy(d: np.ndarray, y: Number) -> Number:
    """E = -mean [d log y + (1-d) log(1-y)], each log at least -100."""
    # torch's binary_cross_entropy clamps each logarithm so (its documentation)
    terms = y.log().at_least(-100.0) * d + (1.0 - y).log().at_least(-100.0) * (1.0 - d)
    return -_total(terms) / float(_size(y))


def softmax_with_loss(d: np.ndarray, u: Number) -> Number:
    """E = -1/N Σ d log softmax(u)."""
    return -_total(u.once(log_softmax) * one_hot(d, u)) / float(_samples(u))


def sigmoid_with_loss(d: np.ndarray, u: Number) -> Number:
    """E = mean [max(u, 0) - d u + log(1 + e^-|u|)]."""
    # the stable form, as in torch's BCEWithLogitsLoss: no exponential of a positive number
    terms = u.relu() - u * d + (-u.abs()).exp().log1p()
    return _total(terms) / float(_size(u))


LOSSES: dict[str, Callable[[np.ndarray, Number], Number]] = {
    "half_squared_error": half_squared_error,
    "mean_squared_error": mean_squared_error,
    "cross_entropy_error": cross_entropy_error,
    "binary_cross_entropy_error": binary_cross_entropy_error,
    "binary_cross_entropy": binary_cross_entropy,
    "softmax_with_loss": softmax_with_loss,
    "sigmoid_with_loss": sigmoid_with_loss,
    "identity_with_loss": half_squared_error,
}
# These take u, and belong to this output.
COMBINED = {
    "softmax_with_loss": "softmax",
    "sigmoid_with_loss": "sigmoid",
    "identity_with_loss": "identity",
}


def _d_binary_cross_entropy(d: np.ndarray, y: Number) -> Number:
    # torch's backward keeps the denominator from 0 with this bound
    return (y - d) / (y * (1.0 - y)).at_least(1e-12) / float(_size(y))


# ∂E/∂y; for a combined loss ∂E/∂u, from y. Each has the reduction of its loss above.
D_LOSSES: dict[str, Callable[[np.ndarray, Number], Number]] = {
    "half_squared_error": lambda d, y: (y - d) / float(_samples(y)),
    "mean_squared_error": lambda d, y: (y - d) / float(_size(y)),
    "cross_entropy_error": lambda d, y: (
        -((y * 0.0 + 1.0).exactly() * one_hot(d, y)) / (y + EPSILON) / float(_samples(y))
    ),
    "binary_cross_entropy_error": lambda d, y: (
        ((1.0 - d) / (1.0 - y + EPSILON) - d / (y + EPSILON)) / float(_size(y))
    ),
    "binary_cross_entropy": _d_binary_cross_entropy,
    "softmax_with_loss": lambda d, y: (y - one_hot(d, y)) / float(_samples(y)),
    "sigmoid_with_loss": lambda d, y: (y - d) / float(_size(y)),
    "identity_with_loss": lambda d, y: (y - d) / float(_samples(y)),
}


def output_delta(output: str, loss: str, d: np.ndarray, y: Number, u: Number) -> Number:
    """delta_L = ∂E/∂u_L of the output layer y = g(u_L) under the loss."""
    # a side may go back from the y that it returned, or compute y again from u
    y = shown(y, activation(output, u))
    delta = D_LOSSES[loss](d, y)
    return delta if loss in COMBINED else d_activation(output, delta, u, y)


def hidden_delta(hidden: str, delta: Number, W: Number, u: Number, z: Number) -> Number:
    """delta_k = (delta_{k+1} W_{k+1}^T) f'(u_k)."""
    return d_activation(hidden, delta @ W.T, u, shown(z, activation(hidden, u)))


def accuracy(d: np.ndarray, y: Number) -> Number:
    """Share of rows whose largest output is the class; undecided where two are within the error."""
    values = y.value.astype(np.float64)
    error = np.broadcast_to(y.error, values.shape)
    if values.shape[-1] == 1:  # one output says yes or no, and argmax would always say class 0
        right = (values > 0.5) == (d > 0.5)
        # where y is exact there is no doubt: a tie is decided, by argmax or by >
        doubtful = (np.abs(values - 0.5) <= error) & (error > 0)
    else:
        right = values.argmax(axis=-1) == (d if d.ndim < values.ndim else d.argmax(axis=-1))

        top = np.sort(values, axis=-1)
        doubtful = (top[..., -1] - top[..., -2] <= 2 * error.max(axis=-1)) & error.any(axis=-1)
    return y.constant(float(np.mean(right)), error=float(np.mean(doubtful)))


def forward(x: Number, params: Mapping[str, Number], hidden: str, output: str) -> Number:
    """(u_L, y) of a network of W1 b1 W2 b2 ..."""
    depth = len(params) // 2
    z = x
    for k in range(1, depth + 1):
        u = affine(z, params[f"W{k}"], params[f"b{k}"])
        z = activation(hidden if k < depth else output, u)
    return u, z


def network_error(
    d: np.ndarray, x: Number, params: Mapping[str, Number], hidden: str, output: str, loss: str
) -> Number:
    """E(d, y) of a network."""
    u, y = forward(x, params, hidden, output)
    return error_of(d, u, y, loss)


def error_of(d: np.ndarray, u: Number, y: Number, loss: str) -> Number:
    """E(d, y) of what a network's last layer computes."""
    return LOSSES[loss](d, u if loss in COMBINED else y)


def central_difference(f: Callable[[Number], Number], p: Number, h: float = 1e-4) -> Number:
    """(f(p + h e_i) - f(p - h e_i)) / 2h for every element of p."""
    quotients = []
    for i in np.ndindex(p.shape):
        direction = np.zeros(p.shape)
        direction[i] = 1.0
        step = p.constant(h) * direction
        quotients.append((f(p + step) - f(p - step)) / (p.constant(h) * 2.0))
    return p.stacked(quotients, p.shape)


def bowl(w: Number) -> Number:
    """E = w_0² / 20 + w_1²."""
    return w[0] * w[0] / 20.0 + w[1] * w[1]


def d_bowl(w: Number) -> Number:
    """∂E/∂w = (w_0 / 10, 2 w_1)."""
    return w * 2.0 / np.array([20.0, 1.0])


def valley(w: Number) -> Number:
    """E = (1 - w_0)² + 100 (w_1 - w_0²)²."""
    off, r = 1.0 - w[0], w[1] - w[0] * w[0]
    return off * off + r * r * 100.0


def d_valley(w: Number) -> Number:
    """∂E/∂w = (-2 (1 - w_0) - 400 w_0 r, 200 r), r = w_1 - w_0²."""
    off, r = 1.0 - w[0], w[1] - w[0] * w[0]
    return w.stacked([-(off * 2.0) - w[0] * r * 400.0, r * 200.0], (2,))


SURFACES: dict[str, tuple[Callable[[Number], Number], Callable[[Number], Number]]] = {
    "bowl": (bowl, d_bowl),
    "valley": (valley, d_valley),
}


# Update rules: state, step and settings by the names of torch.optim.
def momentum_buffer(m: Number, g: Number, momentum: float) -> Number:
    """m ← μ m + g."""
    return m * momentum + g


def average(m: Number, g: Number, beta: float) -> Number:
    """m ← β m + (1-β) g."""
    return m * beta + g * (1 - beta)


def average_of_squares(h: Number, g: Number, beta: float) -> Number:
    """h ← β h + (1-β) g²."""
    return h * beta + g * g * (1 - beta)  # 1 - beta in Python's floats, as both sides have it


def sum_of_squares(h: Number, g: Number) -> Number:
    """h ← h + g²."""
    return h + g * g


def sgd(p: Number, g: Number, lr: Number) -> Number:
    """p ← p - lr g."""
    return p - g * lr


def nesterov(p: Number, g: Number, lr: Number, m: Number, momentum: float) -> Number:
    """p ← p - lr (g + μ m)."""
    return p - (g + m * momentum) * lr


def over_root(p: Number, g: Number, lr: Number, h: Number, eps: float) -> Number:
    """p ← p - lr g / (√h + ε)."""
    return p - g * lr / (h.sqrt() + eps)  # epsilon outside the root, where torch.optim has it


def adadelta_step(g: Number, s: Number, h: Number, eps: float) -> Number:
    """Δ = √(s+ε) / √(h+ε) g."""
    return (s + eps).sqrt() / (h + eps).sqrt() * g


def corrected(m: Number, beta: float, t: int) -> Number:
    """m / (1 - β^t), whose denominator is a Python float that rounds once a factor at most."""
    # t factors and a subtraction, in float64 whatever the format
    bias = 1 - beta**t
    return m / m.constant(bias, error=(t + 1) * beta**t * 2.0**-53)


def adam(
    p: Number, lr: Number, m: Number, v: Number, t: int, betas: tuple[float, float], eps: float
) -> Number:
    """p ← p - lr m̂ / (√v̂ + ε)."""
    return p - corrected(m, betas[0], t) * lr / (corrected(v, betas[1], t).sqrt() + eps)


def learning_rate(schedule: str, lr: float, t: int, steps: int, *settings: float) -> float:
    """The rate of step t = 0, 1, ... in closed form."""
    # in closed form, where torch multiplies step by step: an error of the recursion shows
    if schedule == "step_decay":
        step_size, gamma = settings
        return lr * gamma ** (t // int(step_size))
    if schedule == "exponential_decay":
        return lr * settings[0] ** t
    if schedule == "cosine_annealing":
        return settings[0] + (lr - settings[0]) * (1 + math.cos(math.pi * t / steps)) / 2
    return lr
