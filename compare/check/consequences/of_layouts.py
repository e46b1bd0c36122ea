"""Whether a submission has its samples in one layout, or one at a time.

Softmax over axis 0 is right by itself, and one over everything is of a single sample.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from compare.check.calling.first_weights import FAN_OUT, INPUTS, NAMES, SAYS_OUTPUTS
from compare.check.calling.functions import APART, EVERYTHING, ONE_BY_ONE
from compare.check.calling.one_number import ONE_LIST
from compare.check.concept import OF_COLUMNS, ROWS
from compare.check.i18n.text import Text
from compare.check.mistakes import CAUSES
from compare.check.naming.source_tree import called_by, docstring_of
from compare.check.result import Diagnosis, Judgement
from compare.core.outcome import Outcome
from compare.judge.verdict import Verdict
from compare.sandbox.interface import Definition, Inventory

# the shape of an array in a comment
_SAYS_ROWS = re.compile(r"\((N|batch\w*|n_?samples?|samples?), ?(C|K|\w*class\w*)\)")
_ALIKE = 1e-9
_SHAPED = ("affine", "d_affine", "affine_layer")  # no mistake in rows is a map of columns


def in_one_layout(judgements: Sequence[Judgement]) -> tuple[Judgement, ...]:
    """What is right for samples as columns is wrong where the others have rows.

    Where nothing else says which it is, that columns were assumed is a warning.
    """
    compared = (_compared_with_others(j, judgements) if _may_be_wrong(j) else j for j in judgements)
    return counted_as_others(tuple(compared))


def counted_as_others(judgements: Sequence[Judgement]) -> tuple[Judgement, ...]:
    """First weights by the outputs are wrong beside others by the inputs, unless they say so."""
    return tuple(_counted_as_others(j, judgements) for j in judgements)


def of_single_samples(
    judgements: Sequence[Judgement], inventory: Inventory
) -> tuple[Judgement, ...]:
    """A softmax over everything is right where what calls it takes one sample at a time.

    And so is another one beside it.
    """
    single = {ONE_BY_ONE.en, APART.en, ONE_LIST.en}
    witnesses = [j for j in judgements if any(said in text.en for text in j.conventions
                                              for said in single)]  # fmt: skip
    everything = {j.found for j in judgements if _is_over_everything(j)}
    called = any(_calls(w, inventory[name], inventory) for w in witnesses for name in everything)
    return tuple(
        replace(j, outcome=Outcome.SAME, diagnoses=(), verdict=Verdict(()),
                conventions=(*j.conventions, ONE_BY_ONE))
        if j.found in everything and called
        else j
        for j in judgements
    )  # fmt: skip


def _is_over_everything(judgement: Judgement) -> bool:
    return [(d.cause, d.blanks.get("axis")) for d in judgement.diagnoses] == [
        ("softmax_axis", EVERYTHING)
    ]


def _calls(caller: Judgement, called: Definition, inventory: Inventory) -> bool:
    names = (caller.found, *caller.parts)
    own = called.name.rpartition(".")[2]
    return called.name not in names and any(own in called_by(inventory[n].source) for n in names)


def _may_be_wrong(judgement: Judgement) -> bool:
    right = judgement.outcome is Outcome.SAME and judgement.layout == OF_COLUMNS
    return right and judgement.concept not in _SHAPED


def _compared_with_others(judgement: Judgement, judgements: Sequence[Judgement]) -> Judgement:
    others = [j for j in judgements if j.found != judgement.found]
    # others that may be wrong in the same way are no witnesses
    if any(_has_columns(j) for j in others if not _may_be_wrong(j)):
        return judgement
    rows = list(dict.fromkeys(j.found for j in others if j.layout == ROWS))
    # one of them is enough: softmax over axis 0 is then over the samples
    if rows:
        blanks = {"others": Text(", ".join(rows), "、".join(rows))}
        diagnosis = Diagnosis.of(CAUSES["other_layout"], blanks)
        return replace(judgement, outcome=Outcome.DIFFERENT, diagnoses=(diagnosis,))
    if any(_has_columns(j) for j in others):
        return judgement
    told = unlike_its_text(judgement)
    if told is not judgement:
        return told
    assumed = Diagnosis.of(CAUSES["columns_assumed"], {})
    return replace(judgement, diagnoses=(assumed, *judgement.diagnoses))


def _counted_as_others(judgement: Judgement, judgements: Sequence[Judgement]) -> Judgement:
    said = f"{judgement.found} {docstring_of(judgement.code)}"
    if not _counts_outputs(judgement) or SAYS_OUTPUTS.search(said):
        return judgement
    others = [j.found for j in judgements if j.outcome is Outcome.SAME and _counts_inputs(j)]
    if not others:
        return judgement
    blanks = {"others": Text(", ".join(others), "、".join(others))}
    diagnosis = Diagnosis.of(CAUSES["init_by_outputs"], blanks)
    return replace(judgement, outcome=Outcome.DIFFERENT, diagnoses=(diagnosis,))


def _counts_outputs(judgement: Judgement) -> bool:
    fan_out = any(text.en.startswith(FAN_OUT) for text in judgement.conventions)
    return fan_out and judgement.outcome is Outcome.SAME


def _counts_inputs(judgement: Judgement) -> bool:
    """Whether a variance is less by as much as there are more inputs, whatever the outputs."""
    deviations = [c.expected for c in judgement.verdict.comparisons if c.name == "deviation"]
    if judgement.concept not in NAMES or len(deviations) != len(INPUTS):
        return False
    return bool(np.ptp([d * d * n for d, n in zip(deviations, INPUTS, strict=True)]) < _ALIKE)


def unlike_its_text(judgement: Judgement) -> Judgement:
    """The judgement; what is right of columns is wrong where its own text says rows."""
    said = _SAYS_ROWS.search(judgement.code) if _may_be_wrong(judgement) else None
    if said is None:
        return judgement
    diagnosis = Diagnosis.of(CAUSES["rows_said"], {"shape": said[0]})
    return replace(judgement, outcome=Outcome.DIFFERENT, diagnoses=(diagnosis,))


def _has_columns(judgement: Judgement) -> bool:
    """Whether its samples are columns, as far as it is right."""
    says_columns = any("samples are columns" in text.en for text in judgement.conventions)
    return judgement.layout == OF_COLUMNS or says_columns
