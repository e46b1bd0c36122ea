"""Learning-rate schedules, as people write them: wrong, and right in another way."""

from compare.bench.corpus.entry import Planted, Variant


def _function(name: str, parameters: str, result: str) -> str:
    return f"import math\n\ndef {name}({parameters}):\n    return {result}\n"


def _step(result: str) -> str:
    return _function("step_decay", "epoch, initial_lr, drop, epochs_drop", result)


def _exponential(result: str) -> str:
    return _function("exp_decay", "t, lr0, k", result)


def _cosine(result: str) -> str:
    return _function("cosine_annealing", "t, T_max, eta_max, eta_min", result)


_STEP, _EXPONENTIAL, _COSINE = (
    "schedule.step_decay", "schedule.exponential_decay", "schedule.cosine_annealing",
)  # fmt: skip
BUGS = (
    Planted("step decay without floor", _STEP, ("schedule_not_whole",), _step("initial_lr * drop ** (epoch / epochs_drop)")),
    Planted("step decay as a product", _STEP, ("schedule_product",), _step("initial_lr * drop * (epoch // epochs_drop)")),
    Planted("step decay without lr", _STEP, ("schedule_without_lr",), _step("drop ** (epoch // epochs_drop)")),
    Planted("step decay with %", _STEP, ("schedule_remainder",), _step("initial_lr * drop ** (epoch % epochs_drop)")),
    Planted("step decay at every step", _STEP, ("schedule_every_step",), _step("initial_lr * drop ** epoch")),
    Planted("exponential decay that grows", _EXPONENTIAL, ("schedule_grows",), _exponential("lr0 * math.exp(k * t)")),
    Planted("exponential decay by inverse time", _EXPONENTIAL, ("schedule_inverse",), _exponential("lr0 / (1 + k * t)")),
    Planted("exponential decay as a product", _EXPONENTIAL, ("schedule_product",), _exponential("lr0 * k * t")),
    Planted("cosine without its half", _COSINE, ("cosine_half",), _cosine("eta_min + (eta_max - eta_min) * (1 + math.cos(math.pi * t / T_max))")),
    Planted("cosine that adds its minimum", _COSINE, ("cosine_minimum",), _cosine("eta_min + eta_max * (1 + math.cos(math.pi * t / T_max)) / 2")),
    Planted("cosine that grows", _COSINE, ("schedule_grows",), _cosine("eta_min + (eta_max - eta_min) * (1 - math.cos(math.pi * t / T_max)) / 2")),
    Planted("cosine without pi", _COSINE, ("cosine_angle",), _cosine("eta_min + (eta_max - eta_min) * (1 + math.cos(t / T_max)) / 2")),
)  # fmt: skip
VARIANTS = (
    Variant("step decay", _STEP, _step("initial_lr * math.pow(drop, math.floor(epoch / epochs_drop))")),
    Variant("step decay from 1", _STEP, _step("initial_lr * drop ** ((1 + epoch) // epochs_drop)"), "counted from 1"),
    Variant("step decay as a list", _STEP, _function("step_decay", "lr, steps, step_size, gamma", "[lr * gamma ** (t // step_size) for t in range(steps)]")),
    Variant("exponential decay", _EXPONENTIAL, _exponential("lr0 * k ** t")),
    Variant("exponential decay by e", _EXPONENTIAL, _exponential("lr0 * math.exp(-k * t)"), "ExponentialLR(gamma=e^-k)"),
    Variant("cosine", _COSINE, _cosine("eta_min + 0.5 * (eta_max - eta_min) * (1 + math.cos(math.pi * t / T_max))")),
)  # fmt: skip
