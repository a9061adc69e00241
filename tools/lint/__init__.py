"""House rules as small linters over the syntax tree, and the runner behind `make lint`.

Each module here holds one rule as a function from parsed files to findings. tests/repo runs them over the repository
and, so that a linter which finds nothing is noticed, over small examples that break the rule.
"""
