"""Mistakes in what trains a network: its penalty, what its gradients are divided by, its update."""

from compare.check.concept import mistake

_DOCS = "https://docs.pytorch.org/docs/stable/generated/torch.nn"
_CROSS_ENTROPY = f"{_DOCS}.CrossEntropyLoss.html"
_SGD = "https://docs.pytorch.org/docs/stable/generated/torch.optim.SGD.html"
_ZERO = "https://docs.pytorch.org/docs/stable/generated/torch.optim.Optimizer.zero_grad.html"

CAUSES = (
    mistake(
        "network_accumulates",
        "the gradients of the batch before are added to these",
        "前のバッチの勾配が足し込まれています",
        "Set the gradients in each backward pass: dW = x.T @ delta, not dW += x.T @ delta.",
        "逆伝播のたびに勾配を計算し直してください: dW += ではなく dW = x.T @ delta です。",
        "§5", _ZERO,
    ),
    mistake(
        "updated_too_early",
        "W2 is updated before the error is handed down through it",
        "誤差を前の層に伝える前に W2 が更新されています",
        "Compute every delta and gradient first; then update all weights.",
        "すべての delta と勾配を計算してから、重みをまとめて更新してください。",
        "§5", _SGD,
    ),
    mistake(
        "network_never_moves",
        "all gradients are zero: a step of training moves no weight",
        "すべての勾配が 0 です: 学習を 1 ステップ進めても重みが動きません",
        "W -= lr * grad, on the weights that the forward pass uses, not on a copy.",
        "コピーではなく、順伝播が使う重みに W -= lr * grad を適用してください。",
        "§4", _SGD,
    ),
    mistake(
        "decay_of_biases",
        "the gradient of {name} has {factor} b, and the penalty of the loss has no biases",
        "{name} の勾配に {factor} b がありますが、損失の正則化項にバイアスはありません",
        "Leave the biases out of the gradient of the penalty, as the loss does.",
        "損失と同じく、正則化の勾配からもバイアスを除いてください。",
        "§5", _SGD,
    ),
    mistake(
        "decay_not_in_loss",
        "weight decay ({factor} W) is in the gradients of {name}, and not in the loss",
        "{name} の勾配には荷重減衰（{factor} W）がありますが、損失にはありません",
        "Add lambda/2 sum W^2 to the loss as well, or take lambda W out of the gradients.",
        "損失にも λ/2 ΣW² を加えるか、勾配から λW を取り除いてください。",
        "§4", _SGD,
    ),
    mistake(
        "decay_differs",
        "the penalty of the loss is {loss}/2 sum W^2, and the gradients have {gradient} W",
        "損失の正則化項は {loss}/2 ΣW² ですが、勾配では {gradient} W になっています",
        "reg sum W^2 has the derivative 2 reg W, and lambda/2 sum W^2 has lambda W.",
        "reg ΣW² の微分は 2 reg W、λ/2 ΣW² の微分は λW です。",
        "§4", _SGD,
    ),
    mistake(
        "decay_not_in_gradient",
        "weight decay ({rate}) is in the loss, and not in the gradients",
        "損失には荷重減衰（{rate}）がありますが、勾配にはありません",
        "Add lambda W to grad W.",
        "∂E/∂W に λW を加えてください。",
        "§4", _SGD,
    ),
    mistake(
        "decay_not_in_some",
        "weight decay ({rate}) of {name} is in the loss, and not in the gradient of {name}",
        "損失には {name} の荷重減衰（{rate}）がありますが、{name} の勾配にはありません",
        "Add lambda W to grad W of each weight that the loss adds up.",
        "損失に加えたすべての重みについて、∂E/∂W に λW を加えてください。",
        "§4", _SGD,
    ),
    mistake(
        "divided_by_constant",
        "the sum over the batch is divided by {constant}, whatever the size of the batch",
        "バッチの和が、バッチの大きさによらず {constant} で割られています",
        "Divide by the number of samples at hand, len(x): the last batch of an epoch may be "
        "shorter.",
        "その場のサンプル数 len(x) で割ってください。エポックの最後のバッチは短いことがあります。",
        "§4", _CROSS_ENTROPY,
    ),
    mistake(
        "divided_by_features",
        "the sum over the batch is divided by the number of features",
        "バッチの和が、サンプル数ではなく特徴量の数で割られています",
        "N is the number of samples: x.shape[0] where samples are rows, x.shape[1] where they "
        "are columns.",
        "N はサンプル数です。サンプルが行なら x.shape[0]、列なら x.shape[1] です。",
        "§4", _CROSS_ENTROPY,
    ),
    mistake(
        "never_updated",
        "{name} is not updated",
        "{name} が更新されていません",
        "Update every weight and every bias: b -= lr * grad b.",
        "重みとバイアスをすべて更新してください: b -= lr·∂E/∂b。",
        "§4", _SGD,
    ),
    mistake(
        "rate_in_gradients",
        "the gradients are multiplied by the learning rate already",
        "勾配にすでに学習率が掛けられています",
        "Then the update must not multiply by it again: W -= step. Usually the way back gives "
        "the gradients, and the update has the rate.",
        "この場合、更新ではもう一度掛けないでください: W -= step。普通は、逆伝播は勾配を返し、"
        "学習率は更新で掛けます。",
        "§4", _SGD, warning=True,
    ),
    mistake(
        "rate_applied_twice",
        "the learning rate is multiplied in twice",
        "学習率が二重に掛けられています",
        "W -= lr * grad W, once: the gradient itself has no rate in it.",
        "W -= lr·∂E/∂W と、一度だけ掛けてください。勾配そのものに学習率は入りません。",
        "§4", _SGD,
    ),
    mistake(
        "penalty_of_every_sample",
        "the penalty of the weights is added once for every sample",
        "重みの正則化項がサンプルごとに足されています",
        "Add lambda/2 sum W^2 once, after the loop over the samples.",
        "λ/2 ΣW^2 は、サンプルのループの後で 1 回だけ足してください。",
        "§4", _SGD,
    ),
)  # fmt: skip
