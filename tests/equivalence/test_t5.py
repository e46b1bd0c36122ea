"""T5 of transformers, small and random, beside a port: same where it is right, else where not.

The port is of plain torch functions, in the numbers and by the names of the model's state_dict.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
import pytest
import torch

import compare
from compare import Outcome, watch

pytest.importorskip("transformers", reason="needs transformers, which is no dependency")

from transformers import T5Config, T5ForConditionalGeneration

pytestmark = [pytest.mark.numbers, pytest.mark.slow]

LAYERS, HEADS, WIDTH, BUCKETS, FURTHEST = 2, 4, 32, 8, 16
RNG = np.random.default_rng(7)
INPUTS = {
    "input_ids": RNG.integers(1, 50, (2, 10)),
    "attention_mask": np.array([[1] * 10, [1] * 7 + [0] * 3]),
    "decoder_input_ids": RNG.integers(1, 50, (2, 6)),
}


@dataclass(frozen=True)
class T5:
    """Every setting as transformers has it."""

    eps: Mapping[str, float] = field(default_factory=dict)  # of a norm, where it is not 1e-6
    scaled_scores: bool = False
    one_way: bool = False  # distances ahead and behind are not told apart in the encoder
    bias_in_every_layer: bool = True
    centred: str = ""  # this norm takes the mean away
    scaled_logits: bool = True

    def __call__(self, input_ids, attention_mask, decoder_input_ids, params):
        unseen = (attention_mask == 0)[:, None, None]
        memory = self.stack("encoder", input_ids, unseen, params)
        t = decoder_input_ids.shape[1]
        later = torch.ones(t, t, dtype=torch.bool).triu(1)
        x = self.stack("decoder", decoder_input_ids, later, params, memory, unseen)
        x = x / math.sqrt(WIDTH) if self.scaled_logits else x
        logits = watch("lm_head", x @ params["shared.weight"].T)
        return {"logits": logits, "encoder_last_hidden_state": memory}

    def stack(self, name, ids, hidden, params, memory=None, unseen=None):
        x = watch(f"{name}.embed_tokens", params["shared.weight"][ids])
        bias = self.bias(name, ids.shape[1], params)
        for k in range(LAYERS):
            layer = f"{name}.block.{k}.layer"
            own = bias if k == 0 or self.bias_in_every_layer else 0 * bias
            h = self.norm(f"{layer}.0.layer_norm", x, params)
            x = x + self.attention(f"{layer}.0.SelfAttention", h, h, own, hidden, params)
            if memory is not None:
                h = self.norm(f"{layer}.1.layer_norm", x, params)
                x = x + self.attention(f"{layer}.1.EncDecAttention", h, memory, 0, unseen, params)
            last = f"{layer}.{1 if memory is None else 2}"
            h = self.norm(f"{last}.layer_norm", x, params)
            wi_0, wi_1 = (linear(f"{last}.DenseReluDense.wi_{i}", h, params) for i in (0, 1))
            gated = watch(f"{last}.DenseReluDense.act", gelu(wi_0)) * wi_1
            x = watch(last, x + linear(f"{last}.DenseReluDense.wo", gated, params))
        return self.norm(f"{name}.final_layer_norm", x, params)

    def norm(self, name, x, params):
        x = x - x.mean(-1, keepdim=True) if name == self.centred else x
        single = x.float()  # whatever the format
        scale = torch.rsqrt((single * single).mean(-1, keepdim=True) + self.eps.get(name, 1e-6))
        return watch(name, params[f"{name}.weight"] * (x * scale).to(x.dtype))

    def attention(self, name, x, memory, bias, hidden, params):
        n, t, d = x.shape
        q, k, v = (
            linear(f"{name}.{which}", of, params).reshape(n, of.shape[1], HEADS, -1).transpose(1, 2)
            for which, of in (("q", x), ("k", memory), ("v", memory))
        )
        scores = q @ k.mT / (math.sqrt(d // HEADS) if self.scaled_scores else 1) + bias
        a = scores.masked_fill(hidden, -math.inf).softmax(-1) @ v
        return linear(f"{name}.o", a.transpose(1, 2).reshape(n, t, d), params)

    def bias(self, name, t, params):
        """For each head, by the distance of a key from a query: in buckets, wider further off."""
        distance = torch.arange(t) - torch.arange(t)[:, None]
        both_ways = name == "encoder" and not self.one_way
        many = BUCKETS // 2 if both_ways else BUCKETS
        ahead = (distance > 0) * many if both_ways else 0
        distance = distance.abs() if both_ways else -distance.clamp(max=0)
        exact = many // 2
        ratio = torch.log(distance.float() / exact) / math.log(FURTHEST / exact)
        far = (exact + (ratio * (many - exact)).long()).clamp(max=many - 1)
        buckets = ahead + torch.where(distance < exact, distance, far)
        table = f"{name}.block.0.layer.0.SelfAttention.relative_attention_bias"
        return watch(table, params[f"{table}.weight"][buckets]).permute(2, 0, 1)


def linear(name, x, params):
    return watch(name, x @ params[f"{name}.weight"].T)


def gelu(x):
    return x * (1 + torch.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3))) / 2


@pytest.fixture(scope="module")
def model():
    config = T5Config(
        vocab_size=50, d_model=WIDTH, d_kv=WIDTH // HEADS, d_ff=48, num_layers=LAYERS,
        num_heads=HEADS, relative_attention_num_buckets=BUCKETS,
        relative_attention_max_distance=FURTHEST, feed_forward_proj="gated-gelu", use_cache=False,
    )  # fmt: skip
    model = T5ForConditionalGeneration(config).eval()
    generator = torch.Generator().manual_seed(8)
    for param in model.parameters():  # gains too, which it begins as 1
        torch.nn.init.normal_(param, std=0.3, generator=generator)
    return model


def compared(port, model, **settings):
    settings = {"params": model.state_dict(), "watch": "*", "mine_takes": "torch", **settings}
    return compare.equivalent(port, model, INPUTS, **settings)


def test_a_right_port_is_the_same_in_every_dtype(model):
    result = compared(T5(), model, dtypes=["float64", "float32", "bfloat16", "float16"])
    assert result.passed, str(result)
    names = {c.name for c in result[0].verdict.comparisons if c.outcome is Outcome.SAME}
    assert {"encoder.embed_tokens", "decoder.block.1.layer.1.EncDecAttention.o"} <= names
    assert "one parameter with shared.weight" in " ".join(str(result).split())
    table = "encoder.block.0.layer.0.SelfAttention.relative_attention_bias"
    assert {f"grad/{table}.weight", "grad/shared.weight", "output/logits"} <= names


@pytest.mark.parametrize(
    ("fault", "first"),
    [
        (
            {"eps": {"decoder.block.1.layer.1.layer_norm": 1e-4}},
            "decoder.block.1.layer.1.layer_norm",
        ),
        ({"scaled_scores": True}, "encoder.block.0.layer.0.SelfAttention.o"),
        (
            {"one_way": True},
            "encoder.block.0.layer.0.SelfAttention.relative_attention_bias",
        ),
        ({"bias_in_every_layer": False}, "encoder.block.1.layer.0.SelfAttention.o"),
        (
            {"centred": "encoder.block.1.layer.1.layer_norm"},
            "encoder.block.1.layer.1.layer_norm",
        ),
        ({"scaled_logits": False}, "lm_head"),
    ],
    ids=lambda value: value if isinstance(value, str) else next(iter(value)),
)
def test_a_fault_is_found_where_it_is(model, fault, first):
    result = compared(replace(T5(), **fault), model, dtypes=["float64"])[0]
    assert result.outcome is Outcome.DIFFERENT and result.verdict.first.name == first
