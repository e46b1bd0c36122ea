"""Mistakes in losses and their gradients."""

from compare.submission.concept import Cause
from compare.submission.texts import Text

_NN = "https://docs.pytorch.org/docs/stable/generated/torch.nn."
_MSE = _NN + "MSELoss.html"
_CE = _NN + "CrossEntropyLoss.html"
_BCE = _NN + "BCELoss.html"

CAUSES = (
    Cause(
        "loss_factor",
        Text(
            "the loss has a wrong constant factor: {is} times {of}",
            "損失の定数倍が違います: {of} の {is} 倍になっています",
        ),
        Text(
            "N samples of K numbers: the factor has to be one of {should}. Divide by the number "
            "of samples N once, such as d.shape[0].",
            "サンプル数 N、出力数 K のとき、係数は {should} のいずれかです。サンプル数 N"
            "（d.shape[0] など）で一度だけ割ってください。",
        ),
        "§3",
        _MSE,
    ),
    Cause(
        "loss_sign",
        Text("the loss has the wrong sign", "損失の符号が逆です"),
        Text(
            "A loss falls as y comes nearer to d: E = 1/2 mean (y - d)^2, and "
            "E = -1/N sum d log y with its minus.",
            "損失は y が d に近づくほど小さくなります。E = 1/2 mean (y - d)^2、"
            "交差エントロピーは先頭にマイナスが付き E = -1/N sum d log y です。",
        ),
        "§3",
        _CE,
    ),
    Cause(
        "not_squared",
        Text("the error is not squared: it sums {is}", "誤差が二乗されていません: {is} の和です"),
        Text(
            "E = 1/2 mean (y - d)^2: write np.mean((y - d) ** 2) / 2.",
            "E = 1/2 mean (y - d)^2 です。np.mean((y - d) ** 2) / 2 と書きます。",
        ),
        "§3",
        _MSE,
    ),
    Cause(
        "square_of_sum",
        Text("it squares the sum, not the errors", "誤差ごとではなく、和を二乗しています"),
        Text(
            "Square first, then sum: np.sum((y - d) ** 2), not np.sum(y - d) ** 2.",
            "先に二乗してから和をとります。np.sum(y - d) ** 2 ではなく np.sum((y - d) ** 2) です。",
        ),
        "§3",
        _MSE,
    ),
    Cause(
        "square_of_one",
        Text(
            "only one of y and d is squared: it sums {is}",
            "y と d の片方だけが二乗されています: {is} の和です",
        ),
        Text(
            "** binds more tightly than -: put the difference in brackets, (y - d) ** 2.",
            "** は - より先に計算されます。差を括弧に入れて (y - d) ** 2 と書いてください。",
        ),
        "§3",
        _MSE,
    ),
    Cause(
        "added",
        Text("it squares y + d, not y - d", "y - d ではなく y + d を二乗しています"),
        Text(
            "The error is the difference: E = 1/2 mean (y - d)^2.",
            "誤差は差です。E = 1/2 mean (y - d)^2 としてください。",
        ),
        "§3",
        _MSE,
    ),
    Cause(
        "root",
        Text(
            "it takes the square root: this is the RMSE, not the squared error",
            "平方根をとっています: 二乗誤差ではなく RMSE です",
        ),
        Text(
            "Leave out np.sqrt: the gradient (y - d)/N is that of E = 1/(2N) sum (y - d)^2.",
            "np.sqrt を外してください。勾配 (y - d)/N は E = 1/(2N) sum (y - d)^2 のものです。",
        ),
        "§3",
        _MSE,
    ),
    Cause(
        "not_one_number",
        Text(
            "the loss has to be one number, but it has shape {shape}",
            "損失は 1 つの数のはずですが、形が {shape} の配列です",
        ),
        Text(
            "Reduce over both axes: np.sum(...) / N, without axis.",
            "両方の軸について和をとります。axis を付けずに np.sum(...) / N としてください。",
        ),
        "§3",
        _MSE,
    ),
    Cause(
        "gradient_sign",
        Text("the gradient has the wrong sign", "勾配の符号が逆です"),
        Text(
            "E = 1/2 (y - d)^2 has dE/dy = y - d, the prediction minus the target; p -= lr grad "
            "then descends.",
            "E = 1/2 (y - d)^2 の勾配は dE/dy = y - d（予測 − 目標）です。p -= lr * grad で"
            "損失が下がります。",
        ),
        "§3",
        _MSE,
    ),
    Cause(
        "gradient_factor",
        Text(
            "the gradient has a wrong constant factor: {is} times {of}",
            "勾配の定数倍が違います: {of} の {is} 倍になっています",
        ),
        Text(
            "N samples of K numbers: the factor has to be one of {should}, and that of the loss "
            "that is differentiated.",
            "サンプル数 N、出力数 K のとき、係数は {should} のいずれかで、微分する損失の係数と"
            "一致していなければなりません。",
        ),
        "§5",
        _MSE,
    ),
    Cause(
        "loss_for_gradient",
        Text(
            "it is the squared error of each element, not its derivative",
            "導関数ではなく、要素ごとの二乗誤差です",
        ),
        Text(
            "The derivative of 1/2 (y - d)^2 by y is y - d.",
            "1/2 (y - d)^2 を y で微分すると y - d です。",
        ),
        "§5",
        _MSE,
    ),
    Cause(
        "gradient_summed",
        Text("the gradient is summed over {over}", "勾配が足し合わされています（{over}）"),
        Text(
            "The gradient by y has the shape of y: (y - d)/N, no sum and no mean.",
            "y についての勾配は y と同じ形です。(y - d)/N のように、和も平均もとりません。",
        ),
        "§5",
        _MSE,
    ),
)
