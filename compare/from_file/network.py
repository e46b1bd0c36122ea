"""The course's Network and train, carried out by a network of somebody's file."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

import numpy as np

from compare.check.calling.networks import passes
from compare.check.calling.networks.net import Net, NetworkForm
from compare.check.fitting.networks import passes as chains
from compare.check.naming.grammar import is_difference
from compare.core.case import NotTaken, Stopped
from compare.from_file.found_parts import Part, widened
from compare.from_file.scaling import Scaling
from compare.language.message import Message, message
from compare.sandbox.interface import Ending, Failed


class OwnNetwork:
    """A network of theirs with given weights, called as the course's Network is.

    ``fallback``: the course's loss of (d, y), where theirs reports none · ``outputs``: the
    activation that theirs leaves to its loss, or None · ``otherwise``: y of (params, x), where
    theirs shows none · ``step``: of a training, to say where something was raised.
    """

    wants_grad_x = False  # nobody writes it who trains weights alone

    def __init__(
        self,
        part: Part,
        params: Mapping[str, np.ndarray],
        scaling: Scaling,
        fallback: Callable[[Any, Any], Any],
        outputs: Callable[[Any], Any] | None = None,
        otherwise: Callable[[Any, Any], Any] = lambda params, x: None,
    ) -> None:
        self.params = {name: p.copy() for name, p in params.items()}
        self.grads: dict[str, np.ndarray] = {}
        self._part, self._scaling = part, scaling
        self._fallback, self._outputs, self._otherwise = fallback, outputs, otherwise
        self.step = 0
        self._net: Net | None = None
        self._x: Any = None
        self._alone = False  # one sample, of which theirs is given a batch
        self._values: dict[str, Any] = {}

    def forward(self, x: np.ndarray) -> np.ndarray:
        """y; with targets that are asked for and not used."""
        self._x, self._alone = np.atleast_2d(x), np.ndim(x) == 1
        outputs = self._width()
        classes = np.arange(len(self._x)) % outputs
        d = np.eye(outputs)[classes] if outputs > 1 else np.zeros((len(self._x), 1))
        given = {"x": self._x, "d": self._targets(d.astype(x.dtype)), **self.params}
        y = self._tried(lambda: self._outputs_of(given))
        shown = {} if y is None else {"y": y}
        self._values = self._in_course_terms(shown)
        if "y" not in self._values:  # theirs shows its loss and its gradients alone
            return self._otherwise(self.params, x)
        out: np.ndarray = self._values["y"]
        return out

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
            return np.eye(outputs, dtype=self._x.dtype)[np.atleast_1d(d)]
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
        self._values = self._in_course_terms(self._tried(lambda: self._results(arrays)))
        if "loss" not in self._values and "y" in self._values:
            self._values["loss"] = self._fallback(d, self._values["y"])
        self.grads = {n.removeprefix("grad/"): g for n, g in self.deltas().items()}

    def _tried(self, call: Callable[[], Any]) -> Any:
        """What a call gives; how it ended otherwise is said with the step."""
        try:
            return call()
        except Failed as failed:
            line: Message | str = failed.line
            found = self._part.subject.inventory.found
            if failed.ending is Ending.TIMED_OUT and any(is_difference(d.name) for d in found):
                n = sum(p.size for p in self.params.values())
                raise NotTaken(
                    message(
                        "{line}: a numerical gradient of {n} numbers; mlp.iris has fewer",
                        line=line,
                        n=n,
                    )
                ) from None
            if failed.ending is Ending.REFUSED:  # called otherwise than it was meant
                raise NotTaken(line) from None
        except (ValueError, TypeError, IndexError, KeyError, AttributeError) as error:
            line = message("its results cannot be read so: {why}", why=str(error))
            raise NotTaken(line) from None
        if self.step:
            line = message("step {step}: {line}", step=self.step, line=line)
        raise Stopped(line)

    def _targets(self, d: np.ndarray) -> np.ndarray:
        """As its way of calling has them: class numbers, or rows."""
        form = self._form
        if form is None or form.index:
            if d.shape[1] > 1 and not _one_hot(d):
                raise NotTaken(
                    message(
                        "{name} takes class numbers, and these targets are none",
                        name=self._part.name,
                    )
                )
            return d.argmax(axis=1) if d.shape[1] > 1 else d[:, 0].astype(int)
        return d

    @property
    def _form(self) -> NetworkForm | None:
        style: Any = self._part.style.call
        return style.args[1] if getattr(style, "func", None) is passes.called else None

    def _results(self, arrays: Mapping[str, Any]) -> dict[str, Any]:
        return dict(self._called(passes.of_batch, arrays) or self._all_anew(arrays))

    def _outputs_of(self, arrays: Mapping[str, Any]) -> Any:
        if self._form is None:
            return self._all_anew(arrays).get("y")
        return self._called(passes.outputs_of, arrays)

    def _all_anew(self, arrays: Mapping[str, Any]) -> dict[str, Any]:
        """In a way of calling that makes the network at each call."""
        again = {"x0": arrays["x"], "d0": arrays["d"]}
        return dict(self._part.style.call(self._part.subject, {**arrays, **again}))

    def _called(self, what: Callable[[Net, Mapping[str, Any]], Any], arrays: Any) -> Any:
        """A call of the network, which is made once for all steps; None where it cannot be kept."""
        if self._form is None:
            return None
        if self._net is None:
            depth = chains.depth_of(arrays)
            self._net = passes.made(depth, self._form, self._part.subject, arrays)
        try:
            return what(self._net, arrays)
        finally:
            passes.put_back(self._part.subject)

    def _in_course_terms(self, results: Mapping[str, Any]) -> dict[str, Any]:
        """y, loss and gradients from the last layer on, in the scale of the case."""
        x, K = self._x, self._width()
        y = np.asarray(results["y"]) if "y" in results else None
        for value in results.values():
            kind = np.asarray(value).dtype
            if kind.kind == "f" and kind != x.dtype:
                raise NotTaken(widened(self._part.name, kind, x.dtype))
        if y is not None and self._outputs:
            y = self._outputs(y)
        sizes = (len(x), K, x.shape[1])
        values: dict[str, Any] = {} if y is None else {"y": y[0] if self._alone else y}
        if "loss" in results:
            values["loss"] = np.asarray(results["loss"]) * self._scaling.of_loss(*sizes)
        factor = self._scaling.of_gradients(*sizes)
        for name, gradient in results.items():
            if name.startswith("grad/"):
                values[name] = np.asarray(gradient) * factor
        return values


_COUNTED = re.compile(r"max\([\w.]*\) ?\+ ?1")  # labels.max() + 1


def _one_hot(d: np.ndarray) -> bool:
    return bool(((d == 0) | (d == 1)).all() and (d.sum(axis=1) == 1).all())


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
    for network.step, (batch, lr) in enumerate(zip(batches, lrs, strict=True), 1):
        optimizer.lr = lr
        yield train_step(network, optimizer, x[batch], d[batch])


def train_step(network: OwnNetwork, optimizer: Any, x: np.ndarray, d: np.ndarray) -> Any:
    """One update on the batch (x, d); the loss before it."""
    E = network.learn(x, d)
    # a gradient of another shape was shown, and moves nothing
    fitting = {n: g for n, g in network.grads.items() if g.shape == network.params[n].shape}
    try:
        optimizer.update({n: network.params[n] for n in fitting}, fitting)
    except Stopped as stopped:
        line = message("step {step}: {line}", step=network.step, line=str(stopped))
        raise Stopped(line if network.step else str(stopped)) from None
    return E
