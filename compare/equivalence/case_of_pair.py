"""Two callables as a Case: what is checked before anything is compared."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from os import PathLike
from typing import Any

import numpy as np
import torch

from compare.arithmetic.formats import COARSE, DTYPES
from compare.core.case import Case, Program
from compare.core.implementation import Implementation, numpy_side, torch_side
from compare.core.outcome import ExpectedOutcome, WiderLimit
from compare.engine.selection import check_seed
from compare.equivalence.arguments import Arguments, arguments_of
from compare.equivalence.callee import (
    NUMPY,
    TORCH,
    Callee,
    Watch,
    callee,
    checked_hooks,
    entry,
    is_module,
    of_reference,
    own_hooks,
    takes_torch,
)
from compare.equivalence.kept_state import KeptState
from compare.equivalence.left_out import gradients_left_out, unpaired_state
from compare.equivalence.modules import tied_parameters, watched_submodules
from compare.equivalence.modules.module_weights import (
    copied,
    names_of_buffers,
    places,
    trainable,
    unlisted,
)
from compare.equivalence.modules.tied_parameters import as_one, tied
from compare.equivalence.modules.watched_submodules import (
    EVERY,
    every_submodule,
    in_both,
    names_of,
)
from compare.equivalence.passes import OUTPUT, Pair, PairProgram, passes
from compare.language.message import Message
from compare.system.errors import UsageError

YOURS, REFERENCE = "yours", "reference"
SHOWN = 8  # names


def pair_case(
    mine: Any,
    reference: Any,
    arrays: Mapping[str, Any] | Sequence[Any],
    *,
    gradient: Callable[..., Any] | bool | None = None,
    no_gradient: Sequence[str] = (),
    params: Mapping[str, Any] | str | PathLike[str] | None = None,
    names: Mapping[str, str | Sequence[str]] | None = None,
    axes: Mapping[str, Sequence[int]] | None = None,
    watch: Watch | Sequence[str] | None = None,
    seed: int = 0,
    name: str = "",
    section: str = "any pair",
    about: str = "",
    known: Mapping[str, ExpectedOutcome] | None = None,
    looser: Mapping[str, WiderLimit] | None = None,
    mine_takes: str = "",
    reference_takes: str = "",
) -> Case:
    """Two callables as a Case, for ``equivalent`` or for a table of cases of your own.

    mine: a function of NumPy arrays, an object with forward and backward, or a torch callable
    reference: a torch callable or an nn.Module
    arrays: name → array, passed by name, or a sequence, passed in order; rounded to each dtype
    gradient: called with the cotangent of the output, in its structure, and the arrays; False
        leaves gradients out, True insists on them; by default mine.backward, or autograd where
        mine takes tensors
    no_gradient: arrays and parameters of which yours has none, as the report then says
    params: name → array, as a state_dict is, or the path of an .npz, .safetensors or .pt; loaded
        into a module by its names there, passed to any other callable as ``params``
    names: parameter → its name in the reference, or several into which it is split along its first
        axis; several of one name are put together so
    axes: parameter → how its axes are permuted on the way to the reference: (1, 0) transposes
    watch: "*", every submodule of the reference whose name yours has or watches; a list of names;
        or submodule, or (mine's, the reference's) → the name of its output
    seed: of the cotangents and of what is drawn for the limits
    name, section, about: what reports and tables call it
    known: name → ExpectedOutcome(outcome, reason, size=), of what is meant to differ
    looser: name → WiderLimit(factor, reason), where more rounding is meant
    mine_takes, reference_takes: "numpy" or "torch", where it is not what its kind says: a module
        and the reference take tensors, any other callable arrays
    Raises UsageError for what cannot be called, compared or loaded.
    """
    check_seed(seed)
    takes = (mine_takes, reference_takes)
    settings = _Settings(gradient, no_gradient, names or {}, axes or {}, watch, seed, takes)
    built = _built(mine, reference, arguments_of(arrays, params, entry(mine)), settings)
    texts = (name or called(mine), section, about or f"{called(mine)} beside {called(reference)}")
    return _case(built, texts, known or {}, looser or {})


@dataclass(frozen=True)
class _Settings:
    """How both are called, differentiated and watched, as ``pair_case`` takes it."""

    gradient: Callable[..., Any] | bool | None
    no_gradient: Sequence[str]
    names: Mapping[str, str | Sequence[str]]
    axes: Mapping[str, Sequence[int]]
    watch: Watch | Sequence[str] | None
    seed: int
    takes: tuple[str, str]


@dataclass(frozen=True)
class _Built:
    """A pair that can run: its sides, what they are given, what they keep, what is not compared."""

    pair: Pair
    sides: tuple[Implementation, Implementation]
    values: Mapping[str, np.ndarray]
    state: KeptState
    left_out: Sequence[Message]


def _built(
    mine: Any,
    reference: Any,
    given: tuple[Arguments, dict[str, np.ndarray]],
    settings: _Settings,
) -> _Built:
    # positions are named as mine names them: of torch's functions in C many have no signature
    arguments, values = given
    modules = [(f, n) for f, n in ((mine, {}), (reference, settings.names)) if is_module(f)]
    one_with = tied(modules, {p: values[p] for p in arguments.params}, settings.axes)
    arguments, values = as_one(arguments, values, one_with)
    names = {ours: theirs for ours, theirs in settings.names.items() if ours not in one_with}
    takes = (
        _takes("mine", settings.takes[0], TORCH if takes_torch(mine) else NUMPY),
        _takes("reference", settings.takes[1], TORCH),
    )
    settings = replace(settings, names=names, takes=takes)
    ours, theirs = _callees(mine, reference, arguments, values, settings)
    # only where one of both is torch does that name say which
    theirs_called = TORCH if takes == (NUMPY, TORCH) else REFERENCE
    sides = (_side(YOURS, takes[0]), _side(theirs_called, takes[1]))
    _check_names("no_gradient", settings.no_gradient, (*arguments.names, *one_with))
    frozen = _frozen(theirs)
    without = (*frozen, *settings.no_gradient)
    pair = Pair(arguments, ours, theirs, settings.seed, ours.has_gradients, frozen=without)
    _check_all_compared(pair, mine, reference)
    every = settings.watch == EVERY
    both = zip((ours, theirs), sides, strict=True) if every else ()
    by_sides = [names_of(pair, callee, side, values) for callee, side in both]
    pair = replace(pair, watched=in_both(*by_sides) if every else None)
    pair = replace(pair, offered=_offered(pair, sides[0], values))
    state = KeptState(pair, sides, values)
    left_out = [
        *gradients_left_out(ours, frozen, settings.gradient, settings.no_gradient),
        *unpaired_state(state, ours, theirs),
        *(tied_parameters.notes(arguments) if ours.has_gradients else ()),
        *(watched_submodules.notes(*by_sides) if every else ()),
    ]
    return _Built(replace(pair, kept=lambda: state.names), sides, values, state, left_out)


def _callees(
    mine: Any,
    reference: Any,
    arguments: Arguments,
    values: Mapping[str, np.ndarray],
    settings: _Settings,
) -> tuple[Callee, Callee]:
    """Both as they are called, with their modules and what is watched in them."""
    held = {name: values[name] for name in arguments.params}
    watched = _watched(every_submodule(reference) if settings.watch == EVERY else settings.watch)
    ours = callee("mine", mine, settings.takes[0], settings.gradient, arguments, values)
    # ``gradient`` says how mine is differentiated; the reference's is what it has
    theirs = callee("reference", reference, settings.takes[1], None, arguments, values)
    ours = _with_module(ours, mine, held, {}, {}, own_hooks(mine, watched))
    names, axes = settings.names, settings.axes
    return ours, _with_module(theirs, reference, held, names, axes, of_reference(watched))


def _case(
    built: _Built,
    texts: tuple[str, str, str],
    known: Mapping[str, ExpectedOutcome],
    looser: Mapping[str, WiderLimit],
) -> Case:
    name, section, about = texts
    return Case(
        name,
        section,
        about,
        Program(PairProgram(built.pair, YOURS), remembers=built.state.differs),
        arrays=built.values,
        known=known,
        looser=looser,
        sides=built.sides,
        repeats=True,
        left_out=tuple(built.left_out),
    )


def _watched(watch: Watch | Sequence[str] | None) -> Watch:
    if isinstance(watch, str):
        raise UsageError(
            f'watch is {watch!r}: give submodule -> name, a list of submodules, or "*" for all'
        )
    watched = watch if isinstance(watch, Mapping) else {path: path for path in watch or ()}
    for path in watched:
        parts = (path,) if isinstance(path, str) else path
        if not (isinstance(parts, tuple) and len(parts) in (1, 2) and {str} == {*map(type, parts)}):
            raise UsageError(f"watch has {path!r}: give a submodule, or (mine's, the reference's)")
    return watched


def _frozen(reference: Callee) -> tuple[str, ...]:
    """Parameters of a module of the reference that have no gradient in it."""
    if not reference.modules:
        return ()
    with_gradient = trainable(next(iter(reference.modules.values())), reference.places)
    return tuple(param for param in reference.places if param not in with_gradient)


def _check_names(what: str, given: Sequence[str], names: Sequence[str]) -> None:
    if isinstance(given, str):
        raise UsageError(f"{what} is {given!r}: give a list of names")
    unknown = next((name for name in given if name not in names), None)
    if unknown is not None:
        raise UsageError(f"{what} has {unknown!r}, which is none of {', '.join(names)}")


def _takes(which: str, requested: str, default: str) -> str:
    if requested not in ("", NUMPY, TORCH):
        raise UsageError(f'{which}_takes is {requested!r}: give "numpy" or "torch"')
    return requested or default


def _side(name: str, takes: str, dtype: str = "float64") -> Implementation:
    made = numpy_side(rounded_to=dtype) if takes == NUMPY else torch_side()
    return replace(made, name=name, package=name)


def in_format(case: Case, dtype: str) -> Case:
    """The case of a pair, whose sides in NumPy compute in float32 where NumPy lacks the format."""
    if dtype not in COARSE or case.sides is None:
        return case
    mine, reference = case.sides
    sides = (_side(mine.name, mine.takes, dtype), _side(reference.name, reference.takes, dtype))
    return replace(case, sides=sides)


def _with_module(
    side: Callee,
    f: Any,
    params: Mapping[str, np.ndarray],
    names: Mapping[str, str | Sequence[str]],
    axes: Mapping[str, Sequence[int]],
    watch: Mapping[str, str] | None,
) -> Callee:
    hooks = checked_hooks(side.label, f, watch) if watch else {}
    if not is_module(f):
        if names or axes:
            raise UsageError(f"names and axes place params in a module, and {side.label} is none")
        return side

    # in both formats now: what cannot be copied is said before anything has run
    modules = {dtype: copied(f, dtype) for dtype in DTYPES}
    renamed = names_of_buffers(f, params, names)
    placed = places(f, params, {k: v for k, v in names.items() if k not in renamed}, axes)
    by_theirs = {theirs: ours for ours, theirs in renamed.items()}
    return replace(side, modules=modules, places=placed, hooks=hooks, renamed=by_theirs)


def _check_all_compared(pair: Pair, mine: Any, reference: Any) -> None:
    """Raise UsageError where a module has parameters whose gradient would not be compared."""
    if not pair.backward:
        return
    if not pair.reference.has_gradients:
        raise UsageError("the reference has no gradient to compare with: give gradient=False")
    for side, module in ((pair.reference, reference), (pair.mine, mine)):
        left_out = _unlisted(side, module)
        if left_out:
            names = ", ".join(left_out[:SHOWN]) + (", ..." if len(left_out) > SHOWN else "")
            raise UsageError(
                f"{names} of {side.label} would have no gradient compared: give params (a "
                "state_dict() will do), or requires_grad_(False), or gradient=False"
            )


def _unlisted(side: Callee, module: Any) -> list[str]:
    if not is_module(module):
        return []

    return unlisted(module, side.places)


def _offered(
    pair: Pair, side: Implementation, values: Mapping[str, np.ndarray]
) -> tuple[str, ...] | None:
    """Of which watched intermediates mine has a gradient: one run of it says so.

    Raises UsageError where it turns out to want tensors.
    """
    if pair.mine.autograd or not pair.backward and pair.mine.takes == TORCH:
        return None
    names: list[str] = []
    forward = False  # whether that is through
    # in float64 and in silence: this run only asks for names, another one is judged
    arrays = {name: side.given(_in_double(value)) for name, value in values.items()}
    try:
        with np.errstate(all="ignore"), warnings.catch_warnings(action="ignore"):
            for trace in passes(pair, pair.mine, side, arrays):
                forward = forward or any(k.split("/")[0] == OUTPUT for k in trace.values)
                names += [n.removeprefix("grad/") for n in trace.values if n.startswith("grad/")]
    except (TypeError, AttributeError) as error:
        told = _wants_tensors(error) or (not forward and _takes_tensors(pair, values))
        if pair.mine.takes == NUMPY and told:
            why = str(error).splitlines()[0]
            give = 'give mine_takes="torch"'
            give += "" if pair.arguments.params else "; weights of its own as arrays, or by params="
            raise UsageError(f"mine wants tensors: {give} ({why})") from error
    except (Exception, SystemExit):
        return tuple(names)  # it will raise again where it is judged, and is reported there
    return tuple(names)


def _wants_tensors(error: TypeError | AttributeError) -> bool:
    if isinstance(error, TypeError):  # or axes as torch calls them
        return "Tensor" in str(error) or str(error).endswith(("'dim'", "'keepdim'"))
    return isinstance(error.obj, np.ndarray) and hasattr(torch.Tensor, error.name or "")


def _takes_tensors(pair: Pair, values: Mapping[str, np.ndarray]) -> bool:
    """Whether mine, which does not take arrays, takes tensors, as with ``x.size(0)``."""
    mine = replace(pair.mine, takes=TORCH, backward=None)
    side = torch_side()
    arrays = {name: side.given(_in_double(value)) for name, value in values.items()}
    try:
        with warnings.catch_warnings(action="ignore"):
            list(passes(replace(pair, mine=mine, backward=False), mine, side, arrays))
    except (Exception, SystemExit):
        return False
    return True


def _in_double(a: np.ndarray) -> np.ndarray:
    return a.astype(np.float64) if a.dtype.kind == "f" else a


def called(f: Any) -> str:
    """The name of a function, or of the type of an object."""
    name = getattr(f, "__qualname__", None) or type(f).__qualname__
    if isinstance(f, partial):  # it has no name, and that of its type is "partial"
        name = called(f.func)
    return str(name).rsplit("<locals>.", 1)[-1].replace("<lambda>", "lambda")
