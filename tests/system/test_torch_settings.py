"""What torch says of itself, and the threads that it is given."""

import torch

from compare.system import torch_settings


def test_it_is_torch_that_is_asked():
    assert torch_settings.loaded() is torch
    assert torch_settings.version() == torch.__version__
    assert torch_settings.instructions() == torch.backends.cpu.get_cpu_capability()


def test_the_threads_are_those_that_were_set():
    before = torch.get_num_threads()
    try:
        torch_settings.use_threads(2)
        assert torch.get_num_threads() == torch_settings.threads() == 2
    finally:
        torch.set_num_threads(before)
