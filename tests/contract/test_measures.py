"""Every measure passes the conformance suite: DuckDB, PostgreSQL and a plain oracle agree on any rows."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from typing import Any

import ibis
import ibis.expr.types as ir
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings

from tests.postgres_server import PASSWORD, USER, Server
from troth.measures.registry import MEASURES
from troth.testing.conformance.measures import world as worlds_of
from troth.testing.conformance.measures.strategies import worlds
from troth.testing.conformance.measures.suite import (
    ORACLES,
    agree_between,
    agree_with_oracle,
    questions,
    rows_of,
)
from troth.testing.conformance.measures.world import World

LASTING = [HealthCheck.too_slow, HealthCheck.function_scoped_fixture, HealthCheck.data_too_large]


def run(expression: ir.Table) -> pa.Table:
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="fetch_arrow_table", category=DeprecationWarning)
        return expression.to_pyarrow()


@pytest.fixture(scope="module")
def duckdb() -> Any:
    return ibis.duckdb.connect()


@pytest.fixture(scope="module")
def server(postgres: Server) -> Iterator[Any]:
    name = postgres.database().rsplit("/", 1)[1]
    connection = ibis.postgres.connect(
        user=USER, password=PASSWORD, host="127.0.0.1", port=postgres.port, database=name
    )
    yield connection
    connection.disconnect()


def test_every_measure_has_an_oracle() -> None:
    assert set(ORACLES) == set(MEASURES)


@pytest.mark.parametrize("measure", list(ORACLES))
@given(world=worlds(least=6, most=16))
@settings(max_examples=4, deadline=None, suppress_health_check=LASTING)
def test_a_measure_on_duckdb_is_what_the_plain_oracle_says(measure: str, duckdb: Any, world: World) -> None:
    tables = worlds_of.opened(world, worlds_of.duckdb(duckdb))
    for question in questions(measure):
        rows = rows_of(measure, tables, question, run)
        assert agree_with_oracle(measure, rows, world, question) == []


@pytest.mark.slow
@pytest.mark.parametrize("measure", list(ORACLES))
@given(world=worlds(least=6, most=20))
@settings(max_examples=3, deadline=None, suppress_health_check=LASTING)
def test_a_measure_on_postgresql_is_what_it_is_on_duckdb(measure: str, duckdb: Any, server: Any, world: World) -> None:
    here = worlds_of.opened(world, worlds_of.duckdb(duckdb))
    there = worlds_of.opened(world, worlds_of.postgres(server))
    for question in questions(measure):
        rows, others = (rows_of(measure, tables, question, run) for tables in (here, there))
        assert agree_between(rows, others) == []
        assert agree_with_oracle(measure, others, world, question) == []


@pytest.mark.parametrize("measure", list(ORACLES))
def test_nothing_at_all_gives_no_rows(measure: str, duckdb: Any) -> None:
    tables = worlds_of.opened(World({}), worlds_of.duckdb(duckdb))
    for question in questions(measure):
        assert rows_of(measure, tables, question, run) == ORACLES[measure](World({}), question) == []
