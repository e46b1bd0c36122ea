"""What every command shares: exit codes, one line for every error, common options."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from gettext import gettext
from importlib import import_module
from pathlib import Path
from typing import Any, NoReturn

import click

from compare.cli.translated_help import asked_language, click_translated, in_language, lang
from compare.language.choice import _, speaking, told
from compare.language.message import ENGLISH, message
from compare.store.logdir import DEFAULT_LOGDIR
from compare.system.atomic_files import STDOUT, CannotWrite, write_atomically
from compare.system.command_line import typed
from compare.system.errors import UserError
from compare.system.exit_codes import INTERNAL, INTERRUPTED, SAME, USAGE
from compare.system.terminal import allow_any_character, shows
from compare.system.torch_compiler import leave_out_compiler

EXIT_CODES = message(
    "Exit codes: 0 all same, 1 a difference, 2 wrong usage or a broken case pack, "
    "3 internal error, 5 nothing selected or nothing compared, 130 interrupted."
)


class Cli(click.Group):
    """Commands imported when they are called; every exception is one line and the right exit code.

    ``commands_in``: name → module, attribute and first line of its help. ``run`` does not wait for
    what ``check`` imports, nor ``--help`` for either: see "Lazily loading subcommands" in click's
    documentation.
    """

    def __init__(
        self, *args: Any, commands_in: Mapping[str, tuple[str, str, str]], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.commands_in = commands_in
        self.params.append(lang())

    def list_commands(self, ctx: click.Context) -> list[str]:
        """In the order in which somebody needs them, not by letter."""
        return list(self.commands_in)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in self.commands_in:
            return None
        module, attribute, _about = self.commands_in[cmd_name]
        command: click.Command = getattr(import_module(module), attribute)
        return in_language(command)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        try:
            return super().resolve_command(ctx, args)
        except click.NoSuchCommand as error:
            # click looks for what is like it among commands that are imported already
            raise click.NoSuchCommand(args[0], possibilities=self.commands_in, ctx=ctx) from error

    def format_help(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        click.Group.format_help(in_language(self), ctx, formatter)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        rows = [(name, told(self.commands_in[name][2])) for name in self.list_commands(ctx)]
        with formatter.section(gettext("Commands")):
            formatter.write_dl(rows)

    def main(self, *args: Any, **kwargs: Any) -> Any:

        allow_any_character()
        leave_out_compiler()
        # torch and the formulas are half a million objects that stay: to look through them for
        # garbage while they are made takes a tenth of the time of most commands
        gc.set_threshold(100_000, 50, 50)
        arguments = kwargs.get("args", args[0] if args else None)
        # before anything is said, the help included
        asked = asked_language(sys.argv[1:] if arguments is None else arguments)
        # a language that the terminal cannot show is of use only to who asks for it
        if not asked and not shows(_("Interrupted.")):
            asked = ENGLISH
        with speaking(asked), click_translated():
            self._ended(*args, **kwargs)

    def _ended(self, *args: Any, **kwargs: Any) -> NoReturn:
        """Whatever comes of a command, as its exit code."""
        try:
            asked = {"prog_name": typed(), "standalone_mode": False}
            super().main(*args, **{**kwargs, **asked})
        except click.ClickException as error:
            error.show()
            sys.exit(USAGE)
        except (click.Abort, KeyboardInterrupt):
            click.echo(_("Interrupted."), err=True)
            sys.exit(INTERRUPTED)
        except BrokenPipeError:
            # the reader of our output has gone: nothing is left to say, not even at exit
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            sys.exit(INTERRUPTED)
        except ModuleNotFoundError as error:
            if (error.name or "").partition(".")[0] in ("", "compare"):
                _internal(error)
                sys.exit(INTERNAL)
            raise  # a package of the commands is not installed: ``compare.__main__`` says which
        except Exception as error:
            _internal(error)
            sys.exit(INTERNAL)
        sys.exit(SAME)


def _internal(error: Exception) -> None:
    # a traceback of ours tells a learner nothing: who wants to mend it asks for it
    if os.environ.get("SCRATCH_COMPARE_DEBUG"):
        raise error
    click.echo(
        _(
            "Internal error, not your mistake: {error}\n"
            "Set SCRATCH_COMPARE_DEBUG=1 and run again to see where; please report it.",
            error=f"{type(error).__name__}: {error}",
        ),
        err=True,
    )


def fail(message: str) -> click.ClickException:
    """The error to raise for a mistake of the user's: one line, exit code 2."""
    return click.ClickException(message)


@contextmanager
def mistakes_told() -> Iterator[None]:
    """Whatever is the user's to mend ends in one line and exit code 2."""
    try:
        yield
    except UserError as error:
        raise fail(told(str(error))) from error


def written(path: Path, content: str) -> None:
    """Write a report, whole, to a file or for - to standard output.   Raises CannotWrite."""
    if path == STDOUT:
        click.echo(content, nl=False)
        return
    try:
        write_atomically(path, content)
    except OSError as error:
        raise CannotWrite.at(path, error) from error


def written_to(*paths: Path | None) -> str:
    """Which files were written, to be said at the end; "" where none was asked for."""
    files = [str(path) for path in paths if path not in (None, STDOUT)]
    return _("Written to {files}", files=", ".join(files)) if files else ""


class PathType(click.Path):
    """A path. An empty one, of a variable that is not set, is not the folder that one is in."""

    def __init__(self, allow_dash: bool = False) -> None:
        super().__init__(path_type=Path, allow_dash=allow_dash)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The path.   Raises click.BadParameter where it is empty."""
        if value == "":
            self.fail(_("it is empty: give the name of a file or folder"), param, ctx)
        return super().convert(value, param, ctx)


def with_jobs(default: int) -> Any:
    """-j and --jobs, which mean the same wherever work is divided."""
    return click.option(
        "-j",
        "--jobs",
        default=default,
        show_default=True,
        type=click.IntRange(1),
        help="Processes at a time.",
    )


CLUSTER = click.option(
    "--cluster",
    default="",
    metavar="ADDRESS",
    help="A Dask scheduler, tcp://HOST:PORT, whose workers do the work.",
)
LOGDIR = click.option(
    "--logdir",
    default=DEFAULT_LOGDIR,
    show_default=True,
    type=PathType(),
    help="Where runs are kept.",
)
