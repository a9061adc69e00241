"""XES event logs (IEEE 1849), versions 1.0 and 2.0, gzipped or not, as parts that a mapping reads."""
