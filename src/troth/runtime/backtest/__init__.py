"""Backtest and plan: a history folded subject by subject, in bounded memory, by two processes where that pays."""
