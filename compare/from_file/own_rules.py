"""Rules of the side under test, where a file is right in a convention of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from typing import Any, Protocol

import numpy as np

from compare.check.fitting.networks import passes as chains
from compare.check.fitting.networks.explanation import Structure
from compare.check.naming.network_parameters import LR
from compare.core.case import Program
from compare.from_file.found_parts import Part
from compare.from_file.scaling import SCALES, Scaling
from compare.oracle import formulas
from compare.oracle.rules import Rule, Specification

Rules = Mapping[str, Rule]


class Use(Protocol):
    """A part in the place of a function of the course, and which of its results that returns."""

    @property
    def part(self) -> Part:
        """The part."""

    @property
    def results(self) -> tuple[tuple[str, ...], ...]:
        """Names of results, the one that is preferred first."""


# the names of rules' parents under which a concept's forms have the same arrays
_ARRAYS = ("u", "y", "d", "x", "W", "b", "delta")


def rules_of_functions(own: Mapping[str, Use]) -> Callable[[Rules], Rules]:
    """Of what is right in another convention, the form that it follows."""

    def of(rules: Rules) -> Rules:
        return dict(_of_functions(own, rules))

    return of


def _of_functions(own: Mapping[str, Use], rules: Rules) -> Iterator[tuple[str, Rule]]:
    for name, rule in rules.items():
        use = next((own[path] for path in rule.written[:1] if path in own), None)
        if use is None or not use.part.elsewhere:
            continue
        if name in ("additivity", "homogeneity"):
            yield name, replace(rule, formula=_linearity(name, use))
        elif set(rule.parents) <= set(_ARRAYS):
            yield name, replace(rule, formula=_of_form(use, rule.parents))


def _of_form(use: Use, parents: tuple[str, ...]) -> Callable[..., Any]:
    """The form of a function as a formula of a rule's parents."""

    def formula(*numbers: Any) -> Any:
        given = dict(zip(parents, numbers, strict=True))
        like = given.get("y", given.get("u"))
        if "d" in given and like is not None:
            given["d"] = rows(given["d"], like.shape)
        if "u" in given and "delta" not in given:
            given["delta"] = (given["u"] * 0.0 + 1.0).exactly()
        results = use.part.form.formula(given)
        return next(results[n] for n in use.results[0] if n in results)

    return formula


def _linearity(name: str, use: Use) -> Callable[..., Any]:
    f = _of_form(use, ("u",))
    if name == "additivity":
        return lambda p, q: f(p + q) - f(p) - f(q)
    return lambda p: f(p * -2.0) + f(p) * 2.0


def rows(d: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """Targets as rows of the outputs' shape."""
    d = np.asarray(d)
    if d.dtype.kind in "iu" and d.ndim < len(shape):
        return np.eye(shape[-1])[d]
    return d.reshape(shape)


def with_rules_of_optimizer(program: Program, part: Part, settings: Mapping[str, float]) -> Program:
    """The program of an update rule, with theirs judged by the form that it follows.

    What that remembers nobody sees: each step is judged from the first one on.
    """

    def specify(arrays: Mapping[str, Any]) -> Specification:
        whole = program.specify(arrays)
        every = {f"all/{n}": arrays[n] for n in ("W", "b", "g_W", "g_b")}
        own = {
            f"param/{n}": replace(
                whole.rules[f"param/{n}"],
                formula=partial(_stepped, part, settings),
                parents=("t", f"all/{n}", f"all/g_{n}"),
            )
            for n in "Wb"
        }
        return replace(whole, initial={**whole.initial, **every}, own=own)

    return replace(program, specify=specify)


def _stepped(part: Part, settings: Mapping[str, float], t: Any, p: Any, g: Any) -> Any:
    """The parameter after t steps of the form that is followed."""
    steps, size = int(t), int(np.prod(p.shape))
    given: dict[str, Any] = {name: (np.float64(value),) for name, value in settings.items()}
    given["lr"] = (np.float64(settings["lr"]),) * steps
    # the other three tensors of a form are empty
    shapes = tuple(np.array(shape) for shape in (p.shape, (0,), (0,), (0,)))
    arrays = {"p": p.reshape(size), "g": g[:steps].reshape(steps, size), "shapes": shapes}
    return part.form.formula({**given, **arrays})[f"step/{steps}/W1"]


def sizes(shape: tuple[int, ...]) -> tuple[int, int]:
    """Samples and outputs: of one sample alone, 1 and K."""
    return (shape[0] if len(shape) > 1 else 1), shape[-1]


def rules_of_network(net: Part, loss: str, depth: int) -> Callable[[Rules], Rules]:
    """Of the loss that is reported, of the error sent back, of gradients read off an update."""
    structure: Structure = replace(net.form.network, depth=depth)

    def of(rules: Rules) -> Rules:
        own: dict[str, Rule] = {}
        if loss:
            own |= dict(_of_losses(structure, loss, rules))
            own |= dict(_of_error(structure, loss, rules))
        if structure.plan.read_off:
            own |= dict(_of_read_off(structure, loss, rules))
        return own

    return of


def _value(structure: Structure, loss: str) -> Callable[[Any, Any, Any], Any]:
    """(d, u, y) → the loss, as theirs has it, in the scale of the case."""

    def value(d: Any, u: Any, y: Any) -> Any:
        targets = rows(d, y.shape)
        N, K = sizes(y.shape)
        if structure.loss is None:  # the course's own of the outputs stands in for it
            of_outputs = "cross_entropy_error" if loss == "softmax_with_loss" else loss
            of_outputs = "binary_cross_entropy" if loss == "sigmoid_with_loss" else of_outputs
            return formulas.LOSSES[of_outputs](targets, y)
        return structure.loss.loss.value(targets, u, y) * SCALES[loss](N, K)

    return value


def _of_losses(structure: Structure, loss: str, rules: Rules) -> Iterator[tuple[str, Rule]]:
    value = _value(structure, loss)
    if "loss" in rules:
        yield (
            "loss",
            replace(rules["loss"], formula=value, parents=("d", f"u{structure.depth}", "y")),
        )
    if "test/loss" in rules:
        rule = rules["test/loss"]
        names = [p.removeprefix("param/") for p in rule.parents[2:]]

        def of_test(d: Any, x: Any, *params: Any) -> Any:
            forward = structure.forward
            p = chains.passed(forward, dict(zip(names, params, strict=True)), x)
            return value(d, p.u[-1], chains.output_of(forward, p, structure.plan.delta.output))

        yield "test/loss", replace(rule, formula=of_test)


def _of_error(structure: Structure, loss: str, rules: Rules) -> Iterator[tuple[str, Rule]]:
    """Of the error at the output, where an epsilon is in it that the course has not."""
    name, delta = f"delta{structure.depth}", structure.plan.delta
    if name not in rules or delta.family == "squared error":
        return
    usual = next(x for x in chains.DELTAS if (x.family, x.output) == (delta.family, delta.output))
    if delta is usual and loss in ("softmax_with_loss", "sigmoid_with_loss"):
        return

    def error(d: Any, y: Any, u: Any) -> Any:
        N, K = sizes(y.shape)
        return delta.of(rows(d, y.shape), u, y) * SCALES[loss](N, K)

    yield name, replace(rules[name], formula=error, parents=("d", "y", f"u{structure.depth}"))


def _of_read_off(structure: Structure, loss: str, rules: Rules) -> Iterator[tuple[str, Rule]]:
    """Of gradients that are the change of the weights, which has the digits of these."""
    last, scaling = f"delta{structure.depth}", Scaling(structure, loss)
    for name, rule in rules.items():
        if name.startswith("grad/W") or name.startswith("grad/b"):

            def read(*numbers: Any, formula: Any = rule.formula) -> Any:
                *given, weights, error = numbers
                factor = scaling.of_gradients(*sizes(error.shape), 1) / LR
                moved = weights - (weights - formula(*given) / factor)
                return moved * factor

            parents = (*rule.parents, f"param/{name.removeprefix('grad/')}", last)
            yield name, replace(rule, formula=read, parents=parents)
