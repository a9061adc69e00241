"""One thing that the doctor looked at."""

from __future__ import annotations

import msgspec

from troth.errors import Place, Problem

GOOD, DOUBTFUL, BAD = "ok", "warn", "fail"


class Checked(msgspec.Struct, frozen=True):
    """One check and what came of it.

    Attributes:
        check: What was looked at.
        result: `ok`, `warn` or `fail`.
        found: What is so.
        expected: What should be so.
        code: Code of the problem, when the result is not `ok`.
        remedy: What to do then.
    """

    check: str
    result: str
    found: str
    expected: str = ""
    code: str = ""
    remedy: str = ""

    def problem(self) -> Problem | None:
        """Return the problem that it is; `None` when all is well."""
        if self.result == GOOD:
            return None
        severity = "error" if self.result == BAD else "warning"
        return Problem(Place(path=self.check), self.code, self.found, self.expected, self.remedy, severity)


def verdict(good: bool, *, bad: str = BAD) -> str:
    """Return the result of a check that holds or not."""
    return GOOD if good else bad
