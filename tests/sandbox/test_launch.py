"""A worker's environment: the numeric kernels of its judge, and nothing else of it."""

import os

import pytest

from compare.sandbox.launch import KERNELS, environment

OTHERS = {
    "SECRET_TOKEN": "s3cret",
    "PYTHONPATH": "elsewhere",
    "OPENBLAS_NUM_THREADS": "7",
    "OPENBLAS_VERBOSE": "2",
    "MKL_VERBOSE": "1",
    "NPY_PROMOTION_STATE": "legacy",
    "ATEN_THREADING": "native",
}


@pytest.fixture
def plain(tmp_path, monkeypatch):
    """The environment where nothing is set that chooses kernels."""
    for name in (*KERNELS, "GLIBC_TUNABLES"):
        monkeypatch.delenv(name, raising=False)
    return environment(tmp_path)


def test_what_chooses_kernels_is_inherited_and_nothing_else(plain, tmp_path, monkeypatch):
    chosen = {name: f"as in {name}" for name in KERNELS}
    for name, value in {**chosen, **OTHERS}.items():
        monkeypatch.setenv(name, value)
    assert environment(tmp_path) == {**plain, **chosen}


def test_of_glibc_only_the_instructions_are_inherited(plain, tmp_path, monkeypatch):
    monkeypatch.setenv("GLIBC_TUNABLES", "glibc.malloc.check=3:glibc.cpu.hwcaps=-AVX2,-FMA")
    assert environment(tmp_path) == {**plain, "GLIBC_TUNABLES": "glibc.cpu.hwcaps=-AVX2,-FMA"}
    monkeypatch.setenv("GLIBC_TUNABLES", "glibc.malloc.check=3")
    assert environment(tmp_path) == plain


def test_a_submission_is_in_that_environment(boxed, monkeypatch):
    monkeypatch.setenv("OPENBLAS_CORETYPE", "Prescott")
    box = boxed("import os\ndef f():\n    return dict(os.environ)\n")
    found = box.call("f").value
    assert found["OPENBLAS_CORETYPE"] == "Prescott"
    assert not set(found) & (set(os.environ) - set(environment("anywhere")) - {"LC_CTYPE"})
