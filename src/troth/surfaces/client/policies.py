"""What happens to a message when the gate gives no answer: by the sender, else by the pack, else closed."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Final, get_args

import msgspec

from troth.errors import Place, Problem, UsageError
from troth.model.decision import Request
from troth.surfaces.client.nouns import FailPolicy, Kept, Table

DEFAULT: Final[FailPolicy] = "closed"
"""Of a message about which nobody has said anything: what is not known to be true is not said."""

_log: Final = logging.getLogger("troth.gate")


class Policies:
    """Fail policies by message.

    Args:
        given: One for all messages, or message → policy; they go before those of the packs. `None`: the packs' only.
        path: A file in which what the packs say outlives the process; `None`: it does not.

    Raises:
        UsageError: K110, a policy that does not exist.
    """

    def __init__(self, given: FailPolicy | Mapping[str, FailPolicy] | None, path: Path | None = None) -> None:
        self._all: FailPolicy | None = given if isinstance(given, str) else None
        self._given = {} if given is None or isinstance(given, str) else dict(given)
        asked = [("fail", self._all)] if self._all is not None else [*self._given.items()]
        wrong = [_strange(f"fail={policy!r}", policy, get_args(FailPolicy), at) for at, policy in asked]
        if any(wrong):
            raise UsageError([one for one in wrong if one])
        self._path = path
        self._table: Table | None = None

    def missing(self, request: Request) -> bool:
        """Return whether only the packs can say what happens to a message, and they have not been read."""
        return self._table is None and self._all is None and request.message not in self._given

    def strange(self, table: Table) -> list[Problem]:
        """Return a problem for each message that has a policy here and is in no pack; none where no pack was read."""
        names = {message for _, message in table}
        found = [_strange(f"fail for the message {name!r}", name, names, name) for name in self._given if names]
        return [one for one in found if one]

    def learn(self, table: Table) -> None:
        """Keep what the packs say, in the file as well."""
        for problem in self.strange(table):
            _log.error("a fail policy is for no message: %s", problem)
        self._table = table
        if self._path is None or not table:
            return
        kept = msgspec.json.encode([Kept(noun, message, policy) for (noun, message), policy in sorted(table.items())])
        try:
            if not self._path.exists() or self._path.read_bytes() != kept:
                fresh = self._path.with_name(self._path.name + ".new")
                fresh.write_bytes(kept)
                fresh.replace(self._path)
        except OSError as error:
            _log.warning("fail policies cannot be kept: error=%s", type(error).__name__)

    def of(self, request: Request) -> FailPolicy:
        """Return what happens to a message."""
        if request.message in self._given:
            return self._given[request.message]
        if self._all is not None:
            return self._all
        if self._table is None:
            self._table = self._remembered()
        noun = request.subject.partition("/")[0]
        return (self._table or {}).get((noun, request.message)) or DEFAULT

    def _remembered(self) -> Table | None:
        """Return what an earlier process has learnt; `None`: nothing that can be read."""
        try:
            content = b"" if self._path is None else self._path.read_bytes()
            return {(one.noun, one.message): one.fail for one in msgspec.json.decode(content or b"[]", type=list[Kept])}
        except (OSError, msgspec.DecodeError, UnicodeError):
            return None


def check_mode(mode: str, modes: Iterable[str]) -> None:
    """See that a mode exists.

    Raises:
        UsageError: K110.
    """
    problem = _strange(f"mode={mode!r}", mode, modes, "mode")
    if problem is not None:
        raise UsageError(problem)


def _strange(found: str, word: object, known: Iterable[str], path: str) -> Problem | None:
    """Return the problem of a word that is none of those known; `None`: it is one."""
    words = sorted(known)
    if word in words:
        return None
    near = get_close_matches(str(word).lower(), words, n=1)
    remedy = f"did you mean {near[0]!r}?" if near else ""
    return Problem(Place("Gate", path=path), "K110", found, f"one of {', '.join(words)}", remedy)
