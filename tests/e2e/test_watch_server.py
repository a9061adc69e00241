"""`troth watch` on a server, both as processes: what happens is shown as it happens, and either may end first."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

pytestmark = pytest.mark.slow

TROTH = (sys.executable, "-c", "from troth.surfaces.cli import main; main()")
ASK = {"id": "ready-1", "message": "ready", "subject": "pickup/1", "channel": "email"}
Start = Callable[..., subprocess.Popen[str]]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Return what starts commands in a folder of the test's own."""
    running: list[subprocess.Popen[str]] = []

    def one(*words: str) -> subprocess.Popen[str]:
        running.append(
            subprocess.Popen([*TROTH, *words], cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        )
        return running[-1]

    yield one
    for process in running:
        if process.poll() is None:
            process.kill()
        process.communicate()


def served(start: Start) -> tuple[subprocess.Popen[str], str]:
    """Return a server and its address."""
    server = start("serve", "--db", "pickup.db", "--pack", "store_pickup", "--port", "0", "--open")
    assert server.stderr is not None
    return server, server.stderr.readline().split()[-1]


def told(url: str, watching: subprocess.Popen[str]) -> dict[str, Any]:
    """Have a message held once somebody watches; return the line that is shown of it."""
    assert watching.stdout is not None
    with httpx2.Client(base_url=url, timeout=30) as client:
        _until_watched(client)
        assert client.post("/v1/ask", json=ASK).json()["outcome"] == "HOLD"
    return dict(json.loads(watching.stdout.readline()))


def _until_watched(client: httpx2.Client) -> None:
    """Return once the server has answered the feed to somebody."""
    for _ in range(10_000):
        if 'route="feed"' in client.get("/metrics").text:
            return
    raise AssertionError("nobody watches")


def test_what_is_held_is_shown_as_it_happens_and_ctrl_c_ends_it(start: Start) -> None:
    _, url = served(start)
    watching = start("watch", "--url", url, "--format", "ndjson")
    line = told(url, watching)
    assert (line["kind"], line["message"]) == ("held", "ready")
    watching.send_signal(signal.SIGINT)
    _, errors = watching.communicate(timeout=30)
    assert watching.returncode == 0
    assert errors == "1 asked, 0 sent, 1 held\n"


def test_a_server_that_is_watched_stops_cleanly_and_the_watcher_says_that_it_is_gone(start: Start) -> None:
    server, url = served(start)
    watching = start("watch", "--url", url)
    told(url, watching)
    server.send_signal(signal.SIGTERM)
    _, errors = server.communicate(timeout=30)
    assert (server.returncode, errors) == (0, "")
    _, errors = watching.communicate(timeout=60)
    assert watching.returncode == 3
    assert "K10" in errors
