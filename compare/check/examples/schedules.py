"""Learning-rate schedules, as people write them: wrong, and right in another way."""

from compare.check.examples.example import Planted, Variant, with_changes


def _function(name: str, parameters: str, result: str) -> str:
    return f"import math\n\ndef {name}({parameters}):\n    return {result}\n"


def _step(result: str) -> str:
    return _function("step_decay", "epoch, initial_lr, drop, epochs_drop", result)


def _exponential(result: str) -> str:
    return _function("exp_decay", "t, lr0, k", result)


def _cosine(result: str) -> str:
    return _function("cosine_annealing", "t, T_max, eta_max, eta_min", result)


_STEP_LR = """
class StepLR:
    def __init__(self, optimizer, step_size, gamma=0.1):
        self.optimizer = optimizer
        self.step_size = step_size
        self.gamma = gamma
        self.last_epoch = 0

    def step(self):
        self.last_epoch += 1
        if self.last_epoch % self.step_size == 0:
            self.optimizer.lr *= self.gamma
"""
_EXPONENTIAL_LR = """
class ExponentialLR:
    def __init__(self, optimizer, gamma=0.9):
        self.optimizer, self.gamma, self.epoch = optimizer, gamma, 0
        self.base_lr = optimizer.lr

    def step(self):
        self.epoch += 1
        self.optimizer.lr = self.base_lr * self.gamma ** self.epoch
"""
_COSINE_LR = """
import math

class CosineAnnealingLR:
    def __init__(self, optimizer, T_max, eta_min=0):
        self.optimizer, self.T_max, self.eta_min, self.t = optimizer, T_max, eta_min, 0
        self.base_lr = optimizer.learning_rate

    def step(self):
        self.t += 1
        cosine = (1 + math.cos(math.pi * self.t / self.T_max)) / 2
        self.optimizer.learning_rate = self.eta_min + (self.base_lr - self.eta_min) * cosine
"""
_CALLED = """
class StepDecay:
    def __init__(self, initial_lr, drop, step_size):
        self.lr, self.drop, self.step_size = initial_lr, drop, step_size

    def __call__(self, epoch):
        return self.lr * self.drop ** (epoch // self.step_size)
"""
_MAKES = """
import math

def cosine_annealing(lr_max=0.1, lr_min=0.001, total=50):
    def rate_at(step):
        return lr_min + 0.5 * (lr_max - lr_min) * (1 + math.cos(math.pi * step / total))
    return rate_at
"""
_MAKES_STEPS = """
def step_decay(start=0.1, drop=0.5, every=8):
    return lambda epoch: start * drop ** (epoch // every)
"""
_WITH_SIZE = """
class Schedule:
    def __init__(self, start):
        self.start = start

class StepDecay(Schedule):
    def __init__(self, start, factor=0.5, length=9):
        super().__init__(start)
        self.factor, self.length = factor, length

    def __call__(self, step):
        return self.start * self.factor ** (step // self.length)
"""
_SMOOTH = with_changes(_WITH_SIZE, ("StepDecay", "ExponentialDecay"), ("//", "/"))
_STEP, _EXPONENTIAL, _COSINE = (
    "schedule.step_decay", "schedule.exponential_decay", "schedule.cosine_annealing",
)  # fmt: skip
BUGS = (
    Planted("a length of steps without floor", _STEP, ("schedule_not_whole",), with_changes(_WITH_SIZE, ("//", "/"))),
    Planted("a length that is not used", _EXPONENTIAL, ("schedule_every_step",), with_changes(_SMOOTH, ("(step / self.length)", "step"))),
    Planted("a function that makes a cosine without its half", _COSINE, ("cosine_half",), with_changes(_MAKES, ("0.5 * ", ""))),
    Planted("a function that makes steps without floor", _STEP, ("schedule_not_whole",), with_changes(_MAKES_STEPS, ("//", "/"))),
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
    Planted("cosine without pi", _COSINE, ("cosine_angle",), _cosine("eta_min + (eta_max - eta_min) * (1 + math.cos(t / T_max)) / 2")),
    Planted("a class that compounds its exponent", _EXPONENTIAL, ("schedule_compounds",), with_changes(_EXPONENTIAL_LR, ("self.base_lr * self", "self.optimizer.lr * self"))),
    Planted("a class that compounds its steps", _STEP, ("schedule_compounds",), with_changes(_STEP_LR, ("        if self.last_epoch % self.step_size == 0:\n            self.optimizer.lr *= self.gamma", "        self.optimizer.lr *= self.gamma ** (self.last_epoch // self.step_size)"))),
    Planted("a class that falls from where it is", _COSINE, ("schedule_compounds",), with_changes(_COSINE_LR, ("(self.base_lr - self", "(self.optimizer.learning_rate - self"))),
    Planted("a class that grows", _COSINE, ("schedule_grows",), with_changes(_COSINE_LR, ("(1 + math", "(1 - math"))),
    Planted("an object that takes %", _STEP, ("schedule_remainder",), with_changes(_CALLED, ("epoch // self", "epoch % self"))),
)  # fmt: skip
VARIANTS = (
    Variant("a length of steps", _STEP, _WITH_SIZE, "called with t"),
    Variant("exponential decay over a length", _EXPONENTIAL, _SMOOTH, "lr gamma^(t / step_size)"),
    Variant("exponential decay as a staircase", _EXPONENTIAL, with_changes(_SMOOTH, ("step / self", "step // self")), "staircase"),
    Variant("a function that makes a cosine", _COSINE, _MAKES, "returns a function of t"),
    Variant("a function that makes steps", _STEP, _MAKES_STEPS, "returns a function of t"),
    Variant("step decay from a start", _STEP, with_changes(_CALLED, ("initial_lr", "start")), "called with t"),
    Variant("cosine down to 0", _COSINE, _function("cosine_decay", "step, total_steps, base_lr=0.1", "base_lr * 0.5 * (1 + math.cos(math.pi * step / total_steps))"), "eta_min=0"),
    Variant("StepLR", _STEP, _STEP_LR, "changes the optimizer's rate"),
    Variant("ExponentialLR", _EXPONENTIAL, _EXPONENTIAL_LR, "changes the optimizer's rate"),
    Variant("CosineAnnealingLR", _COSINE, _COSINE_LR, "changes the optimizer's rate"),
    Variant("step decay as an object", _STEP, _CALLED, "called with t"),
    Variant("step decay", _STEP, _step("initial_lr * math.pow(drop, math.floor(epoch / epochs_drop))")),
    Variant("step decay from 1", _STEP, _step("initial_lr * drop ** ((1 + epoch) // epochs_drop)"), "counted from 1"),
    Variant("step decay as a list", _STEP, _function("step_decay", "lr, steps, step_size, gamma", "[lr * gamma ** (t // step_size) for t in range(steps)]")),
    Variant("exponential decay", _EXPONENTIAL, _exponential("lr0 * k ** t")),
    Variant("exponential decay by e", _EXPONENTIAL, _exponential("lr0 * math.exp(-k * t)"), "ExponentialLR(gamma=e^-k)"),
    Variant("cosine", _COSINE, _cosine("eta_min + 0.5 * (eta_max - eta_min) * (1 + math.cos(math.pi * t / T_max))")),
)  # fmt: skip
