"""The scratch package with a text replaced: other ways to write it, and mistakes."""

from __future__ import annotations

import importlib.abc
import importlib.util
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any

import scratch
from compare.core.implementation import Implementation, numpy_side

HOME = Path(scratch.__file__).parent


@dataclass(frozen=True)
class Mutation:
    """Texts of one file of scratch and what replaces them; the kinds of problem that exercise it.

    ``kind`` is a key of ``problems.KINDS``, ``of`` what it is drawn for ("" is anything).
    """

    what: str
    file: str
    texts: tuple[tuple[str, str], ...]
    kind: str
    of: str = ""

    @property
    def is_none(self) -> bool:
        """Whether nothing is replaced."""
        return not self.texts


class _Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Imports a package whose code is held in memory."""

    def __init__(
        self, package: str, codes: Mapping[str, CodeType], names: Mapping[str, Any]
    ) -> None:
        self.package, self.codes, self.names = package, codes, names

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        root, _, module = fullname.partition(".")
        if root != self.package or (module or "__init__") not in self.codes:
            return None
        return importlib.util.spec_from_loader(fullname, self, is_package=not module)

    def exec_module(self, module: ModuleType) -> None:
        name = module.__name__.partition(".")[2] or "__init__"
        module.__dict__.update(self.names)
        exec(self.codes[name], module.__dict__)


def sources() -> dict[str, str]:
    """Module of scratch → its text."""
    return {p.stem: p.read_text(encoding="utf-8") for p in sorted(HOME.glob("*.py"))}


def installed(
    package: str, codes: Mapping[str, CodeType], names: Mapping[str, Any] | None = None
) -> Implementation:
    """An Implementation whose package is this code, module by module, in memory; in place of one of that name.

    ``names`` stand in every module before its code runs.
    """
    for name in [n for n in sys.modules if n.partition(".")[0] == package]:
        del sys.modules[name]
    known = [f for f in sys.meta_path if isinstance(f, _Finder) and f.package == package]
    for finder in known:
        sys.meta_path.remove(finder)
    sys.meta_path.append(_Finder(package, codes, names or {}))
    return numpy_side(package)


def mutated(package: str, mutation: Mutation) -> Implementation:
    """An Implementation whose package is scratch with the mutation, in memory.

    Raises ValueError where a text is no longer in scratch.
    """
    texts = sources()
    stem = mutation.file.removesuffix(".py")
    for old, new in mutation.texts:
        if old not in texts[stem]:
            raise ValueError(f"{mutation.what}: {old!r} is not in scratch/{mutation.file}")
        texts[stem] = texts[stem].replace(old, new)
    codes = {name: _compiled(text, f"{package}/{name}.py") for name, text in texts.items()}
    return installed(package, codes)


@cache  # of a package one module is another each time, and the others are the same
def _compiled(text: str, file: str) -> CodeType:
    return compile(text, file, "exec")


ACT, LOSS, OPT, LAY, AFF = (
    "activations.py", "losses.py", "optimizers.py", "layers.py", "affine.py",
)  # fmt: skip


def _m(what: str, file: str, old: str, new: str, kind: str, of: str = "") -> Mutation:
    return Mutation(what, file, ((old, new),), kind, of)


def _gradient(what: str, old: str, new: str, kind: str) -> Mutation:
    """Of a function that writes into ``out`` where one is given."""
    return _m(
        what,
        AFF,
        f"return {old}",
        f"g = {new}\n    return g if out is None else np.add(g, 0, out=out)",
        kind,
    )


DW = "np.matmul(np.atleast_2d(x).T, np.atleast_2d(delta), out=out)"
DB = "np.atleast_2d(delta).sum(axis=0, out=out)"
JACOBIAN = "self.z * (delta - (delta * self.z).sum(axis=-1, keepdims=True))"
SLOPE = "delta *= self.slope(self.z)"
SOFTMAX = "return e / e.sum(axis=-1, keepdims=True)"
SIGMOID = "return np.where(u >= 0, 1, e) / (1 + e)"
ADAM = "self.lr * m_hat / (np.sqrt(v_hat) + self.eps)"
CE = "-np.sum(one_hot(d, y) * np.log(y + EPSILON)) / samples(y)"

# Right in exact arithmetic, and rounded otherwise: no rule may call one of them different.
VARIANTS: tuple[Mutation, ...] = (
    Mutation("as it stands", AFF, (), "network"),
    _m("the bias first", AFF, "return x @ W + b", "return b + np.dot(x, W)", "affine"),
    _m("einsum", AFF, "return x @ W + b", 'return np.einsum("...i,io->...o", x, W) + b', "network"),
    _m("in two chunks", AFF, "return x @ W + b", "return x[..., ::2] @ W[::2] + (x[..., 1::2] @ W[1::2] + b)", "affine"),
    _m("Fortran order", AFF, "return x @ W + b", "return np.asfortranarray(x) @ np.asfortranarray(W) + b", "network"),
    _gradient("transposed twice", DW, "(np.atleast_2d(delta).T @ np.atleast_2d(x)).T", "affine"),
    _gradient("sums of outer products", DW, "sum(np.outer(p, q) for p, q in zip(np.atleast_2d(x), np.atleast_2d(delta)))", "network"),
    _gradient("sum by a product", DB, "np.ones(len(np.atleast_2d(delta)), delta.dtype) @ np.atleast_2d(delta)", "network"),
    _m("sigmoid' of e", ACT, "return z * (1 - z)", "e = np.exp(-np.abs(u))\n    return e / (1 + e) ** 2", "activation", "sigmoid"),
    _m("tanh' factored", ACT, "1 - np.tanh(u) ** 2", "(1 - np.tanh(u)) * (1 + np.tanh(u))", "activation", "tanh"),
    _m("relu by where", ACT, "np.maximum(u, 0)", "np.where(u > 0, u, 0)", "network", "relu"),
    _m("relu by a mask", ACT, "np.maximum(u, 0)", "u * (u > 0)", "network", "relu"),
    _m("softmax by its logarithm", ACT, SOFTMAX, "return np.exp(u - u.max(axis=-1, keepdims=True) - np.log(e.sum(axis=-1, keepdims=True)))", "network", "softmax"),
    _m("softmax times a reciprocal", ACT, SOFTMAX, "return e * (1 / e.sum(axis=-1, keepdims=True))", "activation", "softmax"),
    _m("softmax' multiplied out", LAY, JACOBIAN, "delta * self.z - self.z * (delta * self.z).sum(axis=-1, keepdims=True)", "activation", "softmax"),
    _m("cross-entropy by rows", LOSS, CE, "-np.mean(np.sum(one_hot(d, y) * np.log(y + EPSILON), axis=-1))", "loss", "cross_entropy_error"),
    _m("squares by a product", LOSS, "np.sum((y - d) ** 2) / (2 * samples(y))", "np.dot((y - d).ravel(), (y - d).ravel()) / (2 * samples(y))", "loss", "half_squared_error"),
    _m("scaled before the sum", LOSS, "np.mean((y - d) ** 2) / 2", "np.sum((y - d) ** 2 / (2 * y.size))", "loss", "mean_squared_error"),
    _m("momentum in place", OPT, "m[...] = self.momentum * m + g\n        p -= self.lr * m\n", "m *= self.momentum\n        m += g\n        p -= self.lr * m\n", "optimizer", "Momentum"),
    _m("an average by lerp", OPT, "self.beta1 * m + (1 - self.beta1) * g", "m + (1 - self.beta1) * (g - m)", "optimizer", "Adam"),
    _m("Adam with both corrections in lr", OPT, ADAM, "(self.lr / (1 - self.beta1**self.t)) * m / (np.sqrt(v) / np.sqrt(1 - self.beta2**self.t) + self.eps)", "optimizer", "Adam"),
    _m("rate times the quotient", OPT, "self.lr * g / (np.sqrt(h) + self.eps)", "self.lr * (g / (np.sqrt(h) + self.eps))", "optimizer", "RMSprop"),
)  # fmt: skip

# Wrong in exact arithmetic, though some of them on few inputs only: kinks, ties, square shapes.
FAULTS: tuple[Mutation, ...] = (
    _m("b is forgotten", AFF, "return x @ W + b", "return x @ W", "affine"),
    _m("b is doubled", AFF, "return x @ W + b", "return x @ W + 2 * b", "affine"),
    _m("W is transposed where it can be", AFF, "return x @ W + b", "return x @ (W.T if W.shape[0] == W.shape[1] else W) + b", "affine"),
    _m("W is not transposed back where it can be", AFF, "delta @ W.T", "delta @ (W if W.shape[0] == W.shape[1] else W.T)", "affine"),
    _gradient("db is averaged", DB, "np.atleast_2d(delta).mean(axis=0)", "affine"),
    _gradient("db is summed to a scalar", DB, "np.atleast_2d(delta).sum(axis=0) * 0 + delta.sum()", "network"),
    _gradient("db of the first sample", DB, "np.atleast_2d(delta)[0]", "network"),
    _gradient("dW is averaged", DW, "np.atleast_2d(x).T @ np.atleast_2d(delta) / len(np.atleast_2d(x))", "network"),
    _gradient("dW lacks the last sample", DW, "np.atleast_2d(x)[:-1].T @ np.atleast_2d(delta)[:-1]", "network"),
    _gradient("dW has another sign", DW, "-np.atleast_2d(x).T @ np.atleast_2d(delta)", "affine"),
    _m("float32 inside", AFF, "return x @ W + b", "return (x.astype(np.float32) @ W.astype(np.float32) + b).astype(x.dtype)", "affine"),
    _m("float16 inside", AFF, "return x @ W + b", "return x.astype(np.float16).astype(x.dtype) @ W + b", "affine"),
    _m("relu'(0) is 1", ACT, "(u > 0).astype", "(u >= 0).astype", "activation", "relu"),
    _m("relu leaks", ACT, "np.maximum(u, 0)", "np.maximum(u, 0.001 * u)", "activation", "relu"),
    _m("relu is capped at 6", ACT, "np.maximum(u, 0)", "np.clip(u, 0, 6)", "activation", "relu"),
    _m("relu' is 1", LAY, "lambda z: z > 0", "lambda z: 1", "network", "relu"),
    _m("sigmoid' of z", ACT, "z = sigmoid(u)\n    return", "z = sigmoid(sigmoid(u))\n    return", "activation", "sigmoid"),
    _m("sigmoid' lacks 1-z", ACT, "return z * (1 - z)", "return z", "activation", "sigmoid"),
    _m("sigmoid is clipped", ACT, SIGMOID, "return np.clip(np.where(u >= 0, 1, e) / (1 + e), 1e-7, 1 - 1e-7)", "activation", "sigmoid"),
    _m("hard sigmoid", ACT, SIGMOID, "return np.clip(u / 4 + 0.5, 0, 1)", "activation", "sigmoid"),
    _m("tanh' lacks the square", ACT, "1 - np.tanh(u) ** 2", "1 - np.tanh(u)", "activation", "tanh"),
    _m("tanh' of z", LAY, "1 - z**2", "1 - np.tanh(z) ** 2", "network", "tanh"),
    _m("tanh for 2u", ACT, "return np.tanh(u)", "return np.tanh(2 * u)", "activation", "tanh"),
    _m("step(0) is 1", ACT, "np.heaviside(u, 0)", "np.heaviside(u, 1)", "activation", "step_function"),
    _m("step' is 1", ACT, "return np.zeros_like(u)", "return np.ones_like(u)", "activation", "step_function"),
    _m("identity' is u", ACT, "return np.ones_like(u)", "return u.copy()", "activation", "identity"),
    _m("softmax over the batch", ACT, SOFTMAX, "return e / e.sum(axis=0, keepdims=True)", "activation", "softmax"),
    _m("softmax over everything", ACT, SOFTMAX, "return e / e.sum()", "activation", "softmax"),
    _m("softmax with an epsilon", ACT, SOFTMAX, "return e / (e.sum(axis=-1, keepdims=True) + 1e-7)", "activation", "softmax"),
    _m("the diagonal of the Jacobian", LAY, JACOBIAN, "delta * self.z * (1 - self.z)", "activation", "softmax"),
    _m("log without epsilon", LOSS, CE, "-np.sum(one_hot(d, y) * np.log(y)) / samples(y)", "loss", "cross_entropy_error"),
    _m("epsilon of 1e-8", LOSS, CE, "-np.sum(one_hot(d, y) * np.log(y + 1e-8)) / samples(y)", "loss", "cross_entropy_error"),
    _m("log10 for log", LOSS, CE, "-np.sum(one_hot(d, y) * np.log10(y + EPSILON)) / samples(y)", "loss", "cross_entropy_error"),
    _m("cross-entropy is summed", LOSS, CE, "-np.sum(one_hot(d, y) * np.log(y + EPSILON))", "loss", "cross_entropy_error"),
    _m("cross-entropy over N K", LOSS, CE, "-np.mean(one_hot(d, y) * np.log(y + EPSILON))", "loss", "cross_entropy_error"),
    _m("its gradient without epsilon", LOSS, "-one_hot(d, y) / (y + EPSILON) / samples(y)", "-one_hot(d, y) / y / samples(y)", "loss", "cross_entropy_error"),
    _m("epsilon inside the fused log", LOSS, "np.log(np.exp(shifted).sum(axis=-1, keepdims=True))", "np.log(np.exp(shifted).sum(axis=-1, keepdims=True) + 1e-7)", "combined_loss", "softmax_with_loss"),
    _m("fused cross-entropy is summed", LOSS, "-np.sum(one_hot(d, u) * log_y) / samples(u)", "-np.sum(one_hot(d, u) * log_y)", "combined_loss", "softmax_with_loss"),
    _m("no 1/N in the gradient", LOSS, "(y - one_hot(d, y)) / samples(y)", "(y - one_hot(d, y))", "combined_loss", "softmax_with_loss"),
    _m("y and d are swapped", LOSS, "(y - one_hot(d, y)) / samples(y)", "(one_hot(d, y) - y) / samples(y)", "combined_loss", "softmax_with_loss"),
    _m("labels off by one", LOSS, "(np.arange(y.shape[-1]) == d[..., np.newaxis])", "(np.arange(y.shape[-1]) == (d[..., np.newaxis] + 1) % y.shape[-1])", "combined_loss", "softmax_with_loss"),
    _m("no 1/(N K) in sigmoid's", LOSS, "return (y - d) / y.size\n\n\ndef identity", "return y - d\n\n\ndef identity", "combined_loss", "sigmoid_with_loss"),
    _m("sigmoid's lacks d u", LOSS, "np.maximum(u, 0) - d * u +", "np.maximum(u, 0) +", "combined_loss", "sigmoid_with_loss"),
    _m("no one half", LOSS, "np.sum((y - d) ** 2) / (2 * samples(y))", "np.sum((y - d) ** 2) / samples(y)", "loss", "half_squared_error"),
    _m("the error is not squared", LOSS, "np.sum((y - d) ** 2) / (2 * samples(y))", "np.sum(np.abs(y - d)) / (2 * samples(y))", "loss", "half_squared_error"),
    _m("1/N for 1/(N K)", LOSS, "return (y - d) / y.size\n\n\ndef cross", "return (y - d) / samples(y)\n\n\ndef cross", "loss", "mean_squared_error"),
    _m("binary lacks 1-d", LOSS, "d * np.log(y + EPSILON) + (1 - d) * np.log(1 - y + EPSILON)", "d * np.log(y + EPSILON)", "loss", "binary_cross_entropy_error"),
    _m("binary is summed", LOSS, "-np.mean(d * log_y + (1 - d) * log_1_y)", "-np.sum(d * log_y + (1 - d) * log_1_y)", "loss", "binary_cross_entropy"),
    _m("binary gradient over N", LOSS, "(y - d) / np.maximum(y * (1 - y), 1e-12) / y.size", "(y - d) / np.maximum(y * (1 - y), 1e-12) / len(y)", "loss", "binary_cross_entropy"),
    _m("SGD climbs", OPT, "p -= self.lr * g\n\n\nclass Momentum", "p += self.lr * g\n\n\nclass Momentum", "optimizer", "SGD"),
    _m("lr inside the momentum", OPT, "+ g\n        p -= self.lr * m\n", "+ self.lr * g\n        p -= m\n", "optimizer", "Momentum"),
    _m("momentum is dampened", OPT, "+ g\n        p -= self.lr * m\n", "+ (1 - self.momentum) * g\n        p -= self.lr * m\n", "optimizer", "Momentum"),
    _m("no look ahead", OPT, "self.lr * (g + self.momentum * m)", "self.lr * m", "optimizer", "Nesterov"),
    _m("AdaGrad's epsilon inside the root", OPT, "self.lr * g / (np.sqrt(h) + self.eps)", "self.lr * g / np.sqrt(h + self.eps)", "optimizer", "AdaGrad"),
    _m("AdaGrad without the root", OPT, "self.lr * g / (np.sqrt(h) + self.eps)", "self.lr * g / (h + self.eps)", "optimizer", "AdaGrad"),
    _m("RMSprop accumulates", OPT, "self.alpha * h + (1 - self.alpha) * g * g", "h + g * g", "optimizer", "RMSprop"),
    _m("RMSprop's epsilon inside the root", OPT, "self.lr * g / (np.sqrt(h) + self.eps)", "self.lr * g / np.sqrt(h + self.eps)", "optimizer", "RMSprop"),
    _m("Adadelta updates s first", OPT, "np.sqrt(s + self.eps)", "np.sqrt(self.rho * s + self.eps)", "optimizer", "Adadelta"),
    _m("Adadelta's epsilon outside", OPT, "np.sqrt(h + self.eps) * g", "(np.sqrt(h) + self.eps) * g", "optimizer", "Adadelta"),
    _m("no bias correction", OPT, "m_hat = m / (1 - self.beta1**self.t)", "m_hat = m", "optimizer", "Adam"),
    _m("bias correction one step late", OPT, "v_hat = v / (1 - self.beta2**self.t)", "v_hat = v / (1 - self.beta2 ** (self.t + 1))", "optimizer", "Adam"),
    _m("bias correction stops at step 8", OPT, "m_hat = m / (1 - self.beta1**self.t)", "m_hat = m / (1 - self.beta1**self.t) if self.t < 8 else m", "optimizer", "Adam"),
    _m("Adam's epsilon inside the root", OPT, "(np.sqrt(v_hat) + self.eps)", "np.sqrt(v_hat + self.eps)", "optimizer", "Adam"),
    _m("betas are swapped", OPT, "self.beta2 * v + (1 - self.beta2)", "self.beta1 * v + (1 - self.beta1)", "optimizer", "Adam"),
    _m("a layer's weights are those of another sign", AFF, "return delta @ W.T", "return delta @ abs(W).T", "network"),
    _m("delta lacks f'", LAY, SLOPE, "pass", "network"),
    _m("f' at z", LAY, SLOPE, "delta *= self.slope(self.f(self.z))", "network", "sigmoid"),
    _m("sigmoid' under relu", LAY, "lambda z: z > 0", "lambda z: z * (1 - z)", "network", "relu"),
    _m("the output's derivative is missing", LAY, "self.activation.backward(self.d_E(self.d, self.z))", "self.d_E(self.d, self.z)", "network"),
)  # fmt: skip
