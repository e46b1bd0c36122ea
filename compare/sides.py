"""A Side: an implementation under test, and how arrays go in and come out of it."""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from compare.limits import limits

KINKED = {"relu", "step_function"}


@dataclass(frozen=True)
class Side:
    """A package with the course's public names, and the conversion from and to NumPy."""

    name: str
    package: str
    from_numpy: Callable[[np.ndarray], Any]
    to_numpy: Callable[[Any], np.ndarray]
    copy: Callable[[Any], Any]
    prepare: Callable[[Any], Any] = lambda network: network

    def get(self, path: str) -> Any:
        """``affine.d_affine`` of this side.   Raises AttributeError where it has none."""
        module, name = path.split(".")
        return getattr(importlib.import_module(f"{self.package}.{module}"), name)

    def network(self, params: Mapping[str, Any], **settings: str) -> Any:
        """This side's network on these parameters."""
        return self.prepare(self.get("network.Network")(params, **settings))


def numpy_side(package: str = "scratch") -> Side:
    """The side of a NumPy package: arrays go in as they are, and are copied on the way out."""
    return Side(package, package, lambda a: a, lambda v: np.array(v), np.copy)


@dataclass
class Branches:
    """Keeps a reference on the branch that the other side took at a kink.

    ReLU and the step jump in their derivative or value at 0. Where both sides are within the
    limit of 0 and rounding put them on different sides of it, everything after differs visibly and
    rightly. So the reference takes the value of ``mine`` there, and ``forced`` counts the elements.
    An exact 0 on both sides is left alone: what f'(0) is remains judged.
    """

    mine: dict[str, np.ndarray] = field(default_factory=dict)
    step: int | None = None
    forced: int = 0

    def follow(self, values: Mapping[str, np.ndarray], step: int | None) -> None:
        """Take the pre-activations of the other side's next pass."""
        self.mine = {k: v for k, v in values.items() if k[0] == "u" and k[1:].isdigit()}
        self.step = step

    def watch(self, network: Any) -> Any:
        """Install this on every layer of a torch network in front of a kink."""
        for k, layer in enumerate(network.layers, start=1):
            activation = network.hidden if k < network.depth else network.output
            if activation in KINKED:
                layer.register_forward_hook(self._hook(f"u{k}"))
        return network

    def _hook(self, name: str) -> Callable[[Any, Any, Any], Any]:
        import torch

        def take_the_same_branch(layer: Any, inputs: Any, u: Any) -> Any:
            mine = self.mine.pop(name, None)
            if mine is None or mine.shape != u.shape:
                return u
            values = u.detach().numpy()
            if mine.dtype != values.dtype:
                return u
            allowed = limits(
                values, float(np.abs(values).max(initial=0)), values.dtype.name, self.step
            )
            with np.errstate(invalid="ignore"):  # in a diverged run both may be infinite
                flipped = ((mine > 0) != (values > 0)) & (np.abs(mine - values) <= allowed)
            self.forced += int(flipped.sum())
            if not flipped.any():
                return u
            # u - u.detach() is 0 and carries the gradient
            return torch.where(
                torch.from_numpy(flipped), u - u.detach() + torch.from_numpy(mine), u
            )

        return take_the_same_branch


def torch_side(branches: Branches, package: str = "torch_ref") -> Side:
    """The side of a torch package: tensors share the memory of the arrays that are handed in."""
    import torch

    def to_numpy(value: Any) -> np.ndarray:
        return value.detach().numpy().copy() if isinstance(value, torch.Tensor) else np.array(value)

    return Side("torch", package, torch.from_numpy, to_numpy, torch.clone, branches.watch)


def check_packages_are_ours() -> str | None:
    """None, or one line that says which of our packages somebody else's of that name hides."""
    home = Path(__file__).resolve().parent.parent
    for package in ("scratch", "torch_ref"):
        spec = importlib.util.find_spec(package)
        found = Path(spec.origin).resolve().parent.parent if spec and spec.origin else None
        if found != home:
            where = spec.origin if spec else "nowhere"
            return (
                f"the package {package!r} was found at {where}, not beside {home / 'compare'}: "
                f"rename that file, or run from another folder"
            )
    return None
