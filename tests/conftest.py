"""One thread: the arrays are small, and one order of summation repeats its bits."""

import pytest
import torch


@pytest.fixture(scope="session", autouse=True)
def _one_thread():
    torch.set_num_threads(1)
