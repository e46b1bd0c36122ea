"""The catalogue has every message of the program in Japanese, and is compiled from the .po."""

import io
import re
from pathlib import Path

import pytest

from compare.cli.translated_help import CLICK
from compare.language.catalogue import DOMAIN, LOCALE
from compare.language.extraction import messages

frontend, pofile, mofile, extract = (
    pytest.importorskip(f"babel.messages.{name}")
    for name in ("frontend", "pofile", "mofile", "extract")
)

ROOT = Path(__file__).resolve().parents[2]
PO = LOCALE / "ja" / "LC_MESSAGES" / f"{DOMAIN}.po"
OUTDATED = "make messages brings the catalogue up to date"
# what a Japanese line may leave out, for it is said in English alone
LEFT_OUT = {"how", "n"}


def catalogue(domain=DOMAIN):
    with PO.with_stem(domain).open("rb") as file:
        return pofile.read_po(file, locale="ja", domain=domain)


def forms(text):
    return [text] if isinstance(text, str) else list(text)


def translated():
    """Message → its Japanese, of all but the header."""
    return {tuple(forms(m.id)): m for m in catalogue() if m.id}


def test_it_has_what_the_program_says_and_nothing_else():
    with (ROOT / "babel.cfg").open() as file:
        methods, options = frontend.parse_mapping_cfg(file)
    found = extract.extract_from_dir(ROOT / "compare", methods, options)
    said = {tuple(forms(message)) for _, _, message, _, _ in found}
    there = set(translated())
    assert said == there, (OUTDATED, sorted(said ^ there))


def test_every_message_is_in_japanese():
    missing = [m.id for m in translated().values() if not all(forms(m.string)) or m.fuzzy]
    assert not missing, missing


def test_every_message_has_its_values_in_both_languages():
    def places(text):
        return set(re.findall(r"{(\w+)(?::[^{}]*)?}", text))

    offenders = [
        m.id
        for m in translated().values()
        for ja in forms(m.string)
        if places(ja) - places(" ".join(forms(m.id)))
        or places(" ".join(forms(m.id))) - places(ja) - LEFT_OUT
    ]
    assert not offenders, offenders


@pytest.mark.parametrize("domain", [DOMAIN, CLICK])
def test_it_is_compiled_from_what_it_says(domain):
    compiled = io.BytesIO()
    mofile.write_mo(compiled, catalogue(domain))
    assert compiled.getvalue() == PO.with_name(f"{domain}.mo").read_bytes(), OUTDATED


PLANTED = (
    'def f(console, name):\n    console.print(_("planted, and in no catalogue: {n}", n=name))\n'
)


def test_a_message_that_is_in_no_catalogue_is_found():
    (planted,) = messages(PLANTED)
    assert planted.one == "planted, and in no catalogue: {n}"
    assert (planted.one,) not in translated()
