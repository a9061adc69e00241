"""The shell around the pure core: the only room that reads a clock, and the one that calls ports."""
