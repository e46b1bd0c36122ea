"""Mistakes in activation functions and their derivatives; and those that any formula may have."""

from compare.check.concept import mistake

_DOCS = "https://docs.pytorch.org/docs/stable/generated/torch.nn."
_SOFTMAX, _RELU = _DOCS + "functional.softmax.html", _DOCS + "ReLU.html"
_SIGMOID, _TANH = _DOCS + "Sigmoid.html", _DOCS + "Tanh.html"
_STEP = "https://docs.pytorch.org/docs/stable/generated/torch.heaviside.html"
_AUTOGRAD = "https://docs.pytorch.org/docs/stable/notes/autograd.html"

_FUNCTIONS = (
    mistake(
        "softmax_axis",
        "softmax over the wrong axis: {axis}",
        "softmax の軸が違います: {axis}",
        "Each sample is a row, and each row sums to 1: sum over axis=-1 with keepdims=True.",
        "1 行が 1 サンプルで、行ごとに和が 1 です。axis=-1, keepdims=True で和をとります。",
        "§3", _SOFTMAX,
    ),
    mistake(
        "softmax_inner_sum",
        "the sum of dy_k y_k in the derivative runs over {axis}, not over the classes of a row",
        "微分の中の Σ dy_k y_k が{axis}の和になっています（行ごとにクラス方向で和をとるべきです）",
        "du = y * (dy - sum_k dy_k y_k), a sum for each row: axis=-1 with keepdims=True.",
        "du = y * (dy - Σ_k dy_k y_k) で、和は行ごとです。axis=-1, keepdims=True で和をとります。",
        "§3", _SOFTMAX,
    ),
    mistake(
        "other_layout",
        "it is right only where samples are columns, and {others} of the same submission "
        "take them as rows",
        "サンプルが列方向のときだけ正しい計算ですが、同じ提出物の {others} は行方向で受け取ります",
        "With samples as rows: sums and argmax of a sample over axis=-1 (keepdims=True), and "
        "N = shape[0].",
        "サンプルが行方向なら、サンプルごとの和や argmax は axis=-1（keepdims=True）で、"
        "サンプル数は N = shape[0] です。",
        "§3", _SOFTMAX,
    ),
    mistake(
        "columns_assumed",
        "it is right only where samples are columns; nothing else here says that they are",
        "サンプルが列方向のときだけ正しい計算です（列方向と示すものは他にありません）",
        "If samples are rows, as in the course, it is wrong: sums and argmax of a sample over "
        "axis=-1 (keepdims=True), and N = shape[0].",
        "講座のようにサンプルが行方向なら誤りです。サンプルごとの和や argmax は axis=-1"
        "（keepdims=True）で、サンプル数は N = shape[0] とします。",
        "§3", _SOFTMAX, warning=True,
    ),
    mistake(
        "softmax_keepdims",
        "keepdims=True is missing: what belongs to a row is spread along the columns",
        "keepdims=True がなく、行ごとの値が列方向に広がっています",
        "np.sum(e, axis=1, keepdims=True), and np.max likewise: a sum for each row, as a column. "
        "Without it the shapes fit only where there are as many samples as classes.",
        "np.sum(e, axis=1, keepdims=True) とし、np.max も同様にします。行ごとの値は列ベクトルに"
        "なります。ないと、サンプル数とクラス数が同じときだけ形が合います。",
        "§3", _SOFTMAX,
    ),
    mistake(
        "softmax_epsilon",
        "softmax adds {epsilon} to its denominator: rows do not sum to 1",
        "softmax の分母に {epsilon} を足しています: 行の和が 1 になりません",
        "The sum is at least 1 once max u is subtracted: e^(u - max u) / sum e^(u - max u).",
        "max u を引けば分母は 1 以上です: e^(u - max u) / sum e^(u - max u)。ε は要りません。",
        "§3", _SOFTMAX, warning=True,
    ),
    mistake(
        "softmax_epsilon_too_large",
        "softmax adds {epsilon} to its denominator, which is too much: rows do not sum to 1",
        "softmax の分母に {epsilon} を足しており、大きすぎます: 行の和が 1 になりません",
        "The sum is at least 1 once max u is subtracted: e^(u - max u) / sum e^(u - max u).",
        "max u を引けば分母は 1 以上です: e^(u - max u) / sum e^(u - max u)。ε は要りません。",
        "§3", _SOFTMAX,
    ),
    mistake(
        "softmax_not_normalized",
        "softmax is not divided by its sum: it is {formula}",
        "softmax を和で割っていません: {formula} です",
        "y_k = e^(u_k) / sum_j e^(u_j): divide by the sum over the classes.",
        "y_k = e^(u_k) / sum_j e^(u_j) です。クラスについての和で割ってください。",
        "§3", _SOFTMAX,
    ),
    mistake(
        "relu_leaks",
        "relu leaks: it gives {slope} u where u < 0",
        "relu が負の値を通しています: u < 0 で {slope} u になります",
        "relu(u) = max(0, u): exactly 0 where u < 0 (a leaky ReLU is another function).",
        "relu(u) = max(0, u) で、u < 0 ではちょうど 0 です（Leaky ReLU は別の関数です）。",
        "§2", _RELU,
    ),
    mistake(
        "relu_capped",
        "relu is cut off at {cap}",
        "relu が {cap} で頭打ちになります",
        "relu(u) = max(0, u) has no upper bound (a ReLU6 is another function).",
        "relu(u) = max(0, u) に上限はありません（ReLU6 は別の関数です）。",
        "§2", _RELU,
    ),
    mistake(
        "other_function",
        "it computes another function: {other}",
        "別の関数を計算しています: {other}",
        "Write z = {formula}; what it computes now is {other}.",
        "z = {formula} と書きます。現在の計算は {other} です。",
        "§2", _DOCS.removesuffix("generated/torch.nn.") + "nn.html#non-linear-activations-other",
    ),
    mistake(
        "argument_multiplied",
        "its argument is multiplied by a constant: it is {is}",
        "入力に定数が掛かっています: {is} になっています",
        "Take the constant out: z = {formula}.",
        "定数を取り除いてください: z = {formula}。",
        "§2", _SIGMOID,
    ),
    mistake(
        "result_multiplied",
        "its result is multiplied by a constant: it is {is}",
        "結果に定数が掛かっています: {is} になっています",
        "Take the constant out: z = {formula}.",
        "定数を取り除いてください: z = {formula}。",
        "§2", _SIGMOID,
    ),
    mistake(
        "argument_moved",
        "a constant is added to its argument: it is {is}",
        "入力に定数が足されています: {is} になっています",
        "Take the constant out: z = {formula}. A bias belongs to the layer before.",
        "定数を取り除いてください: z = {formula}。バイアスは前の層のものです。",
        "§2", _SIGMOID,
    ),
    mistake(
        "result_moved",
        "a constant is added to its result: it is {is}",
        "結果に定数が足されています: {is} になっています",
        "Take the constant out: z = {formula}.",
        "定数を取り除いてください: z = {formula}。",
        "§2", _SIGMOID,
    ),
    mistake(
        "relu_moved",
        "it is {is}: relu moved by a constant, with the derivative of relu",
        "{is} です: 定数だけずらした relu で、導関数は relu と同じです",
        "Right where that is meant, as it is where a mean of 0 is wanted; relu itself is {formula}.",
        "平均を 0 に近づけるなど意図したものなら正しいです。relu 自体は {formula} です。",
        "§2", _RELU, warning=True,
    ),
    mistake(
        "exponent_sign",
        "the exponent has the wrong sign: it is 1 / (1 + e^u)",
        "指数の符号が逆です: 1 / (1 + e^u) になっています",
        "sigmoid(u) = 1 / (1 + e^-u): it grows with u, and is near 1 for large u.",
        "sigmoid(u) = 1 / (1 + e^-u) です。u とともに増え、大きな u で 1 に近づきます。",
        "§2", _SIGMOID,
    ),
    mistake(
        "hard_sigmoid",
        "it is a hard sigmoid, clipped straight lines: {formula}",
        "ハードシグモイド（折れ線近似）です: {formula}",
        "sigmoid(u) = 1 / (1 + e^-u).",
        "sigmoid(u) = 1 / (1 + e^-u) です。",
        "§2", _SIGMOID,
    ),
    mistake(
        "exponent_halved",
        "the exponent lacks its factor 2: it is tanh(u/2)",
        "指数の係数 2 が抜けています: tanh(u/2) になっています",
        "tanh(u) = (e^u - e^-u) / (e^u + e^-u) = (1 - e^-2u) / (1 + e^-2u).",
        "tanh(u) = (e^u - e^-u) / (e^u + e^-u) = (1 - e^-2u) / (1 + e^-2u) です。",
        "§2", _TANH,
    ),
    mistake(
        "brackets_missing",
        "brackets are missing: it computes {is}",
        "括弧が抜けています: {is} を計算しています",
        "/ binds more tightly than + and -: put the whole denominator in brackets, {formula}.",
        "/ は + や - より先に計算されます。分母全体を括弧に入れて {formula} と書いてください。",
        "§2", _SIGMOID,
    ),
    mistake(
        "quotient_inverted",
        "the quotient is upside down: it is 1 / tanh(u)",
        "分子と分母が逆です: 1 / tanh(u) になっています",
        "tanh(u) = {formula}: the difference is above, the sum below.",
        "tanh(u) = {formula} です。分子が差、分母が和です。",
        "§2", _TANH,
    ),
    mistake(
        "derivative_for_function",
        "it is the derivative {is}, not the function",
        "関数ではなく導関数 {is} です",
        "The forward pass needs {formula}; the derivative is a function of its own.",
        "順伝播に必要なのは {formula} です。導関数は別の関数にしてください。",
        "§2", _AUTOGRAD,
    ),
    mistake(
        "clipped_too_narrow",
        "its argument is cut off at -{bound} and {bound}: it is flat beyond",
        "入力を -{bound} から {bound} に制限しています: その外側で値が変わりません",
        "To keep e^-u from overflowing, 500 is narrow enough: np.clip(u, -500, 500).",
        "オーバーフローを防ぐだけなら np.clip(u, -500, 500) で足ります。",
        "§2", _SIGMOID,
    ),
    mistake(
        "exp_missing",
        "softmax lacks its exponential: it is {is}",
        "softmax に指数関数がありません: {is} になっています",
        "y_k = e^(u_k) / sum_j e^(u_j): take np.exp first, above and below.",
        "y_k = e^(u_k) / sum_j e^(u_j) です。分子と分母の両方に np.exp を使ってください。",
        "§3", _SOFTMAX,
    ),
    mistake(
        "softmax_shift_differs",
        "numerator and denominator are shifted differently: it is {is}",
        "分子と分母で引いている値が違います: {is} になっています",
        "Subtract max u once, then use the same e above and below: e = np.exp(u - max u), "
        "e / sum e.",
        "先に一度だけ max u を引き、同じ e を分子と分母に使います: e = np.exp(u - max u)、"
        "e / sum e。",
        "§3", _SOFTMAX,
    ),
    mistake(
        "step_half_at_zero",
        "the step function is 1/2 at u = 0",
        "ステップ関数が u = 0 で 1/2 になります",
        "step(u) = 1 if u > 0 else 0 (the slides: u >= 0); it takes no third value.",
        "step(u) は u > 0 なら 1、それ以外は 0 です（スライドでは u >= 0）。第三の値はありません。",
        "§2", _STEP,
    ),
)  # fmt: skip

_GENERAL = (
    mistake(
        "sign",
        "{what} has the wrong sign",
        "{what} の符号が逆です",
        "Multiply {what} by -1: {formula}.",
        "{what} に -1 を掛けます: {formula}。",
        "§5", _AUTOGRAD,
    ),
    mistake(
        "factor",
        "{what} is {factor} times what it should be",
        "{what} が正しい値の {factor} 倍になっています",
        "Leave that factor out: {formula}.",
        "その係数を取り除いてください: {formula}。",
        "§5", _AUTOGRAD,
    ),
    mistake(
        "swapped",
        "the arguments {what} are used in each other's place",
        "引数 {what} を取り違えて使っています",
        "Exchange them: {formula}.",
        "入れ替えてください: {formula}。",
        "§5", _AUTOGRAD,
    ),
    mistake(
        "transposed",
        "{what} is transposed",
        "{what} が転置されています",
        "Transpose it: {formula}.",
        "転置してください: {formula}。",
        "§5", _AUTOGRAD,
    ),
)  # fmt: skip

CAUSES = (*_FUNCTIONS, *_GENERAL)
