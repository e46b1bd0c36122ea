"""Which part of a network a function or method is, by the words of its name."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from enum import Enum
from functools import cache

from compare.check.naming.arguments import is_upstream
from compare.check.naming.grammar import is_loss, words
from compare.check.naming.network_parameters import plain
from compare.check.naming.source_tree import tree_of
from compare.sandbox.interface import Definition


class Part(Enum):
    """What it does, with the words that say it."""

    INIT = "init initialize initialise initializer create make build setup start"
    MOVES = "update updates train fit learn optimize optimise sgd descend descent apply step"
    LOSS = "loss losses cost error objective criterion"
    BACKWARD = (
        "backward backwards back bwd backprop backpropagate backpropagation gradient gradients "
        "grad grads derivatives"
    )
    FORWARD = "forward forwards fwd feedforward propagate think infer inference activate"
    PREDICT = "predict query proba hypothesis classify"


# in order: of several methods of a class the first is called
SLOPES = tuple("gradient derivative deriv prime grad d df diff derive slope fprime".split())
VALUES = tuple("function f fn func activation compute".split())
_VALUES = (*VALUES, *"call value penalty apply of eval".split())
_WORDS: Mapping[Part, frozenset[str]] = {part: frozenset(part.value.split()) for part in Part}
# Words that may stand beside any of them and say no more.
_BESIDE = frozenset(
    "prop propagation pass model net network nn mlp l my our the a of for with compute calc "
    "calculate get do full all whole one two three layer layers deep batch mini weights biases "
    "params parameters function fn parameter weight random minibatch on to numpy np step run "
    "feed".split()
)
# gradient_descent moves the weights, predict_forward is a forward pass
_TOGETHER = {
    frozenset({Part.BACKWARD, Part.MOVES}): Part.MOVES,
    frozenset({Part.FORWARD, Part.PREDICT}): Part.FORWARD,
}


@cache  # every concept of a network asks for every name
def part_of(name: str) -> Part | None:
    """What a name says that it does, or None where a word of it is of something else."""
    spelled = [word.rstrip("0123456789") for word in words(name)]
    telling = [word for word in spelled if word and word not in _BESIDE]
    if not telling:
        return Part.MOVES if "step" in spelled else Part.FORWARD if "run" in spelled else None
    parts = [next((part for part in Part if word in _WORDS[part]), None) for word in telling]
    if None in parts:
        return Part.LOSS if is_loss(name) else None
    if parts[0] is Part.INIT or len(set(parts)) == 1:
        return parts[0]
    return _TOGETHER.get(frozenset(part for part in parts if part))


def passes_both_ways(definition: Definition) -> bool:
    """Whether a class has a forward pass and a way back as a layer has, and learns nothing itself.

    What a network hands back to itself may be anything, t - y as well as y - t.
    """
    methods = definition.methods
    if unnamed_passes(definition):
        return True
    parts = {Part.FORWARD if name == "__call__" else part_of(name) for name in methods}
    both = {Part.FORWARD, Part.BACKWARD} <= parts
    return both and Part.LOSS not in parts and not _is_taught(definition)


def _is_taught(definition: Definition) -> bool:
    """Whether it learns itself; train() of a layer takes nothing: it is a switch."""
    return any(
        {"train", "fit"} & set(words(n)) and any(p.required for p in ps)
        for n, ps in definition.methods.items()
    )


_LONG, _SLIPS = 7, 2  # letters of a word in which so many may be mistyped


def method_called(methods: Iterable[str], names: Sequence[str]) -> str:
    """The first of these names that is a method, or the only method nearly spelled so; or ""."""
    exactly = next((name for name in names if name in methods), "")
    long = [name for name in names if len(name) >= _LONG]
    near = [m for m in methods if any(_apart(m, name) <= _SLIPS for name in long)]
    return exactly or (near[0] if len(near) == 1 else "")


def _apart(a: str, b: str) -> int:
    """How many letters have to be changed, added or left out between two names."""
    row = [*range(len(b) + 1)]
    for i, letter in enumerate(a, 1):
        before, row = row, [i]
        for j, other in enumerate(b, 1):
            row.append(min(before[j] + 1, row[-1] + 1, before[j - 1] + (letter != other)))
    return row[-1]


FROM_ABOVE = re.compile(r"d_?[a-z]{1,2}|d_?(loss|out)|grad\w*")


def unnamed_passes(definition: Definition) -> tuple[str, str] | None:
    """The passes of a layer whose methods have names that say nothing: by what they are handed.

    One takes something, and another the gradient from above, du or dz, beside what the first kept.
    """
    alone = _taking_one(definition)
    if any(part_of(n) is not None for n in alone):
        return None
    back = [n for n, taken in alone.items() if is_upstream(taken) or FROM_ABOVE.fullmatch(taken)]
    forward = [n for n in alone if n not in back]
    both = (forward[0], back[0]) if len(back) == 1 and len(forward) == 1 else None
    return both if both and _keeps_for(definition.source, *both) else None


def kept_passes(definition: Definition) -> Iterator[tuple[str, str]]:
    """What may be the passes of a layer or a loss, whatever they are called.

    One takes something and keeps what the other reads, which takes one thing or none. Those that
    are called so are judged, or left, by their names.
    """
    if _is_taught(definition):
        return
    required = {n: [p for p in ps if p.needed] for n, ps in definition.methods.items()}
    both = ((f, b) for f in required for b in required if f != b)
    for forward, back in both:
        fits = required[forward] and len(required[back]) < 2
        called_so = part_of(forward) is Part.FORWARD and part_of(back) is Part.BACKWARD
        if fits and not called_so and _keeps_for(definition.source, forward, back):
            yield forward, back


def _keeps_for(source: str, forward: str, backward: str) -> bool:
    """Whether one method of a class keeps something that the other reads."""
    return bool(attributes_kept(source, forward) & _attributes(source, backward, ast.Load))


def attributes_kept(source: str, method: str = "") -> set[str]:
    """The attributes that a method of a class sets, or any."""
    return _attributes(source, method, ast.Store)


def attribute_set_last(source: str, method: str) -> str:
    """The attribute that a method of a class computes last, or ""; not what it was handed."""
    for node in ast.walk(tree_of(source)):
        if isinstance(node, ast.FunctionDef) and node.name == method:
            handed = {a.arg for a in node.args.args}
            kept = (
                target.attr
                for statement in reversed(node.body)
                if isinstance(statement, ast.Assign)
                and getattr(statement.value, "id", "") not in handed
                for target in statement.targets
                if isinstance(target, ast.Attribute)
            )
            return next(kept, "")
    return ""


def reads_object(source: str, method: str) -> bool:
    """Whether a method of a class needs its object, but for its methods; so where it is no text."""
    functions = [n for n in ast.walk(tree_of(source)) if isinstance(n, ast.FunctionDef)]
    names = {n.name for n in functions}
    node = next((n for n in functions if n.name == method), None)
    if node is None or not node.args.args:
        return True
    if any(ast.unparse(d) in ("staticmethod", "classmethod") for d in node.decorator_list):
        return False
    own = node.args.args[0].arg
    called = [n.value for n in ast.walk(node) if isinstance(n, ast.Attribute) and n.attr in names]
    return any(isinstance(n, ast.Name) and n.id == own and n not in called for n in ast.walk(node))


def _attributes(source: str, method: str, kind: type[ast.expr_context]) -> set[str]:
    methods = [n for n in ast.walk(tree_of(source)) if isinstance(n, ast.FunctionDef)]
    nodes = (n for m in methods if not method or m.name == method for n in ast.walk(m))
    return {n.attr for n in nodes if isinstance(n, ast.Attribute) and isinstance(n.ctx, kind)}


def _taking_one(definition: Definition) -> dict[str, str]:
    """The methods of a class that have to be given one thing, and what that is called."""
    required = {
        name: [p.name for p in parameters if p.needed]
        for name, parameters in definition.methods.items()
    }
    return {name: taken[0] for name, taken in required.items() if len(taken) == 1}


def value_and_slope(definition: Definition) -> tuple[str, str] | None:
    """The methods f(z) and f'(z) of a class: the second is called so, and takes the same."""
    alone = _taking_one(definition)
    slopes = [n for n in alone if plain(n) in SLOPES]
    for slope in slopes:
        values = [n for n, taken in alone.items() if taken == alone[slope] and n not in slopes]
        known = [
            n for n in values if plain(n) in _VALUES or part_of(n) in (Part.FORWARD, Part.LOSS)
        ]
        if known and not is_upstream(alone[slope]):
            return min(known, key=lambda n: n == "__call__"), slope
    return None


def loss_and_gradient(definition: Definition) -> tuple[str, str] | None:
    """The methods of a class of a loss: one takes two things, an output and a target.

    The other is called its gradient, and takes the same or what the first has kept.
    """
    taken = {n: [p.name for p in ps if p.needed] for n, ps in definition.methods.items()}
    slopes = [n for n in taken if plain(n) in SLOPES or part_of(n) is Part.BACKWARD]
    values = [
        n for n, names in taken.items()
        if len(names) == 2 and n not in slopes
        and (plain(n) in _VALUES or part_of(n) in (Part.FORWARD, Part.LOSS)
             or any(taken[slope] == names for slope in slopes))
    ]  # fmt: skip
    for slope in slopes:
        alike = [n for n in values if taken[slope] in ([], taken[n])]
        if alike:
            return min(alike, key=lambda n: n == "__call__"), slope
    return None


def speaks_of_loss(name: str) -> bool:
    """Whether a word of it is of a loss, whatever the others are: cost_function_reg."""
    return is_loss(name) or bool(_WORDS[Part.LOSS] & set(words(name)))


def is_pass(definition: Definition) -> bool:
    """Whether it is the forward or backward pass of some network, by its name and its parameters.

    Or a network itself: a class that passes forward, and trains or has a loss.
    """
    if definition.kind == "class":
        parts = {part_of(name) for name in definition.methods}
        learns = bool(parts & {Part.LOSS, Part.MOVES})
        return learns and bool(parts & {Part.FORWARD, Part.PREDICT})
    parameters = [p for p in definition.parameters if p.needed]
    said = part_of(definition.name) if definition.kind == "function" else None
    # gradient(w) of a valley is no pass of a network
    if len(parameters) < 2:
        return False
    return said in (Part.FORWARD, Part.BACKWARD) or _learns_through_weights(definition)


_PRODUCT = re.compile(r"\w\]?\)?\s*@\s*\w|\.dot\(|\bmatmul\(|\beinsum\(")


def _learns_through_weights(definition: Definition) -> bool:
    """Whether a function is called after a loss or gradients, and multiplies matrices."""
    of = _WORDS[Part.LOSS] | _WORDS[Part.BACKWARD]
    said = bool(of & set(words(definition.name)))
    return definition.kind == "function" and said and bool(_PRODUCT.search(definition.source))
