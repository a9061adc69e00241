"""Pages of the codes that backtest and plan raise (B)."""

from __future__ import annotations

from typing import Final

from troth.codes._page import Page

PAGES: Final[dict[str, Page]] = {
    page.code: page
    for page in (
        Page(
            code="B101",
            title="no such part of a backtest",
            meaning=(
                "--subjects lists the rows behind a figure. A part is one word, or several joined by + of which all "
                "have to hold: false, faulty, caught, without_a_word, message=NAME, source=NAME, month=2018-03, "
                "promise=KIND and so on."
            ),
            example="troth backtest --db shop.db --subjects wrong   # the word is false",
            remedy="Copy the part from the figure's own row, where every figure names it.",
        ),
        Page(
            code="B102",
            title="there is no event in it",
            meaning=(
                "The files were read through the mapping, and not one row became an event: the wrong table, a guard "
                "that is never true, or every row refused."
            ),
            example="troth backtest empty.csv --pack delivery --map my_orders.yaml",
            remedy="Import the files with `troth import` into a new ledger, and see `troth quarantine list` for why.",
        ),
        Page(
            code="B103",
            title="it is not clear what history is meant",
            meaning=(
                "A backtest looks at one history: that of a ledger (--db), or that of files (PATH with --pack, and "
                "--map where they are tables or logs). Both at once, or neither, cannot be meant."
            ),
            example="troth backtest orders.csv --db shop.db",
            remedy="Give either --db FILE, or PATH with --pack and --map.",
        ),
        Page(
            code="B104",
            title="the packs are not about the same subjects",
            meaning=(
                "A plan replays a history under two packs and compares what each makes of it. Packs of different names "
                "or different subjects have nothing to compare."
            ),
            example="troth plan delivery travel_disruption --db shop.db",
            remedy="Compare two versions of one pack: copy its folder, change the copy, and keep its name.",
        ),
        Page(
            code="B105",
            title="the ledger holds nothing of this pack",
            meaning="The pack names subjects of which the ledger has no event, so that there is nothing to replay.",
            example="troth plan old/pack.yaml new/pack.yaml --db flights.db",
            remedy="Name the ledger that was filled with this pack, or import its history first.",
        ),
        Page(
            code="B106",
            title="no such part of a plan",
            meaning=(
                "--subjects lists the subjects behind a row of a plan. A part is what changes (statement, promise, "
                "state, case, decision, message), or that with the rest of the row, as the row's `part` says it."
            ),
            example="troth plan old new --db shop.db --subjects promises   # the word is promise",
            remedy="Copy the part from the row.",
        ),
        Page(
            code="B107",
            title="a process of the backtest was lost",
            meaning=(
                "Large histories are shared among processes. One of them ended without an answer, as a rule because "
                "the system was short of memory and stopped it. Nothing was changed."
            ),
            example="troth backtest --db huge.db --jobs 16   # on a machine with little memory",
            remedy="Use fewer processes (--jobs 1), or a machine with more memory.",
        ),
        Page(
            code="B108",
            title="two packs use one name",
            meaning=(
                "The ledger holds several services, and two of their packs have a message or a kind of promise of the "
                "same name. What is promised differs from service to service, so that kinds are never pooled."
            ),
            example="troth backtest --db everything.db   # delivery and store_pickup both have a survey",
            remedy="Judge one service at a time: --pack NAME.",
        ),
        Page(
            code="B109",
            title="the report cannot be written",
            meaning=(
                "The file of --html lies in a folder that does not exist, is a folder itself, or may not be written."
            ),
            example="troth backtest --db shop.db --html reports/2026/shop.html   # there is no folder reports/2026",
            remedy="Make the folder, or name a file where you may write.",
        ),
    )
}
