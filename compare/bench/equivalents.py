"""Why a mutant that no case kills need not be killed, where only a person can tell."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from compare.bench.syntax import Mutant

_NO_HALVES = "targets are 0 or 1: any threshold between them is the same"

# What of a function cannot change a number, where a change of it changed no bit of any case.
WHOLE = {"optimizers.parts": "which rows are updated together changes no number"}

# Mutant.name: function and change; an entry that fits no mutant, or one that is killed, fails.
EQUIVALENTS = {
    "activations: 'softmax' -> 'softmaxx'": "its layer is no elementwise one, and names it itself",
    **{
        f"optimizers{change}": WHOLE["optimizers.parts"]
        for change in (
            *(": 1 << 15 -> 1", ": 1 << 15 -> 15", ": 1 -> 2", ": 1 -> 0", ": 15 -> 16"),
            ": 15 -> 14",
            ".Optimizer.update: parts(*arrays) if g.size > PART else [arrays] -> "
            "[arrays] if g.size > PART else parts(*arrays)",
            ".Optimizer.update: g.size > PART -> g.size >= PART",
            ".Optimizer.update: g.size > PART -> g.size < PART",
            # row by row: so many turns that the first look takes them for a loop without an end
            ".parts: max(1, PART * len(arrays[0]) // arrays[0].size) -> 1",
            ".parts: PART * len(arrays[0]) // arrays[0].size -> "
            "arrays[0].size // (PART * len(arrays[0]))",
            ".parts: PART * len(arrays[0]) -> PART / len(arrays[0])",
            ".parts: PART * len(arrays[0]) -> PART",
            ".parts: PART * len(arrays[0]) -> len(arrays[0])",
        )
    },
    "activations.sigmoid: u >= 0 -> u > 0": "at u = 0 both branches are 1",
    "activations.d_step_function: return np.zeros_like(u) -> return -np.zeros_like(u)": "-0 is 0",
    "losses.identity_with_loss: half_squared_error(d, u) -> half_squared_error(u, d)": (
        "the square of u - d is that of d - u"
    ),
    "losses.one_hot: 'iu' -> 'iux'": "no dtype is of that kind",
    **{
        f"parallel{change}": "all of them have the same shapes and names"
        for change in (
            *(".mean_of_all: 0 -> 1", ".mean_of_all: 0 -> -1"),
            *(".all_reduce: 0 -> 1", ".all_reduce: 0 -> -1"),
        )
    },
    "parallel.mean_of_all: zip(means, sizes, strict=True) -> zip(sizes, means, strict=True)": (
        "a product of both"
    ),
    "parallel.mean_of_means: 1 -> 2": "equal weights, whatever they are",
    **{
        f"parallel.Replica.backward: {change}": "what has no samples has the weight 0"
        for change in (*("x.dtype.type(0) -> 0", "0 -> 1", "0 -> -1", "0 -> 1 (2)", "0 -> -1 (2)"),)
    },
    "losses.accuracy: d > 0.5 -> d >= 0.5": _NO_HALVES,
    "losses.accuracy: 0.5 -> 0.0 (2)": _NO_HALVES,
}


def reason_for(mutant: Mutant, same_bits: bool, table: Mapping[str, str] = EQUIVALENTS) -> str:
    """Why it need not be killed, by its place in the tree or as a person says; "" if it has to.

    What its place in the tree says holds only where it changed no bit of any case.
    """
    whole = WHOLE.get(f"{mutant.module}.{mutant.function}", "")
    return table.get(mutant.name) or (mutant.reason or whole if same_bits else "")


def unfitting(mutants: Iterable[Mutant], table: Mapping[str, str] = EQUIVALENTS) -> list[str]:
    """The entries that are no mutant any more, of a function that was rewritten."""
    names = {mutant.name for mutant in mutants}
    return [name for name in table if name not in names]
