"""Programs of a network: one pass, one step, a training run, numerical gradients, and the work."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from itertools import islice
from typing import Any

import numpy as np

from compare.cases.programs.functions import Arrays, named, start
from compare.core.case import Program
from compare.core.implementation import Implementation
from compare.core.recipe import Recipe
from compare.core.trace import Trace
from compare.core.training_record import pass_record, step_record
from compare.oracle import formulas
from compare.oracle.rules import (
    Layers,
    Rule,
    Specification,
    loss_rule,
)
from compare.oracle.update_rules import optimizer_rules, schedule_rule


def params_of(arrays: Arrays) -> dict[str, Any]:
    """W1 b1 W2 b2 ... of a problem's arrays."""
    # by name and number, as a problem has other arrays beside them: "batches" is no bias
    return {name: arrays[name] for name in arrays if name[0] in "Wb" and name[1:].isdigit()}


def network(
    hidden: str = "relu",
    output: str = "softmax",
    loss: str = "softmax_with_loss",
    report: tuple[str, ...] = (),
    lr: float | None = None,
    by_default: bool = False,
) -> Program:
    """One pass forward and back, every intermediate by name; with ``lr`` also one step of SGD.

    ``report`` names further losses of the same output, which are computed and not differentiated ·
    ``by_default``: a side is not told the activations and the loss, nor that dE/dx is wanted.
    """
    settings = {} if by_default else {"hidden": hidden, "output": output, "loss": loss}

    def program(side: Implementation, arrays: Arrays) -> Iterator[Trace]:
        x, d = arrays["x"], arrays["d"]
        net = side.network(params_of(arrays), wants_grad_x=not by_default, **settings)

        def reported(y: Any) -> dict[str, Any]:
            return {name: side.get(f"losses.{name}")(d, y) for name in report}

        if lr is None:
            y, E = net.forward(x), net.loss(d)
            net.backward()
            yield Trace(pass_record(net, E) | reported(y))
            return
        rule = side.get("optimizers.SGD")(lr)
        E = side.get("training.train_step")(net, rule, x, d)
        trace = step_record(side, net, rule, E)
        # from the y before the step: the network holds the parameters after it
        before = reported(trace["y"])
        # the course prints the loss of the same batch again after its one step
        after = _intermediates(net, x) if report else {}
        after |= reported(after["y"]) if report else {}
        yield Trace(trace | before | named("after", after))

    def specify(arrays: Arrays) -> Specification:
        return _specification(arrays, Layers.of(arrays, hidden, output, loss), report, lr)

    return Program(
        program,
        specify,
        network=(hidden, output, loss),
        of_network=partial(network, report=report, lr=lr),
    )


def _specification(
    arrays: Arrays, layers: Layers, report: tuple[str, ...], lr: float | None
) -> Specification:
    rules = layers.rules()
    for name in report:
        rules |= loss_rule(name, name, "d", "y")
    if lr is not None:
        for name in params_of(arrays):
            rules |= optimizer_rules("SGD", name)
        rules |= layers.forward_rules("after/")
        for name in report:
            rules |= loss_rule(f"after/{name}", name, "d", "after/y")
    # without a step there is no rate, and no rule that asks for it
    initial = {**arrays, **named("param", params_of(arrays)), "lr": np.float64(lr or 0)}
    return Specification(rules, initial)


def forward(hidden: str, output: str) -> Program:
    """One pass forward, every intermediate by name: for the exercises without a target."""

    def program(side: Implementation, arrays: Arrays) -> Iterator[Trace]:
        net = side.network(params_of(arrays), hidden=hidden, output=output, loss=_A_LOSS)
        yield Trace(_intermediates(net, arrays["x"]))

    def specify(arrays: Arrays) -> Specification:
        rules = Layers.of(arrays, hidden, output, _A_LOSS).forward_rules()
        return Specification(rules, {**arrays, **named("param", params_of(arrays))})

    return Program(program, specify, network=(hidden, output, ""))


def _intermediates(net: Any, x: Any) -> dict[str, Any]:
    net.forward(x)
    return net.intermediates()


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

    def go_on(
        side: Implementation, arrays: Arrays, steps_done: int, last_trace: Arrays
    ) -> Iterator[Trace]:
        net, optimizer, steps = recipe.loop(side, params_of(arrays), arrays, steps_done, last_trace)
        for t, trace in enumerate(steps, start=steps_done + 1):
            trace = {"lr": optimizer.lr, **trace}
            # test data can be larger than the batch by a
            # hundred times; step 1 shows a mistake at once
            if "x_test" in arrays and (t % evaluate_every == 0 or t == 1):
                trace |= _tested(side, net, arrays, output)
            yield Trace(trace, step=t)

    return Program(
        lambda side, arrays: go_on(side, arrays, 0, {}),
        partial(_specification_of_training, recipe),
        recipe,
        go_on,
        network=(hidden, output, loss),
        of_network=lambda hidden, output, loss: training(
            hidden, output, loss, rule, lr, schedule, evaluate_every, **settings
        ),
    )


def _specification_of_training(recipe: Recipe, arrays: Arrays) -> Specification:
    params, batches = params_of(arrays), arrays["batches"]
    layers = Layers.of(arrays, recipe.hidden, recipe.output, recipe.loss)
    kind, *settings = recipe.schedule
    rules = {"lr": schedule_rule(kind, recipe.lr, len(batches), *settings)}
    rules |= layers.rules()
    for name in params:
        rules |= optimizer_rules(recipe.rule, name, **recipe.settings)
    # from x_test and the parameters: a prediction shows no u and no z
    rules["test/y"] = layers.whole("test/y", "x_test")
    rules["test/loss"] = layers.whole("test/loss", "x_test", "d_test", recipe.loss)
    rules["test/accuracy"] = Rule(
        formulas.accuracy,
        ("d_test", "test/y"),
        "share of test samples in the right class",
        ("losses.accuracy",),
    )

    def inputs(t: int) -> dict[str, Any]:
        # the step's own rows: the judge never holds more than one batch
        return {"t": t, "x": arrays["x"][batches[t - 1]], "d": arrays["d"][batches[t - 1]]}

    tested = {name: arrays[name] for name in ("x_test", "d_test") if name in arrays}
    return Specification(rules, {**tested, **start(rules, params)}, inputs)


def resumed(done: int, *recipe: Any, **settings: Any) -> Program:
    """A training run whose network and optimizer are new after so many steps, and go on."""
    whole = training(*recipe, **settings)

    def program(side: Implementation, arrays: Arrays) -> Iterator[Trace]:
        assert whole.go_on is not None
        trace = Trace({})
        for trace in islice(whole.run(side, arrays), done):
            yield trace
        yield from whole.go_on(side, arrays, done, trace.values)

    return Program(program, whole.specify)


def _tested(side: Implementation, net: Any, arrays: Arrays, output: str) -> dict[str, Any]:
    y = net.predict(arrays["x_test"])
    tested = {"test/y": y, "test/loss": net.loss(arrays["d_test"])}
    if output in ("softmax", "sigmoid"):  # a regression has no classes
        tested["test/accuracy"] = side.get("losses.accuracy")(arrays["d_test"], y)
    return tested


def numerical(hidden: str, output: str, loss: str, h: float | None = None) -> Program:
    """The numerical gradient of E with respect to every parameter, of any shape.

    ``h``: the step, where it is not the default of 1e-4.
    """
    step = () if h is None else (h,)

    def program(side: Implementation, arrays: Arrays) -> Iterator[Trace]:
        gradient = side.get("numerical.numerical_gradient")
        params = params_of(arrays)

        def error_of(name: str) -> Any:
            def error(p: Any) -> Any:
                # a network of its own for each value of p:
                # nothing of one evaluation is left for the next
                net = side.network({**params, name: p}, hidden=hidden, output=output, loss=loss)
                net.forward(arrays["x"])
                return net.loss(arrays["d"])

            return error

        yield Trace(
            {f"numerical/{name}": gradient(error_of(name), p, *step) for name, p in params.items()}
        )

    def specify(arrays: Arrays) -> Specification:
        names = tuple(params_of(arrays))

        def rule(name: str) -> Rule:
            def formula(d: Any, x: Any, *params: Any) -> Any:
                by_name = dict(zip(names, params, strict=True))

                def error(p: Any) -> Any:
                    changed = {**by_name, name: p}
                    return formulas.network_error(d, x, changed, hidden, output, loss)

                return formulas.central_difference(error, by_name[name], *step)

            text = f"numerical/{name} = (E({name} + h) - E({name} - h)) / 2h"
            return Rule(formula, ("d", "x", *names), text, ("numerical.numerical_gradient",))

        return Specification({f"numerical/{name}": rule(name) for name in names}, arrays)

    return Program(program, specify)


def work(hidden: str, output: str, loss: str) -> Program:
    """Floating-point operations of a forward pass, of back-propagation, of central differences."""

    def program(side: Implementation, arrays: Arrays) -> Iterator[Trace]:
        net = side.network(params_of(arrays), hidden=hidden, output=output, loss=loss)
        count = side.get("work.operations")
        with_grad_x = named("flops", count(net, arrays["x"], arrays["d"]))
        net.wants_grad_x = False
        yield Trace(with_grad_x | named("flops/no_dx", count(net, arrays["x"], arrays["d"])))

    return Program(program)
