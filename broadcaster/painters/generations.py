"""Values kept for a while in a folder, under their names, shared by processes: they may be lost at any moment.

::

    00000012/ab/cd…   the newest generation: a file a value, named by it, behind a checksum
    00000012/used     a byte for each block that was written there
    00000011/…        those before it, eight in all
    gone-…            what is being removed

The newest generation is written to until it is full; then another is begun, and the oldest is removed. What is asked
for in one of the older half moves to the newest. So nothing is noted when something is found, no process waits for
another, and one that dies leaves nothing half done.

Whatever happens to the folder, nothing is raised and nothing wrong is given. Nothing is mapped into memory, so that not
even a file that shrinks under its readers ends them.
"""

from __future__ import annotations

import itertools
import os
import shutil
import threading
import time
from contextlib import suppress
from pathlib import Path

from zlib_ng import zlib_ng

GENERATIONS = 8
"""Of which each holds its share of the room: what is removed at a time."""
_OLD = GENERATIONS // 2
SPARE = 256 << 20
"""Bytes that must stay free on the disk: the store stands on it too, and matters more."""
_BLOCK = 4096
"""What a file system gives out at a time."""
_LOOK_S = 1.0
_CHUNK = 1 << 16
_SUM = 4
_GONE = "gone-"
_NUMBER = "{:08d}"


class Generations:
    """Values in ``folder``, of at most about ``room`` bytes. Every process opens its own; safe between threads."""

    def __init__(self, folder: Path, room: int, *, spare: int = SPARE, sweeps: bool = True) -> None:
        """One that does not sweep leaves removing what has gone to others: it takes time from whoever answers."""
        self._sweeps = sweeps
        self._folder, self._share, self._spare = str(folder), room // GENERATIONS, spare
        self._generations: tuple[str, ...] = ()
        self._seen = 0
        self._looked = -_LOOK_S
        self._has_room = self._has_gone = False
        self._names = itertools.count()

    def get(self, name: str) -> bytes | None:
        """What was kept under ``name``; None when it is not there any more, or not whole."""
        data, home = self._find(name)
        if home:
            self._move(name, home)
        return data

    def has(self, name: str) -> bool:
        """Whether something is there under ``name``, as far as names tell; nothing is read."""
        for again in (False, True):
            if again and not self._look():
                break
            if any(os.path.exists(self._path(generation, name)) for generation in self._generations):
                return True
        return False

    def put(self, name: str, data: bytes, *, anew: bool = True) -> bool:
        """Keep ``data`` under ``name``; False when that cannot be. What is there and young already is left where that
        is not wanted ``anew``."""
        for again in (False, True):
            young = self._young(anew=again)
            if not young:
                return False
            try:
                if anew or not self._is_young(name):
                    self._count(young, self._write(young, name, data))
            except FileNotFoundError:
                # The folder has gone under us: once more, in another.
                continue
            except OSError:
                return False
            return True
        return False

    def look_anew(self) -> None:
        """Look at the folder as if a while had passed."""
        self._looked = -_LOOK_S

    def _find(self, name: str) -> tuple[bytes | None, str]:
        """The value of that name, and the generation that it is in if that is an old one."""
        for again in (False, True):
            if again and not self._look():
                break
            for number, generation in enumerate(self._generations):
                data = self._read(generation, name)
                if data is not None:
                    return data, generation if number >= _OLD else ""
        return None, ""

    def _read(self, generation: str, name: str) -> bytes | None:
        path = self._path(generation, name)
        try:
            number = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        except OSError:
            return None
        try:
            value = chunk = os.read(number, _CHUNK)
            while len(chunk) == _CHUNK:
                chunk = os.read(number, _CHUNK)
                value += chunk
        except OSError:
            return None
        finally:
            os.close(number)
        data = value[_SUM:]
        if value[:_SUM] == _sum(name, data):
            return data
        with suppress(OSError):
            os.unlink(path)
        return None

    def _is_young(self, name: str) -> bool:
        """Whether it is in a young generation, or could be brought there."""
        for number, generation in enumerate(self._generations):
            if os.path.exists(self._path(generation, name)):
                return number < _OLD or self._move(name, generation)
        return False

    def _move(self, name: str, generation: str) -> bool:
        young = self._generations[0]
        path = self._path(young, name)
        try:
            blocks = _blocks(os.stat(self._path(generation, name)).st_size)
            try:
                os.rename(self._path(generation, name), path)
            except FileNotFoundError:
                os.makedirs(os.path.dirname(path), exist_ok=True)
                os.rename(self._path(generation, name), path)
            self._count(young, blocks)
        except OSError:
            return False
        return True

    def _write(self, generation: str, name: str, data: bytes) -> int:
        """Write a value; how many blocks it takes. Raises OSError."""
        path = self._path(generation, name)
        temporary = os.path.join(self._folder, generation, f"{os.getpid()}-{next(self._names)}")
        number = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        try:
            value = memoryview(_sum(name, data) + data)
            while value:
                value = value[os.write(number, value) :]
            os.close(number)
            number = -1
            try:
                os.rename(temporary, path)
            except FileNotFoundError:
                os.mkdir(os.path.dirname(path), 0o700)
                os.rename(temporary, path)
        except FileExistsError:
            # Another process has made the folder meanwhile.
            os.rename(temporary, path)
        except BaseException:
            if number >= 0:
                os.close(number)
            with suppress(OSError):
                os.unlink(temporary)
            raise
        return _blocks(len(data) + _SUM)

    def _count(self, generation: str, blocks: int) -> None:
        """Note how much was written, and begin another generation when this one is full. Raises OSError."""
        number = os.open(
            os.path.join(self._folder, generation, "used"), os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600
        )
        try:
            os.write(number, bytes(blocks))
            used = os.fstat(number).st_size
        finally:
            os.close(number)
        if used * _BLOCK >= self._share and self._generations[:1] == (generation,):
            self._begin(int(generation) + 1)

    def _young(self, *, anew: bool) -> str:
        """The generation to write to; empty when nothing can be written."""
        if anew or not self._generations or time.monotonic() - self._looked >= _LOOK_S:
            self._look(anew=True)
            self._has_room = self._disk_has_room()
            if self._has_gone:
                self._sweep_aside()
        if not self._has_room:
            return ""
        if not self._generations:
            self._begin(1 + max(map(int, self._names_in()), default=0))
        return self._generations[0] if self._generations else ""

    def _begin(self, number: int) -> None:
        """Begin a generation, and remove those before the last."""
        with suppress(OSError):
            os.makedirs(os.path.join(self._folder, _NUMBER.format(number)), 0o700, exist_ok=True)
            self._look(anew=True)
            for old in set(self._names_in()) - set(self._generations):
                os.rename(os.path.join(self._folder, old), os.path.join(self._folder, f"{_GONE}{old}-{os.getpid()}"))
        self._sweep_aside()

    def _sweep_aside(self) -> None:
        if self._sweeps:
            threading.Thread(target=self._sweep, name="cache-sweep", daemon=True).start()

    def _sweep(self) -> None:
        """Remove what has gone: many files, and nobody waits for it."""
        with suppress(OSError):
            for name in os.listdir(self._folder):
                if name.startswith(_GONE):
                    path = os.path.join(self._folder, name)
                    shutil.rmtree(path) if os.path.isdir(path) else os.unlink(path)

    def _look(self, *, anew: bool = False) -> bool:
        """See which generations there are, if anything has changed in the folder; whether they are others now."""
        try:
            seen = os.stat(self._folder).st_mtime_ns
        except OSError:
            seen = 0
        if seen == self._seen and not anew:
            return False
        listed = tuple(self._listed()[:GENERATIONS])
        is_new = listed != self._generations
        self._seen, self._generations, self._looked = seen, listed, time.monotonic()
        return is_new

    def _listed(self) -> list[str]:
        """The generations, the youngest first."""
        return sorted((n for n in self._names_in() if os.path.isdir(f"{self._folder}/{n}")), reverse=True)

    def _names_in(self) -> list[str]:
        """What is called as a generation is, whatever it is."""
        try:
            names = os.listdir(self._folder)
        except OSError:
            return []
        self._has_gone = any(name.startswith(_GONE) for name in names)
        return [name for name in names if name.isdigit()]

    def _disk_has_room(self) -> bool:
        folder = self._folder
        while not os.path.exists(folder) and folder != os.path.dirname(folder):
            folder = os.path.dirname(folder)
        try:
            return shutil.disk_usage(folder).free >= self._spare
        except OSError:
            return False

    def _path(self, generation: str, name: str) -> str:
        return f"{self._folder}/{generation}/{name[:2]}/{name[2:]}"


def _blocks(size: int) -> int:
    return -(-size // _BLOCK)


def _sum(name: str, data: bytes) -> bytes:
    check: int = zlib_ng.crc32(data, zlib_ng.crc32(name.encode()))
    return check.to_bytes(_SUM, "big")
