"""BERT of transformers, small and random, beside a port: same where it is right, else where not.

The port is of plain torch functions, in the numbers and by the names of the model's state_dict.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
import pytest
import torch
import torch.nn.functional as F

import compare
from compare import Outcome, watch

pytest.importorskip("transformers", reason="needs transformers, which is no dependency")

from transformers import BertConfig, BertForMaskedLM

pytestmark = [pytest.mark.numbers, pytest.mark.slow]

LAYERS, HEADS = 2, 4
RNG = np.random.default_rng(3)
MASK = np.array([[1] * 8, [1] * 5 + [0] * 3])
INPUTS = {
    "input_ids": RNG.integers(1, 50, (2, 8)) * MASK,  # 0 is padding
    "attention_mask": MASK,
    "token_type_ids": np.repeat([[0, 1]], 4, 1) * np.ones((2, 1), int),
}
EMBEDDINGS, WORDS = "bert.embeddings", "bert.embeddings.word_embeddings"


@dataclass(frozen=True)
class Bert:
    """Every setting as transformers has it."""

    eps: Mapping[str, float] = field(default_factory=dict)  # of a norm, where it is not 1e-12
    tanh_gelu: str = ""  # in this layer
    key_bias: bool = True
    masked: bool = True
    segments: bool = True
    normed_first: bool = False  # in the feed-forward part
    padding: int | None = 0

    def __call__(self, input_ids, attention_mask, token_type_ids, params):
        x = watch(WORDS, F.embedding(input_ids, params[f"{WORDS}.weight"], self.padding))
        x = x + params[f"{EMBEDDINGS}.position_embeddings.weight"][: input_ids.shape[1]]
        if self.segments:
            x = x + params[f"{EMBEDDINGS}.token_type_embeddings.weight"][token_type_ids]
        x = self.norm(f"{EMBEDDINGS}.LayerNorm", x, params)
        for k in range(LAYERS):
            layer = f"bert.encoder.layer.{k}"
            a = self.attention(f"{layer}.attention.self", x, attention_mask, params)
            a = affine(f"{layer}.attention.output.dense", a, params)
            x = self.norm(f"{layer}.attention.output.LayerNorm", a + x, params)
            h = self.norm(f"{layer}.output.LayerNorm", x, params) if self.normed_first else x
            h = affine(f"{layer}.intermediate.dense", h, params)
            h = watch(f"{layer}.intermediate", gelu(h, tanh=layer == self.tanh_gelu))
            h = affine(f"{layer}.output.dense", h, params)
            x = (
                h + x
                if self.normed_first
                else self.norm(f"{layer}.output.LayerNorm", h + x, params)
            )
        head = "cls.predictions.transform"
        x = self.norm(f"{head}.LayerNorm", gelu(affine(f"{head}.dense", x, params), False), params)
        bias = params["cls.predictions.bias"]
        return {"logits": watch("cls.predictions.decoder", x @ params[f"{WORDS}.weight"].T + bias)}

    def norm(self, name, x, params):
        c = x - x.mean(-1, keepdim=True)
        scaled = c * torch.rsqrt((c * c).mean(-1, keepdim=True) + self.eps.get(name, 1e-12))
        return watch(name, scaled * params[f"{name}.weight"] + params[f"{name}.bias"])

    def attention(self, name, x, attention_mask, params):
        n, t, d = x.shape

        def projected(which, bias=True):
            of = affine(f"{name}.{which}", x, params, bias)
            return of.reshape(n, t, HEADS, d // HEADS).transpose(1, 2)

        q, k, v = projected("query"), projected("key", self.key_bias), projected("value")
        scores = q @ k.mT / math.sqrt(d // HEADS)
        if self.masked:
            scores = scores.masked_fill(attention_mask[:, None, None] == 0, -math.inf)
        return (scores.softmax(-1) @ v).transpose(1, 2).reshape(n, t, d)


def affine(name, x, params, bias=True):
    return watch(name, x @ params[f"{name}.weight"].T + bias * params[f"{name}.bias"])


def gelu(x, tanh):
    if tanh:
        return x * (1 + torch.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3))) / 2
    return x * (1 + torch.erf(x / math.sqrt(2))) / 2


@pytest.fixture(scope="module")
def model():
    config = BertConfig(
        vocab_size=50, hidden_size=32, num_hidden_layers=LAYERS, num_attention_heads=HEADS,
        intermediate_size=48, max_position_embeddings=12,
    )  # fmt: skip
    model, generator = BertForMaskedLM(config).eval(), torch.Generator().manual_seed(4)
    for param in model.parameters():  # biases and gains too, which it begins as 0 and 1
        torch.nn.init.normal_(param, std=0.4, generator=generator)
    return model


def compared(port, model, **settings):
    settings = {"params": model.state_dict(), "watch": "*", "mine_takes": "torch", **settings}
    return compare.equivalent(port, model, INPUTS, **settings)


def test_a_right_port_is_the_same_in_every_dtype(model):
    result = compared(Bert(), model, dtypes=["float64", "float32", "bfloat16", "float16"])
    assert result.passed, str(result)
    names = {c.name for c in result[0].verdict.comparisons if c.outcome is Outcome.SAME}
    key = "bert.encoder.layer.1.attention.self.key"
    # the bias of the keys has a gradient of 0: it moves all scores of a query alike
    assert {
        key,
        f"grad/{key}.bias",
        "cls.predictions.transform.LayerNorm",
        "output/logits",
    } <= names


@pytest.mark.parametrize(
    ("fault", "first"),
    [
        (
            {"eps": {"bert.encoder.layer.1.output.LayerNorm": 1e-5}},
            "bert.encoder.layer.1.output.LayerNorm",
        ),
        ({"tanh_gelu": "bert.encoder.layer.1"}, "bert.encoder.layer.1.intermediate"),
        ({"key_bias": False}, "bert.encoder.layer.0.attention.self.key"),
        ({"masked": False}, "bert.encoder.layer.0.attention.output.dense"),
        ({"segments": False}, "bert.embeddings.LayerNorm"),
        ({"normed_first": True}, "bert.encoder.layer.0.output.LayerNorm"),
        ({"padding": None}, f"grad/{WORDS}.weight"),
    ],
    ids=lambda value: value if isinstance(value, str) else next(iter(value)),
)
def test_a_fault_is_found_where_it_is(model, fault, first):
    result = compared(replace(Bert(), **fault), model, dtypes=["float64"])[0]
    assert result.outcome is Outcome.DIFFERENT and result.verdict.first.name == first
