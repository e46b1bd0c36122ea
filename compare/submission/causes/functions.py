"""Mistakes in activation functions and their derivatives."""

from compare.submission.concept import Cause
from compare.submission.texts import Text

_SOFTMAX = "https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.softmax.html"

CAUSES = (
    Cause(
        "softmax_axis",
        Text("softmax over the wrong axis: {axis}", "softmax の軸が違います: {axis}"),
        Text(
            "Each sample is a row, and each row sums to 1: sum over axis=-1 with keepdims=True.",
            "1 行が 1 サンプルで、行ごとに和が 1 です。axis=-1, keepdims=True で和をとります。",
        ),
        "§3",
        _SOFTMAX,
    ),
)
