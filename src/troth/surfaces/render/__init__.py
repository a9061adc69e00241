"""Rendering: one answer as a table, JSON, lines of JSON or CSV; problems in the forms that builds read."""
