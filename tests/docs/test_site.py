"""The site as mkdocs.yml sets it up, of a few pages: strict, in two languages, with no network."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("mkdocs", reason="needs mkdocs, which `make docs` installs")

ROOT = Path(__file__).resolve().parents[2]
PAGES = {
    "en/index.md": "# Start\n\n[a section](page.md#a-section)\n\n![the cone](../cone.png)\n",
    "en/page.md": '# A page\n\n## A section\n\n```text\n--8<-- "LICENSE"\n```\n',
    "ja/index.md": "# はじめに\n\n[節](page.md)\n",
}
NOT_TRANSLATED = "まだ日本語になっていません"
LOADED = re.compile(r'<(?:script|img|link)\b[^>]*?\b(?:src|href)="?([^"\s>]+)')


pytestmark = pytest.mark.slow


@pytest.fixture
def build(tmp_path):
    """``build(pages)``: the folder of the site, or what was said where it could not be built."""

    def built(pages):
        docs = tmp_path / "docs"
        for folder in ("overrides", "stylesheets", "vendor"):
            shutil.copytree(ROOT / "docs" / folder, docs / folder)
        shutil.copy(ROOT / "docs/cone.png", docs)
        for name, text in pages.items():
            (docs / name).parent.mkdir(exist_ok=True)
            (docs / name).write_text(text, encoding="utf-8")
        config = tmp_path / "mkdocs.yml"
        config.write_text(f"INHERIT: {ROOT / 'mkdocs.yml'}\nnav: [index.md, page.md]\n")
        done = subprocess.run(
            [sys.executable, "-m", "mkdocs", "build", "-f", str(config)],
            capture_output=True, text=True, timeout=120, cwd=ROOT,
        )  # fmt: skip
        return tmp_path / "site" if done.returncode == 0 else done.stdout + done.stderr

    return built


def test_the_site_has_both_languages_and_loads_nothing_from_elsewhere(build):
    site = build(PAGES)
    assert isinstance(site, Path), site
    pages = {
        page.relative_to(site).as_posix(): page.read_text("utf-8") for page in site.rglob("*.html")
    }
    assert {"index.html", "page.html", "ja/index.html", "ja/page.html"} <= set(pages)
    assert NOT_TRANSLATED in pages["ja/page.html"] and "A section" in pages["ja/page.html"]
    assert all(NOT_TRANSLATED not in pages[name] for name in ("page.html", "ja/index.html"))
    loaded = [(name, what) for name, text in pages.items() for what in LOADED.findall(text)]
    assert ("index.html", "cone.png") in loaded
    assert not [(name, what) for name, what in loaded if "//" in what]
    styles = [style.read_text("utf-8") for style in site.rglob("*.css")]
    assert styles and not any(re.search(r"url\(['\"]?(?:https?:)?//", text) for text in styles)


def test_every_link_to_nothing_is_named_and_ends_the_build(build):
    links = ("paper.md", "page.md#another-section", "cane.png", "/page.html")
    said = build({**PAGES, "en/index.md": "\n".join(f"[link]({link})" for link in links)})
    assert isinstance(said, str)
    assert not [link for link in links if f"'{link}'" not in said], said


def test_a_snippet_that_is_not_there_ends_the_build(build):
    said = build({**PAGES, "en/page.md": PAGES["en/page.md"].replace("LICENSE", "LICENCE")})
    assert isinstance(said, str) and "LICENCE" in said
