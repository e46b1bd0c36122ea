"""Why a mutant that no case kills need not be killed, where only a person can tell."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from compare.bench.syntax import Mutant

_NO_HALVES = "targets are 0 or 1: any threshold between them is the same"

# Mutant.name: function and change; an entry that fits no mutant, or one that is killed, fails.
EQUIVALENTS = {
    "activations.sigmoid: u >= 0 -> u > 0": "at u = 0 both branches are 1",
    "activations.d_step_function: return np.zeros_like(u) -> return -np.zeros_like(u)": "-0 is 0",
    "losses.identity_with_loss: half_squared_error(d, u) -> half_squared_error(u, d)": (
        "the square of u - d is that of d - u"
    ),
    "losses.accuracy: d > 0.5 -> d >= 0.5": _NO_HALVES,
    "losses.accuracy: 0.5 -> 0.0 (2)": _NO_HALVES,
    "network.Network.forward: "
    "((f'u{k}', self.u[k]), (f'z{k}' if k < self.depth else 'y', self.z[k])) -> "
    "((f'z{k}' if k < self.depth else 'y', self.z[k]), (f'u{k}', self.u[k]))": (
        "names are judged in the order of their rules, in whichever they are shown"
    ),
    "training.resume: 0 -> -1": "the name of a parameter is one part, the first and the last",
    "training.resume: int(value) -> value": "an array of one number counts as well as a number",
}


def reason_for(mutant: Mutant, same_bits: bool, table: Mapping[str, str] = EQUIVALENTS) -> str:
    """Why it need not be killed, by its place in the tree or as a person says; "" if it has to.

    What its place in the tree says holds only where it changed no bit of any case.
    """
    return table.get(mutant.name) or (mutant.reason if same_bits else "")


def unfitting(mutants: Iterable[Mutant], table: Mapping[str, str] = EQUIVALENTS) -> list[str]:
    """The entries that are no mutant any more, of a function that was rewritten."""
    names = {mutant.name for mutant in mutants}
    return [name for name in table if name not in names]
