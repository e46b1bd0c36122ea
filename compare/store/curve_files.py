"""The curves of a training case in float64: the record of which TensorBoard's scalars are a view.

One file a case, ``trajectories/mlp.iris.float64.npz``, written when the case is judged. Its arrays:
``curves/NAME/step``, ``/yours`` and ``/torch`` for the loss, the test loss, the test accuracy and
the learning rate; ``errors/KIND/step``, ``/error`` and ``/limit`` for each kind of quantity.
"""

from __future__ import annotations

import hashlib
import io
import re
import zipfile
from pathlib import Path

import numpy as np

from compare.engine.result import CaseResult
from compare.judge.training.curves import Curve
from compare.language.message import message
from compare.store.manifest import Unreadable
from compare.system.atomic_files import write_atomically

FOLDER = "trajectories"
CURVES, ERRORS = "curves", "errors"
_COLUMNS = {CURVES: ("step", "yours", "torch"), ERRORS: ("step", "error", "limit")}
# Device names on Windows, with any extension (Microsoft, "Naming Files, Paths, and Namespaces").
_RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)


def file_name(case: str, dtype: str) -> str:
    """``mlp.iris.float64.npz``: a name that every system takes, and another for every case."""
    name = f"{case}.{dtype}"
    # no capitals: on Windows and macOS two names that differ in case alone are one file
    safe = re.sub(r"[^a-z0-9._-]", "_", name)
    # the hash keeps two names apart that are spelled the same after that
    if safe != name or _RESERVED.fullmatch(name):
        safe = f"{safe.lstrip('.')}-{hashlib.sha256(name.encode()).hexdigest()[:8]}"
        safe = f"_{safe}" if _RESERVED.fullmatch(safe) else safe
    return f"{safe}.npz"


def arrays(result: CaseResult) -> dict[str, np.ndarray]:
    """Every column of every curve, by its name in the file."""
    columns: dict[str, np.ndarray] = {}
    for group, tables in ((CURVES, result.curves), (ERRORS, result.errors)):
        for name, curve in tables.items():
            for column, values in zip(_COLUMNS[group], zip(*curve, strict=True), strict=True):
                dtype = np.int64 if column == "step" else np.float64
                columns[f"{group}/{name}/{column}"] = np.array(values, dtype)
    return columns


def write(directory: Path, result: CaseResult) -> None:
    """Write the file of a training case, as a whole or not at all.   Raises OSError."""
    content = io.BytesIO()
    np.savez_compressed(content, allow_pickle=False, **arrays(result))
    folder = directory / FOLDER
    folder.mkdir(exist_ok=True)
    write_atomically(folder / file_name(result.case.name, result.dtype), content.getvalue())


def read(directory: Path, case: str, dtype: str) -> dict[str, dict[str, Curve]]:
    """``curves`` and ``errors``, each name → (step, first, second).

    Raises Unreadable where the file is missing or damaged.
    """
    path = directory / FOLDER / file_name(case, dtype)
    try:
        content = io.BytesIO(path.read_bytes())  # NumPy leaves a damaged file open
        with np.load(content, allow_pickle=False) as file:
            return {group: _tables(dict(file), group) for group in (CURVES, ERRORS)}
    except FileNotFoundError:
        raise Unreadable(message("{path} is missing", path=path)) from None
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
        raise Unreadable(message("{path} is damaged: {error}", path=path, error=error)) from error


def _tables(arrays: dict[str, np.ndarray], group: str) -> dict[str, Curve]:
    paths = [name.removeprefix(f"{group}/") for name in arrays if name.startswith(f"{group}/")]
    tables = {}
    # every curve has one column of steps: these say which curves there are
    for name in [n.removesuffix("/step") for n in paths if n.endswith("/step")]:
        columns = [arrays[f"{group}/{name}/{column}"].tolist() for column in _COLUMNS[group]]
        tables[name] = tuple(zip(*columns, strict=True))
    return tables
