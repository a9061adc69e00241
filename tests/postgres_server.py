"""A PostgreSQL server for tests: a cluster of its own in a temporary folder, started once and stopped at the end.

The server listens on 127.0.0.1 only, on a free port, wants a password, and dies with the tests even if they are
killed. Where its programs are not installed, the tests that ask for it are skipped with a message.
"""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from threading import Event, Thread
from typing import IO, Any, Final

import psycopg
import pytest

USER: Final = "troth"
PASSWORD: Final = "not-a-secret"  # noqa: S105  (of a server that only tests can reach)
_READY: Final = "ready to accept connections"
_PATIENCE: Final = 60.0


def programs() -> Path | None:
    """Return the folder of PostgreSQL's server programs, the newest if there are several, or `None`."""
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda one: float(one.parent.name))
    on_path = shutil.which("initdb")
    candidates = [*reversed(debian), *([Path(on_path).resolve().parent] if on_path else [])]
    return next((one for one in candidates if (one / "initdb").exists() and (one / "postgres").exists()), None)


def _as_nobody_special() -> dict[str, Any]:
    """Return the arguments of Popen by which the server does not run as root, which it refuses."""
    if os.getuid() != 0:
        return {}
    name = next(one for one in ("postgres", "nobody") if _exists(one))
    return {"user": name, "group": pwd.getpwnam(name).pw_gid, "extra_groups": []}


def _exists(user: str) -> bool:
    try:
        pwd.getpwnam(user)
    except KeyError:
        return False
    return True


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _roomy_memory() -> str | None:
    """Return a folder in memory with room for many databases, or `None`: what a disk does is not the tests' subject."""
    memory = Path("/dev/shm")  # noqa: S108
    return str(memory) if memory.is_dir() and shutil.disk_usage(memory).free > 2 * 2**30 else None


class Server:
    """A running server.

    Args:
        bin_folder: Where its programs are.
        folder: An empty folder that belongs to the user it runs as.
    """

    def __init__(self, bin_folder: Path, folder: Path) -> None:
        self.programs = bin_folder
        self.port = _free_port()
        self._folder = folder
        self._who = _as_nobody_special()
        self._made = 0
        self._said: deque[str] = deque(maxlen=200)
        self._process: subprocess.Popen[str] | None = None
        secret = folder / "password"
        secret.write_text(PASSWORD)
        secret.chmod(0o644)
        made = subprocess.run(
            [bin_folder / "initdb", "-D", folder / "data", "-U", USER, "-A", "scram-sha-256", f"--pwfile={secret}",
             "--encoding=UTF8", "--locale=C", "--no-sync", "--no-instructions"],
            cwd=folder, capture_output=True, text=True, check=False, **self._who,
        )  # fmt: skip
        assert made.returncode == 0, made.stderr
        self.start()

    def start(self) -> None:
        """Start the server and wait until it takes connections."""
        settings = {"max_connections": 50, "lc_messages": "C", "shared_buffers": "64MB"}
        command = [
            *(self.programs / "postgres", "-D", self._folder / "data", "-p", self.port),
            *("-h", "127.0.0.1", "-k", self._folder),
            *(word for name, value in settings.items() for word in ("-c", f"{name}={value}")),
        ]
        # The server must not outlive the tests, however they end.
        bound = ["setpriv", "--pdeathsig", "QUIT"] if shutil.which("setpriv") else []
        self._process = subprocess.Popen(
            [*bound, *map(str, command)], cwd=self._folder, stderr=subprocess.PIPE, text=True, **self._who
        )
        ready = Event()
        assert self._process.stderr is not None
        Thread(target=self._listen, args=(self._process.stderr, ready), daemon=True).start()
        assert ready.wait(_PATIENCE), "".join(self._said)
        assert _READY in "".join(self._said), "".join(self._said)

    def _listen(self, lines: IO[str], ready: Event) -> None:
        """Keep what the server says, and tell when it is ready, or has ended."""
        self._said.clear()
        with lines:
            for line in lines:
                self._said.append(line)
                if _READY in line:
                    ready.set()
        ready.set()

    def crash(self) -> None:
        """End the server at once, as a power cut does: nothing is written that was not."""
        assert self._process is not None
        self._process.send_signal(signal.SIGQUIT)
        self._process.wait(_PATIENCE)

    def address(self, database: str, *, password: str = PASSWORD, user: str = USER) -> str:
        """Return the address of a database, as `--db` takes it."""
        return f"postgresql://{user}:{password}@127.0.0.1:{self.port}/{database}"

    def execute(self, statement: str, database: str = "postgres") -> list[Any]:
        """Run a statement and return its rows, if it has any."""
        with psycopg.connect(self.address(database), autocommit=True) as connection:
            cursor = connection.execute(statement.encode())
            return cursor.fetchall() if cursor.description else []

    def database(self) -> str:
        """Make an empty database and return its address."""
        self._made += 1
        name = f"room_{self._made}"
        self.execute(f"CREATE DATABASE {name}")
        return self.address(name)


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    """Return a PostgreSQL server; skip where it is not installed."""
    found = programs()
    if found is None:
        pytest.skip("PostgreSQL's server is not installed (Debian: apt-get install postgresql); `make test` tries to")
    # Not pytest's own folder: the user that the server runs as could not enter it.
    folder = Path(tempfile.mkdtemp(prefix="troth-postgres-", dir=_roomy_memory()))
    who = _as_nobody_special()
    if who:
        shutil.chown(folder, who["user"], who["group"])
    server = Server(found, folder)
    try:
        yield server
    finally:
        server.crash()
        shutil.rmtree(folder, ignore_errors=True)
