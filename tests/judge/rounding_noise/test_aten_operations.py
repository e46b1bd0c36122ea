"""What is known of an ATen operation before it runs."""

import pytest
import torch

from compare.judge.rounding_noise.aten_operations import arguments_before, operation_of

aten = torch.ops.aten


@pytest.mark.parametrize("func, name, facts", [
    (aten.add.Tensor, "add", "is_known"),
    (aten.add_.Tensor, "add", "is_known changes"),
    (aten.view.default, "view", "shares_memory"),
    (aten.transpose_.default, "transpose", "shares_memory changes"),
    (aten.relu.default, "relu", "is_exact is_known branches"),
    (aten.gt.Scalar, "gt", "branches"),
    (aten.linalg_qr.default, "linalg_qr", ""),
    (aten._foreach_add_.List, "_foreach_add", "is_known changes"),
    (aten._to_sparse.default, "_to_sparse", "makes_sparse"),
])  # fmt: skip
def test_it_is_known_by_its_name_and_its_schema(func, name, facts):
    operation = operation_of(func)
    assert operation.name == name
    known = {fact for fact, value in vars(operation).items() if value is True}
    assert known == set(facts.split())


def test_what_an_operation_is_about_to_change_is_copied():
    x, y = torch.ones(2), torch.ones(2)
    before = arguments_before(operation_of(aten.add_.Tensor), (x, y))
    x.add_(y)
    assert before[0].tolist() == [1, 1] and before[1] is y
    assert arguments_before(operation_of(aten.add.Tensor), (x, y)) == (x, y)
    several = arguments_before(operation_of(aten._foreach_add_.List), ([x], [y]))
    assert several[0][0] is not x and torch.equal(several[0][0], x)
