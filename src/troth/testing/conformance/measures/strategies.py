"""Hypothesis strategies for worlds: few subjects, few moments, every outcome, and nothing where nothing may stand."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any, Final

from hypothesis import strategies as st

from troth.measures.tables import cluster_of
from troth.model.hindsight import VERDICTS
from troth.model.times import DAY, HOUR, Micros
from troth.testing.conformance.measures.world import AS_OF, KINDS, LEGS, PACK, YEAR_1, YEAR_9999, World

_ALIGNMENTS: Final = ("aligned", "ahead", "stuck", "unverifiable", "behind", "untold")
_OUTCOMES: Final = ("open", "kept", "late", "broken", "void", "unknown")
_TRUTHS: Final = ("true", "false", "unknown")
_MOMENTS: Final = (0, 1, HOUR, 10 * DAY, 10 * DAY + 1, 50 * DAY, AS_OF - 2 * HOUR, AS_OF - 1, AS_OF)
_ENDS: Final = (YEAR_1, YEAR_9999, AS_OF + 1, AS_OF + 30 * DAY)

_moment: Final = st.sampled_from((*_MOMENTS * 3, *_ENDS))
_perhaps: Final = st.one_of(st.none(), _moment)
_past: Final = st.sampled_from(_MOMENTS)


def _one(*values: Any) -> st.SearchStrategy[Any]:
    return st.sampled_from(values)


@st.composite
def _subject(draw: st.DrawFn, number: int) -> dict[str, Any]:
    name = f"parcel/{number}"
    requested = draw(st.one_of(st.none(), _past, _past, _past, _moment))
    outcome = draw(_one("usable", "usable", "cancelled", "failed", "open"))
    undated = outcome != "open" and draw(_one(False, False, False, True))
    return {
        "subject": name,
        "pack": PACK,
        "cluster": cluster_of(name),
        "requested_at": requested,
        "entry": requested if draw(st.booleans()) or requested is None else max(requested, draw(_past)),
        "observed_until": AS_OF - draw(_one(0, 2 * HOUR)),
        "outcome": outcome,
        "outcome_at": None if outcome == "open" or undated else draw(_moment),
        "undated": undated,
        "clock_until": None if undated or requested is None else max(requested, draw(_past)),
        "state": draw(_one("delivered", "placed", "unknown", "cancelled")),
        "a:shop": draw(_one(None, "", "a", "a", "b", "b", "ünïcode ' \" %s")),
        "a:express": draw(_one(None, True, False)),
        "a:w": draw(_one(None, 0.0, 1.0, 1.0, 2.5, 1e-3)),
    }


def _pieces(draw: st.DrawFn, start: Micros, until: Micros) -> list[tuple[Micros, Micros]]:
    """Return neighbouring spans from start to until, cut at some moments between."""
    inner = draw(st.lists(st.integers(1, 9), max_size=4, unique=True))
    cuts = sorted({start, until, *(start + (until - start) * tenth // 10 for tenth in inner)})
    return list(pairwise(cuts))


def _spans(draw: st.DrawFn, subject: dict[str, Any]) -> list[dict[str, Any]]:
    start, until = subject["requested_at"], subject["clock_until"]
    if start is None or until is None:
        return []
    name = subject["subject"]
    return [
        {"subject": name, "since": since, "until": end, "alignment": draw(_one(*_ALIGNMENTS)), "about": ""}
        for since, end in _pieces(draw, start, until)
    ]


def _promises(draw: st.DrawFn, subject: str) -> list[dict[str, Any]]:
    found = []
    for kind in KINDS:
        for key in range(draw(_one(0, 1, 1, 3))):
            due, last = draw(_perhaps), draw(_perhaps)
            grace = draw(_one(0, 1, HOUR))
            found.append({
                "subject": subject, "pack": PACK, "kind": kind, "key": str(key), "made_at": draw(_past),
                "opens_at": draw(_perhaps), "first_due": due, "first_limit": None if due is None else due + grace,
                "last_due": last, "last_limit": None if last is None else last + grace, "grace": grace,
                "outcome": draw(_one(*_OUTCOMES)), "renegotiated": draw(_one(*_OUTCOMES)),
                "decided_at": draw(_perhaps), "kept_at": draw(_perhaps),
            })  # fmt: skip
    return found


def _cases(draw: st.DrawFn, subject: str) -> list[dict[str, Any]]:
    found = []
    for _, kind in LEGS:
        for about in range(draw(_one(0, 1, 2))):
            opened, broke = draw(_past), draw(_past)
            again = draw(st.one_of(st.none(), _past))
            found.append({
                "subject": subject, "pack": PACK, "kind": kind, "about": str(about), "opened_at": opened,
                **{name: draw(st.one_of(st.none(), _past)) for name in (
                    "owned_at", "informed_at", "resolved_at", "closed_at", "first_resolved_at", "first_closed_at",
                    "detected_at")},
                "first_reopened_at": again, "reopenings": int(again is not None),
                "relapse": None if again is None else draw(_one(None, 0, DAY, 8 * DAY, 40 * DAY)),
                "id": "", "broke_at": min(broke, opened), "detected_by": draw(_one("system", "associate", "customer")),
                "closed_as": draw(_one("", "", "clean", "unclean", "void")),
            })  # fmt: skip
    return found


def _tellings(draw: st.DrawFn, subject: str) -> list[dict[str, Any]]:
    found = []
    for number in range(draw(_one(0, 1, 2, 4))):
        message, channel, told = draw(_one("ready", "late")), draw(_one("email", "sms")), draw(_past)
        permit = draw(_one("permitted", "bypass", "shadow", ""))
        for statement in draw(_one(("is_ready",), ("ready_by",), ("is_ready", "ready_by"))):
            followed = draw(_one("yes", "no", "open", "void", "unknown", ""))
            found.append({
                "subject": subject, "pack": PACK, "message_id": str(number), "message": message, "channel": channel,
                "statement": statement, "topic": draw(_one("pickup", "money")), "told_at": told,
                "then": draw(_one(*_TRUTHS)), "now": draw(_one(*_TRUTHS)), "verdict": draw(_one(*VERDICTS)),
                "source": draw(_one("", "oms", "till")), "event_id": "", "lag": draw(_one(0, 1, HOUR, DAY)),
                "permit": permit, "state_then": "placed", "state_now": "ready", "promises": draw(st.booleans()),
                "age": draw(_one(None, 0, HOUR - 1, HOUR, DAY, 3 * DAY, 8 * DAY)),
                "implies": {"is_ready": "stays", "ready_by": "promise"}[statement] if followed else "",
                "due_at": draw(_perhaps), "followed": followed,
                "followed_at": draw(_past) if followed == "yes" else None,
            })  # fmt: skip
    return found


def _beliefs(draw: st.DrawFn, subject: dict[str, Any]) -> dict[str, list[dict[str, Any]]]:
    """Return stretches of belief, by statement and by topic, within the subject's clock."""
    start, until, name = subject["requested_at"], subject["clock_until"], subject["subject"]
    beliefs: list[dict[str, Any]] = []
    topics: list[dict[str, Any]] = []
    if start is None or until is None or start >= until:
        return {"beliefs": beliefs, "topics": topics}
    for statement in draw(_one((), ("is_ready",), ("is_ready", "ready_by"))):
        for since, end in _pieces(draw, start, until):
            helps, message = draw(_one(*_TRUTHS)), draw(_one("", "1"))
            wrong = draw(st.booleans())
            whose = {"subject": name, "pack": PACK, "since": since, "until": end, "channel": "email" if message else ""}
            beliefs.append({
                **whose, "statement": statement, "topic": statement, "message_id": "1", "truth": helps, "helps": helps,
            })  # fmt: skip
            topics.append({
                **whose, "topic": statement, "alignment": draw(_one(*_ALIGNMENTS)), "message_id": message,
                "wrong_since": max(start, since - HOUR) if wrong and message else None,
                "peak": wrong and message != "" and draw(st.booleans()),
            })  # fmt: skip
    return {"beliefs": beliefs, "topics": topics}


def _rest(draw: st.DrawFn, subject: str, promises: Sequence[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    """Return changes, decisions, words on promises, and contacts."""
    whose = {"subject": subject, "pack": PACK}
    changes = [
        {**whose, "state": "ready", "since": since, "until": draw(_perhaps), "tell_by": since + draw(_one(0, HOUR)),
         "told_at": draw(_perhaps), "undated": draw(_one(False, False, True))}
        for since in draw(st.lists(_past, max_size=2, unique=True))
    ]  # fmt: skip
    asks = [
        {**whose, "message_id": str(at), "message": draw(_one("ready", "late")), "channel": draw(_one("email", "sms")),
         "decided_at": at, "outcome": draw(_one("SEND", "REPLACE", "HOLD", "SUPPRESS")), "sends": "", "codes": "",
         "for_truth": draw(st.booleans()), "then": draw(_one(*_TRUTHS)), "now": draw(_one(*_TRUTHS)),
         "mode": draw(_one("enforced", "shadow", "replayed")), "permitted": False, "confirmed": False, "left": False}
        for at in draw(st.lists(_past, max_size=3, unique=True))
    ]  # fmt: skip
    words = [
        {**whose, "kind": one["kind"], "key": one["key"], "shown": True, "noticed_at": draw(_perhaps),
         "asked_at": draw(_perhaps)}
        for one in promises if draw(st.booleans())
    ]  # fmt: skip
    contacts = [{**whose, "at": at} for at in draw(st.lists(_past, max_size=2))]
    return {"changes": changes, "asks": asks, "words": words, "contacts": contacts}


@st.composite
def worlds(draw: st.DrawFn, least: int = 0, most: int = 12) -> World:
    """Return worlds of so many subjects."""
    rows: dict[str, list[dict[str, Any]]] = {}
    for number in range(draw(st.integers(least, most))):
        subject = draw(_subject(number))
        promises = _promises(draw, subject["subject"])
        made = {
            "subjects": [subject],
            "spans": _spans(draw, subject),
            "promises": promises,
            "cases": _cases(draw, subject["subject"]),
            "tellings": _tellings(draw, subject["subject"]),
            **_beliefs(draw, subject),
            **_rest(draw, subject["subject"], promises),
        }
        for name, lines in made.items():
            rows.setdefault(name, []).extend(lines)
    return World(rows)
