"""Mistakes in the accuracy of a batch."""

from compare.check.concept import mistake

_ARGMAX = "https://docs.pytorch.org/docs/stable/generated/torch.argmax.html"

CAUSES = (
    mistake(
        "accuracy_complement",
        "it is the share of samples in the wrong class",
        "不正解の割合になっています",
        "mean of y.argmax(axis=1) == d.argmax(axis=1): one class a row, counted where they are equal.",
        "y.argmax(axis=1) == d.argmax(axis=1) の平均です。一致した数を数えてください。",
        "§3", _ARGMAX,
    ),
    mistake(
        "accuracy_axis",
        "argmax is taken over the samples, not over the classes",
        "argmax がクラス方向ではなくサンプル方向です",
        "mean of y.argmax(axis=1) == d.argmax(axis=1): one class a row, over axis=1.",
        "y.argmax(axis=1) == d.argmax(axis=1) の平均です。軸は axis=1（クラス方向）です。",
        "§3", _ARGMAX,
    ),
    mistake(
        "accuracy_by_element",
        "it compares element by element, not sample by sample",
        "サンプルごとではなく要素ごとに比べています",
        "mean of y.argmax(axis=1) == d.argmax(axis=1): one class a row, and one comparison a sample.",
        "y.argmax(axis=1) == d.argmax(axis=1) の平均です。比較は 1 サンプルに 1 回です。",
        "§3", _ARGMAX,
    ),
    mistake(
        "accuracy_factor",
        "the number of right samples is multiplied by {is}, not by 1/N",
        "正解数に 1/N ではなく {is} が掛かっています",
        "mean of y.argmax(axis=1) == d.argmax(axis=1): one class a row, divided by the number of samples N, {should}.",
        "y.argmax(axis=1) == d.argmax(axis=1) の平均です。サンプル数 N で割ります（{should}）。",
        "§3", _ARGMAX,
    ),
)  # fmt: skip
