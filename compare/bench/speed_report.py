"""What ``bench speed`` says: times beside torch's, and what a machine's products alone take."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from matplotlib.figure import Figure

PRODUCTS = "NumPy's products alone"
OTHERS = ("torch", "torch.compile", "scikit-learn")


def summary(records: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """By what was measured: seconds of each contender, and of torch's each over scratch's."""
    kinds: dict[str, list[dict[str, Any]]] = {"step": [], "growth": [], "optimizer": []}
    for record in records:
        kind, _, _, dtype, threads, name = record["key"].split("/", 5)
        seconds = record["seconds"]
        ratios = {other: s / seconds["scratch"] for other, s in seconds.items()}
        row = {k: v for k, v in record.items() if k != "key"}
        kinds[kind].append(
            {"name": name, "dtype": dtype, "threads": int(threads), **row, "ratios": ratios}
        )
    return kinds


def table(result: Mapping[str, Any]) -> str:
    """The summary as text, 79 columns wide."""
    lines = [
        "A training step, in microseconds of scratch, and how many times as long others",
        "take: torch eager, torch.compile, scikit-learn; products: what the matrix",
        "products alone take by NumPy's library, and their GFLOP/s",
        "",
        f"{'':<34}{'scratch':>9}{'torch':>7}{'compile':>8}{'sklearn':>8}{'products':>13}",
    ]
    for row in [*result["step"], *result["growth"]]:
        ratios, seconds = row["ratios"], row["seconds"]
        others = [f"{ratios[o]:.2f}" if o in ratios else "-" for o in OTHERS]
        speed = row["flops"] / seconds[PRODUCTS] / 1e9
        products = f"{ratios[PRODUCTS]:.2f} {speed:.3g}"
        lines.append(
            f"{row['name']:<22}{row['dtype']:>8}{row['threads']:>3} "
            f"{seconds['scratch'] * 1e6:>9.0f}{others[0]:>7}{others[1]:>8}{others[2]:>8}"
            f"{products:>13}"
        )
    lines += [
        "",
        "An update of a million parameters, in microseconds of scratch, and how many",
        "times as long torch.optim takes, tensor by tensor and with foreach",
        "",
    ]
    for row in result["optimizer"]:
        of_torch = "".join(f"{r:>8.2f}" for name, r in row["ratios"].items() if name != "scratch")
        lines.append(f"{row['name']:<22}{row['seconds']['scratch'] * 1e6:>9.0f}{of_torch}")
    absent = {f"{name}: {why}" for row in result["step"] for name, why in row["absent"].items()}
    return "\n".join([*lines, *(["", *sorted(absent)] if absent else [])])


def figure(result: Mapping[str, Any]) -> Figure:
    """Seconds of a step by parameters and by batch size, of scratch, torch and the products."""
    drawn = Figure(figsize=(8, 4), dpi=120, layout="constrained")
    by_parameters, by_batch = drawn.subplots(1, 2)
    growing = [row for row in result["growth"] if row["name"].endswith("/64")]
    batches = [row for row in result["growth"] if not row["name"].endswith("/64")]
    for axes, rows, x, label in (
        (by_parameters, growing, lambda row: row["parameters"], "parameters (batch of 64)"),
        (by_batch, batches, lambda row: int(row["name"].split("/")[1]), "batch (784-512-10)"),
    ):
        for name in ("scratch", "torch", PRODUCTS):
            seconds = [row["seconds"][name] for row in rows]
            style = ":" if name == PRODUCTS else "o-"
            axes.plot([x(row) for row in rows], seconds, style, label=name, ms=4)
        axes.set(xscale="log", yscale="log", xlabel=label, ylabel="seconds of a training step")
    by_parameters.legend(fontsize=8)
    return drawn
