"""Live pages: a stream that tells only that a topic has a new version; the page fetches what changed.

One task looks for all streams: at the events that have come, whoever took them in, and at the moments at which time
alone changes something. The latest version wins; what a slow reader has missed is of no use to it.

Source: HTML Living Standard, Server-sent events.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from typing import Final

import msgspec
from starlette.concurrency import run_in_threadpool

from troth.errors import LedgerError
from troth.model.times import FOREVER, SECOND, Micros
from troth.runtime.telemetry import log
from troth.surfaces.api.context import Context
from troth.surfaces.watch.marks import end_of, next_of

BEAT_S: Final = 15.0
"""How often a stream says that it is alive."""
RETRY_MS: Final = 2_000
_LOOK_S: Final = 0.25
_ALL_EVERY: Final = SECOND
_PAGE: Final = 1_000
_BEHIND: Final = 20
_OF_ONE: Final = 30


class Version(msgspec.Struct, frozen=True):
    """How a subject stands.

    Attributes:
        tag: Another one whenever something else is shown of it.
        again_at: The moment at which time alone changes that.
        unheard: Whether a feed that is silent would change it by being heard again.
    """

    tag: str = ""
    again_at: Micros = FOREVER
    unheard: bool = False


Look = Callable[[str], Version]
"""Subject → how it stands. Blocks."""
ALL: Final = "*"
"""In place of a subject: whatever happens, it may stand otherwise."""


class Full(Exception):  # noqa: N818 - it says what is so
    """No more streams are served."""


class _Topic:
    """One subject that somebody watches: its version, and when to look again."""

    def __init__(self) -> None:
        self.version = Version()
        self.readers = 0


class Hub:
    """Watches subjects for all streams of a server.

    Args:
        context: The server's parts.
        look: Returns how a subject stands.
        about: Returns the subject whose events touch what is watched, or `ALL`; `None`: what is watched is a subject.
    """

    def __init__(self, context: Context, look: Look, about: Callable[[str], str] | None = None) -> None:
        self._context = context
        self._seen_as = look
        self._about = about or (lambda watched: watched)
        self._of_all_at: Micros = 0
        self._waiting: set[str] = set()
        self._topics: dict[str, _Topic] = {}
        self._changed = asyncio.Condition()
        self._task: asyncio.Task[None] | None = None
        self._marks: Sequence[int] = ()
        self._once_more: set[str] = set()
        self._heard: dict[str, Micros] = {}
        self._readers: Counter[str] = Counter()

    async def stream(self, subject: str, topic: str, seen: str) -> AsyncGenerator[bytes, None]:
        """Yield the events of one stream until the server stops.

        Args:
            subject: What is watched.
            topic: What the stream calls it.
            seen: The version that the reader has; another one is told at once.

        Raises:
            Full: As many streams are open as may be, in all or by this link: whoever holds one cannot take the streams
                of everybody else.
        """
        if self._readers.total() >= self._context.settings.page_streams or self._readers[topic] >= _OF_ONE:
            raise Full
        self._readers[topic] += 1
        known = self._topics.setdefault(subject, _Topic())
        known.readers += 1
        try:
            yield f"retry: {RETRY_MS}\n\n".encode()
            await self._begin(subject, known)
            while not self._context.stopping:
                if known.version.tag != seen:
                    seen = known.version.tag
                    yield f"event: change\nid: {seen}\ndata: {topic}\n\n".encode()
                else:
                    yield f"event: beat\ndata: {topic}\n\n".encode()
                await self._news(known, seen)
        finally:
            self._readers[topic] -= 1
            if not self._readers[topic]:
                del self._readers[topic]
            known.readers -= 1
            if not known.readers:
                self._topics.pop(subject, None)

    async def _begin(self, subject: str, known: _Topic) -> None:
        """Find the first version of a topic, and see that somebody looks."""
        if self._task is None or self._task.done():
            self._marks = await run_in_threadpool(end_of, self._context.store)
            self._task = asyncio.create_task(self._look())
        if not known.version.tag:
            known.version = await run_in_threadpool(self._seen_as, subject)

    async def _news(self, known: _Topic, seen: str) -> None:
        """Wait until a topic has another version, the server stops, or it is time to say that one is alive."""
        try:
            async with asyncio.timeout(BEAT_S), self._changed:
                await self._changed.wait_for(lambda: known.version.tag != seen or self._context.stopping)
        except TimeoutError:
            return

    async def _look(self) -> None:
        """Look for changes as long as anybody watches."""
        while self._topics and not self._context.stopping:
            await asyncio.sleep(_LOOK_S)
            topics = {subject: one.version for subject, one in self._topics.items()}
            try:
                found = await run_in_threadpool(self._changes, topics)
            except LedgerError as error:
                log("background", code=error.problems[0].code)
                continue
            except Exception as error:  # noqa: BLE001 - whatever it is, the other streams go on
                log("fault", level=logging.ERROR, error=error, route="live")
                continue
            await self._tell(found)
        await self._tell({})

    async def _tell(self, found: Mapping[str, Version]) -> None:
        """Note new versions, and wake whoever waits for one."""
        moved = False
        for subject, version in found.items():
            if subject in self._topics:
                topic = self._topics[subject]
                moved |= topic.version.tag != version.tag
                topic.version = version
        if moved or self._context.stopping:
            async with self._changed:
                self._changed.notify_all()

    def _changes(self, topics: Mapping[str, Version]) -> dict[str, Version]:
        """Return the versions of the topics that may have changed. Blocks."""
        now, heard = self._context.now(), self._context.store.watermarks()
        touched = self._touched(set(topics))
        # Events that another process has taken in are folded a moment after they can be seen.
        wanted = touched | (self._once_more & set(topics))
        self._once_more = touched
        # What a feed that was silent says may settle what was unknown, without an event about the subject.
        moved = heard != self._heard
        self._heard = heard
        wanted |= {name for name, one in topics.items() if one.again_at <= now or (moved and one.unheard)}
        return {name: self._seen_as(name) for name in self._now(wanted, set(topics), now)}

    def _now(self, wanted: set[str], topics: set[str], now: Micros) -> set[str]:
        """Return which of the wanted are looked at now: what any event touches waits for the next second."""
        wanted |= self._waiting & topics
        self._waiting = set()
        if self._of_all_at <= now < self._of_all_at + _ALL_EVERY:
            self._waiting = {name for name in wanted if self._about(name) == ALL}
        else:
            self._of_all_at = now
        return wanted - self._waiting

    def _touched(self, topics: set[str]) -> set[str]:
        """Return which of some topics have new events; all of them when there are too many to look through."""
        store = self._context.store
        by_subject: dict[str, set[str]] = {}
        for topic in topics:
            by_subject.setdefault(self._about(topic), set()).add(topic)
        found: set[str] = set()
        for _ in range(_BEHIND):
            stretch = next_of(store, self._marks, _PAGE)
            self._marks = stretch.marks
            happened = {one.event.subject for one in stretch.stored}
            found |= {one for subject in happened & by_subject.keys() for one in by_subject[subject]}
            found |= by_subject.get(ALL, set()) if happened else set()
            if not stretch.more:
                return found
        self._marks = end_of(store)
        return topics
