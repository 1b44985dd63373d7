"""Checking a store: every file of it, and every object that a kept release leads to, is read and verified."""

from __future__ import annotations

import msgspec

from channel.release import files
from channel.release.artefact import Artefact, asset_key, decode_asset
from channel.release.contents import decode_map
from channel.release.objects import ASSET, BOOK, MAP, PART, sound
from channel.release.room import Room
from channel.release.tree import LAYERS, Layer, Root
from channel.release.walk import TreePlace, loose_maps, walk
from feeds.base.errors import ChannelError, StoreError


class Damage(msgspec.Struct, frozen=True, kw_only=True):
    """A file (``kind`` as in ``files.KINDS``, ``key`` its path) or an object that is missing or damaged.

    An object's ``kind`` is ``map``, ``book``, ``asset`` or ``part``, and the rest says the first place that needs it:
    ``name`` the document or asset, where the damage is below a sheet; ``profile``, ``scope`` and ``group`` are empty
    for what lies above them in the tree.
    """

    kind: str
    kind_number: int = 0
    key: str
    state: str
    release: str = ""
    profile: str = ""
    scope: str = ""
    group: str = ""
    name: str = ""

    @property
    def sentence(self) -> str:
        """For people."""
        if not self.kind_number:
            return f"{self.kind} {self.key} is {self.state}"
        where = "/".join(part for part in (self.profile, self.scope, self.name or self.group) if part)
        return f"{self.kind} {self.key} is {self.state}: {self.release} {where}".rstrip()


_PART_MARK = bytes((PART,))


class _Checker:
    def __init__(self, room: Room) -> None:
        self._room = room
        self._seen: set[bytes] = set()
        self._sound = _sound_parts(room)
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
            for key in loose_maps(root):
                self._object(MAP, key, TreePlace(root.id, "alerts", ""), "")
            for layer in LAYERS:
                self._contents(root, layer)
            for place, sheet in walk(self._room, [root], self._seen, self._map_trouble):
                for name, artefact in sheet.items():
                    self._artefact(artefact, place, name)

    def _contents(self, root: Root, layer: Layer) -> None:
        for page, name in root.said(layer).items():
            place = TreePlace(root.id, layer, "", "", page)
            data = self._object(MAP, bytes.fromhex(name), place, "")
            for book in decode_map(data).books if data else ():
                self._object(BOOK, book, place, "")

    def _file(self, kind: str, key: str, state: str) -> None:
        release = key.partition("/")[2] if kind == "release" else ""
        self.found.append(Damage(kind=kind, key=key, state=state, release=release))

    def _map_trouble(self, place: TreePlace, key: bytes, error: StoreError) -> None:
        self._note(MAP, key, error, place, "")

    def _artefact(self, artefact: Artefact, place: TreePlace, name: str) -> None:
        for part in artefact.parts:
            self._object(PART, part, place, name)
        for asset in artefact.assets:
            key = asset_key(asset)
            data = self._object(ASSET, key, place, asset) if key else None
            for part in decode_asset(data).parts if data else ():
                self._object(PART, part, place, asset)

    def _object(self, kind: int, key: bytes, place: TreePlace, name: str) -> bytes | None:
        mark = key + bytes((kind,))
        if mark in self._seen:
            return None
        self._seen.add(mark)
        if mark in self._sound:
            return None
        try:
            return self._room.objects.get(kind, key)
        except StoreError as error:
            self._note(kind, key, error, place, name)
            return None

    def _note(self, kind: int, key: bytes, error: StoreError, place: TreePlace, name: str) -> None:
        self.found.append(
            Damage(
                kind={PART: "part", MAP: "map", ASSET: "asset", BOOK: "book"}[kind],
                kind_number=kind,
                key=key.hex(),
                state="missing" if "missing" in error.message else "damaged",
                release=place.release,
                profile=place.profile,
                scope=place.scope,
                group=place.group,
                name=name,
            )
        )


def _sound_parts(room: Room) -> set[bytes]:
    """The marks of all parts that are whole. Packs are read from end to end: far faster than object by object."""
    return {
        key + _PART_MARK
        for pack in room.objects.packs
        for kind, key, data in pack.objects()
        if kind == PART and data is not None and sound(kind, key, data)
    }


def check(room: Room) -> list[Damage]:
    """Everything that is missing or damaged, each object once. Reads the whole store: about 6 s a gigabyte."""
    checker = _Checker(room)
    checker.walk()
    return checker.found
