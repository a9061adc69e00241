"""What every route needs: the service, the ledger behind it, keys, limits and figures, found on the application."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import ExitStack
from typing import Any, Final, Protocol, cast

from starlette.requests import HTTPConnection

from troth.model.pack import Pack
from troth.model.times import DAY, HOUR, MINUTE, Micros
from troth.ports.ledger import Ledger
from troth.ports.outbox import Outbox
from troth.runtime import audit, links, sessions
from troth.runtime.access import Key, KeyRing, all_keys, note_used
from troth.runtime.config import Settings
from troth.runtime.idempotency import Idempotency
from troth.runtime.nouns import Nouns
from troth.runtime.service import Service
from troth.runtime.sessions import Lives
from troth.runtime.signing import Signer
from troth.runtime.telemetry import Metrics, Tracing
from troth.surfaces.api.limits import Limiter

_STEP: Final = 1_000
"""How many deliveries are dropped in one transaction."""


class Store(Ledger, Outbox, Protocol):
    """A ledger, which is an outbox too: every adapter is both."""


class Context:
    """One server's parts.

    Args:
        service: The live service.
        store: The ledger behind it.
        packs: Pack name → pack.
        settings: Of the server.
        alive: Says whether the writer, the timers and the deliverer are running, by name.
        metrics: The figures, which the service's turns are told to as well; `None`: figures of its own.

    Attributes:
        at_end: What is closed when the server stops: `at_end.callback(work)`.
    """

    def __init__(
        self,
        service: Service,
        store: Store,
        packs: Mapping[str, Pack],
        settings: Settings,
        alive: Callable[[], Mapping[str, bool]] = dict,
        metrics: Metrics | None = None,
    ) -> None:
        """Put the parts together; reads the keys."""
        self.service = service
        self.store = store
        self.packs = dict(packs)
        self.nouns = Nouns(packs)
        self.settings = settings
        self.alive = alive
        self.metrics = metrics or Metrics()
        self.tracing = Tracing(on=settings.trace_requests)
        self.limiter = Limiter(settings.rate_per_s, settings.rate_burst)
        self.idempotency = Idempotency(store, kept=round(settings.idempotency_hours * HOUR))
        self.signer = Signer(store)
        self.cache: dict[str, Any] = {}
        self.lives = Lives(round(settings.session_hours * HOUR), round(settings.session_idle_minutes * MINUTE))
        self.at_end = ExitStack()
        self.stopping = False
        self.keys = KeyRing()
        self._used: set[str] = set()
        self.refresh_keys()

    def now(self) -> Micros:
        """Return the service's present moment."""
        return self.service.now()

    def pack_of(self, raw: object) -> str:
        """Return the pack that an envelope is for: by the noun of its subject; of several, the one that knows its type.

        Without a subject it will be refused; its type tells which pack's personal members have to be sealed then.
        Empty: no pack is known.
        """
        if not isinstance(raw, Mapping):
            return ""
        subject, event_type = raw.get("subject"), raw.get("type")
        said = event_type if isinstance(event_type, str) else ""
        if isinstance(subject, str) and subject:
            return self.nouns.pack_of(subject, said)
        return self.nouns.pack_knowing(said)

    def prune(self) -> None:
        """Drop what has had its time: answers, deliveries, links, sessions, the audit. Blocks, like the next."""
        now, day = self.now(), float(DAY)
        self.idempotency.prune(now)
        before, dead = (now - round(days * day) for days in (self.settings.outbox_days, self.settings.outbox_dead_days))
        # In steps, so that whoever has to write does not wait for long.
        while self.store.prune(before, dead=dead, limit=_STEP) == _STEP:
            pass
        links.prune(self.store, now)
        sessions.prune(self.store, now, self.lives)
        audit.prune(self.store, now - round(self.settings.audit_days * day))

    def refresh_keys(self) -> None:
        """Read the keys anew, and note which were used since the last time. Blocks: not for the event loop."""
        used, self._used = self._used, set()
        if used:
            note_used(self.store, used, self.now())
        self.keys = KeyRing(all_keys(self.store))

    def key_of(self, token: str) -> Key | None:
        """Return the good key of a token, `None` when there is none, and remember that it was used."""
        key = self.keys.check(token, self.now())
        if key is not None:
            self._used.add(key.id)
        return key


def context_of(connection: HTTPConnection) -> Context:
    """Return the context of the server that a request came to."""
    return cast(Context, connection.scope["troth"])


def body_of(connection: HTTPConnection) -> bytes:
    """Return the body, which the guard has read."""
    return cast(bytes, connection.scope["troth.body"])


def holder_of(scope: Mapping[str, Any]) -> Key | None:
    """Return the key that a request came with; `None`: the server has none."""
    return cast("Key | None", scope["troth.key"])
