"""Mistakes in AdaGrad, RMSprop, Adadelta and Adam."""

from compare.submission.concept import Cause
from compare.submission.texts import Text

_DOCS = "https://docs.pytorch.org/docs/stable/generated/torch.optim."


def _cause(key: str, en: str, ja: str, advice_en: str, advice_ja: str, torch: str = "SGD") -> Cause:
    return Cause(key, Text(en, ja), Text(advice_en, advice_ja), "§4", f"{_DOCS}{torch}.html")


CAUSES = (
    _cause(
        "no_root",
        "the root is missing: it divides by the squares themselves",
        "平方根がなく、二乗の値そのもので割っています",
        "p = p - lr g / (sqrt h + eps).",
        "p = p - lr g / (sqrt h + eps) とします。",
        "Adagrad",
    ),
    _cause(
        "no_accumulation",
        "only this step's g^2 is used: nothing is accumulated",
        "このステップの g^2 だけが使われ、蓄積されていません",
        "AdaGrad: h = h + g^2; RMSprop: h = rho h + (1-rho) g^2. Store h, and set it to 0 only once.",
        "AdaGrad は h = h + g^2、RMSprop は h = rho h + (1-rho) g^2。h を保存し、0 にするのは最初だけです。",
        "Adagrad",
    ),
    _cause(
        "accumulates",
        "the squares are summed up without end, as in AdaGrad",
        "AdaGrad のように二乗和が増え続けます",
        "The squares are averaged: h = rho h + (1-rho) g^2.",
        "二乗の移動平均をとります: h = rho h + (1-rho) g^2。",
        "RMSprop",
    ),
    _cause(
        "leaky_sum",
        "the factor 1 - {beta} is missing: {name} = {beta} {name} + {g}",
        "係数 1 - {beta} がありません: {name} = {beta} {name} + {g}",
        "It is an average: {name} = {beta} {name} + (1 - {beta}) {g}.",
        "移動平均にします: {name} = {beta} {name} + (1 - {beta}) {g}。",
        "RMSprop",
    ),
    _cause(
        "not_squared",
        "the gradient is not squared in the second moment",
        "二次モーメントで勾配が二乗されていません",
        "v = b2 v + (1-b2) g^2: g * g, element by element.",
        "v = b2 v + (1-b2) g^2 のように、要素ごとに g * g とします。",
        "Adam",
    ),
    _cause(
        "state_late",
        "it divides by the squares of before this step's",
        "このステップの g^2 を加える前の値で割っています",
        "Update h first: then p = p - lr g / (sqrt h + eps) with the new h.",
        "h を先に更新し、新しい h で p = p - lr g / (sqrt h + eps) とします。",
        "Adagrad",
    ),
    _cause(
        "no_epsilon",
        "epsilon is missing: where a gradient is 0 from the start, it divides 0 by 0",
        "ε がなく、最初から勾配が 0 の要素で 0/0 になります",
        "Add a small number to the root: sqrt h + 1e-8.",
        "平方根に小さい値を足してください: sqrt h + 1e-8。",
        "Adagrad",
    ),
    _cause(
        "epsilon_inside_root",
        "epsilon stands under the root: the step is far too small where gradients are",
        "ε が平方根の中にあり、勾配が小さいところで更新が小さくなりすぎます",
        "p = p - lr m^ / (sqrt v^ + eps); sqrt(v^ + 1e-8) is at least 1e-4, and no setting of torch "
        "does that.",
        "p = p - lr m^ / (sqrt v^ + eps) とします。sqrt(v^ + 1e-8) は 1e-4 より小さくならず、"
        "torch に等しい設定はありません。",
        "Adam",
    ),
    _cause(
        "epsilon_outside_root",
        "epsilon stands outside the roots: it starts far too slowly",
        "ε が平方根の外にあり、出だしが遅くなりすぎます",
        "D = sqrt(s + eps) / sqrt(h + eps) g: sqrt(1e-6) is a first step of 1e-3, not of 1e-6.",
        "D = sqrt(s + eps) / sqrt(h + eps) g とします。最初の歩幅は 1e-6 ではなく sqrt(1e-6) = 1e-3 です。",
        "Adadelta",
    ),
    _cause(
        "adadelta_never_starts",
        "the weights never move: the first step is 0, and so is every other",
        "重みがまったく更新されません: 最初の更新量が 0 で、以後も 0 のままです",
        "Put epsilon under the upper root too, sqrt(s + eps), and change p in place: p -= D.",
        "分子の平方根にも ε を入れて sqrt(s + eps) とし、p -= D のように配列自体を書き換えてください。",
        "Adadelta",
    ),
    _cause(
        "adadelta_order",
        "the average of g^2 is updated after it is used",
        "g^2 の移動平均 h が、使われた後で更新されています",
        "In this order: h = rho h + (1-rho) g^2; D = sqrt(s+eps)/sqrt(h+eps) g; "
        "s = rho s + (1-rho) D^2; p = p - D.",
        "次の順に計算します: h = rho h + (1-rho) g^2、D = sqrt(s+eps)/sqrt(h+eps) g、"
        "s = rho s + (1-rho) D^2、p = p - D。",
        "Adadelta",
    ),
    _cause(
        "adadelta_squares",
        "the second state collects g^2, not the squares of the steps",
        "二つ目の状態が更新量の二乗ではなく g^2 を集めています",
        "s = rho s + (1-rho) D^2 with D = sqrt(s+eps)/sqrt(h+eps) g.",
        "D = sqrt(s+eps)/sqrt(h+eps) g として、s = rho s + (1-rho) D^2 です。",
        "Adadelta",
    ),
    _cause(
        "adadelta_inverted",
        "the ratio of the roots is upside down",
        "平方根の比が逆です",
        "D = sqrt(s+eps)/sqrt(h+eps) g, s of the steps above, h of the gradients below.",
        "D = sqrt(s+eps)/sqrt(h+eps) g です。更新量の s が分子、勾配の h が分母です。",
        "Adadelta",
    ),
    _cause(
        "adadelta_is_rmsprop",
        "this is RMSprop: lr stands where the root of the squared steps belongs",
        "RMSprop になっています: 更新量の二乗平均の平方根の代わりに lr が使われています",
        "D = sqrt(s+eps)/sqrt(h+eps) g, s = rho s + (1-rho) D^2, p = p - D.",
        "D = sqrt(s+eps)/sqrt(h+eps) g, s = rho s + (1-rho) D^2, p = p - D とします。",
        "Adadelta",
    ),
    _cause(
        "no_bias_correction",
        "the bias correction of {which} is missing",
        "{which} のバイアス補正がありません",
        "m^ = m / (1 - b1^t) and v^ = v / (1 - b2^t), t = 1 at the first step.",
        "m^ = m / (1 - b1^t)、v^ = v / (1 - b2^t) とします（最初のステップで t = 1）。",
        "Adam",
    ),
    _cause(
        "corrected_and_kept",
        "the corrected moments overwrite those that are remembered",
        "補正後のモーメントで、保存している値を上書きしています",
        "Keep m and v as they are, and give m^ = m / (1 - b1^t) a name of its own.",
        "m と v はそのまま保存し、m^ = m / (1 - b1^t) は別の変数にしてください。",
        "Adam",
    ),
    _cause(
        "betas_swapped",
        "beta1 and beta2 are swapped",
        "beta1 と beta2 が入れ替わっています",
        "m = b1 m + (1-b1) g with b1 = 0.9; v = b2 v + (1-b2) g^2 with b2 = 0.999.",
        "m = b1 m + (1-b1) g（b1 = 0.9）、v = b2 v + (1-b2) g^2（b2 = 0.999）です。",
        "Adam",
    ),
    _cause(
        "one_beta",
        "{which} is used for both moments",
        "両方のモーメントに {which} が使われています",
        "m = b1 m + (1-b1) g, v = b2 v + (1-b2) g^2, and each correction with its own beta.",
        "m = b1 m + (1-b1) g、v = b2 v + (1-b2) g^2 とし、補正にもそれぞれの beta を使います。",
        "Adam",
    ),
    _cause(
        "step_count",
        "the steps are counted from {first}, not from 1",
        "ステップ番号が 1 からではなく {first} から始まっています",
        "Add 1 to t before the correction: t = t + 1, then 1 - b1^t, from t = 0 in the constructor.",
        "コンストラクタで t = 0 とし、補正の前に t = t + 1 として 1 - b1^t を計算します。",
        "Adam",
    ),
    _cause(
        "step_fixed",
        "the bias correction always takes t = 1",
        "バイアス補正の t が常に 1 です",
        "Count the steps: t = t + 1 once an update, and correct with 1 - b1^t.",
        "更新ごとに t = t + 1 とし、1 - b1^t で補正します。",
        "Adam",
    ),
    _cause(
        "step_per_tensor",
        "t is counted up for every parameter, not once a step",
        "t がステップごとではなくパラメータごとに増えています",
        "Take t = t + 1 out of the loop over the parameters.",
        "t = t + 1 をパラメータのループの外に出してください。",
        "Adam",
    ),
)
