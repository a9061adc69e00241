"""A receiver of webhooks on the loopback address, which answers as it is told and keeps what came."""

from __future__ import annotations

import contextlib
import socket
import ssl
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import NamedTuple

from troth.connectors.webhooks.addresses import Networks
from troth.connectors.webhooks.post import Poster
from troth.model.times import SECOND

NOW = 1_614_265_330 * SECOND
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"  # noqa: S105 - the specification's own test key
LOOPBACK = Networks.of(["127.0.0.0/8"])


class Came(NamedTuple):
    """A request that came: path, headers by lower-case name, body."""

    path: str
    headers: dict[str, str]
    body: bytes


class Reply(NamedTuple):
    """What is answered."""

    status: int = 200
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b"ok"


class _Quiet(ThreadingHTTPServer):
    """A server that does not print what went wrong with a request."""

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing."""


class Receiver:
    """A receiver of webhooks: `replies` are given in turn, the last one for ever."""

    def __init__(self, *replies: Reply, port: int = 0, tls: ssl.SSLContext | None = None) -> None:
        self.replies = list(replies) or [Reply()]
        self.came: list[Came] = []
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("content-length", 0)))
                headers = {name.lower(): value for name, value in self.headers.items()}
                receiver.came.append(Came(self.path, headers, body))
                reply = receiver.replies.pop(0) if len(receiver.replies) > 1 else receiver.replies[0]
                self.send_response(reply.status)
                for name, value in reply.headers:
                    self.send_header(name, value)
                self.send_header("content-length", str(len(reply.body)))
                self.end_headers()
                # A sender that has read enough may hang up first.
                with contextlib.suppress(OSError):
                    self.wfile.write(reply.body)

            def log_message(self, format: str, *args: object) -> None:
                """Say nothing."""

        self._server = _Quiet(("127.0.0.1", port), Handler)
        if tls is not None:
            # Handshakes happen in the handlers' threads, and fail there.
            self._server.socket = tls.wrap_socket(self._server.socket, server_side=True, do_handshake_on_connect=False)
        self._thread = Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})
        self._thread.start()

    @property
    def port(self) -> int:
        """Return the port."""
        return int(self._server.server_address[1])

    @property
    def url(self) -> str:
        """Return a URL of it."""
        return f"http://127.0.0.1:{self.port}/hook"

    def close(self) -> None:
        """Stop."""
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


@contextlib.contextmanager
def receiving(*replies: Reply, tls: ssl.SSLContext | None = None) -> Iterator[Receiver]:
    """Give a receiver, and stop it afterwards."""
    receiver = Receiver(*replies, tls=tls)
    try:
        yield receiver
    finally:
        receiver.close()


@contextlib.contextmanager
def raw_server(*chunks: bytes, hold: bool = False) -> Iterator[int]:
    """Give the port of a server that writes chunks whatever it is asked; with `hold` it then keeps the line open."""
    listener = socket.create_server(("127.0.0.1", 0))
    over = Event()

    def serve() -> None:
        with contextlib.suppress(OSError):
            connection, _ = listener.accept()
            with connection:
                connection.recv(65_536)
                for chunk in chunks:
                    connection.sendall(chunk)
                    if over.wait(0.03 if len(chunks) > 1 else 0):
                        return
                if hold:
                    over.wait(30)

    thread = Thread(target=serve)
    thread.start()
    try:
        yield int(listener.getsockname()[1])
    finally:
        over.set()
        listener.close()
        thread.join()


def a_poster(networks: Networks = LOOPBACK, **more: object) -> Poster:
    """Return a poster that may call the loopback address."""
    return Poster(networks, **more)  # type: ignore[arg-type]
