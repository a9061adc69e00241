"""Benchmarks: each subject against a floor that is measured in the same run, in turns."""
