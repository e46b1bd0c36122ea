"""``tensors``: the weights in two files beside each other."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import click

from compare.cli.shared import PathType, mistakes_told, written
from compare.equivalence.tensors.comparison import Allowed, compare_stored
from compare.equivalence.tensors.files import stored
from compare.equivalence.tensors.report import as_json, lines
from compare.language.choice import _
from compare.system.atomic_files import STDOUT, check_writable
from compare.system.errors import UsageError
from compare.system.exit_codes import DIFFERENT, SAME


@click.command(
    short_help="Compare the weights in two files, tensor by tensor.",
    epilog="Exit codes: 0 all same, 1 a difference, or a tensor that only one has; 2 wrong usage "
    "or a file that cannot be read.",
)
@click.argument("first", type=PathType())
@click.argument("second", type=PathType())
@click.option(
    "--map",
    "renamed",
    metavar="OLD=NEW",
    multiple=True,
    help="Names of the first that begin with OLD begin with NEW in the second.",
)
@click.option(
    "--allow-ulps",
    default=0,
    metavar="N",
    type=click.IntRange(0),
    help="Elements may be N ulps apart.",
)
@click.option("--allow-transposed", is_flag=True, help="Axes may be in another order.")
@click.option("--allow-dtype", is_flag=True, help="One may be the other, rounded to its format.")
@click.option("--all", "everything", is_flag=True, help="Name all tensors, also those alike.")
@click.option("--json", "json_file", type=PathType(allow_dash=True), help="All of it; - is stdout.")
def tensors(
    first: Path,
    second: Path,
    renamed: tuple[str, ...],
    allow_ulps: int,
    allow_transposed: bool,
    allow_dtype: bool,
    everything: bool,
    json_file: Path | None,
) -> None:
    """Compare the weights in two files, tensor by tensor, without loading them.

    FIRST is yours, SECOND the reference: .safetensors, .npz, .npy or what torch.save wrote (.pt,
    .pth, .bin, .ckpt; no code in it is run), or folders of such files. The numbers are to be the
    same. Tensors of other names are found by their content, and by the rule that names follow.
    """
    with mistakes_told():
        check_writable(json_file)
        rules = dict(_rule(text) for text in renamed)
        mine, right = stored(first), stored(second)
        began = time.perf_counter()
        allowed = Allowed(allow_ulps, allow_transposed, allow_dtype)
        files = compare_stored(mine, right, allowed, rules)
        seconds = time.perf_counter() - began
        if json_file is not None:
            written(json_file, as_json(files, seconds))
    for line in lines(files, seconds, everything):
        click.echo(line, err=json_file == STDOUT)
    sys.exit(SAME if files.passed else DIFFERENT)


def _rule(text: str) -> tuple[str, str]:
    old, equals, new = text.partition("=")
    if not equals:
        raise UsageError(_("--map {text}: expected OLD=NEW, such as module.=", text=text))
    return old, new
