"""What predictions are measured by: shares of what was hit and missed, and sizes of errors."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import Any

import numpy as np

from compare.check.calling.functions import OUTPUT_FIRST, given, target_first
from compare.check.concept import Arrays, CallStyle, Concept, Form, Tried
from compare.check.naming.grammar import words
from compare.check.naming.network_parameters import needed, returned_names
from compare.check.probes.probe import constant, drawn
from compare.check.subject import Subject
from compare.language.message import message
from compare.sandbox.interface import Definition

# of samples of two classes: hit and missed, in the class and outside it
_COUNTS = ("tp", "fp", "fn", "tn")
Parts = tuple[str, ...]
_SHARES: Mapping[str, tuple[Parts, Parts]] = {
    "precision": (("tp",), ("tp", "fp")),
    "recall": (("tp",), ("tp", "fn")),
    "sensitivity": (("tp",), ("tp", "fn")),
    "tpr": (("tp",), ("tp", "fn")),
    "specificity": (("tn",), ("fp", "tn")),
    "tnr": (("tn",), ("fp", "tn")),
    "fpr": (("fp",), ("fp", "tn")),
    "f1": (("tp", "tp"), ("tp", "tp", "fp", "fn")),
}
Size = Callable[[Any, Any], Any]


def _mean(a: Any) -> Any:
    return a.sum() * (1.0 / a.shape[0])


def _about_mean(t: Any) -> Any:
    return (t - _mean(t)) * (t - _mean(t))


# the right one first, each with how it is written
_SIZES: Mapping[str, tuple[tuple[str, Size], ...]] = {
    "rmse": (
        ("sqrt(mean (y - t)^2)", lambda y, t: _mean((y - t) * (y - t)).sqrt()),
        ("mean (y - t)^2", lambda y, t: _mean((y - t) * (y - t))),
        ("sqrt(sum (y - t)^2)", lambda y, t: ((y - t) * (y - t)).sum().sqrt()),
        ("sqrt(sum (y - t)^2) / N",
         lambda y, t: ((y - t) * (y - t)).sum().sqrt() * (1.0 / y.shape[0])),
        ("mean |y - t|", lambda y, t: _mean((y - t).abs())),
    ),
    "mae": (
        ("mean |y - t|", lambda y, t: _mean((y - t).abs())),
        ("sum |y - t|", lambda y, t: (y - t).abs().sum()),
        ("mean (y - t)", lambda y, t: _mean(y - t)),
        ("mean (t - y)", lambda y, t: _mean(t - y)),
        ("|mean (y - t)|", lambda y, t: _mean(y - t).abs()),
        ("mean (y - t)^2", lambda y, t: _mean((y - t) * (y - t))),
    ),
    "r2": (
        ("1 - sum (y - t)^2 / sum (t - mean t)^2",
         lambda y, t: 1.0 - ((y - t) * (y - t)).sum() / _about_mean(t).sum()),
        ("sum (y - t)^2 / sum (t - mean t)^2",
         lambda y, t: ((y - t) * (y - t)).sum() / _about_mean(t).sum()),
        ("1 - sum (y - t)^2 / sum t^2",
         lambda y, t: 1.0 - ((y - t) * (y - t)).sum() / (t * t).sum()),
        ("1 - sum (y - t)^2 / sum (y - mean y)^2",
         lambda y, t: 1.0 - ((y - t) * (y - t)).sum() / _about_mean(y).sum()),
        ("1 - sum (y - t)^2 / sum (t - mean y)^2", lambda y, t: 1.0 - ((y - t) * (y - t)).sum()
         / ((t - _mean(y)) * (t - _mean(y))).sum()),
        ("1 - sum (t - mean t)^2 / sum (y - t)^2",
         lambda y, t: 1.0 - _about_mean(t).sum() / ((y - t) * (y - t)).sum()),
        ("1 - mean (y - t)^2 / sum (t - mean t)^2",
         lambda y, t: 1.0 - _mean((y - t) * (y - t)) / _about_mean(t).sum()),
    ),
}  # fmt: skip


def _measured(definition: Definition) -> tuple[str, ...]:
    """What its results are: as its return statement calls them, or its own name, word by word."""
    known = {*_SHARES, *_SIZES}
    said = [set(words(n)) & known for n in returned_names(definition.source, definition.name)]
    if said and all(len(each) == 1 for each in said):
        return tuple(next(iter(each)) for each in said)
    found = tuple(word for word in words(definition.name) if word in known)
    return found if len({name in _SIZES for name in found}) == 1 else ()


def _is_measure(definition: Definition) -> bool:
    alone = definition.kind == "function" and len(needed(definition.parameters)) == 2
    return alone and bool(_measured(definition))


def _numbers(rng: np.random.Generator, sizes: Any) -> dict[str, Any]:
    """Of two classes all four counts differ; and real outputs beside their targets."""
    n = sizes["N"]
    guess, truth = np.zeros(12 * n, dtype=int), np.zeros(12 * n, dtype=int)
    guess[: 5 * n], truth[: 3 * n], truth[5 * n : 6 * n] = 1, 1, 1
    order = rng.permutation(12 * n)[: 12 * n - 2]
    y, t = rng.standard_normal((2, 7 * n)) + 1.0
    return {"guess": guess[order], "truth": truth[order], "y": y, "target": t}


def _called(first: bool) -> Callable[[Subject, Arrays], Arrays]:
    def call(s: Subject, a: Arrays) -> Arrays:
        names = _measured(s.found)
        pair = (a["target"], a["y"]) if names[0] in _SIZES else (a["truth"], a["guess"])
        result = s.call(*given(first, *pair))
        several = result if isinstance(result, tuple) else (result,)
        if len(several) != len(names) or any(np.ndim(v) for v in several):
            raise ValueError(message("one number for each of {names} was expected",
                                     names=", ".join(names)))  # fmt: skip
        return {f"{n}": np.float64(v) for n, v in zip(names, several, strict=True)}

    return call


def _takes(first: bool) -> Callable[[Subject], bool]:
    return lambda s: _is_measure(s.found) and target_first(s.required) is not (not first)


def _counts(a: Arrays) -> dict[str, float]:
    guess, truth = a["guess"] == 1, a["truth"] == 1
    both = {"tp": guess & truth, "fp": guess & ~truth, "fn": ~guess & truth, "tn": ~guess & ~truth}
    return {name: float(np.sum(each)) for name, each in both.items()}


def _share(a: Arrays, above: Parts, below: Parts) -> float:
    counts = _counts(a)
    total = sum(counts[n] for n in below)
    return sum(counts[n] for n in above) / total if total else 0.0


Formula = Callable[[Arrays], Any]


@cache
def _right(name: str) -> tuple[Formula, str]:
    """Its formula, and how it is written."""
    if name in _SHARES:
        return _of_share(*_SHARES[name]), _written(*_SHARES[name])
    written, size = _SIZES[name][0]
    return _of_size(size), written


def _of_share(above: Parts, below: Parts) -> Formula:
    def formula(a: Arrays) -> Any:
        share = _share(a, above, below)
        return constant(np.array(share), 16 * np.finfo(np.float64).eps * share)

    return formula


def _of_size(size: Size) -> Formula:
    return lambda a: size(a["y"], a["target"])


def _written(above: Parts, below: Parts) -> str:
    def total(parts: Parts) -> str:
        counted = (f"{parts.count(n)} {n}" if parts.count(n) > 1 else n
                   for n in _COUNTS if n in parts)  # fmt: skip
        return " + ".join(counted)

    top, under = total(above), total(below)
    return f"{f'({top})' if '+' in top else top} / {f'({under})' if '+' in under else under}"


@cache
def _mistakes(name: str) -> tuple[tuple[str, Formula], ...]:
    """Every other share of counts, or what people write in its place."""
    if name in _SIZES:
        return tuple((written, _of_size(size)) for written, size in _SIZES[name][1:])
    sums = [c for n in range(1, 5) for c in itertools.combinations(_COUNTS, n)]
    twice = [("tp", "tp"), ("tp", "tp", "fp", "fn"), ("tp",)]
    pairs = itertools.chain(itertools.product(sums, sums), itertools.product(twice, twice))
    others = (pair for pair in pairs if pair != _SHARES[name])
    return tuple((_written(*pair), _of_share(*pair)) for pair in others)


def _meanings(trial: Tried, arrangement: CallStyle) -> tuple[Form, ...]:
    names = _measured(trial.subject.found)
    right = {n: _right(n) for n in names}
    return (
        _form({n: formula for n, (formula, _) in right.items()}),
        *_wrong(names, trial, arrangement),
    )


def _wrong(names: tuple[str, ...], trial: Tried, arrangement: CallStyle) -> Iterator[Form]:
    """The forms in which each result is right, or is another formula that gives its numbers."""
    problems = [
        (trial.numbers(p), trial.ran(arrangement, p).values) for p in trial.concept.probes
    ]  # fmt: skip

    def follows(formula: Formula, name: str) -> bool:
        wanted = ((formula(a), float(values[name])) for a, values in problems)
        return all(bool(abs(w.value - value) <= w.limit()) for w, value in wanted)

    possible: list[list[tuple[str, str, Formula]]] = []
    for name in names if all(v.keys() == set(names) for _, v in problems) else ():
        formula, _ = _right(name)
        if follows(formula, name):
            possible.append([(name, "", formula)])
        else:
            possible.append([(name, w, f) for w, f in _mistakes(name) if follows(f, name)][:1])
    for chosen in itertools.product(*possible) if possible else ():
        blanks = [
            {"what": name, "is": written, "should": _right(name)[1]}
            for name, written, _ in chosen if written
        ]  # fmt: skip
        if blanks:
            further = tuple(("another_measure", each) for each in blanks[1:])
            yield _form({n: f for n, _, f in chosen}, "another_measure", blanks[0], further)


def _form(
    formulas: Mapping[str, Formula], cause: str = "", blanks: Any = None, further: Any = ()
) -> Form:
    return Form(lambda a: {n: f(a) for n, f in formulas.items()}, cause, blanks=blanks or {},
                further=further)  # fmt: skip


NAME = "measure"
CONCEPT = Concept(
    NAME,
    "§3",
    "precision = tp / (tp + fp), recall = tp / (tp + fn), ...",
    (),
    tuple(drawn(f"{NAME}/{n}", {"N": n}, _numbers) for n in (3, 4)),
    (CallStyle(_called(True), takes=_takes(True)),
     CallStyle(_called(False), OUTPUT_FIRST, _takes(False))),
    (),
    takes=lambda s: _is_measure(s.found),
    meanings_of=_meanings,
    like=_is_measure,
    only_explained=True,
)  # fmt: skip
