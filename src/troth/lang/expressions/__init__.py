"""The expression language of packs and mappings: CEL, with three-valued logic and no I/O.

Google's CEL parses and checks (`read`, `wire`), constants and types are settled (`lower`), rules of packs are kept
monotone (`strict`), and Python is generated (`emit`) or explained (`explain`). How it differs from CEL:

- An unknown or failing operand makes an operation unknown (`None`), never false; `&&`, `||`, `all` and `exists` let a
  known operand decide (strong Kleene). A condition of `? :` that is unknown makes it unknown.
- Null is unknown: comparing with it is refused, `known(x)` asks for it. An absent member is unknown too.
- Instants and durations are microseconds; durations may be written in days and weeks (`duration("14d")`); a `dyn`
  compared with an instant or a duration is read as one.
- Left out: uint, bytes, types as values, maps and messages written out. `matches` takes constant patterns in the part
  of RE2 that `patterns` describes.
- Added: `known(x)`; in packs also `stale(fact)` and `age(fact)`.
"""

from __future__ import annotations

from troth.lang.expressions.extract import Where, compile_data, compile_extract, compile_where, conform
from troth.lang.expressions.members import EVERY, members
from troth.lang.expressions.read import usable_name
from troth.lang.expressions.rules import Wanted, compile_rules

__all__ = [
    "EVERY",
    "Wanted",
    "Where",
    "compile_data",
    "compile_extract",
    "compile_rules",
    "compile_where",
    "conform",
    "members",
    "usable_name",
]
