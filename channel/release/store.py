"""The store: every release of a channel in one folder.

::

    current             what is on air, what is built, whether publishing is held
    releases/ID         a record a release: keys of its trees
    packs/NAME.pack     objects: maps and books; NAME.idx finds them
    retired/UNTIL-SEQ   releases that are not kept any more, a day long
    asrun/DAY.log       what every estate was served, for 90 days
    audit.log           what was done to the air, one JSON object a line
    damaged/            what a repair set aside
    locks/              publish, write, sweep
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from channel.release import audit, backup, files, hold, parcel, prune, publish
from channel.release.asrun import Air, AsRun, Edits
from channel.release.changes import Changes
from channel.release.check import Damage, check
from channel.release.disk import Disk
from channel.release.heads import Heads
from channel.release.objects import MAP
from channel.release.prune import Pruned
from channel.release.publish import Published
from channel.release.reading import Release, ReleaseInfo
from channel.release.renew import renew
from channel.release.retired import retired
from channel.release.room import Room
from channel.release.tree import MAPS, Root, decode_root
from feeds.base.clock import Clock, SystemClock
from feeds.base.errors import StoreError


class Store:
    """Reading is for any number of threads and processes; of writers too, but they take turns at the switch."""

    def __init__(self, room: Room) -> None:
        self._room = room
        self._raw = b""
        self._heads = Heads()
        self._release: Release | None = None
        self._asrun = AsRun(room)

    @classmethod
    def open(cls, path: Path, *, clock: Clock | None = None, disk: Disk | None = None, cache: int = MAPS) -> Store:
        """The store in folder ``path``, made when there is none. ``cache`` is how many decoded maps stay in memory."""
        return cls(Room(Path(path), disk or Disk(), clock or SystemClock(), cache))

    @property
    def folder(self) -> Path:
        """Where the store is."""
        return self._room.folder

    @property
    def disk(self) -> Disk:
        """How it writes."""
        return self._room.disk

    # What is on air

    def heads(self) -> Heads:
        """What is on air and what is built; when ``current`` is damaged, the newest release that can be read."""
        raw = self._room.records.raw_heads()
        if raw != self._raw or not raw:
            self._heads = self._room.heads()
            self._raw = raw
        return self._heads

    def current_id(self) -> str:
        """The id of the release on air, empty before the first: one read of a small file."""
        return self.heads().air

    @property
    def held(self) -> bool:
        """Whether publishing is held after a rollback."""
        return self.heads().held

    def current(self) -> Release | None:
        """The release on air. The same object until another one is."""
        ident = self.current_id()
        if not ident:
            return None
        if self._release is None or self._release.id != ident:
            release = self._open(self._room.root(ident))
            if release.id != ident:
                return release
            self._release = release
        return self._release

    def built(self) -> Release | None:
        """The release that builds go on from: the one on air unless publishing is held."""
        heads = self.heads()
        if heads.built == heads.air:
            return self.current()
        return self._open(self._room.root(heads.built)) if heads.built else None

    def release(self, ident: str) -> Release:
        """A release that is kept. Raises NotFound or StoreError."""
        return self._open(self._room.records.read(ident))

    def releases(self) -> list[ReleaseInfo]:
        """All releases that are kept, oldest first; damaged records are left out (``check`` names them)."""
        heads = self._room.heads()
        return [self._info(root, heads) for root in self._room.readable()]

    def recent(self) -> Iterator[Release]:
        """Every release whose contents are there: the one on air first, then those that are kept and those that stay
        for a day, newest first."""
        ident = self.current_id()
        kept = self._room.readable()
        yield from map(self._open, sorted(kept, key=lambda root: (root.id != ident, -root.seq)))
        yield from map(self._open, retired(self._room))

    def object(self, kind: int, key: bytes) -> bytes:
        """The bytes of an object, verified. Raises StoreError."""
        return self._room.objects.get(kind, key)

    def draft(self, key: str) -> Release:
        """The release that ``Changes.draft`` gave this key. Raises StoreError."""
        return self._open(decode_root(self.object(MAP, bytes.fromhex(key)), "draft"))

    # Changing what is on air

    def changes(self, *, mending: bool = False) -> Changes:
        """A collector for the next release, to be used as a context."""
        return Changes(self._room, mending=mending)

    def publish(
        self,
        changes: Changes,
        *,
        action: str = "build",
        note: str = "",
        inputs: Mapping[str, str] | None = None,
        at: datetime | None = None,
    ) -> Published | None:
        """Put ``changes`` on air over whatever is on air by then; None when nothing would differ."""
        done = publish.publish(self._room, changes, action=action, note=note, inputs=inputs, at=at)
        if done:
            self._note_published(changes, done)
            if action != "alerts":
                prune.tidy(self._room)
        return done

    def _note_published(self, changes: Changes, done: Published) -> None:
        edits = Edits(changes.touched(), changes.made, changes.everything)
        if done.after.built not in (done.before.built, done.after.air):
            self._asrun.record(self.release(done.after.built), done.before.built, edits, held=True)
        if done.after.air != done.before.air:
            self._asrun.record(self.release(done.after.air), done.before.air, edits, denied=self.taken_down())

    def _noted(self, heads: Heads) -> str:
        """After the air was switched by hand: the as-run record names everything."""
        release = self.release(heads.air)
        self._asrun.record(release, "", Edits(None, {}), denied=release.root.units)
        return heads.air

    def rollback(self, ident: str, note: str = "") -> str:
        """Pages of release ``ident`` back on air, publishing held; returns the id of the release on air."""
        return self._noted(hold.rollback(self._room, ident, note))

    def resume(self, note: str = "") -> str:
        """End a hold: what was built meanwhile goes on air; returns the id of the release on air."""
        return self._noted(hold.resume(self._room, note))

    def take_down(self, unit: str, note: str = "") -> str:
        """Page ``201`` or item ``201.h17`` disappears everywhere at once; returns the id of the release on air."""
        return self._noted(hold.take_down(self._room, unit, note))

    def put_back(self, unit: str, note: str = "") -> str:
        """Undo ``take_down``; returns the id of the release on air."""
        return self._noted(hold.put_back(self._room, unit, note))

    def taken_down(self) -> tuple[str, ...]:
        """The pages and items that are taken down; from the audit log, when no release can be read."""
        with suppress(StoreError):
            release = self.current()
            if release:
                return release.root.units
        return audit.denied_since(self.folder, "", ())

    def asrun(self, estate: str, moment: datetime) -> Air | None:
        """What an estate was served at ``moment``, as far back as the record goes; None when nobody knows."""
        return self._asrun.at(estate, moment)

    def parcel(self, root: Root, over: Root | None = None) -> bytes:
        """What release ``root`` leads to and ``over`` does not, for another store. Raises StoreError."""
        return parcel.packed(self._room, root, over)

    def adopt(self, root: Root, data: bytes) -> None:
        """Put a release of another store on air here, by its record and a parcel of what is not here. Raises TrustError
        when that is not all that it leads to; nothing is changed then."""
        parcel.adopt(self._room, root, data)

    def is_whole(self, root: Root) -> bool:
        """Whether everything that a release leads to is here and sound."""
        return parcel.is_whole(self._room, root)

    # Care

    def prune(self, keep: int, now: datetime | None = None, *, wait: float = 30.0, asrun_days: float = 90.0) -> Pruned:
        """Keep the last ``keep`` releases, what others said for a day, and ``asrun_days`` of the as-run record. Raises
        BusyError."""
        now = now or self._room.clock.now()
        self._asrun.expire(now, asrun_days)
        return prune.prune(self._room, keep=keep, now=now, wait=wait)

    def backup(self, target: Path, beside: Path | None = None) -> int:
        """The whole store as one file, while it is on air, with the files of folder ``beside``; returns its size in
        bytes."""
        return backup.backup(self._room, target, beside)

    @classmethod
    def restore(cls, source: Path, folder: Path, *, clock: Clock | None = None, disk: Disk | None = None) -> Store:
        """The store of a backup in a fresh folder, checked. Raises PersonError or TrustError."""
        return cls(backup.restore(source, folder, disk or Disk(), clock or SystemClock()))

    def renew(self) -> bool:
        """Empty the store if it is of another format; whether it was. Raises BusyError, OSError."""
        return renew(self._room)

    def check(self) -> list[Damage]:
        """Everything that is missing or damaged, with what it belongs to."""
        return check(self._room)

    def mend_files(self) -> bool:
        """Mend or set aside every damaged file; whether another release is on air or built after that."""
        moved = files.mend(self._room)
        self._raw, self._release = b"", None
        return moved

    def discard(self, idents: Collection[str]) -> int:
        """Forget releases that nobody can roll back to any more; heads stay. Returns how many went."""
        return prune.discard(self._room, idents, self._room.clock.now())

    def _open(self, root: Root) -> Release:
        return Release(root, self._room.maps)

    @staticmethod
    def _info(root: Root, heads: Heads) -> ReleaseInfo:
        return ReleaseInfo(
            id=root.id,
            seq=root.seq,
            published=Release.moment_of(root),
            action=root.action,
            base=root.base,
            note=root.note,
            on_air=root.id == heads.air,
            built=root.id == heads.built,
        )
