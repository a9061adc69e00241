"""Lets wapiti crawl and attack the demonstration on this machine, first as a stranger, then as a customer and a lead.

    tools/security.sh            installs wapiti beside the project
    python -m tools.wapiti [SECONDS]

Only 127.0.0.1 is asked, and each scan ends after so many seconds (120 unless told). The report is printed; the exit
code is 1 where something was found that is not explained in docs/how-to/check-the-security.md.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from tools.stage import staged
from troth.surfaces.demo.house import House
from troth.surfaces.demo.staff import LEAD, PASSWORD
from troth.surfaces.demo.visit import HIDDEN, Browser

WAPITI = Path(os.environ.get("TROTH_SECURITY", Path.home() / ".cache" / "troth-security")) / "wapiti" / "bin" / "wapiti"
MODULES = (
    "cookieflags", "crlf", "csp", "csrf", "exec", "file", "htaccess", "http_headers", "ldap", "methods",
    "permanentxss", "redirect", "sql", "upload", "xss", "xxe",
)  # fmt: skip
SECONDS = 120
EXPLAINED: Mapping[str, str] = {
    "Secure Flag cookie": "the demonstration speaks plain HTTP on this machine; over HTTPS cookies are secure",
    "Cross Site Request Forgery": (
        "wapiti compares two answers that are both refusals; this command has tried for itself: without a token, with "
        "another one and in another browser a form is refused by 403, with its own it is taken"
    ),
}
"""What wapiti finds by its nature → why that is as it should be."""


def scans(house: House) -> Iterator[tuple[str, Sequence[str], Mapping[str, str]]]:
    """Yield who scans, where each begins, and with which cookies."""
    link = house.link(house.worth_a_look())
    yield "a stranger", (f"{house.address}/sign-in", f"{house.address}/s/nothing"), {}
    yield "a customer", (link,), {}
    browser = Browser(house.address)
    if not browser.sign_in(LEAD, PASSWORD):
        raise SystemExit("nobody could sign in")
    subject = house.worth_a_look()
    paths = ("console", f"tx/{subject}", "measures", "packs/store_pickup", "account")
    yield "a lead", tuple(f"{house.address}/{path}" for path in paths), browser.cookies


def tokens_are_checked(house: House) -> bool:
    """Return whether a form of a customer's page is taken with its own token alone, and in its own browser."""
    path = house.link(house.worth_a_look()).removeprefix(house.address)
    own, other = Browser(house.address), Browser(house.address)
    token = dict(HIDDEN.findall(own.look(path)[1]))["csrf"]
    other.look(path)
    wrong = [own.look(path, {"do": "tell", "csrf": one})[0] for one in ("", token[::-1], token[:-2] + "xx")]
    wrong += [own.look(path, {"do": "tell"})[0], other.look(path, {"do": "tell", "csrf": token})[0]]
    wrong.append(own.look("/sign-in", {"csrf": token, "name": LEAD, "password": PASSWORD})[0])
    return set(wrong) == {403} and own.look(path, {"do": "tell", "csrf": token})[0] == 303


def scan(starts: Sequence[str], cookies: Mapping[str, str], seconds: int, folder: Path) -> dict[str, Any]:
    """Run wapiti from some addresses on; return its report."""
    report = folder / "report.json"
    base = "/".join(starts[0].split("/", 3)[:3]) + "/"
    command = [str(WAPITI), "-u", base, "--scope", "folder", "-m", ",".join(MODULES), "--tasks", "4", "-t", "10",
               "--max-scan-time", str(seconds), "--max-attack-time", str(max(5, seconds // 8)),
               "--max-links-per-page", "30", "-d", "3", "--flush-session", "--no-bugreport", "-f", "json",
               "-o", str(report), "--store-session", str(folder), "--store-config", str(folder / "config")]  # fmt: skip
    for start in starts:
        command += ["-s", start]
    # Streams never end, and who signs out sees no more.
    for left_out in (f"{base}sign-out*", f"{base}*/live*", f"{base}account/*"):
        command += ["-x", left_out]
    if cookies:
        command += ["-C", "; ".join(f"{name}={value}" for name, value in cookies.items()), "--drop-set-cookie"]
    said = subprocess.run(command, check=False, capture_output=True, text=True, timeout=seconds * 3 + 300)
    if not report.is_file():
        raise SystemExit(f"wapiti has written no report:\n{said.stdout[-2_000:]}{said.stderr[-2_000:]}")
    found: dict[str, Any] = json.loads(report.read_text(encoding="utf-8"))
    return found


def findings(report: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Yield kind, address and text of what a report holds."""
    for part in ("vulnerabilities", "anomalies"):
        for kind, some in report[part].items():
            for one in some:
                yield kind, f"{one['method']} {one['path']}", " ".join(str(one["info"]).split())


def main() -> int:
    """Scan and print; return the exit code."""
    if not WAPITI.is_file():
        print("wapiti is not installed: tools/security.sh", file=sys.stderr)
        return 3
    seconds = int(sys.argv[1]) if len(sys.argv) > 1 else SECONDS
    bad = 0
    with staged() as house, tempfile.TemporaryDirectory(prefix="troth-wapiti-") as folder:
        if not tokens_are_checked(house):
            print("forms are taken without their token")
            bad += 1
        # Signed in first: a stranger who tries passwords has signing in refused for a while.
        for who, starts, cookies in list(scans(house)):
            report = scan(starts, cookies, seconds, Path(folder))
            seen = sorted(set(findings(report)))
            print(f"{who}: {report['infos']['crawled_pages_nbr']} pages crawled, {len(seen)} findings", flush=True)
            for kind, where, text in seen:
                why = EXPLAINED.get(kind, "")
                bad += not why
                print(f"  {kind}: {where}: {text}{f' ({why})' if why else ''}")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
