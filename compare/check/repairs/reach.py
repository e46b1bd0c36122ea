"""Which functions of a submission make a result: those that are called, one through another."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence

from compare.check.naming.source_tree import called_by, tree_of
from compare.sandbox.interface import Definition, Inventory


def reached(inventory: Inventory, names: Sequence[str], but: Sequence[str] = ()) -> tuple[str, ...]:
    """Functions and methods, and those that they call, one through another, but for some.

    A class that is named stands for its methods, a method for that of any class that has it: its
    object may be kept in a list. What nothing names is called through a dict or list of the file.
    """
    texts = _texts(inventory)
    by_word = _by_word(inventory, texts)
    found: dict[str, None] = {}
    waiting = list(reversed(names))
    while waiting:
        each = waiting.pop()
        if each in texts and each not in found and each not in but:
            found[each] = None
            words = sorted(called_by(texts[each]) & by_word.keys())
            waiting += [n for word in reversed(words) for n in by_word[word]]
    return tuple(found)


def _texts(inventory: Inventory) -> dict[str, str]:
    """By name the text of each function, and of each method as ``Class.method``."""
    texts: dict[str, str] = {}
    for d in inventory.found:
        if d.kind == "function":
            texts[d.name] = d.source
        elif d.kind == "class":
            texts |= {f"{d.name}.{f.name}": ast.unparse(f) for f in functions_of(d)}
    return texts


def _by_word(inventory: Inventory, texts: Mapping[str, str]) -> dict[str, list[str]]:
    by_word: dict[str, list[str]] = {}
    for name in texts:
        owner, _, method = name.rpartition(".")
        for word in (owner, method) if owner else (name,):
            if word != "__init__":
                by_word.setdefault(word, []).append(name)
    named = {word for text in texts.values() for word in called_by(text)}
    unnamed = [d.name for d in inventory.found if d.kind == "function" and d.name not in named]
    values = (d.name for d in inventory.found if d.kind == "value")
    return dict.fromkeys(values, unnamed) | by_word


def functions_of(definition: Definition) -> list[ast.FunctionDef]:
    """The function that it is, or the methods that it has itself."""
    body: list[ast.stmt] = tree_of(definition.source).body[:1]
    if body and isinstance(body[0], ast.ClassDef):
        body = body[0].body
    return [node for node in body if isinstance(node, ast.FunctionDef)]


def bases_of(inventory: Inventory, definition: Definition) -> Iterator[Definition]:
    """A class, and those of the file that it inherits from."""
    yield definition
    for node in tree_of(definition.source).body[:1]:
        names = [b.id for b in getattr(node, "bases", ()) if isinstance(b, ast.Name)]
        for each in inventory.found:
            if each.name in names and each.name != definition.name and each.kind == "class":
                yield from bases_of(inventory, each)


def called_by_methods(inventory: Inventory, names: Sequence[str], but: str) -> tuple[str, ...]:
    """The functions of the file that some methods call, one through another.

    But for those that another method calls as well: with them its result would be another.
    """
    functions = {d.name for d in inventory.found if d.kind == "function"}
    others = reached(inventory, [but])
    mine = reached(inventory, names)
    return tuple(n for n in mine if n in functions and n not in others)


def methods_of(
    inventory: Inventory, definition: Definition, but: Sequence[str] = ()
) -> tuple[str, ...]:
    """``Class.method`` of each of its methods, inherited ones too, but for some."""
    found: dict[str, str] = {}
    for each in bases_of(inventory, definition):
        for function in functions_of(each):
            found.setdefault(function.name, f"{each.name}.{function.name}")
    return tuple(name for method, name in found.items() if method not in but)
