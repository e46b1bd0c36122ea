"""A twin as it is compared: its forward pass, and its gradient by hand where it has one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from inspect import Parameter, Signature
from types import SimpleNamespace
from typing import Any

import numpy as np
import torch
from torch import nn

from compare.bench.torch_pairs.family import Arrays, Family
from compare.equivalence.callee import NUMPY, TORCH
from compare.equivalence.watch import Recorder, recording
from compare.system.nested import leaves

OUTPUT = "output"


@dataclass(frozen=True)
class Twin:
    """``forward(arrays)``, by name; ``backward(cotangent, arrays)`` of code in NumPy.

    ``gradients``: whether they are compared.
    """

    takes: str
    forward: Callable[[Arrays], Any]
    backward: Callable[[Any, Arrays], dict[str, Any]] | None = None
    gradients: bool = True


def twin_of(
    family: Family,
    s: SimpleNamespace,
    takes: str,
    gradients: bool,
    slope_settings: SimpleNamespace | None = None,
) -> Twin:
    """The family's twin with these settings, or with others in its gradient by hand alone."""
    backward = None
    if gradients and takes == NUMPY and family.slope is not None:
        backward = partial(family.slope, slope_settings or s)
    return Twin(
        takes, partial(family.twin, np if takes == NUMPY else torch, s), backward, gradients
    )


def arguments(twin: Twin, reference: Any, arrays: Mapping[str, np.ndarray]) -> dict[str, Any]:
    """How ``compare.equivalent`` is called with the twin and the reference."""
    held = reference.state_dict() if isinstance(reference, nn.Module) else {}
    inputs = [name for name in arrays if name not in held]
    params = {name: value for name, value in arrays.items() if name in held}

    def mine(*given: Any, params: Arrays | None = None) -> Any:
        return twin.forward({**dict(zip(inputs, given, strict=True)), **(params or {})})

    def gradient(delta: Any, *given: Any, params: Arrays | None = None) -> Any:
        assert twin.backward is not None
        by_name = twin.backward(delta, {**dict(zip(inputs, given, strict=True)), **(params or {})})
        return by_name if params else tuple(by_name.get(name) for name in inputs)

    # the names of the arrays, by which reports call them
    mine.__signature__ = Signature(  # type: ignore[attr-defined]
        [Parameter(name, Parameter.POSITIONAL_ONLY) for name in inputs]
        + [Parameter("params", Parameter.KEYWORD_ONLY, default=None)]
    )
    offered: Any = gradient if twin.backward else None if twin.takes == TORCH else False
    return {
        "mine": mine,
        "reference": reference,
        "arrays": [arrays[name] for name in inputs],
        "params": params or None,
        "gradient": offered if twin.gradients else False,
        "mine_takes": twin.takes,
    }


def computed(
    twin: Twin, arrays: Mapping[str, np.ndarray], dtype: str = "float64"
) -> dict[str, np.ndarray]:
    """Everything that is compared of it, in order: what it watches, outputs, gradients."""
    given: dict[str, Any] = {
        n: a.astype(dtype) if a.dtype.kind == "f" else a for n, a in arrays.items()
    }
    if twin.takes == TORCH:
        given = {n: torch.tensor(a) for n, a in given.items()}
        for tensor in given.values():
            tensor.requires_grad_(twin.gradients and tensor.is_floating_point())
    recorder = Recorder(_shown)
    with recording(recorder):
        outputs = leaves(OUTPUT, twin.forward(given))
    values = {**recorder.values, **{name: _shown(value) for name, value in outputs.items()}}
    cotangents = {
        name: np.random.default_rng(k).standard_normal(value.shape)
        for k, (name, value) in enumerate(outputs.items())
    }
    if not twin.gradients:
        return values
    if twin.backward is not None:
        gradients = twin.backward(cotangents[OUTPUT], given)
    elif twin.takes == TORCH:
        gradients = _by_autograd(outputs, cotangents, given)
    else:
        gradients = {}
    return {**values, **{f"grad/{name}": _shown(g) for name, g in gradients.items()}}


def _shown(value: Any) -> np.ndarray:
    return np.array(value.detach().numpy() if isinstance(value, torch.Tensor) else value)


def _by_autograd(outputs: Arrays, cotangents: Arrays, given: Arrays) -> dict[str, Any]:
    wanted = {name: tensor for name, tensor in given.items() if tensor.requires_grad}
    gradients = torch.autograd.grad(
        list(outputs.values()),
        list(wanted.values()),
        [torch.tensor(cotangents[name]).to(value.dtype) for name, value in outputs.items()],
        allow_unused=True,
        materialize_grads=True,
    )
    return dict(zip(wanted, gradients, strict=True))
