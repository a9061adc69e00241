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
    looks = looks_of(sum(row["findings"] for row in rows), sum(row["failing"] for row in rows))
    lying = sum(row["unchecked"] > 0 for row in rows)
    parts = [plural(len(rows), "pack")]
    if lying:
        who = "it" if len(rows) == 1 else str(lying) if lying < len(rows) else "all of them"
        parts.append(f"{who} can say what is not so")
    if looks:
        parts.append(looks)
    if not lying and not looks:
        parts = [f"{parts[0]}, and nothing in {'it' if len(rows) == 1 else 'them'} to look at"]
    if running := sum(row["running"] for row in rows):
        who = "it is" if len(rows) == 1 else "all are" if running == len(rows) else plural(running, "is", "are")
        parts.append(f"{who} still being checked")
    return {"answer": f"{'; '.join(parts)}.", "packs": list(rows)}


def line(pack: Pack, study: Study, counts: Counts) -> Row:
    """Return a pack in a line."""
    return {
        "name": pack.name,
        "title": pack.title,
        "version": pack.version,
        "digest": pack.digest,
        "noun": pack.subject,
        "answer": answer(pack, study),
        "tone": tone(pack, study),
        "running": study.running,
        "checking": _checking(study),
        "to_look_at": findings(study) + len(failed(study)),
        "findings": findings(study),
        "failing": len(failed(study)),
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
    if looks := looks_of(findings(study), len(failed(study))):
        return f"{said}; {looks}."
    if study.broken:
        return f"{said}; its text could not be checked."
    if study.running and study.looked is None:
        return f"{said}; its text is still being checked."
    return f"{said}."


def tone(pack: Pack, study: Study) -> str:
    """Return the shape of the answer."""
    if findings(study) or failed(study):
        return "contradiction" if failed(study) or _errors(study) else "late"
    if anatomy.ungated(pack):
        return "late"
    return "unknown" if study.running or study.broken else "well"


def findings(study: Study) -> int:
    """Return how many findings of the compiler and the linter there are to look at."""
    found = study.looked.problems if study.looked is not None else ()
    return sum(problem.severity != "note" for problem in found)


def looks_of(found: int, failing: int) -> str:
    """Return what there is to look at; empty: nothing.

    >>> looks_of(3, 1), looks_of(1, 0), looks_of(0, 2)
    ('3 findings to look at and 1 scenario that fails', '1 finding to look at', '2 scenarios fail')
    """
    if not found:
        return plural(failing, "scenario fails", "scenarios fail") if failing else ""
    more = f" and {plural(failing, 'scenario that fails', 'scenarios that fail')}" if failing else ""
    return f"{plural(found, 'finding')} to look at{more}"


def _checking(study: Study) -> str:
    """Return what of a pack is still being checked, in words; empty: nothing."""
    if not study.running:
        return ""
    if study.looked is None:
        return "Its text is still being checked."
    return f"{plural(study.left, 'scenario is', 'scenarios are')} still to be run."


def failed(study: Study) -> list[Result]:
    """Return the scenarios that fail."""
    return [one for one in study.ran.values() if not one.passed]


def _errors(study: Study) -> list[Problem]:
    """Return what is not right, as against what is probably not meant."""
    return [one for one in (study.looked.problems if study.looked else ()) if one.severity == "error"]
