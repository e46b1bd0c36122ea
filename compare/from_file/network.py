"""The course's Network and train, carried out by a network of somebody's file."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from compare.check.calling.networks import passes
from compare.check.calling.networks.net import Net, NetworkForm
from compare.check.fitting.networks import passes as chains
from compare.check.fitting.networks.explanation import Structure
from compare.check.naming.network_parameters import LR
from compare.core.case import NotTaken
from compare.from_file.found_parts import Part
from compare.language.message import message
from compare.sandbox.interface import Failed
from compare.system.errors import RaisedElsewhere

# what the course's losses multiply the sum over a batch of N rows of K outputs by
SCALES: Mapping[str, Callable[[int, int], float]] = {
    "softmax_with_loss": lambda N, K: 1 / N,
    "cross_entropy_error": lambda N, K: 1 / N,
    "sigmoid_with_loss": lambda N, K: 1 / (N * K),
    "binary_cross_entropy": lambda N, K: 1 / (N * K),
    "binary_cross_entropy_error": lambda N, K: 1 / (N * K),
    "half_squared_error": lambda N, K: 1 / N,
    "identity_with_loss": lambda N, K: 1 / N,
    "mean_squared_error": lambda N, K: 1 / (N * K),
}


@dataclass(frozen=True)
class Scaling:
    """By what their loss and their gradients are multiplied, to be those of a case."""

    structure: Structure
    loss: str

    def of_loss(self, N: int, K: int, features: int) -> float:
        """Of the loss that they report."""
        reported = self.structure.loss
        return self._wanted(N, K) / reported.scale.of(N, K, features) if reported else 1.0

    def of_gradients(self, N: int, K: int, features: int) -> float:
        """Of the gradients that they give."""
        plan = self.structure.plan
        at_our_rate = LR / plan.rate if plan.read_off else 1.0
        return at_our_rate * self._wanted(N, K) / plan.scale.of(N, K, features)

    def _wanted(self, N: int, K: int) -> float:
        return SCALES[self.loss](N, K) if self.loss else 1.0


class OwnNetwork:
    """A network of theirs with given weights, called as the course's Network is.

    ``fallback``: the course's loss of (d, y), where theirs reports none · ``outputs``: the
    activation that theirs leaves to its loss, or None.
    """

    wants_grad_x = False  # nobody writes it who trains weights alone

    def __init__(
        self,
        part: Part,
        params: Mapping[str, np.ndarray],
        scaling: Scaling,
        fallback: Callable[[Any, Any], Any],
        outputs: Callable[[Any], Any] | None = None,
    ) -> None:
        self.params = {name: p.copy() for name, p in params.items()}
        self.grads: dict[str, np.ndarray] = {}
        self._part, self._scaling = part, scaling
        self._fallback, self._outputs = fallback, outputs
        self._net: Net | None = None
        self._x: Any = None
        self._alone = False  # one sample, of which theirs is given a batch
        self._values: dict[str, Any] = {}

    def forward(self, x: np.ndarray) -> np.ndarray:
        """y, with targets that are asked for and not used."""
        self._x, self._alone = np.atleast_2d(x), np.ndim(x) == 1
        outputs = self._width()
        classes = np.arange(len(self._x)) % outputs
        self._pass(np.eye(outputs)[classes] if outputs > 1 else np.zeros((len(self._x), 1)))
        y: np.ndarray = self._values["y"]
        return y

    predict = forward

    def loss(self, d: np.ndarray) -> Any:
        """The loss of the last x and d."""
        self._pass(self._rows(d))
        return self._values["loss"]

    def learn(self, x: np.ndarray, d: np.ndarray) -> Any:
        """One pass forward and back; the loss."""
        self._x, self._alone = np.atleast_2d(x), np.ndim(x) == 1
        return self.loss(d)

    def backward(self) -> None:
        """Nothing: the pass of the loss has gone back."""

    def intermediates(self) -> dict[str, np.ndarray]:
        """y alone, if theirs shows it."""
        return {name: v for name, v in self._values.items() if name == "y"}

    def deltas(self) -> dict[str, np.ndarray]:
        """The gradients, from the last layer on."""
        return {name: v for name, v in self._values.items() if name.startswith("grad/")}

    def _width(self) -> int:
        return int(self.params[f"W{len(self.params) // 2}"].shape[1])

    def _rows(self, d: np.ndarray) -> np.ndarray:
        """Targets as rows."""
        d = np.asarray(d)
        outputs = self._width()
        if d.dtype.kind in "iu" and d.ndim < 2 and outputs > 1:
            return np.eye(outputs)[np.atleast_1d(d)]
        return d.reshape(len(self._x), outputs)  # also of one sample, or of one output

    def _pass(self, d: np.ndarray) -> None:
        if _lacks_the_last(d) and _COUNTED.search(self._part.text):
            raise NotTaken(
                message(
                    "{name} counts the classes by the largest label of a batch, and here the last "
                    "class is missing: np.eye(10)[labels] would take it",
                    name=self._part.name,
                )
            )
        arrays = {"x": self._x, "d": self._targets(d), **self.params}
        try:
            results = self._results(arrays)
        except Failed as failed:
            raise RaisedElsewhere(failed.line) from None
        except (ValueError, TypeError, IndexError, KeyError, AttributeError) as error:
            line = message("its results cannot be read so: {why}", why=str(error))
            raise RaisedElsewhere(line) from None
        self._values = self._in_course_terms(results, d)
        self.grads = {n.removeprefix("grad/"): g for n, g in self.deltas().items()}

    def _targets(self, d: np.ndarray) -> np.ndarray:
        """As its way of calling has them: class numbers, or rows."""
        form = self._form
        if form is None or form.index:
            return d.argmax(axis=1) if d.shape[1] > 1 else d[:, 0].astype(int)
        return d

    @property
    def _form(self) -> NetworkForm | None:
        style: Any = self._part.style.call
        return style.args[1] if getattr(style, "func", None) is passes.called else None

    def _results(self, arrays: Mapping[str, Any]) -> dict[str, Any]:
        if self._form is None:  # a style that makes all anew at each call
            again = {"x0": arrays["x"], "d0": arrays["d"]}
            return dict(self._part.style.call(self._part.subject, {**arrays, **again}))
        if self._net is None:
            depth = chains.depth_of(arrays)
            self._net = passes.made(depth, self._form, self._part.subject, arrays)
        try:
            return passes.of_batch(self._net, arrays)
        finally:
            passes.put_back(self._part.subject)

    def _in_course_terms(self, results: Mapping[str, Any], d: np.ndarray) -> dict[str, Any]:
        """y, loss and gradients from the last layer on, in the scale of the case."""
        x, K = self._x, self._width()
        y = np.asarray(results["y"], dtype=np.float64) if "y" in results else None
        if y is not None and self._outputs:
            y = self._outputs(y)
        sizes = (len(x), K, x.shape[1])
        values: dict[str, Any] = {} if y is None else {"y": y[0] if self._alone else y}
        if "loss" in results:
            values["loss"] = np.float64(results["loss"]) * self._scaling.of_loss(*sizes)
        elif y is not None:
            values["loss"] = self._fallback(d, y)
        factor = self._scaling.of_gradients(*sizes)
        for name, gradient in results.items():
            if name.startswith("grad/"):
                values[name] = np.asarray(gradient, dtype=np.float64) * factor
        return values


_COUNTED = re.compile(r"max\([\w.]*\) ?\+ ?1")  # labels.max() + 1


def _lacks_the_last(d: np.ndarray) -> bool:
    """Whether no sample is of the last class."""
    return d.shape[1] > 1 and not (d.argmax(axis=1) == d.shape[1] - 1).any()


def train(
    network: OwnNetwork,
    optimizer: Any,
    x: np.ndarray,
    d: np.ndarray,
    batches: Iterable[np.ndarray],
    lrs: Iterable[float],
) -> Iterator[Any]:
    """The course's loop; what their code raises is said with its step."""
    for step, (batch, lr) in enumerate(zip(batches, lrs, strict=True), 1):
        optimizer.lr = lr
        try:
            E = train_step(network, optimizer, x[batch], d[batch])
        except RaisedElsewhere as error:
            line = message("step {step}: {line}", step=step, line=str(error))
            raise RaisedElsewhere(line) from None
        yield E


def train_step(network: OwnNetwork, optimizer: Any, x: np.ndarray, d: np.ndarray) -> Any:
    """One update on the batch (x, d); the loss before it."""
    E = network.learn(x, d)
    # a gradient of another shape was shown, and moves nothing
    fitting = {n: g for n, g in network.grads.items() if g.shape == network.params[n].shape}
    optimizer.update({n: network.params[n] for n in fitting}, fitting)
    return E
