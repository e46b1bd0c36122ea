"""A case explained: its formula, its arrays, and both sources side by side."""

from __future__ import annotations

import importlib
import inspect
import textwrap
from collections.abc import Iterator, Sequence

from rich.console import Group, RenderableType
from rich.syntax import Syntax
from rich.table import Table
from rich.text import Text

from compare.core.case import Case, Unavailable
from compare.core.problem import build
from compare.language.choice import _, told
from compare.language.columns import cell_len, set_cell_size
from compare.language.message import message
from compare.language.wrapping import filled
from compare.system.errors import UsageError

SIDE_BY_SIDE = 120  # columns; a narrower terminal gets one source above the other


def case_sources(case: Case, width: int) -> Iterator[RenderableType]:
    """What ``show`` prints, piece by piece."""
    yield Text(f"{case.name}   {told(case.section)}", style="bold")
    yield from _lines("", told(case.about), width)
    if case.formula:
        yield Text(f"\n  {case.formula}\n")
    if case.sizes:
        yield from _lines(_("sizes"), "  ".join(f"{k}={v}" for k, v in case.sizes.items()), width)
    yield from _lines(_("dtypes"), "  ".join(case.dtypes), width)
    yield from _arrays(case, width)
    yield from _statements(case, width)
    for path in case.sources:
        yield beside(sources_of(path), width, path)


def _arrays(case: Case, width: int) -> Iterator[Text]:

    try:
        problem = build(case, case.dtypes[0], seed=0)
    except Unavailable as why:
        yield from _lines(_("arrays"), told(str(why)), width)
        return
    for k, (name, values) in enumerate(problem.arrays.items()):
        label = _label(_("arrays") if k == 0 else "")
        if isinstance(values, tuple):
            shape = _("{n} index arrays, the last of {last}", n=len(values), last=len(values[-1]))
        else:
            shape = f"{values.dtype} {values.shape}"
        shape = set_cell_size(shape, max(34, cell_len(shape)))
        yield Text(f"{label}{name:<8} {shape} {problem.fingerprints[name]}")


def _statements(case: Case, width: int) -> Iterator[Text]:
    for name, value in case.golden.items():
        yield Text(f"{_label(_('golden'))}{name} = {value}")
    for name, known in case.known.items():
        why = f"{known.what}{_only(known.dtypes)}, {told(known.reason)}"
        yield from _lines(_("known"), f"{name}: {why}", width)
    for name, looser in case.looser.items():
        why = f"x{looser.factor:g}, {told(looser.reason)}"
        yield from _lines(_("limit"), f"{name}: {why}", width)


def _label(text: str) -> str:
    return set_cell_size(text, 9)


def _lines(label: str, text: str, width: int) -> Iterator[Text]:
    """Beside a label, in lines that the terminal need not break."""
    first = _label(label) if label else ""
    yield from map(Text, filled(text, width - 1, first, " " * cell_len(first)))


def _only(dtypes: tuple[str, ...]) -> str:
    return _(" in {dtypes}", dtypes=", ".join(dtypes)) if dtypes else ""


def beside(sources: Sequence[tuple[str, str]], width: int, title: str = "") -> RenderableType:
    """(file, source) of two, beside each other where there is room, else one below the other."""
    if width < SIDE_BY_SIDE:
        parts: list[RenderableType] = []
        for file, text in sources:
            parts += [Text(f"\n--- {file}", style="bold"), _source_code(text, width)]
        return Group(*parts)
    table = Table(
        *(file for file, text in sources), expand=True, title=title or None, padding=(0, 1)
    )
    # three lines, and a space on both sides of each column
    table.add_row(*(_source_code(text, (width - 7) // 2) for file, text in sources))
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
        raise UsageError(
            message(
                "{package}/{path} cannot be shown: {error}",
                package=package,
                path=_file(path),
                error=error,
            )
        ) from error
    return inspect.getsource(implementation)


def _source_code(text: str, width: int) -> Syntax:
    """Python code in the terminal's own colours; what is too wide goes on below, indented."""
    lines = [part for line in text.splitlines() for part in _fitting(line, width)]
    return Syntax(
        "\n".join(lines),
        "python",
        theme="ansi_dark",  # the terminal's own sixteen colours, readable on its background
        background_color="default",
        word_wrap=True,
    )


def _fitting(line: str, width: int) -> list[str]:
    if len(line) <= width:  # sources are in English, one column a character
        return [line]
    hanging = " " * (len(line) - len(line.lstrip()) + 4)
    return textwrap.wrap(line, width, subsequent_indent=hanging, break_on_hyphens=False)
