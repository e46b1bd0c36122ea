"""§4: learning-rate schedules, as functions of a step's number or as the list of all rates."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from compare.check.calling import schedules
from compare.check.concept import Arrays, CallStyle, Concept, Form, Probe
from compare.check.i18n.text import Text
from compare.check.naming.schedule_parameters import ROLES, found_in
from compare.check.probes.probe import probe
from compare.check.subject import Subject
from compare.language.message import message

Rate = Callable[[Mapping[str, float], int], float]  # (settings, t) → the rate of step t
_AHEAD = Text(
    "one step ahead: steps are counted from 1", "1 ステップ先の値（ステップ番号は 1 から）"
)
_NATURAL = Text(
    "lr e^(-k t): torch's ExponentialLR(gamma=e^-k)",
    "lr e^(-k t): torch の ExponentialLR(gamma=e^-k) と同じ",
)


_EVERY = Text(
    "gamma is reached after step_size steps: lr gamma^(t / step_size)",
    "step_size ステップごとに gamma 倍: lr gamma^(t / step_size)",
)
_STAIRS = Text(
    "as a staircase: torch's StepLR(step_size, gamma)",
    "階段状: torch の StepLR(step_size, gamma) と同じ",
)


_OF_MODULE = Text("its first rate is the file's own", "最初の学習率はファイル側の値")
_SAYS_STAIRS = re.compile(r"stair|\bconstant for\b|\bstays\b|階段|一定", re.IGNORECASE)


def _takes(wanted: Sequence[str]) -> Callable[[Subject], bool]:
    def takes(subject: Subject) -> bool:
        if subject.found.kind == "class":
            return _takes_object(subject, wanted)
        found = found_in(subject.found.parameters)
        needed = set(wanted) - ({"lr"} if _is_of_module(found) else set())
        known = set(subject.required) <= set(found) and needed <= set(found.values())
        return (
            subject.found.kind == "function"
            and known
            and (bool({"t", "steps"} & set(found.values())) or schedules.makes_a_function(subject))
        )

    return takes


def _is_of_module(roles: Mapping[str, str]) -> bool:
    """Whether it is given the step, and its first rate stands in its file, or in it."""
    return "t" in roles.values() and "lr" not in roles.values()


def _takes_object(s: Subject, wanted: Sequence[str]) -> bool:
    of_optimizer = schedules.changes_an_optimizer(s)
    found = schedules.settings(s)
    needed = {*wanted} - ({"lr"} if of_optimizer else set())
    known = set(s.required) <= {*found, *schedules.others(s)}
    alone = schedules.is_called(s) or schedules.counts(s)
    return (of_optimizer or alone) and known and needed <= {*found.values()}


def _given(a: Arrays) -> dict[str, float]:
    """The settings of a probe; whole numbers stay whole."""
    return {role: a[role][0].item() for role in ROLES if role in a}


def _one_by_one(s: Subject, a: Arrays) -> dict[str, Any]:
    given, roles = _given(a), found_in(s.found.parameters)
    rates = np.array([_rate(s, roles, given, t) for t in range(int(given["steps"]))], dtype=float)
    if _is_of_module(roles):
        if not rates[0]:
            raise ValueError(message("a rate above 0 was expected"))
        s.conventions[_OF_MODULE] = None
        rates = rates / rates[0] * given["lr"]
    return {"lr": rates}


def _rate(s: Subject, roles: Mapping[str, str], given: Mapping[str, float], t: int) -> Any:
    there = {**given, "t": t}
    return s.call(**{name: there[role] for name, role in roles.items()})


def _all_at_once(s: Subject, a: Arrays) -> dict[str, Any]:
    given = _given(a)
    rates = s.call(**{name: given[role] for name, role in found_in(s.found.parameters).items()})
    return {"lr": np.asarray(rates, dtype=np.float64)}


def _meaning(rate: Rate, cause: str = "", convention: Text | None = None, **blanks: str) -> Form:
    def formula(a: Arrays) -> dict[str, Any]:
        given = {"lr_min": 0.0, **_given(a)}
        steps, one = int(given["steps"]), a["one"]
        # a power may be taken by t products; the argument of a cosine is rounded as well, and a
        # rate that is brought to the one here
        rates = [
            one.constant(rate(given, t), error=(t + 6) * 2.0**-53 * given["lr"])
            for t in range(steps)
        ]
        return {"lr": one.stacked(rates, (steps,))}

    return Form(formula, cause, convention, blanks)


_NO_MINIMUM = Text("down to 0: torch's eta_min=0", "0 まで下がる: torch の eta_min=0 と同じ")


def _has(role: str, s: Subject) -> bool:
    found = schedules.settings(s) if s.found.kind == "class" else found_in(s.found.parameters)
    return role in found.values()


def _to_zero(meaning: Form) -> Form:
    """The same of a schedule that takes no smallest rate, and falls to 0."""

    def formula(a: Arrays) -> dict[str, Any]:
        return dict(meaning.formula({name: v for name, v in a.items() if name != "lr_min"}))

    said = meaning.convention or (_NO_MINIMUM if meaning.right else None)
    takes = meaning.takes
    return replace(
        meaning,
        formula=formula,
        convention=said,
        takes=lambda s: takes(s) and not _has("lr_min", s),
    )


def _with_minimum(meaning: Form) -> Form:
    return replace(meaning, takes=partial(_has, "lr_min"))


def _of_every_step(meaning: Form) -> Form:
    """The same of a schedule that takes no step_size."""
    return replace(meaning, takes=lambda s: not _has("step_size", s))


def _of_size(meaning: Form) -> Form:
    return replace(meaning, takes=partial(_has, "step_size"))


def _is_gradual(s: Subject) -> bool:
    return _has("step_size", s) and not _SAYS_STAIRS.search(s.found.source)


def _of_stairs(meaning: Form) -> Form:
    """The same of a schedule whose own text says that its rate stays for some steps."""
    return replace(meaning, takes=lambda s: bool(_SAYS_STAIRS.search(s.found.source)))


def _begun(meaning: Form) -> Form:
    """The same mistake in a class, which begins with the optimizer's own rate in any case."""

    def formula(a: Arrays) -> dict[str, Any]:
        rates = meaning.formula(a)["lr"]
        first = (np.arange(rates.shape[0]) == 0).astype(np.float64)
        return {"lr": rates * (1.0 - first) + first * _given(a)["lr"]}

    takes = meaning.takes
    return replace(
        meaning,
        formula=formula,
        takes=lambda s: takes(s) and schedules.changes_an_optimizer(s),
    )


def _ahead(rate: Rate) -> Rate:
    return lambda s, t: rate(s, t + 1)


_HANDED = ("steps", "lr_min", "step_size")  # where there is such a parameter


def _probes(name: str, wanted: Sequence[str]) -> tuple[Probe, ...]:
    settings: list[dict[str, Any]] = [
        {"lr": 0.3, "gamma": 0.7, "step_size": 3, "steps": 13, "lr_min": 0.02},
        {"lr": 0.05, "gamma": 0.4, "step_size": 4, "steps": 10, "lr_min": 0.004},
    ]
    return tuple(
        probe(
            f"{name}/{k}",
            {"T": of["steps"]},
            {
                "one": np.ones(()),
                **{n: (v,) for n, v in of.items() if n in (*wanted, *_HANDED)},
            },
        )
        for k, of in enumerate(settings, 1)
    )


def _torch(name: str, order: Sequence[str]) -> Any:
    def run(side: Any, a: Any) -> dict[str, Any]:
        rates = side.get(f"schedules.{name}")(*(a[role][0].item() for role in order))
        return {"lr": np.array(rates)}

    return run


def _concept(
    name: str, formula: str, names: tuple[str, ...], order: Sequence[str],
    meanings: tuple[Form, ...], needed: Sequence[str], telling: tuple[str, ...] = (),
) -> Concept:  # fmt: skip
    objects = (
        CallStyle(
            lambda s, a: schedules.by_steps(s, _given(a)),
            schedules.OF_OPTIMIZER,
            schedules.changes_an_optimizer,
        ),
        CallStyle(
            lambda s, a: schedules.by_calls(s, _given(a)),
            schedules.CALLED,
            schedules.is_called,
        ),
        CallStyle(
            lambda s, a: schedules.by_counting(s, _given(a)), schedules.COUNTS, schedules.counts
        ),
    )
    made = CallStyle(
        lambda s, a: schedules.by_made(s, _given(a)), schedules.MADE, schedules.makes_a_function
    )
    by_step = CallStyle(
        _one_by_one,
        None,
        lambda s: s.found.kind == "function" and "t" in found_in(s.found.parameters).values(),
    )
    at_once = CallStyle(
        _all_at_once,
        None,
        lambda s: (
            s.found.kind == "function"
            and "t" not in found_in(s.found.parameters).values()
            and not schedules.makes_a_function(s)
        ),
    )
    begun = tuple(_begun(m) for m in meanings if not m.right)
    return Concept(
        f"schedule.{name}", "§4", formula, names, _probes(name, order),
        (by_step, at_once, made, *objects),
        (*meanings, *begun), _torch(name, order), takes=_takes(needed), only_explained=True,
        telling=telling,
    )  # fmt: skip


def _step(s: Mapping[str, float], t: int) -> float:
    return s["lr"] * s["gamma"] ** (t // int(s["step_size"]))


def _gradual(s: Mapping[str, float], t: int) -> float:
    return s["lr"] * s["gamma"] ** (t / s["step_size"])


def _power(s: Mapping[str, float], t: int) -> float:
    return s["lr"] * s["gamma"] ** t


def _compounded(factor: Rate) -> Rate:
    """The factor of every step multiplies the rate that was reached, not the first one."""
    return lambda s, t: s["lr"] * math.prod(factor(s, i) for i in range(1, t + 1))


def _falling(s: Mapping[str, float], t: int, cosine: float) -> float:
    return s["lr_min"] + (s["lr"] - s["lr_min"]) * cosine


def _cosine(s: Mapping[str, float], t: int, turn: float = math.pi) -> float:
    return _falling(s, t, (1 + math.cos(turn * t / s["steps"])) / 2)


def _cosine_of_itself(s: Mapping[str, float], t: int) -> float:
    """The cosine falls from the rate that was reached, not from the first one."""
    rate = s["lr"]
    for i in range(1, t + 1):
        rate = _cosine({**s, "lr": rate}, i)
    return rate


_FALLING = (
    _meaning(_cosine),
    _meaning(_ahead(_cosine), convention=_AHEAD),
    _meaning(lambda s, t: _cosine({**s, "lr_min": 0.0}, t), "cosine_minimum"),
    _meaning(lambda s, t: s["lr_min"] + _cosine({**s, "lr_min": 0.0}, t), "cosine_minimum"),
    _meaning(lambda s, t: _falling(s, t, 1 + math.cos(math.pi * t / s["steps"])), "cosine_half"),
    _meaning(lambda s, t: _falling(s, t, (1 - math.cos(math.pi * t / s["steps"])) / 2),
             "schedule_grows"),
    _meaning(_cosine_of_itself, "schedule_compounds"),
    _meaning(lambda s, t: _cosine(s, t, 1.0), "cosine_angle"),
    _meaning(lambda s, t: _cosine(s, t, 2 * math.pi), "cosine_angle"),
    _meaning(lambda s, t: _cosine(s, t, math.pi / 2), "cosine_angle"),
    _meaning(lambda s, t: _falling(s, t, math.cos(math.pi * t / s["steps"])), "cosine_half"),
)  # fmt: skip
_COSINES = (*map(_with_minimum, _FALLING), *map(_to_zero, _FALLING))


CONCEPTS = (
    _concept(
        "step_decay", "lr_t = lr gamma^floor(t / step_size)",
        ("step_decay",),
        ("lr", "steps", "step_size", "gamma"),
        (
            _meaning(_step),
            _meaning(_ahead(_step), convention=_AHEAD),
            _meaning(_gradual, "schedule_not_whole"),
            _meaning(lambda s, t: s["lr"] * s["gamma"] * (t // s["step_size"]), "schedule_product"),
            _meaning(lambda s, t: s["gamma"] ** (t // s["step_size"]), "schedule_without_lr"),
            _meaning(lambda s, t: s["lr"] * s["gamma"] ** (t % s["step_size"]),
                     "schedule_remainder"),
            _meaning(_power, "schedule_every_step"),
            _meaning(_compounded(lambda s, t: s["gamma"] ** (t // int(s["step_size"]))),
                     "schedule_compounds"),
        ),
        ("lr", "step_size", "gamma"),
    ),
    _concept(
        "exponential_decay", "lr_t = lr gamma^t",
        ("exponential_decay",),
        ("lr", "steps", "gamma"),
        (
            _of_every_step(_meaning(_power)),
            _of_stairs(_meaning(_gradual, "schedule_not_whole")),
            replace(_meaning(_gradual, convention=_EVERY), takes=_is_gradual),
            _of_size(_meaning(_step, convention=_STAIRS)),
            _of_size(_meaning(_power, "schedule_every_step")),
            _meaning(lambda s, t: s["lr"] * math.exp(-s["gamma"] * t), convention=_NATURAL),
            _meaning(_ahead(_power), convention=_AHEAD),
            _meaning(lambda s, t: s["lr"] * math.exp(s["gamma"] * t), "schedule_grows"),
            _meaning(lambda s, t: s["lr"] * s["gamma"] * t, "schedule_product"),
            _meaning(lambda s, t: s["gamma"] ** t, "schedule_without_lr"),
            _meaning(lambda s, t: s["lr"] / (1 + s["gamma"] * t), "schedule_inverse"),
            _meaning(_compounded(lambda s, t: s["gamma"] ** t), "schedule_compounds"),
            _meaning(_compounded(lambda s, t: math.exp(-s["gamma"] * t)), "schedule_compounds"),
        ),
        ("lr", "gamma"),
        ("schedule_not_whole",),
    ),
    _concept(
        "cosine_annealing", "lr_t = lr_min + (lr - lr_min) (1 + cos(pi t / T)) / 2",
        ("cosine_annealing",),
        ("lr", "steps", "lr_min"),
        _COSINES,
        ("lr", "steps"),
    ),
)  # fmt: skip
