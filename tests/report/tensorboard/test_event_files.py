"""Events are those that TensorBoard reads."""

import pytest
from tensorboard.backend.event_processing.event_file_loader import RawEventFileLoader

from compare.report.tensorboard import event_files

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("run", ["torch", "scratch", "error", "tolerance", "summary"])
def test_events_are_those_that_tensorboard_itself_reads(whole_run, run):
    (path,) = event_files.event_files(whole_run / run)
    found = event_files.read(path)
    theirs = list(RawEventFileLoader(str(found.path)).Load())
    assert [event.SerializeToString() for _, event in found.events] == theirs
    assert found.damage == ""
