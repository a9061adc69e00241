"""Where a pack lies, in one sentence, and where all packs do. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias
from urllib.parse import quote

from troth.errors import Problem
from troth.model.pack import Pack
from troth.model.times import format_instant
from troth.scenarios import Result
from troth.surfaces.web.explorer import anatomy
from troth.surfaces.web.explorer.census import Counts
from troth.surfaces.web.explorer.studies import Study
from troth.surfaces.web.explorer.words import plural

Row: TypeAlias = dict[str, Any]


def index(rows: Sequence[Row], missing: str = "") -> Row:
    """Return the page of all packs.

    Args:
        rows: One of each pack, as of `line`.
        missing: A pack that was asked for and is not served.
    """
    if missing:
        return {"answer": f"No pack named “{missing}” is served here.", "packs": list(rows)}
    if not rows:
        return {"answer": "This server serves no pack.", "packs": []}
    looks = sum(row["to_look_at"] for row in rows)
    lying = sum(row["unchecked"] > 0 for row in rows)
    parts = [plural(len(rows), "pack")]
    if lying:
        who = "it" if len(rows) == 1 else str(lying) if lying < len(rows) else "all of them"
        parts.append(f"{who} can say what is not so")
    if looks:
        parts.append(f"{plural(looks, 'finding')} to look at")
    if not lying and not looks:
        parts = [f"{parts[0]}, and nothing in {'it' if len(rows) == 1 else 'them'} to look at"]
    if any(row["running"] for row in rows):
        parts.append("some are still being checked")
    return {"answer": f"{'; '.join(parts)}.", "packs": list(rows)}


def line(pack: Pack, study: Study, counts: Counts) -> Row:
    """Return a pack in a line."""
    looks = to_look_at(study)
    return {
        "name": pack.name,
        "title": pack.title,
        "version": pack.version,
        "digest": pack.digest,
        "noun": pack.subject,
        "answer": answer(pack, study),
        "tone": tone(pack, study),
        "running": study.running,
        "to_look_at": looks,
        "unchecked": len(anatomy.ungated(pack)),
        "subjects": counts.subjects,
        "open_cases": counts.cases,
        "counted_at": format_instant(counts.at),
        "href": f"/packs/{quote(pack.name, safe='')}",
    }


def answer(pack: Pack, study: Study) -> str:
    """Return where a pack lies, in one sentence."""
    free = anatomy.ungated(pack)
    if not pack.messages:
        said = "It says nothing to customers"
    elif not free:
        said = "No message can state what its facts do not bear out"
    else:
        total = plural(len(pack.messages), "message")
        said = f"{len(free)} of {total} {'is' if len(free) == 1 else 'are'} sent unchecked, and can say what is not so"
    looks = to_look_at(study)
    if looks:
        return f"{said}; {plural(looks, 'finding')} to look at."
    if study.broken:
        return f"{said}; its text could not be checked."
    if study.running and study.looked is None:
        return f"{said}; its text is still being checked."
    return f"{said}."


def tone(pack: Pack, study: Study) -> str:
    """Return the shape of the answer."""
    if to_look_at(study):
        return "contradiction" if failed(study) or _errors(study) else "late"
    if anatomy.ungated(pack):
        return "late"
    return "unknown" if study.running or study.broken else "well"


def to_look_at(study: Study) -> int:
    """Return how many findings there are to look at: of the compiler, the linter, and scenarios that fail."""
    found = study.looked.problems if study.looked is not None else ()
    return sum(problem.severity != "note" for problem in found) + len(failed(study))


def failed(study: Study) -> list[Result]:
    """Return the scenarios that fail."""
    return [one for one in study.ran.values() if not one.passed]


def _errors(study: Study) -> list[Problem]:
    """Return what is not right, as against what is probably not meant."""
    return [one for one in (study.looked.problems if study.looked else ()) if one.severity == "error"]
