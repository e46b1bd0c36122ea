"""A function beside the one that torch has by its name: which that is, and how both are called."""

from __future__ import annotations

import ast
import inspect
import re
import warnings
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache, partial
from itertools import islice, product
from typing import Any

import numpy as np

from compare.check.calling.own_derivative.claim import real
from compare.check.calling.own_derivative.functions import values_of
from compare.check.fitting.own_derivatives.gradient import Gradient
from compare.check.naming.grammar import Affix, affix_of, meaning, words
from compare.check.naming.network_parameters import needed, plain
from compare.check.subject import Subject
from compare.sandbox.interface import Definition, Ending, Failed, Parameter
from compare.system.torch_settings import loaded

OF_TORCH = "function.other"  # of the concept
NOTE = "unjudged"  # of what a subject has made: why it is not judged beside torch
_DIGITS = 2.0**-42  # of the largest number: ten of 52 bits, which other steps may lose
_MOST_KINDS, _MOST_WORDS = 20, 6
_STEM = 5  # letters
_SIZES = ("N", "K", "N K", "size")
_LEFT_OUT = ("inplace", "out", "size_average", "reduce")  # they say nothing of the numbers


@dataclass(frozen=True)
class Counterpart:
    """A function of torch, with the settings that its signature or its first line names."""

    name: str
    function: Callable[..., Any]
    settings: Mapping[str, Any]
    arrays: int  # at most, that it takes before them


@dataclass(frozen=True)
class Variant:
    """How torch's is called: with which of its settings, in which order of arrays."""

    settings: Mapping[str, Any] = field(default_factory=dict)
    order: tuple[int, ...] = ()
    of_logarithm: bool = False

    @property
    def said(self) -> str:
        """What is other than usual."""
        return ", ".join(f"{n}={v!r}" for n, v in self.settings.items())


def counterpart(definition: Definition) -> Counterpart | None:
    """What torch has by its name, if that is the name of no concept of the course."""
    if definition.kind != "function" or meaning(definition.name) is not None:
        return None
    return _of_name(definition.name) or _with_a_setting(definition.name)


def _of_name(name: str) -> Counterpart | None:
    for spelled in _spellings(name):
        for prefix, functions in _functions():
            if spelled in functions:
                own, function = functions[spelled]
                settings, arrays = _parameters(function)
                return Counterpart(f"{prefix}.{own}", function, settings, arrays)
    return None


def _with_a_setting(name: str) -> Counterpart | None:
    """Torch's, with the setting that one word of a name says: gelu_tanh, smoothed_cross_entropy."""
    said = words(name)
    for word in said if len(said) > 1 else ():
        of = _of_name("_".join(w for w in said if w != word)) if affix_of(word) is None else None
        if of is not None and (found := _set_to(of, word)):
            return found
    return None


def _set_to(of: Counterpart, word: str) -> Counterpart | None:
    for setting, default in of.settings.items():
        if isinstance(default, str) and word != default and word in _words_for(setting):
            function = partial(of.function, **{setting: word})
            rest = {n: d for n, d in of.settings.items() if n != setting}
            return Counterpart(f"{of.name}(..., {setting}={word!r})", function, rest, of.arrays)
        if type(default) is float and any(_is_akin(word, other) for other in words(setting)):
            left = {setting, *(n for n in of.settings if n not in numeric(of))}
            return replace(of, settings={n: d for n, d in of.settings.items() if n in left})
    return None


def _is_akin(word: str, other: str) -> bool:
    """Whether two words have a stem in common: smoothed and smoothing."""
    return word[:_STEM] == other[:_STEM] and min(len(word), len(other)) >= _STEM


def _spellings(name: str) -> Iterator[str]:
    said = words(name)
    telling = [w for w in said if affix_of(w) not in (Affix.NOTHING, Affix.FORWARD)]
    bare = [w for w in telling if affix_of(w) is not Affix.LOSS]
    if not bare or any(affix_of(w) is Affix.DERIVATIVE for w in telling):
        return
    yield from dict.fromkeys(
        "".join(each) for each in (said, telling, bare, [*bare, "loss"], [*bare, "error"])
    )


@lru_cache(maxsize=1)
def _functions() -> tuple[tuple[str, Mapping[str, tuple[str, Callable[..., Any]]]], ...]:
    """Those of torch.nn.functional, then those that tensors have as methods too, by their names."""
    torch = loaded()
    functional = torch.nn.functional
    own: dict[str, tuple[str, Callable[..., Any]]] = {}
    also: dict[str, tuple[str, Callable[..., Any]]] = {}
    for name in dir(functional):
        function = getattr(functional, name)
        if name.startswith("_") or name.endswith("_") or not _is_of_tensors(function):
            continue
        own[plain(name)] = name, function
        for other in re.findall(r"also\s+known\s+as\s+(?:the\s+)?(\w+)", function.__doc__ or ""):
            also[plain(other)] = name, function
    tensors = {
        plain(name): (name, getattr(torch, name))
        for name in dir(torch.Tensor)
        if not name.startswith("_")
        and not name.endswith("_")
        and inspect.isbuiltin(getattr(torch, name, None))
    }
    return ("torch.nn.functional", {**also, **own}), ("torch", tensors)


def _is_of_tensors(function: Any) -> bool:
    module = getattr(function, "__module__", "") or ""
    return callable(function) and not inspect.isclass(function) and not module.startswith("typing")


def _parameters(function: Callable[..., Any]) -> tuple[dict[str, Any], int]:
    """Settings with their defaults, and how many parameters stand before them."""
    try:
        signature = inspect.signature(function)
        given = [(p.name, p.default) for p in signature.parameters.values()]
    except ValueError:  # what is compiled says it in the first line of its text
        given = _in_text(function.__doc__ or "")
    arrays = [n for n, default in given if default is inspect.Parameter.empty]
    named = {n: d for n, d in given if d is not inspect.Parameter.empty and n[0] != "_"}
    return named, len(arrays)


def _in_text(text: str) -> list[tuple[str, Any]]:
    found = re.search(r"^\w+\((.*?)\)\s*->", text.strip(), re.MULTILINE)
    parameters = []
    for each in (found[1] if found else "input").split(","):
        name, equals, default = (part.strip() for part in each.partition("="))
        if name.isidentifier():
            parameters.append((name, _literal(default) if equals else inspect.Parameter.empty))
    return parameters


@lru_cache(maxsize=64)
def _words_for(setting: str) -> tuple[str, ...]:
    """The words that torch's texts quote where a function has that setting, the commonest first."""
    quoted: Counter[str] = Counter()
    for _, function in dict(_functions())["torch.nn.functional"].values():
        text = function.__doc__ or ""
        if re.search(rf"\b{setting}\b", text):
            quoted.update(set(re.findall(r"['\"](\w+)['\"]", text)))
    return tuple(word for word, _ in quoted.most_common(_MOST_WORDS))


def _literal(text: str) -> Any:
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError):
        return None


def variants(of: Counterpart, subject: Subject) -> Iterator[Variant]:
    """Its settings as they are, then its other words and flags; arrays in either order."""
    strings = {n: [d, *(w for w in _words_for(n) if w != d)] for n, d in of.settings.items()
               if isinstance(d, str)}  # fmt: skip
    flags = [n for n, d in of.settings.items() if isinstance(d, bool) and n not in _LEFT_OUT]
    count = len(needed(subject.found.parameters))
    orders = [(0, 1), (1, 0)] if count == 2 else [tuple(range(count))]
    for words_ in product(*strings.values()):
        chosen = {n: w for n, w in zip(strings, words_, strict=True) if w != of.settings[n]}
        for flag in [None, *flags]:
            settings = chosen | ({flag: not of.settings[flag]} if flag else {})
            for order in orders:
                yield Variant(settings, order)
                yield Variant(settings, order, of_logarithm=True)


def kinds(of: Counterpart, subject: Subject, pool: np.ndarray) -> list[dict[str, Any]]:
    """Arguments of each kind that it takes, with settings of both changed alike."""
    own = subject.found.parameters
    shared = [Parameter(p.name, False) for p in own if _setting_of(of, p.name)]
    made = values_of(own, shared, pool)
    return list(islice((v for v in made if _is_usable(v)), _MOST_KINDS))


def _is_usable(values: Mapping[str, Any]) -> bool:
    return isinstance(next(iter(values.values())), np.ndarray)


def _setting_of(of: Counterpart, name: str) -> str:
    return next((n for n in of.settings if plain(n) == plain(name)), "")


def of_torch(
    of: Counterpart, variant: Variant, subject: Subject, values: Mapping[str, Any]
) -> np.ndarray | None:
    """What torch's gives; None where it does not take them, or draws random numbers."""
    torch = loaded()
    names = [p.name for p in needed(subject.found.parameters)]
    arrays = [values[n] for n in names if n in values]
    if sorted(variant.order) == list(range(len(arrays))):
        arrays = [arrays[i] for i in variant.order]
    if variant.of_logarithm:
        first = np.asarray(arrays[0])
        if first.dtype.kind != "f" or (first <= 0).any():
            return None
        arrays[0] = np.log(first)
    given = [torch.as_tensor(np.copy(a)) if isinstance(a, np.ndarray) else a for a in arrays]
    settings = {**shared_settings(of, subject, values), **variant.settings}
    try:
        with warnings.catch_warnings(), torch.no_grad():
            warnings.simplefilter("ignore")
            results = [of.function(*given, **settings) for _ in range(2)]
    except Exception:  # whatever torch says of what it does not take
        return None
    if not all(isinstance(r, torch.Tensor) for r in results):
        return None
    one, other = (r.to(torch.float64).numpy() for r in results)
    return one if np.array_equal(one, other, equal_nan=True) else None


def shared_settings(of: Counterpart, subject: Subject, values: Mapping[str, Any]) -> dict[str, Any]:
    """Torch's settings that it has by the same name; of one left on each side, by another."""
    own = {p.name: values.get(p.name, p.default) for p in subject.found.parameters
           if not p.required and type(p.default) in (int, float)}  # fmt: skip
    by_name = {_setting_of(of, n): v for n, v in own.items() if _setting_of(of, n)}
    left = [v for n, v in own.items() if not _setting_of(of, n)]
    open_ = [n for n in numeric(of) if n not in by_name]
    return by_name | ({open_[0]: left[0]} if len(left) == len(open_) == 1 else {})


def numeric(of: Counterpart) -> list[str]:
    """The settings that are numbers."""
    return [n for n, d in of.settings.items() if type(d) in (int, float) and n not in _LEFT_OUT]


def unmatched(of: Counterpart, subject: Subject) -> list[str]:
    """Those of them that the submission's has not: constants in its code may stand for them."""
    matched = shared_settings(of, subject, {})
    return [n for n in numeric(of) if n not in matched and type(of.settings[n]) is float]


def mine(subject: Subject, values: Mapping[str, Any]) -> np.ndarray | None:
    """What the submission's gives; None where it does not take them, or draws random numbers.

    Raises Failed.
    """

    def arguments() -> dict[str, Any]:
        return {n: np.copy(v) if isinstance(v, np.ndarray) else v for n, v in values.items()}

    try:
        y, again = real(subject.call(**arguments())), real(subject.call(**arguments()))
    except Failed as failed:
        if failed.ending not in (Ending.RAISED, Ending.REFUSED):
            raise
        return None
    except (TypeError, ValueError):
        return None
    if y is None or again is None or not np.isfinite(y).all():
        return None
    return y if np.array_equal(y, again) else None


def side_by_side(
    pairs: Sequence[tuple[Mapping[str, Any], np.ndarray, np.ndarray]],
) -> list[Gradient]:
    """Values, mine and torch's as what is held against each other number by number."""
    found = []
    for values, one, other in pairs:
        limit = np.full(other.size, _DIGITS * np.abs(other).max(initial=1e-300))
        first = np.asarray(next(iter(values.values())))
        sizes = {"N": float(len(first)), "N K": float(first.size)} if first.ndim == 2 else {}
        places = np.arange(other.size)
        known = {**values, **sizes}
        found.append(
            Gradient(
                one, other.reshape(-1), limit, places, other.shape, np.ones(other.shape), known
            )
        )
    return found


def is_of_sizes(factor: str) -> bool:
    """Whether a factor is a sum for a mean, over the samples or all of them."""
    bare = factor.removeprefix("1/").strip("()")
    return bare in _SIZES
