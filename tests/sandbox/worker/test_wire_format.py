"""What comes through the pipes may be anything: it is a value of the protocol, or Broken."""

import random

import numpy as np
import pytest

from compare.sandbox.decode_reply import answer_of, inventory_of
from compare.sandbox.interface import clean
from compare.sandbox.worker import wire_format
from compare.sandbox.worker.wire_format import Broken, Reader, Refused, Writer
from compare.sandbox.worker_process import Reply


def refuse(value):
    raise Refused(type(value).__name__)


def there_and_back(value):
    writer = Writer(refuse)
    whole = b"".join(wire_format.parts({"value": writer.node(value)}, writer.blobs))
    head, body = wire_format.LENGTHS.unpack_from(whole)
    start = wire_format.LENGTHS.size
    assert len(whole) == start + head + body
    node = wire_format.header(whole[start : start + head])["value"]
    return Reader(whole[start + head :], refuse).value(node)


def test_a_value_comes_back_bit_for_bit():
    a = np.random.default_rng(0).standard_normal((3, 4))
    back = there_and_back({"a": [a, a.T], (1, None): (np.float16(0.1), 1 - 0j, "ä\n\0", -0.0)})
    assert back["a"][0].tobytes() == a.tobytes() and back["a"][1].flags.f_contiguous
    assert repr(back[(1, None)]) == repr((np.float16(0.1), 1 - 0j, "ä\n\0", -0.0))
    assert back["a"][0].flags.writeable and back["a"][0].base is None


@pytest.mark.parametrize(
    "node",
    [
        {"array": ["<f8", [2], "C", 8]},
        {"array": ["<f8", [-1], "C", 8]},
        {"array": ["<f8", [True], "C", 8]},
        {"array": ["<f8", [1.0], "C", 8]},
        {"array": ["<f8", [0] * 40, "C", 0]},
        {"array": ["<f8", [0, 2**62, 2**62], "C", 0]},
        {"array": ["<f8", [0, 2**39, 2**39], "C", 0]},
        {"array": ["<f8", [1], "A", 8]},
        {"array": ["<f8", [1], "C", -8]},
        {"array": ["O", [1], "C", 8]},
        {"array": ["<f8,<f8", [1], "C", 16]},
        {"array": ["<U2", [1], "C", 8]},
        {"array": ["f99", [1], "C", 99]},
        {"array": ["<M8", [1], "C", 8]},
        {"array": [{"names": []}, [1], "C", 8]},
        {"array": ["<f8", None, "C", 8]},
        {"array": ["<f8", [1], ["C"], 8]},
        {"array": []},
        {"scalar": ["<f8", [1], "C", 16]},
        {"list": 3},
        {"dict": [[1]]},
        {"dict": [1]},
        {"dict": [[{"list": []}, 1]]},
        {"dict": [[i * (2**61 - 1), 0] for i in range(5000)]},
        {"complex": [1, 2]},
        {"complex": [1.0]},
        {"handle": ["1", "x"]},
        {"handle": [True, "x"]},
        {"other": []},
        {"list": [], "tuple": []},
        [],
        {},
    ],
    ids=lambda node: repr(node)[:40],
)
def test_a_node_that_is_none_is_broken(node):
    with pytest.raises(Broken):
        Reader(bytes(8), lambda number, name: None).value(node)


def test_a_byte_that_is_no_bool_becomes_one():
    value = Reader(bytes([0, 1, 2, 255]), refuse).value({"array": ["|b1", [4], "C", 4]})
    assert value.tobytes() == bytes([0, 1, 1, 1])


@pytest.mark.parametrize(
    "data",
    [b"", b"[]", b"{", b"{}x", b'{"a": 1} ', b"\xff", b"[" * 10**5, b'{"a":' * 10**5, b"nul",
     b'{"a": ' + b"9" * 5000 + b"}"],
    ids=lambda data: repr(data)[:20],
)  # fmt: skip
def test_a_header_that_is_none_is_broken(data):
    with pytest.raises(Broken):
        wire_format.header(data)


def mangled(chance, node):
    """The node with one part of it replaced by something else."""
    odd = [None, True, -1, 2**70, 1.5, "x", [], {}, {"list": [1]}, {"handle": [1, "x"]}, [[0, 1]]]
    if isinstance(node, dict) and node and chance.random() < 0.8:
        key = chance.choice(list(node))
        return {**node, key: mangled(chance, node[key])}
    if isinstance(node, list) and node and chance.random() < 0.8:
        at = chance.randrange(len(node))
        return [*node[:at], mangled(chance, node[at]), *node[at + 1 :]]
    return chance.choice(odd)


def test_whatever_a_worker_says_is_an_answer_or_broken():
    chance = random.Random(0)
    entry = {"kind": "class", "name": "A", "line": 1, "doc": "d", "source": "s", "file": "f",
             "methods": {"m": [{"name": "x", "required": True}]}, "parameters": []}  # fmt: skip
    good = {"value": {"array": ["<f8", [1], "C", 8]}, "changed": [[0, {"list": [1, "a"]}]],
            "warnings": ["w"], "seconds": 0.1, "found": [entry], "failures": ["f"], "lost": ["l"],
            "notes": []}  # fmt: skip
    answer_of(Reply(good, bytes(8), ""), (1,), lambda n, t: None)
    inventory_of(Reply(good, b"", ""), ())
    broken = 0
    for _ in range(3000):
        reply = Reply(mangled(chance, good), bytes(8), "")
        if not isinstance(reply.header, dict):
            continue
        try:
            answer_of(reply, (1,), lambda n, t: None)
            inventory_of(reply, ())
        except Broken:
            broken += 1
    assert broken > 1000


def test_nothing_that_steers_a_terminal_is_shown():
    assert (
        clean("a\x1b[31mb\r\x07\u202ec\nd\t\x9b") == r"a\x1b[31mb\r\x07\u202ec" + "\nd\t" + r"\x9b"
    )


def test_what_cannot_be_sent_is_refused():
    loop = []
    loop.append(loop)
    for value in (loop, np.array([None]), np.zeros(1, "f8,f8"), 1 << 5000, list(range(300_000)),
                  dict.fromkeys(range(3000)), np.datetime64(0, "s"), {1, 2}, b"x"):  # fmt: skip
        with pytest.raises(Refused):
            there_and_back(value)
