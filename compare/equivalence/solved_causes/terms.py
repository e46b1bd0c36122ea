"""Causes by terms: yours is the reference's and some multiple of arrays that both have."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import combinations

import numpy as np

from compare.equivalence.solved_causes.by_numbers import (
    DIGITS,
    in_known_digits,
    precision,
    same_numbers,
)
from compare.language.message import Message, message

LEAST = 4  # elements, beyond which a coefficient does not fit everything
MOST = 12  # arrays, of which every two are tried
LEFT = 2.0**-16  # of what differs
SAMPLED = 4096  # elements
PLAIN = 1e4  # times a coefficient's rounding, below which it is as good as 0

Known = Mapping[str, np.ndarray]


def other_terms(mine: np.ndarray, reference: np.ndarray, known: Known) -> Message | str:
    """Of which arrays there is more or less in yours; "" where none explains every digit.

    known: what both were given, and what both have alike before.
    """
    if mine.size < LEAST:
        return ""
    known = {**known, **_rows(known, mine.shape)}
    shaped = [(k, v) for k, v in _broadcast(known, mine.shape) if not same_numbers(v, reference)]
    for name, term in shaped:
        (coefficient,) = _solved([term], mine - reference)
        if coefficient and _explains(reference + coefficient * term, mine, reference):
            return _one_term(name, coefficient)
    whole = {k: v for k, v in shaped if known[k].shape == mine.shape}
    for names in _groups(list(whole)):
        terms = [reference, *(whole[name] for name in names)]
        factor, *rest = _solved(terms, mine)
        sums = sum(c * term for c, term in zip((factor, *rest), terms, strict=True))
        if factor and any(rest) and _explains(np.asarray(sums), mine, reference):
            return _combination(factor, dict(zip(names, rest, strict=True)))
    return ""


def _rows(known: Known, shape: tuple[int, ...]) -> dict[str, np.ndarray]:
    """Of several arrays in one of them, as of the steps of a sequence."""
    return {
        f"{name}[{k}]": row
        for name, array in known.items()
        if array.shape[1:] == shape and len(array) <= MOST
        for k, row in enumerate(array)
    }


def _explains(values: np.ndarray, mine: np.ndarray, reference: np.ndarray) -> bool:
    """Whether they are mine, and not merely as near as the reference is."""
    left, apart = np.abs(mine - values).max(), np.abs(mine - reference).max()
    return same_numbers(mine, values) and bool(left <= LEFT * apart)


def _broadcast(known: Known, shape: tuple[int, ...]) -> Iterator[tuple[str, np.ndarray]]:
    """Each in that shape: a bias along whichever axis is as long."""
    for name, value in known.items():
        if value.size < 2 or value.dtype.kind != "f" or not np.isfinite(value).all():
            continue
        wide = value.astype(np.float64, copy=False)
        axes = [k for k, n in enumerate(shape) if value.shape == (n,)]
        forms = [wide.reshape([-1 if k == axis else 1 for k in range(len(shape))]) for axis in axes]
        for form in forms or [wide]:
            try:
                yield name, np.broadcast_to(form, shape)
            except ValueError:  # of another shape, which is no term
                continue


def _groups(names: list[str]) -> Iterator[tuple[str, ...]]:
    """One array, and the latest first; then two."""
    names = names[::-1][:MOST]
    yield from ((name,) for name in names)
    yield from combinations(names, 2)


def _solved(terms: list[np.ndarray], total: np.ndarray) -> list[float]:
    """Coefficients, of which those that rounding leaves are 0."""
    some = slice(None, None, max(1, total.size // SAMPLED))  # what they give is held against all
    columns = np.stack([t.ravel()[some] for t in terms], 1)
    sizes = np.linalg.norm(columns, axis=0)
    if len(columns) < 2 * len(terms) + 2 or not np.all(sizes):
        return [0.0] * len(terms)
    # as columns of length 1, since a weight and its step are of different sizes
    scaled, _, rank, _ = np.linalg.lstsq(columns / sizes, total.ravel()[some], rcond=DIGITS)
    if rank < len(terms):
        return [0.0] * len(terms)
    least = PLAIN * 2.0**-52 * np.abs(scaled).max()
    return [
        float(c / size) if abs(c) > least else 0.0 for c, size in zip(scaled, sizes, strict=True)
    ]


def _one_term(name: str, coefficient: float) -> Message:
    if abs(coefficient + 1) < precision():
        return message("a term left out: yours is the reference's without {name}", name=name)
    if abs(coefficient - 1) < precision():
        return message("a term too much: yours is the reference's and {name}", name=name)
    return message(
        "another term: yours is the reference's and {coefficient:.8g} times {name}",
        coefficient=in_known_digits(coefficient),
        name=name,
    )


def _combination(factor: float, terms: Mapping[str, float]) -> Message | str:
    ((name, coefficient), *others) = terms.items()
    if not others and abs(factor + coefficient - 1) < precision():
        return message(
            "another step: from {name}, yours goes {factor:.8g} times as far as the reference's",
            name=name,
            factor=in_known_digits(factor),
        )
    return message(
        "other terms: yours is {factor:.8g} times the reference's and {terms}",
        factor=in_known_digits(factor),
        terms=" + ".join(f"{in_known_digits(c):.8g} {name}" for name, c in terms.items() if c),
    )
