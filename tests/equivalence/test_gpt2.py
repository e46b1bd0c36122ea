"""GPT-2 of transformers, small and random, beside a port: same where it is right, else where not.

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

from transformers import GPT2Config, GPT2LMHeadModel

pytestmark = [pytest.mark.numbers, pytest.mark.slow]

LAYERS, HEADS = 2, 4
IDS = np.random.default_rng(1).integers(0, 50, (2, 7))
HEAD, EMBEDDING = "lm_head.weight", "transformer.wte.weight"


@dataclass(frozen=True)
class GPT2:
    """Every setting as transformers has it."""

    eps: Mapping[str, float] = field(default_factory=dict)  # of a norm, where it is not 1e-5
    exact_gelu: str = ""  # in this layer
    first_hidden: int = 1  # key behind a query
    first_position: int = 0
    scaled_by_layer: bool = True
    tied: bool = True

    def __call__(self, input_ids, params):
        embedding, positions = params[EMBEDDING], params["transformer.wpe.weight"]
        positions = positions[self.first_position :][: input_ids.shape[1]]
        x = watch("transformer.drop", embedding[input_ids] + positions)
        for k in range(LAYERS):
            layer = f"transformer.h.{k}"
            x = x + self.attention(
                f"{layer}.attn", self.norm(f"{layer}.ln_1", x, params), params, k
            )
            h = affine(f"{layer}.mlp.c_fc", self.norm(f"{layer}.ln_2", x, params), params)
            h = watch(f"{layer}.mlp.act", gelu(h, exact=layer == self.exact_gelu))
            x = watch(layer, x + affine(f"{layer}.mlp.c_proj", h, params))
        x = self.norm("transformer.ln_f", x, params)
        head = embedding if self.tied else embedding.detach()
        return {"logits": watch("lm_head", x @ head.T)}

    def norm(self, name, x, params):
        c = x - x.mean(-1, keepdim=True)
        scaled = c * torch.rsqrt((c * c).mean(-1, keepdim=True) + self.eps.get(name, 1e-5))
        return watch(name, scaled * params[f"{name}.weight"] + params[f"{name}.bias"])

    def attention(self, name, x, params, layer):
        n, t, d = x.shape
        q, k, v = (
            part.reshape(n, t, HEADS, d // HEADS).transpose(1, 2)
            for part in affine(f"{name}.c_attn", x, params).chunk(3, -1)
        )
        scores = q @ k.mT / math.sqrt(d // HEADS) / (layer + 1 if self.scaled_by_layer else 1)
        hidden = torch.ones(t, t, dtype=torch.bool).triu(self.first_hidden)
        a = scores.masked_fill(hidden, -math.inf).softmax(-1) @ v
        return affine(f"{name}.c_proj", a.transpose(1, 2).reshape(n, t, d), params)


def affine(name, x, params):  # its weights are (in, out)
    return watch(name, x @ params[f"{name}.weight"] + params[f"{name}.bias"])


def gelu(x, exact):
    if exact:
        return x * (1 + torch.erf(x / math.sqrt(2))) / 2
    return x * (1 + torch.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3))) / 2


@pytest.fixture(scope="module")
def model():
    config = GPT2Config(
        vocab_size=50, n_positions=12, n_embd=32, n_layer=LAYERS, n_head=HEADS, use_cache=False,
        scale_attn_by_inverse_layer_idx=True, bos_token_id=0, eos_token_id=0,
    )  # fmt: skip
    model, generator = GPT2LMHeadModel(config).eval(), torch.Generator().manual_seed(2)
    for param in model.parameters():  # biases and gains too, which it begins as 0 and 1
        torch.nn.init.normal_(param, std=0.4, generator=generator)
    return model


def compared(port, model, **settings):
    settings = {"params": model.state_dict(), "watch": "*", "mine_takes": "torch", **settings}
    return compare.equivalent(port, model, {"input_ids": IDS}, **settings)


def test_a_right_port_is_the_same_in_every_dtype(model):
    result = compared(GPT2(), model, dtypes=["float64", "float32", "bfloat16", "float16"])
    assert result.passed, str(result)
    names = {c.name for c in result[0].verdict.comparisons if c.outcome is Outcome.SAME}
    assert {"transformer.h.0.attn.c_attn", "transformer.h.1", "output/logits"} <= names
    assert {"grad/transformer.h.1.mlp.c_fc.bias", f"grad/{EMBEDDING}"} <= names
    assert f"{HEAD}: one parameter with {EMBEDDING}, and one gradient" in str(result)


@pytest.mark.parametrize(
    ("fault", "first"),
    [
        ({"eps": {"transformer.h.1.ln_2": 1e-6}}, "transformer.h.1.ln_2"),
        ({"exact_gelu": "transformer.h.1"}, "transformer.h.1.mlp.act"),
        ({"first_hidden": 2}, "transformer.h.0.attn.c_proj"),
        ({"first_position": 1}, "transformer.drop"),
        ({"scaled_by_layer": False}, "transformer.h.1.attn.c_proj"),
        ({"tied": False}, f"grad/{EMBEDDING}"),
    ],
    ids=lambda value: value if isinstance(value, str) else next(iter(value)),
)
def test_a_fault_is_found_where_it_is(model, fault, first):
    result = compared(replace(GPT2(), **fault), model, dtypes=["float64"])[0]
    assert result.outcome is Outcome.DIFFERENT and result.verdict.first.name == first


def test_weights_come_straight_from_its_safetensors(model, tmp_path):
    model.save_pretrained(tmp_path)  # which leaves the second name of a tied one out
    file = tmp_path / "model.safetensors"
    assert compared(GPT2(), model, params=file, dtypes=["float32"]).passed


def test_a_cache_that_it_returns_is_compared_as_well(model):
    model.config.use_cache = True
    try:
        first = compared(GPT2(), model, gradient=False, dtypes=["float64"])[0].verdict.first
    finally:
        model.config.use_cache = False
    assert first.name == "output/cache/layers/0/keys" and "yours" in str(first.reason)
