"""Torch's operations under noise, beside torch's compiler."""

import subprocess
import sys

import numpy as np
import pytest
import torch

import compare

FIRST_CALL = """
import sys

import numpy as np, torch, compare
compare.assert_equivalent(np.tanh, torch.tanh, [np.ones((2, 3))], gradient=False)
print("torch._dynamo" in sys.modules)
"""


@pytest.mark.slow
def test_the_first_call_does_not_import_the_compiler():
    done = subprocess.run([sys.executable, "-c", FIRST_CALL], capture_output=True, text=True)
    assert (done.stdout, done.stderr) == ("False\n", "")


@pytest.mark.slow
def test_a_compiled_reference_is_compiled_and_its_noise_is_not():
    graphs = []

    def backend(module, inputs):
        graphs.append(module)
        return module.forward

    reference = torch.compile(lambda x: torch.relu(torch.tanh(x)), backend=backend)
    x = np.linspace(-2, 2, 12).reshape(3, 4)
    try:
        result = compare.equivalent(lambda x: np.maximum(np.tanh(x), 0), reference, [x])
    finally:
        torch.compiler.reset()
    assert result.passed, result
    assert 1 <= len(graphs) <= 2  # those of the reference in its dtypes, and none of the noise
