"""`troth promise`: windows that are kept with a stated probability, learned, judged, and given to a subject."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final, TypeVar

import click

from troth.surfaces.cli.common import Command, with_db
from troth.surfaces.render.answer import Answer, Section

if TYPE_CHECKING:
    from troth.model.record import Record
    from troth.model.times import Micros
    from troth.surfaces.cli.opened import Opened
    from troth.trust.windows_past import Past
    from troth.trust.windows_stage import Plan

_Function = TypeVar("_Function", bound=Callable[..., Any])
_STAGES: Final = 2


class _Level(click.ParamType[float]):
    """A share such as 0.9, or 90%."""

    name = "level"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Return the share."""
        text = str(value)
        try:
            level = float(text.removesuffix("%")) / (100 if text.endswith("%") else 1)
        except ValueError:
            self.fail(f"{text!r} is no share; write 0.9 or 90%", param, ctx)
        if not 0 < level < 1:
            self.fail(f"{text} is no share between 0 and 1; write 0.9 or 90%", param, ctx)
        return level


@click.group(
    "promise",
    epilog="\b\nExamples:\n  troth promise fit --db shop.db --kind delivery_day --by customer_state\n"
    "  troth promise for order/17 --db shop.db --kind delivery_day --level 0.9",
)
def command() -> None:
    """Learn from history which windows can be promised, judge them on later data, and give one to a new subject."""


def _with_history(function: _Function) -> _Function:
    """Add what windows are learned from."""
    for option in reversed(
        (
            click.option("--kind", required=True, metavar="KIND",
                         help="Kind of promise; `usable`: from the request to the first usable state."),
            click.option("--pack", default="", metavar="NAME", help="Its pack, where several have such a kind."),
            click.option("--level", type=_Level(), default=0.9, show_default=True, metavar="SHARE",
                         help="The share that is to be kept, such as 0.9."),
            click.option("--by", multiple=True, metavar="ATTR",
                         help="Segments with limits of their own, from the coarse to the fine; repeatable."),
            click.option("--using", multiple=True, metavar="ATTR",
                         help="Attributes to predict from, beside the pack's segments; repeatable."),
            click.option("--weight", metavar="ATTR", help="Attribute with sampling weights."),
            click.option("--own-date", is_flag=True,
                         help="Predict against the date that the firm itself gives."),
            click.option("--two-sided", is_flag=True, help="Windows with a beginning, too."),
            click.option("--at", metavar="TIME", help="As known at that moment (RFC 3339 with offset)."),
        )
    ):  # fmt: skip
        function = option(function)
    return function


@command.command(
    "fit",
    cls=Command,
    examples=[
        "troth promise fit --db shop.db --kind delivery_day --by customer_state",
        "troth promise fit --db year.db --kind on_time --own-date --level 95% --format json",
    ],
)
@with_db
@_with_history
def fit_command(db: str, **asked: Any) -> Answer:
    """Learn windows of a kind of promise from all that is known, try them on the later part, and keep them.

    They are kept in the ledger, with a digest: `troth promise for` gives windows from them. Learned again, the new
    ones take the place of the old ones.
    """
    from troth.runtime.promising import keep
    from troth.surfaces.views.windows import learned_row, report_sections
    from troth.trust.windows import fit
    from troth.trust.windows_report import report

    level = asked["level"]
    with _history(db, asked) as (here, pack, past, at, plan), _waiting("learning") as advance:
        windows, on = fit(past, at, plan, level, pack)
        advance(1)
        sections = report_sections(report(on, level))
        advance(1)
        keep(here.ledger, windows)
    text = f"Kept: windows of {windows.kind}, {len(windows.limits) - 1} segments, digest {windows.digest[:16]}\n"
    return Answer(data=(learned_row(windows),), sections=(*sections, Section(text=text)))


@command.command(
    "evaluate",
    cls=Command,
    examples=[
        "troth promise evaluate --db shop.db --kind delivery_day --by customer_state --weight weight",
        "troth promise evaluate --db year.db --kind on_time --own-date --by carrier --format json",
    ],
)
@with_db
@_with_history
def evaluate_command(db: str, **asked: Any) -> Answer:
    """Judge windows on later data: how many are kept, in which segments, and against the dates promised then.

    The history is cut in time: windows are given one after another from what was known at each moment, and judged by
    what came of them. Nothing is kept.
    """
    from troth.surfaces.views.windows import report_row, report_sections
    from troth.trust.windows_report import report
    from troth.trust.windows_tried import walked

    with _history(db, asked) as (_, _, past, at, plan), _waiting("promising") as advance:
        on = walked(past, at, plan, asked["level"])
        advance(1)
        found = report(on, asked["level"])
        advance(1)
    return Answer(data=(report_row(found),), sections=report_sections(found))


@command.command(
    "for",
    cls=Command,
    examples=[
        "troth promise for order/17 --db shop.db --kind delivery_day --level 0.9 --write",
        'troth promise for --attributes \'{"customer_state": "SP"}\' --db shop.db --kind delivery_day',
    ],
)
@click.argument("subject", required=False)
@with_db
@click.option("--kind", required=True, metavar="KIND", help="Kind of promise.")
@click.option("--pack", default="", metavar="NAME", help="Its pack, where several have such a kind.")
@click.option("--level", type=_Level(), default=0.9, show_default=True, metavar="SHARE", help="The share to be kept.")
@click.option("--attributes", metavar="JSON", help="What is known of it, as a JSON object; goes before the ledger.")
@click.option("--date", metavar="TIME", help="The date that the firm itself would promise (RFC 3339 with offset).")
@click.option("--key", default="", metavar="KEY", help="Tells the promise from others of its kind.")
@click.option("--write", is_flag=True, help="Make the promise: write it down as an event, with its basis.")
@click.option("--at", metavar="TIME", help="When it is made (RFC 3339 with offset); else now.")
def for_command(subject: str | None, db: str, kind: str, level: float, **asked: Any) -> Answer:
    """Give SUBJECT, or a new one with the attributes given, a window that is kept with a stated probability.

    The answer says what the window rests on: method, segment, number of cases, as of when, and how such windows were
    kept on later data. With --write this basis is recorded in the promise.
    """
    from troth.runtime.clock import wall_clock
    from troth.runtime.promising import known_of, write
    from troth.surfaces.cli.opened import opened
    from troth.surfaces.promising import age_note, given_of, learned, merged
    from troth.surfaces.views.moments import asked_moment
    from troth.surfaces.views.windows import window_row, window_section
    from troth.trust.windows import window_of

    if subject is None and (asked["write"] or asked["attributes"] is None):
        raise click.UsageError("Name a SUBJECT, or give --attributes (without --write).")
    said = _attributes(asked["attributes"])
    with opened(db) as here:
        made_at = asked_moment(asked["at"]) if asked["at"] else wall_clock()
        date = asked_moment(asked["date"]) if asked["date"] else None
        windows = learned(here.ledger, kind, asked["pack"])
        record = _record(here, subject, needed=asked["write"] or not said) if subject else None
        known = known_of(record, made_at) if record else {}
        window = window_of(windows, merged(known, said), made_at, level, date=date)
        row = window_row(window, subject or "")
        if asked["write"] and subject:
            promise = write(here.ledger, here.packs, given_of(subject, kind, window, asked["key"]), made_at)
            row["written"] = promise.windows[-1].counts
    sections: tuple[Section, ...] = (window_section(row, made_at),)
    if "written" in row:
        sections = (*sections, Section(text=f"Written down: it counts as {row['written']}.\n"))
    return Answer(data=(row,), sections=sections, diagnostics=age_note(windows, made_at))


def _record(here: Opened, subject: str, *, needed: bool) -> Record | None:
    """Return a subject's record; `None`: it has none, and none is needed.

    Raises:
        UsageError: C103, nothing is known of it.
    """
    from troth.surfaces.cli.opened import subject_at

    if not needed and not here.ledger.records([subject]):
        return None
    return subject_at(here, subject, None, None)[0]


def _attributes(text: str | None) -> dict[str, Any]:
    """Return the attributes that a caller gives."""
    import msgspec

    if text is None:
        return {}
    try:
        return msgspec.json.decode(text, type=dict[str, str | int | float | bool | None])
    except (msgspec.DecodeError, UnicodeError) as error:
        raise click.BadParameter(f"it is no JSON object of plain values: {error}", param_hint="--attributes") from error


@contextmanager
def _history(db: str, asked: dict[str, Any]) -> Iterator[tuple[Opened, str, Past, Micros, Plan]]:
    """Open a ledger and yield it with the pack, the history, the moment and the plan that are asked for."""
    from troth.runtime.windows import attributes_for, past_from
    from troth.surfaces.cli.measure import tables_of
    from troth.surfaces.cli.opened import moment_of, opened
    from troth.surfaces.promising import only_pack
    from troth.trust.windows_scale import DATE, MADE
    from troth.trust.windows_stage import Plan

    with opened(db) as here:
        tables, _ = tables_of(here, moment_of(here, asked["at"]), None)
        pack = only_pack(here.packs, asked["kind"], asked["pack"])
        names = attributes_for(here.packs[pack], tables, asked["by"], asked["using"])
        past = past_from(tables, asked["kind"], names, asked["weight"], pack)
        anchor = DATE if asked["own_date"] else MADE
        plan = Plan(names=names, by=tuple(asked["by"]), anchor=anchor, two_sided=asked["two_sided"])
        yield here, pack, past, tables.as_of, plan


@contextmanager
def _waiting(doing: str) -> Iterator[Callable[[int], None]]:
    """Show that something is being done, in two stages."""
    from troth.surfaces.cli.progress import progress

    with progress(transient=True) as bars:
        yield bars(doing, _STAGES)
