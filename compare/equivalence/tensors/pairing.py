"""Which tensor of one file is which of the other: by name, by a rule of renaming, by content."""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from compare.arithmetic.pieces import same_bits

SAMPLE = 1 << 12  # elements of each end by which equal ones are looked for
FEWEST = 2  # tensors that a rule of renaming has to explain, where their numbers do not


@dataclass(frozen=True)
class Pairing:
    """Pairs of names, and the names that only one side has.

    ``rules``: how names of the first become those of the second: what they begin with, and with
    what instead.
    """

    pairs: tuple[tuple[str, str], ...]
    only_first: tuple[str, ...]
    only_second: tuple[str, ...]
    rules: tuple[tuple[str, str], ...] = ()


def paired(
    first: Mapping[str, np.ndarray],
    second: Mapping[str, np.ndarray],
    renamed: Mapping[str, str] | None = None,
) -> Pairing:
    """Each name of the first with one of the second; ``renamed`` are rules that somebody gave."""
    given = tuple((renamed or {}).items())
    pairs = {a: b for a in first if (b := _by_rules(a, given)) in second}
    rules = list(given)
    for a, b in _of_equal_content(_without(first, pairs), _without(second, pairs.values())):
        pairs[a] = b
    learned = [_heads(a, b) for a, b in pairs.items() if a != b and b != _by_rules(a, given)]
    for seen, _n in Counter(learned).most_common():
        rules.append(seen)
        pairs |= _explained(seen, first, second, pairs)
    while rule := _rule_by_shapes(_without(first, pairs), _without(second, pairs.values())):
        rules.append(rule)
        pairs |= _explained(rule, first, second, pairs)
    taken = set(pairs.values())
    return Pairing(
        tuple((a, pairs[a]) for a in first if a in pairs),
        tuple(a for a in first if a not in pairs),
        tuple(b for b in second if b not in taken),
        tuple(dict.fromkeys(rules)),
    )


def _without(arrays: Mapping[str, np.ndarray], names: object) -> dict[str, np.ndarray]:
    taken = set(names)  # type: ignore[call-overload]
    return {name: array for name, array in arrays.items() if name not in taken}


def _by_rules(name: str, rules: tuple[tuple[str, str], ...]) -> str:
    for old, new in rules:
        if name.startswith(old):
            return new + name.removeprefix(old)
    return name


def _of_equal_content(
    first: Mapping[str, np.ndarray], second: Mapping[str, np.ndarray]
) -> Iterator[tuple[str, str]]:
    """Those with the same bits, where no other has them, too: zeros are like many zeros."""
    ours, theirs = _by_content(first), _by_content(second)
    for content, names in ours.items():
        others = theirs.get(content, [])
        if len(names) == len(others) == 1 and same_bits(first[names[0]], second[others[0]]):
            yield names[0], others[0]


def _by_content(arrays: Mapping[str, np.ndarray]) -> dict[str, list[str]]:
    groups = defaultdict(list)
    for name, array in arrays.items():
        if array.size:
            groups[_fingerprint(array)].append(name)
    return groups


def _fingerprint(array: np.ndarray) -> str:
    ends = (array.flat[:SAMPLE], array.flat[max(0, array.size - SAMPLE) :])
    digest = hashlib.sha256(repr((array.shape, array.dtype)).encode())
    for end in ends:
        digest.update(np.ascontiguousarray(end).tobytes())
    return digest.hexdigest()


def _heads(a: str, b: str) -> tuple[str, str]:
    """What two names begin with, up to the parts at their end that they share."""
    ours, theirs = a.split("."), b.split(".")
    while ours and theirs and ours[-1] == theirs[-1]:
        ours.pop()
        theirs.pop()
    return _head(ours, a), _head(theirs, b)


def _head(parts: list[str], name: str) -> str:
    head = ".".join(parts)
    return f"{head}." if head and head != name else head


def _explained(
    rule: tuple[str, str],
    first: Mapping[str, np.ndarray],
    second: Mapping[str, np.ndarray],
    pairs: Mapping[str, str],
) -> dict[str, str]:
    left, free = _without(first, pairs), _without(second, pairs.values())
    old, new = rule
    made = {a: new + a.removeprefix(old) for a in left if a.startswith(old)}
    return {a: b for a, b in made.items() if b in free}


def _rule_by_shapes(
    first: Mapping[str, np.ndarray], second: Mapping[str, np.ndarray]
) -> tuple[str, str] | None:
    """The rule that explains the most names of equal shapes; None where none explains a few."""
    by_end = defaultdict(list)
    for b in second:
        by_end[b.rsplit(".", 1)[-1], second[b].shape].append(b)
    counted = Counter(
        _heads(a, b) for a in first for b in by_end[a.rsplit(".", 1)[-1], first[a].shape]
    )
    best = max(counted, key=lambda rule: (counted[rule], -len(rule[0])), default=None)
    if best is None or counted[best] < FEWEST:
        return None
    return best
