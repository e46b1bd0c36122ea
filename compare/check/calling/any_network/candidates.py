"""What may be a network of any structure, or its forward pass."""

from __future__ import annotations

import re
from collections.abc import Iterator

from compare.check.calling.any_network.functions import holders_of
from compare.check.calling.networks.source_names import global_names, zeroing
from compare.check.naming.network_parts import Part, part_of, speaks_of_loss
from compare.check.naming.source_tree import called_by
from compare.sandbox.interface import Definition, Inventory


def candidates(inventory: Inventory, known: set[str]) -> Iterator[Definition]:
    """Classes with several methods, or a loss; functions that pass forward, or have a loss."""
    left = [d for d in inventory.found if d.name not in known]
    classes = [d for d in left if d.kind == "class"]
    yield from (d for d in classes if len(d.methods) > 1 or any(map(speaks_of_loss, d.methods)))
    functions = [d for d in left if d.kind == "function" and d.parameters]
    called_so = [d for d in functions if part_of(d.name) in (Part.FORWARD, Part.PREDICT)]
    called_so += [d for d in functions if speaks_of_loss(d.name) and len(d.parameters) > 2]
    yield from called_so
    values = {d.name for d in inventory.found if d.kind == "value"}
    read = (d for d in functions if d not in called_so and values & {*global_names(d.source)})
    held = {d.name: h for d in functions if d not in called_so and (h := holders_of(inventory, d))}
    # of several that call one another the whole one first
    whole = sorted((d for d in functions if d.name in held), key=lambda d: -held[d.name].depth)
    yield from whole
    yield from (d for d in read if d.name not in held)


_CLASSES = re.compile(r"argmax|[<>]=? *0(\.|\b)|def \w*numer")


def classifies(inventory: Inventory, name: str, code: str) -> bool:
    """Whether a network's code, or a function that calls it, has classes of outputs, differences,
    or sets something to 0."""
    functions = (d.source for d in inventory.functions)
    texts = [code, *(text for text in functions if name in called_by(text))]
    return any(_CLASSES.search(text) or zeroing(text) for text in texts)
