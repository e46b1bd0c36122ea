"""§5: a loss as a layer with forward and backward, as in books that build from scratch."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from compare.check.calling import layers
from compare.check.calling.functions import (
    Call,
    arrangements,
    column_beside_flat,
    columns_with_rows_back,
    flat,
    given,
    named_output,
    target_first,
)
from compare.check.concept import Arrays, CallStyle, Concept, Form, Tried
from compare.check.fitting import squared_error_forms as squared_errors
from compare.check.fitting.cross_entropy_forms import (
    BCE_NAMES,
    BITS,
    CE_NAMES,
    CLASSES,
    OF_OUTPUTS,
    SIGMOID_NAMES,
    SOFTMAX_NAMES,
    Entropy,
    named,
)
from compare.check.fitting.entropy_families import of_outputs, of_scores, outputs_over_epsilons
from compare.check.i18n.text import Text
from compare.check.naming.bind import plain
from compare.check.naming.network_parameters import returns_gradient
from compare.check.naming.network_parts import method_called
from compare.check.probes import classes as class_probes
from compare.check.subject import Subject
from compare.sandbox.interface import Failed

BACK = Text("backward is handed the output", "backward は出力 y を受け取る")
GIVEN_OUTPUT = Text("it takes the output y", "出力 y を受け取る")
_FORWARD = ("calculate", "forward", "__call__", "loss", "compute", "call", "calc_loss",
            "compute_loss", "fn")  # fmt: skip
_BACKWARD = ("backward", "gradient", "grad", "derivative", "prime", "backprop", "backward_pass",
             "compute_gradient", "loss_gradient", "loss_derivative")  # fmt: skip


def _first(s: Subject, names: Sequence[str], count: Sequence[int]) -> str:
    """The first of these methods that has to be given so many arguments, or ""."""
    fitting = [n for n, taken in s.found.methods.items() if len(_required(taken)) in count]
    return method_called(fitting, names)


def _required(parameters: Any) -> list[str]:
    return [p.name for p in parameters if p.needed]


def _forward(s: Subject) -> str:
    return _first(s, _FORWARD, (2,))


def _called(s: Subject) -> str:
    """What calls the forward pass, and may keep what the way back reads; else that itself."""
    parameters = s.found.methods.get("__call__", ())
    hands_on = any(p.variadic for p in parameters) and not _required(parameters)
    return "__call__" if hands_on else _forward(s)


def _backward(s: Subject) -> str:
    return _first(s, _BACKWARD, (0, 1, 2))


def _names(s: Subject) -> Sequence[str]:
    return _required(s.found.methods[_forward(s)])


def is_layer(s: Subject) -> bool:
    """Whether it is a class without settings, with forward(output, target) and backward.

    Or one whose forward pass gives the gradient as well.
    """
    alone = s.found.kind == "class" and not s.required
    return alone and bool(_forward(s) and (_backward(s) or _gives_both(s)))


def _gives_both(s: Subject) -> bool:
    """Whether its forward pass, which is all that it has, returns the loss and its gradient."""
    alone = {*s.found.methods} <= {_forward(s), "__init__"}
    return alone and returns_gradient(s.found.source, _forward(s))


def _both_at_once(s: Subject, first: bool) -> Call:
    """The same of a layer whose forward pass gives the gradient as well."""

    def call(d: Any, u: Any) -> Any:
        layer = s.call()
        results = [s.method(layer, _forward(s), *given(first, d, u)) for _ in range(2)]
        (loss, grad), (_, again) = results
        return {"loss": loss, "grad": grad, "grad again": again}

    return call


def _passes(s: Subject, first: bool, with_output: bool = False) -> Call:
    """forward, then backward twice; ``with_output``: which is handed what forward kept as output.

    Of a layer that forgets in backward what it kept, the second time after a forward of its own.
    """
    backward = _backward(s)
    if not backward:
        return _both_at_once(s, first)
    needed = _required(s.found.methods[backward])

    def call(d: Any, u: Any) -> Any:
        layer = s.call()

        def forward() -> Any:
            result = s.method(layer, _called(s), *given(first, d, u))
            return result if result is not None else layers.left_loss(s, layer, _forward(s), u)

        def gradient() -> Any:
            handed: tuple[Any, ...] = (1.0,) * len(needed)
            if len(needed) == 1 and needed[0] in _names(s):
                handed = (given(first, d, u)[list(_names(s)).index(needed[0])],)
            if len(needed) == 2:
                order = target_first(needed)
                y = layers.attribute(s, layer, layers.OUTPUTS)[1] if with_output else u
                handed = given(first if order is None else order, d, y)
            return _gradient(s, layer, backward, handed, u)

        loss = forward()
        kept = layers.everything(s, layer)
        grad = gradient()
        if _forgets(kept, layers.everything(s, layer)):
            forward()
        try:
            again = gradient()
        except (Failed, AttributeError):  # what it kept deeper inside is gone
            forward()
            again = gradient()
        return {"loss": loss, "grad": grad, "grad again": again}

    return call


def _forgets(kept: Arrays, left: Arrays) -> bool:
    """Whether something that a layer kept is gone: removed, emptied, or all zeros."""
    arrays = {n: v for n, v in kept.items() if np.size(v) > 1 and np.any(v)}
    return any(n not in left or left[n].shape != v.shape or not np.any(left[n])
               for n, v in arrays.items())  # fmt: skip


def _gradient(s: Subject, layer: Any, backward: str, handed: tuple[Any, ...], u: Any) -> Any:
    """What it returns, or leaves in an attribute."""
    found = s.method(layer, backward, *handed)
    return found if found is not None else layers.left(s, layer, backward, layers.TO_INPUT, u)


def _of_outputs(s: Subject, first: bool) -> Call:
    """The same passes, whose results are those of a loss of outputs."""
    passes = _passes(s, first)
    return lambda d, y: named(lambda a: passes(d, y), OF_OUTPUTS)({})


def _with_output(s: Subject, first: bool) -> Call:
    """The same passes, of which the way back is handed the output."""
    return _passes(s, first, True)


def _takes_output_back(s: Subject) -> bool:
    """Whether the way back is handed a prediction and a target."""
    return is_layer(s) and len(_required(s.found.methods.get(_backward(s), ()))) == 2


def _takes_outputs(s: Subject) -> bool:
    """Unless its name says that softmax or sigmoid is in it, and no argument is an output's."""
    if not is_layer(s):
        return False
    inside = any(f in plain(s.found.name) for f in ("softmax", "sigmoid", "logit"))
    return not inside or named_output(_names(s))


def _of_either(entropy: Entropy) -> Callable[[Tried, CallStyle], tuple[Form, ...]]:
    """A loss of scores or of outputs, by what its results are called."""
    families = of_scores(entropy), of_outputs(entropy)

    def forms(trial: Tried, arrangement: CallStyle) -> tuple[Form, ...]:
        names = trial.first(arrangement).values
        if any(OF_OUTPUTS in name for name in names):
            return families[1].forms(trial, arrangement)
        others = outputs_over_epsilons(trial.subject) if entropy is CLASSES else []
        all_of_scores = (families[0], *(of_scores(entropy, y=y) for y in others))
        return tuple(f for each in all_of_scores for f in each.forms(trial, arrangement))

    return forms


def _layer(
    name: str, formula: str, names: tuple[str, ...], probes: Any, of: str, meanings_of: Any
) -> Concept:
    classes = name == "layer.softmax_with_loss"
    calls = arrangements(of, _passes, _names, is_layer, classes=classes)
    if name == "layer.mean_squared_error":
        calls = (*calls, *column_beside_flat(of, _passes, _names, is_layer))
    if name == "layer.sigmoid_with_loss":
        calls = (*calls, *flat(of, _passes, _names, is_layer))
    if of == "u":
        calls = (
            *calls,
            *arrangements("u", _with_output, _names, _takes_output_back, classes, BACK),
            *arrangements("y", _of_outputs, _names, _takes_outputs, classes, GIVEN_OUTPUT),
        )
        rows_back = columns_with_rows_back("y", _of_outputs, _names, _takes_outputs, classes)
    else:
        rows_back = columns_with_rows_back(of, _passes, _names, is_layer)
    calls = (*calls, *rows_back)
    kept = tuple(p for p in probes if not p.case.name.endswith("/extreme"))
    return Concept(
        name, "§5", formula, names, kept, calls, (), takes=is_layer, meanings_of=meanings_of,
    )  # fmt: skip


CONCEPTS = (
    _layer(
        "layer.mean_squared_error",
        "E = 1/(2N) sum (y - d)^2;  dE/dy = (y - d)/N",
        (*squared_errors.MSE_NAMES, "identity_with_loss", "sum_squared_error"),
        squared_errors.probes("layer.mean_squared_error"),
        "y",
        squared_errors.FAMILY.forms,
    ),
    _layer(
        "layer.softmax_with_loss",
        "E = -1/N sum d log softmax(u);  dE/du = (y - d)/N",
        (*SOFTMAX_NAMES, *CE_NAMES),
        class_probes.of_classes("layer.softmax_with_loss", scores=True),
        "u",
        _of_either(CLASSES),
    ),
    _layer(
        "layer.sigmoid_with_loss",
        "E = -mean [d log y + (1-d) log(1-y)];  dE/du = (y - d)/(N K)",
        (*SIGMOID_NAMES, *BCE_NAMES),
        class_probes.of_bits("layer.sigmoid_with_loss", scores=True),
        "u",
        _of_either(BITS),
    ),
)
