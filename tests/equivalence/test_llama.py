"""Llama of transformers, small and random, beside a port: same where it is right, else where not.

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

from transformers import LlamaConfig, LlamaForCausalLM

pytestmark = [pytest.mark.numbers, pytest.mark.slow]

LAYERS, HEADS, KEY_HEADS, WIDTH = 2, 4, 2, 32
IDS = np.random.default_rng(5).integers(0, 50, (2, 9))


@dataclass(frozen=True)
class Llama:
    """Every setting as transformers has it."""

    eps: Mapping[str, float] = field(default_factory=dict)  # of a norm, where it is not 1e-6
    interleaved: bool = False  # neighbours are rotated together, and not the halves of a head
    theta: float = 10000.0
    first_position: int = 0
    first_hidden: int = 1  # key behind a query
    keys_tiled: bool = False  # query head k has key head k mod 2
    gate_last: bool = False  # the other of both products is activated

    def __call__(self, input_ids, params):
        x = watch("model.embed_tokens", params["model.embed_tokens.weight"][input_ids])
        angles = self.angles(x)
        for k in range(LAYERS):
            layer = f"model.layers.{k}"
            h = self.norm(f"{layer}.input_layernorm", x, params)
            x = x + self.attention(f"{layer}.self_attn", h, angles, params)
            h = self.norm(f"{layer}.post_attention_layernorm", x, params)
            gate, up = (
                linear(f"{layer}.mlp.{name}", h, params) for name in ("gate_proj", "up_proj")
            )
            gate, up = (up, gate) if self.gate_last else (gate, up)
            gate = watch(f"{layer}.mlp.act_fn", gate * torch.sigmoid(gate))
            x = watch(layer, x + linear(f"{layer}.mlp.down_proj", gate * up, params))
        return {"logits": linear("lm_head", self.norm("model.norm", x, params), params)}

    def norm(self, name, x, params):
        single = x.float()  # whatever the format
        scale = torch.rsqrt((single * single).mean(-1, keepdim=True) + self.eps.get(name, 1e-6))
        return watch(name, params[f"{name}.weight"] * (single * scale).to(x.dtype))

    def angles(self, x):
        """Cosine and sine for each position and each element of a head, in float32."""
        exponents = torch.arange(0, WIDTH // HEADS, 2).float() / (WIDTH // HEADS)
        # a buffer of the model, which has the format of its weights
        frequencies = (1 / self.theta**exponents).to(x.dtype).float()
        positions = torch.arange(x.shape[1]).float() + self.first_position
        angles = positions[:, None] * frequencies
        angles = (
            angles.repeat_interleave(2, -1) if self.interleaved else torch.cat([angles] * 2, -1)
        )
        return angles.cos().to(x.dtype), angles.sin().to(x.dtype)

    def rotated(self, x, angles):
        cos, sin = angles
        if self.interleaved:
            turned = torch.stack([-x[..., 1::2], x[..., ::2]], -1).flatten(-2)
        else:
            first, second = x.chunk(2, -1)
            turned = torch.cat([-second, first], -1)
        return x * cos + turned * sin

    def attention(self, name, x, angles, params):
        n, t, d = x.shape
        q, k, v = (
            linear(f"{name}.{which}_proj", x, params).reshape(n, t, heads, -1).transpose(1, 2)
            for which, heads in (("q", HEADS), ("k", KEY_HEADS), ("v", KEY_HEADS))
        )
        q, k = self.rotated(q, angles), self.rotated(k, angles)
        many = HEADS // KEY_HEADS
        k, v = (
            part.repeat(1, many, 1, 1) if self.keys_tiled else part.repeat_interleave(many, 1)
            for part in (k, v)
        )
        hidden = torch.ones(t, t, dtype=torch.bool).triu(self.first_hidden)
        scores = (q @ k.mT / math.sqrt(d // HEADS)).masked_fill(hidden, -math.inf)
        a = (scores.softmax(-1) @ v).transpose(1, 2).reshape(n, t, d)
        return linear(f"{name}.o_proj", a, params)


def linear(name, x, params):
    return watch(name, x @ params[f"{name}.weight"].T)


@pytest.fixture(scope="module")
def model():
    config = LlamaConfig(
        vocab_size=50, hidden_size=WIDTH, intermediate_size=48, num_hidden_layers=LAYERS,
        num_attention_heads=HEADS, num_key_value_heads=KEY_HEADS, max_position_embeddings=16,
        use_cache=False, bos_token_id=0, eos_token_id=0,
    )  # fmt: skip
    model, generator = LlamaForCausalLM(config).eval(), torch.Generator().manual_seed(6)
    for param in model.parameters():  # gains too, which it begins as 1
        torch.nn.init.normal_(param, std=0.4, generator=generator)
    return model


def compared(port, model, **settings):
    settings = {"params": model.state_dict(), "watch": "*", "mine_takes": "torch", **settings}
    return compare.equivalent(port, model, {"input_ids": IDS}, **settings)


def test_a_right_port_is_the_same_in_every_dtype(model):
    result = compared(Llama(), model, dtypes=["float64", "float32", "bfloat16", "float16"])
    assert result.passed, str(result)
    names = {c.name for c in result[0].verdict.comparisons if c.outcome is Outcome.SAME}
    assert {"model.layers.1.self_attn.o_proj", "model.norm", "output/logits"} <= names
    assert {"grad/lm_head.weight", "grad/model.layers.0.self_attn.k_proj.weight"} <= names
    # its norms round to float32, whatever it is given
    assert "less precise inside" in str(result[0])


def test_all_positions_moved_alike_are_no_fault(model):
    result = compared(replace(Llama(), first_position=3), model, gradient=False)
    assert result.passed, str(result)


@pytest.mark.parametrize(
    ("fault", "first"),
    [
        (
            {"eps": {"model.layers.1.input_layernorm": 1e-4}},
            "model.layers.1.input_layernorm",
        ),
        ({"interleaved": True}, "model.layers.0.self_attn.o_proj"),
        ({"theta": 500000.0}, "model.layers.0.self_attn.o_proj"),
        ({"first_hidden": 2}, "model.layers.0.self_attn.o_proj"),
        ({"keys_tiled": True}, "model.layers.0.self_attn.o_proj"),
        ({"gate_last": True}, "model.layers.0.mlp.act_fn"),
    ],
    ids=lambda value: value if isinstance(value, str) else next(iter(value)),
)
def test_a_fault_is_found_where_it_is(model, fault, first):
    result = compared(replace(Llama(), **fault), model, dtypes=["float64"])[0]
    assert result.outcome is Outcome.DIFFERENT and result.verdict.first.name == first
