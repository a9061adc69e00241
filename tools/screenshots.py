"""Makes the pictures of the README: `make screenshots` writes docs/images.

The demonstration's firm is served as it stands at one moment (tools/stage.py), so that the same commit makes the same
pictures. Colours are reduced until a picture has at most 150 KB.
"""

from __future__ import annotations

import io
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from PIL import Image
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tools.lint.tree import ROOT
from tools.stage import staged
from troth.surfaces.demo import visit
from troth.surfaces.demo.house import House
from troth.surfaces.demo.staff import LEAD, PASSWORD

FOLDER = ROOT / "docs" / "images"
MOST_BYTES = 150_000
_COLOURS = (256, 128, 64, 32)
_WAIT_MS = 180_000
_WORKING = "Working it out"
_UNFINISHED = ("being checked", "still to run")
_AGAIN_MS = 3_000
_FLAGS = ["--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-sync", "--hide-scrollbars"]


class Picture(NamedTuple):
    """One picture: its name, the page, who reads, how large, and whether it is dark."""

    name: str
    path: str
    staff: bool
    width: int
    height: int
    dark: bool = False


def pictures(house: House) -> list[Picture]:
    """Return what is made."""
    subject = house.worth_a_look()
    link = house.link(subject).removeprefix(house.address)
    return [
        Picture("status", link, staff=False, width=390, height=844),
        Picture("status-dark", link, staff=False, width=390, height=844, dark=True),
        Picture("console", "/console", staff=True, width=1200, height=800),
        Picture("console-dark", "/console", staff=True, width=1200, height=800, dark=True),
        Picture("transaction", f"/tx/{subject}", staff=True, width=1200, height=1000),
        Picture("dashboard", "/measures", staff=True, width=1200, height=1000),
        Picture("explorer", "/packs/store_pickup", staff=True, width=1200, height=1000),
    ]


def take(browser: Browser, house: House, one: Picture, cookies: Sequence[Any]) -> bytes:
    """Return a picture as the browser makes it, once the page has worked out what it shows."""
    context = browser.new_context(
        viewport={"width": one.width, "height": one.height},
        locale="en-US",
        timezone_id="America/New_York",
        color_scheme="dark" if one.dark else "light",
        reduced_motion="reduce",
    )
    if one.staff:
        context.add_cookies(cookies)
    page = context.new_page()
    try:
        page.goto(house.address + one.path)
        _settled(page)
        return page.screenshot()
    finally:
        context.close()


def _settled(page: Page) -> None:
    """Wait until a page that is still working out its figures shows them."""
    # Such a page comes anew by itself as soon as it can.
    expect(page.locator("h1").first).not_to_have_text(_WORKING, timeout=_WAIT_MS)
    for _ in range(_WAIT_MS // _AGAIN_MS):
        shown = page.locator("main").inner_text()
        if not any(words in shown for words in _UNFINISHED):
            break
        page.wait_for_timeout(_AGAIN_MS)
        page.goto(page.url)
    page.wait_for_timeout(800)


def small(picture: bytes) -> bytes:
    """Return a picture with as many colours as fit into its bytes."""
    image = Image.open(io.BytesIO(picture)).convert("RGB")
    made = b""
    for colours in _COLOURS:
        out = io.BytesIO()
        image.quantize(colours, dither=Image.Dither.NONE).save(out, "PNG", optimize=True)
        made = out.getvalue()
        if len(made) <= MOST_BYTES:
            break
    return made


def main() -> int:
    """Make all pictures, or those named; return the exit code."""
    wanted, chromium = sys.argv[1:], shutil.which("chromium")
    if chromium is None:
        print("chromium is not installed (Debian: apt-get install chromium)", file=sys.stderr)
        return 3
    FOLDER.mkdir(parents=True, exist_ok=True)
    with staged() as house, sync_playwright() as playwright:
        reader = visit.Browser(house.address)
        if not reader.sign_in(LEAD, PASSWORD):
            return 3
        cookies = [{"name": key, "value": value, "url": house.address} for key, value in reader.cookies.items()]
        browser = playwright.chromium.launch(executable_path=chromium, chromium_sandbox=False, args=_FLAGS)
        for one in pictures(house):
            if not wanted or one.name in wanted:
                file = FOLDER / f"{one.name}.png"
                file.write_bytes(small(take(browser, house, one, cookies)))
                print(f"{_named(file)}  {file.stat().st_size / 1_000:.0f} KB", flush=True)
        browser.close()
    return 0


def _named(file: Path) -> str:
    """Return a path as it is called from the project's folder."""
    return str(file.relative_to(ROOT))


if __name__ == "__main__":
    sys.exit(main())
