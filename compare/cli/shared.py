"""What every command shares: exit codes, one line for every error, common options."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from compare.system.exit_codes import INTERNAL, INTERRUPTED, SAME, USAGE

EXIT_CODES = """\b
Exit codes: 0 all same, 1 a difference, 2 wrong usage or a broken case pack,
3 internal error, 5 nothing selected, 130 interrupted."""


class Cli(click.Group):
    """Turns every exception into one line and the right exit code."""

    def main(self, *args: Any, **kwargs: Any) -> Any:
        from compare.system.terminal import allow_any_character

        allow_any_character()
        try:
            super().main(*args, **{**kwargs, "standalone_mode": False})
        except click.ClickException as error:
            error.show()
            sys.exit(USAGE)
        except (click.Abort, KeyboardInterrupt):
            click.echo("Interrupted.", err=True)
            sys.exit(INTERRUPTED)
        except BrokenPipeError:
            # the reader of our output has gone: nothing is left to say, not even at exit
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            sys.exit(INTERRUPTED)
        except Exception as error:
            _internal(error)
            sys.exit(INTERNAL)
        sys.exit(SAME)


def _internal(error: Exception) -> None:
    if os.environ.get("SCRATCH_COMPARE_DEBUG"):
        raise error
    click.echo(
        f"Internal error, not your mistake: {type(error).__name__}: {error}\n"
        "Set SCRATCH_COMPARE_DEBUG=1 and run again to see where; please report it.",
        err=True,
    )


def fail(message: str) -> click.ClickException:
    """The error to raise for a mistake of the user's: one line, exit code 2."""
    return click.ClickException(message)


@contextmanager
def mistakes_told() -> Iterator[None]:
    """Whatever is the user's to mend ends in one line and exit code 2."""
    from compare.cases import datasets
    from compare.cli.replay_run import CannotReplay
    from compare.cli.resume_run import CannotResume
    from compare.engine import run_suite
    from compare.report.tensorboard.server import PortTaken
    from compare.store.lock import Busy
    from compare.store.manifest import Unreadable
    from compare.system.atomic_files import CannotWrite

    told = (run_suite.UsageError, datasets.CorruptData, CannotWrite, Busy, Unreadable, PortTaken)
    try:
        yield
    except (*told, CannotReplay, CannotResume) as error:
        raise fail(str(error)) from error


LOGDIR = click.option(
    "--logdir",
    default="runs",
    show_default=True,
    type=click.Path(path_type=Path),
    help="Where runs are kept.",
)
