"""One conformance suite for all measures: DuckDB, PostgreSQL and a slow plain-Python oracle agree.

`world` holds rows, and puts them on an engine; `strategies` draws them; `plainly` and the oracles beside it say what a
measure should give; `suite` compares.
"""
