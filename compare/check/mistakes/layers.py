"""Mistakes in layers: the affine map, its gradients, and what a layer keeps between passes."""

from compare.check.concept import Mistake
from compare.check.i18n.text import Text

_LINEAR = "https://docs.pytorch.org/docs/stable/generated/torch.nn.Linear.html"
_ZERO_GRAD = "https://docs.pytorch.org/docs/stable/generated/torch.optim.Optimizer.zero_grad.html"

CAUSES = (
    Mistake(
        "bias_missing",
        Text("the bias is not added", "バイアスが足されていません"),
        Text("u = x W + b: add b to every row.", "u = x W + b です。各行に b を足してください。"),
        "§1",
        _LINEAR,
    ),
    Mistake(
        "bias_summed",
        Text(
            "one number is added for the bias, the sum of b",
            "バイアスとして b の和という 1 つの数が足されています",
        ),
        Text(
            "u = x W + b: b has one element for each unit, and is added to every row.",
            "u = x W + b です。b はユニットごとに 1 要素を持ち、各行に足します。",
        ),
        "§1",
        _LINEAR,
    ),
    Mistake(
        "activation_inside",
        Text(
            "the affine map applies {other} as well",
            "アフィン変換の中で {other} まで適用しています",
        ),
        Text(
            "u = x W + b; the activation is a step of its own.",
            "u = x W + b までです。活性化関数は別の段階です。",
        ),
        "§1",
        _LINEAR,
    ),
    Mistake(
        "bias_gradient_one_number",
        Text(
            "the gradient of the bias is summed to one number",
            "バイアスの勾配が 1 つの数に合計されています",
        ),
        Text(
            "grad b = delta.sum(axis=0): over the batch only, one element for each unit.",
            "grad b = delta.sum(axis=0) です。バッチ方向だけに和をとり、ユニットごとに残します。",
        ),
        "§5",
        _LINEAR,
    ),
    Mistake(
        "bias_gradient_over_units",
        Text(
            "the gradient of the bias is summed over the units instead of the batch",
            "バイアスの勾配をバッチ方向ではなくユニット方向に合計しています",
        ),
        Text(
            "grad b = delta.sum(axis=0): over the samples.",
            "grad b = delta.sum(axis=0) です。サンプルについて和をとります。",
        ),
        "§5",
        _LINEAR,
    ),
    Mistake(
        "bias_gradient_not_summed",
        Text(
            "the gradient of the bias is not summed over the batch",
            "バイアスの勾配がバッチについて合計されていません",
        ),
        Text(
            "Every sample adds to b: grad b = delta.sum(axis=0).",
            "b はすべてのサンプルに足されるので、grad b = delta.sum(axis=0) です。",
        ),
        "§5",
        _LINEAR,
    ),
    Mistake(
        "bias_gradient_missing",
        Text("the gradient of the bias is never computed", "バイアスの勾配が計算されていません"),
        Text(
            "grad b = delta.sum(axis=0): without it the bias stays as it was.",
            "grad b = delta.sum(axis=0) です。これがないとバイアスは更新されません。",
        ),
        "§5",
        _LINEAR,
    ),
    Mistake(
        "weight_gradient_missing",
        Text("the gradient of the weights is never computed", "重みの勾配が計算されていません"),
        Text(
            "grad W = x^T delta: without it the weights stay as they were.",
            "grad W = x^T delta です。これがないと重みは更新されません。",
        ),
        "§5",
        _LINEAR,
    ),
    Mistake(
        "averaged",
        Text(
            "{what} is averaged over the batch and the other gradients are not",
            "{what} だけがバッチで平均されています",
        ),
        Text(
            "{formula}: summed; the division by N is in delta already.",
            "{formula} で、和をとります。N による割り算は delta に含まれています。",
        ),
        "§5",
        _LINEAR,
    ),
    Mistake(
        "layer_ascends",
        Text(
            "the step goes up the gradient: lr times the gradient is added to {what}",
            "勾配を上る向きに更新しています: {what} に lr × 勾配を足しています",
        ),
        Text(
            "Subtract it: W -= lr * grad W, b -= lr * grad b.",
            "引いてください: W -= lr * grad W、b -= lr * grad b です。",
        ),
        "§5",
        _ZERO_GRAD,
    ),
    Mistake(
        "updated_too_soon",
        Text(
            "W is changed before the gradient of the input is computed: grad x takes the new W",
            "入力の勾配を計算する前に W を更新しています: grad x が新しい W で計算されます",
        ),
        Text(
            "First grad x = delta W^T with the W of the forward pass, then W -= lr * grad W.",
            "先に順伝播のときの W で grad x = delta W^T を計算し、その後で W -= lr * grad W と"
            "します。",
        ),
        "§5",
        _LINEAR,
    ),
    Mistake(
        "transpose_missing",
        Text(
            "{what} is not transposed: the shapes fit only where all sizes are the same",
            "{what} が転置されていません: 大きさが同じときにしか形が合いません",
        ),
        Text(
            "Transpose it: {formula} for samples as rows and W of (inputs, outputs).",
            "転置してください: サンプルが行、W が（入力, 出力）なら {formula} です。",
        ),
        "§5",
        _LINEAR,
    ),
    Mistake(
        "delta_passed_on",
        Text(
            "the gradient of the input is not multiplied by the weights",
            "入力の勾配に重みが掛けられていません",
        ),
        Text("grad x = delta W^T.", "grad x = delta W^T です。"),
        "§5",
        _LINEAR,
    ),
    Mistake(
        "gradients_accumulate",
        Text(
            "the gradients of one pass are added to those of the pass before: {what}",
            "前回の勾配に今回の勾配が加算されています: {what}",
        ),
        Text(
            "Assign them: self.dW = x.T @ delta, not +=; or set them to 0 before each pass.",
            "代入してください: += ではなく self.dW = x.T @ delta。または毎回 0 に戻します。",
        ),
        "§5",
        _ZERO_GRAD,
    ),
    Mistake(
        "stale_input",
        Text(
            "backward uses the input of an earlier pass",
            "逆伝播が以前の順伝播の入力を使っています",
        ),
        Text(
            "Keep x anew in every forward pass: self.x = x.",
            "順伝播のたびに x を保存し直してください: self.x = x。",
        ),
        "§5",
        _LINEAR,
    ),
)
