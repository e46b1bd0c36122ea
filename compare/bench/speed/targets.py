"""What was to be reached, what is reached here, and what bounds the rest."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from compare.bench.cost import BARE, COPIES, DIGESTS, NAMES, REST, SCRATCH, TORCH, WHOLE
from compare.bench.speed.comparison import OURS, PLAIN
from compare.bench.speed.limit import CALLS, PRODUCTS

# times as long as scratch's step torch takes, with one thread
STEPS = {
    "float32": {
        "2-10-2/20": 5.0,
        "64-50-10/32": 4.5,
        "784-50-10/100": 2.0,
        "784-512-512-10/256": 1.1,
        "784-2048-2048-10/256": 0.95,
    },
    "float64": {
        "2-10-2/20": 5.0,
        "64-50-10/32": 4.3,
        "784-50-10/100": 1.4,
        "784-512-512-10/256": 0.95,
        "784-2048-2048-10/256": 1.0,
    },
}
LARGEST = ("784-512-512-10/256", "784-2048-2048-10/256")
OVER_PRODUCTS = 1.15  # that a step of these takes at most
COMPARED = 10.0  # GB/s
JUDGED = 10.0  # bare steps
SECONDS = {
    "--help": 0.15,
    "list": 0.15,
    "a first assert_equivalent": None,
    "check of one function": None,
    "run -k affine": 3.0,
    "run": 20.0,
}
# of a step's products in float32 with one thread, on the machine to which those seconds refer
PRODUCTS_THERE = {
    "64-50-10/32": 8e-6,
    "784-50-10/100": 147e-6,
    "784-512-512-10/256": 5221e-6,
    "784-2048-2048-10/256": 50947e-6,
}


@dataclass(frozen=True)
class Target:
    """One figure: at least so much is to be reached, or at most; None where nothing was set."""

    name: str
    here: float
    to_reach: float | None
    bound: str
    at_most: bool = False

    @property
    def is_reached(self) -> bool | None:
        """Whether it is; None where nothing was set."""
        if self.to_reach is None:
            return None
        return self.here <= self.to_reach if self.at_most else self.here >= self.to_reach


def slower(steps: Sequence[Mapping[str, Any]]) -> float | None:
    """How many times as long as there the products take here, by the largest network measured."""
    measured = {
        row["name"]: row["seconds"][PRODUCTS]
        for row in steps
        if row["dtype"] == "float32" and row["threads"] == 1 and row["name"] in PRODUCTS_THERE
    }
    name = max(measured, key=PRODUCTS_THERE.__getitem__, default=None)
    return measured[name] / PRODUCTS_THERE[name] if name else None


def targets(result: Mapping[str, Any]) -> Iterator[Target]:
    """Every figure of a summary for which something was set."""
    for row in result["step"]:
        yield from _of_step(row) if row["threads"] == 1 else ()
    for row in result["comparison"]:
        elements, where = row["name"].split("/")
        ours, plain = (2 * int(elements) * 4 / row["seconds"][who] / 1e9 for who in (OURS, PLAIN))
        bound = f"the largest |a - b| alone: {plain:.2g}"
        yield Target(f"GB/s, two arrays that differ {where}", ours, COMPARED, bound)
    for row in result["judged"]:
        ratios = row["ratios"]
        parts = (
            "torch {:.2g}, scratch {:.2g}; copies {:.2g}; names {:.2g}; digests {:.2g}; rest {:.2g}"
        ).format(*(ratios[part] for part in (TORCH, SCRATCH, COPIES, NAMES, DIGESTS, REST)))
        name = f"bare steps, {row['name']} {row['dtype']}"
        yield Target(name, ratios[WHOLE] / ratios[BARE], JUDGED, parts, at_most=True)
    factor = slower(result["step"])
    for row in result["command"]:
        there = SECONDS[row["name"]]
        to_reach = there and factor and there * factor
        work = "".join(f"; {stage} {took:.2g}" for stage, took in row["work"].items())
        bound = f"{there:g} there{work}" if there else ""
        yield Target(f"seconds of {row['name']}", row["seconds"], to_reach, bound, at_most=True)


def _of_step(row: Mapping[str, Any]) -> Iterator[Target]:
    seconds, name = row["seconds"], f"{row['name']} {row['dtype']}"
    scratch, torch, calls = (seconds[who] for who in ("scratch", "torch", CALLS))
    bound = f"its calls of NumPy alone: {torch / calls:.2g}"
    yield Target(f"torch, {name}", torch / scratch, STEPS[row["dtype"]][row["name"]], bound)
    if row["name"] in LARGEST:
        over, bound = scratch / seconds[PRODUCTS], f"calls: {calls / seconds[PRODUCTS]:.3g}"
        yield Target(f"products, {name}", over, OVER_PRODUCTS, bound, at_most=True)


def lines(result: Mapping[str, Any]) -> list[str]:
    """The figures as a table, 79 columns wide."""
    factor = slower(result["step"])
    text = [
        "",
        "What was to be reached (>= or <=), what is reached here, and what bounds it:",
        "torch's step over scratch's; scratch's over its matrix products; two arrays",
        "held against each other; a judged step in bare steps of torch; whole commands",
    ]
    if factor:
        text.append(
            f"(the products take {factor:.2g} times as long here as where seconds were set)"
        )
    text.append("")
    for target in targets(result):
        to_reach = "-" if target.to_reach is None else f"{target.to_reach:.3g}"
        sign = " " if target.to_reach is None else "<=" if target.at_most else ">="
        mark = {None: "", True: "yes", False: "NO"}[target.is_reached]
        text.append(f"{target.name:<51}{sign:>3} {to_reach:>5}{target.here:>9.3g} {mark:>4}")
        if target.bound:
            text.append(f"    {target.bound}")
    return text
