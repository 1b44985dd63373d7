"""What tests of the store share: pages made of plain text, and a disk that dies or fills up at a chosen step."""

from __future__ import annotations

import errno
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

from channel.keys import key_of
from channel.release import Changes, Published, Release, Store
from channel.release.contents import PageMap, Told, decode_map, encode_map, without_lost, written
from channel.release.disk import Disk
from channel.release.objects import MAP
from channel.release.tree import Layer, unit_of
from channel.views.content import Content, Empty, Item, List
from channel.views.words import item_words, words_of
from feeds.base.clock import SetClock

NOON = datetime(2026, 11, 24, 4, 0, tzinfo=UTC)


class Killed(BaseException):
    """The process is dead: nothing after this may touch the disk."""


class FailingDisk(Disk):
    """Counts steps; the step number ``at`` fails and, when ``dies``, every one after it.

    A write that fails has written half of its bytes: what a full disk and a kill both leave behind.
    """

    def __init__(self, at: int = -1, *, dies: bool = True) -> None:
        self.steps = 0
        self.at = at
        self.dies = dies

    def _fails(self) -> bool:
        self.steps += 1
        return self.steps == self.at or (self.dies and 0 <= self.at < self.steps)

    def _raise(self) -> None:
        raise Killed if self.dies else OSError(errno.ENOSPC, "No space left on device")

    def create(self, path: Path) -> BinaryIO:
        if self._fails():
            self._raise()
        return super().create(path)

    def write(self, file: BinaryIO, data: bytes | bytearray | memoryview) -> None:
        if self._fails():
            if self.steps == self.at:
                super().write(file, memoryview(data)[: len(data) // 2])
            self._raise()
        super().write(file, data)

    def sync(self, file: BinaryIO) -> None:
        if self._fails():
            self._raise()
        super().sync(file)

    def rename(self, source: Path, target: Path) -> None:
        if self._fails():
            self._raise()
        super().rename(source, target)

    def sync_folder(self, folder: Path) -> None:
        if self._fails():
            self._raise()
        super().sync_folder(folder)

    def remove(self, path: Path) -> None:
        if self._fails():
            self._raise()
        super().remove(path)

    def append(self, path: Path, data: bytes) -> None:
        if self._fails():
            self._raise()
        super().append(path, data)


def content(words: str) -> Content:
    """A content that says ``words``."""
    return Content(body=List(rows=(), empty=Empty(sentence=words)))


def lay_down(
    changes: Changes,
    store: Store,
    number: str,
    told: Mapping[str, str],
    items: Mapping[str, str] | None = None,
    layer: Layer = "pages",
) -> None:
    """Have page ``number`` say ``{scope: words}``, and show these items, over what it said last."""
    release = store.current() if layer == "alerts" else store.built()
    over = release.root.said(layer).get(number, "") if release else ""
    base = decode_map(store.object(MAP, bytes.fromhex(over))) if over else PageMap()
    if changes.mending:
        base = without_lost(base, store.object)
    words = {scope: words_of(content(text)) for scope, text in told.items()}
    shown = {
        ident: item_words(Item(id=ident, title=text, layout="list", body=content(text).body), content(""))
        for ident, text in (items or {}).items()
    }
    new = {key_of(data): data for data in (*words.values(), *shown.values())}
    page = written(
        base,
        {scope: Told(key_of(data), scope != "district", NOON.date(), None) for scope, data in words.items()},
        None if items is None else {ident: key_of(data) for ident, data in shown.items()},
        new, kept=None, add=changes.keep, get=store.object,
    )  # fmt: skip
    if page != base:
        changes.said(number, changes.keep(MAP, encode_map(page)), over, told, layer)


def publish(
    store: Store, pages: Mapping[tuple[str, str], str], *, layer: Layer = "pages", mending: bool = False
) -> Published | None:
    """Publish ``{(scope, page): words}``."""
    with store.changes(mending=mending) as changes:
        for number in dict.fromkeys(page for _, page in pages):
            lay_down(changes, store, number, {scope: text for (scope, page), text in pages.items() if page == number},
                     layer=layer)  # fmt: skip
        return store.publish(changes)


def text(store: Store, estate: str, name: str) -> str | None:
    """What is said on air at an address, None when nothing is."""
    release = store.current()
    return None if release is None else told(release, estate, name)


def told(release: Release, estate: str, name: str) -> str | None:
    """What a release says at an address, None when nothing."""
    unit = unit_of(name)
    if unit is None:
        return None
    if unit.item:
        return release.item(*unit).title if release.item_key(*unit) else None
    entry = release.said(unit.page, estate)
    if entry is None:
        return None
    body = release.content(unit.page, entry.content).body
    assert isinstance(body, List) and body.empty
    return body.empty.sentence


def opened(path: Path, disk: Disk | None = None) -> Store:
    """A store whose clock stands at noon."""
    return Store.open(path, clock=SetClock(NOON), disk=disk)
