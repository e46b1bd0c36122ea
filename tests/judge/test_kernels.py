"""The tests of numbers run with the kernels that the environment asks for, or they say nothing."""

import os

import numpy as np  # noqa: F401  loads the library that is asked
import pytest
import torch
from threadpoolctl import threadpool_info

pytestmark = pytest.mark.numbers

SHARED = {"Prescott": "Katmai"}  # OpenBLAS names the first of those that share their kernels


def test_torch_computes_with_the_instructions_that_were_asked_for():
    asked = os.environ.get("ATEN_CPU_CAPABILITY")
    if not asked:
        pytest.skip("nothing is asked for")
    assert torch.backends.cpu.get_cpu_capability().lower() == asked


def test_numpys_products_are_those_of_the_processor_that_was_asked_for():
    asked = os.environ.get("OPENBLAS_CORETYPE")
    blas = [library["architecture"] for library in threadpool_info() if "architecture" in library]
    if not asked or not blas:
        pytest.skip("nothing is asked for, or NumPy has another library than OpenBLAS")
    assert set(blas) <= {asked, SHARED.get(asked)}
