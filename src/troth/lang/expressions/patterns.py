r"""The part of regular expressions that means the same everywhere and cannot run away.

CEL's `matches` is RE2, which takes time linear in the text. Python's `re` backtracks, so a pattern is a constant of
the pack and is accepted only in this part: characters, `.`, escapes (`\d \w \s \D \W \S` over ASCII, `\t \n
\r`, punctuation), classes `[...]`, anchors `^ $`, groups `( )` and `(?: )`, alternatives `|`, and the quantifiers `*
+ ? {m} {m,} {m,n}` behind a single character or class, or `?` behind a group. A group that repeats, look-around, back
references and flags are refused.

Source: github.com/google/re2, doc/syntax.txt.
"""

from __future__ import annotations

import re
from typing import Final

_TOKEN: Final = re.compile(
    r"""(?P<cls>\[\^?\]?(?:\\.|[^\]\\\[])*\])|(?P<esc>\\[dwsDWStnr]|\\[^A-Za-z0-9])
    |(?P<open>\((?:\?:)?(?!\?))|(?P<close>\))
    |(?P<quant>[*+?]\??|\{\d{1,3}(?:,\d{0,3})?\}\??)|(?P<any>[.^$|])|(?P<char>[^\\\[\](){}*+?.^$|])""",
    re.VERBOSE | re.DOTALL,
)
_SPACES: Final = {r"\s": r"[\t\n\f\r ]", r"\S": r"[^\t\n\f\r ]", "$": r"\Z"}
_REPEATS_MAX: Final = 2
"""Of repetitions without a small bound: with texts of `TEXT_MAX` characters the worst pattern stays bearable."""
TEXT_MAX: Final = 1_000


def compile_pattern(text: str) -> re.Pattern[str]:
    """Return the pattern, to be searched for anywhere in a text.

    Raises:
        ValueError: It uses what this language leaves out, or is no pattern; the text says what.
    """
    made, here, before, repeats = "", 0, "", 0
    while here < len(text):
        token = _TOKEN.match(text, here)
        if token is None:
            raise ValueError(f"{text[here]!r} at {here + 1} starts something that is left out")
        kind, piece = token.lastgroup or "", token[0]
        if kind == "quant":
            if before == "close" and piece.rstrip("?") != "":
                raise ValueError(f"the group before {piece!r} at {here + 1} would repeat")
            if before not in {"cls", "esc", "char", "dot", "close"}:
                raise ValueError(f"nothing stands before {piece!r} at {here + 1}")
            repeats += _runs_on(piece)
        if kind == "cls" and re.search(r"\\[sSDW]|--|&&|\|\||~~", piece):
            raise ValueError(f"{piece!r} at {here + 1} mixes classes")
        before = "dot" if piece == "." else kind
        made += _SPACES.get(piece, piece)
        here = token.end()
    if repeats > _REPEATS_MAX:
        raise ValueError(f"more than {_REPEATS_MAX} open repetitions in one pattern")
    try:
        return re.compile(made, re.ASCII)
    except re.error as error:
        raise ValueError(str(error)) from error


def _runs_on(quantifier: str) -> bool:
    """Return whether a quantifier repeats without a bound of one digit."""
    if quantifier[0] != "{":
        return quantifier[0] != "?"
    return len(quantifier.rstrip("?}").rpartition(",")[2].strip("{")) != 1
