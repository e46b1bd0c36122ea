"""A case explained: its formula, its arrays, and both sources side by side."""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Iterator
from typing import Any

from rich.console import Group, RenderableType
from rich.syntax import Syntax
from rich.table import Table
from rich.text import Text

from compare.core.case import Case, Unavailable
from compare.core.problem import build
from compare.system.errors import UsageError

SIDE_BY_SIDE = 120  # columns; a narrower terminal gets one source above the other


def case_sources(case: Case, width: int) -> Iterator[RenderableType]:
    """What ``show`` prints, piece by piece."""
    yield Text(f"{case.name}   {case.section}", style="bold")
    yield Text(case.about)
    if case.formula:
        yield Text(f"\n  {case.formula}\n")
    if case.sizes:
        yield Text("sizes    " + "  ".join(f"{k}={v}" for k, v in case.sizes.items()))
    yield Text("dtypes   " + "  ".join(case.dtypes))
    yield from _arrays(case)
    yield from _statements(case)
    for path in case.sources:
        yield _both_sources(path, width)


def _arrays(case: Case) -> Iterator[Text]:

    try:
        problem = build(case, case.dtypes[0], seed=0)
    except Unavailable as why:
        yield Text(f"arrays   {why}")
        return
    for k, (name, values) in enumerate(problem.arrays.items()):
        label = "arrays   " if k == 0 else "         "
        if isinstance(values, tuple):
            shape = f"{len(values)} index arrays, the last of {len(values[-1])}"
        else:
            shape = f"{values.dtype} {values.shape}"
        yield Text(f"{label}{name:<8} {shape:<34} {problem.fingerprints[name]}")


def _statements(case: Case) -> Iterator[Text]:
    for name, value in case.golden.items():
        yield Text(f"golden   {name} = {value}")
    for name, known in case.known.items():
        yield Text(f"known    {name}: {known.what}{_only(known.dtypes)}, {known.reason}")
    for name, looser in case.looser.items():
        yield Text(f"limit    {name}: x{looser.factor:g}, {looser.reason}")


def _only(dtypes: tuple[str, ...]) -> str:
    return f" in {' and '.join(dtypes)}" if dtypes else ""


def _both_sources(path: str, width: int) -> RenderableType:
    sides = [(title, source(text)) for title, text in sources_of(path)]
    if width < SIDE_BY_SIDE:
        parts: list[Any] = []
        for title, code in sides:
            parts += [Text(f"\n--- {title}", style="bold"), code]
        return Group(*parts)
    table = Table(*(title for title, _ in sides), expand=True, title=path, padding=(0, 1))
    table.add_row(*(code for _, code in sides))
    return table


def _file(path: str) -> str:
    return path.split(".")[0] + ".py"


def sources_of(path: str) -> list[tuple[str, str]]:
    """(file, source) of scratch and of torch_ref, of what both have at a path as affine.affine.

    Raises UsageError where one cannot be shown.
    """
    return [(f"{p}/{_file(path)}", _source(p, path)) for p in ("scratch", "torch_ref")]


def _source(package: str, path: str) -> str:
    module, name = path.split(".")
    try:
        implementation = getattr(importlib.import_module(f"{package}.{module}"), name)
    except (ImportError, SyntaxError, AttributeError) as error:  # scratch is being written
        raise UsageError(f"{package}/{_file(path)} cannot be shown: {error}") from error
    return inspect.getsource(implementation)


def source(text: str) -> Syntax:
    """Python code in the terminal's own colours."""
    return Syntax(
        text,
        "python",
        theme="ansi_dark",  # the terminal's own sixteen colours, readable on its background
        background_color="default",
        word_wrap=True,
    )
