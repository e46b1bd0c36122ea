"""torch's compiler is not loaded for a training, and is itself where somebody asks for it."""

import hashlib
import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = """
import sys
from compare.system.torch_compiler import leave_out_compiler

leave_out_compiler()
import torch

p = torch.ones(3, requires_grad=True)
for rule in (torch.optim.SGD, torch.optim.Adagrad, torch.optim.RMSprop, torch.optim.Adam):
    optimizer = rule([p])
    (p**2).sum().backward()
    optimizer.step()
    optimizer.zero_grad()
    optimizer.load_state_dict(optimizer.state_dict())
    (p**2).backward(torch.ones(3))
try:
    (p**2).backward(torch.ones(2))
except RuntimeError as error:
    print("Mismatch in shape" in str(error), "sympy" in sys.modules)
rates = torch.optim.lr_scheduler.StepLR(optimizer, 1)
dist = torch.distributed
dist.init_process_group("gloo", store=dist.HashStore(), rank=0, world_size=1)
model = torch.nn.parallel.DistributedDataParallel(torch.nn.Linear(2, 1))
model(torch.ones(3, 2)).sum().backward()
dist.destroy_process_group()
print(type(sys.modules["torch._dynamo"]).__name__, "torch._dynamo.config" in sys.modules)
print(type(sys.modules["torch.fx.experimental.symbolic_shapes"]).__name__)

graphs = []

def backend(module, inputs):
    graphs.append(module)
    return module.forward

torch.compile(lambda x: torch.tanh(x), backend=backend)(torch.ones(2))
print(type(sys.modules["torch._dynamo"]).__name__, len(graphs))
print(type(sys.modules["torch.fx.experimental.symbolic_shapes"]).__name__)
"""
SAID = """True False
_NoCompiler False
_KnownSizes
module 1
module
"""


@pytest.mark.slow
def test_a_training_does_not_load_it_and_who_compiles_has_all_of_it():
    code = [sys.executable, "-c", PROGRAM]
    done = subprocess.run(code, capture_output=True, text=True, timeout=120)
    assert (done.stdout, done.stderr) == (SAID, "")


def of_torch():
    """A digest of all that ``check`` asks of torch, on ordinary numbers."""
    from compare.check.concept import Role
    from compare.check.concepts import CONCEPTS
    from compare.check.trial import Expectations
    from compare.core.implementation import torch_side

    torch, expectations, digest = torch_side(), Expectations(0), hashlib.sha256()
    for concept in [c for c in CONCEPTS if c.torch]:
        problems = expectations.problems(concept)
        for probe in [p for p in concept.probes if p.role is Role.ORDINARY]:
            arrays = problems[probe.case.name].arrays
            given = {name: torch.given(array) for name, array in arrays.items()}
            for name, value in concept.torch(torch, given).items():
                digest.update(name.encode() + torch.to_numpy(value).tobytes())
    return digest.hexdigest()


WITHOUT_META_KERNELS = """
import sys
from compare.system.torch_compiler import leave_out_compiler, leave_out_meta_kernels

leave_out_compiler()
leave_out_meta_kernels()
from compare.system.torch_settings import use_threads
from test_torch_compiler import of_torch

use_threads(1)
print(of_torch(), "torch._decomp" in sys.modules)
"""


@pytest.mark.slow
def test_without_shapes_for_tensors_without_numbers_check_gets_the_same_of_torch():
    code = [sys.executable, "-c", WITHOUT_META_KERNELS]
    here = Path(__file__).parent
    done = subprocess.run(code, capture_output=True, text=True, timeout=120, cwd=here)
    assert (done.stdout, done.stderr) == (f"{of_torch()} False\n", "")


def test_where_it_is_loaded_it_stays(monkeypatch):
    from compare.system import torch_compiler

    loaded = object()
    monkeypatch.setitem(sys.modules, torch_compiler.COMPILER, loaded)
    torch_compiler.leave_out_compiler()
    assert sys.modules[torch_compiler.COMPILER] is loaded
