"""Object-centric event logs: OCEL 2.0 in JSON, XML and SQLite, OCEL 1.0 in JSON, in; OCEL 2.0 out."""
