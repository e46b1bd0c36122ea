"""A program and its changes, as the texts of examples have them."""

import pytest

from compare.check.examples.example import Planted, Variant
from compare.check.examples.table import read

TEXT = """# Maps, in what their authors call them.
=== affine | a map | columns
def affine(x, W):
    return W @ x
+ a map of rows | - | W @ x => x @ W
- a map that doubles | factor | return W => return 2 * W | @ x\\n => @ x # twice\\n

=== also d_affine | its slope
def d_affine(W):
    return W.T
- its slope, not transposed | transposed | W.T => W

=== also affine | - | - | W @ x => np.dot(W, x)
- a dot that is negated | sign | return => return -

=== relu
- relu leaks | relu_leaks | def relu(x, a=0.1): y = a * x; return np.maximum(x, y)
- relu of a list | not_taken | def relu(x):\\n    return [max(u, 0) for u in x] | relu([1.0])

=== sigmoid
import math
- a logistic of one number | one_number_only | def sigmoid(x): return 1 / (1 + math.exp(-x))

=== identity | nothing is done
# without NumPy
def identity(x):
    return x
"""
AFFINE = "def affine(x, W):\n    return W @ x\n"


@pytest.fixture
def examples(tmp_path):
    file = tmp_path / "maps.txt"
    file.write_text(TEXT)
    return read(file)


def source(examples, name):
    return next(example.source for example in examples if example.name == name)


def test_a_program_and_its_changes_are_variants_and_bugs_in_their_order(examples):
    assert [type(example) for example in examples[:4]] == [Variant, Variant, Planted, Variant]
    assert examples[0] == Variant("a map", "affine", f"import numpy as np\n{AFFINE}", "columns")
    assert examples[1].says == "" and "return x @ W\n" in examples[1].source
    assert examples[2].causes == ("factor",) and "return 2 * W @ x # twice" in examples[2].source
    assert len(examples) == 10


def test_a_program_goes_on_with_the_one_above_it_and_not_with_what_came_between(examples):
    assert AFFINE + "def d_affine(W):\n" in source(examples, "its slope")
    assert "    return W\n" in source(examples, "its slope, not transposed")
    negated = next(example for example in examples if example.name == "a dot that is negated")
    assert negated.concept == "affine" and "d_affine" not in negated.source
    assert "return - np.dot(W, x)" in negated.source


def test_what_is_added_below_is_written_in_lines(examples):
    leaks = "def relu(x, a=0.1):\n    y = a * x\n    return np.maximum(x, y)\n"
    assert source(examples, "relu leaks") == f"import numpy as np\n{leaks}"
    assert source(examples, "relu of a list").endswith("for u in x]\nrelu([1.0])\n")


def test_numpy_is_imported_for_what_imports_nothing_and_does_not_do_without(examples):
    assert source(examples, "a logistic of one number").startswith("import math\ndef sigmoid")
    assert "import" not in source(examples, "nothing is done")


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("- a map of three | factor | 3 * W => W", "'3 * W' is not in the source"),
        ("- a map of no cause", "a bug has a cause"),
        ("=== also affine | three | - | 3 * W => W", "'3 * W' is not in the source"),
    ],
)
def test_a_line_that_cannot_be_read_is_named(tmp_path, line, why):
    file = tmp_path / "maps.txt"
    file.write_text(f"=== affine | a map\n{AFFINE}{line}\n")
    with pytest.raises(ValueError) as raised:
        read(file)
    assert str(raised.value) == f"maps.txt, line 4, {line!r}: {why}"
