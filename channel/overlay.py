"""What editors say otherwise than the files that declare a channel: an overlay over ``lineup.toml`` and
``sources.toml``.

An overlay is data: keys of tables with other values, the newest change last. It is applied to a file's text, once,
where the folder is opened, so that a release carries files with the changes in them and whoever paints knows no
overlay. What the file said when a change was written stays with it: another word of the file under it is a
conflict, which is shown.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import msgspec
import tomlkit

from feeds.base import toml
from feeds.base.errors import StoreError
from feeds.base.files import write_whole

FILE = "overlay.json"
"""Its place in the state folder."""
FILES = {"page": "lineup.toml", "source": "sources.toml"}
"""The file in which tables of a kind stand."""


class Change(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Of one ``table`` (``page.201``): ``fields`` by their keys (``title``, ``options.pages``) say something else; None
    takes the key away. ``base`` is what the file said for those of them that it had. ``text`` and ``revision`` name
    it."""

    text: int
    revision: int
    table: str
    fields: dict[str, Any]
    base: dict[str, Any] = {}

    def __post_init__(self) -> None:
        kind, _, name = self.table.partition(".")
        if kind not in FILES or not name:
            raise ValueError(f"table: found {self.table!r}, expected one of {', '.join(FILES)} and its name")

    @property
    def file(self) -> str:
        """The file in which the table stands."""
        return FILES[self.table.partition(".")[0]]


class Overlay(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All changes, in the order in which they are applied."""

    changes: tuple[Change, ...] = ()

    def of(self, file: str) -> tuple[Change, ...]:
        """The changes of one file."""
        return tuple(change for change in self.changes if change.file == file)


NONE = Overlay()


class Misfit(msgspec.Struct, frozen=True):
    """A change that cannot be said of the files as they are now, and why."""

    change: Change
    why: str


def read(state: Path) -> Overlay:
    """The overlay of a state folder; an empty one where there is none. Raises StoreError for one that cannot be
    read."""
    path = state / FILE
    try:
        return msgspec.json.decode(path.read_bytes(), type=Overlay)
    except FileNotFoundError:
        return NONE
    except (OSError, msgspec.DecodeError, RecursionError) as error:
        raise StoreError(f"{path}: {error}", hint="remove it: the desk writes it anew") from None


def write(state: Path, overlay: Overlay) -> bool:
    """Put the overlay in its place; whether it is another one than before. Raises StoreError."""
    data = msgspec.json.encode(overlay, order="sorted")
    path = state / FILE
    try:
        before = path.read_bytes() if path.exists() else b""
        if before == data or not (before or overlay.changes):
            return False
        write_whole(path, data)
    except OSError as error:
        raise StoreError(f"{path}: {error.strerror}", hint="make room; the line-up stays as it was") from error
    return True


def applied(text: str, changes: Iterable[Change]) -> str:
    """The text of a TOML file with the changes in it; what else stands there, comments too, stays as it is."""
    document = tomlkit.parse(text)
    for change in changes:
        kind, _, name = change.table.partition(".")
        tables = document.setdefault(kind, tomlkit.table(is_super_table=True))
        if name not in tables:
            tables[name] = tomlkit.table()
        for key, value in change.fields.items():
            _put(tables[name], key.split("."), value)
    return tomlkit.dumps(document)


def _put(table: Any, path: list[str], value: Any) -> None:
    *above, last = path
    for name in above:
        if name not in table:
            if value is None:
                return
            table[name] = tomlkit.table()
        table = table[name]
    if value is not None:
        table[last] = value
    elif last in table:
        del table[last]


def file_tables(folder: Path, file: str) -> dict[str, Any]:
    """What a file says by itself. Raises Mistakes."""
    return toml.read(folder / file)


def said(tables: Mapping[str, Any], table: str, key: str) -> Any:
    """What a file's tables say for a key (``options.pages``) of a table (``page.110``); None where they say nothing."""
    found: Any = tables
    for name in (*table.split("."), *key.split(".")):
        found = found.get(name) if isinstance(found, Mapping) else None
    return found


def conflicts(tables: Mapping[str, Any], change: Change) -> tuple[str, ...]:
    """The keys of which the file says by now neither what it said when the change was written nor what that says."""
    return tuple(
        key
        for key, value in change.fields.items()
        if said(tables, change.table, key) not in (change.base.get(key), value)
    )


def is_needless(tables: Mapping[str, Any], change: Change) -> bool:
    """Whether the file says the same by itself."""
    return all(said(tables, change.table, key) == value for key, value in change.fields.items())


def tables_of(text: str) -> dict[str, Any]:
    """A TOML file's text as tables. Raises tomllib.TOMLDecodeError."""
    return tomllib.loads(text.removeprefix("\ufeff"))


class Watch:
    """Tells whether the overlay of a state folder is another one, for the price of a look at its file."""

    def __init__(self, state: Path) -> None:
        self._path = state / FILE
        self._seen: tuple[int, ...] = ()

    def changed(self) -> bool:
        """Whether it was written since the last call; the first call says so of any that there is."""
        try:
            found = self._path.stat()
            seen: tuple[int, ...] = (found.st_ino, found.st_mtime_ns, found.st_size)
        except FileNotFoundError:
            seen = ()
        before, self._seen = self._seen, seen
        return seen != before
