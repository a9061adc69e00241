"""Runs the blocks of a Markdown document, top to bottom, in one temporary folder.

- ```` ```LANGUAGE title="NAME" ```` writes the block to NAME in the folder; later blocks find it there.
- `console`: each line after `$ ` is a command, which goes on where a line ends with a backslash; the lines below it are
  what a terminal shows of it, both streams together. `...` stands for any text, also over several lines. A command must
  succeed: write `$ COMMAND || true` for one that fails on purpose.
- `python`: with `>>>` as a doctest, otherwise executed; all Python blocks of a document share their names.
- `yaml` and `json` must parse.
- A comment `not run: REASON` on the line before a block leaves it out.
"""

from __future__ import annotations

import contextlib
import doctest
import errno
import io
import json
import os
import re
import select
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from tools.lint.markdown import Block, blocks

SECONDS_MAX = 60


class Session(NamedTuple):
    """What the blocks of one document share.

    Attributes:
        folder: Where they run.
        names: The global names of its Python blocks.
        environment: Environment variables of its commands.
    """

    folder: Path
    names: dict[str, Any]
    environment: Mapping[str, str]


def environment() -> dict[str, str]:
    """Return the environment of commands: this interpreter's scripts first, a wide terminal without colours."""
    scripts = str(Path(sys.executable).parent)
    found = {name: value for name, value in os.environ.items() if not name.startswith("TROTH_")}
    return found | {
        "PATH": f"{scripts}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
        "COLUMNS": "1000",
        "TERM": "dumb",
        "NO_COLOR": "1",
        "LC_ALL": "C.UTF-8",
    }


def run(text: str, folder: Path) -> list[str]:
    """Run a document's blocks in the folder and return what failed, one entry a block, line first."""
    session = Session(folder, {"__name__": "__docs__"}, environment())
    failures = []
    for block in blocks(text):
        fault = "" if block.not_run else _run_block(block, session)
        if fault:
            failures.append(f"line {block.line}: {fault}")
    return failures


def _run_block(block: Block, session: Session) -> str:
    if block.title:
        file = session.folder / block.title
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(block.text, encoding="utf-8")
    runner = RUNNERS.get(block.language)
    return runner(block, session) if runner else ""


def commands(text: str) -> Iterator[tuple[str, str]]:
    """Yield (command, expected output) of a console block."""
    parts = re.split(r"(?m)^\$ ", text)
    for part in parts[1:]:
        match = re.match(r"((?:[^\n]*\\\n)*[^\n]*)\n?(.*)", part, re.DOTALL)
        assert match
        yield match[1], match[2]


def matches(expected: str, got: str) -> bool:
    """Return whether output is as written; `...` stands for any text, trailing blanks do not count.

    >>> matches("took ... s", "took 3.2 s"), matches("a", "b")
    (True, False)
    """
    want, have = ("\n".join(line.rstrip() for line in text.strip().splitlines()) for text in (expected, got))
    pattern = re.escape(want).replace(re.escape("..."), ".*")
    return re.fullmatch(pattern, have, re.DOTALL) is not None


def _console(block: Block, session: Session) -> str:
    if not block.text.lstrip().startswith("$ "):
        return "a console block begins with `$ COMMAND`"
    for command, expected in commands(block.text):
        code, said = typed(command, session)
        if code:
            return f"`{command}` exits with {code}:\n{said}"
        if not matches(expected, said):
            return f"`{command}` prints\n{said}\nbut the document says\n{expected}"
    return ""


def typed(command: str, session: Session) -> tuple[int, str]:
    """Run a command as a reader would, at a terminal; return its exit code and what it shows.

    So a command prints tables, and what it prints into a pipe or a file is what a reader gets there.
    """
    ours, theirs = os.openpty()
    mode = termios.tcgetattr(theirs)
    mode[1] &= ~termios.OPOST  # what is printed comes as it is, without carriage returns
    termios.tcsetattr(theirs, termios.TCSANOW, mode)
    with os.fdopen(ours, "rb", buffering=0) as shown, subprocess.Popen(
        ["bash", "-c", command], cwd=session.folder, env=dict(session.environment), stdin=subprocess.DEVNULL,
        stdout=theirs, stderr=theirs,
    ) as started:  # fmt: skip
        os.close(theirs)
        said = b"".join(_until_closed(shown, time.monotonic() + SECONDS_MAX))
        if not select.select([shown], [], [], 0)[0]:
            started.kill()
            raise subprocess.TimeoutExpired(command, SECONDS_MAX)
        return started.wait(SECONDS_MAX), said.decode("utf-8", "replace")


def _until_closed(shown: io.FileIO, until: float) -> Iterator[bytes]:
    """Yield what comes over a terminal until nobody has it open any more, or the time is over."""
    while select.select([shown], [], [], max(0.0, until - time.monotonic()))[0]:
        try:
            yield shown.read(65_536)
        except OSError as error:
            if error.errno != errno.EIO:  # how Linux says that the other end is closed
                raise
            return


def _python(block: Block, session: Session) -> str:
    told = io.StringIO()
    with contextlib.chdir(session.folder), contextlib.redirect_stdout(told):
        if ">>>" in block.text:
            test = doctest.DocTestParser().get_doctest(block.text, session.names, "block", None, block.line)
            runner = doctest.DocTestRunner(verbose=False, optionflags=doctest.ELLIPSIS)
            runner.run(test, out=told.write, clear_globs=False)
            session.names.update(test.globs)
            return told.getvalue()
        try:
            exec(compile(block.text, f"<line {block.line}>", "exec"), session.names)  # noqa: S102 - that is the purpose
        except Exception as error:  # noqa: BLE001 - whatever the document's code raises is what failed
            return f"{type(error).__name__}: {error}"
    return ""


def _parsed_by(parse: Callable[[str], object], wrong: type[Exception]) -> Callable[[Block, Session], str]:
    def validate(block: Block, _session: Session) -> str:
        try:
            parse(block.text)
        except wrong as error:
            return f"does not parse: {error}"
        return ""

    return validate


RUNNERS: Mapping[str, Callable[[Block, Session], str]] = {
    "console": _console,
    "python": _python,
    "yaml": _parsed_by(lambda text: list(yaml.safe_load_all(text)), yaml.YAMLError),
    "json": _parsed_by(json.loads, ValueError),
}
