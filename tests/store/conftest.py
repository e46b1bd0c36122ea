"""A run directory that a test may spoil."""

import shutil
from pathlib import Path

import pytest


@pytest.fixture
def directory(whole_run, tmp_path):
    return Path(shutil.copytree(whole_run, tmp_path / whole_run.name))
