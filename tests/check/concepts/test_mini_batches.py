"""Mini-batches of what is handed over as one list or array beside a size."""

import pytest

from compare.check.naming.bind import BY_NAME
from compare.core.outcome import Outcome

LIST = (
    "def batches(data, size):\n    return [data[k:k + size] for k in range(0, len(data), size)]\n"
)
ARRAY = (
    "def batches(X, size):\n"
    "    return [X[k * size:(k + 1) * size] for k in range(int(np.ceil(X.shape[0] / size)))]\n"
)


@pytest.mark.parametrize(
    ("text", "wrong", "cause"),
    [
        (LIST, ("data[k:k + size]", "data[k:k + size - 1]"), "batches_leave_out"),
        (LIST, ("range(0, len(data), size)", "range(0, len(data), size + 1)"), "batches_leave_out"),
        (ARRAY, ("np.ceil", "np.ceil(0.5) * np.ceil"), None),
        (ARRAY, ("(k + 1) * size", "(k + 1) * size + 1"), "batches_leave_out"),
    ],
)
def test_samples_handed_over_at_once_are_each_in_one_batch(judged, text, wrong, cause):
    text = "import numpy as np\n\n\n" + text.replace("batches", "mini_batches")
    assert judged(text, how=(BY_NAME,))[0]["mini_batches"].outcome is Outcome.SAME
    found = judged(text.replace(*wrong), how=(BY_NAME,))[0]["mini_batches"]
    assert [d.cause for d in found.diagnoses] == ([cause] if cause else [])
