"""torch's compiler is not loaded for a training, and is itself where somebody asks for it."""

import subprocess
import sys

import pytest

TRAINED = """
import sys
import torch
from torch_ref import optimizers, schedules

rules = ("SGD", "Momentum", "Nesterov", "AdaGrad", "RMSprop", "Adadelta", "Adam")
for rule in rules:
    optimizer, p = getattr(optimizers, rule)(), {"W": torch.ones(3)}
    for _ in range(2):
        optimizer.update(p, {"W": torch.ones(3)})
schedules.constant(0.1, 3)
print("torch._dynamo" in sys.modules)
"""
ASKED_FOR = """
from torch_ref._compiler import compiler_not_loaded

with compiler_not_loaded():
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)])
    config = sys.modules["torch._dynamo"].config  # more than torch.optim asks
graphs = []

def backend(module, inputs):
    graphs.append(module)
    return module.forward

def added():
    optimizer.add_param_group({"params": [torch.zeros(2, requires_grad=True)]})
    return torch.tanh(torch.ones(2))

torch.compile(added, backend=backend)()
print(config is torch._dynamo.config, len(graphs), len(optimizer.param_groups))
"""


@pytest.mark.slow
def test_a_training_does_not_load_it_and_who_compiles_has_all_of_it():
    code = [sys.executable, "-c", TRAINED + ASKED_FOR]
    done = subprocess.run(code, capture_output=True, text=True, timeout=120)
    assert (done.stdout, done.stderr) == ("False\nTrue 1 2\n", "")
