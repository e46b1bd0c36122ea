"""What a case runs: one program for every side, written in the names that the sides share.

A program gets a Side and the problem's arrays in that side's own type, and yields a Trace for each
pass or training step.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from compare.case import Program
from compare.sides import Side
from compare.trace import Trace

Arrays = Mapping[str, Any]


def function(path: str, inputs: str, output: str, gradient: str = "") -> Program:
    """output = f(inputs), and what ``gradient`` makes of the random cotangent "delta"."""
    names = inputs.split()

    def program(side: Side, a: Arrays) -> Iterator[Trace]:
        arguments = [a[name] for name in names]
        trace = {output: side.get(path)(*arguments)}
        if gradient:
            back = side.get(gradient)(a["delta"], *arguments)
            back = back if isinstance(back, tuple) else (back,)
            trace |= {f"grad/{name}": g for name, g in zip(names, back, strict=True)}
        yield Trace(trace)

    return program


def activation(name: str) -> Program:
    """z = f(u), the derivative f'(u), and a random cotangent carried back through f."""

    def program(side: Side, a: Arrays) -> Iterator[Trace]:
        u = a["u"]
        trace = {"z": side.get(f"activations.{name}")(u)}
        if name != "softmax":
            trace["derivative"] = side.get(f"activations.d_{name}")(u)
        trace["grad/u"] = side.get("activations.d_activation")(name, a["delta"], u)
        yield Trace(trace)

    return program


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

    return program


def loss(name: str) -> Program:
    """E(d, y) and ∂E/∂y."""

    def program(side: Side, a: Arrays) -> Iterator[Trace]:
        d, y = a["d"], a["y"]
        gradient = side.get(f"losses.d_{name}")(d, y)
        yield Trace({"loss": side.get(f"losses.{name}")(d, y), "grad/y": gradient})

    return program


def combined_loss(name: str) -> Program:
    """E(d, u), the output y = g(u) and ∂E/∂u, which these losses compute from y."""
    output = name.removesuffix("_with_loss")

    def program(side: Side, a: Arrays) -> Iterator[Trace]:
        d, u = a["d"], a["u"]
        y = side.get(f"activations.{output}")(u)
        gradient = side.get(f"losses.d_{name}")(d, y)
        yield Trace({"loss": side.get(f"losses.{name}")(d, u), "y": y, "grad/u": gradient})

    return program


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

    return program


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

    return program


def batches(name: str, n: int, *settings: int) -> Program:
    """How large each batch is, and how often each sample was drawn in all."""

    def program(side: Side, a: Arrays) -> Iterator[Trace]:
        drawn = side.get(f"sampling.{name}")(n, *settings)
        indices = [int(i) for batch in drawn for i in batch]
        counts = [indices.count(i) for i in range(n)]
        yield Trace(
            {"batch_sizes": [len(batch) for batch in drawn], "indices": indices, "counts": counts}
        )

    return program


def split(batch_size: int) -> Program:
    """The mini-batches of one epoch's given order, the last one short."""

    def program(side: Side, a: Arrays) -> Iterator[Trace]:
        for t, batch in enumerate(side.get("sampling.split")(a["order"], batch_size)):
            yield Trace({"batch": batch}, step=t + 1)

    return program


def _params(a: Arrays) -> dict[str, Any]:
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
        net = side.network(_params(a), hidden=hidden, output=output, loss=loss)

        def reported(x: Any) -> dict[str, Any]:
            y = net.predict(x) if report else None
            return {name: side.get(f"losses.{name}")(a["d"], y) for name in report}

        if lr is None:
            trace = dict(net.forward(a["x"])) | {"loss": net.loss(a["d"])} | net.backward(a["d"])
            yield Trace(trace | reported(a["x"]))
            return
        rule = side.get("optimizers.SGD")(lr)
        before = reported(a["x"])
        trace = side.get("training.train_step")(net, rule, a["x"], a["d"])
        after = {f"after/{name}": value for name, value in reported(a["x"]).items()}
        yield Trace(trace | before | after)

    return program


def forward(hidden: str, output: str) -> Program:
    """One pass forward, every intermediate by name: for the exercises without a target."""

    def program(side: Side, a: Arrays) -> Iterator[Trace]:
        yield Trace(
            side.network(_params(a), hidden=hidden, output=output, loss=_A_LOSS).forward(a["x"])
        )

    return program


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

    def program(side: Side, a: Arrays) -> Iterator[Trace]:
        net = side.network(_params(a), hidden=hidden, output=output, loss=loss)
        optimizer = side.get(f"optimizers.{rule}")(lr, **settings)
        lrs = side.get(f"schedules.{schedule[0]}")(lr, len(a["batches"]), *schedule[1:])
        steps = side.get("training.train")(net, optimizer, a["x"], a["d"], a["batches"], lrs)
        for t, trace in enumerate(steps, start=1):
            trace = {"lr": optimizer.lr, **trace}
            if "x_test" in a and (t % evaluate_every == 0 or t == 1):
                trace |= _tested(side, net, a)
            yield Trace(trace, step=t)

    return program


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
        params = _params(a)

        def error_of(name: str) -> Any:
            def error(p: Any) -> Any:
                net = side.network({**params, name: p}, hidden=hidden, output=output, loss=loss)
                net.forward(a["x"])
                return net.loss(a["d"])

            return error

        yield Trace(
            {f"numerical/{name}": gradient(error_of(name), p, h) for name, p in params.items()}
        )

    return program


def work(hidden: str, output: str, loss: str) -> Program:
    """Floating-point operations of a forward pass, of back-propagation, of central differences."""

    def program(side: Side, a: Arrays) -> Iterator[Trace]:
        net = side.network(_params(a), hidden=hidden, output=output, loss=loss)
        yield Trace(_named("flops", side.get("numerical.work")(net, a["x"], a["d"])))

    return program
