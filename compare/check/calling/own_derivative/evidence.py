"""Whether two methods that no name calls so are the passes of a layer: what speaks for it."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Container, Iterable
from itertools import islice
from typing import Any

from compare.check.calling.networks.paths import is_gradient_of
from compare.check.calling.own_derivative import in_script
from compare.check.naming.arguments import is_upstream
from compare.check.naming.network_parameters import returned_names
from compare.check.naming.network_parts import FROM_ABOVE, attributes_kept, kept_passes
from compare.check.naming.source_tree import docstring_of, tree_of
from compare.check.subject import Subject
from compare.core.outcome import Outcome
from compare.sandbox.interface import Box, Definition, Inventory

Methods = tuple[str, str]
BOTH = "value_and_gradient"  # of what a subject has made: it may give both
_GRADIENT = re.compile(r"grad|slope|derivative|勾配|微分|導関数", re.IGNORECASE)
_MOST = 3  # pairs of methods of one class


def unnamed(
    box: Box, inventory: Inventory, classes: Iterable[Definition], right: Container[str],
    judgement: Callable[[Definition, Methods], Any],
) -> list[Any]:  # fmt: skip
    """The judgements of two methods of which one keeps what the other reads.

    What is right of no chance; what is wrong where something says that it is meant so. ``right``:
    the classes that are.
    """
    proven = {p for d in inventory.found if d.name in right for p in kept_passes(d)}
    found: dict[str, Any] = {}
    wrong: list[tuple[Any, Subject, Methods]] = []
    for d in classes:
        for passes in islice(kept_passes(d), _MOST):
            j = judgement(d, passes) if d.name not in found else None
            if j is not None and j.outcome is Outcome.SAME:
                proven.add(passes)
                found[d.name] = j
            elif j is not None:
                wrong.append((j, Subject(box, d, inventory), passes))
    # what is right in part is meant so, before what is only called from there
    for j, subject, passes in sorted(wrong, key=lambda each: -_right_in(each[0])):
        if are_passes(subject, passes, proven):
            found.setdefault(j.found, j)
    return [*found.values()]


def _right_in(judgement: Any) -> int:
    return sum(c.outcome is Outcome.SAME for c in judgement.verdict.comparisons)


def are_passes(subject: Subject, passes: Methods, proven: Container[Methods]) -> bool:
    """Whether the two can mean nothing else: what is wrong of them is a mistake.

    Another class of the submission has two of these names that are right; or what the second is
    handed is called a gradient, or what it keeps; or the script hands on what it gives to one.
    """
    forward, backward = passes
    named = [p.name for p in subject.found.methods[backward]][:1]
    if passes in proven or any(is_upstream(n) or FROM_ABOVE.fullmatch(n) for n in named):
        return True
    kept = attributes_kept(subject.found.source, backward)
    if any(
        is_gradient_of(of, held) for of in kept for held in attributes_kept(subject.found.source)
    ):
        return True
    origins = in_script.all_origins(subject)
    own = f"{subject.found.name}.{backward}"
    # handed on to the same method of another class, or come from there
    others = {p for p, of in origins.items() for o in of.values() if o.partition("#")[0] == own}
    others |= {o.partition("#")[0] for o in origins.get(own, {}).values()}
    return any(p.rpartition(".")[2] == backward and p != own for p in others)


def gives_both(definition: Definition) -> bool:
    """Whether a function returns something beside its value, and has no loop that may be long."""
    nodes = [*ast.walk(tree_of(definition.source))] if definition.kind == "function" else []
    returned = [n.value for n in nodes if isinstance(n, ast.Return)]
    both = [isinstance(v, ast.Tuple) and len(v.elts) > 1 for v in returned]
    return bool(both) and all(both) and not any(isinstance(n, (ast.For, ast.While)) for n in nodes)


def says_gradient(definition: Definition) -> bool:
    """Whether what a function returns beside its value is called a gradient of what it takes."""
    beside = returned_names(definition.source, definition.name)[1:]
    named = any(is_gradient_of(n, p.name) for n in beside for p in definition.parameters)
    return named or any(
        _GRADIENT.search(text) for text in (*beside, docstring_of(definition.source))
    )


def goes_back(subject: Subject) -> bool:
    """Whether a function that is handed what another computed beside its value goes back from it.

    What it is handed is called a gradient, or its script has it from, or gives it to, one of those.
    """
    if any(is_upstream(n) or FROM_ABOVE.fullmatch(n) for n in subject.parameters):
        return True
    of = {d.name: in_script.goes_back_from(subject.beside(d)) for d in subject.inventory.functions}
    own = subject.found.name
    before = {o.partition("#")[0] for o in in_script.origins(subject, own).values()}
    after = {n for n in of if any(o.partition("#")[0] == own
                                  for o in in_script.origins(subject, n).values())}  # fmt: skip
    return any(of.get(name) for name in before | after if name != own)
