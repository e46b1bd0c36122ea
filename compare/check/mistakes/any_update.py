"""Mistakes that any update rule may have, and those of momentum."""

from dataclasses import replace

from compare.check.concept import Mistake, mistake

_DOCS = "https://docs.pytorch.org/docs/stable/generated/torch.optim."


def _cause(
    key: str, en: str, ja: str, advice_en: str, advice_ja: str, torch: str = "SGD"
) -> Mistake:
    return mistake(key, en, ja, advice_en, advice_ja, "§4", f"{_DOCS}{torch}.html")


CAUSES = (
    _cause(
        "climbs",
        "it goes uphill: the sign of the update is wrong",
        "更新の符号が逆で、損失が増える向きに進みます",
        "The gradient points uphill: p = p - lr g; with a velocity v = mu v - lr g, p = p + v.",
        "勾配は増える向きです。p = p - lr g とします（速度を使うなら v = mu v - lr g, p = p + v）。",
    ),
    _cause(
        "lr_missing",
        "the learning rate is not used: it steps as with lr = 1",
        "学習率が使われていません（lr = 1 と同じ更新です）",
        "Multiply the step by lr: p = p - lr g.",
        "更新量に lr を掛けてください: p = p - lr g。",
    ),
    _cause(
        "lr_twice",
        "the learning rate is applied twice: it steps by lr^2",
        "学習率が二重に掛かっています（lr^2 の更新です）",
        "lr belongs either into the velocity (v = mu v - lr g, p = p + v) or to the step "
        "(v = mu v + g, p = p - lr v), not to both.",
        "lr は速度の中（v = mu v - lr g, p = p + v）か更新（v = mu v + g, p = p - lr v）の"
        "どちらか一方にだけ掛けます。",
    ),
    _cause(
        "never_moves",
        "the weights never move",
        "重みがまったく更新されません",
        "p = p - lr g inside a loop only gives a new array to the local name p. Change the array "
        "itself, p -= lr g, or store it: params[key] = params[key] - lr g.",
        "ループ内の p = p - lr g は、ローカル変数 p に新しい配列を入れるだけです。"
        "p -= lr g で配列自体を書き換えるか、params[key] = params[key] - lr g と代入してください。",
    ),
    _cause(
        "only_one_tensor",
        "only one of the parameters is updated ({which} of W1, b1, W2, b2)",
        "更新されるパラメータが 1 つだけです（W1, b1, W2, b2 のうち {which}）",
        "Update inside the loop over all parameters, and do not return from within the loop.",
        "更新はすべてのパラメータのループの中で行い、ループの途中で return しないでください。",
    ),
    _cause(
        "divides_by_rows",
        "the gradient is divided by the number of its rows",
        "勾配が行数で割られています",
        "The mean over the batch is taken once, in the loss or in the backward pass. An update rule "
        "uses the gradient as it is: p = p - lr g.",
        "バッチ平均は損失か逆伝播で一度だけとります。更新則では勾配をそのまま使います: p = p - lr g。",
    ),
    _cause(
        "divides_by_batch",
        "the gradient is divided by {n} once more",
        "勾配がさらに {n} で割られています",
        "The mean over the batch is taken once, in the loss or in the backward pass. An update rule "
        "uses the gradient as it is: p = p - lr g.",
        "バッチ平均は損失か逆伝播で一度だけとります。更新則では勾配をそのまま使います: p = p - lr g。",
    ),
    _cause(
        "clips",
        "the gradient is clipped to ±{bound}",
        "勾配が ±{bound} に切り詰められています",
        "Clipping is no part of this rule: p = p - lr g. If it is wanted, clip before the update.",
        "この更新則に勾配クリッピングは含まれません: p = p - lr g。必要なら更新の前に行います。",
    ),
    _cause(
        "decays_weights",
        "the weights decay as well, by {decay}",
        "重み減衰 {decay} が加わっています",
        "Weight decay, g + lambda p, is no part of this rule; give it as a setting that is 0.",
        "重み減衰 g + lambda p はこの更新則に含まれません。既定値 0 の引数にしてください。",
    ),
    _cause(
        "shared_state",
        "all parameters share one state",
        "すべてのパラメータが状態を共有しています",
        "Keep v (m, h, ...) for each parameter: v = {key: zeros_like(p) for key, p in params}.",
        "v（m, h など）はパラメータごとに持ちます: v[key] = np.zeros_like(params[key])。",
    ),
    _cause(
        "state_not_zero",
        "the state does not start at 0 but at {start}",
        "状態の初期値が 0 ではなく {start} です",
        "Start from np.zeros_like(p); the first update then makes m = g and h = g^2 of it.",
        "np.zeros_like(p) から始めてください。最初の更新で m = g、h = g^2 になります。",
    ),
    _cause(
        "state_lost",
        "nothing is remembered from one step to the next",
        "前のステップの状態が残っていません",
        "Make the state (and t) once, when it is missing, and store what is computed where the next "
        "step finds it: self.v[key] = ..., state['v'] = ..., or return it.",
        "状態（と t）は最初に一度だけ作り、計算した値は次のステップで使える場所に保存してください: "
        "self.v[key] = ...、state['v'] = ...、または return で返します。",
    ),
    _cause(
        "setting_ignored",
        "{name} is handed in, but {name} = {value} is used all the same",
        "{name} を渡しても、常に {name} = {value} が使われます",
        "Keep what the constructor is given and use it in the formula: self.{name} = {name}.",
        "コンストラクタで受け取った値を保存し、式で使ってください: self.{name} = {name}。",
    ),
    _cause(
        "momentum_sign",
        "the momentum has the wrong sign: it brakes",
        "モーメンタムの符号が逆で、ブレーキになっています",
        "m = mu m + g, p = p - lr m: the earlier direction is added.",
        "m = mu m + g, p = p - lr m のように、以前の方向を足します。",
    ),
    _cause(
        "beta_exchanged",
        "beta and 1 - beta are exchanged",
        "beta と 1 - beta が入れ替わっています",
        "The memory has the large weight: {right}.",
        "過去の値のほうに大きい重みが掛かります: {right}。",
    ),
    _cause(
        "no_look_ahead",
        "this is plain momentum: Nesterov's look ahead is missing",
        "普通のモーメンタムで、Nesterov の先読みがありません",
        "m = mu m + g, p = p - lr (g + mu m) with the new m (with the old one, g + mu m is m itself); "
        "or v = mu v - lr g, p = p + mu v - lr g.",
        "m = mu m + g, p = p - lr (g + mu m) とします（更新後の m を使います。更新前の m では "
        "g + mu m が m そのものです）。または v = mu v - lr g, p = p + mu v - lr g です。",
    ),
    _cause(
        "nesterov_order",
        "the velocity is updated before p + mu^2 v - (1+mu) lr g, which takes the one of before",
        "p + mu^2 v - (1+mu) lr g は更新前の v を使う式ですが、v が先に更新されています",
        "Change p first and v after it; or with the new v: p = p + mu v - lr g.",
        "p を先に、v を後に更新してください。新しい v を使うなら p = p + mu v - lr g です。",
    ),
    _cause(
        "nesterov_without_gradient",
        "the step has mu v alone: the gradient of this step is missing",
        "更新が mu v だけで、このステップの勾配がありません",
        "v = mu v - lr g, p = p + mu v - lr g.",
        "v = mu v - lr g, p = p + mu v - lr g とします。",
    ),
    _cause(
        "replaces_parameters",
        "the parameters are replaced by the step: p itself is lost",
        "パラメータが更新量そのものに置き換わり、元の p が失われています",
        "Add the step to p: p = p - lr g, or p = p + v.",
        "更新量は p に足します: p = p - lr g（速度を使うなら p = p + v）。",
    ),
    _cause(
        "step_scaled",
        "the step is {factor} times what it should be",
        "更新量が正しい値の {factor} 倍です",
        "The step is lr times the direction, once: no further factor, and one update a call.",
        "更新量は学習率と方向の積です。余分な係数を掛けず、1 回の呼び出しで 1 回だけ更新します。",
    ),
    _cause(
        "tensors_left_out",
        "some parameters are never updated: {left} (of W1, b1, W2, b2)",
        "更新されないパラメータがあります: {left}（W1, b1, W2, b2 のうち）",
        "Go through all parameters, whatever they are called: for key in params.",
        "名前を決め打ちせず、すべてのパラメータを更新してください: for key in params。",
    ),
    _cause(
        "velocity_late",
        "it moves by the velocity of the step before",
        "1 ステップ前の速度で動いています",
        "Update v first, then move by the new one: v = mu v - lr g, p = p + v.",
        "先に v を更新し、新しい v で動かします: v = mu v - lr g, p = p + v。",
    ),
    _cause(
        "weighted_twice",
        "the gradient gets the factor 1 - b twice",
        "係数 1 - b が勾配に二重に掛かっています",
        "v = b v + (1-b) g has it already: p = p - lr v.",
        "v = b v + (1-b) g にすでに含まれています: p = p - lr v。",
    ),
    _cause(
        "gradient_twice",
        "this step's gradient is added twice: it is in the velocity already",
        "このステップの勾配が二重に加わっています（速度にすでに含まれています）",
        "m = mu m + g, p = p - lr m. (Nesterov's is p = p - lr (g + mu m).)",
        "m = mu m + g, p = p - lr m とします（Nesterov なら p = p - lr (g + mu m)）。",
    ),
    _cause(
        "nesterov_terms",
        "a term of the look-ahead is wrong (written -> meant): {what}",
        "先読みの項が違います（誤り -> 正しい形）: {what}",
        "With the v of before: p = p + mu^2 v - (1+mu) lr g; with both: p = p - mu v_before + "
        "(1+mu) v; with the new v alone: p = p + mu v - lr g; with m = mu m + g: p = p - lr (g + mu m).",
        "更新前の v なら p = p + mu^2 v - (1+mu) lr g、両方の v なら p = p - mu v_before + (1+mu) v、"
        "新しい v だけなら p = p + mu v - lr g、m = mu m + g なら p = p - lr (g + mu m) です。",
    ),
    _cause(
        "decay_sign",
        "the weight decay has the wrong sign: the weights grow",
        "重み減衰の符号が逆で、重みが大きくなります",
        "g + lambda p: p = p - lr (g + lambda p), or p = p - lr lambda p beside the step.",
        "g + lambda p とします: p = p - lr (g + lambda p)、または更新量と別に p = p - lr lambda p。",
    ),
    replace(
        _cause(
            "decay_ignored",
            "it takes a weight decay, and the weights do not decay",
            "重み減衰の引数がありますが、使われていません",
            "Use lambda, g = g + lambda p before the rule; or leave the argument out.",
            "更新則の前に g = g + lambda p として使うか、引数を外してください。",
        ),
        warning=True,
    ),
    _cause(
        "decay_missing",
        "the weights do not decay: this is Adam, not AdamW",
        "重みが減衰しません（AdamW ではなく Adam です）",
        "AdamW decays beside the step: p = p - lr lambda p, then Adam's step.",
        "AdamW では更新量と別に減衰させます: p = p - lr lambda p の後に Adam の更新。",
        "AdamW",
    ),
    _cause(
        "decay_coupled",
        "the weight decay is in the gradient: this is Adam with L2, not AdamW",
        "重み減衰が勾配に入っています（AdamW ではなく L2 正則化つきの Adam です）",
        "AdamW leaves g as it is and decays beside the step: p = p - lr lambda p, then Adam's step.",
        "AdamW では g をそのまま使い、更新量と別に減衰させます: p = p - lr lambda p の後に Adam の更新。",
        "AdamW",
    ),
    _cause(
        "anothers_gradient",
        "{of} is updated with {other}, the gradient of another parameter",
        "{of} の更新に別のパラメータの勾配 {other} が使われています",
        "Each parameter goes with its own gradient: W1 with dW1, b1 with db1, ...",
        "各パラメータはそれぞれの勾配で更新します: W1 には dW1、b1 には db1 です。",
    ),
    replace(
        _cause(
            "keeps_gradient",
            "it keeps the array of the gradient itself as its state, not a copy",
            "勾配の配列をコピーせず、そのまま状態として保持しています",
            "Where the backward pass writes its gradients into the same arrays (grad[...] = dW), the "
            "state changes with them: v = g.copy(), or start from np.zeros_like(p).",
            "逆伝播が同じ配列に勾配を書き込む場合（grad[...] = dW）、状態も一緒に変わってしまいます。"
            "v = g.copy() とするか、np.zeros_like(p) から始めてください。",
        ),
        warning=True,
    ),
    _cause(
        "momentum_on_gradient",
        "the gradient is multiplied by mu as well: v = mu (v - lr g)",
        "勾配にも mu が掛かっています: v = mu (v - lr g)",
        "mu belongs to the earlier velocity alone: v = mu v - lr g, or m = mu m + g.",
        "mu は以前の速度だけに掛けます: v = mu v - lr g、または m = mu m + g。",
    ),
    _cause(
        "decay_divided",
        "the weight decay is divided by sqrt v^ + eps as well",
        "重み減衰も sqrt v^ + eps で割られています",
        "AdamW: p = p - lr (m^ / (sqrt v^ + eps) + lambda p), lambda p outside the quotient.",
        "AdamW では p = p - lr (m^ / (sqrt v^ + eps) + lambda p) のように、lambda p を割り算の外に置きます。",
        "AdamW",
    ),
)
