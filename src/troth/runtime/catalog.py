"""Finding packs: those shipped, those of a folder, those of installed packages, and those that a ledger remembers.

A pack's folder holds `pack.yaml` (or the same top-level keys in several YAML files), `mappings/*.yaml`,
`scenarios/*.yaml`, a README and `quality.yaml`. An installed package offers its packs by entry points of the group
`troth.packs`, each naming the Python package whose folder is the pack's.
"""

from __future__ import annotations

import importlib.resources
from collections.abc import Collection, Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from importlib.metadata import EntryPoint, entry_points
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Final

import msgspec

from troth.customers.record import CUSTOMER_NOUN
from troth.errors import PackError, Place, Problem, UsageError
from troth.lang.compile import Compiled, compile_pack
from troth.lang.words import did_you_mean, one_of
from troth.model.pack import Pack
from troth.ports.ledger import Ledger

GROUP: Final = "troth.packs"
_STORED: Final = "pack/"
_FORMER: Final = "former-pack/"
_VERSIONS: Final = 20
_ENDINGS: Final = (".yaml", ".yml")
_NOT_PACK: Final = frozenset({"quality.yaml", "quality.yml"})


class Loaded(msgspec.Struct, frozen=True):
    """A pack as found, with what lies beside it.

    Attributes:
        name: Its name: the pack's own where it could be read, else the folder's.
        files: File name → text of the pack itself, in the order of reading.
        compiled: The pack, or its problems.
        mappings: File name → text.
        scenarios: File name → text.
    """

    name: str
    files: Mapping[str, str]
    compiled: Compiled
    mappings: Mapping[str, str] = {}
    scenarios: Mapping[str, str] = {}


def names() -> tuple[str, ...]:
    """Return the names of the packs that can be loaded by name: shipped and installed, sorted."""
    return tuple(sorted({*_shipped(), *_installed()}))


def load(name_or_path: str) -> Loaded:
    """Return a pack by name, or by the path of its folder or file.

    Args:
        name_or_path: A name of `names()`, which goes before a folder of that name (write `./name` for the folder);
            or a path.

    Raises:
        UsageError: There is no such pack (P301), or it cannot be read (P303).
    """
    shipped = _shipped()
    if name_or_path in shipped:
        return _load_folder(shipped[name_or_path], name_or_path)
    installed = _installed()
    if name_or_path in installed:
        return _load_folder(importlib.resources.files(installed[name_or_path].load()), name_or_path)
    path = Path(name_or_path)
    if path.is_dir():
        return _load_folder(path, str(path))
    if path.is_file():
        return _load_file(path)
    known = names()
    remedy = did_you_mean(name_or_path, known) or "give one of these, or the path of a pack's folder or file"
    raise UsageError(Problem(Place(path=name_or_path), "P301", f"no pack `{name_or_path}`", one_of(known), remedy))


def mapping(loaded: Loaded, name_or_path: str) -> tuple[str, str]:
    """Return a mapping of a pack as (file name, text): by the name of its file without ending, or by path.

    Raises:
        UsageError: There is no such mapping (P302), or it cannot be read (P303).
    """
    by_name = {_stem(file): file for file in loaded.mappings}
    if name_or_path in by_name:
        file = by_name[name_or_path]
        return file, loaded.mappings[file]
    if name_or_path in loaded.mappings:
        return name_or_path, loaded.mappings[name_or_path]
    path = Path(name_or_path)
    if path.is_file():
        return name_or_path, _read(path, name_or_path)
    remedy = did_you_mean(name_or_path, by_name) or "give one of these, or the path of a mapping file"
    found = f"no mapping `{name_or_path}` in the pack {loaded.name}"
    raise UsageError(Problem(Place(path=name_or_path), "P302", found, one_of(sorted(by_name)), remedy))


def scenarios(loaded: Loaded) -> dict[str, str]:
    """Return the scenarios of a pack, file name → text, by name."""
    return dict(sorted(loaded.scenarios.items()))


def store(ledger: Ledger, loaded: Loaded) -> None:
    """Keep a pack's text in a ledger, so that the database explains itself without the pack's folder.

    Raises:
        PackError: The pack has problems.
    """
    pack = loaded.compiled.require()
    kept_so_far = kept(ledger, pack.name)
    if kept_so_far is not None and dict(kept_so_far) != dict(loaded.files):
        _keep_former(ledger, pack.name, kept_so_far)
    ledger.put(_STORED + pack.name, dict(loaded.files))


def _keep_former(ledger: Ledger, name: str, files: Mapping[str, str]) -> None:
    """Keep the text of a pack that another takes the place of: the last `_VERSIONS` of them."""
    keys = ledger.keys(f"{_FORMER}{name}/")
    number = int(keys[-1].rpartition("/")[2]) + 1 if keys else 1
    ledger.put(f"{_FORMER}{name}/{number:08d}", dict(files))
    for key in keys[: max(0, len(keys) + 1 - _VERSIONS)]:
        ledger.put(key, None)


def former(ledger: Ledger, name: str) -> dict[str, Mapping[str, str]]:
    """Return the older texts of a pack that a ledger keeps: number → its files, the latest first."""
    prefix = f"{_FORMER}{name}/"
    return {key.removeprefix(prefix).lstrip("0"): ledger.get(key) for key in reversed(ledger.keys(prefix))}


def gather(ledger: Ledger, wanted: Iterable[str]) -> dict[str, Pack]:
    """Return the packs to serve, and keep the text of each in the ledger; empty: there is none.

    They are those named, then those that the ledger keeps. The pack of customers comes along: without it the gate would
    know nobody's wishes.

    Args:
        ledger: What keeps them.
        wanted: Packs by name or path.

    Raises:
        UsageError: P301, there is no pack of that name.
        PackError: A pack does not compile.
    """
    packs: dict[str, Pack] = {}
    for name in wanted:
        packs |= _kept(ledger, name)
    packs |= restore(ledger, besides=packs)
    if packs and not any(pack.subject == CUSTOMER_NOUN for pack in packs.values()):
        packs |= _kept(ledger, CUSTOMER_NOUN)
    return packs


def _kept(ledger: Ledger, name_or_path: str) -> dict[str, Pack]:
    """Return a pack by its own name, once its text is in the ledger."""
    loaded = load(name_or_path)
    store(ledger, loaded)
    pack = loaded.compiled.require()
    return {pack.name: pack}


def require_kept(packs: Collection[str], name: str) -> None:
    """Make sure that a ledger's packs have one of a name.

    Args:
        packs: The names of the packs that it keeps.
        name: The one that is asked for.

    Raises:
        UsageError: P301, it keeps none of that name.
    """
    if name not in packs:
        found, remedy = f"the ledger keeps no pack `{name}`", did_you_mean(name, packs) or "choose one, or leave it out"
        raise UsageError(Problem(Place(path=name), "P301", found, one_of(packs), remedy))


def kept(ledger: Ledger, name: str) -> Mapping[str, str] | None:
    """Return the files of a pack that a ledger keeps, file name → text; `None`: it keeps none of that name."""
    files: Mapping[str, str] | None = ledger.get(_STORED + name)
    return files


def restore(ledger: Ledger, *, besides: Collection[str] = ()) -> dict[str, Pack]:
    """Return the packs that a ledger keeps, compiled, by name.

    Args:
        ledger: What keeps them.
        besides: Names of packs that are not wanted.

    Raises:
        PackError: A stored pack is not right by this version's language: all problems of all packs.
    """
    packs: dict[str, Pack] = {}
    problems: list[Problem] = []
    for key in ledger.keys(_STORED):
        if key.removeprefix(_STORED) in besides:
            continue
        compiled = compile_pack(ledger.get(key))
        problems.extend(compiled.problems)
        if compiled.pack is not None:
            packs[compiled.pack.name] = compiled.pack
    if problems:
        raise PackError(problems)
    return packs


def _shipped() -> dict[str, Traversable]:
    """Return the shipped packs: folder name → folder."""
    root = importlib.resources.files("troth.packs")
    return {folder.name: folder for folder in root.iterdir() if folder.is_dir() and (folder / "pack.yaml").is_file()}


def _installed() -> dict[str, EntryPoint]:
    """Return the packs that installed packages offer."""
    return {entry.name: entry for entry in entry_points(group=GROUP)}


def _load_folder(folder: Traversable, shown: str) -> Loaded:
    """Return the pack of a folder, named in problems as shown."""
    files = dict(_yaml_files(folder, shown, besides=_NOT_PACK))
    if not files:
        remedy = "make a pack.yaml, or give the folder that holds it"
        raise UsageError(Problem(Place(shown), "P301", f"no pack in the folder {shown}", "a pack.yaml", remedy))
    first = sorted(files, key=lambda file: (_stem(file) != "pack", file))
    ordered = {file: files[file] for file in first}
    return _loaded(ordered, folder, shown)


def _load_file(path: Path) -> Loaded:
    """Return the pack of one file, with the mappings and scenarios of its folder."""
    return _loaded({str(path): _read(path, str(path))}, path.parent, str(path.parent))


def _loaded(files: Mapping[str, str], folder: Traversable, shown: str) -> Loaded:
    """Return a pack with what lies beside it."""
    compiled = compile_pack(files)
    name = compiled.pack.name if compiled.pack is not None else Path(shown).name
    beside = {part: dict(_yaml_files(folder / part, f"{shown}/{part}")) for part in ("mappings", "scenarios")}
    return Loaded(name, files, compiled, beside["mappings"], beside["scenarios"])


def _yaml_files(folder: Traversable, shown: str, besides: AbstractSet[str] = frozenset()) -> Iterator[tuple[str, str]]:
    """Yield (name as shown, text) of a folder's YAML files besides some, by name; none when there is no such folder."""
    if not folder.is_dir():
        return
    for file in sorted(folder.iterdir(), key=lambda file: file.name):
        if file.is_file() and file.name.endswith(_ENDINGS) and file.name not in besides:
            name = f"{shown}/{file.name}"
            yield name, _read(file, name)


def _read(file: Traversable, shown: str) -> str:
    """Return a file's text.

    Raises:
        UsageError: P303, it is not UTF-8 or cannot be read.
    """
    try:
        return file.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        found = f"a byte at {error.start} that is no UTF-8"
        raise UsageError(Problem(Place(shown), "P303", found, "text in UTF-8", "save it as UTF-8")) from error
    except OSError as error:
        found = f"it cannot be read: {error.strerror}"
        raise UsageError(
            Problem(Place(shown), "P303", found, "a file that can be read", "check its permissions")
        ) from error


def _stem(file: str) -> str:
    """Return a file's name without folder and ending."""
    return file.rsplit("/", 1)[-1].rpartition(".")[0]
