"""``show``: one case explained, or what the course's own code does differently."""

from __future__ import annotations

import click
from rich.console import Console

from compare.check.course.course_defects import DEFECTS, NoExamples, find
from compare.check.report.course_defects import judged_by, shown
from compare.cli.shared import fail
from compare.engine import selection
from compare.language.choice import _, told
from compare.report.case_explained import case_sources
from compare.report.limit_explained import explained
from compare.report.text import PLAIN
from compare.system.errors import UsageError
from compare.system.torch_settings import use_threads


@click.command()
@click.argument("name", metavar="CASE")
@click.option("--verdict", is_flag=True, help="Where the limit comes from, in this case's numbers.")
@click.option("--name", "quantity", default="", help="Of this quantity (grad/W1), not the worst.")
@click.option("--seed", default=0, show_default=True, type=int, help="Seed of the arrays.")
def show(name: str, verdict: bool, quantity: str, seed: int) -> None:
    """Explain a CASE: formula, shapes and both sources.

    Also what is known about it in advance, and the fingerprints of its arrays. With --verdict:
    the limit, the measured error, and both sides' errors in ulps; for one dtype, give an id.

    CASE may also be as-distributed, or as-distributed.NAME: the course's own code beside the same
    corrected, and what the difference does to training.
    """

    console = Console()
    if name.partition(".")[0] == "as-distributed":
        _as_distributed(name.partition(".")[2], console)
        return
    try:
        selection.check_seed(seed)
        pairs = selection.select([name])
        if verdict or quantity:
            use_threads(1)  # as in a run, whose numbers these are
            # a name selects its case in both dtypes; of several cases the first is explained
            for case, dtype in pairs[: 2 if pairs[0][0] is pairs[-1][0] else 1]:
                click.echo("\n".join(explained(case, dtype, quantity, seed)) + "\n")
            return
        for renderable in case_sources(pairs[0][0], console.width):
            console.print(renderable)
    except UsageError as error:
        raise fail(told(str(error))) from error


def _as_distributed(name: str, console: Console) -> None:

    try:
        for defect in find(name):
            for renderable in shown(defect, console.width):
                console.print(renderable)
            console.print(judged_by(defect), style="dim", **PLAIN)
    except KeyError:
        known = ", ".join(d.name for d in DEFECTS)
        raise fail(
            _("as-distributed has no {name}; it has {known}", name=repr(name), known=known)
        ) from None
    except NoExamples as error:
        raise fail(told(str(error))) from error
