"""The two sides are mirrored: same files, names, arguments and first docstring lines."""

import ast
import doctest
import importlib
import inspect
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
MODULES = sorted(p.stem for p in (ROOT / "scratch").glob("[!_]*.py"))

# torch.nn has layers and autograd their way back; of an nn.Module these make one. Of the parallel
# training DDP does the all-reduce, in processes that something has to start.
SCRATCH_ONLY = {
    "affine": {"input_gradient", "weight_gradient", "bias_gradient"},
    "layers": {
        *("Affine", "Activation", "Softmax", "SoftmaxWithLoss", "SigmoidWithLoss"),
        *("OutputThenLoss", "activation", "output_with_loss"),
    },
    "optimizers": {"Optimizer", "parts"},
    "parallel": {"all_reduce"},
}
TORCH_ONLY = {
    "layers": {"Step", "affine"},
    "optimizers": {"Optimizer"},
    "parallel": {"main"},
}


def public(package, module):
    found = importlib.import_module(f"{package}.{module}")
    return {
        name: value
        for name, value in vars(found).items()
        if not name.startswith("_")
        and getattr(value, "__module__", None) == found.__name__
        and callable(value)
    }


def shape(function):
    return [(p.name, p.default, p.kind) for p in inspect.signature(function).parameters.values()]


def first_line(value):
    return (inspect.getdoc(value) or "").partition("\n")[0]


def imports(package):
    for path in (ROOT / package).glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                yield from (alias.name.split(".")[0] for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.level == 0:
                yield node.module.split(".")[0]


def test_both_packages_have_the_same_modules():
    assert MODULES == sorted(p.stem for p in (ROOT / "torch_ref").glob("[!_]*.py"))


def test_both_modules_have_the_same_public_names():
    names = {m: (public("scratch", m), public("torch_ref", m)) for m in MODULES}
    offenders = [
        f"{module}.{name}"
        for module, (scratch, torch) in names.items()
        for name in (set(scratch) - SCRATCH_ONLY.get(module, set()))
        ^ (set(torch) - TORCH_ONLY.get(module, set()))
    ]
    assert not offenders, offenders


def pairs():
    """Every public name of scratch, with what it is on both sides."""
    for module in MODULES:
        torch = public("torch_ref", module)
        for name, scratch in sorted(public("scratch", module).items()):
            if name not in SCRATCH_ONLY.get(module, set()):
                yield f"{module}.{name}", scratch, torch[name]


def callables(scratch, torch):
    """A function on both sides; of a class the public methods that scratch's defines as well."""
    yield "", scratch, torch
    for name, method in vars(scratch).items() if inspect.isclass(scratch) else ():
        # torch.optim has the rules' formulas
        if inspect.isfunction(method) and not name.startswith("_") and name != "step":
            yield f".{name}", method, getattr(torch, name, None)


def test_arguments_are_the_same_in_name_order_and_default():
    offenders = [
        f"{name}{method}"
        for name, scratch, torch in pairs()
        for method, ours, theirs in callables(scratch, torch)
        if theirs is None or shape(ours) != shape(theirs)
    ]
    assert not offenders, offenders


def test_the_first_docstring_line_is_the_same_and_says_something():
    offenders = [
        name
        for name, scratch, torch in pairs()
        if len(first_line(scratch)) <= 15 or first_line(scratch) != first_line(torch)
    ]
    assert not offenders, offenders


@pytest.mark.parametrize(
    "path",
    ["activations.ACTIVATIONS", "losses.LOSSES", "layers.OUTPUTS"],
)
def test_what_is_chosen_by_name_has_the_same_names(path):
    module, constant = path.split(".")
    scratch, torch = (
        getattr(importlib.import_module(f"{p}.{module}"), constant)
        for p in ("scratch", "torch_ref")
    )
    assert list(scratch) == list(torch)


def test_a_layer_has_the_name_of_its_activation():
    from scratch import activations, layers
    from torch_ref.layers import ACTIVATIONS

    assert list(ACTIVATIONS) == list(activations.ACTIVATIONS) == [*layers.SLOPES, "softmax"]


def test_scratch_imports_numpy_and_the_standard_library_alone():
    assert set(imports("scratch")) <= {"numpy", "collections", "copy", "math", "typing"}


def test_torch_ref_imports_torch_and_the_standard_library_alone():
    allowed = {"torch", "collections", "datetime", "functools", "os", "sys", "typing"}
    assert set(imports("torch_ref")) <= allowed


def longer_than(most, text):
    functions = (n for n in ast.walk(ast.parse(text)) if isinstance(n, ast.FunctionDef))
    return [f.name for f in functions if f.end_lineno - f.lineno >= most]


def test_a_function_of_scratch_is_read_at_a_glance():
    paths = sorted((ROOT / "scratch").glob("*.py"))
    longer = {p.stem: longer_than(15, p.read_text(encoding="utf-8")) for p in paths}
    assert not any(longer.values()), longer


def test_a_function_of_sixteen_lines_is_found():
    fifteen = "def f():\n" + "    x = 1\n" * 14
    assert longer_than(15, fifteen) == []
    assert longer_than(15, fifteen + "    x = 1") == ["f"]


def test_every_public_docstring_of_scratch_names_its_source():
    offenders = [n for n, scratch, _ in pairs() if "Source:" not in inspect.getdoc(scratch)]
    assert not offenders, offenders


@pytest.mark.parametrize("package", ["scratch", "torch_ref"])
def test_the_lines_that_learn_xor_run(package):
    tried = doctest.testmod(importlib.import_module(package))
    assert (tried.failed, tried.attempted) == (0, 9)
