"""What ``bench speed`` says: times beside torch's, and what a machine's products alone take."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from matplotlib.figure import Figure

from compare.bench.speed import targets
from compare.bench.speed.comparison import COPY, OURS, PLAIN
from compare.bench.speed.limit import CALLS, EMPTY, PRODUCTS

OTHERS = ("torch", "torch.compile", "scikit-learn")


def summary(records: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """By what was measured: seconds of each contender, and of each over the first's, ours."""
    kinds: dict[str, list[dict[str, Any]]] = {
        "step": [], "growth": [], "optimizer": [], "comparison": [], "judged": [], "command": []
    }  # fmt: skip
    for record in records:
        kind, _, _, dtype, threads, name = record["key"].split("/", 5)
        seconds = record["seconds"]
        if kind == "command":
            kinds[kind].append({"name": name, "seconds": seconds, "work": record["work"]})
            continue
        first = next(iter(seconds.values()))
        ratios = {other: s / first for other, s in seconds.items()}
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
    lines += _where_time_goes(result["step"])
    lines += [
        "",
        "An update of a million parameters, in microseconds of scratch, and how many",
        "times as long torch.optim takes, tensor by tensor and with foreach",
        "",
    ]
    for row in result["optimizer"]:
        of_torch = "".join(f"{r:>8.2f}" for name, r in row["ratios"].items() if name != "scratch")
        lines.append(f"{row['name']:<22}{row['seconds']['scratch'] * 1e6:>9.0f}{of_torch}")
    lines += _comparisons(result["comparison"])
    lines += targets.lines(result)
    absent = {f"{name}: {why}" for row in result["step"] for name, why in row["absent"].items()}
    return "\n".join([*lines, *(["", *sorted(absent)] if absent else [])])


def _where_time_goes(steps: Sequence[Mapping[str, Any]]) -> list[str]:
    lines = [
        "",
        "What bounds a step, in microseconds: its calls of NumPy alone, each into memory",
        "that is there and nothing around them, which no way to write it goes below; of",
        "these the products, and as many calls that compute nothing; and how many times",
        "as long as the calls alone torch takes: the most that any writing can reach",
        "",
        f"{'':<34}{'scratch':>9}{'calls':>9}{'products':>10}{'nothing':>8}{'limit':>7}",
    ]
    for row in steps:
        seconds = row["seconds"]
        scratch, calls, products, nothing = (
            f"{seconds[name] * 1e6:.0f}" for name in ("scratch", CALLS, PRODUCTS, EMPTY)
        )
        most = f"{seconds['torch'] / seconds[CALLS]:.2f}"
        lines.append(
            f"{row['name']:<22}{row['dtype']:>8}{row['threads']:>3} "
            f"{scratch:>9}{calls:>9}{products:>10}{nothing:>8}{most:>7}"
        )
    return lines


def _comparisons(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    names = (OURS, "torch", "NumPy", PLAIN, COPY)
    lines = [
        "",
        "Two arrays of float32 held against each other, in GB/s, by where they differ:",
        "ours, with count and worst element; torch's assert_close, NumPy's",
        "assert_allclose; the largest |a - b| alone, three operations a block in the",
        "cache, where ours has five; and a copy, which reads one array and writes one",
        "",
        f"{'':<34}" + "".join(f"{name.removeprefix('a ').split()[0]:>9}" for name in names),
    ]
    for row in rows:
        elements, where = row["name"].split("/")
        bytes_read = 2 * int(elements) * 4
        speeds = (f"{bytes_read / row['seconds'][name] / 1e9:>9.2g}" for name in names)
        lines.append(f"{where:<22}{int(elements):>12,}" + "".join(speeds))
    return lines


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
