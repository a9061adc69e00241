"""`troth watch`: what is being held, replaced, corrected, and why, as it happens."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

import click

from troth.surfaces.cli.common import Command, coloured, on_terminal, with_zone
from troth.surfaces.render.answer import Answer

if TYPE_CHECKING:
    from troth.surfaces.watch.line import FeedLine
    from troth.surfaces.watch.screen import Screen
    from troth.surfaces.watch.sources import Source

KINDS: Final = (
    "held", "released", "replaced", "corrected", "suppressed", "permitted", "sent", "case", "lapse", "bypass",
    "shadow", "all",
)  # fmt: skip
_LIMIT: Final = 500
_IDLE_S: Final = 0.25


@click.command(
    "watch",
    cls=Command,
    piped="ndjson",
    examples=[
        "troth watch --url http://127.0.0.1:8080 --key KEY",
        "troth watch --db pickup.db --once --kind held,replaced --format table",
    ],
)
@click.option("--url", metavar="URL", help="A server, such as http://127.0.0.1:8080.")
@click.option("--key", default="", envvar="TROTH_KEY", metavar="KEY", help="An API key with the scope truth:read.")
@click.option("--db", metavar="FILE", help="A ledger instead: a file, or postgresql://….")
@click.option("--follow/--once", default=True, help="Show what happens from now on (default), or all so far and end.")
@click.option("--subject", metavar="SUBJECT", help="Only of this subject.")
@click.option("--kind", "kinds", metavar="KIND,…", help=f"Only these: {', '.join(KINDS)}.")
@with_zone
@click.pass_context
def command(
    ctx: click.Context,
    url: str | None,
    key: str,
    db: str | None,
    follow: bool,
    subject: str | None,
    kinds: str | None,
    zone: str | None,
) -> Answer:
    """Show what the gate holds, releases, replaces, suppresses and corrects, with the reason of each.

    Cases, lapsed promises and messages that left without a permit are shown, too; with --kind all also what was
    permitted and sent. Ctrl-C ends it.
    """
    from troth.surfaces.views.moments import asked_zone
    from troth.surfaces.watch.line import Counts

    chosen = _kinds(kinds)
    if bool(url) == bool(db):
        raise click.UsageError("Give either --url or --db.")
    if ctx.obj in {"json", "csv"}:
        if follow:
            raise click.UsageError(f"What never ends is no {ctx.obj}: use ndjson or table, or --once.")
        return _whole(url, key, db, lambda line: _is_wanted(line, subject, chosen))
    counts = Counts()
    screen = _screen(ctx.obj, asked_zone(zone))
    try:
        with _source(url, key, db) as source:
            for lines in _pages(source, follow):
                mine = [line for line in lines if subject in {None, line.subject}]
                counts.note(mine)
                for line in mine:
                    if line.kind in chosen:
                        screen.line(line)
                screen.counts(counts)
    except KeyboardInterrupt:
        # Whoever watches ends it so: it is no failure.
        screen.counts(counts)
    finally:
        screen.close()
    return Answer()


def _whole(url: str | None, key: str, db: str | None, is_wanted: Callable[[FeedLine], bool]) -> Answer:
    """Return all lines so far as one answer."""
    import msgspec

    with _source(url, key, db) as source:
        lines = [line for page in _pages(source, follow=False) for line in page if is_wanted(line)]
    return Answer(data=tuple(msgspec.to_builtins(line) for line in lines))


def _is_wanted(line: FeedLine, subject: str | None, kinds: frozenset[str]) -> bool:
    """Return whether a line is to be shown."""
    return line.kind in kinds and subject in {None, line.subject}


def _kinds(asked: str | None) -> frozenset[str]:
    """Return the kinds to show.

    Raises:
        UsageError: One is none.
    """
    from troth.surfaces.watch.line import USUAL

    if asked is None:
        return USUAL
    names = {name.strip() for name in asked.split(",") if name.strip()}
    strange = names - set(KINDS)
    if strange or not names:
        raise click.UsageError(f"No kind {', '.join(sorted(strange)) or 'is named'}; give some of {', '.join(KINDS)}.")
    return frozenset(KINDS) if "all" in names else frozenset(names)


@contextmanager
def _source(url: str | None, key: str, db: str | None) -> Iterator[Source]:
    """Open where the feed comes from, and close it afterwards."""
    if url:
        from troth.surfaces.watch.sources import Served

        with Served(url, key) as served:
            yield served
        return
    from troth.surfaces.cli.opened import opened
    from troth.surfaces.watch.reader import Reader

    with opened(str(db)) as here:
        yield Reader(here.ledger, here.packs)


def _pages(source: Source, follow: bool) -> Iterator[list[FeedLine]]:
    """Yield the lines of one page after the other: all so far, or without end what comes."""
    from threading import Event

    from troth.surfaces.watch.marks import BEGINNING

    never = Event()
    after = source.end() if follow else BEGINNING
    while True:
        page = source.page(after, _LIMIT)
        yield page.items
        idle = page.position == after
        after = page.position
        if not follow and not page.more:
            return
        if follow and idle:
            never.wait(_IDLE_S)


def _screen(format_: str, zone: str) -> Screen:
    """Return what prints lines."""
    from troth.surfaces.watch.screen import Ndjson, screen_on

    if format_ == "ndjson":
        return Ndjson(sys.stdout, zone, notes=sys.stderr)
    terminal, colour = on_terminal(sys.stdout), coloured(sys.stdout)
    return screen_on(sys.stdout, zone, terminal=terminal, colour=colour, notes=sys.stderr)
