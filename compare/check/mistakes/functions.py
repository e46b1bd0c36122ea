"""Mistakes in activation functions and their derivatives; and those that any formula may have."""

from compare.check.concept import Mistake
from compare.check.i18n.text import Text

_DOCS = "https://docs.pytorch.org/docs/stable/generated/torch.nn."
_SOFTMAX, _RELU = _DOCS + "functional.softmax.html", _DOCS + "ReLU.html"
_SIGMOID, _TANH = _DOCS + "Sigmoid.html", _DOCS + "Tanh.html"
_STEP = "https://docs.pytorch.org/docs/stable/generated/torch.heaviside.html"
_AUTOGRAD = "https://docs.pytorch.org/docs/stable/notes/autograd.html"

_FUNCTIONS = (
    Mistake(
        "softmax_axis",
        Text("softmax over the wrong axis: {axis}", "softmax の軸が違います: {axis}"),
        Text(
            "Each sample is a row, and each row sums to 1: sum over axis=-1 with keepdims=True.",
            "1 行が 1 サンプルで、行ごとに和が 1 です。axis=-1, keepdims=True で和をとります。",
        ),
        "§3",
        _SOFTMAX,
    ),
    Mistake(
        "softmax_inner_sum",
        Text(
            "the sum of dy_k y_k in the derivative runs over {axis}, not over the classes of a row",
            "微分の中の Σ dy_k y_k が{axis}の和になっています（行ごとにクラス方向で和をとるべきです）",
        ),
        Text(
            "du = y * (dy - sum_k dy_k y_k), a sum for each row: axis=-1 with keepdims=True.",
            "du = y * (dy - Σ_k dy_k y_k) で、和は行ごとです。axis=-1, keepdims=True で和をとります。",
        ),
        "§3",
        _SOFTMAX,
    ),
    Mistake(
        "other_layout",
        Text(
            "it is right only where samples are columns, and {others} of the same submission "
            "take them as rows",
            "サンプルが列方向のときだけ正しい計算ですが、同じ提出物の {others} は行方向で受け取ります",
        ),
        Text(
            "With samples as rows: sums and argmax of a sample over axis=-1 (keepdims=True), and "
            "N = shape[0].",
            "サンプルが行方向なら、サンプルごとの和や argmax は axis=-1（keepdims=True）で、"
            "サンプル数は N = shape[0] です。",
        ),
        "§3",
        _SOFTMAX,
    ),
    Mistake(
        "columns_assumed",
        Text(
            "it is right only where samples are columns; nothing else here says that they are",
            "サンプルが列方向のときだけ正しい計算です（列方向と示すものは他にありません）",
        ),
        Text(
            "If samples are rows, as in the course, it is wrong: sums and argmax of a sample over "
            "axis=-1 (keepdims=True), and N = shape[0].",
            "講座のようにサンプルが行方向なら誤りです。サンプルごとの和や argmax は axis=-1"
            "（keepdims=True）で、サンプル数は N = shape[0] とします。",
        ),
        "§3",
        _SOFTMAX,
        warning=True,
    ),
    Mistake(
        "softmax_epsilon",
        Text(
            "softmax adds {epsilon} to its denominator: rows do not sum to 1",
            "softmax の分母に {epsilon} を足しています: 行の和が 1 になりません",
        ),
        Text(
            "The sum is at least 1 once max u is subtracted: e^(u - max u) / sum e^(u - max u).",
            "max u を引けば分母は 1 以上です: e^(u - max u) / sum e^(u - max u)。ε は要りません。",
        ),
        "§3",
        _SOFTMAX,
    ),
    Mistake(
        "softmax_not_normalized",
        Text(
            "softmax is not divided by its sum: it is {formula}",
            "softmax を和で割っていません: {formula} です",
        ),
        Text(
            "y_k = e^(u_k) / sum_j e^(u_j): divide by the sum over the classes.",
            "y_k = e^(u_k) / sum_j e^(u_j) です。クラスについての和で割ってください。",
        ),
        "§3",
        _SOFTMAX,
    ),
    Mistake(
        "relu_leaks",
        Text(
            "relu leaks: it gives {slope} u where u < 0",
            "relu が負の値を通しています: u < 0 で {slope} u になります",
        ),
        Text(
            "relu(u) = max(0, u): exactly 0 where u < 0 (a leaky ReLU is another function).",
            "relu(u) = max(0, u) で、u < 0 ではちょうど 0 です（Leaky ReLU は別の関数です）。",
        ),
        "§2",
        _RELU,
    ),
    Mistake(
        "relu_capped",
        Text("relu is cut off at {cap}", "relu が {cap} で頭打ちになります"),
        Text(
            "relu(u) = max(0, u) has no upper bound (a ReLU6 is another function).",
            "relu(u) = max(0, u) に上限はありません（ReLU6 は別の関数です）。",
        ),
        "§2",
        _RELU,
    ),
    Mistake(
        "other_function",
        Text("it computes another function: {other}", "別の関数を計算しています: {other}"),
        Text(
            "Write z = {formula}; what it computes now is {other}.",
            "z = {formula} と書きます。現在の計算は {other} です。",
        ),
        "§2",
        _DOCS.removesuffix("generated/torch.nn.") + "nn.html#non-linear-activations-other",
    ),
    Mistake(
        "exponent_sign",
        Text(
            "the exponent has the wrong sign: it is 1 / (1 + e^u)",
            "指数の符号が逆です: 1 / (1 + e^u) になっています",
        ),
        Text(
            "sigmoid(u) = 1 / (1 + e^-u): it grows with u, and is near 1 for large u.",
            "sigmoid(u) = 1 / (1 + e^-u) です。u とともに増え、大きな u で 1 に近づきます。",
        ),
        "§2",
        _SIGMOID,
    ),
    Mistake(
        "hard_sigmoid",
        Text(
            "it is a hard sigmoid, clipped straight lines: {formula}",
            "ハードシグモイド（折れ線近似）です: {formula}",
        ),
        Text("sigmoid(u) = 1 / (1 + e^-u).", "sigmoid(u) = 1 / (1 + e^-u) です。"),
        "§2",
        _SIGMOID,
    ),
    Mistake(
        "exponent_halved",
        Text(
            "the exponent lacks its factor 2: it is tanh(u/2)",
            "指数の係数 2 が抜けています: tanh(u/2) になっています",
        ),
        Text(
            "tanh(u) = (e^u - e^-u) / (e^u + e^-u) = (1 - e^-2u) / (1 + e^-2u).",
            "tanh(u) = (e^u - e^-u) / (e^u + e^-u) = (1 - e^-2u) / (1 + e^-2u) です。",
        ),
        "§2",
        _TANH,
    ),
    Mistake(
        "brackets_missing",
        Text("brackets are missing: it computes {is}", "括弧が抜けています: {is} を計算しています"),
        Text(
            "/ binds more tightly than + and -: put the whole denominator in brackets, {formula}.",
            "/ は + や - より先に計算されます。分母全体を括弧に入れて {formula} と書いてください。",
        ),
        "§2",
        _SIGMOID,
    ),
    Mistake(
        "quotient_inverted",
        Text(
            "the quotient is upside down: it is 1 / tanh(u)",
            "分子と分母が逆です: 1 / tanh(u) になっています",
        ),
        Text(
            "tanh(u) = {formula}: the difference is above, the sum below.",
            "tanh(u) = {formula} です。分子が差、分母が和です。",
        ),
        "§2",
        _TANH,
    ),
    Mistake(
        "derivative_for_function",
        Text("it is the derivative {is}, not the function", "関数ではなく導関数 {is} です"),
        Text(
            "The forward pass needs {formula}; the derivative is a function of its own.",
            "順伝播に必要なのは {formula} です。導関数は別の関数にしてください。",
        ),
        "§2",
        _AUTOGRAD,
    ),
    Mistake(
        "clipped_too_narrow",
        Text(
            "its argument is cut off at -{bound} and {bound}: it is flat beyond",
            "入力を -{bound} から {bound} に制限しています: その外側で値が変わりません",
        ),
        Text(
            "To keep e^-u from overflowing, 500 is narrow enough: np.clip(u, -500, 500).",
            "オーバーフローを防ぐだけなら np.clip(u, -500, 500) で足ります。",
        ),
        "§2",
        _SIGMOID,
    ),
    Mistake(
        "exp_missing",
        Text(
            "softmax lacks its exponential: it is {is}",
            "softmax に指数関数がありません: {is} になっています",
        ),
        Text(
            "y_k = e^(u_k) / sum_j e^(u_j): take np.exp first, above and below.",
            "y_k = e^(u_k) / sum_j e^(u_j) です。分子と分母の両方に np.exp を使ってください。",
        ),
        "§3",
        _SOFTMAX,
    ),
    Mistake(
        "softmax_shift_differs",
        Text(
            "numerator and denominator are shifted differently: it is {is}",
            "分子と分母で引いている値が違います: {is} になっています",
        ),
        Text(
            "Subtract max u once, then use the same e above and below: e = np.exp(u - max u), "
            "e / sum e.",
            "先に一度だけ max u を引き、同じ e を分子と分母に使います: e = np.exp(u - max u)、"
            "e / sum e。",
        ),
        "§3",
        _SOFTMAX,
    ),
    Mistake(
        "step_half_at_zero",
        Text("the step function is 1/2 at u = 0", "ステップ関数が u = 0 で 1/2 になります"),
        Text(
            "step(u) = 1 if u > 0 else 0 (the slides: u >= 0); it takes no third value.",
            "step(u) は u > 0 なら 1、それ以外は 0 です（スライドでは u >= 0）。第三の値はありません。",
        ),
        "§2",
        _STEP,
    ),
)

_GENERAL = (
    Mistake(
        "sign",
        Text("{what} has the wrong sign", "{what} の符号が逆です"),
        Text("Multiply {what} by -1: {formula}.", "{what} に -1 を掛けます: {formula}。"),
        "§5",
        _AUTOGRAD,
    ),
    Mistake(
        "factor",
        Text(
            "{what} is {factor} times what it should be",
            "{what} が正しい値の {factor} 倍になっています",
        ),
        Text("Leave that factor out: {formula}.", "その係数を取り除いてください: {formula}。"),
        "§5",
        _AUTOGRAD,
    ),
    Mistake(
        "swapped",
        Text(
            "the arguments {what} are used in each other's place",
            "引数 {what} を取り違えて使っています",
        ),
        Text("Exchange them: {formula}.", "入れ替えてください: {formula}。"),
        "§5",
        _AUTOGRAD,
    ),
    Mistake(
        "transposed",
        Text("{what} is transposed", "{what} が転置されています"),
        Text("Transpose it: {formula}.", "転置してください: {formula}。"),
        "§5",
        _AUTOGRAD,
    ),
)

CAUSES = (*_FUNCTIONS, *_GENERAL)
