"""A Callee: one side's callable, how it is called, and how its gradients are had."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from torch import nn

from compare.equivalence.arguments import Arguments, signature_of
from compare.equivalence.modules.module_weights import Place, copied, loaded, trainable
from compare.equivalence.watch import watch
from compare.system.errors import UsageError

NUMPY, TORCH = "numpy", "torch"
# Submodule → name of its output; a pair of mine's and the reference's where these have other names.
Watch = Mapping[str | tuple[str, str], str] | Mapping[str, str]


@dataclass(frozen=True)
class Callee:
    """``forward(*arrays)``; ``backward(cotangent, *arrays)``, or autograd, or no gradient.

    ``modules``: of an nn.Module, a copy in each usual dtype; ``places``: where its parameters go;
    ``hooks``: submodule → the name that its output is watched by; ``renamed``: its buffers → what
    they are called in yours, where that is no parameter.
    """

    label: str
    takes: str
    forward: Callable[..., Any]
    backward: Callable[..., Any] | None = None
    autograd: bool = False
    modules: Mapping[str, nn.Module] = field(default_factory=dict)
    places: Mapping[str, Place] = field(default_factory=dict)
    hooks: Mapping[str, str] = field(default_factory=dict)
    renamed: Mapping[str, str] = field(default_factory=dict)

    @property
    def has_gradients(self) -> bool:
        """Whether it offers any."""
        return self.autograd or self.backward is not None

    def opened(
        self, values: Mapping[str, Any], dtype: str
    ) -> tuple[Callable[..., Any], dict[str, tuple[Any, ...]]]:
        """What to call, with its parameters in it; and the tensors of those that are trained."""
        if not self.modules:
            return self.forward, {}

        # a copy at each call: hooks would stay on it, and a forward pass may change its buffers
        kept = self.modules.get(dtype) or copied(next(iter(self.modules.values())), dtype)
        module = loaded(kept, self.places, values)
        for path, name in self.hooks.items():
            module.get_submodule(path).register_forward_hook(_watching(name))
        return module, trainable(module, self.places)

    def state(self, module: Any) -> dict[str, Any]:
        """Our name → what an opened module holds: its buffers and parameters."""
        if not self.modules:
            return {}
        held = {
            **dict(module.named_parameters(remove_duplicate=False)),
            **dict(module.named_buffers(remove_duplicate=False)),
        }
        # copies, as the backward pass, or the next call, may go on with them
        held = {name: tensor.detach().clone() for name, tensor in held.items()}
        placed = {
            param: place.back([held[name] for name in place.names])
            for param, place in self.places.items()
            if held.keys() >= set(place.names)
        }
        return {**{self.our_name(name): tensor for name, tensor in held.items()}, **placed}

    def our_name(self, name: str) -> str:
        """What a parameter or buffer of its module is called in yours."""
        by_place = (param for param, place in self.places.items() if name in place.names)
        return next(by_place, self.renamed.get(name, name))


def _watching(name: str) -> Callable[[Any, Any, Any], None]:
    def hook(module: Any, inputs: Any, output: Any) -> None:
        watch(name, output)  # and returns nothing: what a hook returns replaces the output

    return hook


def is_module(f: Any) -> bool:
    """Whether it is an nn.Module."""
    return isinstance(f, nn.Module)


def takes_torch(f: Any) -> bool:
    """Whether it is plain that it takes tensors: a module, or one of torch's own functions."""
    # a tensor's bound method has no __module__, but the tensor has;
    # the dot keeps out packages such as torch_ref
    home = getattr(f, "__module__", None) or getattr(getattr(f, "__self__", None), "__module__", "")
    return is_module(f) or f"{home}.".startswith("torch.") or _module_of_type(f) == "torch"


def _module_of_type(f: Any) -> str:
    return type(f).__module__.split(".")[0]


def callee(
    label: str, f: Any, takes: str, gradient: Any, arguments: Arguments, values: Mapping[str, Any]
) -> Callee:
    """A side's callable, or object with forward and backward; not yet the modules.

    gradient: a callable; False for none; None for what it has, and True if that must be something.
    Raises UsageError for what cannot be called, or not with these arrays.
    """
    forward, backward = _passes(label, f)
    if not (gradient is None or isinstance(gradient, bool) or callable(gradient)):
        raise UsageError(f"gradient is of type {type(gradient).__name__}: give a callable")
    if callable(gradient):  # what is asked for comes before what the object has
        backward = gradient
    if gradient is True and backward is None and takes == NUMPY:
        raise UsageError(f"{label} has no gradient: give a callable, or an object with backward")
    _check_call(label, entry(f), arguments, values, is_module(f))
    if callable(gradient):
        _check_gradient(gradient, arguments, values, is_module(f))
    wanted = gradient is not False
    autograd = wanted and takes == TORCH and backward is None
    return Callee(label, takes, forward, backward if wanted else None, autograd)


def entry(f: Any) -> Any:
    """What says by which arguments it is called: its forward, where it has one."""
    forward = getattr(f, "forward", None)
    return forward if callable(forward) else f


def _passes(label: str, f: Any) -> tuple[Callable[..., Any], Callable[..., Any] | None]:
    if isinstance(f, type):  # to call it would make an object of the arrays
        raise UsageError(f"{label} is the class {f.__name__}: give an instance, or a function")
    forward, backward = getattr(f, "forward", None), getattr(f, "backward", None)
    # a module has forward() as well, but its hooks run only where the module itself is called
    if not is_module(f) and callable(forward) and (callable(backward) or not callable(f)):
        return forward, _of_state(backward) if callable(backward) else None
    if callable(f):
        return f, None
    kind = type(f).__name__
    raise UsageError(
        f"{label} is of type {kind}: give a callable, or an object with forward and backward"
    )


def _of_state(backward: Callable[[Any], Any]) -> Callable[..., Any]:
    """An object's backward pass: it has kept what it was given."""
    return lambda cotangent, *arrays, **named: backward(cotangent)


def _check_call(
    label: str,
    forward: Callable[..., Any],
    arguments: Arguments,
    values: Mapping[str, Any],
    module: bool,
) -> None:
    signature = signature_of(forward)
    if signature is None:
        return  # then the call itself will say
    args, kwargs = arguments.call(values, loaded=module)
    try:
        signature.bind(*args, **kwargs)
    except TypeError as error:
        passed = ", ".join([*arguments.inputs, *(k for k in kwargs if k == "params")])
        hint = "; a list of arrays is passed in order" if arguments.by_name else ""
        if "params" not in kwargs and "'params'" in str(error):
            hint = "; weights are given by params="
        if "params" in kwargs and "params" not in signature.parameters:
            hint += "; weights come as an argument that is called params, a mapping"
        raise UsageError(f"{label} cannot be called with {passed}: {error}{hint}") from None


def _check_gradient(
    gradient: Callable[..., Any], arguments: Arguments, values: Mapping[str, Any], module: bool
) -> None:
    signature = signature_of(gradient)
    if signature is None:
        return
    args, kwargs = arguments.call(values, loaded=module)
    try:
        signature.bind(None, *args, **kwargs)
    except TypeError as error:
        named = [f"{k}={k}" for k in kwargs]
        passed = ", ".join(["delta", *(() if arguments.by_name else arguments.inputs), *named])
        raise UsageError(
            f"gradient is called as gradient({passed}), delta being the cotangent of the output: "
            f"{error}"
        ) from None


def of_reference(watch: Watch) -> dict[str, str]:
    """The reference's submodules, and the names that they are watched by."""
    return {path if isinstance(path, str) else path[1]: name for path, name in watch.items()}


def own_hooks(f: Any, watch: Watch) -> dict[str, str]:
    """Those of mine that it has, and all that are named as its own; what it lacks it may watch."""
    submodules = dict(f.named_modules()) if is_module(f) else {}
    pairs = {path[0]: name for path, name in watch.items() if not isinstance(path, str)}
    same = {path: name for path, name in watch.items() if isinstance(path, str)}
    return {**{path: name for path, name in same.items() if path in submodules}, **pairs}


def checked_hooks(label: str, f: Any, hooks: Mapping[str, str]) -> Mapping[str, str]:
    """Submodule → name.   Raises UsageError for one that the module does not have."""
    if not is_module(f):
        raise UsageError(f"watch names submodules, and {label} is no nn.Module: use compare.watch")
    submodules = dict(f.named_modules())
    for path in hooks:
        if path not in submodules:
            # [1:], since the first of named_modules() is the module itself, under an empty name
            near = (
                difflib.get_close_matches(path, submodules, n=3, cutoff=0.3)
                or list(submodules)[1:9]
            )
            has = ", ".join(near) or "none"
            raise UsageError(f"{label} has no submodule {path!r}: it has {has}")
    return hooks
