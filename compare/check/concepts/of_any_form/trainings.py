"""A training, by the run of its own script: each step beside the derivative of its own loss."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

import numpy as np

from compare.arithmetic.running_error import Bounded
from compare.check.calling.trainings import MADE, OF_TRAINING, Training
from compare.check.concept import CallStyle, Concept, Form, Tried
from compare.check.fitting.networks.explanation import FAMILIES
from compare.check.i18n.text import Text
from compare.check.matching import F64
from compare.check.probes.probe import probe
from compare.check.subject import Subject
from compare.language.message import message
from compare.sandbox.interface import Ending, Failed


def _called(subject: Subject, arrays: Mapping[str, Any]) -> dict[str, Any]:
    """What its turns gave.   Raises Failed."""
    training: Training | None = subject.made.get(MADE)
    if training is None:
        raise Failed(Ending.REFUSED, message("no script runs it"))
    return {name: given for name, given, _, _ in training.shown}


def _meanings(trial: Tried, arrangement: CallStyle) -> tuple[Form, ...]:
    training: Training | None = trial.subject.made.get(MADE)
    if training is None:
        return (Form(lambda a: {}),)
    loss = training.steps[0].loss
    said = Text(
        f"as its own script runs it: steps along the derivative of {loss}",
        f"スクリプト自身の実行で判定: {loss} の微分に沿って重みが動くか",
    )
    right = Form(partial(_right, training), convention=said)
    wrong = [(s.cause, _said(s.blanks)) for s in training.steps if s.cause]
    if not wrong:
        return (right,)
    (cause, blanks), *others = wrong
    further = tuple({c: (c, b) for c, b in others if c != cause}.values())
    return right, Form(partial(_given, training), cause, blanks=blanks, further=further)


def _said(blanks: Mapping[str, str | Text]) -> dict[str, str | Text]:
    """The blanks, with the name of a usual loss in both languages."""
    return {n: FAMILIES.get(str(b), b) if n == "gradient" else b for n, b in blanks.items()}


def _right(training: Training, a: Any) -> dict[str, Any]:
    return {
        name: Bounded.given(np.asarray(expected), F64).widened(np.asarray(limit))
        for name, _, expected, limit in training.shown
    }


def _given(training: Training, a: Any) -> dict[str, Any]:
    return {n: Bounded.given(np.asarray(given), F64) for n, given, _, _ in training.shown}


TRAINING = Concept(
    OF_TRAINING,
    "§4",
    "w <- w - lr dE/dw, at each step",
    (),
    (probe(OF_TRAINING, {"P": 2}, {"x": "P"}),),
    (CallStyle(_called, takes=lambda subject: MADE in subject.made),),
    (),
    meanings_of=_meanings,
    looked_for=message("a script that runs it"),
)
