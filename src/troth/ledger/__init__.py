"""Embedded storage behind the ledger port: in memory and on SQLite.

`MemoryLedger` (`troth.ledger.memory`) is for tests and trials, `SqliteLedger` (`troth.ledger.sqlite`) for real use.
Both pass `troth.testing.conformance`, and so must any other adapter; it takes the rule of identity from
`troth.runtime.identity.settle`.
"""
