"""The course's code as it is handed out, beside the same mended: what differs, and what it costs.

Both lie in ``examples/``. A pair that trains has ``train(seed)``, whose result is what the effect
is measured by; it is run in a process of its own, like every submission.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from compare.language.message import message
from compare.sandbox.sandbox import Sandbox
from compare.sandbox.submission_files import Source
from compare.system.errors import UserError

# not part of the package: see NoExamples
HOME = Path(__file__).resolve().parents[3] / "examples"
GIVEN, MENDED = "as_distributed", "corrected"
# one seed may train well or badly by chance: medians
SEEDS = range(20)


class NoExamples(UserError):
    """The folder of examples is not there: only a checkout of the project has it."""


@dataclass(frozen=True)
class Defect:
    """One defect of the course's code: the file in which it shows, what it is, what torch does.

    ``part`` is the function that has it, of that file or of ``common/functions.py``. ``measured``
    says what ``train`` measures, or "" where nothing trains.
    """

    name: str
    file: str
    part: str
    about: str
    torch: str
    measured: str = ""


_FUNCTIONS = "common/functions.py"
DEFECTS = (
    Defect(
        "exercise_1_3",
        "exercise_1_3.py",
        "backward",
        # relative error 0.79 in the gradient of W1 and b1
        message("ReLU forward, the sigmoid's derivative backward, taken at z1"),
        message("right: the gradient of relu at u1"),
        message("loss after 1000 steps on single samples"),
    ),
    Defect(
        "sigmoid_network",
        "sigmoid_network.py",
        "backward",
        # z1 lies in (0, 1), so the derivative does in (0.197, 0.25)
        message(
            "the sigmoid's derivative of z1, which takes u1: a factor of 0.2 to 0.25 everywhere"
        ),
        message("right: sigmoid'(u1) = z1 (1 - z1)"),
        message("loss after 1000 steps on single samples"),
    ),
    Defect(
        "exercise_1_2",
        "exercise_1_2.py",
        "backward",
        message(
            "softmax with the sigmoid's delta y - d, which lacks 1/N: invisible with one sample"
        ),
        "cross_entropy(reduction='sum')",
        message("loss after 50 steps on 40 samples at once"),
    ),
    Defect(
        "binary",
        "binary.py",
        "cross_entropy_error",
        # d = [0] gives 0.134 where the cross-entropy is 2.074
        message(
            "one output: d.size == y.size takes d for one-hot, and its argmax is 0 whatever d is"
        ),
        "binary_cross_entropy",
        message("loss that is reported after training"),
    ),
    Defect(
        "regression",
        "regression.py",
        "d_mean_squared_error",
        message(
            "d_mean_squared_error divides by N, its loss by N K: the gradient is K times too large"
        ),
        message("0.5 * mse_loss(reduction='sum') / N has that gradient"),
        message("loss after 60 steps at the largest rate that suits the loss"),
    ),
    Defect(
        "numerical",
        "numerical.py",
        "numerical_gradient",
        message("numerical_gradient of an array (n, 1): tmp_val is a view, so the result is half"),
        "autograd.gradcheck",
        message("loss after 30 steps by numerical gradients"),
    ),
    Defect(
        "softmax_as_printed",
        "softmax_as_printed.py",
        "softmax",
        message("the report's listing is indented once too far: Python cannot read it"),
        "softmax(dim=-1)",
    ),
)


def find(name: str) -> tuple[Defect, ...]:
    """All of them, or the one of that name.   Raises KeyError."""
    defects = tuple(d for d in DEFECTS if name in ("", d.name))
    if not defects:
        raise KeyError(name)
    return defects


def sources(defect: Defect) -> tuple[str, str, str]:
    """(file, the function as distributed, the function corrected).   Raises NoExamples."""
    if not HOME.is_dir():
        raise NoExamples(
            message(
                "there is no {folder}: the examples come with a checkout of the project",
                folder=HOME,
            )
        )
    in_its_file = _function(GIVEN, defect.file, defect.part)
    # what it does not define itself, it imports from there
    file = defect.file if in_its_file else _FUNCTIONS
    distributed, corrected = (_function(folder, file, defect.part) for folder in (GIVEN, MENDED))
    return file, distributed, corrected


def _function(folder: str, file: str, name: str) -> str:
    path = HOME / folder / file
    text = path.read_text(encoding="utf-8") if path.is_file() else ""
    try:
        body = ast.parse(text).body
    except SyntaxError:
        # softmax_as_printed.py is no Python: that is its defect
        return text[text.index(f"def {name}") :]
    functions = (n for n in body if isinstance(n, ast.FunctionDef) and n.name == name)
    return next((ast.get_source_segment(text, node) or "" for node in functions), "")


def effect(defect: Defect) -> tuple[float, float]:
    """What ``train`` gives, as distributed and mended: medians over 20 seeds."""
    distributed, corrected = (_trained(HOME / folder / defect.file) for folder in (GIVEN, MENDED))
    return distributed, corrected


def _trained(path: Path) -> float:
    # as every submission: here, too, nothing of its own reaches this interpreter
    with Sandbox(Source.of(path)) as box:
        return median(box.call("train", seed).value for seed in SEEDS)
