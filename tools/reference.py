"""Writes the parts of the reference that can be read off the product: keys, commands, codes, measures, routes, ….

A page holds `<!-- generated: NAME -->` and `<!-- end -->`; what stands between them is replaced. A test compares.

Usage: python -m tools.reference
"""

from __future__ import annotations

import importlib
import pkgutil
import re
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import click
import msgspec

from tools.lint.tree import ROOT

FOLDERS: Final = ("docs/reference", "docs/decisions")
_PART: Final = re.compile(r"(<!-- generated: (?P<name>[a-z_]+) -->\n)(?P<text>.*?)(<!-- end -->)", re.DOTALL)
_LETTERS: Final = {
    "P": "Pack files",
    "X": "Expressions",
    "W": "Warnings about packs",
    "M": "Mappings and their rows",
    "S": "Scenarios",
    "E": "Events",
    "L": "The ledger",
    "Q": "Measures",
    "J": "Objectives",
    "B": "Backtest and plan",
    "C": "The command line",
    "D": "Event logs and files of events",
    "F": "Findings: what the data say that a reader should know",
    "G": "The gate: reasons of its answers",
    "H": "The HTTP interface, its keys and its settings",
    "K": "The client of the HTTP interface, and the gate before a sender",
    "O": "Outbound: webhooks and mail",
    "T": "What records foretell",
    "N": "Windows that can be promised",
    "U": "The simulator and the tools around it",
    "V": "Verifying what is stored",
}


def keys_of(schema: Mapping[str, Any]) -> str:
    """Return one table for each kind of mapping in a schema: key, type, whether it must be there, meaning."""
    return "\n".join(_tables("", schema, 3))


def _tables(path: str, schema: Mapping[str, Any], level: int) -> Iterator[str]:
    properties: Mapping[str, Any] = schema.get("properties", {})
    if properties:
        yield f"{'#' * level} {f'`{path}`' if path else 'The file'}\n"
        if path and schema.get("description"):
            yield f"{schema['description']}\n"
        yield "| key | type | must | meaning |\n| --- | --- | --- | --- |"
        for key, value in properties.items():
            must = "required" if key in schema.get("required", ()) else ""
            yield f"| `{key}` | {_cell(_type(value))} | {must} | {_cell(_meaning(value))} |"
        yield ""
    for key, value in properties.items():
        yield from _inner(f"{path}.{key}" if path else key, value, level)


def _inner(path: str, value: Mapping[str, Any], level: int) -> Iterator[str]:
    """Yield the tables of what lies inside a value: as it is, under any name, in a list, or as one of several forms."""
    if "properties" in value:
        yield from _tables(path, value, level)
    if isinstance(value.get("additionalProperties"), dict):
        yield from _inner(f"{path}.NAME", value["additionalProperties"], level)
    if isinstance(value.get("items"), dict):
        yield from _inner(f"{path}[]", value["items"], level)
    for form in value.get("anyOf", ()):
        yield from _inner(path, form, level)


def _type(value: Mapping[str, Any]) -> str:
    if "enum" in value:
        return ", ".join(f"`{word}`" for word in value["enum"])
    if "anyOf" in value:
        return " or ".join(dict.fromkeys(_type(form) for form in value["anyOf"]))
    kinds = value.get("type", "any")
    if kinds == "array":
        return f"list of {_type(value['items'])}"
    if kinds == "object":
        inner = value.get("additionalProperties")
        return f"name → {_type(inner)}" if isinstance(inner, dict) else "mapping"
    if value.get("$comment", "").startswith("a duration"):
        return "duration"
    return ", ".join({"null": "null"}.get(kind, kind) for kind in ([kinds] if isinstance(kinds, str) else kinds))


def _meaning(value: Mapping[str, Any]) -> str:
    said = value.get("description", "")
    if "default" in value:
        said += f" Left out: {str(value['default']).lower()}."
    comment = value.get("$comment", "")
    return said if not comment or comment.startswith("a duration") else f"{said} ({comment})"


def _cell(text: str) -> str:
    return text.replace("<", "&lt;").replace("|", "\\|").replace("\n", " ").strip()


def commands() -> str:
    """Return every command with its arguments, options and examples."""
    group = importlib.import_module("troth.surfaces.cli.app").cli
    return "\n".join(_command("troth", group, click.Context(group, **group.context_settings)))


def _command(name: str, command: click.Command, context: click.Context) -> Iterator[str]:
    if isinstance(command, click.Group):
        for inner in command.list_commands(context):
            found = command.get_command(context, inner)
            if found:
                yield from _command(f"{name} {inner}", found, context)
        return
    usage = " ".join(command.collect_usage_pieces(click.Context(command, parent=context)))
    pieces = usage.replace("[OPTIONS]", "").split()
    yield f"### {name}\n"
    yield f"`{' '.join([name, *pieces])}`\n"
    yield re.sub(r"\s*\n\s*", " ", (command.help or "").strip()) + "\n"
    yield "| option | meaning |\n| --- | --- |"
    for option in command.params:
        if isinstance(option, click.Option):
            yield f"| {_option(option)} | {_cell(option.help or '')}{' Required.' if option.required else ''} |"
    examples = (command.epilog or "").replace("\b", "").replace("Examples:", "").strip().splitlines()
    yield "\n```text"
    yield from (line.strip() for line in examples)
    yield "```\n"


def _option(option: click.Option) -> str:
    names = ", ".join(option.opts)
    if option.is_flag:
        return f"`{names}`"
    choices = option.type.choices if isinstance(option.type, click.Choice) else ()
    word = "\\|".join(map(str, choices)) if choices else option.metavar or "VALUE"
    return f"`{names} {word}`"


def codes() -> str:
    """Return a table of codes for each letter."""
    package = importlib.import_module("troth.codes")
    pages: dict[str, Any] = {}
    for module in pkgutil.iter_modules(package.__path__):
        pages |= getattr(importlib.import_module(f"troth.codes.{module.name}"), "PAGES", {})
    lines = []
    for letter, title in _LETTERS.items():
        lines += [f"## {letter}: {title}\n", "| code | title | what to do |", "| --- | --- | --- |"]
        lines += [
            f"| `{code}` | {_cell(page.title)} | {_cell(page.remedy)} |"
            for code, page in sorted(pages.items())
            if code.startswith(letter)
        ]
        lines.append("")
    assert {code[0] for code in pages} <= set(_LETTERS), "a letter without a title here"
    return "\n".join(lines)


def measures() -> str:
    """Return the columns that all have with segments, then formula, columns, parts and assumptions of each measure."""
    lines = ["## Columns with `--by`\n", "| column | meaning |", "| --- | --- |"]
    shared = importlib.import_module("troth.measures.comparison").COMPARED
    lines += [*(f"| `{column}` | {_cell(meaning)} |" for column, meaning in shared.items()), ""]
    for name, measure in importlib.import_module("troth.measures.registry").MEASURES.items():
        said = measure.definition
        lines += [f"## {name}\n", f"{said.title[0].upper()}{said.title[1:]}.\n", f"{said.formula}\n"]
        lines += ["| column | meaning |", "| --- | --- |"]
        lines += [f"| `{column}` | {_cell(meaning)} |" for column, meaning in said.columns.items()]
        lines += ["", "What must hold for it to mean what it says:", ""]
        lines += [f"- {assumption}" for assumption in said.assumptions]
        lines += ["", "| `--subjects` | which rows |", "| --- | --- |"]
        lines += [f"| `{part}` | {_cell(meaning)} |" for part, meaning in said.parts.items()]
        lines += ["", f"Source: {said.source}.", ""]
    return "\n".join(lines)


def settings() -> str:
    """Return a table of a server's settings: name, default, meaning."""
    config = importlib.import_module("troth.runtime.config")
    rows = (
        f"| `{field.name}` | {_default(field.default)} | {_cell(config.HELP[field.name])} |"
        for field in msgspec.structs.fields(config.Settings)
    )
    return "\n".join(["| setting | default | meaning |", "| --- | --- | --- |", *rows])


def _default(value: object) -> str:
    """Return a default as it would be written; a dash for what is empty."""
    if value in ("", ()):
        return "–"
    text = f"{value:g}" if isinstance(value, float) else str(value)
    return f"`{text.lower() if isinstance(value, bool) else text}`"


def routes() -> str:
    """Return a table of the routes that the interface describes, for each of its subjects, and one of the scopes."""
    described = importlib.import_module("troth.surfaces.api.openapi").describe
    document = described(importlib.import_module("troth.surfaces.api.app").ROUTERS, "")
    found: dict[str, list[str]] = {tag["name"]: [] for tag in document["tags"]}
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            asked = [f"`?{given['name']}=`" for given in operation["parameters"] if given.get("in") == "query"]
            said = [operation["summary"].rstrip("."), *([", ".join(asked)] if asked else [])]
            scope = f"`{operation['x-scope']}`" if "x-scope" in operation else "none"
            found[operation["tags"][0]].append(f"| `{method.upper()} {path}` | {_cell('; '.join(said))} | {scope} |")
    lines = []
    for tag in document["tags"]:
        lines += [f"### {tag['name'][0].upper()}{tag['name'][1:]}\n", f"{tag['description']}\n"]
        lines += ["| route | what it does | scope |", "| --- | --- | --- |", *found[tag["name"]], ""]
    scopes = importlib.import_module("troth.runtime.access").SCOPES
    lines += ["### Scopes\n", "| scope | lets a key |", "| --- | --- |"]
    return "\n".join([*lines, *(f"| `{scope}` | {_cell(meaning)} |" for scope, meaning in scopes.items())])


def decisions() -> str:
    """Return a table of the decisions: number, with a link, and title."""
    lines = ["| number | decision |", "| --- | --- |"]
    for path in sorted((ROOT / "docs/decisions").glob("[0-9]*.md")):
        number, _, title = path.read_text(encoding="utf-8").partition("\n")[0].removeprefix("# ").partition(" ")
        lines.append(f"| [{number}]({path.name}) | {_cell(title)} |")
    return "\n".join(lines)


def _schema(kind: str) -> Callable[[], str]:
    return lambda: keys_of(importlib.import_module("troth.surfaces.cli.schema").schema_of(kind))


PARTS: Final[Mapping[str, Callable[[], str]]] = {
    "pack": _schema("pack"),
    "mapping": _schema("mapping"),
    "commands": commands,
    "codes": codes,
    "measures": measures,
    "settings": settings,
    "routes": routes,
    "decisions": decisions,
}
"""Name of a generated part → what makes it."""


def filled(text: str) -> str:
    """Return a page with its generated parts as they should be."""
    return _PART.sub(lambda match: f"{match[1]}\n{PARTS[match['name']]().strip()}\n\n{match[4]}", text)


def pages() -> Iterator[Path]:
    """Yield the pages that have generated parts."""
    for path in sorted(path for folder in FOLDERS for path in (ROOT / folder).glob("*.md")):
        if _PART.search(path.read_text(encoding="utf-8")):
            yield path


def main() -> int:
    """Rewrite what differs and name it."""
    for path in pages():
        text = path.read_text(encoding="utf-8")
        if (fresh := filled(text)) != text:
            path.write_text(fresh, encoding="utf-8")
            print(path.relative_to(ROOT))
    return 0


if __name__ == "__main__":
    sys.exit(main())
