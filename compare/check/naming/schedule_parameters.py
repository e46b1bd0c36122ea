"""What people call the settings of a learning-rate schedule."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from compare.check.naming.bind import plain
from compare.sandbox.interface import Parameter

ROLES = {
    "t": ("t", "epoch", "iteration", "it", "i", "n", "currentepoch", "currentstep", "epochnum",
          "step"),
    "lr": ("lr", "lr0", "initiallr", "baselr", "learningrate", "eta", "eta0", "alpha0", "initlr",
           "initiallearningrate", "lrmax", "etamax", "maxlr", "alpha"),
    "gamma": ("gamma", "decay", "decayrate", "drop", "factor", "droprate", "decayfactor", "rate",
              "k"),
    # in epochs, and so not "step", which counts them
    "step_size": ("stepsize", "dropevery", "epochsdrop", "every", "interval", "decayevery",
                  "decaystep"),
    "steps": ("steps", "tmax", "totalsteps", "maxsteps", "epochs", "nepochs", "maxepochs",
              "totalepochs", "numepochs", "nsteps", "total"),
    "lr_min": ("lrmin", "etamin", "minlr", "lrend", "minlearningrate", "endlr"),
}  # fmt: skip


def _default(role: str, parameters: Iterable[Parameter], taken: dict[str, str]) -> float:
    """The number that the parameter of a role has by default, or 0."""
    there = (p.default for p in parameters if taken.get(p.name) == role)
    return next((d for d in there if isinstance(d, float)), 0.0)


def _lengths(parameters: Sequence[Parameter], counted: bool) -> dict[str, str]:
    """What is called T beside the step t is the number of all steps, if nothing else is."""
    known = {plain(p.name): p.name for p in parameters if p.name != "T"}
    steps = set(known) & {*ROLES["steps"], *ROLES["step_size"]}
    beside = counted or bool(set(known) & {*ROLES["t"]})
    named = any(p.name == "T" and p.default not in (0, 1) for p in parameters)
    return {"T": "steps"} if named and beside and not steps else {}


def found_in(
    parameters: Iterable[Parameter], rated: bool = True, counted: bool = False
) -> dict[str, str]:
    """Parameter → its role, of those that are known; ``rated``: one that is left is the rate ·
    ``counted``: the step is given to another function.
    """
    parameters = [p for p in parameters if not p.variadic]
    names = [p.name for p in parameters]
    taken = _lengths(parameters, counted)
    for name in names:
        for role, aliases in ROLES.items():
            # each role once: of (t, n) the step is t, which comes first
            if plain(name) in aliases and role not in taken.values() and name not in taken:
                taken[name] = role
    left = [p for p in parameters if p.name not in taken]
    whole = [p for p in left if type(p.default) is int and p.default > 1]
    whole = whole or (left if {"lr", "gamma"} <= {*taken.values()} else [])
    if len(whole) == 1 and not {"step_size", "steps"} & {*taken.values()}:
        # beside a factor the length of a step, or else of all steps, whatever it is called
        taken[whole[0].name] = "step_size" if "gamma" in taken.values() else "steps"
        left.remove(whole[0])
    small = [
        p
        for p in left
        if type(p.default) is float and p.default < _default("lr", parameters, taken)
    ]
    if len(small) == 1 and "steps" in taken.values() and "lr_min" not in taken.values():
        # beside a rate that falls over so many steps
        taken[small[0].name] = "lr_min"
        left.remove(small[0])
    rates = sorted((p for p in left if type(p.default) is float), key=lambda p: p.default)
    if rated and len(rates) == 2 and not {"lr", "lr_min", "gamma"} & {*taken.values()}:
        # of two rates the larger comes first, whatever they are called: (high, low)
        taken |= {p.name: role for p, role in zip(rates, ("lr_min", "lr"), strict=True)}
        left = [p for p in left if p not in rates]
    if rated and "lr" not in taken.values() and len(left) == 1:
        if left[0].required or type(left[0].default) is float:
            taken[left[0].name] = "lr"
    return taken
