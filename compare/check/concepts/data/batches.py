"""Mini-batches: samples and their targets, each once an epoch."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from compare.check.calling.functions import COLUMNS
from compare.check.calling.settings import settings_of
from compare.check.concept import Arrays, CallStyle, Concept, Form
from compare.check.i18n.text import Text
from compare.check.naming.network_parameters import needed, plain, role_of
from compare.check.naming.source_tree import docstring_of
from compare.check.probes.probe import constant, drawn
from compare.check.subject import Subject
from compare.language.message import message

_LAST_LEFT_OUT = Text("a last batch that is smaller is left out", "端数の最後のバッチは使わない")
_ONE_LIST = Text("samples and targets as one list of pairs", "サンプルと目標値の組のリスト")
_WITHOUT_TARGETS = Text("of samples without targets", "目標値のないサンプルだけ")
_SIZES = (
    "batchsize",
    "bs",
    "size",
    "minibatchsize",
    "batch",
    "b",
    "n",
    "bsize",
    "batchsz",
    "mbsize",
)
_METHODS = ("__iter__", "batches", "iter", "get_batches", "iterate", "epoch")
# drawn with replacement, a sample may come twice and another not at all
_DRAWN = re.compile(r"\b(choice|randint|integers|sample)\(")
_SAYS_ALL = re.compile(
    r"\b(every|each|all)( of the)? (samples?|examples?|rows?|data)( \w+){0,3} once\b|"
    r"\blast (mini-?)?batch (may|can|might|is|will)( be)? (smaller|shorter|partial)|"
    r"(全|すべての|全ての)(サンプル|データ)\w{0,3}(一度|1 ?度|一回|1 ?回|もれなく)|端数(も|を含)|"
    r"最後の(ミニ)?バッチ(は|が)小さ",
    re.IGNORECASE,
)
_SAYS_LESS = re.compile(
    r"\b(drop|leav|left|skip|discard|ignor|omit|except|without)|捨て|使わ(ない|ず)|除",
    re.IGNORECASE,
)


def _may_leave_out(s: Subject) -> bool:
    """Unless its own text says that every sample comes, or the last batch is a smaller one."""
    says = docstring_of(s.found.source)
    return not _SAYS_ALL.search(says) or bool(_SAYS_LESS.search(says))


def _samples(rng: np.random.Generator, sizes: Any) -> dict[str, Any]:
    """Each sample says which it is, and so does its target."""
    numbers = np.arange(float(sizes["N"]))
    return {
        "x": np.stack([numbers, -numbers], axis=1),
        "t": numbers.astype(int),
        "size": np.array(sizes["B"]),
    }


def _handed(s: Subject, a: Arrays) -> tuple[tuple[Any, ...], dict[str, Any]] | None:
    """Samples, targets and the size of a batch, by place or by name; None of others."""
    settings = {n: v for n, v in settings_of(s).items() if plain(n) not in _SIZES}
    handed: list[Any] = []
    named: dict[str, Any] = dict(settings)
    for p in s.found.parameters:
        name = plain(p.name)
        if name in _SIZES and not p.variadic:
            value: Any = int(a["size"])
        elif p.needed and p.name not in settings:
            value = a["t"] if role_of(p.name) == "d" or name in ("y", "ys") else a["x"]
        else:
            continue
        if p.required and not p.keyword_only:
            handed.append(value)
        else:
            named[p.name] = value
    both = [*handed, *named.values()]
    counts = (sum(each is a[n] for each in both) for n in ("x", "t"))
    sized = sum(
        type(each) is int and n not in settings
        for n, each in [*named.items(), *(("", h) for h in handed)]
    )
    return (tuple(handed), named) if [*counts, sized] == [1, 1, 1] else None


def _takes(kind: str) -> Any:
    numbers = {"x": np.zeros(1), "t": np.zeros(1), "size": np.array(1)}
    return lambda s: s.found.kind == kind and _handed(s, numbers) is not None


def _of_function(s: Subject, a: Arrays) -> Any:
    args, named = _handed(s, a) or ((), {})
    return _told(s, s.call(*args, **named), a)


def _of_columns(s: Subject, a: Arrays) -> Any:
    """The same of samples as columns, and targets in a row.   Raises TypeError, ValueError."""
    args, named = _handed(s, {**a, "x": a["x"].T, "t": a["t"][None]}) or ((), {})
    pairs = [tuple(map(np.asarray, pair)) for pair in s.call(*args, **named)]
    if any(len(pair) != 2 or pair[1].ndim != 2 for pair in pairs) or any(
        pair[1].shape[1] > int(a["size"]) for pair in pairs
    ):
        raise ValueError(message("pairs of samples and targets were expected"))
    return _told(s, [(x.T, t[0]) for x, t in pairs], a)


def _of_class(s: Subject, a: Arrays) -> Any:
    args, named = _handed(s, a) or ((), {})
    made = s.call(*args, **named)
    method = next((n for n in _METHODS if n in s.found.methods), "__iter__")
    batches = s.method(made, method)
    if "def __len__(" not in s.found.source or not isinstance(batches, (list, tuple)):
        return _told(s, batches, a)
    counted = int(s.method(made, "__len__"))
    samples = counted == len(a["t"])  # of samples, as a data set has it
    return _told(s, batches, a) | {"counted": float(samples or counted == len(batches))}


def _takes_pairs(s: Subject) -> bool:
    """Whether it has to be given samples and targets alone."""
    names = [p.name for p in needed(s.found.parameters) if p.name not in settings_of(s)]
    return s.found.kind == "function" and len(names) == 2 and not _takes("function")(s)


def _handed_alone(s: Subject, data: Any, size: int) -> dict[str, Any] | None:
    """A size, and one array or list that has all samples; None of others."""
    named, settings = {}, settings_of(s)
    for p in s.found.parameters:
        if plain(p.name) in _SIZES and not p.variadic:
            named[p.name] = size
        elif p.needed and p.name not in settings:
            named[p.name] = data
    fits = s.found.kind == "function" and [v is data for v in named.values()].count(True) == 1
    return {**settings, **named} if fits and len(named) == 2 else None


def _takes_alone(s: Subject) -> bool:
    return _handed_alone(s, [], 1) is not None


def _of_list(s: Subject, a: Arrays) -> Any:
    """Samples and targets as one list of pairs.   Raises TypeError, ValueError."""
    data = list(zip(a["x"], a["t"], strict=True))
    batches = s.call(**(_handed_alone(s, data, int(a["size"])) or {}))
    pairs = [[[np.asarray(pair[i]) for pair in batch] for i in (0, 1)] for batch in batches]
    return _told(s, [(np.reshape(x, (-1, 2)), np.reshape(t, -1)) for x, t in pairs], a)


def _of_samples(s: Subject, a: Arrays) -> Any:
    """Samples without targets.   Raises TypeError, ValueError."""
    batches = [np.asarray(x) for x in s.call(**(_handed_alone(s, a["x"], int(a["size"])) or {}))]
    return _told(s, [(x, x[:, 0]) for x in batches], a)


def _of_pairs(s: Subject, a: Arrays) -> Any:
    """All samples in another order, or parted in two, beside their targets.

    Raises TypeError, ValueError.
    """
    result = s.call(a["x"], a["t"], **settings_of(s))
    arrays = [v for v in result if isinstance(v, np.ndarray)] if isinstance(result, tuple) else []
    x, t = ([v for v in arrays if v.ndim == n and len(v)] for n in (2, 1))
    if len(arrays) not in (2, 4) or len(x) != len(t) or len(arrays) != len(result):
        raise ValueError(message("pairs of samples and targets were expected"))
    if np.array_equal(np.concatenate(t), a["t"]) and len(x) == 1:
        raise ValueError(message("another order was expected"))
    once = all(len(np.unique(each)) == len(each) for each in t)
    apart = not once or len(np.unique(np.concatenate(t))) == sum(map(len, t))
    told = _told(s, list(zip(x, t, strict=True)), a)
    return told if apart else {"paired": told["paired"], "apart": 0.0}


def _told(s: Subject, batches: Any, a: Arrays) -> Any:
    """Whether targets belong to their samples, and whether each sample comes once.

    Raises TypeError, ValueError.
    """
    alone = (
        isinstance(batches, (tuple, list)) and bool(batches) and isinstance(batches[0], np.ndarray)
    )
    pairs = [tuple(each) for each in ([batches] if alone else batches)]
    if not pairs or any(len(pair) != 2 for pair in pairs):
        raise ValueError(message("pairs of samples and targets were expected"))
    x, t = (np.concatenate([np.asarray(pair[i]) for pair in pairs]) for i in (0, 1))
    if x.ndim != 2 or x.shape[1] != 2 or t.shape != x.shape[:1] or not np.isin(x, a["x"]).all():
        raise ValueError(message("pairs of samples and targets were expected"))
    told = {
        "paired": float(np.array_equal(x[:, 0], t) and np.array_equal(x[:, 1], -x[:, 0])),
        "filled": float(all(len(pair[1]) for pair in pairs)),
    }
    whole = not (alone and len(t) < len(a["t"]) or _DRAWN.search(s.found.source))
    return told | ({"complete": np.array(_share(x[:, 0], a))} if whole else {})


def _share(seen: np.ndarray, a: Arrays) -> float:
    """1 where each sample comes once, 1/2 where only a last and smaller batch is missing, or 0."""
    count, size = len(a["t"]), int(a["size"])
    once = len(np.unique(seen)) == len(seen)
    return {count - count % size: 0.5, count: 1.0}.get(len(seen), 0.0) if once else 0.0


def _form(
    paired: float,
    complete: Sequence[float],
    cause: str = "",
    convention: Text | None = None,
    takes: Callable[[Subject], bool] = lambda s: True,
    counted: Sequence[float] = (1.0, 1.0),
    apart: float = 1.0,
    filled: Sequence[float] = (1.0, 1.0),
) -> Form:
    """Two numbers: where the size divides the number of samples, and where it does not."""

    def formula(a: Any) -> Any:
        uneven = len(a["t"]) % int(a["size"]) > 0
        numbers = {
            "paired": paired,
            "complete": complete[uneven],
            "counted": counted[uneven],
            "apart": apart,
            "filled": filled[uneven],
        }
        return {name: constant(np.array(v)) for name, v in numbers.items()}

    return Form(formula, cause, convention, takes=takes)


def _forms() -> Iterator[Form]:
    all_of_them, but_for_the_last = (1.0, 1.0), (1.0, 0.5)
    yield _form(1.0, all_of_them)
    yield _form(1.0, but_for_the_last, convention=_LAST_LEFT_OUT, takes=_may_leave_out)
    yield _form(1.0, but_for_the_last, "last_batch_left_out")
    for way in (all_of_them, but_for_the_last):
        for counted in ((1.0, 0.0), (0.0, 1.0), (0.0, 0.0)):
            yield _form(1.0, way, "batches_miscounted", counted=counted)
        for filled in ((0.0, 1.0), (1.0, 0.0), (0.0, 0.0)):
            yield _form(1.0, way, "batch_empty", filled=filled)
    for way in (all_of_them, but_for_the_last, (0.0, 0.0)):
        yield _form(0.0, way, "batches_mismatched")
    yield _form(1.0, (math.nan, math.nan), "parts_overlap", apart=0.0)
    for way in ((0.0, 0.0), (0.0, 1.0), (1.0, 0.0), (0.0, 0.5)):
        yield _form(1.0, way, "batches_leave_out")


NAME = "mini_batches"
CONCEPT = Concept(
    NAME,
    "§4",
    "each sample once an epoch, beside its own target",
    (NAME,),
    (
        drawn(f"{NAME}/even", {"N": 12, "B": 4}, _samples),
        drawn(f"{NAME}/uneven", {"N": 11, "B": 3}, _samples),
    ),
    (CallStyle(_of_function, takes=_takes("function")),
     CallStyle(_of_columns, convention=COLUMNS, takes=_takes("function")),
     CallStyle(_of_class, takes=_takes("class")),
     CallStyle(_of_list, _ONE_LIST, _takes_alone),
     CallStyle(_of_samples, _WITHOUT_TARGETS, _takes_alone),
     CallStyle(_of_pairs, takes=_takes_pairs)),
    tuple(_forms()),
    like=lambda d: d.kind == "class" and "def __iter__(" in d.source,
    only_explained=True,
    telling=("batches_mismatched", "parts_overlap"),
)  # fmt: skip
