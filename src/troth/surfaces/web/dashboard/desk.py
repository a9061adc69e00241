"""Answers for the pages: what the one worker has found, or that it is at it, or why it cannot be found."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Hashable, Sequence
from time import perf_counter
from typing import Any, Final, TypeAlias

import msgspec
from starlette.concurrency import run_in_threadpool

from troth.errors import TrothError
from troth.measures.question import Tables
from troth.measures.registry import measure_of
from troth.model.pack import Pack
from troth.model.times import FOREVER, Micros
from troth.surfaces.api.context import Context
from troth.surfaces.web.dashboard import figuring, rows
from troth.surfaces.web.dashboard.asked import MAIN, OTHERS, Asked
from troth.surfaces.web.dashboard.keeping import kept
from troth.surfaces.web.dashboard.rows import Wanted
from troth.surfaces.web.dashboard.scene import Scene
from troth.surfaces.web.dashboard.shelf import Present, Shelf, names_of
from troth.surfaces.web.dashboard.span import Span, fitting, span_of
from troth.surfaces.web.dashboard.words import Words
from troth.surfaces.web.dashboard.working import WAIT_S, Failed, Limit, Worker, Working
from troth.surfaces.web.live import Version

HELD_S: Final = 30.0
"""So long a page shows what was found before, though the ledger has grown since: it says so, and offers the newer."""
EXPORT_S: Final = 120.0


class Basis(msgspec.Struct, frozen=True):
    """What can be chosen from, and before which moment nothing is."""

    pack: str
    packs: tuple[tuple[str, int], ...]
    attributes: tuple[str, ...]
    first: Micros | None


class Scened(msgspec.Struct, frozen=True):
    """What a page is about, with the moment that it speaks of."""

    scene: Scene
    at: Micros
    basis: Basis

    def of(self, kind: str, leg: str) -> Scened:
        """Return the same about one kind and leg."""
        asked = self.scene.asked.but(kind=kind, leg=leg)
        return msgspec.structs.replace(self, scene=msgspec.structs.replace(self.scene, asked=asked))


Outcome: TypeAlias = Scened | Working | Failed


class Desk:
    """Finds what pages show.

    Args:
        context: The server's parts.
    """

    def __init__(self, context: Context) -> None:
        self._context = context
        room = tempfile.TemporaryDirectory(prefix="troth-dashboard-", ignore_cleanup_errors=True)
        context.at_end.callback(room.cleanup)
        self._shelf = Shelf(context, room)
        self.worker = Worker()
        # What was told takes minutes the first time: nobody who asks for anything else is to wait behind it.
        self._patient_shelf = Shelf(context, room)
        self.patient = Worker()
        self._held: tuple[Present, float] | None = None

    # ------------------------------------------------------------------ what a page is about

    async def scene(self, asked: Asked, words: Words) -> Outcome:
        """Return what a page is about, or that it is being found out, or why it cannot be.

        Args:
            asked: What is asked.
            words: How numbers are written.
        """
        present = await self._present(asked.seen)
        try:
            span = span_of(asked, present.at or 0, words.reader.zone)
        except TrothError as error:
            return Failed(error)

        def work(limit: Limit) -> Basis:
            chosen = self._shelf.chosen(asked.but(where=""), span.at, limit)
            pack = self._context.packs.get(chosen.pack)
            first = [name for name in (pack.segments if pack else ()) if name in chosen.attributes]
            attributes = (*first, *(name for name in chosen.attributes if name not in first))
            return Basis(chosen.pack, chosen.packs, attributes, figuring.first(chosen.tables))

        basis = await self.worker.of(("basis", present.position, span.at, asked.pack), work)
        if not isinstance(basis, Basis):
            found: Outcome = basis
            return found
        unknown = 0
        if asked.where:
            seen = await self.worker.of(
                ("where", present.position, span.at, basis.pack, asked.where),
                lambda limit: self._shelf.chosen(asked, span.at, limit).unknown,
            )
            if not isinstance(seen, int):
                failed: Outcome = seen
                return failed
            unknown = seen
        span = fitting(span, asked, basis.first)
        return Scened(self._scene(asked, span, words, basis, present, unknown), span.at, basis)

    def plain(self, asked: Asked, words: Words) -> Scene:
        """Return what a page is about of which nothing could be found out: only what was asked."""
        span = span_of(Asked(), self._context.now(), words.reader.zone)
        return Scene(words, asked, span, self._context.packs.get(asked.pack), asked.pack)

    def _scene(
        self, asked: Asked, span: Span, words: Words, basis: Basis, present: Present, unknown: int
    ) -> Scene:  # fmt: skip
        packs = self._context.packs
        return Scene(
            words,
            asked,
            span,
            packs.get(basis.pack),
            basis.pack,
            [(name, names_of(packs, name), count) for name, count in basis.packs],
            basis.attributes,
            unknown,
            self._stale(basis.pack, span.at),
            present.position,
        )

    def _stale(self, name: str, at: Micros) -> Sequence[tuple[str, Micros | None, Micros]]:
        """Return the feeds of a pack that did not count as heard any more at a moment."""
        pack = self._context.packs.get(name)
        if pack is None:
            return ()
        heard = self._context.store.watermarks()
        return [
            (source.title or source.name, heard.get(source.name), source.heard_for)
            for source in pack.sources
            if source.heard_for and heard.get(source.name, -FOREVER) + source.heard_for < at
        ]

    async def _present(self, seen: str) -> Present:
        """Return how far the ledger is: as it was lately, unless something newer is asked for."""
        present = await run_in_threadpool(self._shelf.present)
        if self._held is not None:
            held, when = self._held
            newer = seen.isdigit() and int(seen) > held.position
            if held.position == present.position or (perf_counter() - when < HELD_S and not newer):
                return held if held.position != present.position else present
        self._held = present, perf_counter()
        return present

    def look(self, _: str) -> Version:
        """Return how far the ledger is, for those who watch. Blocks."""
        return Version(str(self._shelf.present().position))

    # ------------------------------------------------------------------ what it shows

    async def overview(self, scened: Scened, names: Sequence[str] = MAIN, *, wait_s: float = WAIT_S) -> Any:
        """Return what was found of some measures, in their order; `Working` or `Failed` as soon as one is not there."""
        began, asked = perf_counter(), scened.scene.asked
        about = asked.but(seen="", by="", kind="", leg="", segment="")
        patient = names is not MAIN
        shelf = self._patient_shelf if patient else self._shelf
        packs, span = self._context.packs, scened.scene.span
        found: list[figuring.Found] = []
        for name in names:

            def work(limit: Limit, name: str = name) -> figuring.Found:
                chosen = shelf.chosen(asked, scened.at, limit)
                own = about.but(pack=chosen.pack)
                return kept(
                    chosen.place, ("overview", name, own, span),
                    lambda: figuring.overview(name, chosen.tables, own, span, packs),
                )  # fmt: skip

            left = wait_s - (perf_counter() - began)
            one = await self._of(("overview", name, about), scened, work, left, patient=patient)
            if isinstance(one, Working):
                return msgspec.structs.replace(one, place=len(found))
            if isinstance(one, Failed):
                return one
            found.append(one)
        return found

    async def others(self, scened: Scened, *, wait_s: float) -> Any:
        """Return what was found of the other measures: these read what was told."""
        return await self.overview(scened, OTHERS, wait_s=wait_s)

    async def whole(self, scened: Scened, name: str, *, wait_s: float = WAIT_S) -> Any:
        """Return what was found of one measure."""
        asked, packs, span = scened.scene.asked, self._context.packs, scened.scene.span

        def work(limit: Limit) -> figuring.Found:
            chosen = self._shelf.chosen(asked, scened.at, limit)
            own = asked.but(pack=chosen.pack, seen="", segment="")
            return kept(
                chosen.place, ("whole", name, own, span),
                lambda: figuring.whole(name, chosen.tables, own, span, packs),
            )  # fmt: skip

        return await self._of(("whole", name, asked.but(seen="", segment="")), scened, work, wait_s)

    async def told(self, scened: Scened, name: str, *, wait_s: float) -> Any:
        """Return what was found of one measure in what was told."""
        asked, span = scened.scene.asked, scened.scene.span

        def work(limit: Limit) -> figuring.Found:
            chosen = self._patient_shelf.chosen(asked, scened.at, limit)
            own = asked.but(pack=chosen.pack, seen="", segment="", by="")
            return kept(chosen.place, ("told", name, own, span), lambda: figuring.told(name, chosen.tables, own, span))

        key = ("told", name, asked.but(seen="", segment="", by=""))
        return await self._of(key, scened, work, wait_s, patient=True)

    async def rows(self, scened: Scened, wanted: Wanted) -> Any:
        """Return the rows behind a number."""

        def work(limit: Limit) -> rows.Listed:
            return rows.listed(*self._rows_of(scened, wanted, limit), measure_of(wanted.measure).definition.parts)

        return await self._of(("rows", wanted, scened.scene.asked.but(seen="")), scened, work, WAIT_S)

    async def text(self, scened: Scened, wanted: Wanted) -> Any:
        """Return all rows behind a number as CSV."""

        def work(limit: Limit) -> bytes:
            return rows.whole_text(*self._rows_of(scened, wanted, limit))

        key = ("text", wanted, scened.scene.asked.but(seen=""))
        return await self._of(key, scened, work, EXPORT_S)

    def _rows_of(self, scened: Scened, wanted: Wanted, limit: Limit) -> tuple[Wanted, Tables, Asked, Span, Pack]:
        chosen = self._shelf.chosen(scened.scene.asked, scened.at, limit)
        pack = self._context.packs[chosen.pack]
        return wanted, chosen.tables, scened.scene.asked, scened.scene.span, pack

    async def _of(
        self, key: Hashable, scened: Scened, work: Callable[[Limit], Any], wait_s: float, *, patient: bool = False
    ) -> Any:
        """Return what came out of a piece of work over the tables of a moment."""
        whole = (key, scened.scene.position, scened.at, scened.scene.span.zone)
        worker = self.patient if patient else self.worker
        found = await worker.of(whole, self._again(scened, work, patient=patient), wait_s=max(wait_s, 0.01))
        return msgspec.structs.replace(found, place=0) if isinstance(found, Working) else found

    def _again(self, scened: Scened, work: Callable[[Limit], Any], *, patient: bool) -> Callable[[Limit], Any]:
        """Return work that is done once more where the files of its tables were removed by somebody else."""
        import duckdb

        def done(limit: Limit) -> Any:
            try:
                return work(limit)
            except duckdb.IOException:
                (self._patient_shelf if patient else self._shelf).drop(scened.at)
                return work(limit)

        return done
