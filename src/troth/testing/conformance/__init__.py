"""Suites that every adapter of a port has to pass; public, so that an adapter of your own can prove itself.

They need pytest and hypothesis. Inherit the suite in a test module and say how the adapter is made:

    class TestMyLedger(LedgerConformance):
        def make(self) -> Ledger:
            return MyLedger(...)
"""
