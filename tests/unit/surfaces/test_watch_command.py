"""`troth watch`: which lines, in which form, on a terminal and in a pipe."""

from __future__ import annotations

import io
import json
import os
import pty
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from tests.unit.runtime.live.firm import Firm
from troth.bootstrap import open_ledger
from troth.runtime import catalog
from troth.surfaces.cli.app import cli
from troth.surfaces.watch.line import Counts, FeedLine
from troth.surfaces.watch.screen import Plain, Terminal

HELD = FeedLine(
    1, "2026-03-02T13:05:44.250000Z", "held", "pickup/1", what="ready",
    why="a statement is false (ready_for_pickup, all_there); what the message invites cannot be done now (collect)",
)  # fmt: skip
TROTH = (sys.executable, "-c", "from troth.surfaces.cli import main; main()")


@pytest.fixture
def db(tmp_path: Path) -> str:
    """Return a ledger in which a message was held and released, and one left without a permit."""
    path = str(tmp_path / "pickup.db")
    ledger = open_ledger(path)
    catalog.gather(ledger, ["store_pickup"])
    firm = Firm(ledger)
    firm.placed()
    firm.placed(2)
    firm.ask()
    firm.at("10m")
    firm.ready()
    firm.confirm()
    firm.provider("confirmation", "stray", "pickup/2")
    firm.service.close()
    ledger.close()
    return path


def said(*words: str) -> Any:
    """Return the result of a command."""
    return CliRunner().invoke(cli, ["watch", *words])


def test_in_a_pipe_each_line_is_an_object(db: str) -> None:
    result = said("--db", db, "--once")
    assert result.exit_code == 0, result.output
    kinds = [json.loads(line)["kind"] for line in result.stdout.splitlines()]
    assert kinds == ["held", "released", "bypass"]
    assert result.stderr == "1 asked, 1 sent, 1 held (1 released), 1 left unasked\n"


def test_a_table_has_the_day_then_one_row_a_line(db: str) -> None:
    day, held, released, bypass = said("--db", db, "--once", "--format", "table").stdout.splitlines()
    assert day == "2026-03-02 (UTC)"
    assert held.startswith("09:00:00  HOLD      pickup/1      ready, because a statement is false")
    assert released.startswith("09:10:00  RELEASE   pickup/1      ready after 10m, held because ")
    assert bypass == "09:10:00  BYPASS    pickup/2      confirmation left without a permit: nobody asked"


def test_times_are_shown_in_the_zone_that_was_asked_for(db: str) -> None:
    rows = said("--db", db, "--once", "--format", "table", "--zone", "Asia/Tokyo").stdout.splitlines()
    assert rows[0] == "2026-03-02 (Asia/Tokyo)"
    assert rows[1].startswith("18:00:00")


@pytest.mark.parametrize(
    ("words", "kinds"),
    [
        (("--kind", "held,bypass"), ["held", "bypass"]),
        (("--kind", "all"), ["held", "released", "sent", "bypass"]),
        (("--subject", "pickup/2"), ["bypass"]),
        (("--subject", "pickup/9"), []),
    ],
)
def test_only_what_was_asked_for_is_shown(db: str, words: tuple[str, ...], kinds: list[str]) -> None:
    result = said("--db", db, "--once", "--format", "json", *words)
    assert [row["kind"] for row in json.loads(result.stdout)["data"]] == kinds


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        ((), "either --url or --db"),
        (("--db", "a.db", "--url", "http://127.0.0.1:1"), "either --url or --db"),
        (("--db", "a.db", "--kind", "hold"), "No kind hold"),
        (("--db", "a.db", "--kind", ","), "No kind is named"),
        (("--db", "a.db", "--format", "csv"), "What never ends is no csv"),
    ],
)
def test_a_wrong_command_line_is_refused_with_what_would_be_right(words: tuple[str, ...], complaint: str) -> None:
    result = said(*words)
    assert result.exit_code == 2
    assert complaint in result.output + result.stderr


def test_a_server_that_is_not_there_is_said_to_be_so() -> None:
    result = said("--url", "http://127.0.0.1:9", "--once")
    assert result.exit_code == 3
    assert "K10" in result.stderr


def test_on_a_terminal_a_line_is_broken_under_its_text_and_says_its_word_in_colour(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("TERM", "xterm")
    out = io.StringIO()
    out.isatty = lambda: True  # type: ignore[method-assign]
    screen = Terminal(out, colour=True)
    counts = Counts()
    counts.note([HELD])
    screen.line(HELD)
    screen.counts(counts)
    screen.close()
    text = out.getvalue()
    assert "\x1b[33mHOLD" in text
    assert "0 asked, 0 sent, 1 held" in text
    rows = [row for row in text.splitlines() if "ready_for_pickup" in row or "collect" in row]
    assert len(rows) == 2
    assert rows[1].startswith(" " * 34)


def test_without_a_terminal_a_line_is_one_row_however_long() -> None:
    out = io.StringIO()
    Plain(out).line(HELD)
    assert out.getvalue().splitlines()[1] == f"13:05:44  HOLD      pickup/1      ready, because {HELD.why}"


@pytest.mark.slow
def test_following_on_a_terminal_ends_cleanly_with_ctrl_c(db: str) -> None:
    outer, inner = pty.openpty()
    process = subprocess.Popen([*TROTH, "watch", "--db", db], stdout=inner, stderr=subprocess.PIPE)
    os.close(inner)
    text = os.read(outer, 4096)
    while b"0 asked, 0 sent" not in text:
        text += os.read(outer, 4096)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=30)
    os.close(outer)
    assert process.returncode == 0
    assert errors == b""
