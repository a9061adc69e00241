"""Every parser of ours, as a function of bytes: it takes them, or refuses them by an error of the kind it promises."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final, NamedTuple

from tests.golden.cli.conftest import PARCEL
from troth.bootstrap import open_ledger
from troth.connectors.tabular.load import check_against_pack, load_mapping
from troth.connectors.webhooks.signing import signed_headers, verify
from troth.errors import TrothError
from troth.lang.compile import compile_pack
from troth.model.pack import Pack
from troth.model.times import MINUTE, parse_duration, parse_instant
from troth.runtime import access, catalog
from troth.runtime.config import load as load_settings
from troth.runtime.envelope import parse_time
from troth.runtime.importing import import_events
from troth.scenarios.parse import parse as parse_scenario
from troth.surfaces.api.paging import cursor_of, position_of
from troth.surfaces.api.problem import ApiError
from troth.surfaces.importing import source_of

_NOW: Final = parse_instant("2026-03-02T12:00:00Z")
_SECRET: Final = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"  # noqa: S105 - the specification's own test key


class Parser(NamedTuple):
    """A parser to be fed.

    Attributes:
        seeds: Good inputs.
        parse: Takes bytes; returns whether they were taken.
        refuses: Errors by which it may refuse.
        cost: How much slower than the quick ones it is: its share of inputs is that much smaller.
    """

    seeds: tuple[bytes, ...]
    parse: Callable[[bytes], bool]
    refuses: tuple[type[Exception], ...] = (TrothError,)
    cost: int = 1


def _text(data: bytes) -> str:
    """Return bytes as a program would hand them on: half surrogates included."""
    return data.decode("utf-8", "surrogateescape")


@cache
def parcel() -> Pack:
    """Return a small pack with a mapping and a scenario."""
    return catalog.load(str(PARCEL)).compiled.require()


def _files(*patterns: str) -> tuple[bytes, ...]:
    """Return the contents of the shipped and the small packs' files."""
    shipped = Path(catalog.__file__).parents[1] / "packs"
    return tuple(
        file.read_bytes()
        for folder in (PARCEL, shipped)
        for pattern in patterns
        for file in sorted(folder.glob(pattern))
    )


def _pack(data: bytes) -> bool:
    return compile_pack({"pack.yaml": data.decode("utf-8", "replace")}).pack is not None


def _mapping(data: bytes) -> bool:
    return not check_against_pack(load_mapping(data.decode("utf-8", "replace"), "rows.yaml"), parcel())


def _scenario(data: bytes) -> bool:
    return parse_scenario(data.decode("utf-8", "replace"), "scenario.yaml", parcel())[0] is not None


def _table(data: bytes) -> bool:
    """Import a table: what it cannot read is in quarantine, and every row is accounted for."""
    with TemporaryDirectory() as folder, closing(open_ledger()) as ledger:
        path = Path(folder) / "parcels.csv"
        path.write_bytes(data)
        with source_of(catalog.load(str(PARCEL)), "rows", path) as source:
            done = import_events(
                ledger, "parcel", source.batches(), extract=source.extract, sources=source.sources,
                cursor=source.cursor, origin=source.origin, series=source.series,
            )  # fmt: skip
        count = ledger.count()
        assert count["quarantined"] == done.quarantined, "what was refused and what is kept differ"
        assert count["events"] == done.events, "what was taken and what is kept differ"
        return not done.quarantined


def _settings(data: bytes) -> bool:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "troth.toml"
        path.write_bytes(data)
        load_settings({}, {}, path)
    return True


def _environment(data: bytes) -> bool:
    name, _, value = _text(data).partition("=")
    load_settings({}, {"TROTH_" + name.upper(): value}, "absent.toml")
    return True


@cache
def _ring() -> tuple[access.KeyRing, str]:
    with closing(open_ledger()) as ledger:
        _, token = access.create(ledger, scopes=("*",), now=_NOW)
        return access.KeyRing(access.all_keys(ledger)), token


def _key(data: bytes) -> bool:
    ring, token = _ring()
    found = ring.check(_text(data), _NOW) is not None
    assert not found or _text(data) == token, "another token than the key's was taken"
    return found


def _cursor(data: bytes) -> bool:
    return position_of("cases", _text(data), tuple[int, str]) is not None


_HEADERS: Final = signed_headers([_SECRET], "msg_1", _NOW, b"{}")


def _signature(data: bytes) -> bool:
    """Verify headers of a delivery, each on a line."""
    lines = (line.partition(":") for line in _text(data).split("\n"))
    headers = {name: value for name, _, value in lines}
    verify([_SECRET], headers, b"{}", _NOW, tolerance=5 * MINUTE)
    known = {name.lower(): value for name, value in headers.items()}
    assert all(known[name] == value for name, value in list(_HEADERS.items())[:2]), "a forged delivery was taken"
    return True


def _calls(parse: Callable[[str], Any]) -> Callable[[bytes], bool]:
    return lambda data: parse(_text(data)) is not None


PARSERS: Final[dict[str, Parser]] = {
    "packs (YAML)": Parser(_files("pack.yaml", "*/pack.yaml"), _pack, cost=40),
    "mappings (YAML)": Parser(_files("mappings/*.yaml"), _mapping, cost=10),
    "scenarios (YAML)": Parser(_files("scenarios/*.yaml"), _scenario, cost=10),
    "tables (CSV)": Parser(_files("*.csv"), _table, cost=80),
    "settings (TOML)": Parser(
        (b'db = "a.db"\npacks = ["x"]\nport = 1\nopen = true\nallow_networks = ["10.0.0.0/8"]\nrate_per_s = 1.5\n',),
        _settings,
    ),
    "settings (environment)": Parser(
        (b"port=80", b"open=true", b"allow_networks=10.0.0.0/8", b"grace_s=1.5"), _environment
    ),
    "API keys": Parser((_ring()[1].encode(),), _key),
    "cursors": Parser(tuple(cursor_of("cases", [n, "door/1"]).encode() for n in (0, 7)), _cursor, (ApiError,)),
    "webhook signatures": Parser(
        ("\n".join(f"{name}:{value}" for name, value in _HEADERS.items()).encode(),), _signature
    ),
    "instants (RFC 3339)": Parser(
        (b"2026-03-02T09:46:00Z", b"2016-12-31T23:59:60.123456+00:00"), _calls(parse_time), (ValueError,)
    ),
    "instants (packs, scenarios)": Parser((b"2026-03-02T09:46:00+01:00",), _calls(parse_instant), (ValueError,)),
    "durations": Parser((b"1h30m", b"2d", b"0.5s"), _calls(parse_duration), (ValueError,)),
}
"""Name → parser."""
