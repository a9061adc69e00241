"""A pack as it is served beside another version of it: what they declare differently, and what would change. Blocks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, TypeAlias
from urllib.parse import quote

import msgspec

from troth.errors import LedgerError, Place, Problem
from troth.lang.compile import compile_pack
from troth.model.pack import Pack
from troth.runtime import catalog
from troth.surfaces.api.context import Context
from troth.surfaces.web.explorer import planning, study, view
from troth.surfaces.web.explorer.difference import differences
from troth.surfaces.web.explorer.planning import Asked
from troth.surfaces.web.explorer.reading import Shelf
from troth.surfaces.web.explorer.words import plural

Row: TypeAlias = dict[str, Any]
PASTED: Final = "pasted pack.yaml"
"""What a pasted text is called in places."""
_NO_TEXT: Final = "no text: nothing was pasted"
LIMIT: Final = 200_000
"""Characters of a pasted pack."""


class Compared(msgspec.Struct, frozen=True):
    """What came of comparing a pack with another version of it.

    Attributes:
        problems: What is wrong with the other one; then nothing was compared.
        rows: What they declare differently.
        plan: What would change on the history; `None`: nothing was compared.
        said: From which one to which one, in words.
    """

    problems: tuple[Problem, ...] = ()
    rows: tuple[Mapping[str, Any], ...] = ()
    plan: Mapping[str, Any] | None = None
    said: str = ""


class Comparison:
    """Compares the packs that a server serves with other versions of them.

    Args:
        context: The server's parts.
        shelf: What the explorer reads.
    """

    def __init__(self, context: Context, shelf: Shelf) -> None:
        self._context, self._shelf = context, shelf

    def former(self, pack: Pack) -> dict[str, str]:
        """Return the versions of a pack that can be compared with: key → what they are."""
        found = {}
        for key, kept in catalog.former(self._context.store, pack.name).items():
            compiled = study.compiled_of(tuple(kept.items()))
            if compiled.pack is not None and compiled.pack.digest != pack.digest:
                found[key] = f"version {compiled.pack.version}, {compiled.pack.digest[:12]}"
        return found

    def with_former(self, pack: Pack, key: str) -> Compared | None:
        """Compare an older version with the pack as it is served; `None`: the ledger keeps no such version."""
        kept = catalog.former(self._context.store, pack.name).get(key)
        return None if kept is None else self._compare(pack, study.within(kept, next(iter(kept))), former=True)

    def with_text(self, pack: Pack, text: str) -> Compared:
        """Compare the pack as it is served with a pasted one."""
        if not text.strip():
            expected = "the text of a pack.yaml"
            nothing = Problem(Place(PASTED), "P106", _NO_TEXT, expected, "paste the whole text, and compare again")
            return Compared((nothing,))
        if len(text) > LIMIT:
            found = f"a text of {len(text):,} characters"
            expected, remedy = f"at most {LIMIT:,}", "compare it on the command line: troth plan"
            return Compared((Problem(Place(PASTED), "P305", found, expected, remedy),))
        return self._compare(pack, {PASTED: text}, former=False)

    def view(self, pack: Pack, at: str, compared: Compared | None) -> Row:
        """Return the page of a comparison.

        Args:
            pack: The pack as it is served.
            at: Address of its page.
            compared: What came of it; `None`: nothing was compared yet.
        """
        return {
            "pack": pack.name,
            "version": pack.version,
            "said": compared.said if compared else "",
            "answer": _answer(pack, compared),
            "compared": compared is not None and not compared.problems,
            "problems": [view.problem_row(each) for each in compared.problems] if compared else [],
            "rows": list(compared.rows) if compared else [],
            "plan": compared.plan if compared else None,
            "former": [
                {"key": key, "says": says, "href": f"{at}/changes?from={quote(key, safe='')}"}
                for key, says in self.former(pack).items()
            ],
        }

    def _compare(self, pack: Pack, files: dict[str, str], *, former: bool) -> Compared:
        """Compare the pack as it is served with another version."""
        served = dict(self._shelf.studies.of(pack).text.files)
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
        both = [(self._shelf.data(pack), served), (compiled.document.data, files)]
        (before, old), (after, new) = reversed(both) if former else both
        said = f"from version {other.version} to the present" if former else "by the pasted pack"
        return Compared((), tuple(differences(before, after)), self._plan(pack, old, new), said)

    def _plan(self, pack: Pack, old: dict[str, str], new: dict[str, str]) -> Mapping[str, Any]:
        """Return what would change on the history."""
        now = self._context.now()
        asked = Asked(pack.name, old, new, now, self._shelf.census.counts(pack.name, now).subjects)
        db = self._context.settings.db
        try:
            found = planning.plan_in(db, asked) if db else planning.plan_on(self._context.store, asked)
        except OSError as error:
            raise LedgerError(Problem(Place(pack.name), "B107", str(error), "an answer", "")) from error
        return planning.plan_view(found, asked)


def _answer(pack: Pack, compared: Compared | None) -> str:
    """Return what a comparison says, in one sentence."""
    if compared is None:
        return f"What would another version of {pack.name} change?"
    if any(problem.found == _NO_TEXT for problem in compared.problems):
        return "No text was pasted: there is nothing to compare with."
    if compared.problems:
        return f"It cannot be compared: {plural(len(compared.problems), 'problem')} in it."
    if not compared.rows:
        return "Nothing is declared differently."
    return f"{plural(len(compared.rows), 'thing')} declared differently. {(compared.plan or {}).get('answer', '')}"
