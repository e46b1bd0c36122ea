"""A cast to a coarser format in another place is named, on whichever side it is."""

import numpy as np
import pytest
import torch
from torch import nn

import compare

RNG = np.random.default_rng(21)
X, W = RNG.standard_normal((12, 32)), 1 + 0.2 * RNG.standard_normal(32)


class Norm(nn.Module):
    """RMSNorm in a coarse format; cast before or behind the weight, or not at all."""

    def __init__(self, place, format=torch.bfloat16, eps=1e-6):
        super().__init__()
        self.place, self.format = place, format
        self.register_buffer("eps", torch.tensor(eps))  # no number that would be solved
        self.weight = nn.Parameter(torch.ones(32))

    def forward(self, x):
        h, w = x.to(self.format).float(), self.weight.to(self.format)
        h = h * torch.rsqrt(h.square().mean(-1, keepdim=True) + self.eps.float())
        if self.place == "before":
            h = w * h.to(self.format)
        elif self.place == "behind":
            h = (w.float() * h).to(self.format)
        else:
            h = w.float() * h
        return h.to(x.dtype)


def found(mine, reference):
    settings = {"params": {"weight": W}, "gradient": False, "dtypes": ["float64"]}
    return compare.equivalent(mine, reference, [X], **settings)


@pytest.mark.parametrize("format", [torch.bfloat16, torch.float16])
@pytest.mark.parametrize(
    ("mine", "reference", "says"),
    [
        ("behind", "before", "the reference casts to"),
        ("before", "behind", "yours casts to"),
        ("none", "behind", "and without it it is yours"),
    ],
)
def test_a_cast_in_another_place_is_named(mine, reference, says, format):
    said = found(Norm(mine, format), Norm(reference, format))[0].cause
    assert said.startswith("a cast in another place: ") and says in said
    assert str(format).removeprefix("torch.") in said


@pytest.mark.parametrize("place", ["before", "behind", "none"])
def test_a_cast_in_the_same_place_is_the_same(place):
    assert found(Norm(place), Norm(place)).passed


def test_another_mistake_is_no_cast():
    other = found(Norm("before", eps=0.1), Norm("before"))
    assert not other.passed and "cast" not in other[0].cause


def in_bfloat16(mine, reference):
    settings = {"params": {"weight": W}, "gradient": False, "dtypes": ["bfloat16"]}
    return compare.equivalent(mine, reference, [X], **settings)


class Upcast(nn.Module):
    """RMSNorm in float32, cast to what it was given before or behind the weight."""

    def __init__(self, before):
        super().__init__()
        self.before, self.weight = before, nn.Parameter(torch.ones(32))

    def forward(self, x):
        h = x.float()
        h = h * torch.rsqrt(h.square().mean(-1, keepdim=True) + 1e-6)
        return self.weight * h.to(x.dtype) if self.before else (self.weight * h).to(x.dtype)


@pytest.mark.parametrize("before", [True, False])
def test_in_a_coarse_format_alone_it_is_noise_and_said(before):
    result = in_bfloat16(Upcast(before), Upcast(not before))
    assert result.passed  # in another place is as right as it is, to within the format's rounding
    (note,) = (n for n in result[0].unseen if "cast in another place" in n)
    assert "elements of output" in note and "(cast 1 of 1)" in note


@pytest.mark.parametrize("before", [True, False])
def test_in_a_coarse_format_the_same_bits_have_no_note(before):
    result = in_bfloat16(Upcast(before), Upcast(before))
    assert result.passed and not any("cast" in note for note in result[0].unseen)
