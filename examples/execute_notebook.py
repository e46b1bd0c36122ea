"""Run the cells of a notebook from top to bottom, and keep in it what they show.

    python examples/execute_notebook.py examples/day1.ipynb examples/day1.ja.ipynb

The cells run in this process, in one namespace, as Jupyter's kernel would run them; no kernel and
no server is needed. What a cell prints, its last expression and its pyplot figures become outputs.
"""

import ast
import base64
import contextlib
import io
import json
import linecache
import os
import sys
from pathlib import Path
from typing import Any

import matplotlib

matplotlib.use("agg")  # before pyplot: a figure becomes a picture, and opens no window

from matplotlib import pyplot
from PIL import Image

DOTS_PER_INCH, COLOURS = 80, 64  # small pictures: both notebooks are kept with their outputs


def executed(notebook: dict[str, Any]) -> dict[str, Any]:
    """The notebook with the outputs that its code has now.   Raises what a cell raises."""
    names: dict[str, Any] = {"__name__": "__main__"}
    cells, count = [], 0
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            count += 1
            shown = _outputs("".join(cell["source"]), names, count)
            cell = {**cell, "execution_count": count, "outputs": shown}
        cells.append(cell)
    return {**notebook, "cells": cells}


def _outputs(source: str, names: dict[str, Any], count: int) -> list[dict[str, Any]]:
    file = f"<cell {count}>"
    # where inspect finds the lines of a function, as after Jupyter
    linecache.cache[file] = (len(source), None, _lines(source), file)
    tree = ast.parse(source, file)
    last = tree.body[-1] if tree.body else None
    if isinstance(last, ast.Expr):
        tree.body.pop()
    printed, value = io.StringIO(), None
    with contextlib.redirect_stdout(printed):
        exec(compile(tree, file, "exec"), names)
        if isinstance(last, ast.Expr):
            value = eval(compile(ast.Expression(last.value), file, "eval"), names)
    outputs = []
    if printed.getvalue():
        text = _lines(printed.getvalue())
        outputs.append({"output_type": "stream", "name": "stdout", "text": text})
    if value is not None:
        outputs.append(_output("execute_result", _forms(value), count))
    for number in pyplot.get_fignums():
        outputs.append(_output("display_data", _picture(pyplot.figure(number))))
    pyplot.close("all")
    return outputs


def _output(kind: str, data: dict[str, Any], count: int | None = None) -> dict[str, Any]:
    counted = {} if count is None else {"execution_count": count}
    return {"output_type": kind, **counted, "metadata": {}, "data": data}


def _forms(value: Any) -> dict[str, Any]:
    data = {"text/plain": _lines(repr(value))}
    if hasattr(value, "_repr_html_"):
        data["text/html"] = _lines(value._repr_html_())
    return data


def _picture(figure: Any) -> dict[str, Any]:
    drawn, png = io.BytesIO(), io.BytesIO()
    figure.savefig(drawn, format="png", dpi=DOTS_PER_INCH)
    # lines and letters need few colours, and a palette a third of the bytes
    Image.open(drawn).convert("RGB").quantize(COLOURS).save(png, "png", optimize=True)
    return {
        "image/png": base64.b64encode(png.getvalue()).decode(),
        "text/plain": [f"<Figure with {len(figure.axes)} Axes>"],
    }


def _lines(text: str) -> list[str]:
    return text.splitlines(keepends=True)


def language(path: Path) -> str:
    """That of ``day1.ja.ipynb`` is ja; English where the name says none."""
    return "ja" if path.name.endswith(".ja.ipynb") else "en"


def read(path: Path) -> dict[str, Any]:
    """The notebook in a file."""
    return json.loads(path.read_text(encoding="utf-8"))


def written(notebook: dict[str, Any]) -> str:
    """A notebook as the text of its file, as Jupyter writes it."""
    return json.dumps(notebook, indent=1, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    for path in map(Path, sys.argv[1:]):
        os.environ["SCRATCH_COMPARE_LANG"] = language(path)
        path.write_text(written(executed(read(path))), encoding="utf-8", newline="\n")
