"""Measure diagnosis: planted bugs and correct variants, each on many random problems."""

from __future__ import annotations

import linecache
import sys
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

from compare.bench.measurements import Size, collect
from compare.check.check_submission import checked
from compare.check.examples import BUGS, VARIANTS
from compare.check.examples.example import Planted, Variant
from compare.check.result import UNKNOWN, CheckResult, Judgement
from compare.check.trial import expectations_at
from compare.core.outcome import Outcome
from compare.sandbox.in_process import InProcess
from compare.system.jobs import HERE, Workers

FULL, SHORT = Size(20, 20), Size(1, 1)
_BUGS = {bug.name: bug for bug in BUGS}
_VARIANTS = {variant.name: variant for variant in VARIANTS}
RIGHT, NO_CAUSE, WRONG = "right", "unknown", "wrong"


def keys(size: Size) -> list[str]:
    """kind/seed/name of everything that is measured."""
    bugs = [f"bug/{seed}/{name}" for name in _BUGS for seed in range(size.per_fault)]
    return bugs + [f"variant/{seed}/{name}" for name in _VARIANTS for seed in range(size.correct)]


def run(
    size: Size,
    path: Path | None = None,
    advance: Callable[[str], None] = lambda key: None,
    workers: Workers = HERE,
) -> list[dict[str, Any]]:
    """One record a key, as far as possible from ``path``."""
    return collect(keys(size), measure, path, advance, workers)


def measure(key: str) -> dict[str, Any]:
    """What became of one submission on the problems of one seed."""
    kind, seed, name = key.split("/", 2)
    if kind == "bug":
        return of_bug(_BUGS[name], int(seed))
    return of_variant(_VARIANTS[name], int(seed))


def of_bug(bug: Planted, seed: int) -> dict[str, Any]:
    """Whether it was detected, and whether its cause is the right one, unknown or wrong."""
    try:
        judged = judgement_of(bug.source, bug.concept, seed)
    except KeyError:  # it was not judged
        return {"concept": bug.concept, "detected": False, "cause": NO_CAUSE, "causes": []}
    causes = [d.cause for d in judged.diagnoses]
    detected = judged.outcome is not Outcome.SAME or judged.warned
    first = causes[0] if causes else UNKNOWN
    explained = RIGHT if first in bug.causes else NO_CAUSE if first == UNKNOWN else WRONG
    return {"concept": bug.concept, "detected": detected, "cause": explained, "causes": causes}


def of_variant(variant: Variant, seed: int) -> dict[str, Any]:
    """Whether it was called different, and whether its convention was named."""
    try:
        judged = judgement_of(variant.source, variant.concept, seed)
    except KeyError:  # it was not judged
        return {"concept": variant.concept, "alarm": False, "named": False, "said": ""}
    conventions = "; ".join(text.en for text in judged.conventions)
    # where there is no convention to name, to name one is wrong
    named = variant.says in conventions if variant.says else not conventions
    alarm = judged.outcome is not Outcome.SAME
    return {"concept": variant.concept, "alarm": alarm, "named": named, "said": conventions}


def judgement_of(source: str, concept: str, seed: int = 0) -> Judgement:
    """The judgement of one concept of a submission's text, which is our own."""
    return check_of(source, seed)[concept]


def check_of(source: str, seed: int = 0, only: Sequence[str] = ()) -> CheckResult:
    """What a check says of a submission's text, which is our own."""
    with warnings.catch_warnings(), _imported(source) as names:
        warnings.simplefilter("ignore")  # what it warns of is a finding, and no news here
        box = InProcess(names, scripts={"submission.py": source})
        try:
            return checked("submission", box, {}, seed, only, expectations_at(seed))
        finally:
            box.put_back()


@contextmanager
def _imported(source: str) -> Iterator[dict[str, Any]]:
    """The names of a text as a module of its own, whose lines can be read as those of a file."""
    module, file = ModuleType("submission"), "submission.py"
    module.__file__ = file
    # inspect and tracebacks read source lines from there; None instead of a time: never outdated
    linecache.cache[file] = (len(source), None, source.splitlines(keepends=True), file)
    sys.modules[module.__name__] = module  # where inspect looks for the module of a class
    try:
        # dont_inherit: the __future__ import of this file is none of the submission's
        exec(compile(source, file, "exec", dont_inherit=True), vars(module))
        yield vars(module)
    finally:
        del sys.modules[module.__name__], linecache.cache[file]
