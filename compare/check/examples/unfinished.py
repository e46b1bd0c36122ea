"""What its author has not finished."""

from compare.check.examples.example import Planted, Variant

BUGS = (
    Planted(
        "relu is not written yet",
        "relu",
        ("not_written",),
        """
import numpy as np

def relu(u):
    raise NotImplementedError
""",
    ),
    Planted(
        "softmax without a return",
        "softmax",
        ("no_return",),
        """
import numpy as np

def softmax(x):
    e = np.exp(x - x.max(axis=-1, keepdims=True))
    e = e / e.sum(axis=-1, keepdims=True)
""",
    ),
    Planted(
        "relu that is passed over",
        "relu",
        ("no_return",),
        """
def relu(x):
    pass
""",
    ),
)
VARIANTS: tuple[Variant, ...] = ()
