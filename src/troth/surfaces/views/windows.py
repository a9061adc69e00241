"""Windows that can be promised, as plain rows: what was learned, the report, one window."""

from __future__ import annotations

from typing import Any, Final

from troth.model.times import DAY, HOUR, MINUTE, Micros, format_duration, format_instant
from troth.surfaces.render.answer import Row, Section
from troth.surfaces.views.shares import percent
from troth.trust.windows import Window, Windows
from troth.trust.windows_beside import Beside
from troth.trust.windows_drift import Drift
from troth.trust.windows_judge import Coverage, Figure
from troth.trust.windows_report import Report

_UNITS: Final = ((DAY, "d"), (HOUR, "h"), (MINUTE, "min"))
_BESIDE: Final = {
    "same_reliability": "at the reliability of the dates promised then",
    "same_length": "at the length of the dates promised then",
    "by_segment": "in each segment at its own reliability then",
}


def learned_row(windows: Windows) -> Row:
    """Return what was learned about a kind of promise, without its numbers."""
    return {
        "pack": windows.pack,
        "kind": windows.kind,
        "trained_as_of": format_instant(windows.trained_as_of),
        "since": format_instant(windows.since),
        "n": windows.n,
        "ended": windows.ended,
        "apart": dict(windows.apart),
        "by": list(windows.by),
        "reads": list(windows.model.names),
        "own_date": windows.anchor == "date",
        "two_sided": windows.two_sided,
        "segments": len(windows.limits) - 1,
        "half_life": format_duration(windows.half_life) if windows.half_life else None,
        "gain": windows.gain,
        "digest": windows.digest[:16],
        "data": windows.data[:16],
        "seen_later": [coverage_row(one) for one in windows.seen],
        "drift": drift_row(windows.drift),
    }


def coverage_row(one: Coverage) -> Row:
    """Return how windows of one level were kept."""
    return {
        "level": one.level,
        "segment": dict(one.segment),
        "kept": one.value,
        "two_se": None if one.se is None else 2 * one.se,
        "two_se_blocks": None if one.se_blocks is None else 2 * one.se_blocks,
        "within": one.within,
        "n": one.n,
        "not_due": one.not_due,
        "no_window": one.no_window,
        "never": one.never,
        "width_p10_s": one.width_p10_s,
        "width_p50_s": one.width_p50_s,
        "width_p90_s": one.width_p90_s,
        "width_mean_s": one.width_mean_s,
    }


def drift_row(drift: Drift | None) -> Row | None:
    """Return the drift test."""
    if drift is None:
        return None
    return {
        "z": drift.z,
        "p": drift.p,
        "level": drift.level,
        "later_half_kept": drift.share,
        "earlier": drift.earlier,
        "later": drift.later,
    }


def report_row(report: Report) -> Row:
    """Return the whole report as one row."""
    return {
        "kind": report.kind,
        "level": report.level,
        "as_of": format_instant(report.as_of),
        "promised_from": format_instant(report.begin),
        "n": report.n,
        "before": report.before,
        "ended": report.ended,
        "open": report.open,
        "apart": dict(report.apart),
        "by": list(report.by),
        "reads": list(report.names),
        "own_date": report.anchor == "date",
        "two_sided": report.two_sided,
        "half_life": format_duration(report.half_life) if report.half_life else None,
        "gain": report.gain,
        "coverage": [coverage_row(one) for one in report.coverage],
        "segments": [coverage_row(one) for one in report.segments],
        "thin_segments": report.thin,
        "drift": drift_row(report.drift),
        **{name: beside_row(getattr(report, name)) for name in _BESIDE},
    }


def beside_row(one: Beside | None) -> Row | None:
    """Return windows beside the dates promised then."""
    if one is None:
        return None
    return {
        "level": one.level,
        "n": one.n,
        "left_out": one.left_out,
        "ours_kept": one.ours_kept,
        "theirs_kept": one.theirs_kept,
        "more_reliable": _figure(one.more_reliable),
        "ours_mean_s": one.ours_mean_s,
        "theirs_mean_s": one.theirs_mean_s,
        "ours_p50_s": one.ours_p50_s,
        "theirs_p50_s": one.theirs_p50_s,
        "shorter": _figure(one.shorter),
        "ours_score_s": one.ours_score_s,
        "theirs_score_s": one.theirs_score_s,
        "better_score": _figure(one.better_score),
    }


def _figure(figure: Figure | None) -> Row | None:
    """Return a figure with its interval."""
    return None if figure is None else {"value": figure.value, "low": figure.low, "high": figure.high}


def window_row(window: Window, subject: str) -> Row:
    """Return the window of one promise."""
    return {
        "subject": subject or None,
        "made_at": format_instant(window.made_at),
        "start": format_instant(window.start),
        "end": format_instant(window.end),
        "basis": window.basis,
    }


def report_sections(report: Report) -> tuple[Section, ...]:
    """Return the report for people."""
    rows = tuple(_covered(one) for one in report.coverage)
    told = (
        f"{report.n:,} promises of {report.kind}; the {report.n - report.before:,} made from "
        f"{format_instant(report.begin)} on were given windows from what was known at the time.\n"
    )
    found = [Section(title=f"{report.kind} as of {format_instant(report.as_of)}", text=told, rows=rows)]
    if report.segments:
        left = f" ({report.thin} with too few left out)" if report.thin else ""
        title = f"by {', '.join(report.by)}, worst first{left}"
        found.append(Section(title=title, rows=tuple(_covered(one) for one in report.segments)))
    if report.drift is not None:
        found.append(Section(title="drift", text=drift_text(report.drift)))
    compared = [(name, getattr(report, name)) for name in _BESIDE if getattr(report, name) is not None]
    rows = tuple(_compared(_BESIDE[name], one) for name, one in compared)
    found.append(Section(title="against the dates promised then", rows=rows, empty="No dates were disclosed then."))
    return tuple(found)


def drift_text(drift: Drift) -> str:
    """Return the drift test in words."""
    pace = "quicker" if drift.z > 0 else "slower"
    share = "" if drift.share is None else (
        f" A limit for {drift.level:.0%} from the earlier half would have kept {drift.share:.1%} of the later half."
    )  # fmt: skip
    certain = "p < 0.0001" if drift.p < 0.0001 else f"p = {drift.p:.4f}"
    return f"The later half is {pace} (log-rank z = {drift.z:.1f}, {certain}).{share}\n"


def _covered(one: Coverage) -> Row:
    """Return coverage for people."""
    segment = {name: value or "not known" for name, value in one.segment.items()}
    return {
        **segment,
        "stated": f"{one.level:.0%}",
        "kept": percent(one.value),
        "± 2 se": "" if one.se is None else f"{200 * one.se:.1f} %",
        "within": {True: "yes", False: "no", None: ""}[one.within],
        "n": one.n,
        "no window": one.no_window,
        "width p50": length(one.width_p50_s),
        "p10": length(one.width_p10_s),
        "p90": length(one.width_p90_s),
    }


def _compared(what: str, one: Beside) -> Row:
    """Return a comparison for people."""
    return {
        "compared": what,
        "n": one.n,
        "kept": f"{one.ours_kept:.1%} against {one.theirs_kept:.1%}",
        "mean length": f"{length(one.ours_mean_s)} against {length(one.theirs_mean_s)}",
        "shorter by": _interval(one.shorter),
        "more reliable by": _interval(one.more_reliable),
        "better score by": _interval(one.better_score),
    }


def _interval(figure: Figure | None) -> str:
    """Return a share with its interval."""
    return "" if figure is None else f"{figure.value:.1%} ({figure.low:.1%} to {figure.high:.1%})"


def length(seconds: float | None) -> str:
    """Return a length of time in its largest fitting unit, one digit after the point.

    >>> length(86400 * 17.44), length(5400.0), length(None)
    ('17.4 d', '1.5 h', '')
    """
    if seconds is None:
        return ""
    micros = seconds * 1_000_000
    for size, unit in _UNITS:
        if micros >= size:
            return f"{micros / size:.1f} {unit}"
    return f"{seconds:.0f} s"


def window_section(row: Row, now: Micros) -> Section:
    """Return one window for people."""
    basis: dict[str, Any] = row["basis"]
    seen = basis["seen_later"]
    of = ", ".join(f"{name} {value or 'not known'}" for name, value in basis["segment"].items()) or "all"
    start = f"from {row['start']} " if basis["sides"] == "two" else ""
    later = "" if seen["kept"] is None else (
        f" On later data such windows at {seen['level']:.0%} were kept in {seen['kept']:.1%} of {seen['n']:,} cases."
    )  # fmt: skip
    text = (
        f"{start}by {row['end']}, kept with {basis['level']:.1%}.\n"
        f"Basis: {basis['method']}; segment {of}, {basis['n']:,} cases, as of {basis['trained_as_of']} "
        f"({basis['digest']}).{later}\n"
    )
    return Section(title=row["subject"] or f"a promise made at {format_instant(now)}", text=text)
