"""The matrix of facts: what is in it hangs on the subjects together, and on no order."""

from __future__ import annotations

import random

import numpy as np

from tests.unit.trust.kit import some_occasions
from troth.trust.facts import Facts
from troth.trust.table import table_of

ROWS = [one.facts for one in some_occasions(400)]


def test_rows_in_another_order_give_the_same_columns() -> None:
    order = list(range(len(ROWS)))
    random.Random(5).shuffle(order)
    table, shuffled = table_of(ROWS), table_of([ROWS[index] for index in order])
    assert (shuffled.names, shuffled.levels) == (table.names, table.levels)
    np.testing.assert_array_equal(shuffled.values, table.values[order])


def test_what_is_not_known_is_not_a_number() -> None:
    table = table_of(ROWS)
    column = table.values[:, table.names.index("hand_over: days late")]
    assert np.isnan(column).sum() == sum("hand_over: days late" not in row for row in ROWS)


def test_what_all_have_alike_what_repeats_and_what_is_a_name_are_left_out() -> None:
    rows: list[Facts] = [
        {**row, "attribute: same": 1.0, "attribute: again": row["attribute: price"], "attribute: id": f"x{index}"}
        for index, row in enumerate(ROWS)
    ]
    names = table_of(rows).names
    assert not {"attribute: same", "attribute: id"} & set(names)
    assert len({"attribute: again", "attribute: price"} & set(names)) == 1


def test_a_word_that_is_rare_or_new_shares_the_last_code() -> None:
    rows: list[Facts] = [*ROWS, {"attribute: town": "Dot"}]
    table = table_of(rows)
    index = table.names.index("attribute: town")
    assert set(table.levels["attribute: town"]) == {"Aia", "Bel", "Cor"}
    assert table.values[-1, index] == 3
    assert table.coded([{"attribute: town": "Elm"}, {}])[0, index] == 3
    assert np.isnan(table.coded([{"attribute: town": "Elm"}, {}])[1, index])


def test_others_are_coded_as_the_table_codes_its_own() -> None:
    table = table_of(ROWS)
    np.testing.assert_array_equal(table.coded(ROWS), table.values)
