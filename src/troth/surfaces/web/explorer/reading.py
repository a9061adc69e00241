"""From a name in an address to what its page shows: the packs served, counts, texts, stories, comparisons. Blocks."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import Executor
from functools import lru_cache
from typing import Any, Final

import msgspec

from troth.engine.machine import prepare
from troth.errors import LedgerError, Place, Problem
from troth.lang.compile import compile_pack
from troth.model.pack import Pack
from troth.model.times import SECOND
from troth.runtime import catalog
from troth.surfaces.api.context import Context
from troth.surfaces.api.paging import tag_of
from troth.surfaces.web.explorer import planning, study, view
from troth.surfaces.web.explorer.census import Census
from troth.surfaces.web.explorer.compose import FILE, Composed
from troth.surfaces.web.explorer.difference import differences
from troth.surfaces.web.explorer.planning import Asked
from troth.surfaces.web.explorer.stepping import Story, story_of
from troth.surfaces.web.explorer.studies import Studies, process
from troth.surfaces.web.live import Version

PASTED: Final = "pasted pack.yaml"
"""What a pasted text is called in places."""
LIMIT: Final = 200_000
"""Characters of a pasted pack."""
_AGAIN: Final = 2 * SECOND
_STORIES: Final = 64


class Compared(msgspec.Struct, frozen=True):
    """What came of comparing a pack with a changed one.

    Attributes:
        problems: What is wrong with the changed one; then nothing was compared.
        rows: What they declare differently.
        plan: What would change on the history; `None`: it was not looked at.
        version: Of the changed one, as it says.
    """

    problems: tuple[Problem, ...] = ()
    rows: tuple[Mapping[str, Any], ...] = ()
    plan: Mapping[str, Any] | None = None
    version: int = 0


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

    def index(self) -> dict[str, Any]:
        """Return the page of all packs."""
        now = self._context.now()
        packs = sorted(self._context.packs.values(), key=lambda pack: pack.name)
        studies = [self.studies.of(pack) for pack in packs]
        return view.index([
            view.line(pack, known, self.census.counts(pack.name, now))
            for pack, known in zip(packs, studies, strict=True)
        ])  # fmt: skip

    def page(self, pack: Pack) -> dict[str, Any]:
        """Return the page of a pack."""
        known = self.studies.of(pack, wait=True)
        counts = self.census.counts(pack.name, self._context.now())
        return view.pack_view(pack, known, counts, self.data(pack))

    def counted(self, pack: Pack) -> dict[str, Any]:
        """Return what is counted of a pack, and how far its text has been worked out."""
        counts = self.census.counts(pack.name, self._context.now())
        known = self.studies.of(pack)
        more = {"answer": view.answer(pack, known), "running": known.running, "left": known.left}
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

    def scenario(self, pack: Pack, name: str) -> Story | None:
        """Return a scenario of a pack with its steps; `None`: it has none of that name."""
        texts = self.studies.of(pack).text.scenarios
        file = next((file for file in sorted(texts) if view.stem_of(file) == name), None)
        return None if file is None else self._told(pack.name, pack.digest, file)

    def composed(self, pack: Pack, composed: Composed) -> Story:
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

    # ------------------------------------------------------------------ comparisons

    def former(self, pack: Pack) -> dict[str, str]:
        """Return the versions of a pack that can be compared with: key → what they are."""
        found = {}
        for key, kept in catalog.former(self._context.store, pack.name).items():
            compiled = study.compiled_of(tuple(kept.items()))
            if compiled.pack is not None and compiled.pack.digest != pack.digest:
                found[key] = f"version {compiled.pack.version}, {compiled.pack.digest[:12]}"
        return found

    def compare_former(self, pack: Pack, key: str) -> Compared | None:
        """Compare an older version with the pack as it is served; `None`: the ledger keeps no such version."""
        kept = catalog.former(self._context.store, pack.name).get(key)
        return None if kept is None else self._compare(pack, dict(kept), former=True)

    def compare(self, pack: Pack, text: str) -> Compared:
        """Compare the pack as it is served with a pasted one."""
        if len(text) > LIMIT:
            found = f"a text of {len(text):,} characters"
            expected, remedy = f"at most {LIMIT:,}", "compare it on the command line: troth plan"
            return Compared((Problem(Place(PASTED), "P305", found, expected, remedy),))
        return self._compare(pack, {PASTED: text}, former=False)

    def _compare(self, pack: Pack, files: dict[str, str], *, former: bool) -> Compared:
        """Compare the pack as it is served with another version."""
        served = dict(self.studies.of(pack).text.files)
        compiled = compile_pack(files)
        if compiled.pack is None or compiled.document is None:
            return Compared(compiled.problems)
        other = compiled.pack
        if (other.name, other.subject) != (pack.name, pack.subject):
            found = f"{pack.name} is about {pack.subject}, {other.name} about {other.subject}"
            expected = "two packs of one name, about the same subjects"
            wrong = Problem(Place(next(iter(files)), 1, 1), "B104", found, expected, "change a copy, and keep its name")
            return Compared((wrong,))
        if not served:
            wrong = Problem(Place(pack.name), "P301", "the text of the pack as it is served is not here",
                            "a pack that the server was given by name or path", "start it with `--pack`")  # fmt: skip
            return Compared((wrong,))
        texts, packs = (self.data(pack), compiled.document.data), (served, files)
        old, new = (packs[1], packs[0]) if former else packs
        rows = differences(texts[1], texts[0]) if former else differences(*texts)
        return Compared((), tuple(rows), self._plan(pack, old, new), other.version)

    def _plan(self, pack: Pack, old: dict[str, str], new: dict[str, str]) -> Mapping[str, Any]:
        """Return what would change on the history."""
        asked = Asked(pack.name, old, new, self._context.now())
        db = self._context.settings.db
        if not db:
            return planning.plan_view(planning.plan_on(self._context.store, asked), asked)
        workshop: Executor
        try:
            with process() as workshop:
                return planning.plan_view(workshop.submit(planning.plan_in, db, asked).result(), asked)
        except OSError as error:
            raise LedgerError(Problem(Place(pack.name), "B107", "no process could be started", "one", "")) from error
