"""§3 Losses and their gradients."""

from typing import Any

from compare.cases import inputs
from compare.cases.programs import combined_loss, function, loss, refusals
from compare.core.case import Case
from compare.core.outcome import ExpectedOutcome, Outcome
from compare.language.message import message
from compare.oracle import formulas

FORMULAS = {
    "half_squared_error": "E = 1/(2N) sum_n |y_n - d_n|^2, the report's E_n averaged",
    "mean_squared_error": "E = 1/2 mean (y - d)^2 over all N K elements",
    "cross_entropy_error": "E = -1/N sum_n log(y[n, d_n] + 1e-7)",
    "binary_cross_entropy_error": "E = -mean [d log(y + 1e-7) + (1-d) log(1-y + 1e-7)]",
    "binary_cross_entropy": "E = -mean [d log y + (1-d) log(1-y)], each log >= -100",
    "softmax_with_loss": "E = 1/N sum_n (log sum_j e^u_nj - u[n, d_n]);  dE/du = (y - d)/N",
    "sigmoid_with_loss": "E = mean [max(u,0) - d u + log(1 + e^-|u|)];  dE/du = (y - d)/(N K)",
    "identity_with_loss": "E = 1/(2N) sum_n |u_n - d_n|^2;  dE/du = (y - d)/N",
}

_SIZES = {"N": 5, "K": 3}  # N != K, so that 1/N, 1/K and 1/(N K) are told apart
_ONE = {"K": 3}  # one sample, as a 1-D array: N is not d.shape[0]
# y is exactly 0 or 1; the first two are right, the others wrong
_CERTAIN = {"d": [[0.0], [1.0], [0.0], [1.0]], "y": [[0.0], [1.0], [1.0], [0.0]]}
_SHARES = inputs.uniform("N K", 0.02, 0.98)
# Rows whose largest outputs are equal, to the bit: 3 of 4 are right if the first counts, else 1.
_TIES = ([0, 1, 0, 2], [[0.4, 0.4, 0.2], [0.2, 0.4, 0.4], [1.0, 1.0, 1.0], [0.4, 0.2, 0.4]])
# 3 of 4 are right if 1/2 is a no, else 1.
_HALVES = ([[0.0], [1.0], [0.0], [0.0]], [[0.5], [0.75], [0.5], [0.75]])


def _case(
    name: str, variant: str, about: str, d: Any, argument: Any, sizes: dict[str, int]
) -> Case:
    combined = name.endswith("_with_loss")  # these take u, and belong to one output
    return Case(
        name + variant,
        "§3",
        about,
        combined_loss(name) if combined else loss(name),
        formula=FORMULAS[name],
        sources=(f"losses.{name}", f"losses.{'delta' if combined else 'd'}_{name}"),
        sizes=sizes,
        arrays={"d": d, "u" if combined else "y": argument},
    )


def _one_class(rng: Any, sizes: Any) -> Any:
    # an index without an axis: what one sample's target is
    return rng.integers(sizes["K"])


def _one_distribution(rng: Any, sizes: Any) -> Any:
    return inputs.probabilities(rng, {"N": 1, **sizes})[0]


CASES = (
    *(
        _case(name, "", message("the squared error of a batch"), "N K", "N K", _SIZES)
        for name in ("half_squared_error", "mean_squared_error", "identity_with_loss")
    ),
    *(
        _case(name, ".one_sample", message("the squared error of one sample"), "K", "K", _ONE)
        for name in ("half_squared_error", "mean_squared_error", "identity_with_loss")
    ),
    *(
        _case(name, variant, about, d, argument, _SIZES)
        for name, argument in (
            ("cross_entropy_error", inputs.probabilities),
            ("softmax_with_loss", "N K"),
        )
        for variant, about, d in (
            ("", message("class indices as targets"), inputs.classes),
            (".one_hot", message("one-hot targets"), inputs.one_hot_classes),
            # in the course's code the argmax of these is
            # taken: it takes every d of y's size for one-hot
            (".soft", message("probabilities as targets"), inputs.soft_classes),
        )
    ),
    _case(
        "cross_entropy_error",
        ".one_sample",
        message("one sample"),
        _one_class,
        _one_distribution,
        _ONE,
    ),
    _case("softmax_with_loss", ".one_sample", message("one sample"), _one_class, "K", _ONE),
    *(
        # K = 1, where class indices and one-hot rows are as many numbers
        _case(
            name,
            "",
            message("a batch with one output"),
            inputs.bits("N K"),
            argument,
            {"N": 6, "K": 1},
        )
        for name, argument in (
            # away from 0 and 1: what happens there is a case of its own
            ("binary_cross_entropy_error", inputs.uniform("N K", 0.02, 0.98)),
            ("binary_cross_entropy", inputs.uniform("N K", 0.02, 0.98)),
            ("sigmoid_with_loss", "N K"),
        )
    ),
    _case(
        "sigmoid_with_loss",
        ".many",
        message("several outputs, each yes or no"),
        inputs.bits("N K"),
        "N K",
        _SIZES,
    ),
    Case(
        "softmax_with_loss.saturated",
        "§3",
        message("the stable form at scores of ±1000: finite, and without a warning"),
        function("losses.softmax_with_loss", "d u", "loss", formulas.softmax_with_loss),
        formula=FORMULAS["softmax_with_loss"],
        sources=("losses.softmax_with_loss",),
        sizes={"N": 5, "K": 4},
        arrays={"d": inputs.classes, "u": inputs.saturated},
    ),
    Case(
        "sigmoid_with_loss.saturated",
        "§3",
        message("the stable form at scores of ±1000: finite, and without a warning"),
        function("losses.sigmoid_with_loss", "d u", "loss", formulas.sigmoid_with_loss),
        formula=FORMULAS["sigmoid_with_loss"],
        sources=("losses.sigmoid_with_loss",),
        sizes={"N": 5, "K": 4},
        arrays={"d": inputs.bits("N K"), "u": inputs.saturated},
    ),
    Case(
        "softmax_with_loss.refused",
        "§3",
        message("targets that are no classes: fractions, and one class for a whole batch"),
        refusals(
            fractions=lambda side, a: side.get("losses.softmax_with_loss")(a["fractions"], a["u"]),
            one_class=lambda side, a: side.get("losses.softmax_with_loss")(a["one_class"], a["u"]),
        ),
        sources=("losses.one_hot",),
        sizes={"N": 5, "K": 3},
        arrays={"fractions": inputs.uniform("N", 0.0, 2.0), "one_class": 1, "u": "N K"},
    ),
    Case(
        "binary_cross_entropy.certain",
        "§3",
        message("an output of exactly 0 and exactly 1, right and wrong: torch stops at -100"),
        function("losses.binary_cross_entropy", "d y", "loss", formulas.binary_cross_entropy),
        formula=FORMULAS["binary_cross_entropy"],
        sources=("losses.binary_cross_entropy",),
        sizes={"N": 4, "K": 1},
        arrays=_CERTAIN,
    ),
    Case(
        "binary_cross_entropy.certain.gradient",
        "§3",
        message("its gradient there, bounded by 1e-12 in the denominator"),
        loss("binary_cross_entropy"),
        formula=FORMULAS["binary_cross_entropy"],
        sources=("losses.binary_cross_entropy", "losses.d_binary_cross_entropy"),
        sizes={"N": 4, "K": 1},
        arrays=_CERTAIN,
        known={
            "grad/y": ExpectedOutcome(
                Outcome.DIFFERENT,
                message("torch keeps its bound of 1e-12 as a float32, which is 4e-9 off"),
                size=4e-9,
            )
        },
        dtypes=("float64",),  # in float32 that bound is the same number on both sides
    ),
    *(
        Case(
            f"accuracy{variant}",
            "§3",
            message("the share of samples in the right class: {about}", about=about),
            function("losses.accuracy", "d y", "accuracy", formulas.accuracy),
            formula="mean (argmax_k y_nk = d_n), or mean ((y_n > 1/2) = d_n) where K = 1",
            sources=("losses.accuracy",),
            sizes=sizes,
            arrays={"d": d, "y": y},
        )
        for variant, about, d, y, sizes in (
            ("", message("class indices as targets"), inputs.classes, "N K", {"N": 40, "K": 3}),
            (
                ".one_hot",
                message("one-hot targets"),
                inputs.one_hot_classes,
                "N K",
                {"N": 40, "K": 3},
            ),
            (
                ".one_output",
                message("one output, yes or no"),
                inputs.bits("N K"),
                _SHARES,
                {"N": 40, "K": 1},
            ),
            (".one_sample", message("one sample, one-hot"), [0.0, 1.0, 0.0], [0.2, 0.5, 0.3], _ONE),
            (
                ".ties",
                message("of outputs that are equal the first counts"),
                *_TIES,
                {"N": 4, "K": 3},
            ),
            (
                ".one_output.tie",
                message("an output of exactly 1/2 is a no"),
                *_HALVES,
                {"N": 4, "K": 1},
            ),
        )
    ),
)
