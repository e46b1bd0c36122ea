"""Ctrl-C is held back until a step has ended, and no longer."""

import signal

import pytest

from compare.system.deferred_interrupt import held_back


def test_a_second_ctrl_c_does_not_wait_and_the_old_handler_is_back_afterwards():
    before, reached = signal.getsignal(signal.SIGINT), []
    with pytest.raises(KeyboardInterrupt), held_back() as let_through:
        let_through()
        signal.raise_signal(signal.SIGINT)
        reached.append("first")
        signal.raise_signal(signal.SIGINT)
        reached.append("second")
    assert reached == ["first"]
    assert signal.getsignal(signal.SIGINT) is before
    with pytest.raises(KeyboardInterrupt), held_back():
        signal.raise_signal(signal.SIGINT)
        reached.append("to the end")
    assert reached == ["first", "to the end"]
