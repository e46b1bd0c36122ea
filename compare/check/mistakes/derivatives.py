"""Mistakes in the derivatives of activation functions."""

from compare.check.concept import mistake

_DOCS = "https://docs.pytorch.org/docs/stable/generated/torch.nn."
_SOFTMAX, _RELU = _DOCS + "functional.softmax.html", _DOCS + "ReLU.html"
_SIGMOID, _TANH = _DOCS + "Sigmoid.html", _DOCS + "Tanh.html"
_STEP = "https://docs.pytorch.org/docs/stable/generated/torch.heaviside.html"
_AUTOGRAD = "https://docs.pytorch.org/docs/stable/notes/autograd.html"

CAUSES = (
    mistake(
        "relu_slope_at_zero",
        "the derivative of relu is {value} at u = 0",
        "relu の導関数が u = 0 で {value} です",
        "relu'(u) = 1 if u > 0 else 0: 0 at u = 0, as in the course and in torch.",
        "relu'(u) は u > 0 なら 1、それ以外は 0 です。u = 0 では講座も torch も 0 とします。",
        "§2", _RELU,
    ),
    mistake(
        "other_slope",
        "it is the derivative of {other}, not of {own}",
        "{own} ではなく {other} の導関数です",
        "The backward pass needs the derivative of the function of the forward pass: {formula}.",
        "逆伝播には順伝播で使った関数の導関数が必要です: {formula}。",
        "§5", _AUTOGRAD,
    ),
    mistake(
        "slope_at_z",
        "the derivative is taken at z = {own}(u) instead of at u",
        "導関数を u ではなく z = {own}(u) で評価しています",
        "{formula}; where z is at hand already, do not apply {own} to it again.",
        "{formula} です。z が手元にあるときは、{own} をもう一度適用しないでください。",
        "§5", _AUTOGRAD,
    ),
    mistake(
        "slope_of_u",
        "the formula for z is applied to u: {wrong} instead of {formula}",
        "z についての式を u に使っています: {formula} ではなく {wrong} です",
        "{formula}: compute z = {own}(u) first, or pass z.",
        "{formula} です。先に z = {own}(u) を計算するか、z を渡してください。",
        "§5", _AUTOGRAD,
    ),
    mistake(
        "slope_formula",
        "the derivative follows a wrong formula: {wrong} instead of {formula}",
        "導関数の式が違います: {formula} ではなく {wrong} です",
        "Write {formula}.",
        "{formula} と書きます。",
        "§2", _AUTOGRAD,
    ),
    mistake(
        "softmax_diagonal",
        "only the diagonal of softmax's Jacobian is used: y (1 - y)",
        "softmax のヤコビ行列の対角成分 y (1 - y) だけを使っています",
        "dy_i/du_j = y_i (1[i=j] - y_j), so that du = y * (dy - sum_k dy_k y_k) for each row.",
        "dy_i/du_j = y_i (1[i=j] - y_j) なので、行ごとに du = y * (dy - sum_k dy_k y_k) です。",
        "§3", _SOFTMAX,
    ),
    mistake(
        "delta_missing",
        "the gradient that comes from above is not multiplied in",
        "上の層から来た勾配が掛けられていません",
        "delta_u = delta_z * f'(u): multiply what comes in by the derivative.",
        "delta_u = delta_z * f'(u) です。受け取った勾配に導関数を掛けてください。",
        "§5", _AUTOGRAD,
    ),
    mistake(
        "mask_of_delta",
        "relu's mask is taken of the gradient instead of u",
        "relu のマスクを u ではなく勾配の符号で作っています",
        "delta_u = delta_z * (u > 0): what was positive in the forward pass lets through.",
        "delta_u = delta_z * (u > 0) です。順伝播で正だった要素だけが勾配を通します。",
        "§5", _RELU,
    ),
    mistake(
        "mutates_gradient",
        "backward changes the gradient {name} that it is given in place",
        "backward が受け取った勾配 {name} を書き換えています",
        "Harmless in a chain of layers, wrong where two layers share it: {name} = {name}.copy(), "
        "or a product {name} * mask.",
        "直列の層では無害ですが、分岐で共有すると誤ります: {name} = {name}.copy() とするか、"
        "{name} * mask と書きます。",
        "§5", _RELU, warning=True,
    ),
)  # fmt: skip
