"""Pages of the codes L: the ledger."""

from __future__ import annotations

from typing import Final

from troth.codes._page import Page

_PAGES: Final = (
    Page(
        "L101",
        "The ledger was written by a newer troth.",
        "The file's schema has steps that this version does not know. It is left as it is: an older program must not "
        "write into a newer file.",
        "troth doctor --db written-by-a-newer-one.db",
        "Install the newer version. An older file needs nothing: it is brought up to date when it is opened.",
    ),
    Page(
        "L102",
        "The file is no ledger.",
        "It is no SQLite file at all, or a SQLite database of another program; or a database on a server has a schema "
        "`troth` of something else. Nothing was written into it.",
        "troth show order/1 --db notes.txt",
        "Name a ledger, or a file that does not exist yet, with --db.",
    ),
    Page(
        "L103",
        "The ledger is locked.",
        "Several processes may use one ledger, but only one writes at a time, and the others wait for it. Another "
        "process has kept its lock for longer than the waiting time (30 s).",
        "troth import orders.csv --pack delivery --map olist --db year.db",
        "End the process that holds the lock (a shell in a transaction, a backup), or try again. What was not "
        "acknowledged was not stored, and an import may simply be repeated.",
    ),
    Page(
        "L104",
        "The ledger's file cannot be opened for writing.",
        "The folder does not exist, or this user may not write into it. SQLite keeps two more files beside the ledger "
        "while it is open (-wal and -shm), so the folder has to be writable, too.",
        "troth import orders.csv --pack delivery --map olist --db /no/such/folder/year.db",
        "Make the folder, or give this user the right to write into it.",
    ),
    Page(
        "L105",
        "Another worker has committed the bucket first.",
        "Each commit of a bucket carries the fence that was read with its position. A fence that is no longer the "
        "present one means that another worker has folded the same events; its result stands and nothing of this one "
        "was stored.",
        "ledger.commit(7, fence=3, position=120, records=[...], wake_ups=[...])",
        "Read the bucket's position again and fold from there. One worker for each bucket avoids the wasted work.",
    ),
    Page(
        "L106",
        "The event belongs to another tenant.",
        "A ledger is opened for one tenant, and neither shows nor takes the events of another. Nothing of the batch "
        "was stored.",
        'ledger.append([Event(..., tenant="north")], pack="delivery")  # opened for "main"',
        "Open the file for that tenant, or correct the event's tenant.",
    ),
    Page(
        "L107",
        "The ledger has been closed.",
        "After `close` a ledger cannot be used any more.",
        "ledger.close(); ledger.count()",
        "Open it again, or close it later.",
    ),
    Page(
        "L108",
        "The record or wake-up belongs to another bucket.",
        "A commit holds the subjects of one bucket, since its fence guards only that one. Nothing was stored.",
        "ledger.commit(7, ..., records=[record_of_another_bucket])",
        "Commit each subject in the bucket that `troth.model.ids.bucket_of` names.",
    ),
    Page(
        "L109",
        "The storage has failed.",
        "The disk is full or broken, or the file is damaged. What was under way was not stored and not acknowledged; "
        "what had been acknowledged is stored as far as the file can be read.",
        "troth import orders.csv --pack delivery --map olist --db on-a-full-disk.db",
        "Free some room and repeat. If the file is damaged, restore it from a copy, or import the sources anew: "
        "the same events make the same records.",
    ),
    Page(
        "L110",
        "There is no such ledger.",
        "The command only reads, so it does not make the file.",
        "troth measure promise_reliability --db mistyped.db",
        "Correct the name, or import something first.",
    ),
    Page(
        "L111",
        "The backup's file exists already.",
        "A backup never replaces a file, which might be the only good copy. Nothing was changed.",
        "troth backup --db year.db --to year-copy.db  # for the second time",
        "Name another file, or move the old one away.",
    ),
    Page(
        "L112",
        "The copy does not pass the check.",
        "A backup is checked page by page and event by event before it gets its name. This one was not whole, and was "
        "removed.",
        "troth backup --db year.db --to year-copy.db",
        "Run `troth verify` on the ledger itself: if it does not fit either, restore an older backup. If it does, "
        "the disk of the copy is failing, or full.",
    ),
    Page(
        "L113",
        "Only a ledger in a file is copied by `troth backup`.",
        "A ledger on a database server is backed up with the server's own tools, which know how to do it while it "
        "works.",
        "troth backup --db postgresql://localhost/troth --to copy.db",
        "Use `pg_dump`, and `troth verify` on what `pg_restore` has made of it.",
    ),
    Page(
        "L120",
        "Events of a pack that is not loaded.",
        "The ledger holds events that were taken in for a pack which was not given, so that nothing knows by which "
        "rules to fold them. Nothing was changed.",
        "troth show order/1 --db year.db",
        "Import once more with --pack: that stores the pack's files in the ledger, and the ledger explains itself.",
    ),
    Page(
        "L131",
        "No database server answers.",
        "Nothing listens at the host and port of the address, or the server is just starting or full. Nothing was "
        "changed. A ledger that is open connects again with its next call.",
        "troth show order/1 --db postgresql://troth@127.0.0.1:1/shop",
        "Start the server, or correct host and port. `pg_isready -h HOST -p PORT` asks the server alone.",
    ),
    Page(
        "L132",
        "The database server let us not in.",
        "It answers, but does not know the user, the password or the database, or its pg_hba.conf does not allow the "
        "connection. The password is never printed.",
        "troth show order/1 --db postgresql://troth:wrong@db.example/shop",
        "Correct the address. A password may also come from the variable PGPASSWORD or the file ~/.pgpass. troth makes "
        "its tables, but not the database: `createdb --encoding=UTF8 shop`.",
    ),
    Page(
        "L133",
        "The database server does not let us write.",
        "It is a read-only copy, or the user lacks rights on the schema `troth`, or server or database are such that "
        "they cannot keep a ledger: older than version 13, or not in UTF8.",
        "troth import orders.csv --pack delivery --map olist --db postgresql://reader@copy.example/shop",
        "Name the primary server; or let the database's owner `GRANT CREATE ON DATABASE shop TO troth`.",
    ),
    Page(
        "L134",
        "The connection to the database server was lost.",
        "It broke before the commit, so that nothing of the transaction is stored. Single calls have been repeated "
        "already; a unit of several cannot be repeated from within.",
        "The server was restarted while a turn of the service was under way.",
        "Try again: the ledger connects anew by itself. Events that were stored before are not stored twice.",
    ),
    Page(
        "L135",
        "PostgreSQL cannot keep a value.",
        "Its text holds every character but U+0000, and its whole numbers have 64 bits. What comes in through an "
        "envelope or a mapping has been checked; this one was made by a program. Nothing of the batch was stored.",
        'ledger.append([Event("oms", "a\\0b", ...)], pack="delivery")',
        "Correct the value where it is made.",
    ),
    Page(
        "L136",
        "The connection was lost in the very commit.",
        "The server was asked afterwards what became of the transaction, and could not be reached or did not know any "
        "more. It is either stored as a whole or not at all.",
        "The server was switched off at the moment of a commit.",
        "Try again when the server is back: events that are stored are not stored twice, and a commit of records that "
        "was stored is refused as overtaken (L105).",
    ),
)

PAGES: Final[dict[str, Page]] = {page.code: page for page in _PAGES}
