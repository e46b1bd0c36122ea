"""Mistakes in variables that differentiate what was computed from them."""

from __future__ import annotations

from compare.check.concept import mistake

_AUTOGRAD = "https://docs.pytorch.org/docs/stable/notes/autograd.html"

CAUSES = (
    mistake(
        "gradient_overwritten",
        "a variable that is used twice keeps the gradient of one use alone, as in {wrong}",
        "2 回使われた変数に、1 回分の勾配しか残りません（例: {wrong}）",
        "The gradients of all uses are added: grad += ..., and not grad = ...",
        "すべての使われ方からの勾配を足します。grad = ... ではなく grad += ... とします。",
        "§5",
        _AUTOGRAD,
    ),
    mistake(
        "handed_on_too_early",
        "the gradient of an intermediate result is handed on before all of it has arrived, as in "
        "{wrong}",
        "途中の結果の勾配が、全部そろう前に先へ渡されています（例: {wrong}）",
        "Go back in topological order: a variable hands its gradient on once all that was computed "
        "from it has been visited, and once only.",
        "トポロジカル順に戻ります。それを使った計算をすべて処理してから、一度だけ勾配を渡します。",
        "§5",
        _AUTOGRAD,
    ),
    mistake(
        "operation_differentiated_wrongly",
        "the gradient is not right in {wrong}; it is in {right}",
        "{wrong} の勾配が違います。正しいのは {right} です",
        "Differentiate each operand of that operation, and multiply by the gradient that arrives.",
        "その演算を引数ごとに微分し、届いた勾配を掛けてください。",
        "§5",
        _AUTOGRAD,
    ),
    mistake(
        "operation_differentiated_times",
        "the gradient in {wrong} is {factor} times what it should be; right are {right}",
        "{wrong} の勾配が正しい値の {factor} 倍です。正しいのは {right} です",
        "Differentiate each operand of that operation, and multiply by the gradient that arrives.",
        "その演算を引数ごとに微分し、届いた勾配を掛けてください。",
        "§5",
        _AUTOGRAD,
    ),
    mistake(
        "operation_computes_another",
        "{wrong} has another value than in Python and torch",
        "{wrong} の値が Python や torch と違います",
        "Look at what the method of that operator returns: __rsub__ and __rtruediv__ have the "
        "variable on the right.",
        "その演算子のメソッドが返す値を見直してください。__rsub__ と __rtruediv__ では変数が右側です。",
        "§5",
        _AUTOGRAD,
    ),
)
