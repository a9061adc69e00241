"""The console: who is being harmed now, worst first, and what staff do about it. `/console`."""
