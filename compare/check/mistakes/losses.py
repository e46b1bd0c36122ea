"""Mistakes in losses."""

from compare.check.concept import mistake

_NN = "https://docs.pytorch.org/docs/stable/generated/torch.nn."
_MSE = _NN + "MSELoss.html"
_CE = _NN + "CrossEntropyLoss.html"
_BCE = _NN + "BCELoss.html"

CAUSES = (
    mistake(
        "one_sample_averaged",
        "one sample alone (1-D) is divided by its number of outputs K",
        "1 サンプル（1 次元）のとき、出力の数 K で割っています",
        "shape[0] of a 1-D array is K, not N: reshape one sample to (1, K) first, then N = 1.",
        "1 次元配列の shape[0] は N ではなく K です。先に (1, K) に変形すれば N = 1 になります。",
        "§5", _CE, warning=True,
    ),
    mistake(
        "loss_factor",
        "the loss has a wrong constant factor: {is} times {of}",
        "損失の定数倍が違います: {of} の {is} 倍になっています",
        "N samples of K numbers: the factor has to be one of {should}. Divide by the number "
        "of samples N once, such as d.shape[0].",
        "サンプル数 N、出力数 K のとき、係数は {should} のいずれかです。サンプル数 N"
        "（d.shape[0] など）で一度だけ割ってください。",
        "§3", _MSE,
    ),
    mistake(
        "loss_sign",
        "the loss has the wrong sign",
        "損失の符号が逆です",
        "A loss falls as y comes nearer to d: E = 1/2 mean (y - d)^2, and "
        "E = -1/N sum d log y with its minus.",
        "損失は y が d に近づくほど小さくなります。E = 1/2 mean (y - d)^2、"
        "交差エントロピーは先頭にマイナスが付き E = -1/N sum d log y です。",
        "§3", _CE,
    ),
    mistake(
        "error_not_squared",
        "the error is not squared: it sums {is}",
        "誤差が二乗されていません: {is} の和です",
        "E = 1/2 mean (y - d)^2: write np.mean((y - d) ** 2) / 2.",
        "E = 1/2 mean (y - d)^2 です。np.mean((y - d) ** 2) / 2 と書きます。",
        "§3", _MSE,
    ),
    mistake(
        "square_of_sum",
        "it squares the sum, not the errors",
        "誤差ごとではなく、和を二乗しています",
        "Square first, then sum: np.sum((y - d) ** 2), not np.sum(y - d) ** 2.",
        "先に二乗してから和をとります。np.sum(y - d) ** 2 ではなく np.sum((y - d) ** 2) です。",
        "§3", _MSE,
    ),
    mistake(
        "square_of_one",
        "only one of y and d is squared: it sums {is}",
        "y と d の片方だけが二乗されています: {is} の和です",
        "** binds more tightly than -: put the difference in brackets, (y - d) ** 2.",
        "** は - より先に計算されます。差を括弧に入れて (y - d) ** 2 と書いてください。",
        "§3", _MSE,
    ),
    mistake(
        "added",
        "it squares y + d, not y - d",
        "y - d ではなく y + d を二乗しています",
        "The error is the difference: E = 1/2 mean (y - d)^2.",
        "誤差は差です。E = 1/2 mean (y - d)^2 としてください。",
        "§3", _MSE,
    ),
    mistake(
        "root",
        "it takes the square root: this is the RMSE, not the squared error",
        "平方根をとっています: 二乗誤差ではなく RMSE です",
        "Leave out np.sqrt: the gradient (y - d)/N is that of E = 1/(2N) sum (y - d)^2.",
        "np.sqrt を外してください。勾配 (y - d)/N は E = 1/(2N) sum (y - d)^2 のものです。",
        "§3", _MSE,
    ),
    mistake(
        "broadcast_to_table",
        "each output is held against the targets of all samples: (N, 1) beside (N,) gives a table "
        "of (N, N)",
        "どの出力も全サンプルの目標値と比べています: (N, 1) と (N,) から (N, N) の表ができています",
        "Give both one shape before they are subtracted: y[:, 0] - t, or y - t[:, None].",
        "引く前に形をそろえます: y[:, 0] - t、または y - t[:, None]。",
        "§3", _MSE,
    ),
    mistake(
        "not_one_number",
        "the loss has to be one number, but it has shape {shape}",
        "損失は 1 つの数のはずですが、形が {shape} の配列です",
        "Reduce over both axes: np.sum(...) / N, without axis.",
        "両方の軸について和をとります。axis を付けずに np.sum(...) / N としてください。",
        "§3", _MSE,
    ),
    mistake(
        "log_base",
        "it takes {is}, not the natural logarithm",
        "自然対数ではなく {is} を使っています",
        "E = -1/N sum d ln y: np.log. The gradient y - d belongs to the natural logarithm.",
        "E = -1/N sum d ln y です。np.log を使ってください。勾配 y - d は自然対数のものです。",
        "§3", _CE,
    ),
    mistake(
        "no_log",
        "the logarithm is missing: it sums d y",
        "log がありません: d y の和です",
        "E = -1/N sum d log(y + 1e-7): write np.log(y + 1e-7).",
        "E = -1/N sum d log(y + 1e-7) です。np.log(y + 1e-7) と書いてください。",
        "§3", _CE,
    ),
    mistake(
        "epsilon_large",
        "epsilon {epsilon} is large: it moves the result visibly",
        "微小値 {epsilon} が大きく、結果が目に見えて変わります",
        "It only has to keep log y and 1/y away from 0: 1e-7 is enough.",
        "log y や 1/y が 0 で発散するのを防げばよく、1e-7 で十分です。",
        "§3", _CE, warning=True,
    ),
    mistake(
        "epsilon_too_large",
        "epsilon {epsilon} is too large: it is no longer small beside y",
        "微小値 {epsilon} が大きすぎて、y に比べて小さいといえません",
        "It only has to keep log y and 1/y away from 0: write 1e-7.",
        "log y や 1/y が 0 で発散するのを防げば十分です。1e-7 としてください。",
        "§3", _CE,
    ),
    mistake(
        "epsilon_outside",
        "epsilon {epsilon} is added outside the log, where it guards nothing",
        "微小値 {epsilon} が log の外で足されていて、log 0 を防げません",
        "Put it inside: np.log(y + 1e-7), not np.log(y) + 1e-7.",
        "log の中に入れます。np.log(y) + 1e-7 ではなく np.log(y + 1e-7) です。",
        "§3", _CE,
    ),
    mistake(
        "loss_swapped",
        "target and prediction are swapped: it takes the log of d",
        "目標値と予測が入れ替わっています: d の log をとっています",
        "E = -1/N sum d log(y + 1e-7): the log is of the prediction y. Look at the order of "
        "the parameters, too.",
        "E = -1/N sum d log(y + 1e-7) で、log をとるのは予測 y です。引数の順序も"
        "確認してください。",
        "§3", _CE,
    ),
    mistake(
        "softmax_twice",
        "softmax is applied to what is a softmax output already",
        "softmax の出力に、もう一度 softmax を適用しています",
        "The loss takes y = softmax(u): E = -1/N sum d log(y + 1e-7). Leave softmax either in "
        "the network or in the loss.",
        "損失が受け取るのは y = softmax(u) です。E = -1/N sum d log(y + 1e-7)。softmax は"
        "ネットワークか損失のどちらか一方で適用してください。",
        "§3", _CE,
    ),
    mistake(
        "labels_off_by_one",
        "class indices are off by one",
        "クラス番号が 1 つずれています",
        "Classes count from 0: y[np.arange(N), d], without + 1 or - 1.",
        "クラス番号は 0 から始まります。y[np.arange(N), d] とし、+ 1 や - 1 は不要です。",
        "§3", _CE,
    ),
    mistake(
        "collapses_targets",
        "a target with as many numbers as the output becomes its largest class: with K = 1 "
        "the target is ignored, and probabilities count as one class",
        "出力と同じ大きさの目標値は最大のクラスに置き換えられます: K = 1 では目標値が無視され、"
        "確率の目標値は 1 つのクラスとして扱われます",
        "Sum over one-hot targets as they are, -np.sum(d * np.log(y + 1e-7)) / N; for one "
        "output take the binary cross-entropy.",
        "one-hot の目標値はそのまま -np.sum(d * np.log(y + 1e-7)) / N とします。出力が"
        " 1 つのときは 2 値交差エントロピーを使ってください。",
        "§3", _CE, warning=True,
    ),
    mistake(
        "binary_lacks_term",
        "the binary cross-entropy lacks one of its two terms",
        "2 値交差エントロピーの 2 つの項の片方がありません",
        "E = -mean [d log y + (1-d) log(1-y)]: where d = 0, the second term counts.",
        "E = -mean [d log y + (1-d) log(1-y)] です。d = 0 のときは第 2 項が効きます。",
        "§3", _BCE,
    ),
    mistake(
        "binary_term_sign",
        "the two terms of the binary cross-entropy have different signs",
        "2 値交差エントロピーの 2 つの項の符号が揃っていません",
        "The minus is of both terms: -(d log y + (1-d) log(1-y)), with brackets.",
        "マイナスは両方の項にかかります。-(d log y + (1-d) log(1-y)) と括弧を付けてください。",
        "§3", _BCE,
    ),
    mistake(
        "binary_wrong_term",
        "the second term of the binary cross-entropy is {is}",
        "2 値交差エントロピーの第 2 項が {is} になっています",
        "E = -mean [d log y + (1-d) log(1-y)]: the second term has 1 - in both places.",
        "E = -mean [d log y + (1-d) log(1-y)] です。第 2 項は d も y も 1 から引きます。",
        "§3", _BCE,
    ),
    mistake(
        "binary_targets_reversed",
        "the targets of the binary cross-entropy are the wrong way round: it takes "
        "(1-d) log y + d log(1-y)",
        "2 値交差エントロピーの目標値が逆です: (1-d) log y + d log(1-y) になっています",
        "E = -mean [d log y + (1-d) log(1-y)]: d belongs to log y.",
        "E = -mean [d log y + (1-d) log(1-y)] です。log y には d が掛かります。",
        "§3", _BCE,
    ),
    mistake(
        "log_of_sum",
        "the log of the sum of e^u is missing or has the wrong sign: each sample gives {is}",
        "log Σ e^u がないか、符号が違います: サンプルごとに {is} になっています",
        "E_n = log sum_j e^(u_j) - u[d], which is -log softmax(u)[d].",
        "E_n = log Σ_j e^(u_j) - u[d] です（-log softmax(u)[d] と同じ）。",
        "§3", _CE,
    ),
    mistake(
        "log_of_total",
        "the log is taken after the samples are added up: it is {is}",
        "サンプルについて足してから log をとっています: {is} になっています",
        "First the log of each sample, then the mean: E = -1/N sum_n log y[n, d_n].",
        "サンプルごとに log をとってから平均します: E = -1/N Σ_n log y[n, d_n] です。",
        "§3", _CE,
    ),
    mistake(
        "every_pair_of_indices",
        "y[:, d] takes every class of d from every sample, not one class from each",
        "y[:, d] は各サンプルから 1 つではなく、すべての組み合わせを取り出します",
        "Give both indices: y[np.arange(N), d], one element a row.",
        "行と列の番号を両方渡します: y[np.arange(N), d] で 1 行に 1 要素です。",
        "§3", _CE,
    ),
)  # fmt: skip
