"""What a builder wants to change, collected without any lock on publishing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from types import TracebackType

from channel.estates import DISTRICT
from channel.paint.output import Asset, PaintedDocument
from channel.release import artefact
from channel.release.artefact import Pressed
from channel.release.asrun import Made
from channel.release.locks import acquire, give_back
from channel.release.objects import MAP, Batch
from channel.release.room import Room
from channel.release.tree import LAYERS, Layer, page_of
from feeds.base.errors import StoreError

Groups = dict[str, bytes | None]
"""Group -> key of its new sheet, None to remove it."""


class Changes:
    """Use as a context: while one is open, no sweep may take away what it relies on.

    ``mending`` treats damaged maps as empty, for a repair that renders everything again.
    """

    def __init__(self, room: Room, *, mending: bool = False) -> None:
        self._room = room
        self.mending = mending
        self._guard: int | None = acquire(room.lock("write"), shared=True)
        self._batch = Batch(room.objects, room.disk)
        self._edits: dict[Layer, dict[str, dict[str, Groups | None] | None]] = {"pages": {}, "alerts": {}}
        self._answers: Mapping[str, bytes] | None = None
        self._said: dict[Layer, dict[str, str | None]] = {"pages": {}, "alerts": {}}
        self.declared = ""
        """The key of the channel's packed declarations, where they are given."""
        self.made: Mapping[str, Made] = {}
        """What the pages among these changes were made from, for the as-run record."""
        self.everything: Callable[[], Mapping[str, Made]] = dict
        """The same of every page, asked when the record has to name them all."""

    def __enter__(self) -> Changes:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        self.close()

    @property
    def written(self) -> tuple[int, int]:
        """Objects and bytes that the store did not have before."""
        return self._batch.added, self._batch.bytes

    def documents(
        self,
        profile: str,
        scope: str,
        page: str,
        documents: Iterable[PaintedDocument],
        valid_until: int = 0,
        layer: Layer = "pages",
    ) -> None:
        """The whole of a page for one scope: what it had before and is not among ``documents`` goes.

        Items belong to the district's scope; those of an estate are passed over.
        """
        for group, sheet in artefact.sheets_of(self._batch.add, page, documents, valid_until).items():
            if scope == DISTRICT or not group.startswith("i/"):
                self.sheet(profile, scope, group, self._batch.add(MAP, artefact.encode_sheet(sheet)), layer)

    def add(self, kind: int, key: bytes, data: bytes) -> None:
        """An object that a worker made; it is not placed anywhere yet."""
        self._batch.add(kind, data, key)

    def asset(self, asset: Asset) -> str:
        """An asset; returns its name."""
        return artefact.add_asset(self._batch.add, asset)

    def pressed(self, profile: str, pressed: Pressed, layer: Layer = "pages") -> None:
        """What a worker made of documents and assets for one profile."""
        for kind, key, data in pressed.objects:
            self._batch.add(kind, data, key)
        for scope, group, key in pressed.sheets:
            self.sheet(profile, scope, group, key, layer)

    def sheet(self, profile: str, scope: str, group: str, key: bytes | None, layer: Layer = "pages") -> None:
        """Put a sheet that is stored already in place of a group; None removes the group."""
        scopes = self._scopes(layer, profile)
        groups = scopes.setdefault(scope, {})
        if groups is not None:
            groups[group] = key

    def remove(self, profile: str, scope: str, page: str, layer: Layer = "pages") -> None:
        """A page's screens and items go from one scope."""
        for group in (page, f"i/{page}"):
            self.sheet(profile, scope, group, None, layer)

    def forget(self, profile: str, scope: str | None = None) -> None:
        """A scope that is no more goes from both trees; without one, the whole profile."""
        for layer in LAYERS:
            if scope is None:
                self._edits[layer][profile] = None
            else:
                self._scopes(layer, profile)[scope] = None

    def said(self, page: str, key: bytes | None, layer: Layer = "pages") -> None:
        """What a page says, by the key of its map of contents; None: it is no page any more."""
        self._said[layer][page] = None if key is None else key.hex()

    def keep(self, kind: int, data: bytes) -> bytes:
        """Store an object and return its key."""
        return self._batch.add(kind, data)

    def answers(self, answers: Mapping[str, bytes]) -> None:
        """The bytes of ``alert.json`` for every estate and ``district``."""
        self._answers = dict(sorted(answers.items()))

    def store_map(self, data: bytes) -> str:
        """A map of its own, durably; returns its key as 32 hex digits."""
        key = self._batch.add(MAP, data).hex()
        self.flush()
        return key

    def touched(self) -> dict[str, set[str]] | None:
        """Page -> the scopes that differ (the script is no page); None when whole scopes or profiles went."""
        pages: dict[str, set[str]] = {}
        for profiles in self._edits.values():
            for scopes in profiles.values():
                for scope, groups in (scopes if scopes is not None else {"": None}).items():
                    if groups is None:
                        return None
                    for group in groups:
                        pages.setdefault(page_of(group), set()).add(scope)
        pages.pop("", None)
        return pages

    def flush(self) -> None:
        """Everything so far durably into packs."""
        self._batch.flush()

    def close(self) -> None:
        """Give up what was not published."""
        self._batch.close()
        if self._guard is not None:
            give_back(self._guard)
            self._guard = None

    def rebased(self, layer: Layer, base: Mapping[str, str]) -> dict[str, str | None]:
        """Profile -> key of its new index when the edits are laid over ``base``; only profiles that are touched."""
        return {
            profile: None if scopes is None else self._index(base.get(profile), scopes)
            for profile, scopes in self._edits[layer].items()
        }

    def rebased_contents(self, layer: Layer) -> Mapping[str, str | None]:
        """Page -> key of its new map of contents, None to remove it; only pages that are touched."""
        return self._said[layer]

    def rebased_answers(self) -> str | None:
        """Key of the alert answers; None when they were not given."""
        if self._answers is None:
            return None
        return self._batch.add(MAP, artefact.encode(self._answers)).hex()

    def _scopes(self, layer: Layer, profile: str) -> dict[str, Groups | None]:
        scopes = self._edits[layer].get(profile)
        if scopes is None:
            scopes = self._edits[layer][profile] = {}
        return scopes

    def _index(self, base: str | None, scopes: Mapping[str, Groups | None]) -> str:
        index = self._read(bytes.fromhex(base)) if base else {}
        for scope, groups in scopes.items():
            key = None if groups is None else self._scope(index.get(scope), groups)
            if key is None:
                index.pop(scope, None)
            else:
                index[scope] = key
        return self._batch.add(MAP, artefact.encode(dict(sorted(index.items())))).hex()

    def _scope(self, base: bytes | None, groups: Groups) -> bytes | None:
        merged: Groups = {**self._read(base), **groups} if base else dict(groups)
        kept = {group: key for group, key in sorted(merged.items()) if key is not None}
        return self._batch.add(MAP, artefact.encode(kept)) if kept else None

    def _read(self, key: bytes) -> dict[str, bytes]:
        try:
            return dict(self._room.maps.index(key))
        except StoreError:
            if not self.mending:
                raise
            return {}
