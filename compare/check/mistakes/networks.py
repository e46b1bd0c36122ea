"""Mistakes in a whole network: in what its layers hand to one another, forward and back."""

from compare.check.concept import mistake

_DOCS = "https://docs.pytorch.org/docs/stable/generated/torch.nn"
_CROSS_ENTROPY = f"{_DOCS}.CrossEntropyLoss.html"
_LINEAR = f"{_DOCS}.Linear.html"
_SOFTMAX = f"{_DOCS}.functional.softmax.html"
_RELU = f"{_DOCS}.ReLU.html"
_AUTOGRAD = "https://docs.pytorch.org/docs/stable/notes/autograd.html"
_SGD = "https://docs.pytorch.org/docs/stable/generated/torch.optim.SGD.html"
_GRADCHECK = (
    "https://docs.pytorch.org/docs/stable/generated/torch.autograd.gradcheck.gradcheck.html"
)

CAUSES = (
    mistake(
        "no_hidden_activation",
        "the hidden layer has no activation: two affine layers are one",
        "隠れ層に活性化関数がありません: アフィン変換を重ねても 1 層と同じです",
        "z1 = f(u1), u2 = z1 W2 + b2: hand z1 on, not u1.",
        "z1 = f(u1)、u2 = z1 W2 + b2 です。u1 ではなく z1 を次の層に渡してください。",
        "§2", _RELU,
    ),
    mistake(
        "step_in_hidden_layer",
        "the hidden layer is a step function, whose derivative is 0",
        "隠れ層がステップ関数です。微分が 0 になり学習が進みません",
        "Take relu or sigmoid in hidden layers.",
        "隠れ層には relu か sigmoid を使ってください。",
        "§2", _RELU,
    ),
    mistake(
        "bias_left_out",
        "the bias of layer {layers} is not used",
        "層 {layers} のバイアスが使われていません",
        "u = x W + b.",
        "u = x W + b です。",
        "§1", _LINEAR,
    ),
    mistake(
        "network_softmax_axis",
        "the output's softmax sums over the wrong axis: {axis}",
        "出力層の softmax の軸が違います: {axis}",
        "Each sample is a row, and each row sums to 1: axis=-1, keepdims=True.",
        "1 行が 1 サンプルで、行ごとに和が 1 です。axis=-1, keepdims=True とします。",
        "§3", _SOFTMAX,
    ),
    mistake(
        "loss_without_softmax",
        "the loss takes the log of the scores: softmax is missing",
        "損失がスコアの log をとっています: softmax がありません",
        "E = -1/N sum log y, y = softmax(u2).",
        "E = -1/N Σ log y、y = softmax(u2) です。",
        "§3", _CROSS_ENTROPY,
    ),
    mistake(
        "loss_not_differentiated",
        "the loss that is reported is not the one that is differentiated: the loss is {loss}, "
        "the gradient is that of {gradient}",
        "表示する損失と微分している損失が違います: 損失は {loss}、勾配は {gradient} のものです",
        "delta2 = y - d belongs to cross-entropy with softmax or sigmoid, and to the squared "
        "error with identity; with sigmoid the squared error has (y - d) y (1 - y).",
        "delta2 = y - d となるのは、softmax か sigmoid と交差エントロピー、または恒等関数と"
        "二乗誤差の組です。sigmoid と二乗誤差なら (y - d) y (1 - y) です。",
        "§3", _CROSS_ENTROPY,
    ),
    mistake(
        "loss_reduced_otherwise",
        "the loss that is reported is the {loss}, the gradients are those of the {gradient}",
        "表示する損失は「{loss}」ですが、勾配は「{gradient}」のものです",
        "Reduce both alike: let the loss be the {gradient}, or the gradients those of the {loss}. "
        "In the course both are means over the batch: E = -1/N sum d log y, delta2 = (y - d) / N. "
        "It is one factor of all gradients, which lr can make up for; with N = 1 it does not "
        "show.",
        "どちらも同じとり方にします。損失を「{gradient}」にするか、勾配を「{loss}」のものに"
        "するかです。講座ではどちらもバッチ平均です: E = -1/N Σ d log y、delta2 = (y - d) / N。"
        "すべての勾配に同じ倍率がかかるだけなので学習率で補え、N = 1 では表れません。",
        "§3", _CROSS_ENTROPY, warning=True,
    ),
    mistake(
        "averaged_twice",
        "the gradients are divided by the batch size twice",
        "勾配がバッチサイズで 2 回割られています",
        "Divide by N once: in delta2 = (y - d) / N, or in grad W, not in both.",
        "N で割るのは 1 回だけです。delta2 = (y - d) / N か勾配の計算の一方で割ってください。",
        "§5", _CROSS_ENTROPY,
    ),
    mistake(
        "network_sign",
        "the sign is the other way round",
        "符号が逆です",
        "delta2 = y - d, W <- W - lr grad W; E = -sum d log y.",
        "delta2 = y - d、W ← W - lr·∂E/∂W、E = -Σ d log y です。",
        "§4", _SGD,
    ),
    mistake(
        "stale_forward",
        "the gradient uses the forward pass of the batch before",
        "勾配の計算に前のバッチの順伝播の結果が使われています",
        "Run the forward pass on the same x first, in gradient(x, d) itself.",
        "gradient(x, d) の中で、同じ x の順伝播を先に実行してください。",
        "§5", _AUTOGRAD,
    ),
    mistake(
        "network_derivative_at_z",
        "the derivative of the hidden layer is taken at z1 instead of u1",
        "隠れ層の微分を u1 ではなく z1 で計算しています",
        "delta1 = (delta2 W2^T) * f'(u1); for the sigmoid f'(u1) = z1 (1 - z1).",
        "delta1 = (delta2 W2^T) * f'(u1) です。シグモイドなら f'(u1) = z1 (1 - z1) です。",
        "§5", _AUTOGRAD,
    ),
    mistake(
        "network_derivative_of_u",
        "the derivative's formula for z1 is given u1",
        "z1 用の微分の式に u1 を代入しています",
        "z1 (1 - z1) for the sigmoid and 1 - z1^2 for tanh take the output z1.",
        "シグモイドの z1 (1 - z1)、tanh の 1 - z1^2 には出力 z1 を代入します。",
        "§5", _AUTOGRAD,
    ),
    mistake(
        "network_no_derivative",
        "the derivative of the hidden activation is missing",
        "隠れ層の活性化関数の微分が掛けられていません",
        "delta1 = (delta2 W2^T) * f'(u1). Of a sigmoid z1 > 0 is 1 everywhere: it is no derivative.",
        "delta1 = (delta2 W2^T) * f'(u1) です。sigmoid では z1 > 0 は常に 1 で、微分になりません。",
        "§5", _AUTOGRAD,
    ),
    mistake(
        "another_derivative",
        "forward the hidden layer is {forward}, backward its derivative is {slope}",
        "順伝播の隠れ層は {forward} ですが、逆伝播では {slope} を掛けています",
        "Take the derivative of the function that the forward pass uses: delta1 = (delta2 W2^T) * f'(u1).",
        "順伝播と同じ関数の微分を使ってください: delta1 = (delta2 W2^T) * f'(u1)。",
        "§5", _AUTOGRAD,
    ),
    mistake(
        "output_derivative_not_passed_on",
        "what is handed down is y - d, without the output's derivative",
        "前の層に伝える誤差に出力層の微分が掛けられていません",
        "delta1 = (delta2 W2^T) * f'(u1), delta2 = (y - d) g'(u2).",
        "delta1 = (delta2 W2^T) * f'(u1)、delta2 = (y - d) g'(u2) です。",
        "§5", _AUTOGRAD,
    ),
    mistake(
        "network_not_transposed",
        "the error is handed down through W2 instead of its transpose",
        "誤差を W2 の転置ではなく W2 そのものに掛けています",
        "delta1 = (delta2 W2^T) * f'(u1): delta2 is (N, K), W2 is (H, K).",
        "delta1 = (delta2 W2^T) * f'(u1) です。delta2 は (N, K)、W2 は (H, K) です。",
        "§5", _LINEAR,
    ),
    mistake(
        "dead_layer",
        "the gradient of the first layer is zero: nothing is handed down to it",
        "1 層目の勾配が 0 です: 誤差が伝わっていません",
        "delta1 = (delta2 W2^T) * f'(u1), grad W1 = x^T delta1.",
        "delta1 = (delta2 W2^T) * f'(u1)、∂E/∂W1 = x^T delta1 です。",
        "§5", _AUTOGRAD,
    ),
    mistake(
        "gradient_missing",
        "the gradient of {name} is zero",
        "{name} の勾配が 0 です",
        "grad W_k = z_(k-1)^T delta_k, grad b_k = sum_n delta_k.",
        "∂E/∂W_k = z_(k-1)^T delta_k、∂E/∂b_k = Σ_n delta_k です。",
        "§5", _LINEAR,
    ),
    mistake(
        "gradient_not_returned",
        "the gradient of {name} is not among those that are returned",
        "返される勾配の中に {name} の勾配がありません",
        "Return the gradient of every weight and every bias.",
        "重みとバイアスのすべての勾配を返してください。",
        "§5", _LINEAR,
    ),
    mistake(
        "factor_of_one_parameter",
        "the gradient of {name} is {factor} times the right one, the others are not",
        "{name} の勾配だけが正しい値の {factor} 倍です",
        "One delta for all: delta2 holds 1/N already; then sum over the batch, not mean.",
        "delta2 に 1/N が含まれていれば、バッチ方向は平均ではなく和をとります。",
        "§5", _LINEAR,
    ),
    mistake(
        "bias_gradient_scalar",
        "the gradient of {name} is summed to one number",
        "{name} の勾配が 1 つの数に足し合わされています",
        "grad b = delta.sum(axis=0): one number a unit.",
        "∂E/∂b = delta.sum(axis=0) です。ユニットごとに 1 つの値になります。",
        "§5", _LINEAR,
    ),
    mistake(
        "bias_gradient_of_one_sample",
        "the gradient of {name} is that of one sample only",
        "{name} の勾配が 1 サンプル分しかありません",
        "grad b = delta.sum(axis=0), over all samples.",
        "∂E/∂b = delta.sum(axis=0) と全サンプルで和をとります。",
        "§5", _LINEAR,
    ),
    mistake(
        "gradient_transposed",
        "the gradient of {name} is the transpose",
        "{name} の勾配が転置されています",
        "grad W = x^T delta has the shape of W.",
        "∂E/∂W = x^T delta は W と同じ形です。",
        "§5", _LINEAR,
    ),
    mistake(
        "gradients_swapped",
        "the gradients of the layers are in each other's place: {name}",
        "層の勾配が入れ替わっています: {name}",
        "grads['W1'] = x^T delta1, grads['W2'] = z1^T delta2.",
        "grads['W1'] = x^T delta1、grads['W2'] = z1^T delta2 です。",
        "§5", _LINEAR,
    ),
    mistake(
        "gradient_of_u",
        "the gradient of {name} is taken with u of the layer before instead of z",
        "{name} の勾配に前の層の z ではなく u を使っています",
        "grad W2 = z1^T delta2.",
        "∂E/∂W2 = z1^T delta2 です。",
        "§5", _LINEAR,
    ),
    mistake(
        "weights_not_in_way_back",
        "the error is handed down without the weights of the layer above",
        "誤差を前の層に伝えるとき、後の層の重みが掛けられていません",
        "delta1 = (delta2 W2^T) * f'(u1): each unit gets the errors above by its weights.",
        "delta1 = (delta2 W2^T) * f'(u1) です。後の層の誤差を重みに応じて受け取ります。",
        "§5", _LINEAR,
    ),
    mistake(
        "wrong_slope",
        "the derivative of the hidden layer ({forward}) is {slope}, should be {right}",
        "隠れ層（{forward}）の微分が {slope} になっています。正しくは {right} です",
        "sigmoid: z (1 - z); tanh: 1 - z^2; relu: 1 if u > 0 else 0.",
        "sigmoid は z (1 - z)、tanh は 1 - z^2、relu は u > 0 なら 1、そうでなければ 0 です。",
        "§5", _AUTOGRAD,
    ),
    mistake(
        "activation_on_scores",
        "the hidden activation is applied to the last layer as well, before the output's own",
        "出力層にも、出力の活性化関数の前に隠れ層の活性化関数が適用されています",
        "y = g(u2), u2 = z1 W2 + b2: softmax, sigmoid and identity take the scores as they are.",
        "y = g(u2)、u2 = z1 W2 + b2 です。softmax、sigmoid、恒等関数には u2 をそのまま渡してください。",
        "§3", _SOFTMAX,
    ),
    mistake(
        "softmax_of_one_output",
        "softmax of one output is always 1",
        "出力が 1 つの softmax は常に 1 になります",
        "One output for two classes takes the sigmoid; softmax takes one output a class.",
        "出力 1 つで 2 クラスを分けるなら sigmoid、softmax ならクラスごとに 1 つの出力にします。",
        "§3", _SOFTMAX,
    ),
    mistake(
        "output_derivative_missing",
        "the derivative of the output layer's activation is missing",
        "出力層の活性化関数の微分が掛けられていません",
        "delta2 = dE/dy g'(u2): for a squared error and tanh (y - d)(1 - y^2), for cross-entropy "
        "and softmax y - d.",
        "delta2 = ∂E/∂y g'(u2) です。二乗誤差と tanh なら (y - d)(1 - y^2)、"
        "交差エントロピーと softmax なら y - d です。",
        "§5", _AUTOGRAD,
    ),
    mistake(
        "right_of_one_sample",
        "of one sample the gradients are right, of several they are not",
        "1 サンプルでは勾配が正しいのに、複数サンプルでは正しくありません",
        "Each row is a sample of its own: d[np.arange(N), labels] -= 1 takes one number from each, "
        "d[:, labels] all of them from each.",
        "1 行が 1 サンプルです。d[np.arange(N), labels] -= 1 は各行から 1 つ、d[:, labels] は各行から"
        "すべてのラベルの列を引きます。",
        "§5", _CROSS_ENTROPY,
    ),
    mistake(
        "penalty_lacks",
        "the gradient of {name} lacks {factor} W, the derivative of the penalty in the loss",
        "{name} の勾配に、損失の正則化項の微分 {factor} W が足りません",
        "The derivative of lambda/2 W^2 is lambda W, that of lambda W^2 is 2 lambda W.",
        "λ/2 W² の微分は λW、λW² の微分は 2λW です。",
        "§4", _SGD,
    ),
    mistake(
        "penalty_too_much",
        "the gradient of {name} has {factor} W more than the penalty in the loss gives",
        "{name} の勾配に余分な項 {factor} W があります。損失の正則化項の微分と合いません",
        "The derivative of lambda/2 W^2 is lambda W, that of lambda W^2 is 2 lambda W.",
        "λ/2 W² の微分は λW、λW² の微分は 2λW です。",
        "§4", _SGD,
    ),
    mistake(
        "samples_of_the_module",
        "it takes the global {name}, not the samples that it is handed",
        "渡されたサンプルではなく、グローバル変数の {name} を使っています",
        "A function computes with its own parameters: with a mini-batch the global array has other "
        "samples, and another number of them.",
        "関数では引数を使います。ミニバッチでは、グローバル変数のサンプルは別のもので、個数も違います。",
        "§5", _LINEAR,
    ),
    mistake(
        "output_diagonal",
        "the error goes back through y (1 - y) alone, the diagonal of softmax's Jacobian",
        "誤差が softmax のヤコビ行列の対角成分 y (1 - y) だけを通って戻っています",
        "Each u_j moves every y_k: delta2 = (y - d) / N for cross-entropy, without y (1 - y).",
        "各 u_j はすべての y_k を動かします。交差エントロピーなら delta2 = (y - d) / N で、y (1 - y) は掛けません。",
        "§5", _SOFTMAX,
    ),
    mistake(
        "network_bias_over_units",
        "the gradient of {name} is summed over the units, not over the batch",
        "{name} の勾配が、バッチ方向ではなくユニット方向に足し合わされています",
        "grad b has one number a unit: delta.sum(axis=0) where samples are rows, axis=1 where "
        "they are columns.",
        "∂E/∂b はユニットごとに 1 つです。サンプルが行なら delta.sum(axis=0)、列なら axis=1 です。",
        "§5", _LINEAR,
    ),
    mistake(
        "gradient_without_input",
        "the gradient of {name} is not multiplied by the layer's input",
        "{name} の勾配に層の入力が掛けられていません",
        "grad W1 = x^T delta1, grad W2 = z1^T delta2.",
        "∂E/∂W1 = x^T delta1、∂E/∂W2 = z1^T delta2 です。",
        "§5", _LINEAR,
    ),
    mistake(
        "gradient_of_one_sample",
        "the gradient of {name} is that of one sample only",
        "{name} の勾配が 1 サンプル分しかありません",
        "Add up over the samples of the batch: += in the loop, not =.",
        "バッチの全サンプルについて足し合わせてください。ループの中では = ではなく += です。",
        "§5", _LINEAR,
    ),
    mistake(
        "output_derivative_at_y",
        "the derivative of the output's activation is taken at y instead of u",
        "出力層の活性化関数の微分を u ではなく y で計算しています",
        "delta2 = (y - d) g'(u2): hand u2 to g', or take a formula of y such as y (1 - y).",
        "delta2 = (y - d) g'(u2) です。g' に u2 を渡すか、y (1 - y) のような y の式を使ってください。",
        "§5", _AUTOGRAD,
    ),
    mistake(
        "output_derivative_of_u",
        "the formula of the output's derivative that is meant for y is given u",
        "y のための出力層の微分の式に u を渡しています",
        "y (1 - y) and 1 - y^2 take what comes out of the activation: y, not u2.",
        "y (1 - y) や 1 - y^2 に入れるのは活性化関数の出力 y です。u2 ではありません。",
        "§5", _AUTOGRAD,
    ),
    mistake(
        "one_activation_object",
        "hidden layers share one activation object, which remembers the last of them",
        "隠れ層どうしが 1 つの活性化オブジェクトを共有し、最後の層の値だけが残ります",
        "Make one object for each layer: what forward keeps is needed by the same layer's "
        "backward.",
        "層ごとに別のオブジェクトを作ってください。forward で保存した値は同じ層の backward で使います。",
        "§5", _RELU,
    ),
    mistake(
        "shared_between_networks",
        "two networks share their weights: they are kept in the class and not in the object",
        "2 つのネットワークが重みを共有しています: 重みがオブジェクトではなくクラスに置かれています",
        "Make them in __init__: self.params = {}.",
        "__init__ の中で self.params = {} のように作ってください。",
        "§5", _AUTOGRAD,
    ),
    mistake(
        "not_its_own_gradient",
        "the gradient of {name} is not the derivative of the forward pass; right are {others}",
        "{name} の勾配が、順伝播の微分になっていません（正しいもの: {others}）",
        "Take the line that makes it, and follow every path on which the weight reaches the "
        "loss: one product for each function on the way, and the sum over all paths.",
        "その勾配を求める行を見て、重みから損失までの経路をすべてたどってください。経路ごとに微分の積をとり、"
        "全経路の和をとります。",
        "§5", _GRADCHECK,
    ),
    mistake(
        "own_loss_scaled",
        "all gradients are {factor} times the derivative of the loss that is reported",
        "すべての勾配が、表示する損失の微分の {factor} 倍です",
        "Reduce both alike: both a sum over the batch, or both a mean; with the 1/2 in both, or "
        "in none. It is one factor of all gradients, which lr can make up for.",
        "どちらも同じとり方にします。バッチの和か平均か、1/2 を付けるかどうかを、損失と勾配でそろえてください。"
        "すべての勾配に同じ倍率がかかるだけなので、学習率で補えます。",
        "§3", _GRADCHECK, warning=True,
    ),
    mistake(
        "numerical",
        "the gradient is numerical: right to a few digits, and slow",
        "勾配が数値微分です: 数桁しか合わず、時間もかかります",
        "Keep it to check backpropagation; train with backpropagation.",
        "数値微分は検算に使い、学習には誤差逆伝播法を使ってください。",
        "§5", _GRADCHECK, warning=True,
    ),
)  # fmt: skip
