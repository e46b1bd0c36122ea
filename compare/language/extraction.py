"""Which strings of the program are messages, for Babel; and which are said without being one."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

# functions whose first text is a message; of ngettext it is two
MESSAGES = {"_", "message"}
_OF_MANY = {"ngettext", "plural"}
# in a stranger's process, where compare.language is not to be had
_OF_THE_WORKER = {"line", "Refused", "refusal", "refused", "missing", "report"}
# what click shows of a command and its options, and what the tables say of what they list
TEXTS_OF = {"help", "short_help", "epilog"}
_COMMANDS = ("command",)  # a group has its help beside it


@dataclass(frozen=True)
class Said:
    """A message: where it stands, and what is said of one and of many."""

    place: int
    one: str
    many: str = ""


def messages(source: str) -> list[Said]:
    """Every message of a file, in its order."""
    return _messages(ast.walk(ast.parse(source)))


def _messages(nodes: Iterable[ast.AST]) -> list[Said]:
    found = [m for node in nodes for m in _of_node(node)]
    return sorted((m for m in found if _has_words(m.one)), key=lambda m: m.place)


def babel(fileobj: Any, keywords: Any, tags: Any, options: Any) -> Iterator[tuple[Any, ...]]:
    """The same as Babel asks for it (``babel.cfg``)."""
    for said in messages(fileobj.read().decode("utf-8")):
        text: Any = (said.one, said.many) if said.many else said.one
        yield said.place, "ngettext" if said.many else "_", text, []


def _has_words(text: str) -> bool:
    # {line} ({place}) is the same in every language, but for its brackets
    return any(c.isalpha() for c in re.sub(r"{[^{}]*}", "", text)) or "(" in text


def _of_node(node: ast.AST) -> Iterator[Said]:
    if isinstance(node, ast.Call):
        yield from _of_call(node)
    elif isinstance(node, ast.Dict):  # a line as JSON
        pairs = zip(node.keys, node.values, strict=True)
        texts = (_text(value) for key, value in pairs if key and _text(key) == "text")
        yield from (Said(node.lineno, text) for text in texts if text)
    elif isinstance(node, ast.FunctionDef) and any(map(_is_command, node.decorator_list)):
        for paragraph in paragraphs(ast.get_docstring(node) or ""):
            yield Said(node.lineno, paragraph)


def paragraphs(text: str) -> list[str]:
    """The paragraphs of a help text, each in one line: it is wrapped where it is shown."""
    return [" ".join(part.split()) for part in text.split("\n\n") if part.strip()]


def _of_call(node: ast.Call) -> Iterator[Said]:
    name = getattr(node.func, "attr", getattr(node.func, "id", ""))
    texts = [text for argument in node.args[:3] if (text := _text(argument))]
    if name in _OF_MANY and len(texts) == 2:
        yield Said(node.lineno, *texts)
    elif texts and name in MESSAGES | _OF_THE_WORKER:
        yield Said(node.lineno, texts[0])
    for keyword in node.keywords:
        if keyword.arg in TEXTS_OF and (text := _text(keyword.value)):
            yield Said(keyword.value.lineno, text)


def _text(node: ast.expr) -> str:
    is_text = isinstance(node, ast.Constant) and isinstance(node.value, str)
    return str(getattr(node, "value", "")) if is_text else ""


def _is_command(decorator: ast.expr) -> bool:
    call = decorator.func if isinstance(decorator, ast.Call) else decorator
    return getattr(call, "attr", "") in _COMMANDS


# what is raised for programmers; but where somebody's own code is called it is told
_RAISED = {"KeyError", "TypeError", "ValueError", "RuntimeError", "OSError", "FileExistsError"}
# Text has both languages; the others say nothing
_NOT_SAID = {"AssertionError", "UnpicklingError", "Path", "Text", "compile", "split"}
_SENTENCE = re.compile(r"[A-Za-z]{2,},? [a-z]{2,}")


def unsaid(source: str, raised: bool = False) -> list[Said]:
    """Sentences of a file that are no messages, and would be said in English alone.

    ``raised``: with those of exceptions that elsewhere only programmers see.
    """
    nodes = [*ast.walk(ast.parse(source))]
    silent = _NOT_SAID if raised else _NOT_SAID | _RAISED
    skipped = {id(n) for node in nodes for n in _skipped(node, silent)}
    meant = {text for m in _messages(nodes) for text in (m.one, m.many)}
    found = [
        Said(getattr(node, "lineno", 0), text)
        for node in nodes
        if id(node) not in skipped and (text := _whole(node)) and _SENTENCE.search(text)
    ]
    return sorted((s for s in found if s.one not in meant), key=lambda said: said.place)


def _whole(node: ast.AST) -> str:
    """The text of a string; of one with values, a brace for each."""
    if isinstance(node, ast.JoinedStr):
        return "".join(_text(part) or "{}" for part in node.values)
    return _text(node) if isinstance(node, ast.Constant) else ""


def _skipped(node: ast.AST, silent: set[str]) -> Iterator[ast.AST]:
    """Docstrings, parts of strings with values, and what is in calls that say nothing."""
    if isinstance(node, ast.Module | ast.FunctionDef | ast.ClassDef) and ast.get_docstring(node):
        yield from ast.walk(node.body[0])
    elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        yield node.value
    elif isinstance(node, ast.JoinedStr):
        yield from (part for part in node.values if isinstance(part, ast.Constant))
    elif isinstance(node, ast.Call):
        name = getattr(node.func, "attr", getattr(node.func, "id", ""))
        if name in silent:
            # "relu sigmoid tanh".split() as well
            said = [
                *node.args,
                *([node.func.value] if isinstance(node.func, ast.Attribute) else []),
            ]
            yield from (n for argument in said for n in ast.walk(argument))
