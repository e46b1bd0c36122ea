"""The program of a pair: one pass forward, and where there are gradients one backward."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import numpy as np
import torch

from compare.arithmetic.closeness import is_float
from compare.core.case import Case
from compare.core.implementation import Implementation
from compare.core.trace import Trace
from compare.equivalence.arguments import DTYPE, Arguments
from compare.equivalence.callee import Callee
from compare.equivalence.watch import Recorder, recording
from compare.judge.rounding_noise.measurement import unwatched
from compare.system.nested import in_real_numbers, leaves, rebuilt

Arrays = Mapping[str, Any]
OUTPUT, BUFFER = "output", "buffer"


@dataclass(frozen=True)
class Pair:
    """Both callables, what they are given, and which gradients of intermediates are compared.

    ``offered`` None: of all that is watched · ``frozen``: arrays and parameters that have no
    gradient in one of both, and need none in the other · ``watched``: the names of what is, if
    not all · ``kept``: our names of what a call changes in a module, asked for once it is needed ·
    ``last``: behind which name that is watched a pass ends, if any · ``within``: the context of a
    call.
    """

    arguments: Arguments
    mine: Callee
    reference: Callee
    seed: int = 0
    backward: bool = True
    offered: Collection[str] | None = None
    frozen: Collection[str] = ()
    watched: Collection[str] | None = None
    kept: Callable[[], Collection[str]] = tuple
    last: str = ""
    within: AbstractContextManager[Any] = field(default_factory=nullcontext)


@dataclass(frozen=True)
class PairProgram:
    """Runs the callee of a side; ``name`` is that of the side under test."""

    pair: Pair
    name: str

    def __call__(self, side: Implementation, arrays: Arrays) -> Iterator[Trace]:
        """The traces of one side."""
        own = self.pair.mine if side.name == self.name else self.pair.reference
        return passes(self.pair, own, side, arrays)


def forward_of(
    case: Case, last: str = "", within: AbstractContextManager[Any] | None = None
) -> Case:
    """The case of a pair without its pass backward; up to ``last``, and called in a context."""
    assert isinstance(case.program.run, PairProgram)
    pair = replace(case.program.run.pair, backward=False, last=last)
    pair = pair if within is None else replace(pair, within=within)
    run = replace(case.program.run, pair=pair)
    return replace(case, program=replace(case.program, run=run))


def pair_of(case: Case) -> Pair:
    """The pair that a case is of."""
    assert isinstance(case.program.run, PairProgram)
    return case.program.run.pair


def passes(pair: Pair, callee: Callee, side: Implementation, arrays: Arrays) -> Iterator[Trace]:
    """What is watched, the outputs; the gradients of both, by a random cotangent of the outputs.

    Four traces, so that those of two sides stand beside each other, and what one of them raises
    stands where it was raised; one more behind the outputs for what a module keeps.
    """
    autograd = callee.autograd and pair.backward
    with unwatched():
        inputs = leaves_of_autograd(arrays) if autograd else dict(arrays)
        forward, params = callee.opened(inputs, _dtype(side, arrays))
    args, kwargs = pair.arguments.call(inputs, loaded=bool(callee.modules))
    taken = pair.arguments.names
    recorder = Recorder(side.to_numpy, taken, only=pair.watched, last=pair.last)
    call = partial(forward, *args, **kwargs)
    with pair.within:
        output, error = attempt(call, recorder, autograd)
    with _differentiable() if autograd else nullcontext():
        outputs = in_real_numbers({k: _dense(v) for k, v in leaves(OUTPUT, output).items()})
    # before the error: what was watched until then is compared
    kept = pair.kept()
    yield Trace({k: v for k, v in recorder.values.items() if not (kept and is_buffer(k))})
    if error is not None:
        raise error
    yield Trace(outputs)
    if kept:
        yield Trace(_kept(pair, callee, forward, recorder))
    if not pair.backward:
        return
    cotangent = rebuilt(partial(_cotangent, side, pair.seed), OUTPUT, output)
    if autograd:
        targets = _targets(pair, callee, recorder, inputs, params)
        cotangents = in_real_numbers(leaves(OUTPUT, cotangent))
        parts = _by_autograd(outputs, cotangents, targets, recorder.live)
        gradients = {k: _in_our_axes(callee, k, g) for k, g in parts.items()}
        yield Trace({f"grad/{k}": g for k, g in gradients.items() if k in recorder.live})
        yield Trace({f"grad/{k}": g for k, g in gradients.items() if k not in recorder.live})
    elif callee.backward is not None:
        yield from _by_hand(pair, callee, side, inputs, partial(callee.backward, cotangent))


def _kept(pair: Pair, callee: Callee, forward: Any, recorder: Recorder) -> dict[str, Any]:
    """What a module holds after the call, of what calls change, and what is named so by hand."""
    state = callee.state(forward)
    shown = {k: v for k, v in recorder.values.items() if is_buffer(k)}
    return {**{f"{BUFFER}/{k}": state[k] for k in pair.kept() if k in state}, **shown}


def is_buffer(name: str) -> bool:
    """Whether it is watched as what a module would keep in a buffer."""
    return name.startswith(f"{BUFFER}/")


def _dtype(side: Implementation, arrays: Arrays) -> str:
    """The format of this run, which that of any array of real numbers says."""
    marks = (
        (side.to_numpy(arrays[DTYPE]),) if DTYPE in arrays else map(side.to_numpy, arrays.values())
    )
    return next(array.dtype.name for array in marks if is_float(array.dtype))


def attempt(
    f: Callable[[], Any], recorder: Recorder, autograd: bool
) -> tuple[Any, BaseException | None]:
    """What f returns, or what it raises."""
    with recording(recorder), _differentiable() if autograd else nullcontext():
        try:
            return f(), None
        except (Exception, SystemExit) as error:  # sys.exit() in a callee must not end the caller
            return None, error


def _dense(value: Any) -> Any:
    # of a sparse output autograd wants a sparse cotangent, and not every backward pass takes that
    sparse = isinstance(value, torch.Tensor) and value.layout != torch.strided
    return value.to_dense() if sparse else value


def _differentiable() -> Any:
    return torch.enable_grad()  # whoever compares may do so within no_grad()


def leaves_of_autograd(arrays: Arrays) -> dict[str, Any]:
    """The same tensors, of which those of real numbers ask for a gradient."""
    # detached: requires_grad_() would mark the very tensors that were passed in
    return {
        name: t.detach().requires_grad_() if t.is_floating_point() else t
        for name, t in arrays.items()
    }


def _cotangent(side: Implementation, seed: int, name: str, leaf: Any) -> Any:
    """Standard normal numbers in the shape and format of an output; None for whole numbers.

    The same for the same seed, name and shape, on either side. Never ones: the gradient of a sum
    is 0 behind a softmax, whatever the derivative.
    """
    like = side.to_numpy(leaf)
    if like.dtype.kind == "c":  # of both parts, as torch has the gradient of a complex number
        real, imag = (drawn(seed, f"{name}/{part}", like.shape) for part in ("real", "imag"))
        return side.from_numpy(np.asarray(real + 1j * imag).astype(like.dtype))
    if not is_float(like.dtype):
        return None
    return side.from_numpy(drawn(seed, name, like.shape).astype(like.dtype))


def drawn(seed: int, name: str, shape: tuple[int, ...]) -> np.ndarray:
    """The cotangent of an output, in float64."""
    # no hash(): that of a text is another in every process
    digits = int.from_bytes(hashlib.sha256(name.encode()).digest()[:4], "big")
    return np.asarray(np.random.default_rng([seed, digits]).standard_normal(shape))


def _targets(
    pair: Pair, callee: Callee, recorder: Recorder, inputs: Arrays, params: Arrays
) -> dict[str, tuple[Any, ...]]:
    """Name → its tensors, nearest to the output first: what is watched, parameters, inputs."""
    watched = {
        name: (recorder.unchanged(name),)
        for name, t in reversed(recorder.live.items())
        if (pair.offered is None or name in pair.offered)
        and _has_gradient(t)
        and not is_buffer(name)
    }
    passed = {name: inputs[name] for name in pair.arguments.names if name not in callee.places}
    every = {
        **watched,
        **params,
        **{name: (t,) for name, t in passed.items() if _has_gradient(t)},
    }
    return {name: tensors for name, tensors in every.items() if name not in pair.frozen}


def _has_gradient(value: Any) -> bool:
    return isinstance(value, torch.Tensor) and value.requires_grad


class _Ends(torch.autograd.Function):
    """One number, whose gradients in the outputs are the cotangents.

    With those passed to it, torch.autograd.grad would first import sympy, for half a second.
    """

    @staticmethod
    def forward(ctx: Any, cotangents: Sequence[Any], *outputs: Any) -> Any:
        """0, as nobody looks at it."""
        ctx.cotangents = cotangents
        return outputs[0].new_zeros(())

    @staticmethod
    def backward(ctx: Any, *gradients: Any) -> Any:
        """The cotangents."""
        return None, *ctx.cotangents


def _by_autograd(
    outputs: Arrays,
    cotangents: Arrays,
    targets: Mapping[str, tuple[Any, ...]],
    watched: Collection[str],
) -> dict[str, list[Any]]:
    """Name → the gradient of each tensor of it; zeros where no output depends on it.

    What is watched and leads to no output, as the second result of a layer, has none.
    """
    ends = [name for name in cotangents if _has_gradient(outputs[name])]
    if not ends or not targets:
        return {}
    end = _Ends.apply([cotangents[name] for name in ends], *(outputs[name] for name in ends))
    gradients = torch.autograd.grad(
        end,
        [tensor for tensors in targets.values() for tensor in tensors],
        allow_unused=True,
    )
    in_order = iter(gradients)
    by_name = {name: [next(in_order) for _ in tensors] for name, tensors in targets.items()}
    return {
        # zeros, as a backward pass by hand has them, and not None
        name: [
            torch.zeros_like(t) if g is None else g
            for t, g in zip(tensors, by_name[name], strict=True)
        ]
        for name, tensors in targets.items()
        if name not in watched or any(g is not None for g in by_name[name])
    }


def _in_our_axes(callee: Callee, name: str, parts: Sequence[Any]) -> Any:
    return callee.places[name].back(parts) if name in callee.places else parts[0]


def _by_hand(
    pair: Pair, callee: Callee, side: Implementation, inputs: Arrays, backward: Callable[..., Any]
) -> Iterator[Trace]:
    # these are returned by the backward pass, and so cannot be watched as well
    taken = [f"grad/{name}" for name in pair.arguments.names]
    recorder = Recorder(side.to_numpy, taken, backward=True)
    args, kwargs = pair.arguments.call(inputs, loaded=bool(callee.modules))
    returned, error = attempt(partial(backward, *args, **kwargs), recorder, autograd=False)
    if error is not None:
        yield Trace(recorder.values)
        raise error
    offered = pair.arguments.gradients(returned)
    gradients = {k: g for k, g in offered.items() if k.removeprefix("grad/") not in pair.frozen}
    twice = next((name for name in gradients if name in recorder.values), None)
    if twice:
        raise ValueError(f"{twice} is watched and returned: one of both is enough")
    yield Trace({**recorder.values, **{k: g for k, g in gradients.items() if k not in taken}})
    yield Trace({k: g for k, g in gradients.items() if k in taken})
