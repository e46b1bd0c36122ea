"""A last layer whose loss gives the gradient by the scores: its backward has nothing left to do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from compare.check.calling.functions import BY_SCORES, OVER_N
from compare.check.i18n.text import Text
from compare.check.result import Judgement
from compare.core.outcome import Outcome
from compare.judge.verdict import Verdict

_LOSS_OF = {
    "softmax_layer": "layer.softmax_with_loss",
    "sigmoid_layer": "layer.sigmoid_with_loss",
}

_FOR_ANOTHER = Text(
    "its backward hands the gradient on, over N: it has to be given y - d, by the scores",
    "逆伝播は勾配を N で割って渡す: u についての勾配 y - d を渡すこと",
)


def with_their_losses(judgements: Sequence[Judgement]) -> list[Judgement]:
    """A layer that hands the gradient on is right beside a loss whose gradient is by the scores."""
    losses = {j.concept: j for j in judgements if _is_by_scores(j)}
    return [_with_its_loss(j, losses) for j in judgements]


def _with_its_loss(judgement: Judgement, losses: Mapping[str, Judgement]) -> Judgement:
    other = _hands_on(judgement)
    if other and (loss := losses.get(_LOSS_OF.get(judgement.concept, ""))):
        return _beside(judgement, loss)
    # nobody who forgets a derivative divides by N: it is for a loss of another file
    return _by(judgement, _FOR_ANOTHER) if other == OVER_N else judgement


def _is_by_scores(judgement: Judgement) -> bool:
    said = any(BY_SCORES.en in text.en for text in judgement.conventions)
    return judgement.outcome is Outcome.SAME and said


def _hands_on(judgement: Judgement) -> str | Text:
    """The derivative that it has in place of its own, where nothing else is wrong; or ""."""
    causes = [d.cause for d in judgement.diagnoses]
    other = judgement.diagnoses[0].blanks.get("other") if causes == ["other_slope"] else ""
    return other if other in ("identity", OVER_N) else ""


def _beside(judgement: Judgement, loss: Judgement) -> Judgement:
    said = Text(
        f"its backward hands the gradient on: that of {loss.found} is by the scores already",
        f"逆伝播は勾配をそのまま渡す: {loss.found} の勾配がすでに u についてのものであるため",
    )
    return replace(_by(judgement, said), parts=(*judgement.parts, loss.found))


def _by(judgement: Judgement, convention: Text) -> Judgement:
    """Right by what is said."""
    return replace(
        judgement, outcome=Outcome.SAME, diagnoses=(), conventions=(convention,),
        verdict=Verdict(()),
    )  # fmt: skip
