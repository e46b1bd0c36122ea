"""Check a submission: bind its names to concepts, judge each, mark the consequences of others."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from types import FunctionType
from typing import Any

from compare.check.calling.any_network.network import NAME
from compare.check.calling.layers import OF_STATISTICS
from compare.check.calling.of_functions import APART, OF_FUNCTIONS
from compare.check.calling.own_derivative.evidence import BOTH
from compare.check.calling.own_derivative.functions import OF_FUNCTION
from compare.check.calling.own_derivative.layers import OF_LAYER
from compare.check.calling.standard.definition import OF_STANDARD, is_listed
from compare.check.calling.torch_function import OF_TORCH
from compare.check.calling.trainings import OF_TRAINING
from compare.check.calling.variables import OF_VARIABLES
from compare.check.concept import Concept
from compare.check.consequences.of_calls import not_run
from compare.check.consequences.of_mistakes import (
    at_their_places,
    in_their_places,
    without_dropped,
    without_right_functions,
)
from compare.check.consequences.of_networks import (
    has_other_layers,
    is_drawn,
    of_what_they_use,
)
from compare.check.consequences.of_parts import with_bases
from compare.check.consequences.of_trainings import trained, unjudged_of
from compare.check.course.starter_file import COURSE
from compare.check.internal_errors import collected, guarded
from compare.check.judge_bound import is_other, judge_bound, unexplained
from compare.check.judge_concept import can_be_called, judge
from compare.check.naming.aliases import without_aliases
from compare.check.naming.bind import BY_MAP, Binding, bind, chosen, is_known
from compare.check.naming.derivative_names import pairs
from compare.check.naming.grammar import is_in_line
from compare.check.naming.mapping_file import AsTyped, as_argument, as_option, meant
from compare.check.naming.unread_parameters import without_unread
from compare.check.recognized import Recognition
from compare.check.result import CheckResult, Judgement, Suggestion
from compare.check.subject import Subject
from compare.check.trial import Expectations, expectations_at
from compare.check.unexplained import Repairs
from compare.check.unlike_the_course import Unlisted
from compare.core.implementation import torch_side
from compare.core.outcome import Outcome
from compare.sandbox.in_process import InProcess
from compare.sandbox.interface import Box, Definition, Failed, Inventory, Limits
from compare.sandbox.sandbox import Sandbox
from compare.sandbox.submission_files import Source
from compare.system.command_line import stored

_DEPTHS = {"network": 2, "network.three": 3, "network.four": 4, "network.one": 1}


def concepts() -> tuple[Concept, ...]:
    """Everything of the course that a submission may hold."""
    from compare.check.concepts import CONCEPTS  # makes every formula: a second that `run` saves

    return CONCEPTS


def check_file(
    path: Path,
    mapping: Mapping[str, str] | None = None,
    seed: int = 0,
    limits: Limits | None = None,
    only: Sequence[str] = (),
    expectations: Expectations | None = None,
    as_typed: AsTyped = as_option,
) -> CheckResult:
    """Judge a file, a folder or a notebook in a process of its own.

    ``expectations`` of the same seed are shared with other submissions · ``as_typed``: how its
    reader gives a mapping.

    Raises Unreadable where it cannot be read as a submission, MappingError where the mapping is
    wrong.
    """
    result = check_source(Source.of(path), mapping, seed, limits, only, expectations, as_typed)
    return replace(result, name=Path(path).name, again=command(path, mapping or {}))


def check_source(
    source: Source,
    mapping: Mapping[str, str] | None = None,
    seed: int = 0,
    limits: Limits | None = None,
    only: Sequence[str] = (),
    expectations: Expectations | None = None,
    as_typed: AsTyped = as_option,
) -> CheckResult:
    """The same of a submission that was read, perhaps on another machine.

    Raises MappingError.
    """
    with Sandbox(source, limits or Limits()) as box:
        box.begin()
        concepts()  # while its process gets ready
        return checked(source.path.name, box, mapping or {}, seed, only, expectations, as_typed)


def command(path: Path, mapping: Mapping[str, str]) -> str:
    """The command that judges it again, as it is stored, but for the concept and the seed."""
    options = [part for pair in mapping.items() for part in ("--map", "=".join(pair))]
    target = str(path)
    if target.startswith("-"):
        target = f"./{target}"  # or it would be an option
    return stored("check", target, *options)


def check_target(
    target: Any,
    caller: Mapping[str, Any],
    mapping: Mapping[str, str] | None,
    seed: int,
    only: str | Sequence[str],
) -> CheckResult:
    """What ``compare.check`` does; ``caller`` has the global names of who called it."""
    only = (only,) if isinstance(only, str) else tuple(only)
    if isinstance(target, (str, Path)):
        return check_file(Path(target), mapping, seed, only=only, as_typed=as_argument)
    name = getattr(target, "__name__", type(target).__name__)
    if target is None:
        name, target = str(caller.get("__name__")), caller
    elif isinstance(target, (type, FunctionType)):
        # as a module that defines nothing else
        target = {target.__name__: target}
    box = InProcess(target)
    try:
        return checked(name, box, mapping or {}, seed, only, expectations_at(seed))
    finally:
        box.put_back()


def checked(
    name: str,
    box: Box,
    mapping: Mapping[str, str],
    seed: int = 0,
    only: Sequence[str] = (),
    expectations: Expectations | None = None,
    as_typed: AsTyped = as_argument,
) -> CheckResult:
    """Judge what is in a box: of all concepts, or of those named.   Raises MappingError."""
    with collected() as internal:
        expectations = expectations or Expectations(seed)
        result = _checked(name, box, mapping, seed, only, expectations, as_typed)
    return replace(result, internal=tuple(dict.fromkeys(internal)))


def _checked(
    name: str,
    box: Box,
    mapping: Mapping[str, str],
    seed: int,
    only: Sequence[str],
    expectations: Expectations,
    as_typed: AsTyped,
) -> CheckResult:
    began = time.perf_counter()  # with the import: it starts at the first look at the inventory
    try:
        inventory = without_unread(without_aliases(box.inventory, set(mapping.values())))
    except Failed as failed:
        return CheckResult(name, breaches=box.breaches, broken=failed.line, seed=seed)
    binding = chosen(_bound(box, inventory, mapping), only)
    judged, guessed, unlisted = _of_any_structure(box, inventory, binding, seed, expectations, only)
    breaches = box.breaches  # before more of it is called than has a name that is known
    if box.confined:  # where calling what no name says harms nobody
        recognition = Recognition(box, inventory, torch_side(), seed, expectations)
        judged = _step("recognition", partial(recognition.added, _asked(only)), judged)
    judged = _steps(((OF_FUNCTIONS, unlisted.functions),), judged, only)
    judged = _step("bases", partial(with_bases, inventory=inventory), judged)
    placed = partial(in_their_places, inventory=inventory)
    judged, parts = _but_for_parts(_step("parts", placed, without_right_functions(judged)))
    unrun = not_run(box, judged)  # before other texts of it are run
    judged = _by_edits(box, inventory, seed, expectations, judged)
    dropped = _dropped(binding, judged, guessed)
    alone = (*dropped, *binding.left_alone, *_loose(binding, dropped))
    left_alone = _not_named(alone, parts | {j.found for j in judged})
    missing = [concept for concept in binding.missing if concept.others is None]
    may_be = partial(_may_be, box, inventory, seed)
    return CheckResult(
        name,
        at_their_places(judged, inventory),
        left_alone,
        tuple(concept.name for concept in missing if concept.name in COURSE),
        tuple(_suggestions(left_alone, missing, may_be, as_typed)),
        tuple(dict.fromkeys((*_known(left_alone, dropped, judged), *unlisted.not_reached))),
        unrun,
        False,
        breaches,
        inventory.failures,
        inventory.lost,
        (*inventory.notes, *unlisted.notes),
        seed=seed,
        map_option=as_typed("CONCEPT", "NAME"),
        only=tuple(only),
        seconds=time.perf_counter() - began,
    )


def _by_edits(
    box: Box,
    inventory: Inventory,
    seed: int,
    expectations: Expectations,
    judged: tuple[Judgement, ...],
) -> tuple[Judgement, ...]:
    """The judgements with the edits that make right what nothing explains; without those of
    concepts of which nothing else is said.
    """
    if box.confined:
        repairs = Repairs(box, inventory, seed, expectations, {c.name: c for c in concepts()})
        judged = _step("repairs", repairs.told, judged)
    by_edits = {c.name for c in concepts() if c.told_by_edits}
    return tuple(j for j in judged if not (j.concept in by_edits and unexplained(j)))


def _bound(box: Box, inventory: Inventory, mapping: Mapping[str, str]) -> Binding:
    """Which of it is which concept; what is called to see that is not compared.

    Raises MappingError.
    """
    box.tries = True
    try:
        return bind(box, inventory, concepts(), mapping)
    finally:
        box.tries = False


def _asked(only: Sequence[str]) -> list[Concept]:
    """The concepts that are asked for: all of them, where none is named."""
    return [c for c in concepts() if not only or c.name in only]


def _not_named(found: Iterable[Definition], names: set[str]) -> tuple[Definition, ...]:
    """What is called otherwise; nor the class of a static method."""
    holders = {name.rpartition(".")[0] for name in names}
    return tuple(f for f in found if f.name not in names | holders)


def _dropped(
    binding: Binding, judged: Sequence[Judgement], guessed: set[str]
) -> tuple[Definition, ...]:
    """What was guessed to be a concept, and came to no judgement."""
    told = {j.found for j in judged}
    tentative = (b for b in binding.bound if b.tentative or b.found.name in guessed)
    return tuple(b.found for b in tentative if b.found.name not in told)


def _loose(binding: Binding, dropped: Sequence[Definition]) -> tuple[Definition, ...]:
    """What was held for a concept by more than a guess: left alone where it came to none."""
    known = [*dropped, *binding.left_alone]
    found = {b.found.name: b.found for b in binding.bound if b.found not in known}
    return tuple(found.values())


def _but_for_parts(judged: Sequence[Judgement]) -> tuple[tuple[Judgement, ...], set[str]]:
    """What was compared, or is nothing that was compared as another concept; and those parts."""
    parts = {name for judgement in judged for name in judgement.parts}
    # of a loss of the network itself its signature says that it is no loss of outputs
    compared = {j.found for j in judged if j.outcome is not Outcome.NOT_COMPARED} | parts
    told = (j for j in judged if j.outcome is not Outcome.NOT_COMPARED or j.found not in compared)
    return tuple(told), parts


def _of_any_structure(
    box: Box,
    inventory: Inventory,
    binding: Binding,
    seed: int,
    expectations: Expectations,
    only: Sequence[str],
) -> tuple[tuple[Judgement, ...], set[str], Unlisted]:
    """Each judgement, of networks by their own gradient where no concept came to one.

    And the names of networks that may be others, and what judges what is not listed.
    """
    guessed: set[str] = set()
    judged = judge_bound(box, inventory, binding, seed, expectations, guessed)
    judged = without_dropped(_findings(judged, binding, inventory, guessed))
    recognition = Recognition(box, inventory, torch_side(), seed, expectations)
    judged = _step("names", partial(recognition.of_two_meanings, _asked(only)), judged)
    by_depth = {_DEPTHS[c.name]: c for c in concepts() if c.name in _DEPTHS}
    sides = (box, inventory, torch_side(), seed, expectations)
    unlisted = Unlisted(*sides, by_depth)
    rules = [c for c in concepts() if c.rules is not None]
    steps = (
        (OF_VARIABLES, unlisted.variables),
        (NAME, unlisted.networks),
        (OF_LAYER, unlisted.layers),
        (OF_STATISTICS, unlisted.statistics),
        (OF_FUNCTION, unlisted.derivatives),
        (OF_FUNCTIONS, partial(unlisted.functions, made=APART)),
        (OF_TORCH, unlisted.functions),
        (OF_STANDARD, unlisted.standard),
        (OF_FUNCTION, partial(unlisted.functions, made=BOTH)),
        (OF_TRAINING, partial(trained, *sides, unlisted.notes, rules)),
    )
    judged = _steps(steps, judged, only)
    return of_what_they_use(judged, inventory), guessed, unlisted


def _findings(
    judged: Sequence[Judgement], binding: Binding, inventory: Inventory, guessed: set[str]
) -> tuple[Judgement, ...]:
    """Without what is rather another thing: what is called otherwise, and nothing explains."""
    by_name = {c.name: c for c in concepts()}
    built_so = {b.found.name for b in binding.bound if b.tentative}
    loose = {j.found for j in judged if by_name[j.concept].is_loose}
    return tuple(
        j
        for j in judged
        if not (
            (j.found in built_so | loose or is_in_line(j.found))
            and unexplained(j)
            or j.found in guessed
            and is_other(j)
            or is_drawn(j)
            or unexplained(j)
            and has_other_layers(j, inventory, judged)
        )
    )


_Judged = tuple[Judgement, ...]


def _steps(
    steps: Iterable[tuple[str, Callable[[Concept, _Judged], _Judged]]],
    judged: _Judged,
    only: Sequence[str],
) -> _Judged:
    """What each step makes of the judgements, of the concepts that are asked for."""
    by_name = {c.name: c for c in _asked(only)}
    for name, further in steps:
        if name in by_name:
            judged = _step(name, partial(further, by_name[name]), judged)
    return judged


def _step(what: str, step: Callable[[_Judged], _Judged], judged: _Judged) -> _Judged:
    """What a step makes of the judgements; after an error of its own they stay as they were."""
    return guarded(what, lambda: step(judged), lambda _: judged)


def _may_be(box: Box, inventory: Inventory, seed: int, left: Definition, concept: Concept) -> bool:
    """Whether it is right as that, or follows a mistake in it: hard_tanh is no tanh."""
    subject = Subject(box, left, inventory)
    try:
        if not can_be_called(concept, subject, seed):
            return False
        tried = judge(concept, subject, BY_MAP, torch_side(), seed)
    except Failed:  # of no time that is left nothing is known
        return False
    others = {d.cause for d in tried.diagnoses} & {"other_function", "other_slope"}
    return not (unexplained(tried) or others)


def _known(
    left_alone: Sequence[Definition], dropped: Sequence[Definition], judged: Sequence[Judgement]
) -> Iterator[str]:
    """What was found and not judged, but for what a network that was judged calls itself."""
    functions = [d for d in left_alone if d.kind == "function"]
    derivatives = {p.derivative.name for p in pairs(functions) if p.certain}
    # of the rest, such as normalize(x), a name says little; but for a schedule
    known_names = [c for c in concepts() if not c.is_loose or c.name.startswith("schedule.")]
    networks = "\n".join(j.code for j in judged if j.concept.startswith("network"))
    # a pass that could not be called is not right by what was judged beside it
    yield from (name for j in judged for name in unjudged_of(j, judged))
    for left in left_alone:
        called = re.search(rf"\b{re.escape(left.name.rpartition('.')[2])}\(", networks)
        known = is_known(left, known_names) and not is_in_line(left.name)
        known = known or left.name in derivatives or is_listed(left.name, left.kind)
        if left in dropped or known and not called:
            yield left.name


def _suggestions(
    left_alone: Iterable[Definition],
    missing: Sequence[Concept],
    may_be: Callable[[Definition, Concept], bool],
    as_typed: AsTyped,
) -> Iterator[Suggestion]:
    """Of what is called nearly so, what can be called as that: who follows it gets a judgement."""
    for left in left_alone:
        concept = meant(left, missing, concepts())
        if concept is not None and may_be(left, concept):
            yield Suggestion(left.name, concept.name, as_typed(concept.name, left.name))
