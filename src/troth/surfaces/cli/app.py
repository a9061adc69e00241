"""The group of commands: loads them lazily, and turns every way to fail into an answer and an exit code.

Exit codes: 0 ok, 1 a finding or a failed test, 2 usage, 3 could not run, 130 interrupted, 141 the reader of a pipe
went away.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import Any, Final, NoReturn

import click

COMMANDS: Final = {
    "check": ("check", "Check packs: every problem at once, each with its place."),
    "test": ("scenarios", "Run the scenarios of packs."),
    "schema": ("schema", "Print the JSON Schema of packs, mappings or scenarios."),
    "explain": ("explain", "Explain a code, a reason or a measure."),
    "import": ("importing", "Read rows of files into a ledger as events."),
    "export": ("exporting", "Write the events of a ledger into a file: OCEL 2.0 or CloudEvents."),
    "show": ("show", "Show one subject: what was told, what is true, what can be done."),
    "timeline": ("timeline", "Show everything about one subject in order of time."),
    "measure": ("measure", "Compute a measure, with its interval and what is unknown."),
    "objectives": ("objectives", "Show which objectives are met or missed, and what may still fail."),
    "hindsight": ("hindsight", "Judge what was told by what is known now, and name who reported late."),
    "backtest": ("backtest", "Judge all that a history's customers were told, and what the gate would have decided."),
    "plan": ("planning", "Show what a changed pack would change, and for whom, before it goes live."),
    "experience": ("experience", "Foretell bad experiences from operational facts alone."),
    "truth-or-speed": ("truth_or_speed", "Split bad outcomes between lateness and slowness."),
    "promise": ("promise", "Learn which windows can be promised, and give one to a new subject."),
    "outbox": ("outbox", "See and manage what goes out: deliveries and their destinations."),
    "quarantine": ("quarantine", "List or replay what could not be accepted."),
    "serve": ("serve", "Serve the gate and its HTTP interface."),
    "watch": ("watch", "Watch what is held, replaced and corrected, as it happens."),
    "keys": ("keys", "Make, list, rotate or revoke API keys."),
    "staff": ("staff", "Make and change accounts of staff; read what they did."),
    "link": ("links", "Make, list or revoke links to customers' status pages."),
    "sim": ("sim", "Run a simulated firm that errs on purpose, or judge the service by it."),
    "forget": ("forget", "Make everything personal about somebody unreadable, for ever."),
    "verify": ("verify", "Check every stored event against the hash chain."),
    "backup": ("backup", "Copy a ledger while others use it, and check the copy."),
    "doctor": ("doctor", "Check this installation, and a database file."),
    "completion": ("completion", "Print the completion script of a shell."),
}
"""Command → (module beside this one, short help). The short help stands here so that `--help` loads no command."""

_PIPE_CLOSED: Final = 141


class Lazy(click.Group):
    """A group whose commands are loaded when they are called."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click calls it so
        """Return the names in the order in which a newcomer needs them."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - click calls it so
        """Return a command, importing its module."""
        if cmd_name not in COMMANDS:
            return None
        module = import_module(f"troth.surfaces.cli.{COMMANDS[cmd_name][0]}")
        command: click.Command = module.command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Return the command called, or say which names come near."""
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as error:
            near = nearest(args[0], COMMANDS) if args else []
            if not near:
                raise
            raise click.UsageError(f"{error.message} Did you mean {' or '.join(near)}?", ctx) from error

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 - see above
        """Write the list of commands without loading one."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in COMMANDS.items()])

    def main(  # type: ignore[override]  # click's overloads distinguish a mode that this group does not have
        self, args: Sequence[str] | None = None, prog_name: str | None = None, **extra: Any
    ) -> NoReturn:
        """Run and exit; no error that a user can cause ends in a traceback."""
        given = list(sys.argv[1:] if args is None else args)
        try:
            extra.pop("standalone_mode", None)
            code = super().main(given, prog_name or "troth", standalone_mode=False, **extra)
            sys.stdout.flush()
        except click.UsageError as error:
            code = _refuse(error, given)
        except (click.Abort, KeyboardInterrupt):
            code = _interrupted(given)
        except BrokenPipeError:
            # The reader has what it wanted. Nothing more may be written, not even by the interpreter's last flush.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            code = _PIPE_CLOSED
        sys.exit(code if isinstance(code, int) else 0)


def nearest(word: str, names: Any) -> list[str]:
    """Return at most three names that come near a word, nearest first."""
    from difflib import get_close_matches

    return get_close_matches(word, list(names), n=3, cutoff=0.55)


def _interrupted(args: Sequence[str]) -> int:
    """Say that it was stopped; return the exit code."""
    from troth.surfaces.cli.common import asked_format, emit
    from troth.surfaces.cli.failing import interruption

    return emit(interruption(), asked_format(args))


def _refuse(error: click.UsageError, args: Sequence[str]) -> int:
    """Say that the command line is wrong, in the format that was asked for; return the exit code."""
    from troth.surfaces.cli.common import asked_format, emit
    from troth.surfaces.cli.failing import refusal

    if isinstance(error, click.exceptions.NoArgsIsHelpError):
        error.show()
        return 2
    return emit(refusal(error), asked_format(args))


@click.group(
    "troth",
    cls=Lazy,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="\b\nExamples:\n  troth check my_pack/pack.yaml\n  troth import flights.csv --pack travel_disruption "
    "--map nycflights13 --db year.db",
)
@click.version_option(package_name="troth", message="%(prog)s %(version)s")
def cli() -> None:
    """Keep what customers are told true: real events in, honest measures out."""
