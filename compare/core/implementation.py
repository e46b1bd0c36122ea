"""An Implementation, under test or the reference, and how arrays go in and come out of it."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from compare.arithmetic.formats import COARSE
from compare.arithmetic.pieces import is_masked
from compare.arithmetic.running_error import FORMATS
from compare.core.arrays import each, in_numpy_of_others
from compare.system.errors import UserError
from compare.system.torch_settings import loaded

NEEDS_ML_DTYPES = "{} needs ml-dtypes: pip install 'scratch-compare[check]'"


@dataclass(frozen=True)
class Implementation:
    """A package with the course's public names, and the conversion from and to NumPy."""

    name: str
    package: str
    from_numpy: Callable[[np.ndarray], Any]
    to_numpy: Callable[[Any], np.ndarray]
    copy: Callable[[Any], Any]
    takes: str = "numpy"  # or "torch": whose operations its noise is measured by
    # between the course's W (in, out) and the layout of this side's own parameters, both ways
    layout: Callable[[Any], Any] = lambda p: p
    # whether its optimizers can be made to go on from a state that another side remembers
    takes_state: bool = True

    def get(self, path: str) -> Any:
        """``affine.affine_backward`` of this side.   Raises AttributeError where it has none."""
        module, name = path.split(".")
        # imported when asked for: torch takes seconds, and a package
        # that lacks one function can still be judged in the others
        return getattr(importlib.import_module(f"{self.package}.{module}"), name)

    def whose(self) -> str:
        """Whose code ran, where that is of several people."""
        return ""

    def cause(self) -> str:
        """The known mistake in what ran of it, where that is known beforehand."""
        return ""

    def written(self, path: str) -> str:
        """Where ``affine.affine`` of this side is written: its package's, or a line of a file."""
        return f"{self.package}.{path}"

    def given(self, values: Any) -> Any:
        """An array, or a tuple of arrays, in this side's type and in memory of its own."""
        # a copy, so that a side which writes into its input
        # changes neither the other's nor the problem's
        return each(lambda a: self.from_numpy(np.copy(a)), values)

    def network(self, params: Mapping[str, Any], wants_grad_x: bool = True, **settings: str) -> Any:
        """This side's network on these parameters, which shows dE/dx as well."""
        network = self.get("network.Network")(params, **settings)
        if wants_grad_x:
            network.wants_grad_x = True
        return network


def numpy_side(package: str = "scratch", rounded_to: str = "float64") -> Implementation:
    """The side of a NumPy package: arrays go in as they are, and are copied on the way out.

    ``rounded_to`` float16 or bfloat16: it computes in float32, and what it shows is rounded.
    """
    if rounded_to not in COARSE:
        # the array as it is: ``given`` has made a copy already
        return Implementation(package, package, lambda array: array, _plain, np.copy)
    coarse = FORMATS[rounded_to].dtype

    def widened(array: np.ndarray) -> np.ndarray:
        return array.astype(np.float32) if array.dtype == coarse else array

    def narrowed(value: Any) -> np.ndarray:
        array = _plain(value)
        with np.errstate(over="ignore"):  # what exceeds float16 becomes inf there, as in torch
            return array.astype(coarse) if array.dtype == np.float32 else array

    return Implementation(package, package, widened, narrowed, np.copy)


def _plain(value: Any) -> np.ndarray:
    """A copy without the tricks of a subclass; a mask stays, for the judge to refuse."""
    # np.matrix and the like redefine operators, by which the judge would be misled
    return np.array(in_numpy_of_others(value), subok=is_masked(value))


def torch_side(package: str = "torch_ref") -> Implementation:
    """The side of a torch package: tensors share the memory of the arrays that are handed in."""
    torch = loaded()

    bfloat16 = FORMATS["bfloat16"].dtype if "bfloat16" in FORMATS else None

    def from_numpy(array: np.ndarray) -> Any:
        # None would be float64 to NumPy
        if (
            bfloat16 is not None and array.dtype == bfloat16
        ):  # NumPy knows it as two bytes without a meaning
            return torch.from_numpy(array.view(np.int16)).view(torch.bfloat16)
        return torch.from_numpy(array)

    def to_numpy(value: Any) -> np.ndarray:
        if not isinstance(value, torch.Tensor):
            # a number, a list: what a side returns is judged as it is
            return np.array(in_numpy_of_others(value))
        if value.layout != torch.strided:
            value = value.to_dense()  # NumPy has no sparse arrays
        if value.dtype == torch.bfloat16 and bfloat16 is None:
            raise UserError(NEEDS_ML_DTYPES.format("bfloat16"))
        if value.dtype == torch.bfloat16:
            return value.detach().contiguous().view(torch.int16).numpy().view(bfloat16).copy()
        # force: a conjugate, and the imaginary part of one, are marked as such and not yet computed
        # .numpy() shares the tensor's memory, which an optimizer updates in place
        return value.numpy(force=True).copy()

    def transposed(p: Any) -> Any:
        return p.T if p.ndim == 2 else p  # torch.nn.Linear's weight is (out, in)

    return Implementation("torch", package, from_numpy, to_numpy, torch.clone, "torch", transposed)
