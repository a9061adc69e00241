"""A folder with the pack of parcels and a table of them: a scan may be withdrawn after its customer was told."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from tests.golden.cli.conftest import PARCEL

_MAPPING: Final = """\
mapping: told
pack: parcel
zone: Etc/UTC
tables:
  parcels: {{file: [told.csv]}}
extract: {{at: "2026-03-10T00:00:00Z"}}
rows:
  - table: parcels
    subject: "'parcel/' + string(id)"
    times: {{{times}}}
    events:
      - {{type: parcel.posted, source: shop, at: posted}}
{before}\
      - {{type: parcel.scanned, source: carrier, at: delivered, data: {{delivered: "true"}}}}
      - {{type: parcel.scanned, source: carrier, at: withdrawn, heard: known, data: {{delivered: "false"}}}}
{note}\
{after}"""


def sent(message: str, name: str, at: str) -> str:
    """Return the line of a mapping that tells of a message, named so, at the moment of a column."""
    data = f"""{{message: "'{message}'", id: "'{name}'", channel: "'mail'"}}"""
    return f"      - {{type: message.sent, source: shop, at: {at}, data: {data}}}\n"


def told_parcels(folder: Path, header: str, rows: Sequence[str], *, before: str = "", after: str = "") -> Path:
    """Put the pack, its mapping `told` and `told.csv` into a folder; return the pack's.

    Args:
        folder: Where.
        header: The table's columns: `id`, and moments.
        rows: Its rows.
        before: Lines of the mapping that come before the scans.
        after: Lines that come last.
    """
    pack = folder / "parcel"
    shutil.copytree(PARCEL, pack)
    times = ", ".join(f"{name}: {{column: {name}}}" for name in header.split(",")[1:])
    note = sent("delivery_note", "note", "told")
    text = _MAPPING.format(times=times, before=before, note=note, after=after)
    (pack / "mappings" / "told.yaml").write_text(text)
    (folder / "told.csv").write_text("\n".join([header, *rows, ""]))
    return pack
