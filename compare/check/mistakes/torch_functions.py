"""Mistakes in functions of no course that torch has by the same name."""

from __future__ import annotations

from compare.check.concept import Mistake, mistake

_FUNCTIONS = "https://docs.pytorch.org/docs/stable/nn.functional.html"


def _cause(key: str, en: str, ja: str, advice_en: str, advice_ja: str) -> Mistake:
    return mistake(key, en, ja, advice_en, advice_ja, "§2", _FUNCTIONS)


CAUSES = (
    _cause(
        "unlike_torch",
        "{agreed} of {told} numbers are those of {torch}, the others are not",
        "{told} 個のうち {agreed} 個の値が {torch} と一致し、残りは違います",
        "Compare both where they begin to differ: a condition, a boundary or a setting.",
        "値が違い始めるところで、条件・境界・設定を比べてください。",
    ),
    _cause(
        "unlike_torch_scaled",
        "it is {factor} times {torch}",
        "{torch} の {factor} 倍になっています",
        "Take the factor out, or say in its name that it is another function.",
        "その係数を取るか、別の関数とわかる名前にしてください。",
    ),
    _cause(
        "unlike_torch_partly",
        "it is {torch} where {rest}, and not where {part}: there {there}",
        "{rest} では {torch} と一致し、{part} では違います。そこでは{there}",
        "Look at the branch of the function for these numbers, and at its boundary.",
        "その範囲の場合分けと境界を見直してください。",
    ),
)
