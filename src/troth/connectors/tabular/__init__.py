"""Rows of CSV, Parquet or SQL as events, by a mapping file. See README.md beside this file."""

from __future__ import annotations

from troth.connectors.tabular.load import check_against_pack, load_mapping
from troth.connectors.tabular.mapping import Mapping
from troth.connectors.tabular.source import TabularSource

__all__ = ["Mapping", "TabularSource", "check_against_pack", "load_mapping"]
