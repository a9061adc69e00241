"""Documentation is true: every block runs, every link leads somewhere, every page can be found."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path

import click
import pytest

from tests.repo.docs_runner import RUNNERS, matches, run
from tools.lint.markdown import anchors, blocks, links
from tools.lint.tree import ROOT, files

DOCUMENTS = [path for path in files() if path.endswith(".md") and not path.startswith("changelog.d/")]
PAGES = [path for path in DOCUMENTS if path.startswith("docs/")]
# Pages full of commands, each of them a process.
RUNS_COMMANDS = ("docs/tutorial/", "docs/how-to/")
# Blocks of these languages are text to read; anything else is a slip of the pen.
TEXT_LANGUAGES = {"text", "csv", "sql", "toml", "diff", "make"}


def read(path: str) -> str:
    """Return a document's text."""
    return (ROOT / path).read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "path",
    [
        pytest.param(path, marks=[pytest.mark.slow] if path.startswith(RUNS_COMMANDS) else [])
        for path in DOCUMENTS
        if "```" in read(path)
    ],
)
def test_every_block_of_a_document_does_what_it_says(path: str, tmp_path: Path) -> None:
    failures = run(read(path), tmp_path)
    assert not failures, f"\n{path} " + f"\n{path} ".join(failures)


@pytest.mark.parametrize("path", DOCUMENTS)
def test_every_block_names_a_language_that_is_run_or_is_plain_text(path: str) -> None:
    found = [(block.line, block.language) for block in blocks(read(path))]
    unknown = [(line, language) for line, language in found if language not in {*RUNNERS, *TEXT_LANGUAGES}]
    assert not unknown, f"{path}: {unknown}"


@pytest.mark.parametrize("path", DOCUMENTS)
def test_every_link_inside_the_repository_leads_somewhere(path: str) -> None:
    broken = []
    for line, target in links(read(path)):
        if re.match(r"[a-z]+:", target):
            continue
        name, _, anchor = target.partition("#")
        file = (ROOT / path).parent / name if name else ROOT / path
        if not file.exists() or (anchor and anchor not in anchors(file.read_text(encoding="utf-8"))):
            broken.append(f"{path}:{line}: {target}")
    assert not broken, "\n" + "\n".join(broken)


def test_every_page_can_be_reached_from_the_index() -> None:
    reached: set[Path] = set()
    waiting = [ROOT / "docs/index.md"]
    while waiting:
        page = waiting.pop()
        if page in reached or page.suffix != ".md":
            continue
        reached.add(page)
        targets = (target.partition("#")[0] for _, target in links(page.read_text(encoding="utf-8")))
        waiting += [(page.parent / name).resolve() for name in targets if name and ":" not in name]
    assert not sorted(set(PAGES) - {page.relative_to(ROOT).as_posix() for page in reached if page.is_relative_to(ROOT)})


def test_every_command_and_option_is_documented() -> None:
    if importlib.util.find_spec("troth.surfaces.cli") is None:
        pytest.skip("there is no command line yet")
    reference = ROOT / "docs/reference/cli.md"
    if not reference.exists():
        pytest.skip("docs/reference/cli.md is not written yet")
    cli = importlib.import_module("troth.surfaces.cli.app").cli
    text = reference.read_text(encoding="utf-8")
    missing = []
    for name, command in sorted(_commands(cli, click.Context(cli, **cli.context_settings)).items()):
        options = {option for parameter in command.params for option in parameter.opts if option.startswith("--")}
        wanted = [f"troth {name}", *sorted(options - {"--help"})]
        missing += [f"{name}: {part}" for part in wanted if part not in text]
    assert not missing, missing


def _commands(group: click.Group, context: click.Context) -> dict[str, click.Command]:
    """Return full name → command of every leaf below a group."""
    found: dict[str, click.Command] = {}
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        if isinstance(command, click.Group):
            found |= {f"{name} {inner}": leaf for inner, leaf in _commands(command, context).items()}
        elif command:
            found[name] = command
    return found


# ---------------------------------------------------------------- the runner itself is tested by examples that fail


@pytest.mark.parametrize(
    ("document", "complaint"),
    [
        ("```console\n$ echo one\ntwo\n```", "but the document says"),
        ("```console\n$ exit 3\n```", "exits with 3"),
        ("```console\necho one\n```", "begins with"),
        ("```python\n>>> 1 + 1\n3\n```", "Got:\n    2"),
        ("```python\nraise KeyError('x')\n```", "KeyError"),
        ("```yaml\na: [1\n```", "does not parse"),
        ("```json\n{a: 1}\n```", "does not parse"),
    ],
)
def test_a_block_that_does_not_do_what_it_says_is_found(document: str, complaint: str, tmp_path: Path) -> None:
    (failure,) = run(document, tmp_path)
    assert failure.startswith("line 1: ")
    assert complaint in failure


def test_blocks_of_one_document_share_files_and_names(tmp_path: Path) -> None:
    document = (
        '```yaml title="a/b.yaml"\nkey: 1\n```\n```console\n$ cat a/b.yaml\nkey: 1\n```\n'
        "```python\nx = 2\n```\n```python\n>>> x\n2\n```\n"
    )
    assert run(document, tmp_path) == []


def test_a_block_left_out_for_a_reason_is_not_run(tmp_path: Path) -> None:
    assert run("<!-- not run: takes minutes -->\n\n```console\n$ exit 3\n```", tmp_path) == []
    assert len(run("<!-- not run: takes minutes -->\n\nText.\n\n```console\n$ exit 3\n```", tmp_path)) == 1


def test_an_elision_stands_for_text_within_a_line_and_for_lines() -> None:
    assert matches("a\n...\nz", "a\nb\nc\nz\n")
    assert matches("took ... s", "took 3.2 s")
    assert not matches("took ... s", "took 3.2 m")


def test_links_and_anchors_are_read_outside_of_code_only() -> None:
    text = "# A title, with `code`\n\n[x](y.md) `[no](link.md)`\n\n```text\n[no](z.md)\n# no heading\n```\n"
    assert links(text) == [(3, "y.md")]
    assert anchors(text) == {"a-title-with-code"}
