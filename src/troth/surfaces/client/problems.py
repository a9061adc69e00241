"""An answer that is a problem (RFC 9457) → the error of troth's own tree that a caller in process would get."""

from __future__ import annotations

from typing import Final

import msgspec

from troth.errors import (
    EventError,
    GateError,
    LedgerError,
    MeasureError,
    OutboundError,
    PackError,
    Place,
    Problem,
    ServiceError,
    TrothError,
    UsageError,
)
from troth.surfaces.api.bodies import FoundProblem

_BY_LETTER: Final[dict[str, type[TrothError]]] = {
    "E": EventError,
    "G": GateError,
    "L": LedgerError,
    "O": OutboundError,
    "P": PackError,
    "Q": MeasureError,
}
"""First letter of a code → error. What the interface itself refuses (H…) is the caller's own fault: UsageError."""
_BUSY: Final = frozenset({408, 425, 429})
_NOT_AN_EVENT: Final = "H118"
_FAULT: Final = 500
_EXPECTED: Final = {
    "H201": "a key: Client(url, key)",
    "H202": "a key that this server knows, neither expired nor revoked",
    "H203": "a key with that scope",
    "H204": "a server with keys, or one that was started with --open",
}
"""Code → what was expected, where the answer does not say it itself."""


class Found(msgspec.Struct, frozen=True):
    """One thing that is not right; every member may be missing, as something between may have written it."""

    code: str = ""
    place: str = ""
    found: str = ""
    expected: str = ""
    remedy: str = ""


class _Details(msgspec.Struct, frozen=True):
    """A problem as it comes over the wire; every member may be missing."""

    type: str = ""
    title: str = ""
    detail: str = ""
    problems: list[Found] = []


def problem_of(found: Found | FoundProblem) -> Problem:
    """Return what an answer tells of one problem."""
    return Problem(Place(found.place), found.code, found.found, found.expected, found.remedy)


def error_of(status: int, body: bytes, asked: str) -> TrothError:
    """Return the error that an answer is.

    Args:
        status: Its status, 300 or more.
        body: Its body.
        asked: What was asked, `POST /v1/ask`: the place of a problem that names none.
    """
    try:
        details = msgspec.json.decode(body, type=_Details)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        details = _Details()
    code = details.type.rpartition("/")[2]
    if not code:
        return _strange(status, asked)
    problems = [problem_of(one) for one in details.problems if one.code]
    if not any(problem.code == code for problem in problems):
        said = details.detail or details.title
        problems.insert(0, Problem(Place(asked), code, said, _EXPECTED.get(code, ""), _remedy(code)))
    if status >= _FAULT or status in _BUSY:
        return ServiceError(problems)
    kind = EventError if code == _NOT_AN_EVENT else _BY_LETTER.get(code[0], UsageError)
    return kind(problems)


def no_answer(asked: str, found: str, *, late: bool) -> ServiceError:
    """Return the error of a service that gave no answer: K102 when it was late, else K101."""
    expected = "an answer in time" if late else "a service that answers"
    remedy = "see whether it is overloaded" if late else "see whether it runs, and whether the address is right"
    return ServiceError(Problem(Place(asked), "K102" if late else "K101", found, expected, remedy))


def not_understood(asked: str, found: str) -> ServiceError:
    """Return the error of an answer that is not one of this service."""
    remedy = "see what listens at this address, and whether both are of one version"
    return ServiceError(Problem(Place(asked), "K103", found, "an answer of troth", remedy))


def _remedy(code: str) -> str:
    """Return what the page of a code says is to be done."""
    # Only what goes wrong needs the pages.
    from troth.surfaces.pages import code_pages

    page = code_pages().get(code)
    see = f"see `troth explain {code}`"
    return f"{page.remedy.rstrip('.')}; {see}" if page is not None else see


def _strange(status: int, asked: str) -> TrothError:
    """Return the error of an answer that is neither an answer nor a problem of ours."""
    return not_understood(asked, f"status {status} without a problem that says why")
