"""An Implementation of which some functions are somebody's, and the rest are scratch's."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np

from compare.check.result import UNKNOWN
from compare.core.implementation import Implementation, numpy_side
from compare.from_file import functions, network
from compare.from_file.found_parts import Part
from compare.from_file.network import OwnNetwork
from compare.from_file.optimizer import OwnOptimizer
from compare.from_file.scaling import Scaling
from compare.language.choice import language
from compare.language.message import message

# the course's loss of y in place of its loss of u
OF_OUTPUTS = {
    "softmax_with_loss": "cross_entropy_error",
    "sigmoid_with_loss": "binary_cross_entropy",
}


@dataclass(frozen=True)
class FileSide(Implementation):
    """The side of one case: ``own`` functions by their paths, and a network of theirs.

    ``asked`` notes what the case took: path → the name in the file, or "" of what is scratch's.
    """

    own: Mapping[str, Any] = field(default_factory=dict)
    rules: Mapping[str, Part] = field(default_factory=dict)
    net: Part | None = None
    recipe: tuple[str, str, str] = ("", "", "")
    asked: dict[str, str] = field(default_factory=dict)

    def get(self, path: str) -> Any:
        """Theirs where they have it, else scratch's."""
        module, name = path.split(".")
        if path == "losses.LOSSES":
            return functions.Losses(super().get(path), self.get)
        if path == "layers.activation_backward":
            return self._activation_backward
        if self.net is not None and path in ("training.train", "training.train_step"):
            self.asked[path] = ""
            return getattr(network, name)
        if module == "optimizers" and name in self.rules:
            self.asked[path] = self.rules[name].name
            return partial(OwnOptimizer, self.rules[name], super().get(path))
        own = self.own.get(path)
        self.asked[path] = own.part.name if own else ""
        # beside a network one sample is a batch of one, as for the network itself
        return functions.as_rows(own) if own and self.net else own or super().get(path)

    def network(self, params: Mapping[str, Any], wants_grad_x: bool = True, **settings: str) -> Any:
        """Their network on these parameters."""
        if self.net is None:
            return super().network(params, wants_grad_x, **settings)
        self.asked["network.Network"] = self.net.name
        loss = self.recipe[2]
        scaling = Scaling(self.net.form.network, loss)
        return OwnNetwork(
            self.net, params, scaling, self._loss(loss), self._output(),
            partial(self._outputs, settings),
        )  # fmt: skip

    def _outputs(self, settings: Mapping[str, str], params: Mapping[str, Any], x: Any) -> Any:
        """The course's outputs, where theirs shows none."""
        assert self.net is not None
        y = super().network(params, False, **settings).predict(x)
        self.asked.update({"network.Network": self.net.name, "network.predict": ""})
        return y

    def written(self, path: str) -> str:
        """The line of theirs, or of what runs in its place."""
        if self.net is not None and not path.startswith(("losses.", "optimizers.", "schedules.")):
            return _line(self.net, self.name)
        own = self.own.get(path) or self.own.get(_BEHIND.get(path, ""))
        if path.startswith("layers."):
            name = self.asked.get("layers.activation_backward")
            own = next((u for u in self.own.values() if u.part.name == name), None)
        part = own.part if own else self.rules.get(path.removeprefix("optimizers.").split(".")[0])
        return _line(part, self.name) if part else super().written(path)

    def cause(self) -> str:
        """The mistake that the check of the file names, of the first wrong part that ran."""
        ran = {name for name in self.asked.values() if name}
        parts = [*(use.part for use in self.own.values()), *self.rules.values()]
        parts = [self.net] if self.net and self.net.name in ran and not self.net.right else parts
        for part in parts:
            causes = [d for d in part.judgement.diagnoses if d.cause != UNKNOWN and not d.warning]
            if part.name in ran and causes:
                return causes[0].title.of(language())
        return ""

    def whose(self) -> str:
        """What of the case ran in the file's code, and what in scratch's."""
        yours = list(dict.fromkeys(name for name in self.asked.values() if name))
        rest = [path.split(".")[1] for path, name in self.asked.items() if not name]
        if not rest:
            return message("yours: {names}", names=", ".join(yours))
        return message(
            "yours: {names}; scratch: {rest}", names=", ".join(yours), rest=", ".join(rest)
        )

    def _activation_backward(self, name: str, delta: Any, u: Any) -> Any:
        own = self.own.get(f"layers.{name}")
        self.asked["layers.activation_backward"] = own.part.name if own else ""
        if own:
            return own(delta, u)
        return super().get("layers.activation_backward")(name, delta, u)

    def _loss(self, name: str) -> Callable[[Any, Any], Any]:
        """The course's loss of the outputs, for a network that reports none."""
        # of the outputs: theirs shows no u
        of_outputs = OF_OUTPUTS.get(name, name)

        def loss(d: Any, y: Any) -> Any:
            self.asked[f"losses.{of_outputs}"] = ""
            return super(FileSide, self).get(f"losses.{of_outputs}")(d, y)

        return loss

    def _output(self) -> Callable[[Any], Any] | None:
        """The output's activation, where theirs leaves it to its loss."""
        output = self.recipe[1]
        assert self.net is not None
        if self.net.form.network.forward.output in (output, ""):
            return None
        f = super().get(f"activations.{output}")
        self.asked[f"activations.{output}"] = ""
        return lambda scores: f(scores)


def _line(part: Part, file: str) -> str:
    judgement = part.judgement
    return f"{judgement.file or file}:{judgement.line}:{judgement.found}"


# what a rule says is computed there, and whose function it is
_BEHIND = {
    "affine.weight_gradient": "affine.affine_backward",
    "affine.bias_gradient": "affine.affine_backward",
    "affine.input_gradient": "affine.affine_backward",
}


def file_side(name: str, takes_state: bool = True, **parts: Any) -> FileSide:
    """The side of a file of that name."""
    plain = numpy_side()
    return FileSide(
        name, plain.package, plain.from_numpy, plain.to_numpy, np.copy,
        takes_state=takes_state, **parts,
    )  # fmt: skip
