"""Backtest and plan as people and programs read them: rows, words, and one HTML file."""
