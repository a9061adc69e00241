"""Measures: pure definitions of what is reported, as expressions over four tables and statistics over their answers.

clock (state history → outcome, end of the clock) → tables (records → rows) → question (what is asked of which
tables) → one file for each measure (plan, estimate, evidence) → registry. Statistics: interval, survival, bootstrap;
segment splits, marks and ranks. Nothing here connects, reads a clock or draws a random number: `troth.runtime.snapshot`
runs the expressions.
"""
