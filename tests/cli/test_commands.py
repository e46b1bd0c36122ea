"""The commands by name: what their help says, in which order."""

import re

import pytest
from click.testing import CliRunner

from compare.cli import COMMANDS, main


def invoke(*args):
    return CliRunner().invoke(main, args)


@pytest.mark.parametrize("name", ["", "bench", *COMMANDS])
def test_help_fits_80_columns_and_nothing_of_it_is_cut_off(name):
    result = invoke(*([name] if name else []), "--help")
    assert result.exit_code == 0
    lines = [line for line in result.output.splitlines() if not line.startswith("Usage:")]
    assert max(map(len, lines)) <= 80
    assert "..." not in re.sub(r"\[(CASE|RUN|ARGS)\]\.\.\.", "", result.output)


def test_help_begins_with_what_is_run_first():
    commands = invoke("--help").output.split("Commands:")[1].splitlines()[1:]
    assert [line.split()[0] for line in commands[:2]] == ["run", "check"]
