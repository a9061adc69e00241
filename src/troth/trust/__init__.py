"""What the records of a firm foretell, pure: bad experiences, truth or speed, windows that can be promised.

Records and numbers in, figures out; nothing here reads a ledger, a file or a clock. Random choices come from hashes of
the data, so that the same data give the same figures, in any order. Libraries for learning are imported where they
are used: they are slow to start.
"""
