"""Mistakes in derivatives of what is no formula of the course, held against differences of it."""

from compare.check.concept import Mistake
from compare.check.i18n.text import Text

_GRADCHECK = (
    "https://docs.pytorch.org/docs/stable/generated/torch.autograd.gradcheck.gradcheck.html"
)

CAUSES = (
    Mistake(
        "not_its_own_derivative",
        Text("it is not the derivative of {of}: differences of {of} give other numbers",
             "{of} の導関数になっていません（{of} の数値微分と値が違います）"),
        Text("Differentiate {of} line by line: a product for each step of the chain, and a sum over "
             "every way in which the argument comes in. Then compare with "
             "({of}(x + h) - {of}(x - h)) / 2h at a few numbers.",
             "{of} を 1 行ずつ微分してください。合成のたびに積をとり、引数が複数の場所に出てくれば和をとります。"
             "そのあと、いくつかの値で ({of}(x + h) - {of}(x - h)) / 2h と比べてください。"),
        "§5", _GRADCHECK,
    ),
    Mistake(
        "not_the_gradient_beside_it",
        Text("the gradient that it returns is not the derivative of the loss that it returns",
             "返している勾配が、返している損失の微分になっていません"),
        Text("Differentiate every term of the loss, the penalty too, and divide by what the loss is "
             "divided by. Then compare with (E(x + h) - E(x - h)) / 2h at a few numbers.",
             "正則化項も含めて損失の各項を微分し、損失と同じ数で割ってください。"
             "そのあと、いくつかの値で (E(x + h) - E(x - h)) / 2h と比べてください。"),
        "§5", _GRADCHECK,
    ),
    Mistake(
        "own_derivative_negated",
        Text("it is the derivative of {of} with the wrong sign", "{of} の導関数と符号が逆です"),
        Text("Take the minus out, or put it in: the loss falls against the gradient.",
             "符号を見直してください。損失は勾配と逆の向きに減ります。"),
        "§5", _GRADCHECK,
    ),
    Mistake(
        "own_derivative_scaled",
        Text("it is {factor} times the derivative of {of}", "{of} の導関数の {factor} 倍になっています"),
        Text("A factor of the function stands in its derivative, too. Of a loss, reduce both alike: "
             "both a sum or both a mean, with the 1/2 in both or in none.",
             "関数に掛かる数は、導関数にも掛かります。損失なら、両方を同じとり方にしてください"
             "（和か平均か、1/2 を付けるかどうか）。"),
        "§3", _GRADCHECK,
    ),
    Mistake(
        "own_backward_scaled",
        Text("what it hands back is {factor} times the derivative of its forward pass",
             "逆伝播で返す値が、順伝播の微分の {factor} 倍になっています"),
        Text("What forward multiplies its result by, backward multiplies the gradient by: the "
             "1/keep of dropout stands in both.",
             "順伝播で掛けた数は、逆伝播でも勾配に掛けます。ドロップアウトの 1/keep も両方に必要です。"),
        "§5", _GRADCHECK,
    ),
)  # fmt: skip
