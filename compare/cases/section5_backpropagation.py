"""§5 Back-propagation through networks of any depth, activation, output and loss."""

from dataclasses import replace
from typing import Any

import numpy as np

from compare.cases import inputs
from compare.cases.programs import network, numerical, params_of, refusals, work
from compare.core.case import Case
from compare.core.outcome import ExpectedOutcome, Outcome
from compare.language.message import message, plural

_HIDDEN = ("identity", "relu", "sigmoid", "tanh", "step_function", "softmax")
# Every output with the losses that belong to it. relu and half_squared_error are the odd ones,
# on purpose: a delta that is right for softmax with cross-entropy alone, y - d, is wrong there.
_ENDS = (
    ("identity", "identity_with_loss", "N K"),
    ("identity", "half_squared_error", "N K"),
    ("identity", "mean_squared_error", "N K"),
    ("sigmoid", "sigmoid_with_loss", inputs.bits("N K")),
    ("sigmoid", "binary_cross_entropy", inputs.bits("N K")),
    ("sigmoid", "binary_cross_entropy_error", inputs.bits("N K")),
    ("sigmoid", "mean_squared_error", "N K"),
    ("tanh", "mean_squared_error", "N K"),
    ("relu", "half_squared_error", "N K"),
    ("softmax", "softmax_with_loss", inputs.classes),
    ("softmax", "cross_entropy_error", inputs.one_hot_classes),
    ("softmax", "half_squared_error", "N K"),
)
_SOURCES = ("network.Network",)
_STEP = ExpectedOutcome(
    Outcome.VACUOUS, message("a step passes no gradient: the layers below it learn nothing")
)


FORMULA = "delta_k = (delta_{k+1} W_{k+1}^T) * f'(u_k);  dE/dW_k = z_{k-1}^T delta_k"


def _zeros(rng: np.random.Generator, sizes: Any) -> np.ndarray:
    return np.zeros((sizes["N"], sizes["K"]))


def _network(
    name: str,
    about: str,
    nodes: tuple[int, ...],
    hidden: str,
    output: str,
    loss: str,
    d: Any,
    **more: Any,
) -> Case:
    return Case(
        f"mlp.{name}",
        "§5",
        about,
        network(hidden, output, loss),
        formula=FORMULA,
        sources=_SOURCES,
        sizes={"N": 6, "I": nodes[0], "K": nodes[-1]},
        arrays={"x": "N I", "d": d, **inputs.weights(nodes, "xavier")},
        **more,
    )


def _blocked(depth: int) -> dict[str, ExpectedOutcome]:
    # not of the output layer
    names = [f"{kind}{k}" for k in range(1, depth) for kind in ("delta", "grad/W", "grad/b")]
    return dict.fromkeys((*names, "grad/x"), _STEP)


def _probe(name: str, about: str, x: Any, more: dict[str, Any] | None = None, N: int = 6) -> Case:
    """A network 4-5-3 on numbers that hide a mistake, or show it: they are not left to chance."""
    return Case(
        f"probe.{name}",
        "§5",
        about,
        network("relu", "softmax", "softmax_with_loss", lr=0.1),
        formula=FORMULA,
        sources=_SOURCES,
        sizes={"N": N, "I": 4, "K": 3},
        arrays={"x": x, "d": inputs.classes, **inputs.weights((4, 5, 3), "xavier"), **(more or {})},
    )


_WHOLE = {
    "W1": inputs.integers("I H", -2, 2),
    "b1": inputs.integers("H", -1, 1),
}
_PROBES = (
    _probe("duplicates", message("rows that repeat"), inputs.deliberate("N I", "duplicates")),
    _probe("zeros", message("inputs that are mostly 0"), inputs.deliberate("N I", "zeros")),
    _probe("one_sign", message("inputs of one sign"), inputs.deliberate("N I", "one sign")),
    _probe(
        "gap_40",
        message("scores tens apart: a saturated output"),
        inputs.deliberate("N I", "gap of 40"),
    ),
    _probe("gap_1000", message("scores a thousand apart"), inputs.deliberate("N I", "gap of 1000")),
    _probe("tiny", message("inputs of 1e-5"), inputs.deliberate("N I", "tiny")),
    # 1/N is 1: what divides twice by N, or never, passes here and fails elsewhere
    _probe("batch_of_1", message("a batch of one row"), "N I", N=1),
    # relu'(0): small whole numbers add up to exactly 0, normal ones hardly ever do
    replace(
        _probe(
            "kinks", message("whole numbers: many a u is exactly 0"), inputs.integers("N I", -2, 2)
        ),
        sizes={"N": 12, "I": 4, "H": 5, "K": 3},
        arrays={
            "x": inputs.integers("N I", -2, 2),
            "d": inputs.classes,
            **inputs.weights((4, 5, 3), "xavier"),
            **_WHOLE,
        },
    ),
    # everywhere else a transpose fails by its shape; here only its numbers can tell
    replace(
        _probe("square", message("N = I = H = K, so that a transpose has a legal shape"), "N I"),
        sizes={"N": 4, "I": 4, "H": 4, "K": 4},
        arrays={"x": "N I", "d": inputs.classes, **inputs.weights((4, 4, 4), "xavier")},
    ),
    # d = 0: what multiplies by d where it should subtract, or divides by it, shows
    replace(
        _probe("zero_targets", message("targets that are all 0"), "N I"),
        program=network("tanh", "identity", "identity_with_loss", lr=0.1),
        arrays={"x": "N I", "d": _zeros, **inputs.weights((4, 5, 3), "xavier")},
    ),
)

CASES = (
    *_PROBES,
    *(
        _network(
            f"hidden.{hidden}",
            message("two layers, {name} between them", name=hidden),
            (4, 5, 3),
            hidden,
            "softmax",
            "softmax_with_loss",
            inputs.classes,
            known=_blocked(2) if hidden == "step_function" else {},
        )
        for hidden in _HIDDEN
    ),
    *(
        _network(
            f"{output}.{loss}",
            message("{output} output under {loss}", output=output, loss=loss),
            (4, 5, 3),
            "tanh",
            output,
            loss,
            d,
        )
        for output, loss, d in _ENDS
    ),
    *(
        _network(
            f"depth.{len(nodes) - 1}",
            plural("{n} layer of relu", "{n} layers of relu", len(nodes) - 1),
            nodes,
            "relu",
            "softmax",
            "softmax_with_loss",
            inputs.classes,
        )
        # one layer has no hidden delta; five show an index that is off by one
        for nodes in ((4, 3), (4, 6, 5, 3), (4, 9, 8, 7, 6, 3))
    ),
    replace(
        _network(
            "defaults",
            message("the activations and the loss that a network has where none are given"),
            (4, 5, 3),
            "relu",
            "softmax",
            "softmax_with_loss",
            inputs.classes,
        ),
        program=network("relu", "softmax", "softmax_with_loss", by_default=True),
    ),
    Case(
        "mlp.refused",
        "§5",
        message("a combined loss under an output that is not its own"),
        refusals(
            **{
                loss: lambda side, a, loss=loss, output=output: side.network(
                    params_of(a), output=output, loss=loss
                )
                for loss, output in (
                    ("identity_with_loss", "softmax"),
                    ("sigmoid_with_loss", "identity"),
                    ("softmax_with_loss", "sigmoid"),
                )
            }
        ),
        sources=_SOURCES,
        sizes={"I": 4, "K": 3},
        arrays=inputs.weights((4, 5, 3), "xavier"),
    ),
    Case(
        "numerical.gradient",
        "§5",
        message("central differences for every parameter of a network, of any shape"),
        numerical("tanh", "softmax", "softmax_with_loss"),
        formula="df/dx_i ~ (f(x + h e_i) - f(x - h e_i)) / 2h,  h = 1e-4",
        sources=("numerical.numerical_gradient",),
        sizes={"N": 6, "I": 3, "K": 2},
        arrays={"x": "N I", "d": inputs.classes, **inputs.weights((3, 4, 2), "xavier")},
        dtypes=("float64",),
    ),
    Case(
        "numerical.gradient.wide_step",
        "§5",
        message("the same of a squared error with h = 1/4, as float32 needs"),
        # a power of two is exact in every format; at h = 1e-4
        # float32's rounding of E is as large as the difference
        numerical("tanh", "identity", "identity_with_loss", h=0.25),
        formula="df/dx_i ~ (f(x + h e_i) - f(x - h e_i)) / 2h,  h = 1/4",
        sources=("numerical.numerical_gradient",),
        sizes={"N": 6, "I": 3, "K": 2},
        arrays={"x": "N I", "d": "N K", **inputs.weights((3, 4, 2), "normal")},
    ),
    Case(
        "backpropagation.work",
        "§5",
        message("the work that back-propagation saves: operations counted, for 41 parameters"),
        work("relu", "identity", "identity_with_loss"),
        formula="forward 2 N sum(I O);  back-propagation 3 forward;  differences 2 P forward",
        sources=("work.operations",),
        sizes={"N": 6, "I": 2, "H": 10, "K": 1},  # exercise 1-3's network: 41 parameters
        arrays={"x": "N I", "d": "N K", **inputs.weights((2, 10, 1), "xavier")},
    ),
)
