"""Weights go into a comparison as they are stored."""

import json

import numpy as np
import pytest
import torch
from torch import nn

import compare
from compare.equivalence.modules.weight_files import weights_of

RNG = np.random.default_rng(3)
X = RNG.standard_normal((5, 4))
WEIGHTS = {"weight": RNG.standard_normal((3, 4)), "bias": RNG.standard_normal(3)}


def linear(x, params):
    return x @ params["weight"].T + params["bias"]


def write_safetensors(path, arrays, formats):
    """As https://huggingface.co/docs/safetensors describes it."""
    header, data = {"__metadata__": {"format": "pt"}}, b""
    for name, array in arrays.items():
        raw = array.tobytes()
        header[name] = {
            "dtype": formats[name],
            "shape": list(array.shape),
            "data_offsets": [len(data), len(data) + len(raw)],
        }
        data += raw
    text = json.dumps(header).encode()
    path.write_bytes(len(text).to_bytes(8, "little") + text + data)


@pytest.fixture(params=["mapping", "state_dict", ".npz", ".safetensors", ".pt", ".pth"])
def stored(request, tmp_path):
    tensors = {name: torch.tensor(a) for name, a in WEIGHTS.items()}
    path = tmp_path / f"weights{request.param}"
    if request.param == ".npz":
        np.savez(path, **WEIGHTS)
    elif request.param == ".safetensors":
        write_safetensors(path, WEIGHTS, dict.fromkeys(WEIGHTS, "F64"))
    elif request.param == ".pt":
        torch.save(tensors, path)
    elif request.param == ".pth":
        torch.save({"state_dict": tensors, "epoch": 3}, path)
    else:
        return WEIGHTS if request.param == "mapping" else tensors
    return path


def test_they_are_the_same_however_they_are_stored(stored):
    read = weights_of(stored)
    assert list(read) == list(WEIGHTS)
    assert all(np.array_equal(np.asarray(read[name]), WEIGHTS[name]) for name in WEIGHTS)
    compare.assert_equivalent(linear, nn.Linear(4, 3), [X], params=stored, gradient=False)


def test_bfloat16_is_read_with_all_its_digits(tmp_path):
    path = tmp_path / "weights.safetensors"
    coarse = torch.tensor(WEIGHTS["weight"]).bfloat16()
    raw = {"weight": coarse.view(torch.int16).numpy(), "bias": WEIGHTS["bias"].astype("<f4")}
    write_safetensors(path, raw, {"weight": "BF16", "bias": "F32"})
    read = weights_of(str(path))
    assert np.array_equal(read["weight"], coarse.float().numpy())
    state = {"weight": coarse, "bias": torch.tensor(WEIGHTS["bias"])}
    compare.assert_equivalent(linear, nn.Linear(4, 3), [X], params=state, gradient=False)


def test_what_cannot_be_read_is_said_in_words(tmp_path):
    (tmp_path / "cut.safetensors").write_bytes(b"\xff" * 20)
    write_safetensors(tmp_path / "short.safetensors", WEIGHTS, dict.fromkeys(WEIGHTS, "F64"))
    whole = (tmp_path / "short.safetensors").read_bytes()
    (tmp_path / "short.safetensors").write_bytes(whole[:-8])
    torch.save([1, 2], tmp_path / "list.pt")
    (tmp_path / "weights.h5").write_text("another format")
    (tmp_path / "text.npz").write_text("no zip")
    for params, words in (
        (tmp_path / "none.npz", "No such file"),
        (tmp_path / "weights.h5", "is none of .safetensors, .npz"),
        (tmp_path / "cut.safetensors", "a header of .* bytes in a file of 20"),
        (tmp_path / "short.safetensors", "is damaged"),
        (tmp_path / "list.pt", "holds no tensor"),
        (tmp_path / "text.npz", "is damaged"),
        (3, "params is of type int"),
    ):
        with pytest.raises(compare.UsageError, match=words):
            compare.equivalent(linear, nn.Linear(4, 3), [X], params=params)
