"""Read models: pure functions from a record, its pack and its events to plain rows that every surface can show."""
