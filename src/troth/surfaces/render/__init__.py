"""Rendering: one answer, said as a table, as JSON, as lines of JSON, or as CSV; problems in the forms that builds read."""
