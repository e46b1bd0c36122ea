"""Mistakes in the gradients of losses."""

from compare.check.concept import mistake

_NN = "https://docs.pytorch.org/docs/stable/generated/torch.nn."
_MSE = _NN + "MSELoss.html"
_CE = _NN + "CrossEntropyLoss.html"
_GRADCHECK = (
    "https://docs.pytorch.org/docs/stable/generated/torch.autograd.gradcheck.gradcheck.html"
)
_BCE = _NN + "BCELoss.html"

CAUSES = (
    mistake(
        "gradient_sign",
        "the gradient has the wrong sign",
        "勾配の符号が逆です",
        "E = 1/2 (y - d)^2 has dE/dy = y - d, the prediction minus the target; p -= lr grad "
        "then descends.",
        "E = 1/2 (y - d)^2 の勾配は dE/dy = y - d（予測 − 目標）です。p -= lr * grad で"
        "損失が下がります。",
        "§3", _MSE,
    ),
    mistake(
        "gradient_factor",
        "the gradient has a wrong constant factor: {is} times {of}",
        "勾配の定数倍が違います: {of} の {is} 倍になっています",
        "N samples of K numbers: the factor has to be one of {should}, and that of the loss "
        "that is differentiated.",
        "サンプル数 N、出力数 K のとき、係数は {should} のいずれかで、微分する損失の係数と"
        "一致していなければなりません。",
        "§5", _MSE,
    ),
    mistake(
        "loss_for_gradient",
        "it is the squared error of each element, not its derivative",
        "導関数ではなく、要素ごとの二乗誤差です",
        "The derivative of 1/2 (y - d)^2 by y is y - d.",
        "1/2 (y - d)^2 を y で微分すると y - d です。",
        "§5", _MSE,
    ),
    mistake(
        "gradient_summed",
        "the gradient is summed over {over}",
        "勾配が足し合わされています（{over}）",
        "The gradient by y has the shape of y: (y - d)/N, no sum and no mean.",
        "y についての勾配は y と同じ形です。(y - d)/N のように、和も平均もとりません。",
        "§5", _MSE,
    ),
    mistake(
        "binary_denominators_exchanged",
        "the denominators y and 1 - y are exchanged",
        "分母の y と 1 - y が入れ替わっています",
        "dE/dy = (1-d)/(1-y) - d/y: what stands in the log stands below.",
        "dE/dy = (1-d)/(1-y) - d/y です。log の中身が分母になります。",
        "§5", _BCE,
    ),
    mistake(
        "binary_gradient_terms",
        "a term of the binary cross-entropy's gradient is missing or has the wrong sign: it "
        "is {is}",
        "2 値交差エントロピーの勾配の項が足りないか、符号が違います: {is} になっています",
        "dE/dy = (1-d)/(1-y) - d/y: log(1-y) has the derivative -1/(1-y).",
        "dE/dy = (1-d)/(1-y) - d/y です。log(1-y) の導関数は -1/(1-y) です。",
        "§5", _BCE,
    ),
    mistake(
        "derivative_twice",
        "the output's derivative comes twice: it computes {is}",
        "出力層の微分が余分です: {is} を計算しています",
        "With the loss in one, dE/du = y - d already contains the derivative of the output.",
        "損失と合わせた勾配 dE/du = y - d には、出力層の微分がすでに含まれています。",
        "§5", _CE,
    ),
    mistake(
        "target_not_subtracted",
        "the target is not subtracted: the gradient is the output itself",
        "目標値が引かれていません: 勾配が出力 y そのものです",
        "dE/du = (y - d)/N; for class indices dx[np.arange(N), d] -= 1 before / N.",
        "dE/du = (y - d)/N です。クラス番号なら N で割る前に dx[np.arange(N), d] -= 1 とします。",
        "§5", _CE,
    ),
    mistake(
        "target_added",
        "the target is added and not subtracted: the gradient is that of y + d",
        "目標値を引かずに足しています: 勾配が y + d のものです",
        "dE/du = (y - d)/N: the output minus the target.",
        "dE/du = (y - d)/N です。出力から目標値を引きます。",
        "§5", _CE,
    ),
    mistake(
        "only_the_class",
        "only the element of the class has a gradient; the others are 0",
        "正解クラスの要素だけに勾配があり、他が 0 です",
        "dE/du = (y - d)/N for every class: y stays where d = 0.",
        "どのクラスでも dE/du = (y - d)/N です。d = 0 の要素には y が残ります。",
        "§5", _CE,
    ),
    mistake(
        "not_the_loss_differentiated",
        "the loss reported is not the loss differentiated: the loss is {loss}, the gradient "
        "is that of {other}, {factor} times as much",
        "表示する損失と微分した損失が違います: 損失は {loss}、勾配は {other} のもので、"
        "{factor} 倍です",
        "Both have to have the same factor: E = 1/(2N) sum (y - d)^2 has dE/dy = (y - d)/N, "
        "and the mean cross-entropy E = -1/N sum d log y has dE/du = (y - d)/N.",
        "両者の係数を揃えてください。E = 1/(2N) sum (y - d)^2 なら dE/dy = (y - d)/N、"
        "平均の交差エントロピー E = -1/N sum d log y なら dE/du = (y - d)/N です。",
        "§5", _GRADCHECK,
    ),
    mistake(
        "backward_changes_output",
        "backward changes the kept output in place: a second backward gives another gradient",
        "backward が保存した出力を書き換えています: 二回目の backward で勾配が変わります",
        "Work on a copy: dx = self.y.copy() before dx[np.arange(N), self.t] -= 1.",
        "コピーで計算します。dx[np.arange(N), self.t] -= 1 の前に dx = self.y.copy() と"
        "してください。",
        "§5", _CE,
    ),
)  # fmt: skip
