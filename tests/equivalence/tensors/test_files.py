"""Tensors out of every kind of file, as they were written; what is no such file is told."""

import json
import pickle

import ml_dtypes
import numpy as np
import pytest
import torch

from compare.equivalence.tensors.files import NoTensors, stored

ARRAYS = {
    "W": np.arange(6, dtype=np.float32).reshape(2, 3),
    "b": np.array([1.5, -0.0, np.nan]),
    "n": np.array(3),
    "empty": np.zeros((0, 2), np.float32),
    "F": np.asfortranarray(np.arange(6.0).reshape(2, 3)),
}


def safetensors(path, arrays, cut=0):
    header, offset = {"__metadata__": {"format": "pt"}}, 0
    names = {"float32": "F32", "float64": "F64", "int64": "I64", "bfloat16": "BF16"}
    for name, array in arrays.items():
        end = offset + array.nbytes
        header[name] = {
            "dtype": names[array.dtype.name], "shape": array.shape, "data_offsets": [offset, end]
        }  # fmt: skip
        offset = end
    text = json.dumps(header).encode()
    content = b"".join(np.ascontiguousarray(a).tobytes() for a in arrays.values())
    whole = len(text).to_bytes(8, "little") + text + content
    path.write_bytes(whole[: len(whole) - cut])


def written(path, arrays):
    if path.suffix == ".safetensors":
        safetensors(path, arrays)
    elif path.suffix == ".npz":
        (np.savez_compressed if "small" in path.name else np.savez)(path, **arrays)
    else:
        options = {"_use_new_zipfile_serialization": "old" not in path.name}
        torch.save({k: torch.from_numpy(a.copy()) for k, a in arrays.items()}, path, **options)
    return path


KINDS = ["a.safetensors", "a.npz", "small.npz", "a.pt", "old.pth"]


@pytest.mark.parametrize("name", KINDS)
def test_what_was_written_is_read(tmp_path, name):
    read = stored(written(tmp_path / name, ARRAYS)).arrays
    assert set(read) == set(ARRAYS)
    for key, array in ARRAYS.items():
        assert read[key].dtype == array.dtype
        np.testing.assert_array_equal(read[key], array)


def test_formats_that_numpy_lacks_keep_their_numbers(tmp_path):
    values = [1.0, -2.5, 3.140625]
    tensor = torch.tensor(values, dtype=torch.bfloat16)
    torch.save({"w": tensor, "e": tensor.to(torch.float8_e4m3fn)}, tmp_path / "a.pt")
    safetensors(tmp_path / "a.safetensors", {"w": np.array(values, ml_dtypes.bfloat16)})
    read = stored(tmp_path / "a.pt").arrays
    assert read["w"].dtype == ml_dtypes.bfloat16 and read["w"].astype(float).tolist() == values
    assert read["e"].astype(float).tolist() == [1.0, -2.5, 3.25]
    assert stored(tmp_path / "a.safetensors").arrays["w"].astype(float).tolist() == values


def test_a_checkpoint_is_flat_and_what_is_no_tensor_stands_beside(tmp_path):
    content = {"model": {"l.W": torch.ones(2)}, "steps": [3, 0.5], "rows": [torch.zeros(1)]}
    torch.save(content, tmp_path / "a.ckpt")
    read = stored(tmp_path / "a.ckpt")
    assert sorted(read.arrays) == ["model.l.W", "rows.0"]
    assert read.settings == {"steps.0": 3, "steps.1": 0.5}


def test_a_folder_is_all_its_shards(tmp_path):
    for k, name in enumerate(["W", "b"]):
        safetensors(tmp_path / f"shard-{k}.safetensors", {name: ARRAYS[name]})
    (tmp_path / "config.json").write_text("{}")
    assert sorted(stored(tmp_path).arrays) == ["W", "b"]
    safetensors(tmp_path / "again.safetensors", {"W": ARRAYS["W"]})
    with pytest.raises(NoTensors, match="W is in more than one file"):
        stored(tmp_path)


class Bomb:
    def __reduce__(self):
        return print, ("it ran",)


def test_no_code_in_a_file_runs(tmp_path, capsys):
    torch.save({"w": torch.ones(1), "x": Bomb()}, tmp_path / "a.pt")
    np.savez(tmp_path / "a.npz", w=np.array([Bomb()], dtype=object))
    (tmp_path / "b.pt").write_bytes(pickle.dumps(Bomb()))
    for name in ("a.pt", "a.npz", "b.pt"):
        with pytest.raises(NoTensors):
            stored(tmp_path / name)
    assert capsys.readouterr().out == ""


def test_what_cannot_be_read_is_told_with_its_name(tmp_path):
    safetensors(tmp_path / "cut.safetensors", ARRAYS, cut=9)
    (tmp_path / "short.safetensors").write_bytes(b"\xff" * 8)
    (tmp_path / "no.npz").write_bytes(b"PK\x03\x04 no archive")
    (tmp_path / "a.txt").write_text("")
    (tmp_path / "none").mkdir()
    (tmp_path / "both").mkdir()
    written(tmp_path / "both" / "a.npz", ARRAYS)
    written(tmp_path / "both" / "a.pt", ARRAYS)
    for name in (
        "cut.safetensors",
        "short.safetensors",
        "no.npz",
        "a.txt",
        "none",
        "both",
        "gone.pt",
    ):
        with pytest.raises(NoTensors) as told:
            stored(tmp_path / name)
        assert name in str(told.value)
