"""A method of a mistyped name is the pass that it is nearly called after, and no other."""

import pytest

from compare.check.calling.layers import BACKWARD, FORWARD
from compare.check.naming.network_parts import method_called


@pytest.mark.parametrize(
    ("methods", "names", "called"),
    [
        (["forward", "backword"], BACKWARD, "backword"),
        (["foward", "backward"], FORWARD, "foward"),
        (["backward", "backword"], BACKWARD, "backward"),
        (["backword", "bakward"], BACKWARD, ""),
        (["reward", "forward"], BACKWARD, ""),
        (["reward", "backup"], FORWARD, ""),
        (["cell", "add"], FORWARD, ""),
    ],
)
def test_one_or_two_letters_are_a_slip(methods, names, called):
    assert method_called(methods, names) == called
