"""What all commands share: the base class with `--format`, common options, and the one place that prints answers."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Final, TextIO, TypeVar

import click

if TYPE_CHECKING:
    from troth.model.times import Micros
    from troth.surfaces.render.answer import Answer

FORMATS: Final = ("table", "json", "ndjson", "csv")

_Function = TypeVar("_Function", bound=Callable[..., Any])


class Command(click.Command):
    """A command whose function returns an `Answer`; adds `--format`, prints, and exits with the answer's code.

    Args:
        examples: Two command lines for `--help`.
        formats: Formats beyond those that every command has.
        piped: The format where standard output is not a terminal.
    """

    def __init__(
        self, *args: Any, examples: Sequence[str] = (), formats: Sequence[str] = (), piped: str = "json", **attrs: Any
    ) -> None:
        """Add the option and the examples."""
        attrs["epilog"] = "\b\nExamples:\n" + "\n".join(f"  {line}" for line in examples)
        super().__init__(*args, **attrs)
        self.piped = piped
        self.params.append(
            click.Option(
                ["--format", "format_"],
                type=click.Choice([*FORMATS, *formats]),
                envvar="TROTH_FORMAT",
                help=f"How to print: table on a terminal, {piped} when piped, unless given.",
            )
        )

    def invoke(self, ctx: click.Context) -> int:
        """Run, print the answer, and return its exit code."""
        from troth.errors import TrothError
        from troth.surfaces.cli import failing

        format_ = ctx.params.pop("format_") or ("table" if on_terminal(sys.stdout) else self.piped)
        ctx.obj = format_
        try:
            answer: Answer = super().invoke(ctx)
        except TrothError as error:
            answer = failing.failure(error)
        except (click.ClickException, click.exceptions.Exit, click.Abort, BrokenPipeError):
            raise
        except OSError as error:
            answer = failing.system_failure(error)
        except Exception as error:  # noqa: BLE001 - the outermost edge: users get an answer, never a traceback
            answer = failing.fault(error)
        return emit(answer, format_)


def command(name: str, *, examples: Sequence[str], **attrs: Any) -> Callable[[Callable[..., Any]], click.Command]:
    """Return a decorator that makes a function a command (see `Command`)."""
    return click.command(name, cls=Command, examples=examples, **attrs)


def emit(answer: Answer, format_: str) -> int:
    """Print an answer: data to standard output, problems to standard error unless the format carries them.

    Returns:
        The exit code.
    """
    if answer.raw and format_ == "table":
        sys.stdout.write(answer.raw)
    elif format_ in answer.rendered:
        sys.stdout.write(answer.rendered[format_])
        return answer.exit_code
    else:
        sys.stdout.write(_text(answer, format_))
    _say_problems(answer, format_)
    return answer.exit_code


def _text(answer: Answer, format_: str) -> str:
    """Return the text of an answer's data in a format."""
    from troth.surfaces.render import formats

    match format_:
        case "json":
            return formats.as_json(answer, indent=on_terminal(sys.stdout))
        case "ndjson":
            return formats.as_ndjson(answer)
        case "csv":
            return formats.as_csv(answer)
        case _ if answer.data or answer.sections:
            from troth.surfaces.render.tables import WIDE, as_table

            terminal = on_terminal(sys.stdout)
            width = shutil.get_terminal_size().columns if terminal else WIDE
            return as_table(answer, width=width, colour=coloured(sys.stdout))
        case _:
            return ""


def _say_problems(answer: Answer, format_: str) -> None:
    """Write the problems to standard error; of JSON only where a person would not see the envelope."""
    from troth.surfaces.render.problems import as_pretty

    carried = format_ == "json" and (answer.status != "error" or on_terminal(sys.stdout))
    carried = carried or (answer.told and format_ == "table")
    if answer.diagnostics and not carried:
        sys.stdout.flush()
        click.echo(as_pretty(answer.diagnostics, colour=coloured(sys.stderr)), err=True, nl=False)


def on_terminal(stream: TextIO) -> bool:
    """Return whether a person looks at a stream."""
    return stream.isatty()


def coloured(stream: TextIO) -> bool:
    """Return whether a stream takes colours: a terminal, unless NO_COLOR is set to anything (no-color.org)."""
    return on_terminal(stream) and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def asked_format(args: Sequence[str]) -> str:
    """Return the format that a command line asks for, also one that could not be parsed."""
    for number, word in enumerate(args):
        asked = word.removeprefix("--format=") if word.startswith("--format=") else ""
        if word == "--format" and number + 1 < len(args):
            asked = args[number + 1]
        if asked in FORMATS:
            return asked
    named = os.environ.get("TROTH_FORMAT", "")
    return named if named in FORMATS else "table" if on_terminal(sys.stdout) else "json"


def duration_of(text: str) -> Micros:
    """Return a duration that an option names.

    Raises:
        BadParameter: It is none.
    """
    from troth.model.times import parse_duration

    try:
        return parse_duration(text)
    except ValueError as error:
        raise click.BadParameter(f"{text!r} is no duration; write 90d or 12h") from error


def with_db(function: _Function) -> _Function:
    """Add `--db FILE`, required."""
    return click.option("--db", required=True, metavar="FILE", help="The ledger: a file, or postgresql://….")(function)


def with_at(function: _Function) -> _Function:
    """Add `--at TIME`."""
    return click.option("--at", metavar="TIME", help="As known at that moment (RFC 3339 with offset).")(function)


def with_zone(function: _Function) -> _Function:
    """Add `--zone NAME`."""
    return click.option("--zone", metavar="NAME", help="IANA zone to show times in; else UTC.")(function)


def with_personal(function: _Function) -> _Function:
    """Add `--personal`."""
    return click.option("--personal", is_flag=True, help="Open what is sealed: show personal data in clear.")(function)


def with_fail(function: _Function) -> _Function:
    """Add `--fail`."""
    return click.option("--fail", is_flag=True, help="Exit with 1 if there are findings.")(function)
