"""The course's hands-on networks with their golden values, and the variants it asks to try."""

from typing import Any

import numpy as np

from compare.cases import inputs as draws
from compare.cases.programs import forward, function, network, training
from compare.core.case import Case, Load
from compare.core.outcome import ExpectedOutcome, Outcome
from compare.language.message import message
from compare.oracle import formulas

_W1 = [[0.1, 0.3, 0.5], [0.2, 0.4, 0.6]]
_B1 = [0.1, 0.2, 0.3]
_W2 = [[0.1, 0.4], [0.2, 0.5], [0.3, 0.6]]
_B2 = [0.1, 0.2]
_FIRST = {"x": [1.0, 2.0], "W1": _W1, "b1": _B1}
_U1 = "0.6 1.3 2.0"
_SOURCES = ("network.Network",)
_BACK = {"x": [[1.0, 5.0]], "d": np.array([[0, 1]]), "W1": _W1, "b1": _B1, "W2": _W2, "b2": _B2}


_CERTAIN = {
    # log(1 + 1e-7) is 1e-7, and the numbers next to 1 in float32 are 6e-8 and 1.2e-7 away from it
    "after/cross_entropy_error": ExpectedOutcome(
        Outcome.VACUOUS,
        message("the output is 1 and the loss -1e-7, which is less than float32's rounding of 1"),
        dtypes=("float32",),
    )
}

HANDS_ON = message("hands-on")


def _exercise(name: str, about: str, program: Any, arrays: Any, golden: Any, **more: Any) -> Case:
    return Case(
        f"exercise.{name}",
        HANDS_ON,
        about,
        program,
        sources=_SOURCES,
        arrays=arrays,
        golden=golden,
        **more,
    )


_EXERCISES = (
    _exercise(
        "1-1a",
        message("one unit, 2-1 relu"),
        forward("relu", "relu"),
        # integers in the notebook; floats here, so that the case runs in both formats
        {"x": [2.0, 3.0], "W1": [[0.1], [0.2]], "b1": [0.5]},
        {"y": "1.3"},
    ),
    _exercise(
        "1-1b",
        message("one layer of several units, 4-3 sigmoid"),
        forward("sigmoid", "sigmoid"),
        {
            "x": [1.0, 5.0, 2.0, -1.0],
            "W1": [[0.1, 0.2, 0.3], [0.2, 0.3, 0.4], [0.3, 0.4, 0.5], [0.4, 0.5, 0.6]],
            "b1": _B1,
        },
        {"u1": "1.4 2.2 3.0", "y": "0.80218389 0.90024951 0.95257413"},
    ),
    _exercise(
        "1-1b.column",
        message("the same in the report's other convention, u = np.dot(W, x) + b"),
        # W is (out, in): the numbers of the notebook's other version, which differ from 1-1b
        function("affine.affine_column", "x W b", "u", formulas.column),
        {
            "x": [1.0, 5.0, 2.0, -1.0],
            "W": [[0.1, 0.2, 0.3, 0.0], [0.2, 0.3, 0.4, 0.5], [0.3, 0.4, 0.5, 1.0]],
            "b": _B1,
        },
        {"u": "1.8 2.2 2.6"},
    ),
    _exercise(
        "1-1c",
        message("three layers, 2-3-2-2 relu relu identity"),
        forward("relu", "identity"),
        {**_FIRST, "W2": _W2, "b2": _B2, "W3": [[0.1, 0.3], [0.2, 0.4]], "b3": [1.0, 2.0]},
        {"u1": _U1, "z1": _U1, "u2": "1.02 2.29", "z2": "1.02 2.29", "y": "1.56 3.222"},
    ),
    _exercise(
        "1-1d",
        message("multi-class, 2-3-4 softmax and cross-entropy"),
        # the loss that the course prints has 1e-7 inside
        # the log; the network's own is the stable form
        network(report=("cross_entropy_error",)),
        {
            **_FIRST,
            "W2": [[0.1, 0.4, 0.7, 1.0], [0.2, 0.5, 0.8, 1.1], [0.3, 0.6, 0.9, 1.2]],
            "b2": [0.1, 0.2, 0.3, 0.4],
            "d": [0.0, 0.0, 0.0, 1.0],
        },
        {
            "z1": _U1,
            "u2": "1.02 2.29 3.56 4.83",
            "y": "0.01602796 0.05707321 0.20322929 0.72366954",
            "cross_entropy_error": "0.3234202933601941",
        },
    ),
    _exercise(
        "1-1e",
        message("regression, 2-3-2 identity and mean squared error"),
        # the course halves the MEAN over all elements; the
        # report's formula, 1/2 |y - d|^2, is twice that at K = 2
        network(output="identity", loss="mean_squared_error", report=("half_squared_error",)),
        {**_FIRST, "W2": _W2, "b2": _B2, "d": [2.0, 4.0]},
        {"y": "1.02 2.29", "loss": "0.9711249999999999", "half_squared_error": "1.94225"},
    ),
    _exercise(
        "1-1f",
        message("binary, 2-3-1 sigmoid and cross-entropy"),
        # at d = [1] the course's cross_entropy_error is right; at
        # K = 1 it ignores d, so that d = [0] would give the same
        network(output="sigmoid", loss="sigmoid_with_loss", report=("binary_cross_entropy_error",)),
        {**_FIRST, "W2": [[0.2], [0.4], [0.6]], "b2": [0.1], "d": [1.0]},
        {"u2": "1.94", "y": "0.87435214", "binary_cross_entropy_error": "0.13427195993720972"},
    ),
    *(
        _exercise(
            f"1-2.lr{lr:g}",
            message("back-propagation, 2-3-2, and one step at lr = {lr:g}", lr=lr),
            network(report=("cross_entropy_error",), lr=lr),
            _BACK,
            {
                "u1": "1.2 2.5 3.8",
                "u2": "1.86 4.21",
                "y": "0.08706577 0.91293423",
                "delta2": "0.08706577 -0.08706577",
                "delta1": "-0.02611973 -0.02611973 -0.02611973",
                "cross_entropy_error": "0.09109133135793131",
                "after/cross_entropy_error": after,
            },
            known=_CERTAIN if lr > 1 else {},  # a step of 10 or 100 makes the output exactly 1
        )
        for lr, after in (
            (0.0001, "0.09105074589590591"),
            (0.001, "0.0906861813303538"),
            (0.01, "0.08710960847142761"),
            (0.1, "0.05759133192915599"),
            (1.0, "0.00035840211750155017"),
            (10.0, "-9.999999505838704e-08"),
        )
    ),
    _exercise(
        "1-2.lr100",
        message("back-propagation, 2-3-2, and one step at lr = 100"),
        network(report=("cross_entropy_error",), lr=100.0),
        _BACK,
        # no value after the step: the course prints none for 100
        {"cross_entropy_error": "0.09109133135793131"},
        known=_CERTAIN,
    ),
)

_ZERO_SIGNAL = ExpectedOutcome(
    Outcome.VACUOUS,
    message("weights of zero pass no signal back: only the output layer's bias can learn"),
)


_EQUAL = message(
    "equal weights add up delta2, whose rows sum to 0: what reaches layer 1 is rounding noise"
)


def _variant(
    name: str, about: str, nodes: tuple[int, ...], kind: str, hidden: str, **more: Any
) -> Case:
    return Case(
        f"try.{name}",
        HANDS_ON,
        about,
        network(hidden=hidden, lr=0.1),
        formula="u_k = z_{k-1} W_k + b_k",
        sources=_SOURCES,
        sizes={"N": 30, "I": nodes[0], "K": nodes[-1]},
        arrays={
            "x": "N I",
            "d": draws.classes,
            # positive biases, so that a layer of relu units is not dead under weights of zero
            **draws.weights(nodes, kind, more.pop("biases", "positive")),
        },
        **more,
    )


_LAYER_1 = ("delta1", "grad/W1", "grad/b1", "grad/x")
_KNOWN_OF_WEIGHTS = {
    "zeros": dict.fromkeys((*_LAYER_1, "param/W1"), _ZERO_SIGNAL),
    "ones": {
        "delta1": ExpectedOutcome(Outcome.VACUOUS, _EQUAL),
        # where the noise happens to be exactly 0, so is all that follows from it
        **dict.fromkeys(_LAYER_1[1:], ExpectedOutcome(Outcome.VACUOUS, _EQUAL, always=False)),
    },
}

_VARIANTS = (
    *(
        _variant(
            f"weights.{kind}",
            message("initial weights: {kind}", kind=kind),
            (4, 5, 3),
            kind,
            "relu",
            known=_KNOWN_OF_WEIGHTS.get(kind, {}),
        )
        for kind in draws.WEIGHTS
    ),
    _variant(
        "biases.ones", message("initial biases: ones"), (4, 5, 3), "normal", "relu", biases="ones"
    ),
    _variant(
        "biases.zeros",
        message("initial biases: zeros"),
        (4, 5, 3),
        "normal",
        "relu",
        biases="zeros",
    ),
    *(
        _variant(
            f"nodes.{'-'.join(map(str, nodes))}",
            message("node counts {nodes}", nodes=str(nodes)),
            nodes,
            "xavier",
            "relu",
        )
        for nodes in ((3, 5, 4), (3, 10, 5, 4), (3, 50, 6), (3, 50, 2))
    ),
    Case(
        "try.nodes.5-10-1",
        HANDS_ON,
        message("node counts (5, 10, 1), one sigmoid output"),
        network("relu", "sigmoid", "sigmoid_with_loss", lr=0.1),
        sources=_SOURCES,
        sizes={"N": 6, "I": 5, "K": 1},
        arrays={"x": "N I", "d": draws.bits("N K"), **draws.weights((5, 10, 1), "xavier")},
    ),
    *(
        _variant(
            f"activation.{hidden}",
            message("hidden activation: {name}", name=hidden),
            (4, 5, 3),
            "normal",
            hidden,
        )
        for hidden in ("relu", "sigmoid", "tanh")
    ),
)

_SAMPLES = 1000


def _plane(low: float, high: float) -> Load:
    """Exercise 1-3: the target 3 x0 + 2 x1 of inputs uniform on (low, high)^2."""

    def load(rng: np.random.Generator, sizes: Any) -> dict[str, Any]:
        x = rng.uniform(low, high, (_SAMPLES, 2))
        return {"x": x, "d": (3 * x[:, 0] + 2 * x[:, 1])[:, np.newaxis]}

    return load


def _regression(
    name: str, about: str, hidden: str, batch_size: int, inputs: tuple[float, float] = (0.0, 1.0)
) -> Case:
    return Case(
        f"exercise.1-3{name}",
        HANDS_ON,
        about,
        training(hidden, "identity", "identity_with_loss", lr=0.07),
        formula="y = relu(x W1 + b1) W2 + b2;  target 3 x0 + 2 x1",
        sources=("training.train", "network.Network", "optimizers.SGD"),
        sizes={"N": _SAMPLES, "I": 2, "H": 10, "K": 1},
        arrays={
            **draws.weights((2, 10, 1), "normal"),
            # the course draws 1000 times from 100,000; a wrong step shows in fewer
            "batches": draws.batches(_SAMPLES, batch_size, 300, "with_replacement"),
        },
        load=_plane(*inputs),
        training=True,
    )


CASES = (
    *_EXERCISES,
    *_VARIANTS,
    _regression("", message("SGD on single samples, 2-10-1 relu"), "relu", 1),
    _regression(".sigmoid", message("the same with sigmoid hidden units"), "sigmoid", 1),
    _regression(".minibatch", message("the same with mini-batches of 16"), "relu", 16),
    # on 20 of 20 seeds: so divergence on both sides is a verdict of its own, and no mismatch
    _regression(
        ".wide", message("inputs from (-5, 5): it diverges, on both sides"), "relu", 1, (-5.0, 5.0)
    ),
)
