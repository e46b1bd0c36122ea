"""What torch says of itself, and the threads that it is given."""

import torch
from threadpoolctl import threadpool_info

from compare.system import torch_settings


def test_it_is_torch_that_is_asked():
    assert torch_settings.loaded() is torch
    assert torch_settings.version() == torch.__version__
    assert torch_settings.instructions() == torch.backends.cpu.get_cpu_capability()


def pools():
    """The threads of torch and of NumPy's products."""
    blas = [p["num_threads"] for p in threadpool_info() if p["user_api"] == "blas"]
    assert blas
    return {torch.get_num_threads(), torch_settings.threads(), *blas}


def test_both_sides_use_the_threads_that_were_set_as_long_as_it_lasts():
    with torch_settings.using_threads(1):
        with torch_settings.using_threads(2):
            assert pools() == {2}
        assert pools() == {1}
        torch_settings.use_threads(2)
        assert pools() == {2}
