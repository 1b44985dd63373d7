"""What was painted, kept for a while, shared by all processes of an origin: it may be lost at any moment.

::

    00000012/ab/cd…   the young generation: a file a page, and one for its pictures, named by its key, behind a checksum
    00000012/used     a byte for each block that was written there
    00000011/…        the old generation
    gone-…            what is being removed

The young generation is written to until it is full; then it is the old one, another is begun, and what was old before
is removed. What is asked for in the old one moves to the young one. So nothing is noted when something is found, no
process waits for another, and one that dies leaves nothing half done.

Whatever happens to its folder, nothing is raised and nothing wrong is given: what is not found is painted again.
Nothing is mapped into memory, so that not even a file that shrinks under its readers ends them.
"""

from __future__ import annotations

import itertools
import os
import shutil
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

import msgspec
from zlib_ng import zlib_ng

from broadcaster.painters.wire import PaintedPage, Picture, decode_page, encode_page
from channel.paint.pictures import bundle_of

ROOM = 2 << 30
"""Bytes on disk."""
SPARE = 256 << 20
"""Bytes that must stay free on the disk: the store stands on it too, and matters more."""
_BLOCK = 4096
"""What a file system gives out at a time."""
_LOOK_S = 1.0
_CHUNK = 1 << 16
_SUM = 4
_PAGE, _ASSET = "p", "a"
_GONE = "gone-"
_NUMBER = "{:08d}"


class _Kept(msgspec.Struct, frozen=True, array_like=True):
    """A picture as it is read: its bytes are not copied before they are chosen."""

    media: str
    data: memoryview


_encode = msgspec.msgpack.Encoder().encode
_decode_pictures = msgspec.msgpack.Decoder(dict[str, _Kept]).decode


class Cache:
    """The cache in ``folder``, of at most about ``room`` bytes. Every process opens its own; safe between threads."""

    def __init__(self, folder: Path, room: int = ROOM, *, spare: int = SPARE) -> None:
        self._folder, self._half, self._spare = str(folder), room // 2, spare
        self._generations: tuple[str, ...] = ()
        self._seen = 0
        self._looked = -_LOOK_S
        self._has_room = False
        self._names = itertools.count()

    def get(self, key: bytes) -> PaintedPage | None:
        """What was painted under ``key``; None when it is not there any more, or not whole."""
        name = _PAGE + key.hex()
        data, home = self._find(name)
        if data is None:
            return None
        try:
            page = decode_page(data)
        except (msgspec.MsgspecError, ValueError):
            return None
        if page.key != key:
            return None
        if home:
            # Its pictures come along; where one of them is lost the page is lost too, and is painted with it.
            if not all(self._is_young(_ASSET + bundle) for bundle in {bundle_of(asset) for asset in page.assets}):
                return None
            self._move(name, home)
        return page

    def has(self, key: bytes) -> bool:
        """Whether a page is there under ``key``, as far as its name tells; nothing is read."""
        for again in (False, True):
            if again and not self._look():
                break
            if any(os.path.exists(self._path(generation, _PAGE + key.hex())) for generation in self._generations):
                return True
        return False

    def asset(self, name: str) -> tuple[str, bytes] | None:
        """Media type and bytes of ``/assets/{name}``; None when it is not there."""
        bundle = bundle_of(name)
        if not bundle:
            return None
        data, home = self._find(_ASSET + bundle)
        if data is None:
            return None
        if home:
            self._move(_ASSET + bundle, home)
        try:
            found = _decode_pictures(data).get(name)
        except msgspec.MsgspecError:
            return None
        return None if found is None else (found.media, bytes(found.data))

    def keep(self, pictures: Mapping[str, Picture]) -> bool:
        """Keep pictures whose page is not kept; False when that cannot be."""
        return self.put(None, pictures)

    def put(self, page: PaintedPage | None, pictures: Mapping[str, Picture]) -> bool:
        """Keep a page, if one is given, under its key with all pictures that it names; False when that cannot be."""
        for again in (False, True):
            young = self._young(anew=again)
            if not young:
                return False
            try:
                used = 0
                for bundle, mine in _bundles(pictures).items():
                    if not self._is_young(_ASSET + bundle):
                        used += self._write(young, _ASSET + bundle, _encode(mine))
                if page is not None:
                    bare = msgspec.structs.replace(page, pictures={})
                    used += self._write(young, _PAGE + page.key.hex(), encode_page(bare))
                self._count(young, used)
            except FileNotFoundError:
                # The folder has gone under us: once more, in another.
                continue
            except OSError:
                return False
            return True
        return False

    # Reading

    def _find(self, name: str) -> tuple[bytes | None, str]:
        """The value of that name, and the generation that it is in, empty for the young one."""
        for again in (False, True):
            if again and not self._look():
                break
            for number, generation in enumerate(self._generations):
                data = self._read(generation, name)
                if data is not None:
                    return data, generation if number else ""
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
        """Whether it is in the young generation, or could be brought there."""
        for number, generation in enumerate(self._generations):
            if os.path.exists(self._path(generation, name)):
                return not number or self._move(name, generation)
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

    # Writing

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
        if used * _BLOCK >= self._half and self._generations[:1] == (generation,):
            self._begin(int(generation) + 1)

    def _young(self, *, anew: bool) -> str:
        """The generation to write to; empty when nothing can be written."""
        if anew or not self._generations or time.monotonic() - self._looked >= _LOOK_S:
            self._look(anew=True)
            self._has_room = self._disk_has_room()
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
        threading.Thread(target=self._sweep, name="cache-sweep", daemon=True).start()

    def _sweep(self) -> None:
        """Remove what has gone: many files, and nobody waits for it."""
        with suppress(OSError):
            for name in os.listdir(self._folder):
                if name.startswith(_GONE):
                    path = os.path.join(self._folder, name)
                    shutil.rmtree(path) if os.path.isdir(path) else os.unlink(path)

    # Which generations there are

    def _look(self, *, anew: bool = False) -> bool:
        """See which generations there are, if anything has changed in the folder; whether they are others now."""
        try:
            seen = os.stat(self._folder).st_mtime_ns
        except OSError:
            seen = 0
        if seen == self._seen and not anew:
            return False
        listed = tuple(self._listed()[:2])
        is_new = listed != self._generations
        self._seen, self._generations, self._looked = seen, listed, time.monotonic()
        return is_new

    def _listed(self) -> list[str]:
        """The generations, the youngest first."""
        return sorted((n for n in self._names_in() if os.path.isdir(f"{self._folder}/{n}")), reverse=True)

    def _names_in(self) -> list[str]:
        """What is called as a generation is, whatever it is."""
        try:
            return [name for name in os.listdir(self._folder) if name.isdigit()]
        except OSError:
            return []

    def _disk_has_room(self) -> bool:
        folder = self._folder
        while not os.path.exists(folder) and folder != os.path.dirname(folder):
            folder = os.path.dirname(folder)
        try:
            return shutil.disk_usage(folder).free >= self._spare
        except OSError:
            return False

    def _path(self, generation: str, name: str) -> str:
        return f"{self._folder}/{generation}/{name[:3]}/{name[3:]}"


def _bundles(pictures: Mapping[str, Picture]) -> dict[str, dict[str, Picture]]:
    """Pictures by what they are kept together with: a page of thirty small ones is one file, not thirty blocks."""
    found: dict[str, dict[str, Picture]] = {}
    for name, picture in pictures.items():
        if bundle := bundle_of(name):
            found.setdefault(bundle, {})[name] = picture
    return found


def _blocks(size: int) -> int:
    return -(-size // _BLOCK)


def _sum(name: str, data: bytes) -> bytes:
    check: int = zlib_ng.crc32(data, zlib_ng.crc32(name.encode()))
    return check.to_bytes(_SUM, "big")
