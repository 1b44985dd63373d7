"""A store as one file, and a store from such a file.

A backup is a tar of the store's own files, taken while it is on air; packs are compressed inside, so it is not
compressed again. ``current`` is read first: every object that it leads to is then in a pack that follows. Files that
belong to the channel and not to its store (what its desk keeps) travel in the same tar, under ``beside/``.
"""

from __future__ import annotations

import io
import re
import shutil
import tarfile
from collections.abc import Callable, Iterator
from pathlib import Path

from channel.release.check import check
from channel.release.disk import Disk
from channel.release.files import NOTES
from channel.release.locks import locked
from channel.release.room import Room
from feeds.base.clock import Clock
from feeds.base.errors import PersonError, TrustError

_NAME = re.compile(
    r"current|audit\.log|releases/r[0-9]+-[0-9a-f]{6}|packs/[0-9a-f]{24}\.(?:pack|idx)"
    r"|retired/[0-9]{12}-[0-9]{6,}|asrun/[0-9]{4}-[0-9]{2}-[0-9]{2}\.log"
)
_BESIDE = re.compile(r"beside/([a-z0-9][a-z0-9_.]{0,79})")
_FOLDERS = ("releases", "packs", "retired", "asrun")


def backup(room: Room, target: Path, beside: Path | None = None) -> int:
    """Write the whole store to ``target``, in one step, with the files of folder ``beside``; returns its size in bytes.

    Builders go on meanwhile, only a prune waits. Raises BusyError when one is under way, OSError when the disk is full.
    """
    temporary = target.with_name(f".{target.name}.tmp")
    with locked(room.lock("sweep"), wait=60.0):
        try:
            with room.disk.create(temporary) as file:
                with tarfile.open(fileobj=file, mode="w|") as archive:
                    _add(archive, "current", room.records.raw_heads())
                    for path in _files(room.folder):
                        name = path.relative_to(room.folder).as_posix()
                        if _NAME.fullmatch(name):
                            archive.add(path, name, recursive=False, filter=_plain)
                    for path in sorted(beside.iterdir()) if beside else ():
                        archive.add(path, f"beside/{path.name}", recursive=False, filter=_plain)
                room.disk.sync(file)
            room.disk.rename(temporary, target)
        except OSError:
            room.disk.remove(temporary)
            raise
    return target.stat().st_size


def restore(source: Path, folder: Path, disk: Disk, clock: Clock) -> Room:
    """Make the store of a backup in ``folder``, which must be empty or absent; it is checked before it stands there.
    What travels beside it is left where it is.

    Raises PersonError when the folder is not empty, TrustError when the file is no backup or is damaged.
    """
    if folder.exists() and any(folder.iterdir()):
        raise PersonError(f"restore: {folder} is not empty, expected a fresh folder")
    fresh = folder.with_name(f".{folder.name}.restoring")
    _empty(fresh)
    try:
        _unpack(source, lambda name: fresh / name if _NAME.fullmatch(name) else None)
        room = Room(fresh, disk, clock, 64)
        damages = [damage for damage in check(room) if damage.kind not in NOTES]
        if damages or not room.heads().air:
            what = damages[0].sentence if damages else "it holds no release"
            raise TrustError(f"restore: {source} is damaged: {what}", hint="take another backup")
        if folder.exists():
            folder.rmdir()
        fresh.rename(folder)
    except BaseException:
        _empty(fresh)
        fresh.rmdir()
        raise
    return Room(folder, disk, clock, 4096)


def beside(source: Path, folder: Path) -> None:
    """Put the files that travel beside a backup's store into ``folder``. Raises TrustError when it is no backup or is
    damaged."""
    def place(name: str) -> Path | None:
        named = _BESIDE.fullmatch(name)
        return folder / named[1] if named else None

    _unpack(source, place)


def _files(folder: Path) -> Iterator[Path]:
    """Release records before packs: those that are published meanwhile are then not in the backup without theirs."""
    yield folder / "audit.log"
    for name in _FOLDERS:
        if (folder / name).is_dir():
            yield from sorted((folder / name).iterdir())


def _add(archive: tarfile.TarFile, name: str, data: bytes) -> None:
    info = tarfile.TarInfo(name)
    info.size = len(data)
    archive.addfile(info, io.BytesIO(data))


def _plain(info: tarfile.TarInfo) -> tarfile.TarInfo:
    """Without owner and mode: a backup is restored by whoever runs the channel."""
    info.uid = info.gid = 0
    info.uname = info.gname = ""
    info.mode = 0o644
    return info


def _unpack(source: Path, place: Callable[[str], Path | None]) -> None:
    """Write each file of a backup to its ``place``, if it has one. Raises TrustError."""
    try:
        with tarfile.open(source, mode="r|") as archive:
            for info in archive:
                if not info.isfile() or not (_NAME.fullmatch(info.name) or _BESIDE.fullmatch(info.name)):
                    raise TrustError(f"restore: {source} holds {info.name!r}, which no store has")
                data = archive.extractfile(info)
                assert data is not None
                if path := place(info.name):
                    path.parent.mkdir(parents=True, exist_ok=True)
                    with path.open("wb") as file:
                        shutil.copyfileobj(data, file, 1 << 20)
    except (tarfile.TarError, EOFError) as error:
        raise TrustError(f"restore: {source} is not a backup of a store: {error}") from None


def _empty(folder: Path) -> None:
    """An empty folder, whatever a restoration that was stopped left there."""
    folder.mkdir(parents=True, exist_ok=True)
    for path in sorted(folder.rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() and not path.is_symlink() else path.unlink()
