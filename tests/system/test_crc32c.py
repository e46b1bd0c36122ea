"""The checksum is the one that TensorBoard computes, of data of any length."""

import numpy as np
import pytest
from tensorboard.compat.tensorflow_stub import pywrap_tensorflow

from compare.system.crc32c import crc32c, masked_crc32c


def test_it_is_that_of_the_standard():
    # RFC 3720, appendix B.4: 32 zeros, 32 ones, and the digits that every table of CRCs has
    assert crc32c(bytes(32)) == 0x8A9136AA
    assert crc32c(b"\xff" * 32) == 0x62A8AB43
    assert crc32c(b"123456789") == 0xE3069283


@pytest.mark.parametrize("size", [0, 1, 3, 63, 64, 65, 1023, 1024, 1025, 1087, 1088, 5000])
def test_it_is_tensorboards_own(size):
    data = np.random.default_rng(size).bytes(size)
    assert masked_crc32c(data) == pywrap_tensorflow.masked_crc32c(data)
