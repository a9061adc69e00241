"""Hostile input: good input, with bytes changed, cut, doubled, spliced, and words put in that parsers stumble over."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from random import Random
from typing import Final

WORDS: Final[tuple[bytes, ...]] = (
    b"\x00", b"\xff\xfe", b"\xed\xa0\x80", b"\xf0\x9f\x98\x80", b"\\ud800", b"\\u0000", b"\r\n", b"\t", b" ", b'"',
    b"'", b"{", b"}", b"[", b"]", b":", b",", b"&a ", b"*a", b"!!python/object:os.system ", b"<<: ", b"---\n",
    b"...\n", b"? ", b"| \n", b"#", b"null", b"true", b"~", b"NaN", b"Infinity", b"-0", b"1e999", b"0x7f",
    b"18446744073709551616", b"9" * 400, b"-9223372036854775809", b"2026-13-45T99:99:99Z", b"0000-00-00T00:00:00Z",
    b"9999-12-31T23:59:60+23:59", b"1h", b"P1Y", b"99999999999999d", b"=", b"\xe2\x80\xae", b"\xcc\x81" * 40,
    b"../../etc/passwd", b"%00", b"${x}", b"' OR 1=1 --", b"\x1b[31m", b"[" * 200, b'{"a":' * 60, b"(" * 300,
    b"!" * 300, b"a" * 5_000, b"data.", b"known(", b" && ", b" ? ", b"@", b"`",
)  # fmt: skip
"""What is put in."""


def mutants(seeds: Sequence[bytes], number: int, *, seed: int, most: int = 60_000) -> Iterator[bytes]:
    """Yield so many changed inputs, one to four changes each.

    Args:
        seeds: Good inputs.
        number: How many.
        seed: Of the randomness.
        most: Longest input, in bytes.
    """
    random = Random(seed)
    for _ in range(number):
        text = random.choice(seeds)
        for _ in range(random.choice((1, 1, 1, 2, 2, 3, 4))):
            text = _changed(text, seeds, random)
        yield text[:most]


def _changed(text: bytes, seeds: Sequence[bytes], random: Random) -> bytes:
    """Return a text with one change."""
    start = random.randrange(len(text) + 1)
    end = min(len(text), start + random.choice((1, 1, 2, 4, 16, 64)))
    way = random.randrange(8)
    if way == 0:
        return text[:start] + bytes([random.randrange(256)]) + text[start + 1 :]
    if way == 1:
        return text[:start] + text[end:]
    if way == 2:
        return text[:end] + text[start:]
    if way == 3:
        return text[:start]
    if way in {4, 5}:
        return text[:start] + random.choice(WORDS) + text[start if way == 4 else end :]
    if way == 6:
        other = random.choice(seeds)
        return text[:start] + other[random.randrange(len(other) + 1) :]
    flipped = bytes(byte ^ 1 << random.randrange(8) for byte in text[start:end])
    return text[:start] + flipped + text[end:]
