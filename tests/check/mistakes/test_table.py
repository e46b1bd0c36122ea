"""Mistakes as the texts of them have them: whole, or refused by name."""

import pytest

from compare.check.concept import Mistake
from compare.check.i18n.text import Text
from compare.check.mistakes.table import read

DOCS = "https://docs.pytorch.org/docs/stable/"
TEXTS = "it is late\n遅れています\nBe early.\n早くしてください。\n"
TITLE, ADVICE = Text("it is late", "遅れています"), Text("Be early.", "早くしてください。")


@pytest.mark.parametrize(
    ("header", "where"),
    [
        ("late", ("", "", False)),
        ("late | §4 | torch.optim.SGD", ("§4", f"{DOCS}generated/torch.optim.SGD.html", False)),
        ("late | - | data.html | warning", ("", f"{DOCS}data.html", True)),
        ("late | §2", ("§2", "", False)),
    ],
)
def test_a_mistake_has_its_texts_and_where_they_stand(tmp_path, header, where):
    file = tmp_path / "times.txt"
    file.write_text(f"# Of time.\n=== {header}\n{TEXTS}=== later\n{TEXTS}", "utf-8")
    late, later = read(file)
    assert late == Mistake("late", TITLE, ADVICE, *where) and later.key == "later"


@pytest.mark.parametrize(
    "block",
    [
        "late\nit is late\n遅れています\nBe early.\n",
        "late\nit is late\n\nBe early.\n早くしてください。\n",
        f"late\n{TEXTS}早く。\n",
        f"late | §4 | data.html | warnings\n{TEXTS}",
    ],
)
def test_what_lacks_a_language_or_has_a_line_too_many_is_refused_by_name(tmp_path, block):
    file = tmp_path / "times.txt"
    file.write_text(f"# Of time.\n=== {block}", "utf-8")
    with pytest.raises(ValueError, match=r"^times\.txt, late: "):
        read(file)
