"""Complex results: compared as real and imaginary part, forward and backward."""

import numpy as np
import pytest
import torch

import compare

pytestmark = pytest.mark.numbers

X = np.random.default_rng(5).standard_normal((3, 4))


def transform(x):
    return np.fft.fft(x).astype(np.result_type(x.dtype, np.complex64))


def gradient(delta, x):
    """The real part of the adjoint: x is real."""
    return np.fft.fft(delta.conj()).real.astype(x.dtype)


def names(result):
    return [c.name for c in result[0].verdict.comparisons]


def test_both_parts_of_an_output_and_its_gradient_are_compared():
    result = compare.assert_equivalent(transform, torch.fft.fft, [X], gradient=gradient)
    assert names(result)[:3] == ["output/real", "output/imag", "grad/x"]
    compare.assert_equivalent(torch.fft.fft, torch.fft.fft, [X])


@pytest.mark.parametrize(
    ("fault", "first"),
    [(np.conj, "output/imag"), (lambda z: z * (1 + 1e-9), "output/real")],
    ids=["conjugate", "a billionth"],
)
def test_a_fault_of_either_part_is_seen(fault, first):
    double = compare.equivalent(lambda x: fault(transform(x)), torch.fft.fft, [X], gradient=False)
    assert double[0].verdict.first.name == first


def test_a_gradient_of_one_part_alone_is_wrong():
    def of_real_part(delta, x):
        return gradient(delta.real.astype(delta.dtype), x)

    double = compare.equivalent(transform, torch.fft.fft, [X], gradient=of_real_part)[0]
    assert double.verdict.first.name == "grad/x"


def test_what_is_watched_may_be_complex_as_well():
    def watching(xp, turn):
        return lambda x: compare.watch("spectrum", turn(xp.fft.fft(x))).real

    def mine(x):
        return watching(np, np.conj)(x).astype(x.dtype)

    asked = {"arrays": [X], "gradient": False, "dtypes": ["float64"]}
    right = compare.assert_equivalent(mine, watching(torch, torch.conj), **asked)
    assert names(right)[:2] == ["spectrum/real", "spectrum/imag"]
    wrong = compare.equivalent(mine, watching(torch, lambda z: z), **asked)
    assert wrong[0].verdict.first.name == "spectrum/imag"


def test_complex_inputs_are_refused():
    with pytest.raises(compare.UsageError, match="real numbers or truth values are needed"):
        compare.equivalent(transform, torch.fft.fft, [X * 1j])
