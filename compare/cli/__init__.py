"""The command: python -m compare, or scratch-compare; one file a group of commands."""

from __future__ import annotations

import click

from compare.cli.shared import EXIT_CODES, Cli, fail
from compare.language.choice import told
from compare.language.message import message
from compare.system.interpreter import check_packages_are_ours

COMMANDS = {
    "run": ("compare.cli.run", "run", message("Compare both sides on the named CASEs, or on all.")),
    "check": ("compare.cli.check", "check", message("Judge what you wrote by hand.")),
    "new-impl": ("compare.cli.check", "new_impl", message("Write a file to begin with.")),
    "grade": ("compare.cli.grade", "grade", message("Judge a class of submissions.")),
    "tensors": (
        "compare.cli.tensors",
        "tensors",
        message("Compare the weights in two files."),
    ),
    "list": (
        "compare.cli.list_cases",
        "list_cases",
        message("List the cases, and what each is about."),
    ),
    "show": ("compare.cli.show", "show", message("Explain a CASE: formula, shapes, both sources.")),
    "sweep": (
        "compare.cli.sweep",
        "sweep",
        message("Try the settings of an experiment of the course."),
    ),
    "diff": (
        "compare.cli.stored_runs",
        "diff",
        message("What changed from RUN_A to RUN_B, worst first."),
    ),
    "replay": (
        "compare.cli.stored_runs",
        "replay",
        message("Run a CASE of a RUN again: the same bits?"),
    ),
    "board": (
        "compare.cli.board",
        "board",
        message("Show RUNs in TensorBoard, also while they go on."),
    ),
    "data": (
        "compare.cli.data",
        "data",
        message("Make what run --data-dir reads, of data as shipped."),
    ),
    "clean": ("compare.cli.stored_runs", "clean", message("Delete all runs but the newest.")),
    "bench": ("compare.cli.bench", "bench", message("Measure the tool itself.")),
}


@click.group(
    cls=Cli,
    commands_in=COMMANDS,
    help="Is a network written by hand in NumPy the same as PyTorch's?",
    epilog=EXIT_CODES,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 79},
)
@click.version_option(
    package_name="scratch-compare",
    prog_name="scratch-compare",
    message="%(prog)s %(version)s",
    help="Show the version and exit.",
)
def main() -> None:
    """Entry point of ``python -m compare`` and ``scratch-compare``."""
    # a learner may well have a scratch.py, and there is an unrelated package of that name
    wrong = check_packages_are_ours()
    if wrong:
        raise fail(told(wrong))
