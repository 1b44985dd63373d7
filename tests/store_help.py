"""What tests of the store share: pages made of plain text, and a disk that dies or fills up at a chosen step."""

from __future__ import annotations

import errno
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

from channel.paint.output import Asset, PaintedDocument
from channel.release import Published, Store
from channel.release.disk import Disk
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


def document(name: str, text: str, *assets: Asset) -> PaintedDocument:
    """An HTML document that says ``text`` and names ``assets``."""
    return PaintedDocument(name=name, media="text/html", body=text.encode(), assets=tuple(a.name for a in assets))


def picture(*bands: str) -> Asset:
    """An asset whose parts are texts instead of PNG data: the store does not look inside."""
    return Asset(tuple(band.encode() for band in bands), "png")


def publish(store: Store, pages: Mapping[tuple[str, str], str], *, layer: str = "pages") -> Published | None:
    """Publish ``{(scope, page): text}`` for the profile ``web-hd``."""
    with store.changes() as changes:
        for (scope, page), text in pages.items():
            changes.documents("web-hd", scope, page, [document(f"{page}.html", text)], layer=layer)  # type: ignore[arg-type]
        return store.publish(changes)


def text(store: Store, estate: str, name: str, profile: str = "web-hd") -> str | None:
    """What is on air at an address, None when nothing is."""
    release = store.current()
    artefact = release.entry(profile, estate, name) if release else None
    return None if artefact is None else store.body(artefact).decode()


def opened(path: Path, disk: Disk | None = None) -> Store:
    """A store whose clock stands at noon."""
    return Store.open(path, clock=SetClock(NOON), disk=disk)
