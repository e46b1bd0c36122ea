"""A Digest: every bit that one side computed, in as many digits as can be compared and kept."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from functools import lru_cache

import numpy as np

from compare.arithmetic.pieces import is_masked
from compare.core.trace import Trace

DIGITS = 16
_ADDRESS = re.compile(r" at 0x[0-9a-fA-F]+")


class Digest:
    """Runs along with the traces of one side: a chain of sha256 for each quantity, over its steps.

    digest_t = sha256(digest_{t-1} + full name, dtype, shape + bytes): what can be kept, and gone on
    with.
    """

    def __init__(self) -> None:
        self._chains: dict[str, bytes] = {}

    def update(self, trace: Trace) -> None:
        """Add every array of a trace: full name, dtype, shape and bytes."""
        for name, array in trace.values.items():
            # a chain, so that a run which is resumed needs
            # the last digest and not the steps before it
            kind = _kind(array.dtype, array.shape)
            about = f"{trace.full_name(name)}\0{kind}\0".encode()
            link = hashlib.sha256(self._chains.get(name, b"") + about)
            link.update(_bytes(array))
            self._chains[name] = link.digest()

    def by_quantity(self) -> dict[str, str]:
        """Quantity → 16 hexadecimal digits."""
        return {name: chain.hex()[:DIGITS] for name, chain in self._chains.items()}

    def state(self) -> dict[str, str]:
        """Quantity → its whole digest so far."""
        return {name: chain.hex() for name, chain in self._chains.items()}

    def restore(self, state: Mapping[str, str]) -> None:
        """Go on from there."""
        self._chains = {name: bytes.fromhex(chain) for name, chain in state.items()}


@lru_cache(maxsize=4096)
def _kind(dtype: np.dtype, shape: tuple[int, ...]) -> str:
    return f"{dtype.name} {dtype.str} {shape}"  # NumPy makes up the first two at each call


def _bytes(array: np.ndarray) -> bytes | memoryview:
    if type(array) is np.ndarray and array.flags.c_contiguous and array.dtype.isnative:
        if array.dtype.kind in "fiub" and array.ndim:
            return array.data  # as it stands in memory, without a copy
    if array.dtype.hasobject:  # the bytes are addresses there, of objects that have none of theirs
        return _ADDRESS.sub("", repr(array.tolist())).encode()
    # two masked arrays with the same data may hide different elements
    mask = np.ma.getmaskarray(array).tobytes() if is_masked(array) else b""
    return array.tobytes() + mask


def combined(by_quantity: Mapping[str, str]) -> str:
    """One digest of all quantities; "" of none."""
    text = "".join(f"{name}\0{digest}\0" for name, digest in sorted(by_quantity.items()))
    return hashlib.sha256(text.encode()).hexdigest()[:DIGITS] if text else ""
