"""The page of a pack, as plain data: what its template renders and its `.json` answers. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final, TypeAlias
from urllib.parse import quote

from troth.errors import Problem
from troth.model.pack import Pack
from troth.model.times import format_instant
from troth.scenarios import Result
from troth.surfaces.web.explorer import anatomy
from troth.surfaces.web.explorer.answer import failed, line
from troth.surfaces.web.explorer.census import NOWHERE, Counts
from troth.surfaces.web.explorer.diagram import address_of
from troth.surfaces.web.explorer.permitted import Verdict
from troth.surfaces.web.explorer.studies import Study
from troth.surfaces.web.explorer.words import plural

Row: TypeAlias = dict[str, Any]
_SENTENCE: Final = re.compile(r"^scenario: +(.+)$", re.MULTILINE)
VERDICTS: Final[Mapping[str, tuple[str, str]]] = {
    "yes": ("well", "yes"),
    "held": ("open", "once known"),
    "promise": ("open", "while promised"),
    "depends": ("unknown", "depends"),
    "no": ("wrong", "no"),
    "unreached": ("nothing", "never here"),
    "unclear": ("unknown", "not worked out"),
}
"""Kind of verdict → its shape and its word."""
MEANS: Final[Mapping[str, str]] = {
    "yes": "true in every case in which a subject is in this state",
    "held": "true wherever what it reads is known; held while it is not",
    "promise": "true while its promise is open or kept",
    "depends": "true or not by facts that the state leaves open",
    "no": "not true in any case",
    "unreached": "no case of the facts brings this state about",
    "unclear": "there are too many cases to say",
}
"""Kind of verdict → what it means."""


def pack_view(pack: Pack, study: Study, counts: Counts, data: Mapping[str, Any]) -> Row:
    """Return the page of a pack.

    Args:
        pack: The pack.
        study: What is known about its text.
        counts: What is counted of its subjects.
        data: Its text as plain values; empty: it is not here.
    """
    return {
        "pack": line(pack, study, counts),
        "description": str(data.get("description", "")),
        "more": _more(pack, study),
        "counts": counted(pack, counts),
        "states": [_state(pack, row, counts) for row in anatomy.states(pack)],
        "transitions": bool(pack.transitions),
        "verdicts": _verdicts(pack, study),
        "statements": anatomy.statements(pack),
        "messages": anatomy.messages(pack),
        "facts": anatomy.facts(pack),
        "sources": anatomy.sources(pack),
        "promises": anatomy.promises(pack, data),
        "timers": anatomy.timers(pack),
        "cases": anatomy.cases(pack),
        "actions": anatomy.actions(pack),
        "findings": findings(study),
        "scenarios": scenarios(pack, study),
    }


def counted(pack: Pack, counts: Counts) -> Row:
    """Return what is counted of a pack's subjects: what a live page renews."""
    known = {state.name for state in pack.states}
    elsewhere = {name: count for name, count in counts.states.items() if name not in known and name != NOWHERE}
    return {
        "at": format_instant(counts.at),
        "subjects": counts.subjects,
        "open_cases": counts.cases,
        "states": {state.name: counts.states.get(state.name, 0) for state in pack.states},
        "unknown": counts.states.get(NOWHERE, 0),
        "elsewhere": elsewhere,
        "listed": counts.listed,
        "said": _said(pack, counts),
    }


def problem_row(problem: Problem, why: Sequence[str] = ()) -> Row:
    """Return a problem as a row: where, what, what was expected, what to do."""
    place = problem.place
    where = f"{place.file}:{place.line}" if place.line else place.file or place.path
    return {
        "where": where,
        "path": place.path,
        "code": problem.code,
        "severity": problem.severity,
        "found": problem.found,
        "expected": problem.expected,
        "remedy": problem.remedy,
        "page": f"/problems/{problem.code}",
        "why": list(why),
    }


def findings(study: Study) -> Row:
    """Return what the compiler and the linter have found, and what the pack justifies."""
    looked = study.looked
    return {
        "state": "not here" if not study.text.files else "running" if looked is None and not study.broken else "done",
        "rows": [problem_row(problem) for problem in (looked.problems if looked else ())],
        "justified": [{"code": one.code, "page": f"/problems/{one.code.partition(':')[0]}", "reason": one.reason}
                      for one in (looked.allowed if looked else ())],
        "files": [*study.text.files, *study.text.mappings, *study.text.scenarios],
    }  # fmt: skip


def scenarios(pack: Pack, study: Study) -> Row:
    """Return what the scenarios say; those that fail first."""
    failing = {one.file for one in failed(study)}
    passed = sum(one.passed for one in study.ran.values())
    return {
        "state": "none" if not study.text.scenarios else "running" if study.left and not study.broken else "done",
        "beside": study.text.beside,
        "count": len(study.text.scenarios),
        "passed": passed,
        "failed": len(failed(study)),
        "left": study.left,
        "rows": [
            _scenario(pack, file, study.text.scenarios[file], study.ran.get(file))
            for file in sorted(study.text.scenarios, key=lambda file: (file not in failing, file))
        ],
    }


def stem_of(file: str) -> str:
    """Return the name of a scenario's file without folder and ending: what addresses call it."""
    return file.rpartition("/")[2].partition(".")[0]


def _scenario(pack: Pack, file: str, text: str, ran: Result | None) -> Row:
    """Return a scenario as a row."""
    name = stem_of(file)
    said = _SENTENCE.search(text)
    return {
        "name": ran.name if ran is not None else said[1].strip("\"' ") if said else name.replace("_", " "),
        "file": file,
        "passed": None if ran is None else ran.passed,
        "expectations": 0 if ran is None else ran.expectations,
        "orders": 0 if ran is None else ran.orders,
        "href": f"/packs/{quote(pack.name, safe='')}/steps?scenario={quote(name, safe='')}",
        "problems": _problems_of(ran),
    }


def _problems_of(ran: Result | None) -> list[Row]:
    """Return what is wrong with a scenario's file, or does not hold, with its explanation."""
    if ran is None:
        return []
    return [*map(problem_row, ran.problems), *(problem_row(one.problem, one.why) for one in ran.failures)]


def _state(pack: Pack, row: Row, counts: Counts) -> Row:
    """Return a state with how many subjects are in it."""
    return row | {"count": counts.states.get(row["name"], 0), "href": address_of(pack.name, row["name"])}


def _said(pack: Pack, counts: Counts) -> str:
    """Return the count in one sentence."""
    if not counts.subjects:
        return f"No {pack.subject} has been heard of yet."
    lost = counts.states.get(NOWHERE, 0)
    said = f"{plural(counts.subjects, 'subject')}, {plural(counts.cases, 'open case')}"
    if lost:
        said += f"; the state of {plural(lost, 'subject')} is not known"
    return f"{said}."


def _more(pack: Pack, study: Study) -> list[str]:
    """Return what else has to be known of the answer."""
    said = []
    unsafe = [
        message.title or message.name.replace("_", " ") for message in pack.messages.values() if message.fail == "open"
    ]
    if unsafe:
        verb = "leaves" if len(unsafe) == 1 else "leave"
        said.append(f"While the gate is out of reach, {plural(len(unsafe), 'message')} {verb} unjudged: "
                    f"{', '.join(f'“{title}”' for title in unsafe)}.")  # fmt: skip
    if not study.text.files:
        said.append("The text of this pack is not here: what its linter would say cannot be shown.")
    elif not study.text.beside:
        said.append("The ledger keeps the pack's own text; its scenarios and mappings are not here.")
    return said


def _verdicts(pack: Pack, study: Study) -> Row:
    """Return state → statement → whether the state bears it; empty: it is not worked out yet."""
    found = study.looked.verdicts if study.looked is not None else {}
    return {
        state.name: {name: _verdict(one) for name, one in found[state.name].items()}
        for state in pack.states
        if state.name in found
    }


def _verdict(one: Verdict) -> Row:
    """Return a verdict as a row."""
    shape, word = VERDICTS[one.kind]
    return {"kind": one.kind, "shape": shape, "word": word, "facts": list(one.facts), "promise": one.promise}
