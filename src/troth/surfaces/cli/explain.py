"""`troth explain`: the page of a code, or of a measure."""

from __future__ import annotations

import click

from troth.errors import Place, Problem, UsageError
from troth.surfaces.cli.common import command as make
from troth.surfaces.render.answer import Answer, Row, Section


@make("explain", examples=["troth explain P101", "troth explain promise_reliability --format json"])
@click.argument("code", required=False)
def command(code: str | None) -> Answer:
    """Explain CODE: a problem, a finding, a reason, or a measure.

    Without CODE, all that can be explained is listed.
    """
    from troth.surfaces.pages import all_pages, code_page

    if code is not None and (found := code_page(code)):
        return Answer(data=(found,), sections=(Section(text=_as_text(found)),))
    pages = all_pages()
    if code is None:
        rows = tuple({"code": name, "title": page["title"]} for name, page in pages.items())
        return Answer(data=rows)
    page = pages.get(code.lower().replace("-", "_"))
    if page is None:
        raise UsageError(_unknown(code, list(pages)))
    return Answer(data=(page,), sections=(Section(text=_as_text(page)),))


def _unknown(code: str, names: list[str]) -> Problem:
    """Return the problem of a name that has no page, with the names that come near."""
    from troth.surfaces.cli.app import nearest

    near = nearest(code.upper(), names) or nearest(code.lower(), names)
    hint = f"did you mean {' or '.join(near)}? " if near else ""
    return Problem(Place(), "C102", f"no page of the name {code!r}", "the code of a problem, or the name of a measure",
                   f"{hint}`troth explain` lists them all")  # fmt: skip


def _as_text(page: Row) -> str:
    """Return a page for people."""
    text = f"{page['code']}: {page['title']}\n\n{page['meaning']}\n"
    if page["example"]:
        text += "\nExample\n" + "".join(f"    {line}\n" for line in page["example"].splitlines())
    if page["remedy"]:
        text += f"\nWhat to do\n    {page['remedy']}\n"
    return text
