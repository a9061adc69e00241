"""Problems by RFC 9457: every answer that is not what was asked for, in one form.

`type` is the relative reference `/problems/<code>`, which is served as a page. Details never repeat what was sent
beyond what a `Problem` holds, so that personal data do not travel into logs.

Source: RFC 9457, Problem Details for HTTP APIs.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from http import HTTPStatus
from typing import Final

import msgspec
from starlette.responses import Response

from troth.codes.h_http import PAGES
from troth.errors import EventError, LedgerError, MeasureError, PackError, Place, Problem, TrothError, UsageError
from troth.runtime.telemetry import blotted
from troth.surfaces.api.bodies import FoundProblem, ProblemDetails
from troth.surfaces.pages import code_pages

MEDIA_TYPE: Final = "application/problem+json"
_RETRYABLE: Final = frozenset({408, 409, 429, 503})
_OF_WINDOWS: Final = {"N102": 422, "N104": 422, "N110": 404, "N114": 422}
"""What is asked of windows in a way that cannot be answered; all else that they refuse is 409."""
_encode: Final = msgspec.json.Encoder().encode


class ApiError(Exception):
    """An answer that is a problem.

    Args:
        status: The HTTP status.
        code: Code of the whole: its page is the problem's `type`.
        detail: What is wrong this time, without personal data.
        problems: Everything that is wrong.
        headers: Headers of the answer.
        retryable: Whether the same request may succeed later; by default as the status says.
        more: Extension members of the problem: `idempotency_key`, `specification`, `quarantined`.
    """

    def __init__(
        self,
        status: int,
        code: str,
        detail: str,
        *,
        problems: Iterable[Problem] = (),
        headers: Mapping[str, str] | None = None,
        retryable: bool | None = None,
        more: Mapping[str, str | int] | None = None,
    ) -> None:
        """Keep what the answer will say."""
        super().__init__(f"{code} {detail}")
        self.status = status
        self.code = code
        self.detail = detail
        self.problems = tuple(problems)
        self.headers = dict(headers or {})
        self.retryable = status in _RETRYABLE if retryable is None else retryable
        self.more = dict(more or {})


def answer(error: ApiError, instance: str) -> Response:
    """Return the response of a problem.

    Args:
        error: The problem.
        instance: `urn:uuid:…` of this occurrence.
    """
    details = details_of(error, instance)
    return Response(_encode(details), error.status, headers=error.headers, media_type=MEDIA_TYPE)


def details_of(error: ApiError, instance: str) -> ProblemDetails:
    """Return the body of a problem."""
    known = {name: value for name, value in error.more.items() if name in ProblemDetails.__struct_fields__}
    return ProblemDetails(
        type=f"/problems/{error.code}",
        title=title_of(error.code, error.status),
        status=error.status,
        detail=blotted(error.detail),
        instance=instance,
        retryable=error.retryable,
        problems=[found(problem) for problem in error.problems],
        **known,  # type: ignore[arg-type]  # which members there are, the type of `more` cannot say
    )


def title_of(code: str, status: int) -> str:
    """Return the title of a code: its page's, else the status in words."""
    page = PAGES.get(code) or code_pages().get(code)
    return page.title if page else HTTPStatus(status).phrase


def found(problem: Problem) -> FoundProblem:
    """Return a problem as answers show it."""
    texts = (str(problem.place), problem.found, problem.expected, problem.remedy)
    return FoundProblem(problem.code, *map(blotted, texts))


def of_error(error: TrothError) -> ApiError:
    """Return the answer to an error that troth raised on purpose.

    The storage's errors are the server's (503: the same request may succeed later). What does not exist is 404; what is
    known, but cannot be done as asked, is 409.
    """
    first = error.problems[0]
    detail = f"{first.found}; expected {first.expected}" if first.expected else first.found
    match error:
        case LedgerError():
            return ApiError(
                503, "H116", "the storage cannot be used now", problems=_nameless(error), headers={"Retry-After": "1"}
            )
        case EventError():
            return ApiError(422, "H118", detail, problems=error.problems)
        case PackError():
            return ApiError(500, "H115", "a pack does not compile", problems=error.problems)
        case MeasureError():
            return ApiError(
                _OF_WINDOWS.get(first.code, 409), first.code, detail, problems=error.problems, retryable=False
            )
        case UsageError():
            status = 404 if first.code in ("C103", "H313", "P301") else 422
            return ApiError(status, first.code, detail, problems=error.problems)
    if first.code in ("G805", "G806"):
        return ApiError(503, first.code, detail, problems=error.problems, headers={"Retry-After": "1"})
    status = 404 if first.code in ("G801", "G802", "G803") else 409
    return ApiError(status, first.code, detail, problems=error.problems, retryable=False)


def _nameless(error: TrothError) -> list[Problem]:
    """Return the problems without the places on this machine: a caller has no business with a file's path."""
    return [msgspec.structs.replace(problem, place=Place()) for problem in error.problems]
