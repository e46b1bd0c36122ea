"""Programs of one function, one update rule, one schedule, or one way to draw batches."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

from compare.core.case import Program, Unavailable
from compare.core.implementation import Implementation
from compare.core.trace import Trace
from compare.core.training_record import optimizer_state
from compare.oracle import formulas
from compare.oracle.rules import (
    Rule,
    Specification,
    activation_rule,
    gradient_of,
    loss_rule,
)
from compare.oracle.update_rules import optimizer_rules, schedule_rule, zero_state
from compare.system.rank_processes import RankDied

Arrays = Mapping[str, Any]


def function(
    path: str,
    inputs: str,
    output: str,
    formula: Callable[..., Any],
    gradient: str = "",
    gradients: Mapping[str, tuple[Callable[..., Any], str]] | None = None,
) -> Program:
    """output = f(inputs), and what ``gradient`` makes of the random cotangent "delta".

    ``formula`` recomputes the output; ``gradients`` has, for each input, the formula of its
    gradient and the names of that formula's arguments.
    """
    names = inputs.split()

    def program(side: Implementation, arrays: Arrays) -> Iterator[Trace]:
        arguments = [arrays[name] for name in names]
        trace = {output: side.get(path)(*arguments)}
        if gradient:
            computed = side.get(gradient)(arrays["delta"], *arguments)
            trace |= {f"grad/{name}": g for name, g in zip(names, computed, strict=True)}
        yield Trace(trace)

    def specify(arrays: Arrays) -> Specification:
        rules = {output: Rule(formula, tuple(names), f"{output} = f({', '.join(names)})", (path,))}
        for name, (gradient_formula, parents) in (gradients or {}).items():
            text = f"grad/{name} from {parents}"
            rules[f"grad/{name}"] = Rule(
                gradient_formula, tuple(parents.split()), text, (gradient,)
            )
        return Specification(rules, arrays)

    return Program(program, specify)


def activation(name: str) -> Program:
    """z = f(u), the derivative f'(u), and a random cotangent carried back through f."""

    def program(side: Implementation, arrays: Arrays) -> Iterator[Trace]:
        u = arrays["u"]
        trace = {"z": side.get(f"activations.{name}")(u)}
        if name != "softmax":  # its derivative is a matrix; only its product with delta is compared
            trace["derivative"] = side.get(f"activations.d_{name}")(u)
        trace["grad/u"] = side.get("layers.activation_backward")(name, arrays["delta"], u)
        yield Trace(trace)

    def back(delta: Any, u: Any, z: Any) -> Any:
        # a side may take f' from the z that it returned, or compute z again
        recomputed = formulas.ACTIVATIONS[name](u)
        return formulas.d_activation(name, delta, u, formulas.shown(z, recomputed))

    def specify(arrays: Arrays) -> Specification:
        derivative = () if name == "softmax" else (f"activations.d_{name}",)
        slope = Rule(partial(formulas.derivative, name), ("u",), f"{name}'(u)", derivative)
        layer = "Softmax" if name == "softmax" else "Activation"
        written = (f"layers.{layer}.backward", "layers.SLOPES")
        grad = Rule(back, ("delta", "u", "z"), f"grad/u = delta {name}'(u)", written)
        rules = {**activation_rule(name, "z", "u"), "derivative": slope, "grad/u": grad}
        return Specification(rules, arrays)

    return Program(program, specify)


def linearity(name: str) -> Program:
    """The gaps f(a + b) - f(a) - f(b) and f(c a) - c f(a): both are 0 exactly if f is linear."""

    def program(side: Implementation, arrays: Arrays) -> Iterator[Trace]:
        f = side.get(f"activations.{name}")
        p, q = arrays["a"], arrays["b"]
        yield Trace(
            {
                "additivity": f(p + q) - f(p) - f(q),
                "homogeneity": f(-2 * p) + 2 * f(p),
            }
        )

    # of whole numbers, as the case draws them, p + q and -2 p
    # are exact: a gap other than 0 is the function's own
    f, written = formulas.ACTIVATIONS[name], (f"activations.{name}",)
    rules = {
        "additivity": Rule(
            lambda p, q: f(p + q) - f(p) - f(q), ("a", "b"), "f(a + b) - f(a) - f(b)", written
        ),
        "homogeneity": Rule(
            lambda p: f(p * -2.0) + f(p) * 2.0, ("a",), "f(-2 a) + 2 f(a)", written
        ),
    }
    return Program(program, lambda arrays: Specification(rules, arrays))


def value_range(name: str, low: float, high: float) -> Program:
    """z = f(u), the ends that it reaches, and which values are in the range of f."""

    def program(side: Implementation, arrays: Arrays) -> Iterator[Trace]:
        z = side.get(f"activations.{name}")(arrays["u"])
        ends = z.reshape(-1)[[int(z.argmin()), int(z.argmax())]]
        trace = {"z": z, "ends": ends, "inside": (z >= low) & (z <= high)}
        yield Trace(trace | ({"sums": z.sum(axis=-1)} if name == "softmax" else {}))

    def both_ends(z: Any) -> Any:
        highest, depth = (a.reshape(-1).max(axis=-1, keepdims=False) for a in (z, -z))
        return z.stacked([-depth, highest], (2,))

    def inside(z: Any) -> Any:
        return (z * 0.0 + 1.0).exactly()  # a value outside is wrong, be it by its last digit alone

    written = (f"activations.{name}",)
    rules = {
        **activation_rule(name, "z", "u"),
        "ends": Rule(both_ends, ("z",), "ends = min z, max z", written),
        "inside": Rule(inside, ("z",), f"{low:g} <= z <= {high:g}", written),
        "sums": Rule(lambda z: z.sum(axis=-1), ("z",), "sums_n = sum_k z_nk", written),
    }
    return Program(program, lambda arrays: Specification(rules, arrays))


def loss(name: str) -> Program:
    """E(d, y) and ∂E/∂y."""

    def program(side: Implementation, arrays: Arrays) -> Iterator[Trace]:
        d, y = arrays["d"], arrays["y"]
        E, d_E = side.get("losses.LOSSES")[name]
        yield Trace({"loss": E(d, y), "grad/y": d_E(d, y)})

    rules = {
        **loss_rule("loss", name, "d", "y"),
        "grad/y": Rule(
            formulas.D_LOSSES[name],
            ("d", "y"),
            f"dE/dy of {name}",
            (f"losses.{gradient_of(name)}",),
        ),
    }
    return Program(program, lambda arrays: Specification(rules, arrays))


def combined_loss(name: str) -> Program:
    """E(d, u), the output y = g(u) and ∂E/∂u, which these losses compute from y."""
    output = name.removesuffix("_with_loss")

    def program(side: Implementation, arrays: Arrays) -> Iterator[Trace]:
        d, u = arrays["d"], arrays["u"]
        # the loss takes u, the formula of its gradient the output y, as in the course
        y = side.get(f"activations.{output}")(u)
        E, delta = side.get("losses.LOSSES")[name]
        yield Trace({"loss": E(d, u), "y": y, "grad/u": delta(d, y)})

    delta = partial(formulas.output_delta, output, name)
    rules = {
        **loss_rule("loss", name, "d", "u"),
        **activation_rule(output, "y", "u"),
        "grad/u": Rule(
            delta, ("d", "y", "u"), f"dE/du of {name}", (f"losses.{gradient_of(name)}",)
        ),
    }
    return Program(program, lambda arrays: Specification(rules, arrays))


class NotRefused(Exception):
    """A side takes what makes no sense, and returns something."""


def refusals(**attempts: Callable[[Implementation, Arrays], Any]) -> Program:
    """That a side raises something in each of these calls: what makes no sense gives no number."""

    def program(side: Implementation, arrays: Arrays) -> Iterator[Trace]:
        yield Trace(
            {f"refused/{name}": _refused(name, f, side, arrays) for name, f in attempts.items()}
        )

    return Program(program)


def _refused(
    name: str,
    attempt: Callable[[Implementation, Arrays], Any],
    side: Implementation,
    arrays: Arrays,
) -> bool:
    try:
        result = attempt(side, arrays)
    except (Unavailable, RankDied):  # of this machine, and none of the side's
        raise
    except Exception:  # NumPy and torch have exceptions of their own
        return True
    raise NotRefused(f"{name}: nothing was raised, but {type(result).__name__} returned")


def surface(name: str) -> Program:
    """E(w) and ∂E/∂w at a point w."""

    def program(side: Implementation, arrays: Arrays) -> Iterator[Trace]:
        loss, gradient = side.get(f"surfaces.{name}"), side.get(f"surfaces.d_{name}")
        yield Trace({"loss": loss(arrays["w"]), "grad/w": gradient(arrays["w"])})

    f, d_f = formulas.SURFACES[name]
    rules = {
        "loss": Rule(f, ("w",), f"loss = {name}(w)", (f"surfaces.{name}",)),
        "grad/w": Rule(d_f, ("w",), f"grad/w = d{name}/dw", (f"surfaces.d_{name}",)),
    }
    return Program(program, lambda arrays: Specification(rules, arrays))


def optimizer(name: str, schedule: tuple[Any, ...] = ("constant",), **settings: float) -> Program:
    """A given sequence of gradients, one a step: the state and the parameters after each step."""

    def program(side: Implementation, arrays: Arrays) -> Iterator[Trace]:
        rule = side.get(f"optimizers.{name}")(**settings)
        # copied, since an update works in place and the
        # arrays that were handed in are checked at the end
        params = {"W": side.copy(arrays["W"]), "b": side.copy(arrays["b"])}
        steps = len(arrays["g_W"])
        lrs = side.get(f"schedules.{schedule[0]}")(rule.lr, steps, *schedule[1:])
        for t, rule.lr in enumerate(lrs):  # the loop sets the rate of each step
            rule.update(params, {"W": arrays["g_W"][t], "b": arrays["g_b"][t]})
            yield Trace({"lr": rule.lr, **_state(side, rule), **named("param", params)}, step=t + 1)

    def specify(arrays: Arrays) -> Specification:
        steps = len(arrays["g_W"])
        rules = {"lr": schedule_rule(schedule[0], DEFAULT_LR[name], steps, *schedule[1:])}
        for p in "Wb":
            rules |= optimizer_rules(name, p, **settings)
        return Specification(
            rules,
            start(rules, {"W": arrays["W"], "b": arrays["b"]}),
            # steps count from 1 in traces and rules, rows of g_W from 0
            lambda t: {"t": t, "grad/W": arrays["g_W"][t - 1], "grad/b": arrays["g_b"][t - 1]},
        )

    return Program(program, specify)


# As torch.optim has them, but for SGD's, which has none in older versions.
DEFAULT_LR = {
    "SGD": 0.01,
    "Momentum": 0.01,
    "Nesterov": 0.01,
    "AdaGrad": 0.01,
    "RMSprop": 0.01,
    "Adadelta": 1.0,
    "Adam": 0.001,
}


def start(rules: Mapping[str, Rule], params: Arrays) -> dict[str, Any]:
    """Parameters and zero state, as they are before the first step."""
    return {**named("param", params), **zero_state(rules, params)}


def _state(side: Implementation, rule: Any) -> dict[str, Any]:
    return {
        f"state/{name}/{key}": value
        for name, values in optimizer_state(side, rule).items()
        for key, value in values.items()
    }


def named(prefix: str, arrays: Arrays) -> dict[str, Any]:
    """The same arrays as ``prefix/name``."""
    return {f"{prefix}/{name}": array for name, array in arrays.items()}


def schedule(name: str, lr: float, steps: int, *settings: Any) -> Program:
    """The learning rate of every step."""

    def program(side: Implementation, arrays: Arrays) -> Iterator[Trace]:
        for t, rate in enumerate(side.get(f"schedules.{name}")(lr, steps, *settings)):
            yield Trace({"lr": rate}, step=t + 1)

    rules = {"lr": schedule_rule(name, lr, steps, *settings)}
    return Program(program, lambda arrays: Specification(rules, arrays, lambda t: {"t": t}))


def batches(name: str, n: int, *settings: int) -> Program:
    """How large each batch is, and how often each sample was drawn in all."""

    def program(side: Implementation, arrays: Arrays) -> Iterator[Trace]:
        # two generators do not draw the same numbers: the sizes of the batches have to agree all
        # the same, and the counts where an epoch sees each sample once
        drawn = side.get(f"sampling.{name}")(n, *settings)
        indices = [int(i) for batch in drawn for i in batch]
        counts = [indices.count(i) for i in range(n)]
        yield Trace(
            {"batch_sizes": [len(batch) for batch in drawn], "indices": indices, "counts": counts}
        )

    return Program(program)


def split(batch_size: int) -> Program:
    """The mini-batches of one epoch's given order, the last one short."""

    def program(side: Implementation, arrays: Arrays) -> Iterator[Trace]:
        for t, batch in enumerate(side.get("sampling.split")(arrays["order"], batch_size)):
            yield Trace({"batch": batch}, step=t + 1)

    return Program(program)
