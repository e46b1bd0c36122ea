"""What people call the parts of an update rule: the learning rate, the gradients, the state."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from compare.check.naming.bind import plain
from compare.check.naming.grammar import spells
from compare.check.naming.network_parameters import COUNT
from compare.sandbox.interface import Definition, Parameter

SETTINGS = ("lr", "momentum", "rho", "beta1", "beta2", "eps", "decay")
# A role's own names; where one of them is there, it is that.
_OWN = {
    "lr": ("lr", "learningrate", "eta", "stepsize", "lrate", "learnrate"),
    "momentum": ("momentum", "mu", "mom", "momentumrate", "momentumcoefficient"),
    "beta1": ("beta1", "b1", "rho1", "decay1", "decayrate1", "betam"),
    "beta2": ("beta2", "b2", "rho2", "decay2", "decayrate2", "betav"),
    "betas": ("betas",),
    "rho": ("rho", "decayrate", "decay", "rmsdecay", "discount"),
    "eps": ("eps", "epsilon", "smallconstant", "stabilizer"),
    "decay": ("weightdecay", "wd", "l2", "l2reg", "l2lambda", "l2penalty", "lambda", "lam",
              "lambd", "reg",
              "reglambda", "weightdecayrate", "weightdecaylambda"),
    "nesterov": ("nesterov", "usenesterov"),
    "correction": ("biascorrection", "usebiascorrection", "correctbias", "biascorrect"),
    "params": ("params", "parameters", "param", "parameter", "p", "w", "weights", "weight",
               "theta", "thetas", "variables", "x", "wb"),
    "grads": ("grads", "gradients", "grad", "gradient", "g", "dw", "dx", "dparams", "dweights",
              "dtheta", "gradwrtw", "gradw", "gs", "dp", "gradparams", "derivatives"),
    "t": ("t", "step", "timestep", "iteration", "iter", "niter", "it", "steps", "nsteps"),
    "config": ("config", "cfg"),
    "layer": ("layer",),
    "key": ("name", "key", "paramname", "layername", "paramkey", "layerid", "paramid", "idx",
            "index"),
    "network": ("network", "model", "net"),
}  # fmt: skip
_CONTAINERS = ("params", "grads", "network", "config", "layer")  # no number stands for one
# Names that another role may have as well: only what is left over by those above.
_SHARED = {
    "lr": ("alpha", "epsilon", "rate", "a", "e", "gamma", "l"),
    "momentum": ("beta", "gamma", "rho", "alpha", "beta1", "decay", "friction", "m"),
    "beta1": ("rho", "beta", "gamma"),
    "beta2": ("rho2",),
    "rho": ("alpha", "beta", "gamma", "beta2", "momentum"),
    "eps": ("e", "delta", "tol", "small"),
}
_STATES = ("v", "m", "h", "s", "u", "d", "cache", "velocity", "velocities", "vel", "state", "vt",
           "mt", "vw", "mw", "sw", "hw", "vdw", "sdw", "mdw", "moment1", "moment2", "buf", "buffer",
           "accum", "accumulator", "delta", "deltas", "eg", "edx", "eg2", "edx2", "r", "g2", "n",
           "vs", "ms", "sumsquares", "squareavg", "sqavg", "avgsq", "expavg", "expavgsq",
           "meansquare", "sqgrad", "sqgrads", "squaregrad", "gradsquared", "squaredgrads", "gradsq",
           "momentumbuffer", "accdelta", "firstmoment", "secondmoment", "history")  # fmt: skip
# What is no array, whatever its place.
OTHERS = ("layer", "layers", "model", "network", "net", "loss", "f", "func", "epoch", "batch",
          "batchsize", "x", "y", "gradfunc", "data", "loader", "n", "k", "i")  # fmt: skip
# What gives the gradient at a point.
GRADIENT_FUNCTIONS = ("gradfn", "gradfunc", "gradientfn", "gradientfunc", "gradientfunction",
                      "gradf", "fgrad")  # fmt: skip
LAYERS = ("layerdense", "denselayer", "dense", "layer", "linear", "linearlayer", "fullyconnected",
          "affine", "fc", "fclayer", "affinelayer")  # fmt: skip
LAYER_KEYS = (*_OWN["key"], "i", "j", "k", "l", "n", "layerindex", "layeridx", "layerkey")
LAYER_NAMES = (("weights", "biases"), ("W", "b"), ("w", "b"), ("weight", "bias"))
METHODS = ("update", "step", "updateparams", "updateparameters", "apply", "applygradients",
           "applygrads", "optimize", "updateweights", "updateweight", "minimize",
           "call")  # fmt: skip

_PAIR = re.compile(r"\b(\w+) *(?::[^=\n]*)?= *\( *0?\.\d+ *, *0?\.\d+ *\)")
_WEIGHT = re.compile(r"(w|b|weights?|bias(es)?|theta)(\d*)")
_GRADIENT = re.compile(r"(?:d|grad|g|delta)(.+)|(.+)(?:grad|gradient)")


def roles(parameters: Iterable[Parameter], wanted: Sequence[str]) -> dict[str, str]:
    """Role → the name of the parameter that has it, of the roles that are wanted."""
    by_role: dict[str, str] = {}
    parameters = [p for p in parameters if not p.variadic]
    free = {plain(p.name): p.name for p in parameters}
    off = {p.name for p in parameters if not p.required and p.default == 0}
    numbers = {p.name for p in parameters if isinstance(p.default, (int, float))}
    # in two rounds, so that beta is beta1 only where nothing is called beta1
    for names in (_OWN, _SHARED):
        for role in wanted:
            for alias in names.get(role, ()):
                # decay=0 is of a learning rate or of the weights, and no mean of squares
                if role == "rho" and free.get(alias) in off:
                    continue
                if role in _CONTAINERS and free.get(alias) in numbers:
                    continue  # p=0.9
                if role not in by_role and alias in free:
                    by_role[role] = free.pop(alias)
    return by_role


def has_to_decay(name: str) -> bool:
    """Whether what is called so has to decay its weights beside the step."""
    return spells(name, "adamw") or spells(name, "sgdw")


def is_decoupled(name: str) -> bool:
    """Whether what is called so decays its weights beside the step, where it decays them."""
    return has_to_decay(name) or spells(name, "lion")


def with_pair(by_role: Mapping[str, str], source: str, wanted: Sequence[str]) -> dict[str, str]:
    """And betas, whatever they are called, by what they are by default: beta=(0.9, 0.999)."""
    pair = _PAIR.search(source)
    others = {role: name for role, name in by_role.items() if pair is None or name != pair[1]}
    return others | ({"betas": pair[1]} if pair and "beta1" in wanted else {})


def count_of(parameters: Iterable[Parameter]) -> str:
    """The parameter that has to be given how many samples there are, by whose number it divides."""
    required = (p.name for p in parameters if p.needed)
    return next((name for name in required if COUNT.fullmatch(plain(name))), "")


def states(
    parameters: Iterable[Parameter], taken: Iterable[str], source: str = ""
) -> tuple[str, ...] | None:
    """The parameters that hold what a rule remembers, in order; None where one is unknown.

    They are known by what they are called, or by what becomes of them in the ``source``: one that
    may be None is made at the first step.
    """
    taken = set(taken)
    others = [p for p in parameters if p.name not in taken and not p.variadic]
    held = {p.name for p in others if plain(p.name) in _STATES or _is_changed(p.name, source)}
    if any(p.required and p.name not in held for p in others):
        return None
    return tuple(p.name for p in others if p.name in held and _empty(p))


def _is_changed(name: str, source: str) -> bool:
    """Whether its next value is made of the one that it has: hist += g ** 2."""
    if plain(name) in OTHERS:
        return False
    made = (
        rf"\b{name}(?:\[[^\]\n]*\])? *(?:[-+*/]=|=(?!=)[^\n]*\b{name}\b)"
        rf"|\b{name} is (?:not )?None\b"
    )
    return re.search(made, source) is not None


def _empty(parameter: Parameter) -> bool:
    return parameter.required or parameter.default is None


def method_of(definition: Definition) -> str:
    """The name of the method that takes one step, or ""."""
    # __call__ is "call"
    by_name = {plain(name.strip("_")): name for name in reversed(tuple(definition.methods))}
    return next((by_name[alias] for alias in METHODS if alias in by_name), "")


def gradient_of(name: str) -> str:
    """The weights of which what is called so is the gradient: w of dW and grad_w, or ""."""
    bare = _without_gradient(plain(name))
    return bare if _WEIGHT.fullmatch(bare) else ""


def tensor_pairs(parameters: Iterable[Parameter]) -> tuple[tuple[str, str], ...]:
    """Parameter and gradient, as they are called; empty where it is not of that kind."""
    required = {plain(p.name): p.name for p in parameters if p.needed}
    weights = [name for name in required if _WEIGHT.fullmatch(name)]
    gradients = {bare: name for name in required if (bare := _without_gradient(name)) in weights}
    # update(W, dW) is the form of one array a call
    if len(weights) < 2 or set(gradients) != set(weights):
        return ()
    return tuple((required[name], required[gradients[name]]) for name in weights)


def _without_gradient(name: str) -> str:
    """w1 of dw1, grad_w1 or w1_grad."""
    match = _GRADIENT.fullmatch(name)
    return (match[1] or match[2]) if match else ""
