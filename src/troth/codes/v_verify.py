"""Pages of the codes V: verifying that stored events are as they were stored."""

from __future__ import annotations

from typing import Final

from troth.codes._page import Page

_CHAIN: Final = (
    "Each stored event is bound to all before it by a hash (SHA-256 over the former hash and the row), so that a later "
    "change shows. "
)
_RESTORE: Final = (
    "Find out who wrote into the storage beside troth. Compare with a backup (`troth verify` on both names where they "
    "part), and restore it: the sources' later events can be taken in again, what is known changes nothing."
)

_PAGES: Final = (
    Page(
        "V101",
        "An event was changed after it was stored.",
        _CHAIN + "This row's hash does not follow from the row and the hash before it: the row was changed, or the "
        "hash of the row before it was. All before this position is as it was stored.",
        "troth verify --db year.db",
        _RESTORE,
    ),
    Page(
        "V102",
        "Events are missing.",
        _CHAIN + "Rows are numbered without gaps within their chain, and here numbers are missing: rows were removed. "
        "The row after the gap cannot be checked, since the hash before it is gone.",
        "troth verify --db year.db",
        _RESTORE,
    ),
    Page(
        "V103",
        "A row was put in beside troth.",
        _CHAIN + "This row has a number that is taken, or none: it was not stored by troth, or it was copied.",
        "troth verify --db year.db",
        _RESTORE,
    ),
    Page(
        "V104",
        "The newest events are missing.",
        _CHAIN + "Where a chain ends is stored apart from it, and the rows end before that: the last ones were "
        "removed, or the file is an older one than its head says.",
        "troth verify --db year.db",
        _RESTORE,
    ),
    Page(
        "V105",
        "The ledger does not hold what you have seen before.",
        "A head that you kept outside says which hash stood at a position. Now there is another one, or no such "
        "position: the history was written anew since, with hashes to match, or this is another ledger, or an older "
        "copy. Nothing inside a file can show this; a head kept elsewhere does.",
        "troth verify --db year.db --head 1200:9f2c...",
        "Make sure that the head belongs to this ledger. If it does, restore the backup that it was taken with.",
    ),
    Page(
        "V106",
        "The chain does not end in its head.",
        _CHAIN + "Where a chain ends is stored apart from it, and that is another hash than the last row's, or is not "
        "there at all.",
        "troth verify --db year.db",
        _RESTORE,
    ),
    Page(
        "V107",
        "An event does not stand, and nothing took its place.",
        "An event is displaced only by another with the same source and id, which is stored later. Here there is none: "
        "somebody has hidden the event by its mark, the one thing of a stored row that may change.",
        "troth verify --db year.db",
        _RESTORE,
    ),
    Page(
        "V108",
        "That is no head.",
        "A head is written as `POSITION:HASH`, the hash in 64 hexadecimal digits, as `troth verify` prints it; of a "
        "ledger with several shards as `SHARD/POSITION:HASH`.",
        "troth verify --db year.db --head 1200",
        "Copy the head as it was printed.",
    ),
)

PAGES: Final[dict[str, Page]] = {page.code: page for page in _PAGES}
