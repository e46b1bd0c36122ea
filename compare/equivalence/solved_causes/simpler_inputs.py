"""With which simpler array in place of one that was given both agree: what then needs a look."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

import numpy as np

from compare.language.message import Message, message

MOST = 24  # tries, of which each is a pass forward of both

Arrays = Mapping[str, np.ndarray]


def agreement(arrays: Arrays, agree: Callable[[Arrays], bool]) -> Message | str:
    """Where one array decides, and how it has to be for all of both to be the same; or ""."""
    for k, (name, text, value) in enumerate(_simpler(arrays)):
        if k >= MOST:
            return ""
        if agree({name: value}):
            return message(
                "it is in what is made of {name}: both agree where {how}", name=name, how=text
            )
    return ""


def _simpler(arrays: Arrays) -> Iterator[tuple[str, Message, np.ndarray]]:
    """Whole numbers first: masks, lengths and classes say how the others are taken."""
    for name, a in sorted(arrays.items(), key=lambda item: item[1].dtype.kind == "f"):
        if not a.size or np.all(a == a.flat[0]):
            continue
        if a.dtype.kind != "f":
            yield name, message("all of it are alike"), np.full_like(a, a.max())
        elif a.ndim < 2:
            # not 0, of which a product would be the same whatever it is made of
            yield name, message("all of it are 1"), np.ones_like(a)
