"""A training, by the run of its own script: each step beside the derivative of its own loss."""

from __future__ import annotations

from collections.abc import Mapping

from compare.check.calling.trainings import MADE, OF_TRAINING, Training
from compare.check.concepts.of_any_form.beside import Beside, Mistaken
from compare.check.fitting.networks.explanation import FAMILIES
from compare.check.i18n.text import Text, joined
from compare.language.message import message


def _told(training: Training) -> tuple[Text | None, list[Mistaken]]:
    loss = training.steps[-1].loss  # weights that begin at 0 may follow several
    said: Text | None = Text(
        f"as its own script runs it: steps along the derivative of {loss}",
        f"スクリプト自身の実行で判定: {loss} の微分に沿って重みが動くか",
    )
    rule = training.rule
    if rule is not None:
        said = joined(Text(
            f"as its own script runs it: the gradients are the derivative of {loss}, and the steps "
            f"those of {rule.name}",
            f"スクリプト自身の実行で判定: 勾配は {loss} の微分と一致、更新は {rule.name} と一致",
        ), rule.convention)  # fmt: skip
    elif not training.compares_steps:
        said = Text(
            f"as its own script runs it: the gradients are the derivative of {loss}; which steps "
            "its update makes of them was not compared",
            f"スクリプト自身の実行で判定: 勾配は {loss} の微分と一致（更新量の作り方は未判定）",
        )
    told = [(s.cause, _said(s.blanks)) for s in training.steps if s.cause]
    told += [(rule.cause, dict(rule.blanks))] if rule and rule.cause else []
    first, *others = told or [("", {})]
    further = {cause: (cause, blanks) for cause, blanks in others if cause != first[0]}
    return said, [first, *further.values()] if first[0] else []


def _said(blanks: Mapping[str, str | Text]) -> dict[str, str | Text]:
    """The blanks, with the name of a usual loss in both languages."""
    return {n: FAMILIES.get(str(b), b) if n == "gradient" else b for n, b in blanks.items()}


TRAINING = Beside(
    MADE,
    found=lambda subject, arrays: None,
    given=lambda training: {name: given for name, given, _, _ in training.shown},
    right=lambda training: {name: (right, limit) for name, _, right, limit in training.shown},
    said=_told,
    refused=message("no script runs it"),
).concept(
    OF_TRAINING, "§4", "w <- w - lr dE/dw, at each step", {"P": 2},
    takes=lambda subject: MADE in subject.made,
    looked_for=message("a script that runs it"),
)  # fmt: skip
