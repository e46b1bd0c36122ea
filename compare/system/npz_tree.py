"""Plain values and arrays as one npz that can be checked: no pickle, and nothing is executed."""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Mapping
from typing import Any

import numpy as np

from compare.language.message import message

_ARRAY, _TREE, _CHECKSUM = "array", "tree", "checksum"


class Damaged(Exception):
    """What was read is not what was written; the message says in which way."""


def packed(tree: Any) -> tuple[bytes, str]:
    """The file of nested dicts and lists of plain values and arrays, and its checksum.

    Raises ValueError or TypeError for anything else in them.
    """
    arrays: dict[str, np.ndarray] = {}
    text = json.dumps(_without_arrays(tree, arrays))
    arrays[_TREE] = np.frombuffer(text.encode("ascii"), np.uint8)  # json escapes the rest
    checksum = _checksum(arrays)
    arrays[_CHECKSUM] = np.frombuffer(bytes.fromhex(checksum), np.uint8)
    content = io.BytesIO()
    np.savez(content, allow_pickle=False, **arrays)
    return content.getvalue(), checksum


def unpacked(content: bytes) -> tuple[Any, str]:
    """What was packed, and its checksum.   Raises Damaged."""
    try:
        # a pickle runs code as it is read, and the file may be anybody's
        with np.load(io.BytesIO(content), allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files}
        stated = arrays.pop(_CHECKSUM).tobytes().hex()
        checksum = _checksum(arrays)
        tree = json.loads(arrays.pop(_TREE).tobytes())
        value = _with_arrays(tree, arrays)
    except Exception as error:  # whatever somebody has put there
        raise Damaged(
            message("it is cut off or damaged: {name}", name=type(error).__name__)
        ) from error
    if checksum != stated:
        raise Damaged(message("it is damaged: its checksum is another"))
    return value, checksum


def _checksum(arrays: Mapping[str, np.ndarray]) -> str:
    digest = hashlib.sha256()
    for name, array in arrays.items():
        # dtype and shape too: the same bytes are other numbers in another format
        digest.update(f"{name}\0{array.dtype.str}{array.shape}\0".encode())
        digest.update(array.tobytes())
    return digest.hexdigest()


def _without_arrays(tree: Any, arrays: dict[str, np.ndarray]) -> Any:
    """The tree with a number for each array, which is put into ``arrays`` under that."""
    if isinstance(tree, np.ndarray):
        # a subclass (masked, a matrix) would come back as a plain array, and objects need pickle
        if type(tree) is not np.ndarray or tree.dtype.hasobject:
            raise ValueError(f"{type(tree).__name__} of {tree.dtype} is no plain array")
        number = str(len(arrays))
        arrays[number] = tree
        return {_ARRAY: number}
    if isinstance(tree, Mapping):
        # that key marks an array when it is read; and JSON would turn the key 1 into "1"
        if _ARRAY in tree or not all(isinstance(key, str) for key in tree):
            raise ValueError(f"keys that cannot be kept: {', '.join(map(repr, tree))}")
        return {key: _without_arrays(value, arrays) for key, value in tree.items()}
    if isinstance(tree, (list, tuple)):
        return [_without_arrays(value, arrays) for value in tree]
    return tree


def _with_arrays(tree: Any, arrays: Mapping[str, np.ndarray]) -> Any:
    if isinstance(tree, dict):
        if _ARRAY in tree:
            return arrays[tree[_ARRAY]]
        return {key: _with_arrays(value, arrays) for key, value in tree.items()}
    if isinstance(tree, list):
        return [_with_arrays(value, arrays) for value in tree]
    return tree
