"""Where a run's numbers come from: sources, versions, machine and revision, as plain values."""

from __future__ import annotations

import hashlib
import platform
import subprocess
import sys
from collections.abc import Iterator, Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy
from threadpoolctl import threadpool_info

from compare.system import torch_settings
from compare.system.version import __version__

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("scratch", "torch_ref", "compare")


def sources() -> dict[str, str]:
    """File → fingerprint of its text, for every source file of both sides and of the judge."""
    return {
        path.relative_to(ROOT).as_posix(): _of_text(path)
        for package in PACKAGES
        for path in sorted((ROOT / package).rglob("*.py"))
    }


def _of_text(path: Path) -> str:
    text = path.read_bytes().replace(b"\r\n", b"\n")  # a checkout on Windows is the same source
    return hashlib.sha256(text).hexdigest()[:16]


def versions() -> dict[str, str]:
    """Of everything that decides the numbers, and of what writes them."""

    return {
        "scratch-compare": __version__,
        "python": platform.python_version(),
        "numpy": numpy.__version__,
        "torch": torch_settings.version(),
        "tensorboard": version("tensorboard"),
    }


def machine() -> dict[str, Any]:
    """System, processor, and the instructions for which NumPy's BLAS and torch chose their code."""
    blas = [p for p in threadpool_info() if p["user_api"] == "blas" and not _is_scipys(p)]
    return {
        "system": platform.platform(),
        "processor": platform.machine(),
        "byteorder": sys.byteorder,
        "torch": torch_settings.instructions(),
        "blas": [
            {
                "library": pool["internal_api"],
                "version": pool.get("version"),
                "architecture": pool.get("architecture"),
                "threads": pool["num_threads"],
            }
            for pool in blas
        ],
    }


def _is_scipys(pool: dict[str, Any]) -> bool:
    """SciPy's own BLAS is loaded late or never, and neither side computes with it."""
    return any(part.startswith("scipy") for part in Path(pool["filepath"]).parent.parts[-2:])


def revision() -> dict[str, Any] | None:
    """``revision`` and whether the tree is ``dirty``; None without git, or outside a repository."""
    # installed, ROOT may lie in another's repository, whose revision says nothing about this code
    ours = _git("ls-files", "compare/store/provenance.py")
    commit, changes = _git("rev-parse", "HEAD"), _git("status", "--porcelain")
    if not ours or commit is None or changes is None:
        return None
    return {"revision": commit, "dirty": bool(changes)}


def deciding() -> dict[str, Any]:
    """What may decide a bit or a verdict, as it is here and now."""
    return {
        "threads": torch_settings.threads(),  # they split a sum, and so decide how it rounds
        "versions": versions(),
        "machine": machine(),
        "sources": sources(),
    }


DECIDING = ("threads", "versions", "machine", "sources")


def changes(before: Mapping[str, Any], now: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
    """What differs, by its path (``versions/numpy``): before and now, None where it is absent."""
    flat_before, flat_now = (dict(_flat(values)) for values in (before, now))
    return {
        path: (flat_before.get(path), flat_now.get(path))
        for path in dict.fromkeys([*flat_before, *flat_now])
        if flat_before.get(path) != flat_now.get(path)
    }


def _flat(values: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, Any]]:
    for key, value in values.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{above}{key}/")
        else:
            yield f"{above}{key}", value


def _git(*arguments: str) -> str | None:
    try:
        done = subprocess.run(
            ["git", "-C", str(ROOT), *arguments],
            stdin=subprocess.DEVNULL,  # a git that asks for something must not hold up a run
            capture_output=True,
            timeout=10,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.decode("utf-8", "replace").strip()
