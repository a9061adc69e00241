"""`troth schema`: the JSON Schemas of what people write, for editors."""

from __future__ import annotations

from typing import Any

import click

from troth.surfaces.cli.common import command as make
from troth.surfaces.render.answer import Answer

KINDS = ("pack", "mapping", "scenario")


@make(
    "schema",
    examples=["troth schema pack --raw > pack.schema.json", "troth schema mapping --format json"],
)
@click.argument("kind", type=click.Choice(KINDS), required=False)
@click.option("--raw", is_flag=True, help="Print the bare schema, whatever the format.")
@click.pass_context
def command(ctx: click.Context, kind: str | None, raw: bool) -> Answer:
    """Print the JSON Schema of pack, mapping or scenario files; without KIND all three.

    With --raw (or on a terminal) a single schema is printed bare, as editors read it.
    """
    from troth.lang.render import schema_text

    if raw and kind is None:
        raise click.UsageError("--raw prints one schema: say which", ctx)
    chosen = [kind] if kind else list(KINDS)
    rows = tuple({"kind": name, "schema": schema_of(name)} for name in chosen)
    text = "".join(schema_text(schema_of(name)) for name in chosen)
    return Answer(data=rows, raw=text, rendered={ctx.obj: text} if raw else {})


def schema_of(kind: str) -> dict[str, Any]:
    """Return the JSON Schema of a kind of file."""
    match kind:
        case "pack":
            from troth.lang.schema import PACK

            return dict(PACK)
        case "mapping":
            from troth.connectors.tabular.schema import MAPPING

            return dict(MAPPING)
        case _:
            from troth.scenarios import SCHEMA

            return dict(SCHEMA)
