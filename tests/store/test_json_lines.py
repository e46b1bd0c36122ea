"""A line of a record carries its own check."""

import numpy as np

import compare
from compare.core.trace import Trace
from compare.engine.digest import Digest
from compare.store import reader
from compare.store.json_lines import is_whole


def digests(*arrays):
    digest = Digest()
    for t, array in enumerate(arrays, start=1):
        digest.update(Trace({"y": array, "z": np.ones(2)}, step=t))
    return digest.by_quantity()


def test_every_line_of_the_record_has_the_bits_of_both_sides(whole_run):
    again = compare.run("affine", dtype="float64")["affine"]
    record = reader.load(whole_run).results[again.id]
    assert record["digests"] == again.digests
    assert set(record["digests"]) == {"yours", "torch"}
    named = {row["name"]: row["bits"] for row in record["quantities"]}
    assert named["u"]["yours"] == again.bits["yours"]["u"]


def test_one_changed_character_of_a_line_is_seen(directory):
    line = (directory / "results.jsonl").read_text().splitlines()[0]
    assert is_whole(line)
    assert not is_whole(line.replace('"seed": 0', '"seed": 1'))
