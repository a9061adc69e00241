"""Files of CloudEvents: events as they are, in and out, no mapping needed."""
