"""What a case runs: one program for every side, written in the names that the sides share.

A program gets a Side and the problem's arrays in that side's own type, and yields a Trace for each
pass or training step. Beside it stands what it computes: the rules by which the judge recomputes
every name from what that side computed before.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

import numpy as np

from compare import formulas
from compare.case import Program, Recipe
from compare.sides import Side
from compare.specification import (
    Layers,
    Rule,
    Specification,
    activation_rule,
    loss_rule,
    optimizer_rules,
    schedule_rule,
    zero_state,
)
from compare.trace import Trace

Arrays = Mapping[str, Any]


def function(
    path: str,
    inputs: str,
    output: str,
    formula: Callable[..., Any],
    gradient: str = "",
    back: Mapping[str, tuple[Callable[..., Any], str]] | None = None,
) -> Program:
    """output = f(inputs), and what ``gradient`` makes of the random cotangent "delta".

    ``formula`` recomputes the output; ``back`` has, for each input, the formula of its gradient and
    the names that one takes.
    """
    names = inputs.split()

    def program(side: Side, a: Arrays) -> Iterator[Trace]:
        arguments = [a[name] for name in names]
        trace = {output: side.get(path)(*arguments)}
        if gradient:
            gradients = side.get(gradient)(a["delta"], *arguments)
            trace |= {f"grad/{name}": g for name, g in zip(names, gradients, strict=True)}
        yield Trace(trace)

    def specify(a: Arrays) -> Specification:
        rules = {output: Rule(formula, tuple(names), f"{output} = f({', '.join(names)})")}
        for name, (f, of) in (back or {}).items():
            rules[f"grad/{name}"] = Rule(f, tuple(of.split()), f"grad/{name} from {of}")
        return Specification(rules, a)

    return Program(program, specify)


def activation(name: str) -> Program:
    """z = f(u), the derivative f'(u), and a random cotangent carried back through f."""

    def program(side: Side, a: Arrays) -> Iterator[Trace]:
        u = a["u"]
        trace = {"z": side.get(f"activations.{name}")(u)}
        if name != "softmax":
            trace["derivative"] = side.get(f"activations.d_{name}")(u)
        trace["grad/u"] = side.get("activations.d_activation")(name, a["delta"], u)
        yield Trace(trace)

    def back(delta: Any, u: Any, z: Any) -> Any:
        again = formulas.ACTIVATIONS[name](u)
        return formulas.d_activation(name, delta, u, formulas.shown(z, again))

    def specify(a: Arrays) -> Specification:
        slope = Rule(partial(formulas.derivative, name), ("u",), f"{name}'(u)")
        grad = Rule(back, ("delta", "u", "z"), f"grad/u = delta {name}'(u)")
        rules = {**activation_rule(name, "z", "u"), "derivative": slope, "grad/u": grad}
        return Specification(rules, a)

    return Program(program, specify)


def linearity(name: str) -> Program:
    """The gaps f(a + b) - f(a) - f(b) and f(c a) - c f(a): both are 0 exactly if f is linear."""

    def program(side: Side, a: Arrays) -> Iterator[Trace]:
        f = side.get(f"activations.{name}")
        p, q = a["a"], a["b"]
        yield Trace(
            {
                "additivity": f(p + q) - f(p) - f(q),
                "homogeneity": f(-2 * p) + 2 * f(p),
            }
        )

    f = formulas.ACTIVATIONS[name]
    rules = {
        "additivity": Rule(
            lambda p, q: f(p + q) - f(p) - f(q), ("a", "b"), "f(a + b) - f(a) - f(b)"
        ),
        "homogeneity": Rule(lambda p: f(p * -2.0) + f(p) * 2.0, ("a",), "f(-2 a) + 2 f(a)"),
    }
    return Program(program, lambda a: Specification(rules, a))


def loss(name: str) -> Program:
    """E(d, y) and ∂E/∂y."""

    def program(side: Side, a: Arrays) -> Iterator[Trace]:
        d, y = a["d"], a["y"]
        gradient = side.get(f"losses.d_{name}")(d, y)
        yield Trace({"loss": side.get(f"losses.{name}")(d, y), "grad/y": gradient})

    rules = {
        **loss_rule("loss", name, "d", "y"),
        "grad/y": Rule(formulas.D_LOSSES[name], ("d", "y"), f"dE/dy of {name}"),
    }
    return Program(program, lambda a: Specification(rules, a))


def combined_loss(name: str) -> Program:
    """E(d, u), the output y = g(u) and ∂E/∂u, which these losses compute from y."""
    output = name.removesuffix("_with_loss")

    def program(side: Side, a: Arrays) -> Iterator[Trace]:
        d, u = a["d"], a["u"]
        y = side.get(f"activations.{output}")(u)
        gradient = side.get(f"losses.d_{name}")(d, y)
        yield Trace({"loss": side.get(f"losses.{name}")(d, u), "y": y, "grad/u": gradient})

    delta = partial(formulas.output_delta, output, name)
    rules = {
        **loss_rule("loss", name, "d", "u"),
        **activation_rule(output, "y", "u"),
        "grad/u": Rule(delta, ("d", "y", "u"), f"dE/du of {name}"),
    }
    return Program(program, lambda a: Specification(rules, a))


def optimizer(name: str, schedule: tuple[Any, ...] = ("constant",), **settings: float) -> Program:
    """A given sequence of gradients, one a step: the state and the parameters after each step."""

    def program(side: Side, a: Arrays) -> Iterator[Trace]:
        rule = side.get(f"optimizers.{name}")(**settings)
        params = {"W": side.copy(a["W"]), "b": side.copy(a["b"])}
        steps = len(a["g_W"])
        lrs = side.get(f"schedules.{schedule[0]}")(rule.lr, steps, *schedule[1:])
        for t, rule.lr in enumerate(lrs):
            rule.update(params, {"W": a["g_W"][t], "b": a["g_b"][t]})
            yield Trace({"lr": rule.lr, **_state(rule), **_named("param", params)}, step=t + 1)

    def specify(a: Arrays) -> Specification:
        steps = len(a["g_W"])
        rules = {"lr": schedule_rule(schedule[0], DEFAULT_LR[name], steps, *schedule[1:])}
        for p in "Wb":
            rules |= optimizer_rules(name, p, **settings)
        return Specification(
            rules,
            _start(rules, {"W": a["W"], "b": a["b"]}),
            lambda t: {"t": t, "grad/W": a["g_W"][t - 1], "grad/b": a["g_b"][t - 1]},
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


def _start(rules: Mapping[str, Rule], params: Arrays) -> dict[str, Any]:
    """Parameters and zero state, as they are before the first step."""
    return {**_named("param", params), **zero_state(rules, params)}


def _state(rule: Any) -> dict[str, Any]:
    return {
        f"state/{name}/{key}": value
        for name, values in rule.state.items()
        for key, value in values.items()
    }


def _named(prefix: str, arrays: Arrays) -> dict[str, Any]:
    return {f"{prefix}/{name}": array for name, array in arrays.items()}


def schedule(name: str, lr: float, steps: int, *settings: Any) -> Program:
    """The learning rate of every step."""

    def program(side: Side, a: Arrays) -> Iterator[Trace]:
        for t, rate in enumerate(side.get(f"schedules.{name}")(lr, steps, *settings)):
            yield Trace({"lr": rate}, step=t + 1)

    rules = {"lr": schedule_rule(name, lr, steps, *settings)}
    return Program(program, lambda a: Specification(rules, a, lambda t: {"t": t}))


def batches(name: str, n: int, *settings: int) -> Program:
    """How large each batch is, and how often each sample was drawn in all."""

    def program(side: Side, a: Arrays) -> Iterator[Trace]:
        drawn = side.get(f"sampling.{name}")(n, *settings)
        indices = [int(i) for batch in drawn for i in batch]
        counts = [indices.count(i) for i in range(n)]
        yield Trace(
            {"batch_sizes": [len(batch) for batch in drawn], "indices": indices, "counts": counts}
        )

    return Program(program)


def split(batch_size: int) -> Program:
    """The mini-batches of one epoch's given order, the last one short."""

    def program(side: Side, a: Arrays) -> Iterator[Trace]:
        for t, batch in enumerate(side.get("sampling.split")(a["order"], batch_size)):
            yield Trace({"batch": batch}, step=t + 1)

    return Program(program)


def params_of(a: Arrays) -> dict[str, Any]:
    """W1 b1 W2 b2 ... of a problem's arrays."""
    return {name: a[name] for name in a if name[0] in "Wb" and name[1:].isdigit()}


def network(
    hidden: str = "relu",
    output: str = "softmax",
    loss: str = "softmax_with_loss",
    report: tuple[str, ...] = (),
    lr: float | None = None,
) -> Program:
    """One pass forward and back, every intermediate by name; with ``lr`` also one step of SGD.

    ``report`` names further losses of the same output, which are computed and not differentiated.
    """

    def program(side: Side, a: Arrays) -> Iterator[Trace]:
        net = side.network(params_of(a), hidden=hidden, output=output, loss=loss)

        def reported(y: Any) -> dict[str, Any]:
            return {name: side.get(f"losses.{name}")(a["d"], y) for name in report}

        if lr is None:
            trace = dict(net.forward(a["x"])) | {"loss": net.loss(a["d"])} | net.backward(a["d"])
            yield Trace(trace | reported(trace["y"]))
            return
        rule = side.get("optimizers.SGD")(lr)
        trace = side.get("training.train_step")(net, rule, a["x"], a["d"])
        before = reported(trace["y"])
        after = dict(net.forward(a["x"])) if report else {}
        after |= reported(after["y"]) if report else {}
        yield Trace(trace | before | _named("after", after))

    def specify(a: Arrays) -> Specification:
        layers = Layers.of(a, hidden, output, loss)
        rules = layers.rules()
        for name in report:
            rules |= loss_rule(name, name, "d", "y")
        if lr is not None:
            for name in params_of(a):
                rules |= optimizer_rules("SGD", name)
            rules |= layers.forward_rules("after/")
            for name in report:
                rules |= loss_rule(f"after/{name}", name, "d", "after/y")
        given = {**a, **_named("param", params_of(a)), "lr": np.float64(lr or 0)}
        return Specification(rules, given)

    return Program(program, specify)


def forward(hidden: str, output: str) -> Program:
    """One pass forward, every intermediate by name: for the exercises without a target."""

    def program(side: Side, a: Arrays) -> Iterator[Trace]:
        yield Trace(
            side.network(params_of(a), hidden=hidden, output=output, loss=_A_LOSS).forward(a["x"])
        )

    def specify(a: Arrays) -> Specification:
        rules = Layers.of(a, hidden, output, _A_LOSS).forward_rules()
        return Specification(rules, {**a, **_named("param", params_of(a))})

    return Program(program, specify)


_A_LOSS = "half_squared_error"  # a Network has one; a forward pass does not use it


def training(
    hidden: str,
    output: str,
    loss: str,
    rule: str = "SGD",
    lr: float = 0.1,
    schedule: tuple[Any, ...] = ("constant",),
    evaluate_every: int = 20,
    **settings: float,
) -> Program:
    """A training run on given batches: everything at every step, the test data now and then."""
    recipe = Recipe(hidden, output, loss, rule, lr, schedule, settings)

    def go_on(side: Side, a: Arrays, done: int, left: Arrays) -> Iterator[Trace]:
        net, optimizer, steps = recipe.loop(side, params_of(a), a, done, left)
        for t, trace in enumerate(steps, start=done + 1):
            trace = {"lr": optimizer.lr, **trace}
            if "x_test" in a and (t % evaluate_every == 0 or t == 1):
                trace |= _tested(side, net, a)
            yield Trace(trace, step=t)

    def specify(a: Arrays) -> Specification:
        params, batches = params_of(a), a["batches"]
        layers = Layers.of(a, hidden, output, loss)
        rules = {"lr": schedule_rule(schedule[0], lr, len(batches), *schedule[1:])}
        rules |= layers.rules()
        for name in params:
            rules |= optimizer_rules(rule, name, **settings)
        rules["test/y"] = layers.whole("test/y", "x_test")
        rules["test/loss"] = layers.whole("test/loss", "x_test", "d_test", loss)
        rules["test/accuracy"] = Rule(
            formulas.accuracy, ("d_test", "test/y"), "share of test samples in the right class"
        )

        def inputs(t: int) -> dict[str, Any]:
            return {"t": t, "x": a["x"][batches[t - 1]], "d": a["d"][batches[t - 1]]}

        tested = {name: a[name] for name in ("x_test", "d_test") if name in a}
        return Specification(rules, {**tested, **_start(rules, params)}, inputs)

    return Program(lambda side, a: go_on(side, a, 0, {}), specify, recipe, go_on)


def _tested(side: Side, net: Any, a: Arrays) -> dict[str, Any]:
    y = net.predict(a["x_test"])
    tested = {"test/y": y, "test/loss": net.loss(a["d_test"])}
    if net.output in ("softmax", "sigmoid"):
        tested["test/accuracy"] = side.get("losses.accuracy")(a["d_test"], y)
    return tested


def numerical(hidden: str, output: str, loss: str, h: float = 1e-4) -> Program:
    """The numerical gradient of E with respect to x and every parameter, of any shape."""

    def program(side: Side, a: Arrays) -> Iterator[Trace]:
        gradient = side.get("numerical.numerical_gradient")
        params = params_of(a)

        def error_of(name: str) -> Any:
            def error(p: Any) -> Any:
                net = side.network({**params, name: p}, hidden=hidden, output=output, loss=loss)
                net.forward(a["x"])
                return net.loss(a["d"])

            return error

        yield Trace(
            {f"numerical/{name}": gradient(error_of(name), p, h) for name, p in params.items()}
        )

    def specify(a: Arrays) -> Specification:
        names = tuple(params_of(a))

        def rule(name: str) -> Rule:
            def formula(d: Any, x: Any, *params: Any) -> Any:
                given = dict(zip(names, params, strict=True))

                def error(p: Any) -> Any:
                    changed = {**given, name: p}
                    return formulas.network_error(d, x, changed, hidden, output, loss)

                return formulas.central_difference(error, given[name], h)

            text = f"numerical/{name} = (E({name} + h) - E({name} - h)) / 2h"
            return Rule(formula, ("d", "x", *names), text)

        return Specification({f"numerical/{name}": rule(name) for name in names}, a)

    return Program(program, specify)


def work(hidden: str, output: str, loss: str) -> Program:
    """Floating-point operations of a forward pass, of back-propagation, of central differences."""

    def program(side: Side, a: Arrays) -> Iterator[Trace]:
        net = side.network(params_of(a), hidden=hidden, output=output, loss=loss)
        yield Trace(_named("flops", side.get("numerical.work")(net, a["x"], a["d"])))

    return Program(program)
