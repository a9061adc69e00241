"""Judging again what a live server has refused: through the service, as if it came now, but heard when it was heard."""

from __future__ import annotations

from collections.abc import Iterator

from troth.engine.journal import JOURNAL
from troth.errors import EventError
from troth.model.event import Event
from troth.model.times import Micros
from troth.ports.ledger import Refused
from troth.runtime.incoming import event_of
from troth.runtime.ingest import Replayed
from troth.surfaces.api.answers import decoded
from troth.surfaces.api.context import Context

_PAGE = 500
_WAIT_S = 60.0


def replay(context: Context, pack: str) -> Replayed:
    """Judge refused events again; what is right now is taken in, and leaves quarantine. Blocks.

    Rows of files are replayed by `troth quarantine replay`, which has the files; conflicts are settled by their own
    rule. What speaks in troth's own name stays where it is, whatever became of its other faults.

    Args:
        context: The server's parts.
        pack: Only what was meant for this pack; empty: all.
    """
    tried = released = accepted = 0
    after, now = "", context.now()
    while page := context.store.quarantine(after=after, limit=_PAGE):
        after = page[-1].id
        groups: dict[str, tuple[list[Event], list[str]]] = {}
        for refused in page:
            if refused.kind != "event" or (pack and refused.pack != pack):
                continue
            tried += 1
            events = list(_again(context, refused, now))
            if events:
                some, ids = groups.setdefault(refused.pack, ([], []))
                some += events
                ids.append(refused.id)
        for name, (events, ids) in groups.items():
            # First the events, then the release: after a fall between the two, the next replay finds duplicates.
            accepted += context.service.accept(name, events).result(_WAIT_S).accepted
            released += context.store.release(ids)
    return Replayed(tried, released, accepted)


def _again(context: Context, refused: Refused, now: Micros) -> Iterator[Event]:
    """Yield the event of a refusal that is right by now; nothing while it is not."""
    try:
        event = event_of(decoded(refused.raw), heard_at=refused.heard_at, now=now, tenant=context.store.tenant)
    except EventError:
        return
    served = refused.pack in context.packs if refused.pack else context.nouns.knows(event.subject)
    if event.source != JOURNAL and served:
        yield event
