"""Activation functions and layers, as people write them: wrong, and right in another way."""

from compare.bench.corpus.entry import Planted, Variant

BUGS = (
    Planted(
        "softmax sums over everything",
        "softmax",
        ("softmax_axis",),
        """
import numpy as np

def softmax(x):
    e = np.exp(x - np.max(x))
    return e / np.sum(e)
""",
    ),
)

VARIANTS = (
    Variant(
        "softmax of columns",
        "softmax",
        """
import numpy as np

def softmax(x):
    e = np.exp(x - x.max(axis=0))
    return e / e.sum(axis=0)
""",
        "samples are columns",
    ),
)
