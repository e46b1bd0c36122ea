"""The version is said once."""

from importlib.metadata import version

import compare
from compare.system.version import __version__


def test_what_is_installed_has_the_version_of_the_source():
    assert version("scratch-compare") == __version__ == compare.__version__
