"""A stranger's code in a process of its own: arrays in, arrays out, nothing trusted.

    with Sandbox(Source.of("net.py"), Limits()) as box:
        box.inventory.found
        box.call("softmax", u).value

See docs/sandbox.md for what it defends against, and what it does not.
"""

from compare.sandbox.in_process import InProcess
from compare.sandbox.interface import (
    Answer,
    Box,
    Definition,
    Ending,
    Failed,
    Handle,
    Inventory,
    Limits,
    Parameter,
)
from compare.sandbox.sandbox import Sandbox
from compare.sandbox.submission_files import Source
from compare.sandbox.unreadable import Unreadable

__all__ = [
    "Answer",
    "Box",
    "Ending",
    "Failed",
    "Definition",
    "Handle",
    "Inventory",
    "Limits",
    "InProcess",
    "Parameter",
    "Sandbox",
    "Source",
    "Unreadable",
]
