"""What a failed command answers."""

from __future__ import annotations

import os
import traceback
from typing import Final

import click

from troth.errors import ExpressionError, MeasureError, OutboundError, Place, Problem, TrothError, UsageError
from troth.surfaces.render.answer import Answer

USAGE: Final = 2
FAILED: Final = 3
INTERRUPTED: Final = 130
_ASKED_WRONGLY: Final = (UsageError, MeasureError, ExpressionError, OutboundError)
"""Errors of what was asked, as against errors of what was found: they exit with 2."""


def refusal(error: click.UsageError) -> Answer:
    """Return the answer to a command line that is wrong."""
    name = error.ctx.command_path if error.ctx else "troth"
    problem = Problem(Place(), "C101", error.format_message(), remedy=f"see {name} --help")
    return Answer(diagnostics=(problem,), status="error", exit_code=USAGE)


def interruption() -> Answer:
    """Return the answer to Ctrl-C."""
    remedy = "what was committed stays; the same command goes on from there"
    problem = Problem(Place(), "C109", "stopped by the user", remedy=remedy)
    return Answer(diagnostics=(problem,), status="error", exit_code=INTERRUPTED)


def failure(error: TrothError) -> Answer:
    """Return the answer to an error that troth raised on purpose."""
    code = USAGE if isinstance(error, _ASKED_WRONGLY) else FAILED
    return Answer(diagnostics=error.problems, status="error", exit_code=code)


def system_failure(error: OSError) -> Answer:
    """Return the answer to a refusal of the operating system."""
    place = Place(file=str(error.filename or ""))
    return Answer(diagnostics=(Problem(place, "C111", error.strerror or str(error)),), status="error", exit_code=FAILED)


def fault(error: Exception) -> Answer:
    """Return the answer to a fault of troth; the trace goes to standard error if the user sets TROTH_TRACE."""
    if os.environ.get("TROTH_TRACE"):
        click.echo("".join(traceback.format_exception(error)), err=True)
    problem = Problem(
        Place(), "C110", f"{type(error).__name__}: {error}", expected="no fault of troth itself",
        remedy="run it again with TROTH_TRACE=1 and report the trace",
    )  # fmt: skip
    return Answer(diagnostics=(problem,), status="error", exit_code=FAILED)
