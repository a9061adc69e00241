"""A real `troth serve` in a process of its own: started, killed without warning, started again over the same ledger."""

from __future__ import annotations

import http.client
import json
import os
import subprocess
import sys
from collections import deque
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from threading import Event, Thread
from typing import IO, Any, Final, NamedTuple, Self
from urllib.parse import urlsplit

DOOR: Final = Path(__file__).with_name("door.yaml")
TROTH: Final = (sys.executable, "-c", "from troth.surfaces.cli import main; main()")
_PATIENCE: Final = 60.0
_READY: Final = "troth serves"


class Answer(NamedTuple):
    """What a server answered: status, body, and whether it said that this was the answer to an earlier request."""

    status: int
    body: bytes
    repeated: bool

    @property
    def data(self) -> Any:
        """Return the body as JSON."""
        return json.loads(self.body)


class Client:
    """One connection to a server, used by one thread; a broken one raises OSError or HTTPException.

    Args:
        url: Where the server is.
        patience: How long an answer may take, in seconds.
    """

    def __init__(self, url: str, patience: float = 30.0) -> None:
        self._line = http.client.HTTPConnection(urlsplit(url).netloc, timeout=patience)

    def post(self, path: str, body: Any, *, key: str = "", media: str = "application/json") -> Answer:
        """Send a body and return the answer."""
        headers = {"content-type": media} | ({"idempotency-key": key} if key else {})
        self._line.request("POST", path, json.dumps(body).encode(), headers)
        return self._answer()

    def get(self, path: str) -> Answer:
        """Read something."""
        self._line.request("GET", path)
        return self._answer()

    def _answer(self) -> Answer:
        got = self._line.getresponse()
        return Answer(got.status, got.read(), got.getheader("x-idempotent-replayed") == "true")

    def close(self) -> None:
        """Hang up."""
        self._line.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class Served:
    """A server over a ledger, ready when made.

    Args:
        db: The ledger: a file, or an address.
        packs: Packs to serve, by name or path.
        prefix: What the command is wrapped in, such as faketime.
        environment: More of its environment.
        preexec: Is called in the child before it begins: limits on what it may use.
    """

    def __init__(
        self,
        db: Path | str,
        packs: Sequence[str | Path] = (DOOR,),
        *,
        prefix: Sequence[str] = (),
        environment: Mapping[str, str] | None = None,
        preexec: Any = None,
    ) -> None:
        named = [word for pack in packs for word in ("--pack", str(pack))]
        environment = {**os.environ, "TROTH_ALLOW_NETWORKS": "127.0.0.0/8", "TROTH_LOG_REQUESTS": "none"} | dict(
            environment or {}
        )
        self.said: deque[str] = deque(maxlen=200)
        self.process = subprocess.Popen(
            [*prefix, *TROTH, "serve", "--db", str(db), *named, "--port", "0", "--open", "--config", os.devnull],
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, env=environment,
            preexec_fn=preexec,  # noqa: PLW1509  only limits are set there, and nothing is locked
        )  # fmt: skip
        assert self.process.stderr is not None
        self._ready = Event()
        self.url = ""
        self._listener = Thread(target=self._listen, args=(self.process.stderr,), daemon=True)
        self._listener.start()
        if not self._ready.wait(_PATIENCE) or not self.url:
            self.kill()
            raise AssertionError("the server did not start:\n" + "".join(self.said))

    def _listen(self, lines: IO[str]) -> None:
        """Keep what the server says, and notice when it is ready or has ended."""
        with lines:
            for line in lines:
                self.said.append(line)
                if line.startswith(_READY):
                    self.url = line.split()[-1]
                    self._ready.set()
        self._ready.set()

    def client(self, patience: float = 30.0) -> Client:
        """Return a new connection to it."""
        return Client(self.url, patience)

    def kill(self) -> None:
        """End it without warning, as `kill -9` does."""
        self.process.kill()
        self.process.wait(_PATIENCE)
        self._listener.join(_PATIENCE)

    def stop(self) -> int:
        """Ask it to end, and return its exit code."""
        self.process.terminate()
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(_PATIENCE)
        code = self.process.poll()
        self.kill()
        return -1 if code is None else code

    def faults(self) -> list[str]:
        """Return the lines in which it spoke of a fault of its own."""
        return [line for line in self.said if "Traceback" in line or '"fault"' in line]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.kill()


def event(name: str, kind: str, subject: str, **more: Any) -> dict[str, Any]:
    """Return an envelope of the door's sensor; `at` is its time, everything else its data."""
    moment = more.pop("at", None)
    envelope: dict[str, Any] = {
        "specversion": "1.0", "source": "sensor", "id": name, "type": kind, "subject": subject, "data": more,
    }  # fmt: skip
    return envelope if moment is None else envelope | {"time": moment}


STRUCTURED: Final = "application/cloudevents+json"
