"""Update rules: what conventions are said to be equal to in torch, and what no formula can say."""

from functools import cache, partial
from pathlib import Path

import numpy as np
import pytest
import torch

import scratch.optimizers
from compare.bench.diagnosis import judgement_of
from compare.check.calling.optimizers.parameters import split
from compare.check.check_submission import check_file, checked
from compare.check.concept import Form
from compare.check.concepts import optimizers
from compare.check.fitting import adam, momentum, other_rules, scaled_updates
from compare.check.fitting.update_steps import Rules, chain
from compare.check.fitting.weight_decay import decaying
from compare.check.matching import expected, follows
from compare.check.subject import Subject
from compare.check.trial import Trial
from compare.core.outcome import Outcome
from compare.core.problem import build
from compare.sandbox.in_process import InProcess

PROBES = {p.case.name: p.case for c in optimizers.CONCEPTS for p in c.probes}


def _arrays(name: str, seed: int = 0):
    return build(PROBES[name], "float64", seed).arrays


def _by_torch(made, a):
    """step/t/name of a torch optimizer, ``made`` from its parameters and the probe's settings."""
    params = {n: torch.tensor(p) for n, p in split(a["p"], a["shapes"]).items()}
    settings = {n: float(v[0]) for n, v in a.items() if n not in ("p", "g", "shapes")}
    optimizer, results = made(list(params.values()), settings), {}
    factor = optimizer.param_groups[0]["lr"] / settings["lr"]
    for t, lr in enumerate(a["lr"]):
        optimizer.param_groups[0]["lr"] = float(lr) * factor
        for name, g in split(a["g"][t], a["shapes"]).items():
            params[name].grad = torch.tensor(g)
        optimizer.step()
        results |= {f"step/{t + 1}/{n}": p.numpy().copy() for n, p in params.items()}
    return results


def _sgd(**of):
    return lambda p, s: torch.optim.SGD(p, s["lr"], **{k: f(s) for k, f in of.items()})


def _of_moments(made, **of):
    return lambda p, s: made(p, s["lr"], (s["beta1"], s["beta2"]), s["eps"], **of)


def _decaying(rules, name=""):
    """The rules with a weight decay, as they are taken to be."""
    return decaying(Rules(("lr",), rules, ()), name).right


_MU = {"momentum": lambda s: s["momentum"]}
_FLAG = {**_MU, "nesterov": lambda s: True}
_DAMPENED = {**_MU, "dampening": lambda s: s["momentum"]}
EQUAL = {
    "momentum": (momentum.MOMENTUM[0], _sgd(**_MU), True),
    "momentum, lr inside": (momentum.MOMENTUM[1], _sgd(**_MU), False),
    "momentum, average": (
        momentum.MOMENTUM[2],
        lambda p, s: torch.optim.SGD(p, s["lr"] * (1 - s["momentum"]), s["momentum"]),
        True,
    ),
    "momentum, average, lr inside": (
        momentum.MOMENTUM[3],
        lambda p, s: torch.optim.SGD(p, s["lr"] * (1 - s["momentum"]), s["momentum"]),
        False,
    ),
    "momentum, dampened": (momentum.MOMENTUM[4], _sgd(**_DAMPENED), True),
    "nesterov": (momentum.NESTEROV[0], _sgd(**_FLAG), True),
    "nesterov, lr inside": (momentum.NESTEROV[1], _sgd(**_FLAG), False),
    "adagrad": (
        scaled_updates.ADAGRAD[0],
        lambda p, s: torch.optim.Adagrad(p, s["lr"], eps=s["eps"]),
        True,
    ),
    "adagrad, inside": (
        scaled_updates.ADAGRAD[1],
        lambda p, s: torch.optim.Adagrad(
            p, s["lr"], initial_accumulator_value=s["eps"], eps=0.0
        ),
        True,
    ),
    "rmsprop": (
        scaled_updates.RMSPROP[0],
        lambda p, s: torch.optim.RMSprop(p, s["lr"], s["rho"], s["eps"]),
        True,
    ),
    "adadelta": (
        scaled_updates.ADADELTA[0],
        lambda p, s: torch.optim.Adadelta(p, s["lr"], s["rho"], s["eps"]),
        True,
    ),
    "adam": (
        adam.ADAM[0],
        lambda p, s: torch.optim.Adam(p, s["lr"], (s["beta1"], s["beta2"]), s["eps"]),
        True,
    ),
    "sgd, decay": (_decaying(momentum.SGD)[0], _sgd(weight_decay=lambda s: s["decay"]), True),
    "momentum, decay": (
        _decaying(momentum.MOMENTUM)[0],
        _sgd(**_MU, weight_decay=lambda s: s["decay"]),
        True,
    ),
    "adam, decay": (
        _decaying(adam.ADAM)[0],
        lambda p, s: torch.optim.Adam(
            p, s["lr"], (s["beta1"], s["beta2"]), s["eps"], weight_decay=s["decay"]
        ),
        True,
    ),
    "adamw": (
        _decaying(adam.ADAM, "AdamW")[0],
        lambda p, s: torch.optim.AdamW(
            p, s["lr"], (s["beta1"], s["beta2"]), s["eps"], weight_decay=s["decay"]
        ),
        True,
    ),
    "adamw, without lr": (
        _decaying(adam.ADAM, "AdamW")[3],
        lambda p, s: torch.optim.AdamW(
            p, s["lr"], (s["beta1"], s["beta2"]), s["eps"], weight_decay=s["decay"] / s["lr"]
        ),
        False,
    ),
    "adamax": (other_rules.ADAMAX[0], _of_moments(torch.optim.Adamax), True),
    "amsgrad": (other_rules.AMSGRAD[0], _of_moments(torch.optim.Adam, amsgrad=True), True),
    "nadam": (other_rules.NADAM[0], _of_moments(torch.optim.NAdam), True),
    "centered_rmsprop": (
        other_rules.CENTERED[0],
        lambda p, s: torch.optim.RMSprop(p, s["lr"], s["rho"], s["eps"], centered=True),
        True,
    ),
}  # fmt: skip


@pytest.fixture
def in_float64():
    """NAdam keeps a product of numbers in the default format."""
    torch.set_default_dtype(torch.float64)
    yield
    torch.set_default_dtype(torch.float32)


@pytest.mark.usefixtures("in_float64")
@pytest.mark.parametrize("name", EQUAL)
def test_a_convention_is_what_it_is_said_to_be_in_torch(name):
    right, made, under_a_schedule = EQUAL[name]
    meaning = Form(chain(right.rule, {}))
    for seed in (0, 1):
        constant, schedule = _arrays("momentum/shapes", seed), _arrays("momentum/schedule", seed)
        assert follows(_by_torch(made, constant), expected(meaning, constant))
        found = follows(_by_torch(made, schedule), expected(meaning, schedule))
        assert found is under_a_schedule


ADAM = "adam/shapes"
NO_SETTING = {
    "rmsprop, inside": (scaled_updates.RMSPROP[1], EQUAL["rmsprop"][1]),
    "adam, rate of the step": (adam.ADAM[1], EQUAL["adam"][1]),
}


@pytest.mark.parametrize("name", NO_SETTING)
def test_a_convention_without_an_equal_setting_differs_from_torch(name):
    right, made = NO_SETTING[name]
    a = _arrays(ADAM)
    assert not follows(_by_torch(made, a), expected(Form(chain(right.rule, {})), a))


class Lion:
    """By its name alone."""

    def __init__(self, lr=0.01, beta1=0.9, beta2=0.99):
        self.lr, self.beta1, self.beta2 = lr, beta1, beta2

    def update(self, params, grads):
        for k in params:
            params[k] = params[k] * 0.37 + self.beta1 * grads[k] ** 3 - self.beta2 * self.lr


def test_what_is_called_as_a_rule_of_no_course_and_is_none_is_not_judged():
    found = checked("lion.py", InProcess({"Lion": Lion}), {})
    assert not found.judgements and [d.name for d in found.left_alone] == ["Lion"]


_HARD = """
import numpy as np

class Momentum:
    def __init__(self, lr=0.01, momentum=0.9):
        self.rate, self.momentum, self.v = (lr,), momentum, {}

    def update(self, params, grads):
        for k in params:
            self.v[k] = self.momentum * self.v.get(k, 0) + grads[k]
            params[k] -= self.rate[0] * self.v[k]
"""


def _judged(source: str, concept: str):
    return judgement_of(source, concept)


def test_a_rate_that_cannot_be_set_between_steps_is_a_warning():
    judged = _judged(_HARD, "optimizer.momentum")
    assert judged.outcome is Outcome.SAME and judged.warned
    assert [d.cause for d in judged.diagnoses] == ["rate_stays"]


def test_what_takes_no_gradients_is_left_alone():
    names: dict = {"__name__": "submission"}
    exec("def sgd(params, lr, batch_size):\n    for p in params:\n        p -= lr\n", names)
    found = checked("submission", InProcess(names), {}, 0)
    assert not found.judgements and [f.name for f in found.left_alone] == ["sgd"]


def test_a_minimizer_of_a_function_is_no_update_rule(tmp_path):
    (tmp_path / "mine.py").write_text(
        "def gradient_descent(gradient, start, learn_rate):\n"
        "    for _ in range(50):\n        start = start - learn_rate * gradient(start)\n"
        "    return start\n"
    )
    assert not check_file(tmp_path / "mine.py").judgements


@pytest.mark.slow
def test_the_course_s_own_classes_pass_in_a_process_of_their_own(tmp_path):
    text = Path(scratch.optimizers.__file__).read_text(encoding="utf-8")
    text = text.replace("from ._types import Array, Elements", "Array = Elements = np.ndarray")
    (tmp_path / "mine.py").write_text(text, encoding="utf-8")
    found = check_file(tmp_path / "mine.py")
    names = {c.name for c in optimizers.CONCEPTS}
    assert {j.concept for j in found.judgements if j.outcome is Outcome.SAME} >= names
    assert not any(j.conventions or j.diagnoses for j in found.judgements if j.concept in names)


@pytest.mark.slow
@pytest.mark.parametrize("concept", optimizers.CONCEPTS, ids=lambda c: c.name)
def test_no_two_causes_mean_the_same_numbers(concept):
    """A mistake that computes what another one does would be taken for it."""
    same = {
        frozenset(pair)
        for pair in (
            ("setting_ignored", "lr_missing"),  # a rate of 1 in the code
            ("setting_ignored", "adadelta_never_starts"),  # epsilon 0
            ("state_lost", "no_accumulation"),  # of AdaGrad
        )
    }
    made = _Meanings(concept)
    mistakes = made.seen_on_ordinary_numbers()
    for i, (meaning, values) in enumerate(mistakes):
        for other, wanted in mistakes[:i]:
            if meaning.cause != other.cause:
                if frozenset((meaning.cause, other.cause)) not in same:
                    assert not all(map(made.alike, values, wanted)), (meaning, other)


class _Meanings:
    """All meanings of a concept whose settings are all handed in, on its generic probes."""

    def __init__(self, concept) -> None:
        source = next(
            getattr(scratch.optimizers, n)
            for n in ("SGD", "Momentum", "Nesterov", "AdaGrad", "RMSprop", "Adadelta", "Adam")
            if concept.name == f"optimizer.{n.lower()}"
        )
        box = InProcess({source.__name__: source})
        subject = Subject(box, box.inventory[source.__name__], box.inventory)
        arrays = [build(p.case, "float64", 0).arrays for p in concept.probes[:2]]
        meanings = concept.meanings_of(Trial(concept, subject, 0), concept.arrangements[0])
        # each when it is asked for: on the second probe are only those that are alike on the first
        self.found = [(m, [cache(partial(_made, m, a)) for a in arrays]) for m in meanings]

    def seen_on_ordinary_numbers(self):
        """The mistakes that are not right there: what is right is taken for that first."""
        right = [values for meaning, values in self.found if meaning.right]
        return [
            (meaning, values)
            for meaning, values in self.found
            if meaning.cause and not any(all(map(self.alike, values, r)) for r in right)
        ]

    @staticmethod
    def alike(mine, wanted) -> bool:
        (values, _, number), (_, bounds, wanted_number) = mine(), wanted()
        # most of the many pairs are told apart by one number of theirs
        name, right, limit = wanted_number
        is_far = number[0] == name and abs(number[1] - right) > limit
        return not is_far and follows(values, bounds)


def _made(meaning, arrays):
    """What it makes of them, as plain arrays and with their bounds; and one number with its."""
    bounds = expected(meaning, arrays)
    values = {n: np.asarray(v.value) for n, v in bounds.items()}
    name = min(values)
    number = name, float(values[name].flat[-1]), float(np.ravel(bounds[name].limit())[-1])
    return values, bounds, number
