"""A file to begin with: everything of the course, signatures and formulas, and no bodies yet."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass

from compare.check.i18n.text import Text, same


@dataclass(frozen=True)
class Stub:
    """A function or method to be written: its first line, what it computes, and the formula."""

    head: str
    about: Text
    formula: str = ""


@dataclass(frozen=True)
class Chapter:
    """A section of the course with what belongs to it.

    ``class_name``: the class that holds the stubs · ``concept``: what that class is to be.
    """

    title: Text
    stubs: tuple[Stub, ...]
    class_name: str = ""
    concept: str = ""


def _activation(name: str, formula: str, derivative: str) -> tuple[Stub, ...]:
    about = Text(f"The derivative of {name} at u.", f"{name} の u での導関数。")
    elementwise = Text("Elementwise; u has any shape.", "要素ごと。u の形は任意。")
    return (
        Stub(f"def {name}(u):", elementwise, formula),
        Stub(f"def d_{name}(u):", about, derivative),
    )


def _loss(name: str, about: Text, formula: str, gradient: str) -> tuple[Stub, ...]:
    derivative = Text(f"The gradient of {name} in y.", f"{name} の y による勾配。")
    return (
        Stub(f"def {name}(d, y):", about, formula),
        Stub(f"def d_{name}(d, y):", derivative, gradient),
    )


def _optimizer(name: str, settings: str, formula: str) -> Chapter:
    begin = Text("Keep the settings; the state begins empty.", "設定を保存。状態は空から始める。")
    step = Text(
        "One step, in place: params and grads map the same names to arrays.",
        "1 ステップ更新（上書き）。params と grads は同じ名前の辞書。",
    )
    stubs = (
        Stub(f"def __init__(self, {settings}):", begin),
        Stub("def update(self, params, grads):", step, formula),
    )
    return Chapter(same(f"§4 {name}"), stubs, name, f"optimizer.{name.lower()}")


CHAPTERS = (
    Chapter(
        Text("§1 Layers: samples are rows", "§1 層: 1 行が 1 サンプル"),
        (
            Stub(
                "def affine(x, W, b):",
                same("x (N, I), W (I, H), b (H,) → u (N, H)."),
                "u = x W + b",
            ),
        ),
    ),
    Chapter(
        Text("§2 Activation functions", "§2 活性化関数"),
        (
            # the argument is u everywhere, also of the derivative: the course's convention,
            # d_sigmoid(z) is a mistake
            *_activation("step_function", "z = 1 if u > 0 else 0", "0"),
            *_activation("sigmoid", "z = 1 / (1 + e^-u)", "z (1 - z), z = sigmoid(u)"),
            *_activation("relu", "z = max(0, u)", "1 if u > 0 else 0"),
            *_activation("tanh", "z = tanh u", "1 - z^2, z = tanh u"),
        ),
    ),
    Chapter(
        Text("§3 Output layer and losses", "§3 出力層と損失関数"),
        (
            *_activation("identity", "y = u", "1"),
            Stub(
                "def softmax(u):",
                Text(
                    "u (N, K), or one sample (K,); rows sum to 1.", "u (N, K) か (K,)。行の和は 1。"
                ),
                "y_k = e^(u_k - max u) / sum_j e^(u_j - max u)",
            ),
            *_loss(
                "mean_squared_error",
                Text("Targets d and outputs y, (N, K).", "目標値 d と出力 y、どちらも (N, K)。"),
                # by N K, and the gradient too: the course's own d_mean_squared_error lacks the K
                "E = sum (d - y)^2 / (2 N K)",
                "dE/dy = (y - d) / (N K)",
            ),
            *_loss(
                "cross_entropy_error",
                Text(
                    "d one-hot (N, K) or class indices (N,); y probabilities (N, K).",
                    "d は one-hot (N, K) かクラス番号 (N,)、y は確率 (N, K)。",
                ),
                "E = -sum d log(y + 1e-7) / N",
                "dE/dy = -d / (N (y + 1e-7))",
            ),
            *_loss(
                "binary_cross_entropy_error",
                Text(
                    "d of 0 and 1, y probabilities, both (N, K).",
                    "d は 0 か 1、y は確率。どちらも (N, K)。",
                ),
                "E = -sum (d log(y + 1e-7) + (1 - d) log(1 - y + 1e-7)) / (N K)",
                "dE/dy = ((1 - d) / (1 - y) - d / y) / (N K)",
            ),
            Stub(
                "def softmax_with_loss(d, u):",
                Text(
                    "The cross-entropy of softmax(u), from u; d as above.",
                    "softmax(u) の交差エントロピーを u から直接求める。d は上と同じ。",
                ),
                "E = sum_n (log sum_j e^(u_nj) - sum_k d_nk u_nk) / N",
            ),
            Stub(
                "def d_softmax_with_loss(d, y):",
                Text(
                    "Its gradient in u, from y = softmax(u).",
                    "その u による勾配を y = softmax(u) から求める。",
                ),
                "dE/du = (y - d) / N",
            ),
            Stub(
                "def accuracy(d, y):",
                Text(
                    "The share of samples whose largest output is the right class.",
                    "最大の出力が正解のクラスであるサンプルの割合。",
                ),
                "mean over n of [argmax_k y_nk = argmax_k d_nk]",
            ),
        ),
    ),
    _optimizer("SGD", "lr=0.01", "p <- p - lr g"),
    # the course's form; torch takes the rate out of v, which differs where it changes
    _optimizer("Momentum", "lr=0.01, momentum=0.9", "v <- momentum v - lr g;  p <- p + v"),
    # 1e-10 is torch.optim.Adagrad's eps as well
    _optimizer("AdaGrad", "lr=0.01", "h <- h + g^2;  p <- p - lr g / (sqrt h + 1e-10)"),
    _optimizer(
        "RMSprop",
        "lr=0.01, rho=0.99",
        "h <- rho h + (1 - rho) g^2;  p <- p - lr g / (sqrt h + 1e-8)",
    ),
    _optimizer(
        "Adadelta",
        "lr=1.0, rho=0.9",
        "h <- rho h + (1 - rho) g^2;  D = sqrt(s + 1e-6) / sqrt(h + 1e-6) g;  "
        "s <- rho s + (1 - rho) D^2;  p <- p - lr D",
    ),
    _optimizer(
        "Adam",
        "lr=0.001, beta1=0.9, beta2=0.999",
        # 1e-8 outside of the root, as in the paper's Algorithm 1 (Kingma, Ba: arXiv 1412.6980) and
        # in torch
        "m <- b1 m + (1 - b1) g;  v <- b2 v + (1 - b2) g^2;  "
        "p <- p - lr (m / (1 - b1^t)) / (sqrt(v / (1 - b2^t)) + 1e-8)",
    ),
    Chapter(
        Text("§5 Gradients", "§5 勾配"),
        (
            Stub(
                "def d_affine(delta, x, W, b):",
                same("delta (N, H) → dx (N, I), dW (I, H), db (H,)."),
                "dx = delta W^T;  dW = x^T delta;  db = sum_n delta_n",
            ),
            Stub(
                "def numerical_gradient(f, x):",
                Text(
                    "The gradient of f at x by differences, to check the others; f(x) is a number.",
                    "差分による f の x での勾配。ほかの勾配の検算に使う。f(x) は数。",
                ),
                "(f(x + h e_i) - f(x - h e_i)) / 2h, h = 1e-4",
            ),
        ),
    ),
    Chapter(
        Text(
            "§5 A network of two layers, and back-propagation",
            "§5 2 層のネットワークと誤差逆伝播法",
        ),
        (
            Stub(
                "def __init__(self, input_size, hidden_size, output_size):",
                Text(
                    "self.params: W1 (I, H), b1 (H,), W2 (H, K), b2 (K,), small and random.",
                    "self.params に W1 (I, H), b1 (H,), W2 (H, K), b2 (K,) を小さな乱数で作る。",
                ),
            ),
            Stub(
                "def predict(self, x):",
                Text("The outputs of a batch.", "バッチの出力。"),
                "y = softmax(relu(x W1 + b1) W2 + b2)",
            ),
            Stub(
                "def loss(self, x, d):",
                Text("The mean cross-entropy of a batch.", "バッチの交差エントロピーの平均。"),
                "E = -sum d log y / N",
            ),
            Stub(
                "def gradient(self, x, d):",
                Text(
                    "The gradient of each parameter, by its name, by back-propagation.",
                    "誤差逆伝播法による各パラメータの勾配の辞書。",
                ),
                # relu' of u1 and not of z1: with another activation only u1 is right
                "delta2 = (y - d) / N;  delta1 = (delta2 W2^T) relu'(u1);  dW = z^T delta",
            ),
        ),
        "TwoLayerNet",
        "network",
    ),
)

# what belongs to the course, by the names of its concepts: of these, and no others, a submission
# is told that it lacks them; layers as classes and other forms of a loss are another way to write
COURSE = frozenset(
    name
    for chapter in CHAPTERS
    for name in (
        [chapter.concept]
        if chapter.concept
        else [s.head[4 : s.head.index("(")] for s in chapter.stubs]
    )
)

_INTRODUCTION = Text(
    "A neural network by hand, with NumPy alone.\n\n"
    "Replace each raise NotImplementedError by your own lines, in any order, and see what is\n"
    "right so far:\n\n    python -m compare check {name}\n\n"
    "Leave out what you do not need. Other names, orders of arguments and conventions are\n"
    "recognised, too.",
    "NumPy だけで書くニューラルネットワーク。\n\n"
    "raise NotImplementedError を好きな順に自分のコードに置き換え、\n"
    "ここまでの正しさを確かめます:\n\n"
    "    python -m compare check {name} --lang ja\n\n"
    "不要なものは消してかまいません。ほかの名前や引数の順序、流儀でも認識されます。",
)


def starting_file(name: str, lang: str = "en") -> str:
    """The text of a Python file with a stub for everything; ``name`` is what it will be called."""
    introduction = _INTRODUCTION.filled({"name": name}).of(lang)
    # np is imported for them: it is all that they may use
    parts = [f'"""{introduction}\n"""\n\nimport numpy as np']
    for chapter in CHAPTERS:
        parts.append(f"# {chapter.title.of(lang)}")
        stubs = [_stub(stub, lang) for stub in chapter.stubs]
        if chapter.class_name:
            body = textwrap.indent("\n\n".join(stubs), "    ")
            parts.append(f"class {chapter.class_name}:\n{body}")
        else:
            parts += stubs
    return "\n\n\n".join(parts) + "\n"


def _stub(stub: Stub, lang: str) -> str:
    about = stub.about.of(lang)
    lines = textwrap.wrap(stub.formula, 84, subsequent_indent="  ")
    doc = f'"""{about}"""' if not lines else "\n".join([f'"""{about}', "", *lines, '"""'])
    # raised and not passed: `check` then says "not written yet", and not "it returns None"
    return f"{stub.head}\n{textwrap.indent(doc, '    ')}\n    raise NotImplementedError"
