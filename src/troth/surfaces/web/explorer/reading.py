"""From a name in an address to what its page shows: the packs served, counts, texts, stories. Blocks."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Final

from troth.engine.machine import prepare
from troth.model.pack import Pack
from troth.model.times import SECOND
from troth.surfaces.api.context import Context
from troth.surfaces.api.paging import tag_of
from troth.surfaces.web.explorer import answer, study, view
from troth.surfaces.web.explorer.census import Census
from troth.surfaces.web.explorer.compose import FILE, Composed
from troth.surfaces.web.explorer.stepping import Story, story_of
from troth.surfaces.web.explorer.studies import Studies
from troth.surfaces.web.explorer.walk import Walk
from troth.surfaces.web.live import Version

_AGAIN: Final = 2 * SECOND
_STORIES: Final = 64


class Shelf:
    """What the explorer reads.

    Args:
        context: The server's parts.
        studies: What is known about the packs; by default worked out in a process of its own.
    """

    def __init__(self, context: Context, studies: Studies | None = None) -> None:
        self._context = context
        self.studies = studies or Studies(context)
        self.census = Census(context.store)
        self._told = lru_cache(maxsize=_STORIES)(self._tell)

    def pack(self, name: str) -> Pack | None:
        """Return a pack that is served; `None`: there is none of that name."""
        return self._context.packs.get(name)

    def index(self, missing: str = "") -> dict[str, Any]:
        """Return the page of all packs; of those that there are, where a missing one was asked for."""
        now = self._context.now()
        packs = sorted(self._context.packs.values(), key=lambda pack: pack.name)
        studies = [self.studies.of(pack) for pack in packs]
        return answer.index([
            answer.line(pack, known, self.census.counts(pack.name, now))
            for pack, known in zip(packs, studies, strict=True)
        ], missing)  # fmt: skip

    def page(self, pack: Pack) -> dict[str, Any]:
        """Return the page of a pack."""
        known = self.studies.of(pack, wait=True)
        counts = self.census.counts(pack.name, self._context.now())
        return view.pack_view(pack, known, counts, self.data(pack))

    def counted(self, pack: Pack) -> dict[str, Any]:
        """Return what is counted of a pack, and how far its text has been worked out."""
        counts = self.census.counts(pack.name, self._context.now())
        known = self.studies.of(pack)
        more = {"answer": answer.answer(pack, known), "running": known.running, "left": known.left}
        return view.counted(pack, counts) | more

    def version(self, name: str) -> Version:
        """Return how a pack's page stands, for those who watch it."""
        pack = self.pack(name)
        if pack is None:
            return Version()
        shown = {key: value for key, value in self.counted(pack).items() if key != "at"}
        return Version(tag_of(shown).strip('"'), self._context.now() + _AGAIN)

    def data(self, pack: Pack) -> Mapping[str, Any]:
        """Return a pack's text as plain values; empty: it is not here."""
        files = self.studies.of(pack).text.files
        compiled = study.compiled_of(tuple(files.items()))
        return compiled.document.data if files and compiled.document is not None else {}

    # ------------------------------------------------------------------ stories

    def story(self, pack: Pack, walk: Walk) -> Story | None:
        """Return the story that somebody walks through; `None`: the pack has no such scenario."""
        return self._scenario(pack, walk.scenario) if walk.scenario else self._composed(pack, walk.composed)

    def _scenario(self, pack: Pack, name: str) -> Story | None:
        """Return a scenario of a pack with its steps; `None`: it has none of that name."""
        texts = self.studies.of(pack).text.scenarios
        file = next((file for file in sorted(texts) if view.stem_of(file) == name), None)
        return None if file is None else self._told(pack.name, pack.digest, file)

    def _composed(self, pack: Pack, composed: Composed) -> Story:
        """Return a composed story with its steps."""
        wrong = composed.problems()
        if wrong or not composed.steps:
            return Story(problems=wrong)
        return story_of(prepare(pack), composed.text(pack), FILE, expects=False)

    def _tell(self, name: str, digest: str, file: str) -> Story:
        """Tell a scenario; of a text it is told once."""
        pack = self._context.packs[name]
        assert pack.digest == digest, "a pack that is served does not change"
        return story_of(pack, self.studies.of(pack).text.scenarios[file], file, live=True)
