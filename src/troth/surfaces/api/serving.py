"""A whole server: ledger, live service, deliveries and HTTP, started together and stopped in order."""

from __future__ import annotations

import gc
import logging
import math
import signal
import socket
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from ipaddress import ip_address
from types import FrameType
from typing import TYPE_CHECKING, Any

import uvicorn

from troth.errors import Place, Problem, UsageError
from troth.model.pack import Pack
from troth.ports.ledger import Ledger
from troth.runtime import catalog
from troth.runtime.config import Settings
from troth.runtime.live import LiveService
from troth.runtime.telemetry import Metrics, log_to
from troth.surfaces.api.app import create_app
from troth.surfaces.api.context import Context, Store
from troth.surfaces.web.app import pages

if TYPE_CHECKING:
    from troth.runtime.live.run import Done

_SWITCH_S = 0.000_5
Ready = Callable[[str, Mapping[str, Pack]], None]
"""Is told the address and the packs once requests are answered."""


def serve(settings: Settings, ready: Ready, parts: Callable[[Store], Any] | None = None) -> None:
    """Serve until the process is told to stop (SIGTERM, SIGINT); then answer what waits, and close everything.

    Args:
        settings: Of the server.
        ready: Is told when it can be reached.
        parts: Starts what runs beside it (deliveries), given the ledger; returns something with `wake` and `stop`.

    Raises:
        UsageError: H303 to H306; P301, a pack that does not exist.
        LedgerError: The ledger cannot be opened.
    """
    from troth.bootstrap import open_ledger

    log_to(level=logging.INFO)
    # Its notes of ordinary starts and stops say nothing that the ready line and the exit code do not.
    logging.getLogger("uvicorn").setLevel(logging.WARNING)
    with ExitStack() as stack:
        ledger = open_ledger(settings.db)
        stack.callback(ledger.close)
        packs = served(ledger, settings)
        reached = listening(settings)
        stack.callback(reached.close)
        told = _Told(Metrics())
        service = LiveService(ledger, packs, on_turn=told)
        stack.callback(service.close)
        beside = parts(ledger) if parts is not None else None
        if beside is not None:
            stack.callback(beside.stop)
            told.wake = beside.wake
        context = Context(service, ledger, packs, settings, lambda: {"writer": service.alive()}, told.metrics)
        _tune()
        _may_be_reached(context)
        Server(settings, context, lambda: ready(address_of(reached), packs)).run(sockets=[reached])


def served(ledger: Ledger, settings: Settings) -> dict[str, Pack]:
    """Return the packs to serve; see `catalog.gather`.

    Raises:
        UsageError: H304, there is none; P301, there is no pack of that name.
        PackError: A pack does not compile.
    """
    packs = catalog.gather(ledger, settings.packs)
    if not packs:
        problem = Problem(Place(settings.db), "H304", "no pack is named", "--pack NAME", "see `troth check --help`")
        raise UsageError(problem)
    return packs


def _tune() -> None:
    """Set the interpreter up for a writer and an event loop side by side.

    The writer computes for milliseconds; by default the loop would wait five of them for its turn. What was loaded at
    the start lives as long as the process: the garbage collector need not look at it again and again.
    """
    sys.setswitchinterval(_SWITCH_S)
    gc.collect()
    gc.freeze()


def listening(settings: Settings) -> socket.socket:
    """Return a socket at the address, so that a port in use is found before anything begins.

    Raises:
        UsageError: H305.
    """
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    found = socket.socket(family)
    found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        found.bind((settings.host, settings.port))
        found.listen(2_048)
    except OSError as error:
        found.close()
        place = Place(path=f"{settings.host}:{settings.port}")
        raise UsageError(
            Problem(place, "H305", f"cannot listen there: {error.strerror}", "a free port of this machine")
        ) from error
    return found


def address_of(reached: socket.socket) -> str:
    """Return where the server is reached."""
    host, port = reached.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _may_be_reached(context: Context) -> None:
    """Refuse to show everybody what is known of customers.

    Raises:
        UsageError: H303, there is no key, and other machines could reach the server.
    """
    host = context.settings.host
    try:
        here = ip_address(host).is_loopback
    except ValueError:
        here = host == "localhost"
    if not here and not len(context.keys):
        found = f"{host} is reached from other machines, and there is no key"
        raise UsageError(Problem(Place(path=host), "H303", found, "a key", "make one by `troth keys create`"))


class _Told:
    """Counts what turns do, and wakes who delivers."""

    def __init__(self, metrics: Metrics) -> None:
        self.metrics = metrics
        self.wake: Callable[[], None] | None = None

    def __call__(self, done: Done) -> None:
        """Count one turn, and have delivered at once what it put into the outbox."""
        if done.outgoing and self.wake is not None:
            self.wake()
        self.metrics.turned(done)


class Server(uvicorn.Server):
    """Uvicorn, which tells when it is ready, and leaves the end of the process to whoever runs it."""

    def __init__(self, settings: Settings, context: Context, ready: Callable[[], None]) -> None:
        super().__init__(
            uvicorn.Config(
                create_app(context, mounts=pages(context)),
                loop="uvloop",
                http="httptools",
                ws="none",
                lifespan="on",
                log_config=None,
                access_log=False,
                server_header=False,
                timeout_graceful_shutdown=math.ceil(settings.grace_s),
                backlog=2_048,
            )
        )
        self._ready = ready
        self._context = context

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, and say so."""
        await super().startup(sockets)
        if self.started:
            self._ready()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Begin to stop; requests that wait for something to happen are answered at once."""
        self._context.stopping = True
        super().handle_exit(sig, frame)

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Stop at SIGTERM and SIGINT, and do not raise them again: what comes after the server has to be closed."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        former = {number: signal.signal(number, self.handle_exit) for number in (signal.SIGTERM, signal.SIGINT)}
        try:
            yield
        finally:
            for number, handler in former.items():
                signal.signal(number, handler)
