"""Which share dropout drops, and which it takes account of, also where the two are a half."""

import pytest

from compare.check.naming.bind import BY_NAME

LAYER = """
import numpy as np

class Dropout:
    def __init__(self, share={share}):
        self.share = share

    def forward(self, x, train=True):
        if train:
            self.mask = np.random.rand(*x.shape) >= self.share
            return x * self.mask
        return x * (1 - self.share)

    def backward(self, dout):
        return dout * self.mask
"""


@pytest.mark.parametrize("share", [0.5, 0.3])
@pytest.mark.parametrize(
    ("right", "wrong", "causes"),
    [
        ("", "", []),
        ("(1 - self.share)", "self.share", ["dropout_other_share"]),
        (">= self.share", "< self.share", ["dropout_other_share"]),
        ("(1 - self.share)", "1", ["dropout_not_alike"]),
    ],
)
def test_each_share_has_its_place(judged, share, right, wrong, causes):
    text = LAYER.format(share=share).replace(right, wrong) if right else LAYER.format(share=share)
    found, _ = judged(text, (BY_NAME,))
    assert [d.cause for d in found["Dropout"].diagnoses] == causes
