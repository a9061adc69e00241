"""What is known about the packs of a server: worked out once for each text, beside the server, and kept.

Running the scenarios of a large pack takes many seconds of a core. So it is done in a process of its own, one thing
after the other and at low priority, and pages say how far it has come. Nothing of it is stored.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Mapping
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context
from threading import Event, Lock
from typing import Any, Final

import msgspec

from troth.errors import TrothError
from troth.model.pack import Pack
from troth.runtime import catalog
from troth.runtime.telemetry import log
from troth.scenarios import Result
from troth.surfaces.api.context import Context
from troth.surfaces.web.explorer import study
from troth.surfaces.web.explorer.study import Looked, Texts

_GENTLY: Final = 10
_FIRST_WAIT_S: Final = 4.0


class Texted(msgspec.Struct, frozen=True):
    """The text of a pack, as far as the server has it.

    Attributes:
        files: The pack's own; empty: it is not here.
        mappings, scenarios: What lies beside it.
        beside: Whether what lies beside it can be seen: a ledger keeps a pack's own text only.
    """

    files: Texts = {}
    mappings: Texts = {}
    scenarios: Texts = {}
    beside: bool = True


class Study(msgspec.Struct, frozen=True):
    """What is known about a pack so far.

    Attributes:
        text: Its text.
        looked: What was found by looking; `None`: not yet.
        ran: File → what came of a scenario, of those that have been run.
        broken: Whether it could not be worked out.
    """

    text: Texted
    looked: Looked | None = None
    ran: Mapping[str, Result] = {}
    broken: bool = False

    @property
    def running(self) -> bool:
        """Return whether something is still being worked out."""
        return not self.broken and bool(self.text.files) and (self.looked is None or self.left > 0)

    @property
    def left(self) -> int:
        """Return how many scenarios have not been run yet."""
        return len(self.text.scenarios) - len(self.ran)


class Studies:
    """The studies of the packs that a server serves. Safe from any thread.

    Every pack is looked at before the scenarios of any are run: those take long.

    Args:
        context: The server's parts.
        workshop: Makes what works things out; by default a process of its own, which ends when there is no more to do.
    """

    def __init__(self, context: Context, workshop: Callable[[], Executor] | None = None) -> None:
        self._context = context
        self._make = workshop or process
        self._lock = Lock()
        self._found: dict[str, Study] = {}
        self._looked: dict[str, Event] = {}
        self._ended: dict[str, Event] = {}
        self._driver = ThreadPoolExecutor(1, thread_name_prefix="studies")
        self._workshop: Executor | None = None
        self._waiting = 0

    def of(self, pack: Pack, *, wait: bool = False) -> Study:
        """Return what is known about a pack; what is not known yet is begun. Blocks while the text is read.

        Args:
            pack: One that is served.
            wait: Wait a little, so that the first page that is asked for is whole.
        """
        with self._lock:
            if pack.digest not in self._found:
                self._found[pack.digest] = Study(text_of(self._context, pack))
                self._looked[pack.digest], self._ended[pack.digest] = Event(), Event()
                self._begin(self._look, pack.digest)
        if wait:
            self._looked[pack.digest].wait(_FIRST_WAIT_S)
        return self._found[pack.digest]

    def done(self, pack: Pack, timeout_s: float = 120.0) -> Study:
        """Return all about a pack, once it is worked out. Blocks."""
        self.of(pack)
        self._ended[pack.digest].wait(timeout_s)
        return self._found[pack.digest]

    # ------------------------------------------------------------------ the driver's thread

    def _begin(self, work: Callable[[str], None], digest: str) -> None:
        """Have something done after all that waits already."""
        self._waiting += 1
        self._driver.submit(self._safely, work, digest)

    def _safely(self, work: Callable[[str], None], digest: str) -> None:
        """Do something; if it cannot be done, the page says so, and all else on it stands."""
        try:
            work(digest)
        except Exception as error:  # noqa: BLE001 - the outermost edge of a thread: whoever waits is told
            log("fault", level=logging.ERROR, error=error, route="studies")
            self._keep(digest, broken=True)
            self._looked[digest].set()
            self._ended[digest].set()
            self._close()
        with self._lock:
            self._waiting -= 1
            idle = not self._waiting
        if idle or self._context.stopping:
            self._close()

    def _look(self, digest: str) -> None:
        """Look at a pack."""
        text = self._found[digest].text
        if text.files and not self._context.stopping:
            looked = self._do(study.look_over, text.files, text.mappings, text.scenarios)
            self._keep(digest, looked=looked)
        self._looked[digest].set()
        with self._lock:
            self._begin(self._next, digest)

    def _next(self, digest: str) -> None:
        """Run the next scenario of a pack."""
        found = self._found[digest]
        file = next((file for file in sorted(found.text.scenarios) if file not in found.ran), None)
        if file is None or self._context.stopping:
            self._ended[digest].set()
            return
        ran = self._do(study.tell, found.text.files, file, found.text.scenarios[file])
        self._keep(digest, ran={**found.ran, file: ran})
        with self._lock:
            self._begin(self._next, digest)

    def _do(self, work: Callable[..., Any], *given: Any) -> Any:
        """Return what the workshop makes of something."""
        if self._workshop is None:
            self._workshop = self._make()
        return self._workshop.submit(work, *given).result()

    def _close(self) -> None:
        """Close the workshop, until there is something to do again."""
        if self._workshop is not None:
            self._workshop.shutdown(wait=False, cancel_futures=True)
            self._workshop = None

    def _keep(self, digest: str, **found: Any) -> None:
        """Keep what was found."""
        with self._lock:
            self._found[digest] = msgspec.structs.replace(self._found[digest], **found)


def process() -> Executor:
    """Return a process that works things out, one after the other."""
    return ProcessPoolExecutor(1, get_context("spawn"), os.nice, (_GENTLY,))


def text_of(context: Context, pack: Pack) -> Texted:
    """Return the text of a pack that is served, with what lies beside it where that can be found. Blocks.

    What the server was told to serve is read again; it is the pack's text only if it still says the same. What else is
    known of it is what the ledger keeps. Files are named as within the pack's own folder.
    """
    for name in dict.fromkeys((*context.settings.packs, pack.name)):
        try:
            loaded = catalog.load(name)
        except TrothError:
            continue
        if loaded.compiled.pack is not None and loaded.compiled.pack.digest == pack.digest:
            first = next(iter(loaded.files))
            found = (loaded.files, loaded.mappings, loaded.scenarios)
            files, mappings, scenarios = (study.within(part, first) for part in found)
            return Texted(files, mappings, scenarios)
    kept = catalog.kept(context.store, pack.name)
    if kept is not None:
        compiled = study.compiled_of(tuple(kept.items()))
        if compiled.pack is not None and compiled.pack.digest == pack.digest:
            return Texted(study.within(kept, next(iter(kept))), beside=False)
    return Texted(beside=False)
