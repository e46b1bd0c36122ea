"""§1 From the input layer to the hidden layer."""

from compare.cases.programs import function
from compare.core.case import Case
from compare.language.message import message
from compare.oracle import formulas

AFFINE = function(
    "affine.affine",
    "x W b",
    "u",
    formulas.affine,
    "affine.affine_backward",
    {
        "x": (formulas.affine_to_x, "delta W"),
        "W": (formulas.affine_to_W, "x delta"),
        "b": (formulas.affine_to_b, "delta"),
    },
)
_COLUMN = function(
    "affine.affine_column",
    "x W b",
    "u",
    formulas.column,
    "affine.affine_column_backward",
    {
        "x": (formulas.column_to_x, "delta W"),
        "W": (formulas.column_to_W, "x delta"),
        "b": (formulas.affine_to_b, "delta"),
    },
)
_SOURCES = ("affine.affine", "affine.affine_backward")

# Sizes differ from each other, so that a transpose or a sum over the wrong axis has another shape.
CASES = (
    Case(
        "affine",
        "§1",
        message("the affine map of a batch of rows, and its three gradients"),
        AFFINE,
        formula="u = x W + b",
        sources=_SOURCES,
        sizes={"N": 4, "I": 3, "O": 2},
        arrays={"x": "N I", "W": "I O", "b": "O", "delta": "N O"},
    ),
    Case(
        "affine.square",
        "§1",
        message("the same where I = O, so that a transposed W has a legal shape"),
        AFFINE,
        formula="u = x W + b",
        sources=_SOURCES,
        sizes={"N": 5, "I": 4, "O": 4},  # equal on purpose
        arrays={"x": "N I", "W": "I O", "b": "O", "delta": "N O"},
    ),
    Case(
        "affine.one_sample",
        "§1",
        message("the affine map of one sample, a 1-D array"),
        AFFINE,
        formula="u = x W + b",
        sources=_SOURCES,
        # no N: a reduction that takes axis 0 for the batch goes wrong here
        sizes={"I": 3, "O": 2},
        arrays={"x": "I", "W": "I O", "b": "O", "delta": "O"},
    ),
    Case(
        "affine.column",
        "§1",
        message("the report's other convention, one sample as a column and W as (out, in)"),
        _COLUMN,
        formula="u = W x + b",
        sources=("affine.affine_column", "affine.affine_column_backward"),
        sizes={"I": 3, "O": 2},
        # as torch.nn.Linear stores its weight
        arrays={"x": "I", "W": "O I", "b": "O", "delta": "O"},
    ),
)
