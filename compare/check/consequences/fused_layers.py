"""A last layer whose loss gives the gradient by the scores: its backward has nothing left to do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from compare.check.calling.functions import BY_SCORES
from compare.check.i18n.text import Text
from compare.check.result import Judgement
from compare.core.outcome import Outcome
from compare.judge.verdict import Verdict

_LOSS_OF = {
    "softmax_layer": "layer.softmax_with_loss",
    "sigmoid_layer": "layer.sigmoid_with_loss",
}


def with_their_losses(judgements: Sequence[Judgement]) -> list[Judgement]:
    """A layer that hands the gradient on is right beside a loss whose gradient is by the scores."""
    losses = {j.concept: j for j in judgements if _is_by_scores(j)}
    return [
        _beside(j, losses[_LOSS_OF[j.concept]])
        if _LOSS_OF.get(j.concept) in losses and _hands_on(j)
        else j
        for j in judgements
    ]


def _is_by_scores(judgement: Judgement) -> bool:
    said = any(BY_SCORES.en in text.en for text in judgement.conventions)
    return judgement.outcome is Outcome.SAME and said


def _hands_on(judgement: Judgement) -> bool:
    """Whether nothing is wrong but that its derivative is left out."""
    return [(d.cause, d.blanks.get("other")) for d in judgement.diagnoses] == [
        ("other_slope", "identity")
    ]


def _beside(judgement: Judgement, loss: Judgement) -> Judgement:
    said = Text(
        f"its backward hands the gradient on: that of {loss.found} is by the scores already",
        f"逆伝播は勾配をそのまま渡す: {loss.found} の勾配がすでに u についてのものであるため",
    )
    return replace(
        judgement, outcome=Outcome.SAME, diagnoses=(), conventions=(said,), verdict=Verdict(()),
        parts=(*judgement.parts, loss.found),
    )  # fmt: skip
