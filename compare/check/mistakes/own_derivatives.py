"""Mistakes in derivatives of what is no formula of the course, held against differences of it."""

from compare.check.concept import Mistake, mistake

_GRADCHECK = (
    "https://docs.pytorch.org/docs/stable/generated/torch.autograd.gradcheck.gradcheck.html"
)


def _cause(key: str, en: str, ja: str, advice_en: str, advice_ja: str) -> Mistake:
    return mistake(key, en, ja, advice_en, advice_ja, "§5", _GRADCHECK)


# number by number
_RELATIONS = (
    _cause(
        "own_gradient_negated",
        "{which} has the wrong sign",
        "{which}の符号が逆です",
        "Take the minus out, or put it in: an inner function such as d - y has the derivative -1.",
        "符号を見直してください。d - y のような内側の関数の微分は -1 です。",
    ),
    _cause(
        "own_gradient_scaled",
        "{which} is {factor} times what it should be",
        "{which}が正しい値の {factor} 倍になっています",
        "A factor of the function stands in its derivative, too; and a mean of N numbers divides "
        "by N on the way back as well.",
        "関数に掛かる数は、導関数にも掛かります。N 個の平均なら、逆伝播でも N で割ります。",
    ),
    _cause(
        "own_always_zero",
        "{which} is always 0",
        "{which}がいつも 0 です",
        "Return what was computed, and not the array that was made for it; integer arrays cut off.",
        "計算した値を返しているか、用意した配列のままでないか確かめてください。整数の配列では小数が切り捨てられます。",
    ),
    _cause(
        "own_should_be_zero",
        "{which} should be 0",
        "{which}は 0 になるはずです",
        "Where the function does not change, its derivative is 0: use the same condition in both.",
        "関数の値が変わらないところでは微分は 0 です。順伝播と同じ条件を使ってください。",
    ),
    _cause(
        "own_upstream_ignored",
        "{which} is the derivative alone: {above}, the gradient from above, is not used",
        "{which}が導関数だけになっていて、上流からの勾配 {above} が使われていません",
        "The chain rule multiplies: return {above} times the derivative.",
        "連鎖律では掛け合わせます。{above} に導関数を掛けて返してください。",
    ),
    _cause(
        "own_flat_let_through",
        "{which}: {above} is let through where {of} is cut off, as at the 0 of a relu; elsewhere it "
        "is right",
        "{which}: {of} が一定になるところ（relu の 0 など）でも {above} をそのまま流しています。ほかでは正しい値です",
        "Set {above} to 0 there before anything else is computed from it: the mask is of what the "
        "function cut off, u <= 0 of relu(u), and not of its input.",
        "ほかの計算をする前に、そこの {above} を 0 にしてください。マスクは関数が切り捨てた値（relu(u) なら u <= 0）"
        "で決め、入力では決めません。",
    ),
    _cause(
        "own_handed_on",
        "{which} is {above}, handed on as it came: the derivative is missing",
        "{which}が {above} のままで、微分が掛かっていません",
        "Multiply {above} by the derivative of the forward pass: what forward multiplied by, such "
        "as a mask, backward multiplies by.",
        "{above} に順伝播の微分を掛けてください。順伝播で掛けたもの（マスクなど）は逆伝播でも掛けます。",
    ),
    _cause(
        "own_forward_value",
        "{which} is the value of {of}, and not its derivative",
        "{which}が {of} の値そのもので、導関数ではありません",
        "Return the derivative; where it is computed from the output y, that is one step more.",
        "導関数を返してください。出力 y から求める場合も、そこからもう一段の計算が必要です。",
    ),
    _cause(
        "own_other_point",
        "{which} is the derivative at {wrong}, and not at the argument itself",
        "{which}が、引数そのものではなく {wrong} での微分になっています",
        "Look at what is put into the formula: one that is written for y takes y, one for x takes x.",
        "式に何を入れているか確かめてください。y で書いた式には y を、x で書いた式には x を入れます。",
    ),
    _cause(
        "own_other_formula",
        "{which} is {wrong}; it should be {right}",
        "{which}が {wrong} になっていますが、正しくは {right} です",
        "Differentiate the line once more, and put the quantity that the forward pass used there.",
        "その行をもう一度微分し、順伝播で使った値を入れてください。",
    ),
    _cause(
        "own_factor_missing",
        "the factor {factor} is missing in {which}",
        "{which}に因子 {factor} が掛かっていません",
        "The chain rule has one factor for every function on the way, the inner one too.",
        "連鎖律では、内側の関数も含めて、経路の関数ごとに微分を 1 つ掛けます。",
    ),
    _cause(
        "own_factor_extra",
        "{which} has the factor {factor} once too often",
        "{which}に因子 {factor} が余分に掛かっています",
        "Take it out: each function on the way gives one factor.",
        "その因子を取ってください。経路の関数ごとに微分を掛けるのは 1 回です。",
    ),
    _cause(
        "own_term_missing",
        "a term is missing in {which}: {term}",
        "{which}に項 {term} が足りません",
        "A product has two terms, (f g)' = f' g + f g'; and every way in which the argument comes "
        "in, a skip or a penalty too, gives one.",
        "積の微分は (f g)' = f' g + f g' と 2 項になります。引数が入ってくる経路（スキップ接続や正則化項も）ごとに"
        "項が 1 つあります。",
    ),
    _cause(
        "own_term_extra",
        "{which} is larger by a term that does not belong there: {term}",
        "{which}に余分な項 {term} が加わっています",
        "Take it out, or look at its sign: what is subtracted in the function is subtracted in its "
        "derivative.",
        "その項を取るか、符号を見直してください。関数で引いた項は、導関数でも引きます。",
    ),
    _cause(
        "own_reciprocal",
        "{which} is divided by what it should be multiplied by",
        "{which}で、掛けるべき数で割っています",
        "If y = c x, then dx = c dy: what forward multiplies by, backward multiplies by.",
        "y = c x なら dx = c dy です。順伝播で掛けた数は、逆伝播でも掛けます。",
    ),
    _cause(
        "own_partly",
        "{which} is right where {rest}, and wrong where {part}: there {there}",
        "{which}は {rest} では正しく、{part} では違います。そこでは{there}",
        "Differentiate each piece of the function by itself, with the same conditions, and the same "
        "boundaries, as in the function.",
        "関数の場合分けごとに微分し、条件と境界は関数と同じにしてください。",
    ),
)
# where its numbers stand, and over what they are summed
_ARRANGEMENTS = (
    _cause(
        "own_transposed",
        "{which} is transposed",
        "{which}が転置されています",
        "For y = x W: dW = x^T dy and dx = dy W^T.",
        "y = x W なら dW = x^T dy、dx = dy W^T です。",
    ),
    _cause(
        "own_other_order",
        "{which} has the right numbers at other places",
        "{which}の値は正しいのですが、並ぶ場所が違います",
        "Undo what forward did, in the opposite order: a transpose by the inverse one, a reshape "
        "by the shape before it.",
        "順伝播の操作を逆の順に戻してください。transpose は逆の置換で、reshape は元の形で戻します。",
    ),
    _cause(
        "own_other_axis",
        "{which} is summed over axis {wrong}; it should be over axis {right}",
        "{which}の和の軸が {wrong} ですが、正しくは {right} です",
        "Sum over the axes along which it was broadcast: over the samples, axis 0.",
        "ブロードキャストされた軸について和をとります。サンプル方向なら axis=0 です。",
    ),
    _cause(
        "own_not_summed",
        "{which} is not summed over axis {right}",
        "{which}が axis={right} について足し合わされていません",
        "What is used by every sample gets a gradient from every sample: sum over them.",
        "全サンプルで使われるものには、全サンプルから勾配が届きます。足し合わせてください。",
    ),
    _cause(
        "own_same_for_all",
        "{which} lacks what is one number for all of it: the way through a sum or a mean of all, "
        "such as a denominator",
        "{which}に、すべての要素で共通の値が足りません（分母など、全体の和や平均を通る経路の微分です）",
        "A sum over everything depends on every number: a quotient has two terms, "
        "(a / b)' = a' / b - a b' / b^2.",
        "全体の和は、すべての値に依存します。商の微分は (a / b)' = a' / b - a b' / b^2 と 2 項になります。",
    ),
    _cause(
        "own_same_along",
        "{which} lacks what is one number for all along axis {axis}: the way through a mean or a "
        "sum over it",
        "{which}に、axis={axis} 方向で共通の値が足りません（その軸の平均や和を通る経路の微分です）",
        "A mean or a sum over an axis depends on all its numbers: differentiate it too, and add "
        "that to each of them.",
        "軸についての平均や和は、その軸のすべての値に依存します。それも微分し、各要素に加えてください。",
    ),
    _cause(
        "own_multiple_along",
        "{which} is off by {term} times what is one number for all along axis {axis}: the way "
        "through a norm, a deviation or a sum over it",
        "{which}が、axis={axis} 方向で共通の数 × {term} だけずれています（その軸のノルム・標準偏差・和を通る経路の微分です）",
        "A norm or a deviation over an axis depends on all its numbers: differentiate it too, and "
        "add that to each of them.",
        "軸についてのノルムや標準偏差は、その軸のすべての値に依存します。それも微分し、各要素に加えてください。",
    ),
    _cause(
        "own_factor_along",
        "{which} is right but for a factor that is one number for all along axis {axis}, such as a "
        "norm or a deviation",
        "{which}は、axis={axis} 方向で共通の数（ノルムや標準偏差など）を掛けるか割るかすると正しくなります",
        "What forward divides a row by, backward divides it by as well.",
        "順伝播で割った数（標準偏差など）では、逆伝播でも割ります。",
    ),
)
CAUSES = (
    *_RELATIONS,
    *_ARRANGEMENTS,
    mistake(
        "pieces_of_loss_apart",
        "{of} jumps by {by} at {where}: its pieces do not meet",
        "{of} が {where} で {by} だけ不連続に変わります: 両側の式がつながっていません",
        "At a border both pieces have to have one value: huber is delta (|r| - delta/2) beyond "
        "delta, elu is alpha (e^x - 1) below 0. The derivative does not see the constant.",
        "境界では両側の式の値が一致するはずです。Huber は delta の外側で delta (|r| - delta/2)、"
        "ELU は 0 より下で alpha (e^x - 1) です。導関数では定数の誤りは見えません。",
        "§5", _GRADCHECK,
    ),
    mistake(
        "pieces_apart",
        "{of} jumps by {by} at {where}: its pieces do not meet",
        "{of} が {where} で {by} だけ不連続に変わります: 両側の式がつながっていません",
        "At a border both pieces have to have one value: huber is delta (|r| - delta/2) beyond "
        "delta, elu is alpha (e^x - 1) below 0. The derivative does not see the constant.",
        "境界では両側の式の値が一致するはずです。Huber は delta の外側で delta (|r| - delta/2)、"
        "ELU は 0 より下で alpha (e^x - 1) です。導関数では定数の誤りは見えません。",
        "§5", _GRADCHECK,
        warning=True,
    ),
    mistake(
        "not_its_own_derivative",
        "it is not the derivative of {of}; farthest off: {worst}",
        "{of} の導関数になっていません。最も違うところ: {worst}",
        "Differentiate {of} line by line: a product for each step of the chain, and a sum over "
        "every way in which the argument comes in. Then compare with "
        "({of}(x + h) - {of}(x - h)) / 2h at a few numbers.",
        "{of} を 1 行ずつ微分してください。合成のたびに積をとり、引数が複数の場所に出てくれば和をとります。"
        "そのあと、いくつかの値で ({of}(x + h) - {of}(x - h)) / 2h と比べてください。",
        "§5", _GRADCHECK,
    ),
    mistake(
        "derivative_of_another",
        "it is the gradient of {other}, and {of} is {own}",
        "{other} の勾配になっていますが、{of} は {own} です",
        "Differentiate {of} itself: a term that the loss does not have has no derivative.",
        "{of} 自身を微分してください。損失にない項の微分は要りません。",
        "§5", _GRADCHECK,
    ),
    mistake(
        "not_the_gradient_beside_it",
        "the gradient that it returns is not the derivative of the loss that it returns; "
        "farthest off: {worst}",
        "返している勾配が、返している損失の微分になっていません。最も違うところ: {worst}",
        "Differentiate every term of the loss, the penalty too, and divide by what the loss is "
        "divided by. Then compare with (E(x + h) - E(x - h)) / 2h at a few numbers.",
        "正則化項も含めて損失の各項を微分し、損失と同じ数で割ってください。"
        "そのあと、いくつかの値で (E(x + h) - E(x - h)) / 2h と比べてください。",
        "§5", _GRADCHECK,
    ),
    mistake(
        "own_derivative_negated",
        "it is the derivative of {of} with the wrong sign",
        "{of} の導関数と符号が逆です",
        "Take the minus out, or put it in: the loss falls against the gradient.",
        "符号を見直してください。損失は勾配と逆の向きに減ります。",
        "§5", _GRADCHECK,
    ),
    mistake(
        "own_derivative_scaled",
        "it is {factor} times the derivative of {of}",
        "{of} の導関数の {factor} 倍になっています",
        "A factor of the function stands in its derivative, too. Of a loss, reduce both alike: "
        "both a sum or both a mean, with the 1/2 in both or in none.",
        "関数に掛かる数は、導関数にも掛かります。損失なら、両方を同じとり方にしてください"
        "（和か平均か、1/2 を付けるかどうか）。",
        "§3", _GRADCHECK,
    ),
    mistake(
        "own_backward_scaled",
        "what it hands back is {factor} times the derivative of its forward pass",
        "逆伝播で返す値が、順伝播の微分の {factor} 倍になっています",
        "What forward multiplies its result by, backward multiplies the gradient by: the "
        "1/keep of dropout stands in both.",
        "順伝播で掛けた数は、逆伝播でも勾配に掛けます。ドロップアウトの 1/keep も両方に必要です。",
        "§5", _GRADCHECK,
    ),
    mistake(
        "not_its_own_gradient_by",
        "the gradient of {name} is not the derivative of the forward pass; farthest off: "
        "{worst}. Right are {others}",
        "{name} の勾配が、順伝播の微分になっていません。最も違うところ: {worst}（正しいもの: {others}）",
        "Take the line that makes it, and follow every path on which {name} reaches the "
        "result: one product for each function on the way, and the sum over all paths.",
        "その勾配を求める行を見て、{name} から結果までの経路をすべてたどってください。経路ごとに微分の積をとり、"
        "全経路の和をとります。",
        "§5", _GRADCHECK,
    ),
)  # fmt: skip
