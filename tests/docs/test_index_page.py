"""The page that an index of packages shows stands by itself: no link of it leads to a file."""

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]


def links(text):
    return re.findall(r"\]\(([^)\s]+)\)", text)


def test_its_links_are_addresses():
    assert all(
        link.startswith("https://") for link in links((ROOT / PROJECT["readme"]).read_text())
    )
    assert not all(link.startswith("https://") for link in links((ROOT / "README.md").read_text()))


def test_its_table_has_the_extras_of_users():
    text = (ROOT / PROJECT["readme"]).read_text("utf-8")
    extras = set(re.findall(r"^\| `\[(\w+)\]`", text, re.MULTILINE))
    assert extras == set(PROJECT["optional-dependencies"]) - {"test", "dev", "docs"}
