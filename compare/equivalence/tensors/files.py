"""The tensors of a file or a folder of files, by name: mapped into memory, read when looked at.

``.safetensors``, ``.npz``, ``.npy``, and what ``torch.save`` wrote (``.pt``, ``.pth``, ``.bin``,
``.ckpt``), which is read with ``weights_only``: no code in it runs. A folder is all such files in
it, as shards of one model.
"""

from __future__ import annotations

import json
import math
import pickle
import warnings
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from compare.language.message import message
from compare.language.system_errors import reason
from compare.system.errors import UserError
from compare.system.torch_settings import loaded

TORCH = (".pt", ".pth", ".bin", ".ckpt")
KINDS = (".safetensors", ".npz", ".npy", *TORCH)
# names of the format's specification: huggingface.co/docs/safetensors
_SAFETENSORS = {
    "F64": "float64", "F32": "float32", "F16": "float16", "BF16": "bfloat16",
    "F8_E4M3": "float8_e4m3fn", "F8_E5M2": "float8_e5m2",
    "I64": "int64", "I32": "int32", "I16": "int16", "I8": "int8",
    "U64": "uint64", "U32": "uint32", "U16": "uint16", "U8": "uint8", "BOOL": "bool",
}  # fmt: skip
# what NumPy alone has no type for is taken over by its bits
_OF_TORCH = {
    "torch.bfloat16": ("int16", "bfloat16"),
    "torch.float8_e4m3fn": ("uint8", "float8_e4m3fn"),
    "torch.float8_e5m2": ("uint8", "float8_e5m2"),
}
_HEADER = 8  # bytes that say how long it is


class NoTensors(UserError):
    """A file that cannot be read as tensors; the message names it and says why."""


@dataclass(frozen=True)
class Stored:
    """What a file holds: arrays by name, and what else stands beside them, by name as well."""

    arrays: Mapping[str, np.ndarray]
    settings: Mapping[str, Any]


def stored(path: Path) -> Stored:
    """Everything in a file, or in all files of a folder.   Raises NoTensors."""
    files = _files(path)
    arrays: dict[str, np.ndarray] = {}
    settings: dict[str, Any] = {}
    for file in files:
        for name, value in _read(file):
            into = arrays if isinstance(value, np.ndarray) else settings
            if name in arrays or name in settings:
                raise NoTensors(
                    message("{path}: {name} is in more than one file", path=path, name=name)
                )
            into[name] = value
    if not arrays:
        raise NoTensors(message("{path} holds no tensor", path=path))
    return Stored(arrays, settings)


def _files(path: Path) -> list[Path]:
    if not path.is_dir():
        if path.exists() and path.suffix not in KINDS:
            known = ", ".join(KINDS)
            raise NoTensors(
                message("{path} is none of {kinds}, and no folder", path=path, kinds=known)
            )
        return [path]
    files = sorted(file for file in path.iterdir() if file.suffix in KINDS)
    # a model is often there in two formats: each is a whole, and both together would be twice
    kinds = sorted({".torch" if file.suffix in TORCH else file.suffix for file in files})
    if len(kinds) > 1:
        raise NoTensors(
            message(
                "{path} has files of several kinds ({kinds}): name one of them",
                path=path,
                kinds=", ".join(kinds),
            )
        )
    return files


def _read(file: Path) -> Iterator[tuple[str, Any]]:
    try:
        if file.suffix == ".safetensors":
            yield from _safetensors(file)
        elif file.suffix == ".npz":
            yield from _npz(file)
        elif file.suffix == ".npy":
            yield file.stem, np.load(file, mmap_mode="r", allow_pickle=False)
        else:
            yield from _torch(file)
    except OSError as error:
        raise NoTensors(
            message("{path} cannot be read: {error}", path=file, error=reason(error))
        ) from error
    except (ValueError, KeyError, TypeError, EOFError, zipfile.BadZipFile) as error:
        why = f"{type(error).__name__}: {error}"
        raise NoTensors(message("{path} is damaged: {why}", path=file, why=why)) from error


def _safetensors(file: Path) -> Iterator[tuple[str, np.ndarray]]:
    """A header in JSON, then the bytes.   Source: huggingface.co/docs/safetensors, "Format"."""
    with file.open("rb") as opened:
        length = int.from_bytes(opened.read(_HEADER), "little")
        size = file.stat().st_size
        if length > size - _HEADER:
            raise ValueError(f"a header of {length} bytes in a file of {size}")
        header = json.loads(opened.read(length))
    for name, entry in header.items():
        if name != "__metadata__":
            begin, _end = entry["data_offsets"]
            dtype = _dtype(_SAFETENSORS[entry["dtype"]])
            yield name, _mapped(file, _HEADER + length + begin, dtype, tuple(entry["shape"]))


def _mapped(
    file: Path, offset: int, dtype: np.dtype, shape: tuple[int, ...], order: str = "C"
) -> np.ndarray:
    if not math.prod(shape):  # nothing can be mapped
        return np.zeros(shape, dtype)
    array = np.memmap(file, np.uint8, "r", offset, (math.prod(shape) * dtype.itemsize,))
    whole = np.asarray(array).view(dtype)
    return whole.reshape(shape, order="F" if order == "F" else "C")


def _npz(file: Path) -> Iterator[tuple[str, np.ndarray]]:
    with zipfile.ZipFile(file) as archive:
        for entry in archive.infolist():
            name = entry.filename.removesuffix(".npy")
            if entry.compress_type != zipfile.ZIP_STORED:
                # compressed: it is in memory while it is compared
                with np.load(file, allow_pickle=False) as members:
                    yield name, members[name]
                continue
            with archive.open(entry) as member:
                version = np.lib.format.read_magic(member)
                read = (
                    np.lib.format.read_array_header_1_0
                    if version == (1, 0)
                    else np.lib.format.read_array_header_2_0
                )
                shape, fortran, dtype = read(member)
                start = member.tell()
            if dtype.hasobject:
                raise ValueError(f"{name} holds Python objects")
            yield (
                name,
                _mapped(file, _data_of(file, entry) + start, dtype, shape, "F" if fortran else "C"),
            )


def _data_of(file: Path, entry: zipfile.ZipInfo) -> int:
    """Where the bytes of a member begin: behind its local header, whose lengths are its own."""
    with file.open("rb") as opened:
        opened.seek(entry.header_offset + 26)
        name, extra = (int.from_bytes(opened.read(2), "little") for _ in range(2))
    return entry.header_offset + 30 + name + extra


def _torch(file: Path) -> Iterator[tuple[str, Any]]:
    torch = loaded()
    options = {"map_location": "cpu", "weights_only": True}
    try:
        with warnings.catch_warnings():  # of pickle's protocol: what it cannot read is an error
            warnings.simplefilter("ignore")
            try:
                content = torch.load(file, mmap=True, **options)
            except RuntimeError:  # of a format that cannot be mapped
                content = torch.load(file, **options)
    except (pickle.UnpicklingError, RuntimeError) as error:
        first = str(error).strip().splitlines()[0]
        raise NoTensors(
            message(
                "{path} is no file of weights alone, which is all that is read: {why}",
                path=file,
                why=first,
            )
        ) from error
    yield from _flat(content, "")


def _flat(value: Any, name: str) -> Iterator[tuple[str, Any]]:
    """Every leaf by its path in dictionaries and lists."""
    if isinstance(value, Mapping):
        for key, each in value.items():
            yield from _flat(each, f"{name}.{key}" if name else str(key))
    elif isinstance(value, (list, tuple)):
        for k, each in enumerate(value):
            yield from _flat(each, f"{name}.{k}" if name else str(k))
    elif isinstance(value, loaded().Tensor):
        yield name, _array(value)
    else:
        yield name, value


def _array(tensor: Any) -> Any:
    """Its memory as an array; a tensor that has none, as one that is sparse, stays what it is."""
    tensor = tensor.detach()
    if tensor.is_sparse or tensor.is_quantized or tensor.device.type != "cpu":
        return tensor
    if str(tensor.dtype) not in _OF_TORCH:
        return tensor.resolve_conj().resolve_neg().numpy()
    bits, name = _OF_TORCH[str(tensor.dtype)]
    return tensor.view(getattr(loaded(), bits)).numpy().view(_dtype(name))


def _dtype(name: str) -> np.dtype:
    try:
        return np.dtype(name)
    except TypeError:
        raise NoTensors(
            message("{name} needs ml-dtypes: pip install 'scratch-compare[check]'", name=name)
        ) from None
