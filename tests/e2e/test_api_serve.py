"""The real server, as a process: ready soon, stopped cleanly, keys noticed, two of them on one file."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx2
import pytest

pytestmark = pytest.mark.slow

STRUCTURED = {"content-type": "application/cloudevents+json"}
TROTH = (sys.executable, "-c", "from troth.surfaces.cli import main; main()")


class Served:
    """A server in a process of its own.

    Attributes:
        process: The process.
        url: Where it is reached.
        client: Sends requests there.
    """

    def __init__(self, folder: Path, *options: str) -> None:
        command = [*TROTH, "serve", "--port", "0", *options]
        self.process = subprocess.Popen(command, cwd=folder, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert self.process.stderr is not None
        self.said = self.process.stderr.readline()
        self.url = self.said.split()[-1] if self.said.startswith("troth serves") else ""
        self.client = httpx2.Client(base_url=self.url, timeout=30)

    def event(self, number: int, kind: str = "order.placed") -> httpx2.Response:
        """Send one event."""
        body = {
            "specversion": "1.0", "id": f"{kind}-{number}", "source": "oms", "type": kind,
            "subject": f"pickup/{number}", "data": {},
        }  # fmt: skip
        return self.client.post("/v1/events", json=body, headers=STRUCTURED)

    def stop(self, number: int = signal.SIGTERM) -> tuple[int, str]:
        """Tell it to stop; return its exit code and what else it said."""
        self.process.send_signal(number)
        _, said = self.process.communicate(timeout=30)
        return self.process.returncode, said


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Served]]:
    """Return what starts servers in a folder of the test's own."""
    running: list[Served] = []

    def one(*options: str) -> Served:
        running.append(Served(tmp_path, *options))
        return running[-1]

    yield one
    for served in running:
        if served.process.poll() is None:
            served.process.kill()
        served.process.communicate()
        served.client.close()


def troth(folder: Path, *arguments: str) -> Any:
    """Run a command; return its data."""
    run = subprocess.run(
        [*TROTH, *arguments, "--format", "json"],
        cwd=folder, capture_output=True, text=True, check=True,
    )  # fmt: skip
    return json.loads(run.stdout)["data"]


OPEN = ("--db", "pickup.db", "--pack", "store_pickup", "--open")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_server_says_when_it_is_ready_and_stops_cleanly(start: Callable[..., Served], number: int) -> None:
    served = start(*OPEN)
    assert served.said.startswith("troth serves store_pickup, customer at http://127.0.0.1:")
    assert served.client.get("/readyz").json()["checks"] == {"serving": True, "writer": True, "ledger": True}
    assert served.event(1).status_code == 200
    code, said = served.stop(number)
    assert (code, said) == (0, "")


def test_what_was_acknowledged_is_there_after_a_kill_and_a_start_without_naming_packs(
    start: Callable[..., Served],
) -> None:
    served = start(*OPEN)
    assert [served.event(number).status_code for number in range(5)] == [200] * 5
    before = served.client.get("/v1/subjects/pickup/3/truth").json()
    served.stop(signal.SIGKILL)
    again = start("--db", "pickup.db", "--open")
    after = again.client.get("/v1/subjects/pickup/3/truth").json()
    assert {**after, "at": before["at"], "facts": []} == {**before, "facts": []}
    assert again.event(3).json()["duplicates"] == 1


def test_two_servers_on_one_file_give_one_truth(start: Callable[..., Served]) -> None:
    both = [start(*OPEN), start(*OPEN)]

    def work(number: int) -> list[int]:
        here, there = both[number % 2], both[1 - number % 2]
        codes = [here.event(number).status_code, there.event(number, "order.cancelled").status_code]
        ask = {"id": f"m{number}", "message": "confirmation", "subject": f"pickup/{number}"}
        return [*codes, here.client.post("/v1/ask", json=ask).status_code]

    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(work, range(24)))
    assert answers == [[200, 200, 200]] * 24
    for number in range(24):
        one, two = (served.client.get(f"/v1/subjects/pickup/{number}/truth").json() for served in both)
        assert (one["version"], one["state"], one["promises"]) == (two["version"], two["state"], two["promises"])
        assert one["events"] >= 2
    for served in both:
        assert served.stop()[0] == 0


def test_a_new_key_is_noticed_while_it_runs_and_so_is_its_end(start: Callable[..., Served], tmp_path: Path) -> None:
    (first,) = troth(tmp_path, "keys", "create", "--scope", "*", "--name", "boss", "--db", "pickup.db")
    served = start("--db", "pickup.db", "--pack", "store_pickup")
    assert served.event(1).status_code == 401
    served.client.headers["authorization"] = f"Bearer {first['key']}"
    assert served.event(1).status_code == 200
    (made,) = troth(tmp_path, "keys", "create", "--scope", "truth:read", "--db", "pickup.db")
    reader = {"authorization": f"Bearer {made['key']}"}
    assert eventually(lambda: served.client.get("/v1/packs", headers=reader).status_code == 200)
    assert served.client.get("/v1/quarantine", headers=reader).status_code == 403
    troth(tmp_path, "keys", "revoke", made["id"], "--db", "pickup.db")
    assert eventually(lambda: served.client.get("/v1/packs", headers=reader).status_code == 401)
    rows = troth(tmp_path, "keys", "list", "--db", "pickup.db")
    assert [(row["name"], row["state"]) for row in rows] == [("boss", "good"), ("", "revoked")]
    assert "key" not in rows[0]


def eventually(true: Callable[[], bool]) -> bool:
    """Return whether something becomes true within some seconds."""
    until = time.monotonic() + 20
    while time.monotonic() < until:
        if true():
            return True
        time.sleep(0.1)
    return False


@pytest.mark.parametrize(
    ("options", "code"),
    [
        (("--db", "a.db", "--pack", "store_pickup", "--host", "0.0.0.0"), "H303"),  # noqa: S104 - it is refused
        (("--db", "a.db"), "H304"),
        (("--db", "a.db", "--pack", "store_pickup", "--port", "70000"), "H302"),
        (("--pack", "store_pickup"), "H302"),
        (("--db", "a.db", "--pack", "nothing"), "P301"),
    ],
)
def test_a_server_that_cannot_be_started_says_why(tmp_path: Path, options: tuple[str, ...], code: str) -> None:
    run = subprocess.run(
        [*TROTH, "serve", *options],
        cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False,
        env={**os.environ, "TROTH_FORMAT": "table"},
    )  # fmt: skip
    assert (run.returncode, code in run.stderr) == (2, True), run.stderr


def test_a_port_in_use_is_said_before_anything_begins(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        run = subprocess.run(
            [*TROTH, "serve", *OPEN, "--port", port],
            cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip
    assert (run.returncode, "H305" in run.stderr) == (2, True), run.stderr
