"""The command line. `main` is the entry point; each command is one module, loaded when it is called."""

from __future__ import annotations


def main() -> None:
    """Run the command line with the process's arguments, and exit."""
    from troth.surfaces.cli.app import cli

    cli.main(prog_name="troth")
