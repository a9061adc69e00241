"""`troth completion`: the script that makes a shell complete commands and options."""

from __future__ import annotations

import click

from troth.surfaces.cli.common import command as make
from troth.surfaces.render.answer import Answer


@make(
    "completion",
    examples=['eval "$(troth completion bash)"', "troth completion fish > ~/.config/fish/completions/troth.fish"],
    piped="table",
)
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def command(shell: str) -> Answer:
    """Print the completion script of SHELL, to be sourced by it."""
    from click.shell_completion import get_completion_class

    from troth.surfaces.cli.app import cli

    kind = get_completion_class(shell)
    assert kind is not None, "the choice above names only shells that click knows"
    script = kind(cli, {}, "troth", "_TROTH_COMPLETE").source()
    return Answer(data=({"shell": shell, "script": script},), raw=script + "\n")
