"""`make run`, its second part: a firm before the gate, as a process: live until stopped, or once."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx2
import pytest

from troth.surfaces.demo.house import FIRM
from troth.surfaces.demo.live import fresh
from troth.surfaces.demo.staff import LEAD, PASSWORD, READER
from troth.surfaces.demo.visit import Browser

pytestmark = pytest.mark.slow

LIVE = """
import sys
from pathlib import Path
from troth.model.times import MINUTE
from troth.surfaces.demo import live, once
once.ORDERS = 25
live.PAST = 40 * MINUTE
sys.exit(live.show(Path("var"), once=sys.argv[1] == "once", keep=False))
"""
Start = Callable[[str], subprocess.Popen[str]]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Return what starts the firm in a folder of the test's own."""
    running: list[subprocess.Popen[str]] = []

    def one(how: str) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-c", LIVE, how], cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        running.append(process)
        return process

    yield one
    for process in running:
        if process.poll() is None:
            process.kill()
        process.communicate()


def said_until(process: subprocess.Popen[str], mark: str) -> str:
    """Return what a process says up to a line that contains a mark."""
    assert process.stdout is not None
    lines: list[str] = []
    for line in process.stdout:
        lines.append(line)
        if mark in line:
            return "".join(lines)
    raise AssertionError("".join(lines))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_serves_populated_pages_until_it_is_stopped(start: Start, number: int) -> None:
    process = start("live")
    said = said_until(process, "Stop with Ctrl-C")
    address = re.search(r"(http://127\.0\.0\.1:\d+)/openapi", said)
    assert address is not None, said
    assert f"Sign in as  {LEAD}  or  {READER}, password:  {PASSWORD}" in said
    link = re.search(r"its customer +(\S+)", said)
    assert link is not None, said
    with httpx2.Client(base_url=address[1], timeout=30) as client:
        assert client.get("/readyz").json()["status"] == "ok"
        assert client.get("/v1/feed?after=0").json()["items"]
        assert "troth" in client.get("/metrics").text
        page = client.get(link[1], headers={"accept": "text/html"})
        assert (page.status_code, FIRM.replace("&", "&amp;") in page.text) == (200, True)
        refused = client.get("/console", headers={"accept": "text/html"})
        assert (refused.status_code, refused.headers["location"].partition("?")[0]) == (303, "/sign-in")
    one = Browser(address[1])
    assert not one.sign_in(LEAD, "another password than that")
    assert one.sign_in(LEAD, PASSWORD)
    assert one.look("/console")[0] == 200
    process.send_signal(number)
    rest, errors = process.communicate(timeout=30)
    assert process.returncode == 0, errors
    assert rest.splitlines()[-1].startswith("Stopped: ")
    assert errors == ""


def test_once_it_ends_by_itself_and_says_what_the_gate_did_and_how_right_it_was(start: Start, tmp_path: Path) -> None:
    process = start("once")
    said, errors = process.communicate(timeout=120)
    assert process.returncode == 0, errors
    assert "Of 25 orders:" in said
    counts = {word: int(count) for count, word in re.findall(r"^ +([\d,]+)  (\w+)  ", said, re.MULTILINE)}
    assert counts["asked"] >= 25
    assert counts["sent"]
    assert counts["held"]
    right = re.search(r"\n0 of (\d+) that went out were false", said)
    assert right is not None, said
    assert int(right[1]) == counts["sent"]
    assert re.search(r"  HOLD      pickup/\d+ +\w+, because ", said)
    assert (tmp_path / "var/firm.db").is_file()
    visits = re.findall(r"^(\d+)  \d+ (\S+) +\S", said.partition("The pages, each")[2], re.MULTILINE)
    assert {status for status, _ in visits} == {"200"}
    assert {path.partition("/p")[0] for _, path in visits} >= {"/s/…", "/console", "/tx", "/measures", ""}


def test_a_port_that_is_taken_is_said_and_another_one_used(start: Start) -> None:
    first = said_until(start("live"), "openapi")
    second = said_until(start("live"), "openapi")
    ports = [re.findall(r":(\d+)/openapi", said)[0] for said in (first, second)]
    assert ports[0] != ports[1]
    assert "is taken" in second


def test_the_file_of_a_former_run_is_removed_unless_it_is_kept(tmp_path: Path) -> None:
    assert fresh(tmp_path, keep=False).name == "firm.db"
    for name in ("firm.db", "firm.db-wal"):
        (tmp_path / name).write_text("x")
    assert fresh(tmp_path, keep=True).name == "firm-2.db"
    assert (tmp_path / "firm.db").exists()
    assert fresh(tmp_path, keep=False).name == "firm.db"
    assert not list(tmp_path.iterdir())
