"""Mistakes read from a text: five lines each.

::

    === bias_missing | §1 | torch.nn.Linear
    the bias is not added
    バイアスが足されていません
    u = x W + b.
    u = x W + b です。

Key, section and page of torch, with ``| warning`` where it is one and ``-`` for what there is none
of; what is wrong, in English and in Japanese; what to do about it, in both.
"""

from pathlib import Path

from compare.check.concept import Mistake
from compare.check.i18n.text import Text

_DOCS, _WARNING = "https://docs.pytorch.org/docs/stable/", " | warning"


def read(file: Path) -> list[Mistake]:
    """The mistakes of a file; ValueError with the one that has a line too few or too many."""
    blocks = file.read_text(encoding="utf-8").split("\n=== ")[1:]
    return [_mistake(file.name, *block.splitlines()) for block in blocks]


def _mistake(file: str, header: str, *texts: str) -> Mistake:
    key, *where = header.removesuffix(_WARNING).split(" | ")
    if len(texts) != 4 or not all(texts) or len(where) > 2:
        raise ValueError(f"{file}, {key}: title and advice, each in English and Japanese")
    section, page = ("" if place == "-" else place for place in [*where, "-", "-"][:2])
    title, advice = Text(*texts[:2]), Text(*texts[2:])
    return Mistake(key, title, advice, section, link(page), header.endswith(_WARNING))


def link(page: str) -> str:
    """The address of a page of torch, which may be called after what it is of; "" of none."""
    return page and _DOCS + (f"generated/{page}.html" if page.startswith("torch.") else page)
