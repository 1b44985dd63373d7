"""What a builder wants to change, collected without any lock on publishing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from types import TracebackType
from typing import NamedTuple

import msgspec

from channel.release.asrun import Made
from channel.release.locks import acquire, give_back
from channel.release.objects import MAP, Batch
from channel.release.room import Room
from channel.release.tree import Layer, Root

Edits = Mapping[str, str | None]
"""Page -> key of its new map, None to remove it."""


class Said(NamedTuple):
    """A page that says something else: the key of its new map of contents (empty: it is no page any more), that of the
    map it was made over, and for whom it differs."""

    key: str
    over: str
    scopes: frozenset[str]


class Changes:
    """Use as a context: while one is open, no sweep may take away what it relies on.

    ``mending`` treats damaged maps as empty, for a repair that has everything said again.
    """

    def __init__(self, room: Room, *, mending: bool = False) -> None:
        self.mending = mending
        self._guard: int | None = acquire(room.lock("write"), shared=True)
        self._batch = Batch(room.objects, room.disk)
        self._said: dict[Layer, dict[str, Said]] = {"pages": {}, "alerts": {}}
        self.answers: str | None = None
        """The key of the alert answers; None when they were not given."""
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

    def said(self, page: str, key: bytes | None, over: str, scopes: Iterable[str], layer: Layer = "pages") -> None:
        """What a page says, by the key of its map of contents, made ``over`` another (empty: none); None: it is no
        page any more. ``scopes`` are those for whom it differs."""
        self._said[layer][page] = Said("" if key is None else key.hex(), over, frozenset(scopes))

    def keep(self, kind: int, data: bytes) -> bytes:
        """Store an object and return its key."""
        return self._batch.add(kind, data)

    def answer(self, answers: Mapping[str, bytes]) -> None:
        """The bytes of ``alert.json`` for every estate and ``district``."""
        self.answers = self.keep(MAP, msgspec.msgpack.encode(answers, order="sorted")).hex()

    def touched(self) -> dict[str, frozenset[str]] | None:
        """Page -> the scopes that differ; None when a page went."""
        found: dict[str, frozenset[str]] = {}
        for pages in self._said.values():
            if not all(said.key for said in pages.values()):
                return None
            found.update((page, said.scopes) for page, said in pages.items())
        return found

    def over(self, layer: Layer) -> dict[str, str]:
        """Page -> the map that its new one was made over."""
        return {page: said.over for page, said in self._said[layer].items()}

    def edits(self, layer: Layer) -> Edits:
        """Which maps take the place of which."""
        return {page: said.key or None for page, said in self._said[layer].items()}

    def draft(self, root: Root) -> str:
        """A record that is not published, durably, for whoever looks at what it would be; its key as 32 hex digits."""
        key = self.keep(MAP, root.encode()).hex()
        self.flush()
        return key

    def flush(self) -> None:
        """Everything so far durably into packs."""
        self._batch.flush()

    def close(self) -> None:
        """Give up what was not published."""
        self._batch.close()
        if self._guard is not None:
            give_back(self._guard)
            self._guard = None
