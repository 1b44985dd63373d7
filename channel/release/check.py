"""Checking a store: every object that a kept release leads to is read and verified."""

from __future__ import annotations

import msgspec

from channel.release.artefact import Artefact, asset_key, decode_asset
from channel.release.objects import ASSET, MAP, PART, key_of, sound
from channel.release.room import Room
from channel.release.walk import Place, loose_maps, walk
from feeds.base.errors import ChannelError, StoreError


class Damage(msgspec.Struct, frozen=True, kw_only=True):
    """An object that is missing or damaged, and the first place that needs it.

    ``kind`` is ``release``, ``map``, ``asset`` or ``part``; ``name`` the file, where the damage is below a sheet.
    ``profile``, ``scope`` and ``group`` are empty for what lies above them in the tree.
    """

    kind: str
    kind_number: int
    key: str
    state: str
    release: str
    profile: str = ""
    scope: str = ""
    group: str = ""
    name: str = ""

    @property
    def sentence(self) -> str:
        """For people."""
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
        """All records, then all that hangs on them."""
        for ident in self._room.records.ids():
            try:
                root = self._room.records.read(ident)
            except ChannelError:
                self.found.append(Damage(kind="release", kind_number=0, key=ident, state="damaged", release=ident))
                continue
            for key in loose_maps(root):
                self._object(MAP, key, Place(root.id, "alerts", ""), "")
            for place, sheet in walk(self._room, [root], self._seen, self._map_trouble):
                for name, artefact in sheet.items():
                    self._artefact(artefact, place, name)

    def _map_trouble(self, place: Place, key: bytes, error: StoreError) -> None:
        self._note(MAP, key, error, place, "")

    def _artefact(self, artefact: Artefact, place: Place, name: str) -> None:
        for part in artefact.parts:
            self._object(PART, part, place, name)
        for asset in artefact.assets:
            key = asset_key(asset)
            data = self._object(ASSET, key, place, asset) if key else None
            for part in decode_asset(data).parts if data else ():
                self._object(PART, part, place, asset)

    def _object(self, kind: int, key: bytes, place: Place, name: str) -> bytes | None:
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

    def _note(self, kind: int, key: bytes, error: StoreError, place: Place, name: str) -> None:
        self.found.append(
            Damage(
                kind={PART: "part", MAP: "map", ASSET: "asset"}[kind],
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
        for kind, key, offset, length in pack
        if kind == PART and (data := pack.read(kind, key, offset, length)) is not None and key_of(data) == key
    }


def check(room: Room) -> list[Damage]:
    """Everything that is missing or damaged, each object once. Reads the whole store: about 3 s a gigabyte."""
    checker = _Checker(room)
    checker.walk()
    return checker.found


def condemn(room: Room, damages: list[Damage]) -> int:
    """Mark everything damaged as absent, so that rendering again stores it anew; returns how much that is.

    A damaged map hides what it leads to, so all packs are read, not only what the walk found.
    """
    bad = {(d.kind_number, bytes.fromhex(d.key)) for d in damages if d.kind_number}
    for pack in room.objects.packs:
        for kind, key, offset, length in pack:
            data = pack.read(kind, key, offset, length)
            if data is None or not sound(kind, key, data):
                bad.add((kind, key))
    room.objects.condemned |= bad
    return len(bad)
