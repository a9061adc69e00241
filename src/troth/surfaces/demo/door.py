"""HTTP before a service, in a thread of its own, at the first port that is free."""

from __future__ import annotations

import socket
from threading import Event, Thread
from typing import Final

from msgspec.structs import replace

from troth.errors import UsageError
from troth.runtime.config import Settings
from troth.surfaces.api.context import Context
from troth.surfaces.api.serving import Server, address_of, listening

_PORTS: Final = 20
_READY_S: Final = 30.0


class Door:
    """Where a part of the demonstration is reached.

    Attributes:
        settings: As given, with the port that was found.
        address: Such as `http://127.0.0.1:8080`.
        moved: Whether another port was taken than the one that was asked for.

    Args:
        settings: Of the server.
        host: How browsers are to name this machine. Cookies belong to a name, whatever the port: two servers need two.

    Raises:
        UsageError: H305, no port is free.
    """

    def __init__(self, settings: Settings, host: str = "127.0.0.1") -> None:
        self._socket, self.settings = free(settings)
        port = address_of(self._socket).rpartition(":")[2]
        self.address, self.moved = f"http://{host}:{port}", self.settings.port != settings.port
        self._context: Context | None = None

    def open(self, context: Context) -> None:
        """Answer, from now on."""
        ready = Event()
        self._context, self._server = context, Server(context.settings, context, ready.set)
        self._http = Thread(target=self._server.run, kwargs={"sockets": [self._socket]}, name="http", daemon=True)
        self._http.start()
        ready.wait(_READY_S)

    def close(self) -> None:
        """Let nobody in any more, and answer what waits."""
        if self._context is not None:
            self._context.stopping = True
            self._server.should_exit = True
            self._http.join()
        self._socket.close()


def free(settings: Settings) -> tuple[socket.socket, Settings]:
    """Return a socket at the first free port from the one of the settings on, and the settings with it.

    Raises:
        UsageError: H305, none is free.
    """
    for port in range(settings.port, settings.port + _PORTS):
        chosen = replace(settings, port=port)
        try:
            return listening(chosen), chosen
        except UsageError:
            continue
    chosen = replace(settings, port=0)
    return listening(chosen), chosen
