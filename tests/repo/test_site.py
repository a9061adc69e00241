"""The documentation site: built strictly, whole, and by itself."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

from tests.repo.site import built, page
from tools.lint.tree import ROOT, files
from tools.site.__main__ import build
from tools.site.stage import KINDS, documents, purposes, sections, staged

PLACES = documents(files())


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of the site."""
    return built(tmp_path_factory)


@pytest.mark.slow
def test_every_document_is_a_page_in_the_menu_of_every_page(site: Path) -> None:
    wanted = {place.replace(".md", ".html") for place in PLACES.values()} - {"index.html"}
    assert len(wanted) > 100
    for name in ("index.html", "search.html", "how-to/serve.html"):
        leads = {_target(site, site / name, link)[0] for link in page(site / name).links}
        assert {file.relative_to(site).as_posix() for file in leads if file} >= wanted


@pytest.mark.slow
def test_every_link_and_anchor_of_the_site_resolves(site: Path) -> None:
    broken = []
    for file in site.rglob("*.html"):
        for link in page(file).links:
            target, anchor = _target(site, file, link)
            if target and not (target.is_file() and (not anchor or anchor in page(target).anchors)):
                broken.append(f"{file.relative_to(site)}: {link}")
    assert not broken, "\n".join(broken)


def _target(site: Path, file: Path, link: str) -> tuple[Path | None, str]:
    """Return (file, anchor) that a link leads to; no file where it leads out of the site."""
    parts = urlsplit(link)
    if parts.scheme or parts.netloc:
        return None, ""
    target = (file.parent / unquote(parts.path)).resolve() if parts.path else file
    assert target.is_relative_to(site), f"{file}: {link}"
    return target, unquote(parts.fragment)


@pytest.mark.slow
def test_nothing_of_a_page_is_fetched_from_elsewhere_or_stands_in_it_as_script_or_style(site: Path) -> None:
    pages = list(site.rglob("*.html"))
    loaded = {address for file in pages for address in page(file).loaded}
    assert any(address.endswith(".js") for address in loaded)
    assert not [
        address for address in loaded if urlsplit(address).scheme not in {"", "data"} or address.startswith("//")
    ]
    local = [
        (file, urlsplit(address).path) for file in pages for address in page(file).loaded if address[:5] != "data:"
    ]
    assert not {(file.name, path) for file, path in local if not (file.parent / unquote(path)).is_file()}
    assert not {(file.name, name) for file in pages for name in page(file).inline}
    for sheet in site.rglob("*.css"):
        addresses = re.findall(r"url\(\s*['\"]?([^)'\"]+)|@import\s+['\"]([^'\"]+)", sheet.read_text(encoding="utf-8"))
        assert not [one for pair in addresses for one in pair if one and not one.startswith(("data:", "#"))], sheet


def test_the_navigation_holds_every_page_of_every_section() -> None:
    found = {f"{Path(index).parent}/{name}.md" for index, names in sections(PLACES) for name in names}
    assert found == {p for p in PLACES.values() if p.startswith(tuple(f"{kind}/" for kind in KINDS))} - {
        f"{kind}/index.md" for kind in KINDS
    }


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "decisions"])
def test_the_index_of_a_section_says_in_a_line_what_each_page_is_for(kind: str) -> None:
    said = purposes(PLACES)
    silent = [p for p in PLACES.values() if p.startswith(f"{kind}/") and not p.endswith("/index.md")]
    silent = [place for place in silent if place.removesuffix(".md") not in said]
    assert not silent, f"docs/{kind}/index.md: `- [Title](PAGE.md): what for` is missing for {silent}"


def test_a_link_leads_to_the_place_of_its_page_and_code_is_left_alone() -> None:
    places = {"docs/how-to/a.md": "how-to/a.md", "README.md": "overview.md"}
    text = "[`code`](../../README.md#two) and `[no](../../README.md)` [out](https://cel.dev)\n"
    assert staged("docs/how-to/a.md", text, places) == (
        "[`code`](../overview.md#two) and `[no](../../README.md)` [out](https://cel.dev)\n"
    )


def test_a_block_that_is_a_file_shows_its_name() -> None:
    places = {"docs/a.md": "a.md"}
    text = '```csv title="x.csv"\na\n```\n```csv\n[no](a.md)\n```\n'
    assert staged("docs/a.md", text, places) == (
        "```{code-block} text\n:caption: x.csv\n\na\n```\n```text\n[no](a.md)\n```\n"
    )


def test_a_folder_that_is_no_site_is_not_overwritten(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(SystemExit, match="neither empty nor a site"):
        build(tmp_path)
    assert (tmp_path / "mine.txt").read_text() == "mine"


def test_the_site_is_not_committed() -> None:
    assert "/site/" in (ROOT / ".gitignore").read_text(encoding="utf-8").splitlines()
