"""Everything that can go wrong, in one tree.

    TrothError
    ├── PackError          a pack, mapping or scenario file is not right (all its problems at once)
    ├── ExpressionError    an expression does not parse or does not type-check
    ├── EventError         an event is refused (it goes to quarantine, nothing is lost)
    ├── SourceError        an outside file or table cannot be read as its mapping says
    ├── LedgerError        the ledger cannot do what was asked (wrong file, newer schema, locked)
    ├── OutboundError      something cannot be delivered as asked, or a webhook's signature does not hold
    ├── ServiceError       a service gives no answer: it cannot be reached, is too slow, too busy, or out of order
    ├── MeasureError       a measure cannot be computed as asked
    ├── GateError          a question, receipt or action names what the service does not know
    └── UsageError         the caller asked for something that does not exist

Each carries one or more `Problem`s: a stable code, the place, what was found, what was expected and how to put it
right. `troth explain CODE` prints the page of a code (see `troth.codes`).
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec


class Place(msgspec.Struct, frozen=True, order=True):
    """Where a problem is: a file position, a table row, or an event.

    Attributes:
        file: Name of the file or source as the user gave it; empty when there is none.
        line: Line, from 1; 0 when the place has no lines.
        column: Column, from 1; 0 when unknown.
        path: Path inside the document (`states.ready.when`), a row (`row 17`) or an event id.
    """

    file: str = ""
    line: int = 0
    column: int = 0
    path: str = ""

    def __str__(self) -> str:
        """Return `file:line:column`, as compilers and editors expect it."""
        spot = self.file or "<input>"
        if self.line:
            spot += f":{self.line}:{self.column}"
        elif self.path:
            spot += f" ({self.path})"
        return spot


class Problem(msgspec.Struct, frozen=True, order=True):
    """One thing that is not right, with everything needed to put it right.

    Attributes:
        place: Where it is.
        code: Stable code, known to `troth explain`.
        found: What stands there.
        expected: What should stand there.
        remedy: What to do about it.
        severity: `error`, `warning` or `note`.
    """

    place: Place
    code: str
    found: str
    expected: str = ""
    remedy: str = ""
    severity: str = "error"

    def __str__(self) -> str:
        """Return the problem on one line, place first."""
        text = f"{self.place}: {self.severity} {self.code}: {self.found}"
        if self.expected:
            text += f"; expected {self.expected}"
        if self.remedy:
            text += f"; {self.remedy}"
        return text


class TrothError(Exception):
    """Base of every error that troth raises on purpose.

    Args:
        problems: What is wrong, at least one.
    """

    def __init__(self, problems: Problem | Iterable[Problem]) -> None:
        """Keep the problems in the order of their places."""
        given = (problems,) if isinstance(problems, Problem) else tuple(problems)
        assert given, "an error without a problem says nothing"
        self.problems: tuple[Problem, ...] = tuple(sorted(given))
        super().__init__("\n".join(str(problem) for problem in self.problems))


class PackError(TrothError):
    """A pack, mapping or scenario file is not right."""


class ExpressionError(TrothError):
    """An expression does not parse or does not type-check."""


class EventError(TrothError):
    """An event is refused."""


class SourceError(TrothError):
    """An outside file or table cannot be read as its mapping says."""


class LedgerError(TrothError):
    """The ledger cannot do what was asked."""


class OutboundError(TrothError):
    """Something cannot be delivered as asked, or a webhook's signature does not hold."""


class ServiceError(TrothError):
    """A service gives no answer: whether it has done what was asked is not known."""


class MeasureError(TrothError):
    """A measure cannot be computed as asked."""


class GateError(TrothError):
    """A question, receipt or action names a subject, message or case that the service does not know."""


class UsageError(TrothError):
    """The caller asked for something that does not exist."""
