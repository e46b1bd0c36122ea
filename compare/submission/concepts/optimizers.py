"""§4: update rules, as people write them: SGD, Momentum, Nesterov, AdaGrad, RMSprop, Adadelta, Adam.

Epsilon under the root is a convention where the method is published both ways (AdaGrad, where torch
has an equal setting, and RMSprop). For Adam it is a mistake: algorithm 1 of Kingma and Ba adds it to
sqrt v̂, no setting of torch is equal, and at gradients of 1e-5 the step is off by 98%.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from compare.cases.section4_descent import FORMULAS
from compare.submission.binding import plain
from compare.submission.concept import Arrangement, Concept, Meaning, Probe, Role
from compare.submission.concepts import update_adam, update_rules, update_scaled
from compare.submission.concepts.probes import probe
from compare.submission.concepts.tensors import split
from compare.submission.concepts.update_calls import arrangements, begins_at
from compare.submission.concepts.update_chains import Rules
from compare.submission.concepts.update_decay import decaying, is_decoupled
from compare.submission.concepts.update_forms import is_taken
from compare.submission.concepts.update_gradients import REUSE
from compare.submission.concepts.update_names import SETTINGS, roles
from compare.submission.concepts.update_signatures import settings_of
from compare.submission.subject import Subject
from compare.submission.texts import Text
from compare.submission.trial import Trial

_Shapes = Callable[[Mapping[str, int]], tuple[tuple[int, ...], ...]]


def _alike(sizes: Mapping[str, int]) -> tuple[tuple[int, ...], ...]:
    """All of one shape, so that a state which they share shows in their values; and not of two
    rows, for half a step is a mistake of its own.
    """
    return ((sizes["I"], sizes["O"]),) * 4


def _network(sizes: Mapping[str, int]) -> tuple[tuple[int, ...], ...]:
    return ((3, 4), (4,), (4, 2), (2,))


_STEPS = 12
# Other values than people write into a rule, so that one which is not used shows.
_FIRST = {"momentum": 0.8, "rho": 0.85, "beta1": 0.75, "beta2": 0.96, "eps": 2e-6, "decay": 0.03}
_SECOND = {"momentum": 0.6, "rho": 0.7, "beta1": 0.85, "beta2": 0.98, "eps": 3e-7, "decay": 0.2}


def _size(shapes: _Shapes, sizes: Mapping[str, int]) -> int:
    return sum(math.prod(shape) for shape in shapes(sizes))


def _gradients(shapes: _Shapes, zero: bool) -> Any:
    """Of size 1, of size 1e-5, of a sign that flips; ``zero``: from the first step on, and later."""

    def draw(rng: np.random.Generator, sizes: Any) -> np.ndarray:
        g = rng.standard_normal((sizes["T"], _size(shapes, sizes)))
        g[:, ::5] *= 1e-5
        g[:, 1::5] = np.abs(g[:, 1::5]) * (-1.0) ** np.arange(len(g))[:, np.newaxis]
        if zero:
            g[:, 2] = 0.0
            g[::4, 3::5] = 0.0
        return g

    return draw


def _probe(
    name: str, shapes: _Shapes, lrs: Sequence[float], settings: Mapping[str, float],
    about: Text, role: Role = Role.GENERIC, zero: bool = False, reuse: bool = False,
) -> Probe:  # fmt: skip
    arrays = {
        "p": lambda rng, sizes: rng.standard_normal(_size(shapes, sizes)),
        "g": _gradients(shapes, zero),
        "lr": lambda rng, sizes: tuple(lrs[: sizes["T"]]),
        "shapes": lambda rng, sizes: tuple(np.array(shape) for shape in shapes(sizes)),
        **{key: (value,) for key, value in settings.items()},
        **({REUSE: (1.0,)} if reuse else {}),
    }
    return probe(name, {"T": _STEPS, "I": 3, "O": 2}, arrays, about, role)


def _probes(name: str) -> tuple[Probe, ...]:
    falling = (0.2,) * 6 + (0.05,) * 6
    reused = _probe(
        f"{name}/reused", _network, (0.2,) * _STEPS, _FIRST,
        Text("gradients that are written into the same arrays at every step", "毎ステップ同じ配列に書き込まれる勾配"),
        Role.OPTIONAL, reuse=True,
    )  # fmt: skip
    ordinary = Text("gradients of size 1 and of size 1e-5", "大きさ 1 と 1e-5 の勾配")
    return (
        _probe(f"{name}/1", _alike, (0.2,) * _STEPS, _FIRST, ordinary),
        _probe(f"{name}/2", _alike, (0.03,) * _STEPS, _SECOND, ordinary),
        _probe(f"{name}/shapes", _network, (0.2,) * _STEPS, _FIRST, Text("tensors of different shapes", "形の異なるテンソル"), Role.LEGAL),
        _probe(f"{name}/zeros", _network, (0.2,) * _STEPS, _FIRST, Text("gradients that are exactly 0", "ちょうど 0 の勾配"), Role.LEGAL, True),
        _probe(f"{name}/schedule", _network, falling, _SECOND, Text("a learning rate that is changed between steps", "途中で変わる学習率"), Role.OPTIONAL),
        *([reused] if name in ("momentum", "nesterov") else []),
    )  # fmt: skip


def _torch(name: str, wanted: Sequence[str]) -> Any:
    """The steps of torch_ref's class of that name."""
    called = {"rho": "alpha"} if name == "RMSprop" else {}

    def run(side: Any, a: Any) -> dict[str, Any]:
        settings = {called.get(n, n): float(a[n][0]) for n in wanted if n != "lr"}
        made = side.get(f"optimizers.{name}")(float(a["lr"][0]), **settings)
        params = {n: p.clone() for n, p in split(a["p"], a["shapes"]).items()}
        results: dict[str, Any] = {}
        for t, lr in enumerate(a["lr"]):
            made.lr = float(lr)
            made.update(params, {n: g.clone() for n, g in split(a["g"][t], a["shapes"]).items()})
            results |= {f"step/{t + 1}/{n}": p.clone() for n, p in params.items()}
        return results

    return run


def _concept(
    name: str, wanted: tuple[str, ...], names: tuple[str, ...], right: Any, wrong: Any,
    extra: Mapping[str, Any] | None = None, needless: tuple[str, ...] = (),
    general: tuple[str, ...] = (), needs: str = "",
) -> Concept:  # fmt: skip
    """``extra``: settings of other rules, which are turned off · ``general``: what is called so is
    this rule only if it has the parameter that ``needs`` names.
    """
    of = Rules(wanted, right, wrong, needless)
    course = of.course()
    known = (*wanted, "decay", *(role for role in extra or {} if role in SETTINGS))
    called = is_taken(known)
    plainly = {plain(n) for n in general}

    def meanings(trial: Trial, arrangement: Arrangement) -> tuple[Meaning, ...]:
        given = settings_of(trial.subject, known)
        name = trial.subject.found.name
        if "decay" in given or is_decoupled(name):
            shown = decaying(of, name).meanings(given, None)
        else:
            shown = (*of.meanings(given, course), course)
        # where 0 is handed in as the first step, 0 is not what is wrong
        return tuple(m for m in shown if begins_at(arrangement) or m.cause != "step_count")

    return Concept(
        f"optimizer.{name.lower()}",
        "§4",
        FORMULAS[name],
        (*names, *general),
        _probes(name.lower()),
        arrangements(known, extra or {}),
        (course,),
        _torch(name, wanted),
        takes=lambda s: called(s) and (plain(s.found.name) not in plainly or _has(s, needs)),
        meanings_of=meanings,
    )  # fmt: skip


_SGD = ("sgd", "stochastic_gradient_descent", "sgd_optimizer", "optimizer_sgd", "gradient_descent")


def _has(subject: Subject, role: str) -> bool:
    return role in roles(subject.found.parameters, (role,))


CONCEPTS = (
    _concept(
        "SGD",
        ("lr",),
        ("sgd", "gradient_descent", "stochastic_gradient_descent", "sgd_optimizer", "optimizer_sgd",
         "vanilla_sgd", "sgd_update", "sgd_step", "update_sgd", "gd", "vanilla_update",
         "update_params_sgd", "update_parameters", "update_params", "gradient_descent_update",
         "gradient_descent_step", "update_parameters_with_gd", "update_weights"),
        update_rules.SGD,
        update_rules.WRONG_SGD,
        {"momentum": 0.0, "nesterov": False},
    ),
    _concept(
        "Momentum",
        ("lr", "momentum"),
        ("momentum", "sgd_momentum", "momentum_sgd", "sgd_with_momentum", "momentum_optimizer",
         "optimizer_momentum", "momentum_update", "momentum_step", "update_momentum", "sgdm",
         "gradient_descent_with_momentum", "momentum_gd", "heavy_ball", "polyak",
         "update_parameters_with_momentum"),
        update_rules.MOMENTUM,
        update_rules.WRONG_MOMENTUM,
        {"nesterov": False},
        general=_SGD,
        needs="momentum",
    ),
    _concept(
        "Nesterov",
        ("lr", "momentum"),
        ("nesterov", "nag", "nesterov_momentum", "nesterov_accelerated_gradient", "sgd_nesterov",
         "nesterov_sgd", "nesterov_optimizer", "nesterov_update", "momentum_nesterov",
         "optimizer_nesterov", "update_nesterov", "nesterov_ag"),
        update_rules.NESTEROV,
        update_rules.WRONG_NESTEROV,
        {"nesterov": True},
        general=(*_SGD, "momentum", "sgd_momentum", "momentum_sgd"),
        needs="nesterov",
    ),
    _concept(
        "AdaGrad",
        ("lr", "eps"),
        ("adagrad", "ada_grad_optimizer", "optimizer_adagrad", "adagrad_update", "adagrad_step",
         "update_adagrad", "update_parameters_with_adagrad"),
        update_scaled.ADAGRAD,
        update_scaled.WRONG_ADAGRAD,
    ),
    _concept(
        "RMSprop",
        ("lr", "rho", "eps"),
        ("rmsprop", "rms_prop_optimizer", "optimizer_rmsprop", "rmsprop_update", "rmsprop_step",
         "update_rmsprop", "update_parameters_with_rmsprop"),
        update_scaled.RMSPROP,
        update_scaled.WRONG_RMSPROP,
    ),
    _concept(
        "Adadelta",
        ("lr", "rho", "eps"),
        ("adadelta", "ada_delta_optimizer", "optimizer_adadelta", "adadelta_update",
         "adadelta_step", "update_adadelta"),
        update_scaled.ADADELTA,
        update_scaled.WRONG_ADADELTA,
        needless=("lr",),
    ),
    _concept(
        "Adam",
        ("lr", "beta1", "beta2", "eps"),
        ("adam", "adam_optimizer", "optimizer_adam", "adam_update", "adam_step", "update_adam",
         "update_parameters_with_adam", "adamw", "adamw_optimizer", "optimizer_adamw"),
        update_adam.ADAM,
        update_adam.WRONG_ADAM,
    ),
)  # fmt: skip
