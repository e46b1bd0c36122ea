"""What ``bench mutation`` says: which mutants are killed, and why the others need not be."""

from __future__ import annotations

import textwrap
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from matplotlib.figure import Figure

KILLED, EXPLAINED, ALIVE = "killed", "alive for a reason", "alive"
_KINDS = (KILLED, EXPLAINED, ALIVE)
_WIDTHS = tuple(zip(_KINDS, (9, 20, 8), strict=True))


def summary(records: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Counts, by module too; which cases kill; and every mutant that is alive, by its reason."""
    kinds = Counter(map(_kind, records))
    modules = list(dict.fromkeys(r["module"] for r in records))
    reasons: dict[str, list[str]] = {}
    for r in records:
        if _kind(r) == EXPLAINED:
            reasons.setdefault(r["reason"], []).append(_name(r))
    killers = Counter(r["killed by"].partition("[")[0] for r in records if _kind(r) == KILLED)
    return {
        "mutants": len(records),
        **{kind: kinds[kind] for kind in _KINDS},
        "modules": {m: _of([r for r in records if r["module"] == m]) for m in modules},
        "killed by": dict(killers.most_common()),
        "reasons": reasons,
        "without a reason": [_name(r) for r in records if _kind(r) == ALIVE],
        "reasons of killed ones": [_name(r) for r in records if r.get("needless reason")],
    }


def _kind(record: Mapping[str, Any]) -> str:
    if "killed by" in record:
        return KILLED
    return EXPLAINED if record["reason"] else ALIVE


def _of(records: Sequence[Mapping[str, Any]]) -> dict[str, int]:
    kinds = Counter(map(_kind, records))
    return {"mutants": len(records), **{kind: kinds[kind] for kind in _KINDS}}


def _name(record: Mapping[str, Any]) -> str:
    return record["key"].partition("/")[2]


def passed(result: Mapping[str, Any]) -> bool:
    """Whether none is alive without a reason, and no reason is stated of one that is killed."""
    return not result["without a reason"] and not result["reasons of killed ones"]


def table(result: Mapping[str, Any]) -> str:
    """The summary as text, 79 columns wide."""
    lines = [
        f"{result['mutants']} mutants of scratch: {result[KILLED]} killed by a case, "
        f"{result[EXPLAINED]} alive for a reason, {result[ALIVE]} alive without",
        "",
        f"{'module':<20}{'mutants':>9}" + "".join(f"{kind:>{w}}" for kind, w in _WIDTHS),
    ]
    for module, counts in result["modules"].items():
        lines.append(
            f"  {module:<18}{counts['mutants']:>9}"
            + "".join(f"{counts[k]:>{w}}" for k, w in _WIDTHS)
        )
    killers = [f"{case} ({n})" for case, n in list(result["killed by"].items())[:12]]
    lines += ["", *_wrapped(f"killed most, of {len(result['killed by'])} cases: ", killers)]
    lines += ["", "alive, and the reason:"]
    for reason, names in result["reasons"].items():
        lines += _wrapped(f"  {len(names)}: {reason}, in ", _places(names), "    ")
    for key in ("without a reason", "reasons of killed ones"):
        lines += ["", f"{key}:" if result[key] else f"{key}: none"]
        lines += [f"  {name}" for name in result[key]]
    return "\n".join(lines)


def _places(names: Sequence[str]) -> list[str]:
    return list(dict.fromkeys(name.partition(":")[0] for name in names))


def _wrapped(label: str, items: Sequence[str], indent: str = "  ") -> list[str]:
    return textwrap.wrap(label + ", ".join(items), 79, subsequent_indent=indent)


def figure(result: Mapping[str, Any]) -> Figure:
    """A bar a module: its mutants, and what became of them."""
    modules = list(result["modules"])
    figure = Figure(figsize=(8, 1 + 0.3 * len(modules)), layout="constrained")
    axes = figure.subplots()
    left = [0] * len(modules)
    for kind, colour in zip(_KINDS, ("tab:green", "tab:gray", "tab:red"), strict=True):
        width = [result["modules"][module][kind] for module in modules]
        axes.barh(modules, width, left=left, color=colour, label=kind)
        left = [a + b for a, b in zip(left, width, strict=True)]
    axes.set_xlabel("mutants")
    axes.invert_yaxis()
    axes.legend(loc="lower right")
    return figure
