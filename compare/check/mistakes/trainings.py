"""Mistakes in a training, as its own run shows them."""

from compare.check.concept import mistake

_DOCS = "https://docs.pytorch.org/docs/stable"
_OPTIMIZER = f"{_DOCS}/optim.html"
_LOADER = f"{_DOCS}/data.html"

CAUSES = (
    mistake(
        "stale_in_loop",
        "each turn goes on from what line {line} computed of the weights before: {code}",
        "{line} 行目で以前の重みから計算した値のまま更新が続きます: {code}",
        "Compute it anew in each turn, of the samples of that turn and the weights as they are "
        "then.",
        "更新のたびに、その回のサンプルと現在の重みから計算し直してください。",
        "§5", _OPTIMIZER,
    ),
    mistake(
        "looked_between",
        "line {line} overwrites what the way back goes on from: {code}",
        "{line} 行目が、逆伝播で使う値を上書きしています: {code}",
        "Compute it after the way back, or before the forward pass of the training samples.",
        "逆伝播の後か、学習サンプルの順伝播の前に計算してください。",
        "§5", _OPTIMIZER,
    ),
    mistake(
        "moved_one_by_one",
        "weights are moved before the gradients of the others are computed",
        "他の重みの勾配を計算する前に、先に重みが更新されています",
        "Compute all gradients of a step at the same weights; then move all weights.",
        "同じ重みですべての勾配を計算してから、まとめて更新してください。",
        "§4", _OPTIMIZER,
    ),
    mistake(
        "targets_of_others",
        "{function} is handed samples of {samples} with the rows of {targets} of other samples",
        "{function} に渡される {samples} のサンプルと {targets} の行が対応していません",
        "Take both with the same indices: x[order] with t[order].",
        "同じ添字で両方を取り出してください: x[order] と t[order] です。",
        "§4", _LOADER,
    ),
    mistake(
        "weights_missing_in_gradient",
        "the gradient of {name} lacks {rate} times {name}, which the penalty in the loss adds to it",
        "{name} の勾配に、損失の正則化項の微分（{name} の {rate} 倍）が足りません",
        "Differentiate the penalty as it stands in the loss: reg sum W^2 gives 2 reg W, of each "
        "weight that it sums.",
        "損失の正則化項をそのまま微分してください: reg ΣW² なら、和をとった重みごとに 2 reg W です。",
        "§4", _OPTIMIZER,
    ),
    mistake(
        "divided_again",
        "gradients that are a mean over the samples are divided by their number ({count}) again: "
        "the rate is not {rate}",
        "すでにサンプル平均の勾配を、さらにサンプル数（{count}）で割っています: 学習率が {rate} "
        "になりません",
        "Divide once: in the gradient, or in the step.",
        "割るのは一度だけにしてください: 勾配か更新のどちらかです。",
        "§4", _OPTIMIZER,
    ),
)  # fmt: skip
