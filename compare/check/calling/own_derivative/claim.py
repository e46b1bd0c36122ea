"""A function, what claims to be its derivative, and how far that is from numerical differences."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from compare.check.calling.any_network.network import number_in, outputs_in
from compare.check.fitting.networks.own_gradient import derivative, voted
from compare.check.naming.arguments import is_upstream
from compare.check.naming.network_parameters import role_of

Values = Mapping[str, np.ndarray]
_MOST = 16  # numbers of one argument at which the derivative is taken
LEAST = 4  # numbers that agree by no chance
NEARLY = 1e-4  # how far a factor of 1 may be off
_ALIKE = 0.02  # a spread of so little of the size is all that numbers say
_EXACTLY = 1e-12  # of the largest: what its own rounding may be
_OF_LOSS = 1e-5  # the same where an epsilon in a loss, which its gradient may do without, moves it

# of whose argument the derivative of a loss may be taken, and what that is for an output
_OUTPUTS: Mapping[str, Callable[[np.ndarray], np.ndarray]] = {
    "softmax": lambda u: (e := np.exp(u)) / e.sum(axis=-1, keepdims=True),
    "sigmoid": lambda u: 1 / (1 + np.exp(-u)),
    "tanh": np.tanh,
}
_SCORES: Mapping[str, Callable[[np.ndarray], np.ndarray]] = {
    "softmax": np.log,
    "sigmoid": lambda y: np.log(y / (1 - y)),
    "tanh": np.arctanh,
}


@dataclass(frozen=True)
class Claim:
    """A function of arrays, and what is given as the derivative of sum(up * f) by some of them.

    ``f``: its outputs at these values · ``at``: the values where it is derived · ``given``: what
    claims to be the derivative, for a gradient from above · ``takes_up``: whether that is asked
    for, and ``above`` what it is called · ``certain``: whether it can mean nothing else ·
    ``averaged``: of what it may give the mean over the ``samples``, or rows of what comes from
    above, where the loss is their sum ·
    ``values``: all that ``f`` is given, ``beside`` what else is known · ``meant``: how it is
    called, whatever the values are · ``remade``: what it claims of other values · ``as_called``:
    whether its own script calls it so · ``ahead``: is told of works with ``f`` that are done next,
    where each asks the submission once · ``after_another``: the same as ``given`` where another
    forward pass came before, and whether that pass's outputs came again; nothing where they are
    others still.   Raises Failed, TypeError, ValueError · ``derived``: what was derived of ``f``,
    by where and how; shared by claims of one function.
    """

    f: Callable[[Values], Any]
    at: Values
    given: Callable[[Any], Values]
    takes_up: bool
    certain: bool
    averaged: tuple[str, ...] = ()
    above: str = ""
    values: Mapping[str, Any] = field(default_factory=dict)
    beside: Mapping[str, Any] = field(default_factory=dict)
    meant: tuple[Any, ...] = ()
    remade: Callable[[Mapping[str, Any]], Claim] | None = None
    as_called: bool = False
    ahead: Callable[..., None] | None = None
    after_another: Callable[[Any], tuple[Values, bool]] | None = None
    samples: int = 0
    derived: dict[Any, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Held:
    """What was given beside the derivative and its error, by argument and in all.

    ``factor``: what it is of the derivative, as most numbers agree · ``right``: which may be ·
    ``agreed``: how many are, not counting zeros, which agree with anything · ``places``: of which
    numbers of an argument they are · ``up``: the gradient from above, or ones · ``through``: what
    a loss is derived through, beyond its argument · ``averaged``: whether it is the mean over the
    samples · ``ignored``: whether it is right where only ones come from above · ``measured``: how
    far the derivative may be off, before what ``error`` allows beside.
    """

    given: Values
    expected: Values
    error: Values
    factor: float
    right: Mapping[str, np.ndarray]
    agreed: int
    places: Mapping[str, np.ndarray]
    up: np.ndarray
    measured: Values
    through: str = ""
    averaged: bool = False
    ignored: bool = False
    left: Values = field(default_factory=dict)

    @property
    def correct(self) -> bool:
        """Whether it is the derivative."""
        near = abs(self.factor - 1) < NEARLY
        return self.explained and near and not (self.ignored or self.left)

    @property
    def explained(self) -> bool:
        """Whether one factor explains it, in numbers enough."""
        return self.agreed >= LEAST and all(r.all() for r in self.right.values())

    @property
    def is_zero(self) -> bool:
        """Whether nothing but zeros was given, and nothing else is right."""
        return not self.agreed and all(r.all() for r in self.right.values())

    @property
    def partly(self) -> bool:
        """Whether numbers enough agree for the others to be wrong."""
        return self.agreed >= LEAST


def held(claim: Claim) -> Iterator[Held]:
    """What is given beside the derivative, then beside that of a loss through its output.

    Nothing where it is none: it is not linear in what comes from above, or draws other numbers at
    each call.
    """
    y = real(claim.f(claim.at))
    if y is None or not np.isfinite(y).all():
        return
    up = np.cos(1.0 + np.arange(y.size)).reshape(y.shape) if claim.takes_up else np.ones(y.shape)
    given = claim.given(up)
    if claim.takes_up and not _doubled(given, claim.given(2 * up)):
        yield from _ignoring(claim, up)
        yield from _with_a_term_of_its_own(claim, up, given)
        return
    if not any(np.shape(g) == claim.at[n].shape for n, g in given.items()):
        return
    first = beside(claim, up, given, "")
    # y - d of probabilities and their loss is handed on untouched: the derivative is another's
    handed_on = all(np.array_equal(g, up) for g in given.values()) and 0 <= y.min() <= y.max() <= 1
    if claim.takes_up and handed_on and not first.explained:
        return
    yield first
    if claim.averaged and not first.explained and _is_mean_of_samples(claim, up):
        yield beside(claim, up, given, "", averaged=True)
    # a loss for each sample, of which that of the mean
    if y.ndim == 1 and not (claim.takes_up or first.correct):
        yield beside(claim, up / y.size, given, "")
    for output, scores in _SCORES.items() if y.ndim == 0 and len(given) == 1 else ():
        name = next(iter(given))
        with np.errstate(all="ignore"):
            u = scores(claim.at[name])
        if np.isfinite(u).all() and np.allclose(_OUTPUTS[output](u), claim.at[name]):
            yield beside(claim, up, given, output)


def _is_mean_of_samples(claim: Claim, up: np.ndarray) -> bool:
    """Whether what is divided may be so by the samples: of fewer, where outputs are as many."""
    n = len(up)
    if up.ndim < 2 or up.shape[-1] != n or claim.remade is None:
        return True
    inputs = {m: v for m, v in claim.values.items() if m not in claim.averaged and len(v) == n}
    fewer = claim.remade({**claim.values, **{m: v[:-1] for m, v in inputs.items()}})
    given = fewer.given(up[:-1])
    return (
        given.keys() == claim.given(up).keys()
        and beside(fewer, up[:-1], given, "", averaged=True).explained
    )


def _ignoring(claim: Claim, up: np.ndarray) -> Iterator[Held]:
    """What is the derivative, but for the gradient from above, which it is handed and not used."""
    given, ones = claim.given(up), np.ones(up.shape)
    alone = claim.given(ones)
    named = is_upstream(claim.above) or role_of(claim.above) == "dout"
    unmoved = all(n in alone and np.array_equal(g, alone[n]) for n, g in given.items())
    if up.ndim and named and unmoved and beside(claim, ones, alone, "").correct:
        yield replace(beside(claim, up, given, ""), ignored=True)


def _with_a_term_of_its_own(claim: Claim, up: np.ndarray, given: Values) -> Iterator[Held]:
    """What is a multiple of the gradient from above, but for a term that it does not carry."""
    named = is_upstream(claim.above) or role_of(claim.above) == "dout"
    if not (named and up.ndim and claim.certain):
        return
    left, double = claim.given(0 * up), claim.given(2 * up)
    # of weights it may be left from before, or be that of a penalty
    left = {n: v for n, v in left.items() if not n.startswith((".", "["))}
    carried, twice = ({n: np.asarray(g[n]) - left[n] for n in left} for g in (given, double))
    whole = all(np.any(c) for c in carried.values()) and any(np.any(g) for g in left.values())
    if whole and _doubled(carried, twice):
        yield replace(beside(claim, up, given, ""), left=left)


def real(result: Any) -> np.ndarray | None:
    """The real numbers that something gives, first of several; None where it gives none."""
    number = number_in(result)
    return np.asarray(number) if number is not None else outputs_in(result)


def _doubled(one: Values, two: Values) -> bool:
    return one.keys() == two.keys() and all(
        (np.abs(2 * one[n] - two[n]) <= 1e-9 * np.abs(two[n]).max(initial=0.0)).all() for n in one
    )


def beside(
    claim: Claim, up: np.ndarray, given: Values, through: str, averaged: bool = False,
    most: int = _MOST,
) -> Held:  # fmt: skip
    """What was given beside the derivative by so many numbers of each argument."""
    looked_at: dict[str, np.ndarray] = {}
    shown: dict[str, np.ndarray] = {}
    expected: dict[str, np.ndarray] = {}
    error: dict[str, np.ndarray] = {}
    for name, values in given.items():
        start = _SCORES[through](claim.at[name]) if through else claim.at[name]

        # one by one: in their sum the rounding of large ones would be more than a small one says
        def weighed(moved: np.ndarray, name: str = name) -> np.ndarray:
            there = _OUTPUTS[through](moved) if through else moved
            y = real(claim.f({**claim.at, name: there}))
            alike = y is not None and y.shape == up.shape
            return np.atleast_1d(up * y if alike else np.nan * up).reshape(-1)

        places = np.unique(np.linspace(0, start.size - 1, min(start.size, most)).astype(int))
        looked_at[name] = places
        there = tuple((n, np.asarray(v).tobytes()) for n, v in claim.at.items())
        known = claim.derived.setdefault((claim.f, there, name, through, up.tobytes()), {})
        for place in map(int, places):
            if place not in known:
                known[place] = _derived(weighed, start, place, claim.ahead)
        columns = [known[int(place)] for place in places]
        expected[name], error[name] = (np.array([c[i].sum() for c in columns]) for i in (0, 1))
        alike = np.shape(values) == np.shape(start)
        shown[name] = np.asarray(values, dtype=np.float64).reshape(-1)[places if alike else ...]
        if averaged and name in claim.averaged:
            n = claim.samples or len(up)
            expected[name], error[name] = expected[name] / n, error[name] / n
        twice = weighed(start), weighed(start)
        if not np.allclose(*twice, rtol=1e-9, atol=0, equal_nan=True):
            error[name] = np.full_like(error[name], np.inf)
    roughly = _EXACTLY if up.ndim else _OF_LOSS
    factor, limits, right, count = _voted(shown, expected, error, roughly)
    return Held(
        shown, expected, limits, factor, right, count, looked_at, up, error, through, averaged
    )  # fmt: skip


def _derived(
    outputs: Callable[[np.ndarray], np.ndarray], start: np.ndarray, place: int,
    ahead: Callable[..., None] | None,
) -> tuple[np.ndarray, np.ndarray]:  # fmt: skip
    def f(s: float) -> np.ndarray:
        moved = np.array(start)
        moved.reshape(-1)[place] += s
        return outputs(moved)

    step = max(0.25, float(np.abs(start.reshape(-1)[place])))
    spread = float(np.ptp(start))
    # what is made one by their mean and deviation changes within these
    return derivative(f, spread if 0 < spread < _ALIKE * step else step, ahead)


def _voted(
    given: Values, expected: Values, error: Values, roughly: float
) -> tuple[float, Values, Values, int]:
    fits = [n for n in given if given[n].shape == expected[n].shape]
    numbers, value, off = (np.concatenate([v[n] for n in fits]) for v in (given, expected, error))
    lost = np.full(numbers.shape, roughly * np.abs(numbers).max(initial=0.0))
    factor, agreed, right = voted(numbers, value, off, lost)
    ends = np.cumsum([len(given[n]) for n in fits])[:-1]
    by_name = dict(zip(fits, np.split(right, ends), strict=True))
    # one of another shape is wrong as a whole
    by_name = {n: by_name.get(n, np.zeros(expected[n].shape, dtype=bool)) for n in given}
    limits = {n: max(1.0, abs(factor)) * e + lost[0] for n, e in error.items()}
    count = int((agreed & (value != 0)).sum())
    return factor, limits, by_name, count
