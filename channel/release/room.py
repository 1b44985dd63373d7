"""What the store's operations share: the folder, the disk, the clock, the objects, the maps and the records."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Any

import msgspec

from channel.release import audit
from channel.release.disk import Disk
from channel.release.heads import Heads, Records, seq_of
from channel.release.objects import Objects
from channel.release.tree import Maps, Root
from feeds.base.clock import Clock
from feeds.base.errors import ChannelError, StoreError

NOTHING = Root(seq=0, id="", published=0.0, action="")
"""What stands before the first release."""


class Room:
    """One store on disk."""

    def __init__(self, folder: Path, disk: Disk, clock: Clock, cache: int) -> None:
        self.folder = folder
        self.disk = disk
        self.clock = clock
        # A store on a read-only medium has its folders already, or is empty: both can be read.
        with suppress(OSError):
            for name in ("packs", "releases", "locks", "retired"):
                (folder / name).mkdir(parents=True, exist_ok=True)
        self.objects = Objects(folder / "packs")
        self.maps = Maps(self.objects, cache)
        self.records = Records(folder, disk)
        self._guessed = False

    def lock(self, name: str) -> Path:
        """``publish`` guards the switch, ``write`` is shared by builders and taken alone by a sweep."""
        return self.folder / "locks" / name

    def heads(self) -> Heads:
        """What is on air; when ``current`` is damaged or gone, the newest record that can be read, or, while publishing
        was held, what the audit log says."""
        try:
            heads, self._guessed = self.records.heads(), False
            return heads
        except StoreError:
            self._guessed = True
            ids = self.records.ids()
            seq = max(map(seq_of, ids), default=0)
            noted = audit.last_heads(self.folder)
            if noted and noted.held and self._whole(noted.air) and self._whole(noted.built):
                return msgspec.structs.replace(noted, seq=max(seq, noted.seq))
            last = next((i for i in reversed(ids) if self._whole(i)), "")
            return Heads(air=last, built=last, seq=seq)

    def root(self, ident: str) -> Root:
        """The record of a head; when it is damaged or gone, of the newest release before it. Where it was guessed like
        that, all that was taken down since is taken down."""
        if not ident:
            # What was taken down stays down in a store that is built anew.
            return self._denying(NOTHING)
        with suppress(ChannelError):
            root = self.records.read(ident)
            return self._denying(root) if self._guessed else root
        for name in reversed(self.records.ids()):
            if seq_of(name) < seq_of(ident) and self._whole(name):
                return self._denying(self.records.read(name))
        raise StoreError(f"store: release {ident} and all before it are unreadable", hint="run `channel repair`")

    def readable(self) -> list[Root]:
        """Every record up to the newest that was published, oldest first; damaged ones are left out."""
        top = self.heads().seq
        return [self.records.read(i) for i in self.records.ids() if seq_of(i) <= top and self._whole(i)]

    def note(self, action: str, heads: Heads, **more: Any) -> None:
        """A line in the audit log. A full disk does not undo what is on air already."""
        line = {"at": round(self.clock.now().timestamp(), 3), "action": action, **more, **msgspec.to_builtins(heads)}
        with suppress(OSError):
            self.disk.append(self.folder / audit.NAME, msgspec.json.encode(line) + b"\n")

    def _denying(self, root: Root) -> Root:
        units = audit.denied_since(self.folder, root.id, root.units)
        return root if units == root.units else msgspec.structs.replace(root, units=units)

    def _whole(self, ident: str) -> bool:
        try:
            self.records.read(ident)
        except ChannelError:
            return False
        return True
