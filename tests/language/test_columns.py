"""A text takes the columns that rich, which draws the commands' tables, counts for it."""

import pytest
from rich import cells

from compare.language.columns import cell_len, set_cell_size

TEXTS = ["", "plain", "順伝播", "ソフトマックス relu", "a → b ≤ 2 σ…", "m\u0302", "（同じ）"]


@pytest.mark.parametrize("text", TEXTS)
def test_it_is_as_wide_as_rich_says(text):
    assert cell_len(text) == cells.cell_len(text)


@pytest.mark.parametrize("total", [0, 3, 4, 5, 30])
@pytest.mark.parametrize("text", TEXTS)
def test_it_is_cut_or_filled_as_rich_does(text, total):
    assert cell_len(set_cell_size(text, total)) == total
    assert set_cell_size(text, total) == cells.set_cell_size(text, total)
