"""The dashboard: what was promised, told, done and put right, in four sentences, each with the rows behind it."""
