"""What was judged of the parts of a training, beside the training itself."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from compare.check.calling.trainings import MADE, OF_TRAINING, Training, trainings_of
from compare.check.concept import Concept
from compare.check.consequences.rules_of_steps import with_its_rule
from compare.check.judge_concept import judge
from compare.check.naming.bind import BY_NAME
from compare.check.result import UNKNOWN, Judgement
from compare.check.subject import Subject
from compare.check.trial import Expectations
from compare.core.implementation import Implementation
from compare.core.outcome import Outcome
from compare.language.message import message
from compare.sandbox.interface import Box, Inventory

LATE = message("the time was up before all that its script trains was looked at")
# what only the loop itself does; a wrong gradient may be that of a function, which is told of that
_OF_THE_LOOP = frozenset(
    "network_accumulates stale_in_loop looked_between moved_one_by_one targets_of_others "
    "divided_again error_of_earlier_epochs units_equal some_too_far "
    "over_other_axis another_name begun_anew looks_behind evaluated_in_training kept_by_reference "
    "decayed_again counts_on evaluated_with_draws divided_by_batches "
    "labels_are_signs test_scaled_by_itself weights_begun_anew not_carried_on never_better".split()
)
_OVER_TURNS = frozenset(
    (
        "network_accumulates",
        "units_equal",
        "looks_behind",
        "evaluated_in_training",
        "evaluated_with_draws",
    )
)
_SAME_AS = {
    "updated_too_early": "moved_one_by_one",
    "moved_before_used": "moved_one_by_one",
    "draws_in_testing": "evaluated_in_training",
    "init_equal": "units_equal",
}
_SAYS_NOTHING = frozenset((UNKNOWN, "raised", "refused", "shapes_do_not_fit", "not_called"))


def trained(
    box: Box, inventory: Inventory, torch: Implementation, seed: int, expectations: Expectations,
    notes: list[str], rules: Sequence[Concept], concept: Concept, judged: Sequence[Judgement],
) -> tuple[Judgement, ...]:  # fmt: skip
    """The judgements, and of what the script trains; without what that shows to be nothing.

    ``rules``: the concepts of the update rules.
    """
    found_trainings, late = trainings_of(box, inventory)
    if late:
        notes.append(LATE)
    for found_training in found_trainings:
        training = _placed(with_its_rule(found_training, inventory, rules), judged)
        if not _is_news(training, judged):
            continue
        subject = Subject(box, training.of, inventory)
        subject.made[MADE] = training
        found = judge(concept, subject, BY_NAME, torch, seed, expectations)
        # of numbers that are measured a last digit is no mistake
        explained = {d.cause for d in found.diagnoses} <= {*training.causes}
        same = found.outcome is Outcome.SAME
        if same or found.outcome is Outcome.DIFFERENT and explained:
            told = training.compares_steps or _rules(training, judged)
            steps_unknown = () if told else (found.found,)
            judged = _beside_training(training, replace(found, unjudged=steps_unknown), judged)
    return tuple(judged)


def unjudged_of(judgement: Judgement, judged: Sequence[Judgement]) -> tuple[str, ...]:
    """Its parts that could not be judged: not the steps of a rule that is judged by itself."""
    rules = {j.found for j in judged if j.concept.startswith("optimizer.")}
    of_rule = judgement.concept == OF_TRAINING and rules & {judgement.found, *judgement.parts}
    return () if of_rule else judgement.unjudged


def _is_news(training: Training, judged: Sequence[Judgement]) -> bool:
    """Whether nothing that was judged tells the same of it."""
    beside = [j for j in judged if _shares(training, j)]
    told = _causes_of(beside)
    if training.causes:
        explained = told - _SAYS_NOTHING
        # of the same, and by this name
        explained = explained | {_SAME_AS[cause] for cause in told & {*_SAME_AS}}
        # of weights that begin equal, whatever makes them, all units are
        begun = {"units_equal"} if "init_equal" in _causes_of(judged) else set()
        new = [c for c in training.causes if c not in explained | begun]
        by_itself = _rules(training, judged)
        of_rule = {training.rule.cause} if training.rule and not by_itself else set()
        return bool(new) and (bool((_OF_THE_LOOP | of_rule) & {*new}) or not explained)
    return not any(j.found == training.of.name and _is_judged(j) for j in judged)


def _rules(training: Training, judged: Sequence[Judgement]) -> list[Judgement]:
    """The update rules that it calls and that are judged by themselves."""
    return [j for j in judged if j.concept.startswith("optimizer.") and _shares(training, j)]


def _causes_of(judged: Iterable[Judgement]) -> set[str]:
    return {d.cause for j in judged if j.outcome is Outcome.DIFFERENT for d in j.diagnoses}


def _placed(training: Training, judged: Sequence[Judgement]) -> Training:
    """In the loop itself, where what seems to do it is right by itself."""
    holder = training.of.name.partition(".")[0]
    if _OVER_TURNS.issuperset(training.causes):
        holder = ""  # that its gradients are right of one call says nothing of the next ones
    right = {j.found for j in judged if j.outcome is Outcome.SAME}
    return replace(training, of=training.loop) if {training.of.name, holder} & right else training


def _beside_training(
    training: Training, found: Judgement, judged: Sequence[Judgement]
) -> tuple[Judgement, ...]:
    """The judgements with that of a training, and without what it shows to be a wrong guess."""
    refuted = not training.causes and all(step.own for step in training.steps)
    kept = [
        j
        for j in judged
        if not (_shares(training, j) and (_is_guess(j) or refuted and _is_of_the_loss(j)))
    ]
    known = {name for j in kept for name in (j.found, *j.parts)}
    right = found.outcome is Outcome.SAME
    named = (n.partition(".")[0] for n in training.uses if "<lambda>" not in n)
    owners = dict.fromkeys(named) if right else ()
    parts = tuple(n for n in owners if n not in known and n != found.found.partition(".")[0])
    return (*kept, replace(found, parts=parts, code=training.of.source))


def _shares(training: Training, judgement: Judgement) -> bool:
    """Whether it is about something that the training calls, or about the loop itself."""
    uses = {training.of.name, *training.uses, *(n.partition(".")[0] for n in training.uses)}
    return bool(uses & {judgement.found, *judgement.parts})


def _is_judged(judgement: Judgement) -> bool:
    return judgement.outcome in (Outcome.SAME, Outcome.DIFFERENT)


def _is_of_the_loss(judgement: Judgement) -> bool:
    """Whether nothing but another loss, or sign, is said of a network."""
    causes = {d.cause for d in judgement.diagnoses if not d.warning}
    network = judgement.concept.startswith("network")
    return network and bool(causes) and causes <= {"loss_not_differentiated", "network_sign"}


def _is_guess(judgement: Judgement) -> bool:
    """Whether a network was called in a way in which nothing explains what it gives."""
    if judgement.outcome is Outcome.SAME or not judgement.concept.startswith("network"):
        return False
    return {d.cause for d in judgement.diagnoses} <= _SAYS_NOTHING
