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
from compare.check.calling.left_to_callers import left_to_callers
from compare.check.calling.networks.constructor import BEYOND, GUESSED_SETTINGS
from compare.check.calling.networks.net import GUESSED, UNSAID, WAY_BACK
from compare.check.calling.own_derivative.functions import OF_FUNCTION
from compare.check.calling.own_derivative.layers import OF_LAYER
from compare.check.calling.torch_function import OF_TORCH
from compare.check.calling.trainings import OF_TRAINING
from compare.check.calling.variables import OF_VARIABLES
from compare.check.concept import Concept
from compare.check.consequences import (
    at_their_places,
    beside_losses,
    folded,
    in_their_places,
    without_right_functions,
)
from compare.check.fitting.networks.other_activation import OTHER
from compare.check.fused_layers import with_their_losses
from compare.check.judge_concept import can_be_called, judge
from compare.check.layout_consequences import in_one_layout, of_single_samples
from compare.check.mistakes.behaviour import NOT_CALLED
from compare.check.naming.bind import BY_MAP, Binding, Bound, bind, can_take, chosen, is_known
from compare.check.naming.derivative_names import pairs
from compare.check.naming.grammar import is_in_line
from compare.check.naming.mapping_file import AsTyped, as_argument, as_option, meant
from compare.check.recognized import Recognition
from compare.check.result import UNKNOWN, CheckResult, Judgement, Suggestion
from compare.check.starter_file import COURSE
from compare.check.subject import Subject
from compare.check.trial import Expectations, expectations_at
from compare.check.unlike_the_course import Unlisted, code_of, has_other_layers, is_drawn
from compare.check.without_results import not_called
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
    # with the import, which starts at the first look at the inventory
    began = time.perf_counter()
    try:
        inventory = box.inventory
    except Failed as failed:
        return CheckResult(name, breaches=box.breaches, broken=failed.line, seed=seed)
    binding = chosen(bind(box, inventory, concepts(), mapping), only)
    expectations = expectations or Expectations(seed)
    judged, guessed, notes = _of_any_structure(box, inventory, binding, seed, expectations, only)
    breaches = box.breaches  # before more of it is called than has a name that is known
    if box.confined:  # where calling what no name says harms nobody
        judged = Recognition(box, inventory, torch_side(), seed, expectations).added(
            [c for c in concepts() if not only or c.name in only], judged
        )
    judged, parts = _but_for_parts(in_their_places(without_right_functions(judged), inventory))
    # a pass that could not be called is not right by what was judged beside it
    ways_back = tuple(dict.fromkeys(name for j in judged for name in j.unjudged))
    dropped = _dropped(binding, judged, guessed)
    named = parts | {j.found for j in judged}
    named |= {name.rpartition(".")[0] for name in named}  # nor the class of a static method
    left_alone = tuple(f for f in (*dropped, *binding.left_alone) if f.name not in named)
    missing = [concept for concept in binding.missing if concept.others is None]

    return CheckResult(
        name,
        at_their_places(judged, inventory),
        left_alone,
        tuple(concept.name for concept in missing if concept.name in COURSE),
        tuple(_suggestions(left_alone, missing, partial(_may_be, box, inventory, seed), as_typed)),
        tuple(dict.fromkeys([*ways_back, *_known(left_alone, dropped, judged)])),
        False,
        breaches,
        inventory.failures,
        inventory.lost,
        (*inventory.notes, *notes),
        seed=seed,
        map_option=as_typed("CONCEPT", "NAME"),
        only=tuple(only),
        seconds=time.perf_counter() - began,
    )


def _dropped(
    binding: Binding, judged: Sequence[Judgement], guessed: set[str]
) -> tuple[Definition, ...]:
    """What was guessed to be a concept, and came to no judgement."""
    told = {j.found for j in judged}
    tentative = (b for b in binding.bound if b.tentative or b.found.name in guessed)
    return tuple(b.found for b in tentative if b.found.name not in told)


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
) -> tuple[tuple[Judgement, ...], set[str], list[str]]:
    """Each judgement, of networks by their own gradient where no concept came to one.

    And the names of networks that may be others, and what is said of what was not judged.
    """
    guessed: set[str] = set()
    judged = _judged(box, inventory, binding, seed, expectations, guessed)
    by_name = {c.name: c for c in concepts()}
    # of what is called otherwise, a mistake that nothing explains is rather another thing
    built_so = {b.found.name for b in binding.bound if b.tentative}
    loose = {j.found for j in judged if by_name[j.concept].only_explained}
    judged = tuple(
        j
        for j in judged
        if not (
            (j.found in built_so | loose or is_in_line(j.found))
            and _unexplained(j)
            or j.found in guessed
            and _is_other(j)
            or is_drawn(j, inventory)
            or _unexplained(j)
            and has_other_layers(j, inventory, judged)
        )
    )
    asked = [c for c in concepts() if not only or c.name in only]
    recognition = Recognition(box, inventory, torch_side(), seed, expectations)
    judged = recognition.of_two_meanings(asked, judged)
    by_depth = {_DEPTHS[c.name]: c for c in concepts() if c.name in _DEPTHS}
    unlisted = Unlisted(box, inventory, torch_side(), seed, expectations, by_depth)
    for name, further in (
        (OF_VARIABLES, unlisted.variables),
        (NAME, unlisted.networks),
        (OF_LAYER, unlisted.layers),
        (OF_FUNCTION, unlisted.derivatives),
        (OF_TORCH, unlisted.functions),
        (OF_TRAINING, unlisted.trainings),
    ):
        if not only or name in only:
            judged = further(by_name[name], judged)
    return judged, guessed, unlisted.notes


def _may_be(box: Box, inventory: Inventory, seed: int, left: Definition, concept: Concept) -> bool:
    """Whether it is right as that, or follows a mistake in it: hard_tanh is no tanh."""
    subject = Subject(box, left, inventory)
    if not can_be_called(concept, subject, seed):
        return False
    tried = judge(concept, subject, BY_MAP, torch_side(), seed)
    others = {d.cause for d in tried.diagnoses} & {"other_function", "other_slope"}
    return not (_unexplained(tried) or others)


def _known(
    left_alone: Sequence[Definition], dropped: Sequence[Definition], judged: Sequence[Judgement]
) -> Iterator[str]:
    """What was found and not judged, but for what a network that was judged calls itself."""
    functions = [d for d in left_alone if d.kind == "function"]
    derivatives = {p.derivative.name for p in pairs(functions) if p.certain}
    # of the rest, such as normalize(x), a name says little; but for a schedule
    known_names = [c for c in concepts() if not c.only_explained or c.name.startswith("schedule.")]
    networks = "\n".join(j.code for j in judged if j.concept.startswith("network"))
    for left in left_alone:
        called = re.search(rf"\b{re.escape(left.name.rpartition('.')[2])}\(", networks)
        known = is_known(left, known_names) and not is_in_line(left.name)
        known = known or left.name in derivatives
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


def _judged(
    box: Box,
    inventory: Inventory,
    binding: Binding,
    seed: int,
    expectations: Expectations,
    guessed: set[str],
) -> tuple[Judgement, ...]:
    """Each judgement; ``guessed`` gets the names of networks that may be others."""
    torch = torch_side()

    def judged(bound: Bound) -> Judgement:
        subject = Subject(box, bound.found, inventory)

        def asked(s: Subject) -> Judgement:
            return judge(bound.concept, s, bound.how, torch, seed, expectations)

        judgement, subject = _with_its_settings(bound, subject, asked, guessed)
        for deeper in bound.concept.deeper:
            if not judgement.fails() and can_take(deeper, subject):
                further = judge(deeper, subject, bound.how, torch, seed, expectations)
                # one that takes any sizes may be written for two layers: no mistake that is known
                if further.fails() and not _unexplained(further) and _told(deeper, further):
                    judgement = replace(further, concept=judgement.concept)
        if UNSAID in subject.made and _unexplained(judgement):
            judgement = not_called(judgement, subject.made[UNSAID])
        if subject.made.get(GUESSED) or subject.made.get(OTHER):
            guessed.add(bound.found.name)
        shown = any(c.name.startswith("grad/") for c in judgement.verdict.comparisons)
        unjudged = () if shown else tuple(subject.unjudged)
        parts = tuple(n for n in subject.parts if n != bound.found.name)
        code = code_of(inventory, bound.found.name, *parts)
        back = subject.made.get(WAY_BACK, "")
        return replace(judgement, parts=parts, unjudged=unjudged, code=code, way_back=back)

    single = in_one_layout(
        with_their_losses([judged(b) for b in binding.bound if b.concept.others is None])
    )
    wrong = {j.found for j in single if j.outcome is not Outcome.SAME}
    # parts that are wrong by themselves are told already
    right = (
        bound
        for bound in binding.bound
        if bound.concept.others and not _parts(bound, inventory) & wrong
    )
    together = tuple(j for bound in right if not _unexplained(j := judged(bound)))
    return beside_losses(
        folded(of_single_samples(left_to_callers(single, inventory), inventory), inventory)
        + together
    )


def _with_its_settings(
    bound: Bound, subject: Subject, asked: Callable[[Subject], Judgement], guessed: set[str]
) -> tuple[Judgement, Subject]:
    """With settings that nothing names, guessed one after the other while it fails."""
    judgement = asked(subject)
    while judgement.fails() and (beyond := subject.made.get(GUESSED_SETTINGS)):
        other = Subject(subject.box, bound.found, subject.inventory)
        other.made[BEYOND] = beyond
        if not can_take(bound.concept, other):
            # a mistake is one of the way back alone: else the setting may be another
            if not _has_its_outputs(judgement):
                guessed.add(bound.found.name)
                judgement = replace(judgement, diagnoses=())
            break
        further = asked(other)
        subject.made[GUESSED_SETTINGS] = other.made.get(GUESSED_SETTINGS)
        if not further.fails():
            judgement, subject = further, other
    return judgement, subject


def _told(concept: Concept, judgement: Judgement) -> bool:
    return not concept.told or any(d.cause in concept.told for d in judgement.diagnoses)


def _parts(bound: Bound, inventory: Inventory) -> set[str]:
    others = bound.concept.others(inventory) if bound.concept.others else ()
    return {bound.found.name, *others}


def _unexplained(judgement: Judgement) -> bool:
    """Whether parts that are right by themselves do not fit, and nothing says why: no finding."""
    known = any(d.cause not in _SAYS_NOTHING for d in judgement.diagnoses)
    return judgement.outcome is not Outcome.SAME and not known


def _is_other(judgement: Judgement) -> bool:
    """Whether what a network gives is none of ours: then its weights were not what was guessed."""
    return _unexplained(judgement) and not _has_its_outputs(judgement)


def _has_its_outputs(judgement: Judgement) -> bool:
    """Whether the outputs of a network are right."""
    compared = judgement.verdict.comparisons
    return any(c.name == "y" and c.outcome is Outcome.SAME for c in compared)


# what was raised may be the fault of the call
_SAYS_NOTHING = (UNKNOWN, NOT_CALLED, "raised", "refused", "shapes_do_not_fit")
