"""Which function is called the derivative of which other: ``swish_prime`` of ``swish``."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from compare.check.naming.grammar import Affix, affix_of, words
from compare.check.naming.network_parameters import role_of
from compare.sandbox.interface import Definition

_SILENT = (Affix.NOTHING, Affix.FORWARD, Affix.LOSS, Affix.ACTIVATION)


@dataclass(frozen=True)
class Pair:
    """A function and what is called its derivative; ``word`` is what says so.

    ``certain``: whether that word is known to · ``of``: None where it is NumPy's own.
    """

    derivative: Definition
    name: str
    of: Definition | None
    word: str
    certain: bool

    @property
    def shares_settings(self) -> bool:
        """Whether both have a number with a default under one name, and no epsilon."""
        names = {p.name for p in self.derivative.parameters}
        given = self.of.parameters if self.of else ()
        return any(p.name in names and type(p.default) is float and p.default > 1e-3 for p in given)


def pairs(functions: Sequence[Definition]) -> Iterator[Pair]:
    """Functions that have the words of another one, or of a function of NumPy, and one more.

    Or the word of such a pair where the other one has another: elu_kansu and elu_bibun.
    """
    possible = [_of_one_more(g, functions) for g in functions]
    # of leaky_ramp_slope the word is the one that others have as well
    often = Counter(pair.word for each in possible for pair in each)
    found = [min(each, key=lambda p: (not p.certain, _distance(p, often[p.word])))
             for each in possible if each]  # fmt: skip
    yield from found
    yield from (pair for g in functions for pair in _of_one_class(g, functions))
    further = {pair.word for pair in found if not pair.certain}
    paired = {name for pair in found for name in (pair.derivative.name, pair.name)}
    for g in functions:
        word = next((w for w in _words(g.name) if w in further), None)
        if word is not None and g.name not in paired:
            rest = tuple(w for w in _words(g.name) if w != word)
            others = (f for f in functions if f is not g and word not in _words(f.name))
            of = next((f for f in others if _one_more(_words(f.name), rest)), None)
            if rest and of is not None:
                yield Pair(g, of.name, of, word, False)
        elif g.name not in paired and (variant := _of_variant(g, functions)):
            yield variant


def _of_variant(g: Definition, functions: Sequence[Definition]) -> Pair | None:
    """batchnorm_backward_alt, which goes back through batchnorm_forward as another one does."""
    said = _words(g.name)
    word = next((w for w in said if affix_of(w) is Affix.DERIVATIVE), None)
    rest = [w for w in said if w != word]
    of = [f for f in functions if f is not g and word not in words(f.name)
          and (own := [*_words(f.name)]) == rest[: len(own)]]  # fmt: skip
    if word is None or not of:
        return None
    nearest = max(of, key=lambda f: len(_words(f.name)))
    handed_back = any(role_of(p.name) == "dout" for p in g.parameters)
    return Pair(g, nearest.name, nearest, word, handed_back)


def _distance(pair: Pair, often: int) -> tuple[bool, int, int]:
    """A function of the file before NumPy's, by a word that many have, and the nearest."""
    lines = abs(pair.derivative.line - pair.of.line) if pair.of else 0
    return pair.of is None, -often, lines


def _of_one_class(g: Definition, functions: Sequence[Definition]) -> Iterator[Pair]:
    """Two static methods of a class, fn and delta: a loss, and what goes back from it."""
    holder, _, own = g.name.rpartition(".")
    others = [f for f in functions if f is not g and f.name.rpartition(".")[0] == holder]
    says = affix_of(own.lower()) is Affix.DERIVATIVE or role_of(own) == "dout"
    if holder and says and len(others) == 1:
        yield Pair(g, others[0].name, others[0], own, True)


def _of_one_more(g: Definition, functions: Sequence[Definition]) -> list[Pair]:
    """What a known word says, and what an unknown one may."""
    said = _words(g.name)
    # d_sigmoid_u(u) says by what, where another of its kind is of y
    by = {p.name for p in g.parameters} & {*said}
    without = tuple(word for word in said if word not in by) if len(said) > 2 else said
    of_words = {
        f.name: _one_more(said, _words(f.name)) or _one_more(words(g.name), words(f.name))
        or _one_more(without, _words(f.name))
        for f in functions if f is not g
    }  # fmt: skip
    possible = [
        Pair(g, f.name, f, word, affix_of(word) is Affix.DERIVATIVE)
        for f in functions
        if (word := of_words.get(f.name))
    ]
    return [*possible, *_of_numpy(g, without)]


def _words(name: str) -> tuple[str, ...]:
    return tuple(word for word in words(name) if affix_of(word) not in _SILENT) or words(name)


def _one_more(said: Sequence[str], of: Sequence[str]) -> str | None:
    """The one word that a name has beyond those of another: of dswish, d beyond swish."""
    left = Counter(said) - Counter(of)
    if not Counter(of) - Counter(said):
        return next(iter(left)) if left.total() == 1 else None
    if len(said) == 1 and said[0] == "d" + "".join(of):
        return "d"
    return None


def _of_numpy(g: Definition, said: Sequence[str]) -> Iterator[Pair]:
    """``tanh_prime`` where tanh is NumPy's, and ``darctan``."""
    if len(said) == 1 and said[0].startswith("d"):
        said = ("d", said[0][1:])
    for base in said if len(said) == 2 else ():
        function = getattr(np, base, None)
        word = next((w for w in said if w != base), "")
        if isinstance(function, np.ufunc) and function.nin == 1 and word:
            yield Pair(g, f"np.{base}", None, word, affix_of(word) is Affix.DERIVATIVE)
