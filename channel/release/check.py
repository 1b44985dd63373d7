"""Checking a store: every file of it, and every object that a kept release leads to, is read and verified."""

from __future__ import annotations

import msgspec

from channel.release import files
from channel.release.contents import decode_map, read_book
from channel.release.objects import BOOK, MAP
from channel.release.room import Room
from channel.release.tree import LAYERS, Root
from feeds.base.errors import ChannelError, StoreError


class Damage(msgspec.Struct, frozen=True, kw_only=True):
    """A file (``kind`` as in ``files.KINDS``, ``key`` its path) or an object that is missing or damaged.

    An object's ``kind`` is ``map`` or ``book``; ``page`` is the first page that needs it, empty for what hangs on the
    record itself.
    """

    kind: str
    kind_number: int = 0
    key: str
    state: str
    release: str = ""
    page: str = ""

    @property
    def sentence(self) -> str:
        """For people."""
        where = f": {self.release} {self.page}".rstrip() if self.kind_number else ""
        return f"{self.kind} {self.key} is {self.state}{where}"


class _Checker:
    def __init__(self, room: Room) -> None:
        self._room = room
        self._seen: set[bytes] = set()
        self.found: list[Damage] = []

    def walk(self) -> None:
        """All files, then all that hangs on the records."""
        for kind in files.KINDS:
            for path, state in kind.damaged(self._room):
                self._file(kind.name, path.relative_to(self._room.folder).as_posix(), state)
        for name in files.missing_heads(self._room):
            self._file("current" if name == "current" else "release", name, "missing")
        for ident in reversed(self._room.records.ids()):
            try:
                root = self._room.records.read(ident)
            except ChannelError:
                continue
            self._record(root)

    def _record(self, root: Root) -> None:
        for key in (root.answers, root.declared):
            if key:
                self._object(MAP, bytes.fromhex(key), root.id, "")
        for layer in LAYERS:
            for page, name in root.said(layer).items():
                data = self._object(MAP, bytes.fromhex(name), root.id, page)
                if data is not None:
                    self._page(data, name, root.id, page)

    def _page(self, data: bytes, name: str, release: str, page: str) -> None:
        """The books of a page, and whether they have all that its map promises."""
        try:
            found = decode_map(data)
        except StoreError:
            self._note(MAP, name, "damaged", release, page)
            return
        for number, book in enumerate(found.books):
            words = self._object(BOOK, book, release, page)
            needed = {key for key, where in found.where.items() if where == number}
            if words is not None and not needed <= read_book(words).keys():
                self._note(BOOK, book.hex(), "damaged", release, page)

    def _file(self, kind: str, key: str, state: str) -> None:
        release = key.partition("/")[2] if kind == "release" else ""
        self.found.append(Damage(kind=kind, key=key, state=state, release=release))

    def _object(self, kind: int, key: bytes, release: str, page: str) -> bytes | None:
        """An object that was not looked at yet; None for one that was, or that cannot be read."""
        mark = key + bytes((kind,))
        if mark in self._seen:
            return None
        self._seen.add(mark)
        try:
            return self._room.objects.get(kind, key)
        except StoreError as error:
            self._note(kind, key.hex(), "missing" if "missing" in error.message else "damaged", release, page)
            return None

    def _note(self, kind: int, key: str, state: str, release: str, page: str) -> None:
        name = {MAP: "map", BOOK: "book"}[kind]
        self.found.append(Damage(kind=name, kind_number=kind, key=key, state=state, release=release, page=page))


def check(room: Room) -> list[Damage]:
    """Everything that is missing or damaged, each object once."""
    checker = _Checker(room)
    checker.walk()
    return checker.found
