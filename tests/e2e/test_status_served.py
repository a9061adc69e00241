"""The status page of the real server: a link of the command line opens it, a stream tells, stopping ends the stream."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.test_api_serve import TROTH, Served

pytestmark = pytest.mark.slow


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    """Return a server in a process of its own."""
    one = Served(tmp_path, "--db", "pickup.db", "--pack", "store_pickup", "--open")
    yield one
    if one.process.poll() is None:
        one.process.kill()
    one.process.communicate()
    one.client.close()


def troth(folder: Path, *arguments: str) -> str:
    """Run a command; return what it prints."""
    run = subprocess.run([*TROTH, *arguments], cwd=folder, capture_output=True, text=True, check=True)
    return run.stdout.strip()


def test_a_link_of_the_command_line_opens_the_page_and_its_end_closes_it(served: Served, tmp_path: Path) -> None:
    assert served.event(1).status_code == 200
    link = troth(tmp_path, "link", "new", "pickup/1", "--db", "pickup.db", "--url", served.url)
    page = served.client.get(link, headers={"accept": "text/html"})
    # The other feeds have not been heard: what they would say is not known.
    assert (page.status_code, "we cannot say for certain" in page.text) == (200, True)
    with served.client.stream("GET", f"{link}/live?seen=old") as stream:
        lines = stream.iter_lines()
        assert next(line for line in lines if line.startswith("event:")) == "event: change"
        code, said = served.stop()
        list(lines)
    assert code == 0
    assert link.rpartition("/")[2] not in said


def test_a_link_that_is_revoked_beside_the_server_ends_at_once(served: Served, tmp_path: Path) -> None:
    link = troth(tmp_path, "link", "new", "pickup/1", "--db", "pickup.db", "--url", served.url)
    assert served.client.get(link).status_code == 200
    name = link.rpartition("/")[2].partition("-")[0]
    troth(tmp_path, "link", "revoke", name, "--db", "pickup.db")
    assert served.client.get(link).status_code == 404
