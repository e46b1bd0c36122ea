"""What people call the settings of a learning-rate schedule."""

from __future__ import annotations

from collections.abc import Iterable

from compare.check.naming.bind import plain
from compare.sandbox.interface import Parameter

ROLES = {
    "t": ("t", "epoch", "iteration", "it", "i", "n", "currentepoch", "currentstep", "epochnum", "step"),
    "lr": ("lr", "lr0", "initiallr", "baselr", "learningrate", "eta", "eta0", "alpha0", "initlr",
           "initiallearningrate", "lrmax", "etamax", "maxlr", "alpha"),
    "gamma": ("gamma", "decay", "decayrate", "drop", "factor", "droprate", "decayfactor", "rate", "k"),
    # in epochs, and so not "step", which counts them
    "step_size": ("stepsize", "dropevery", "epochsdrop", "every", "interval", "decayevery", "decaystep"),
    "steps": ("steps", "tmax", "totalsteps", "maxsteps", "epochs", "nepochs", "maxepochs",
              "totalepochs", "numepochs", "nsteps", "total"),
    "lr_min": ("lrmin", "etamin", "minlr", "lrend", "minlearningrate", "endlr"),
}  # fmt: skip


def found_in(parameters: Iterable[Parameter]) -> dict[str, str]:
    """Parameter → its role, of those that are known."""
    names = [p.name for p in parameters if not p.variadic]
    taken: dict[str, str] = {}
    for name in names:
        for role, aliases in ROLES.items():
            # each role once: of (t, n) the step is t, which comes first
            if plain(name) in aliases and role not in taken.values() and name not in taken:
                taken[name] = role
    return taken
