"""What a program's names are computed from, and by which formula: what the judge recomputes.

A Rule takes what the SIDE ITSELF computed one operation before; so a wrong operation is named where
it stands, and what follows from it is told apart.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache, partial
from typing import Any

import numpy as np

from compare.arithmetic.multiprecision import Exact
from compare.arithmetic.running_error import Bounded, Format
from compare.oracle import formulas

# The output layers that compute their loss and their first delta themselves.
OUTPUT_LAYERS = {"softmax_with_loss": "SoftmaxWithLoss", "sigmoid_with_loss": "SigmoidWithLoss"}
BEFORE = "before/"  # a parent's value at the end of the step before
# targets, the step's number and sizes of batches: no floating-point arithmetic
AS_THEY_ARE = ("d", "d_test", "t", "sizes")


@dataclass(frozen=True)
class Rule:
    """name = formula(parents): the formula takes one argument a parent, in this order.

    ``written``: what of a side computes it, as ``affine.affine`` or ``layers.Affine.backward``;
    where it may be wrong in several places, the likeliest first · ``elementwise``: the same of
    every rule that computes the same, each element from those in its place alone · ``stacks``:
    whether the formula takes stacks of matrices, as a layer's does.
    """

    formula: Callable[..., Any]
    parents: tuple[str, ...]
    text: str = ""
    written: tuple[str, ...] = ()
    elementwise: str = ""
    stacks: bool = False


@dataclass(frozen=True)
class Specification:
    """The rules of a program on a problem, in order of computation.

    ``initial``: what stands before the first step · ``inputs``: what a step is given · ``hides``:
    whether a side need not show a name; what it must have there follows from what it does show ·
    ``own``: rules of the side under test alone, which is right in another convention.
    """

    rules: Mapping[str, Rule] = field(default_factory=dict)
    initial: Mapping[str, Any] = field(default_factory=dict)
    inputs: Callable[[int], Mapping[str, Any]] = lambda step: {}
    hides: Callable[[str], bool] = lambda name: False
    own: Mapping[str, Rule] = field(default_factory=dict)

    def in_another_convention(self) -> frozenset[str]:
        """Names with a rule of their own, and all that follows from them in the same step."""
        found = set(self.own)
        for name, rule in self.rules.items():
            if found.intersection(rule.parents):
                found.add(name)
        return frozenset(found)


def rounded(rule: Rule, parents: Mapping[str, Any], format: Format) -> Bounded:
    """The rule's formula of these arrays, with the bound of its error in this format."""
    return evaluated(rule, parents, partial(Bounded.given, format=format))


def exact(rule: Rule, parents: Mapping[str, Any]) -> Exact:
    """The same with fifty digits."""
    return evaluated(rule, parents, Exact.given)


def evaluated(
    rule: Rule, parents: Mapping[str, Any], number_of: Callable[[np.ndarray], Any]
) -> Any:
    """The same in whatever numbers ``number_of`` makes of an array."""
    return rule.formula(*_arguments(rule, parents, number_of))


def chained(
    specification: Specification,
    format: Format,
    step: int = 1,
    state: Mapping[str, Any] | None = None,
    names: Container[str] | None = None,
) -> dict[str, Bounded]:
    """Every name of one step, each with the error of the whole way to it.

    From the problem's arrays, or from a ``state`` before that step; all names, or only ``names``.
    """
    before = {**specification.initial, **(state or {})}
    known: dict[str, Any] = {**before, **specification.inputs(step)}
    results: dict[str, Bounded] = {}

    def argument(parent: str) -> Any:
        value = before[bare(parent)] if parent.startswith(BEFORE) else known[parent]
        if as_it_is(parent):
            return in_double(getattr(value, "value", value))
        # a computed parent keeps its error; one that was handed in is exact
        return value if isinstance(value, Bounded) else Bounded.given(np.asarray(value), format)

    # only what is asked for: the test data alone can cost more than the step
    needed = _needed(specification, names)
    for name, rule in specification.rules.items():
        if name in needed:
            known[name] = results[name] = rule.formula(*map(argument, rule.parents))
    return results


def _needed(specification: Specification, names: Container[str] | None) -> set[str]:
    """The names that are asked for, and what they are computed from in the same step."""
    needed: set[str] = set()
    parents: set[str] = set()
    for name, rule in reversed([*specification.rules.items()]):
        # a parent of rules before it in the table has the value of the step before
        if names is None or name in names or name in parents:
            needed.add(name)
            parents |= set(rule.parents)
    return needed


def _arguments(
    rule: Rule, parents: Mapping[str, Any], number_of: Callable[[Any], Any]
) -> list[Any]:
    return [
        in_double(parents[name]) if as_it_is(name) else _number(parents[name], number_of)
        for name in rule.parents
    ]


def _number(value: Any, number_of: Callable[[Any], Any]) -> Any:
    """A parent as a number; one that nobody shows is a number already, and has its error."""
    if not isinstance(value, Bounded):
        return number_of(np.asarray(value))
    made = number_of(np.asarray(value.value))
    return value if isinstance(made, Bounded) else made


@lru_cache(maxsize=4096)
def as_it_is(name: str) -> bool:
    """Whether a parent is no floating-point number."""
    # of whatever rank: rank0/d are targets
    return bare(name).rpartition("/")[2] in AS_THEY_ARE


@lru_cache(maxsize=4096)
def bare(name: str) -> str:
    """The name of a parent, whenever it is taken."""
    return name.removeprefix(BEFORE)


def in_double(value: Any) -> Any:
    """What is no number of a side's arithmetic, in float64; class indices stay indices."""
    if not isinstance(value, np.ndarray) or value.dtype.kind in "iub":  # class indices stay indices
        return value
    return value.astype(np.float64, copy=False)


def affine_rules(u: str, x: str, W: str, b: str) -> dict[str, Rule]:
    """u = x W + b."""
    return {u: Rule(formulas.affine, (x, W, b), f"{u} = {x} {W} + {b}", ("affine.affine",))}


def activation_rule(f: str, z: str, u: str) -> dict[str, Rule]:
    """z = f(u)."""
    written = (f"activations.{f}",)
    return {z: Rule(partial(formulas.activation, f), (u,), f"{z} = {f}({u})", written)}


def loss_rule(name: str, loss: str, d: str, argument: str) -> dict[str, Rule]:
    """E(d, y), or E(d, u) of a combined loss."""
    loss_function = formulas.LOSSES[loss]
    text, written = f"{name} = {loss}({d}, {argument})", (f"losses.{loss}",)
    return {name: Rule(lambda y, d: loss_function(d, y), (argument, d), text, written)}


@dataclass(frozen=True, eq=False)
class _Forward:
    """A network's pass forward from an x, the same as any other with the very same parameters."""

    params: Mapping[str, Any]
    hidden: str
    output: str

    def __call__(self, x: Any) -> Any:
        return formulas.forward(x, self.params, self.hidden, self.output)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Forward) and self._key == other._key

    def __hash__(self) -> int:
        return hash(self._key)

    @property
    def _key(self) -> tuple[Any, ...]:
        # by identity, as ``Operands`` hands out the same number of an array in all of a step
        return self.hidden, self.output, *map(id, self.params.values())


@dataclass(frozen=True)
class Layers:
    """The names of a network's layers, parameters and rules."""

    depth: int
    hidden: str
    output: str
    loss: str

    @classmethod
    def of(cls, arrays: Mapping[str, Any], hidden: str, output: str, loss: str) -> Layers:
        """With as many layers as there are weights."""
        # not "Z" or "g_W", the arrays of other cases
        return cls(sum(n[0] == "W" and n[1:].isdigit() for n in arrays), hidden, output, loss)

    def z(self, k: int) -> str:
        """The output of layer k: x, z1, z2, ..., y."""
        return "x" if k == 0 else "y" if k == self.depth else f"z{k}"

    @property
    def params(self) -> tuple[str, ...]:
        """param/W1 param/b1 ..."""
        return tuple(f"param/{p}{k}" for k in range(1, self.depth + 1) for p in "Wb")

    @property
    def loss_argument(self) -> str:
        """What the loss takes: y, or u of the output layer."""
        return f"u{self.depth}" if self.loss in formulas.COMBINED else "y"

    def forward_rules(self, prefix: str = "") -> dict[str, Rule]:
        """u1 z1 u2 ... y, each under a prefix."""
        rules: dict[str, Rule] = {}
        for k in range(1, self.depth + 1):
            u, z = f"{prefix}u{k}", prefix + self.z(k)
            below = prefix + self.z(k - 1) if k > 1 else "x"
            rules |= affine_rules(u, below, f"param/W{k}", f"param/b{k}")
            rules |= activation_rule(self.hidden if k < self.depth else self.output, z, u)
        return rules | self._of_output_layer(rules, prefix + "y", "forward")

    def _of_output_layer(
        self, rules: Mapping[str, Rule], name: str, method: str
    ) -> dict[str, Rule]:
        """The rule of a name which an output layer with its loss computes, if there is one."""
        layer = OUTPUT_LAYERS.get(self.loss)
        if layer is None:
            return {name: rules[name]}
        return {name: replace(rules[name], written=(f"layers.{layer}.{method}",))}

    def backward_rules(self) -> dict[str, Rule]:
        """delta2 grad/W2 grad/b2 delta1 ... grad/x."""
        rules: dict[str, Rule] = {}
        u_last = f"u{self.depth}"
        for k in range(self.depth, 0, -1):
            delta = f"delta{k}"
            if k == self.depth:  # the loss and the output activation decide this one together
                rules[delta] = Rule(
                    lambda d, y, u: formulas.output_delta(self.output, self.loss, d, y, u),
                    ("d", "y", u_last),
                    f"{delta} = dE/d{u_last} of {self.loss} and {self.output}",
                    ("layers.OutputThenLoss.backward", f"losses.{gradient_of(self.loss)}"),
                )
                rules |= self._of_output_layer(rules, delta, "backward")
            else:
                rules[delta] = Rule(
                    partial(formulas.hidden_delta, self.hidden),
                    (f"delta{k + 1}", f"param/W{k + 1}", f"u{k}", f"z{k}"),
                    f"{delta} = (delta{k + 1} W{k + 1}^T) * {self.hidden}'(u{k})",
                    ("layers.Activation.backward", "layers.SLOPES", "affine.input_gradient"),
                )
            text = f"grad/W{k} = {self.z(k - 1)}^T {delta}"
            written = ("affine.weight_gradient",)
            rules[f"grad/W{k}"] = Rule(formulas.affine_to_W, (self.z(k - 1), delta), text, written)
            text = f"grad/b{k} = sum of {delta} over the batch"
            written = ("affine.bias_gradient",)
            rules[f"grad/b{k}"] = Rule(formulas.affine_to_b, (delta,), text, written)
        text = "grad/x = delta1 W1^T"
        written = ("affine.input_gradient",)
        rules["grad/x"] = Rule(formulas.affine_to_x, ("delta1", "param/W1"), text, written)
        return rules

    def rules(self) -> dict[str, Rule]:
        """Forward, the loss, and back."""
        loss = loss_rule("loss", self.loss, "d", self.loss_argument)
        rules = {
            **self.forward_rules(),
            **self._of_output_layer(loss, "loss", "loss"),
            **self.backward_rules(),
        }
        return {name: replace(rule, stacks=True) for name, rule in rules.items()}

    def whole(self, result: str, x: str, d: str | None = None, loss: str = "") -> Rule:
        """y, or the error of a loss, from the input and all parameters at once."""
        # from the input on: of the test data a side shows no u and no z
        names = [p.removeprefix("param/") for p in self.params]

        def forward(x: Any, params: Any) -> Any:  # once for both where both are asked for
            by_name = dict(zip(names, params, strict=True))
            return x.once(_Forward(by_name, self.hidden, self.output))

        def y(x: Any, *params: Any) -> Any:
            return forward(x, params)[1]

        def error(d: Any, x: Any, *params: Any) -> Any:
            u, y = forward(x, params)
            return formulas.error_of(d, u, y, loss)

        if d is None:
            text = f"{result} = y of {x} and the parameters"
            return Rule(y, (x, *self.params), text, ("network.Network.predict",))
        text = f"{result} = {loss} of {x}, {d} and the parameters"
        return Rule(error, (d, x, *self.params), text, ("network.Network.loss",))


def gradient_of(loss: str) -> str:
    """What the gradient of a loss is called: by y, or by u of one that knows its output."""
    return f"{'delta' if loss in formulas.COMBINED else 'd'}_{loss}"
