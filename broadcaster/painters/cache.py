"""The cache of what was painted, shared by all processes of an origin: it may be lost at any moment.

Pages and their pictures lie apart. A page is a few kilobytes, its pictures with the looks of all rows are eighty or
more, and both would leave together: so nobody waits for a page because the district looked at many pictures. A picture
that has gone is painted again by its name.

Whatever happens to its folder, nothing is raised and nothing wrong is given: what is not found is painted again.
"""

from __future__ import annotations

import re
import shutil
import threading
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

import msgspec
import zstandard

from broadcaster.painters.generations import SPARE, Generations
from broadcaster.painters.wire import PaintedPage, Picture, decode_page, encode_page
from channel.paint.pictures import bundle_of

ROOM = 1_750 << 20
"""Bytes on disk."""
_PAGES = 0.45
"""The share of pages: those of 818 estates in four families are 0.7 GB."""
_OLD = re.compile("[0-9]{8}|gone-[0-9]{8}-[0-9]+")
_LEVEL = 1
"""Of Zstandard: half of the bytes in an eighth of a millisecond, for the look of a row with the focus is that row in
other colours. Higher levels find nothing more."""


class _Kept(msgspec.Struct, frozen=True, array_like=True):
    """A picture as it is read: its bytes are not copied before they are chosen."""

    media: str
    data: memoryview


_encode = msgspec.msgpack.Encoder().encode
_decode_pictures = msgspec.msgpack.Decoder(dict[str, _Kept]).decode


class Cache:
    """The cache in ``folder``, of at most about ``room`` bytes. Every process opens its own; safe between threads."""

    def __init__(self, folder: Path, room: int = ROOM, *, spare: int = SPARE, sweeps: bool = True) -> None:
        """One that does not sweep leaves removing what has gone to others: it takes time from whoever answers."""
        pages = int(_PAGES * room)
        self._pages = Generations(folder / "pages", pages, spare=spare, sweeps=sweeps)
        self._pictures = Generations(folder / "pictures", room - pages, spare=spare, sweeps=sweeps)
        if sweeps:
            threading.Thread(target=_clear, args=(folder,), name="cache-clear", daemon=True).start()

    def get(self, key: bytes) -> PaintedPage | None:
        """What was painted under ``key``; None when it is not there any more, or not whole."""
        data = self._pages.get(key.hex())
        if data is None:
            return None
        try:
            page = decode_page(data)
        except (msgspec.MsgspecError, ValueError):
            return None
        return page if page.key == key else None

    def has(self, key: bytes) -> bool:
        """Whether a page is there under ``key``, as far as its name tells; nothing is read."""
        return self._pages.has(key.hex())

    def asset(self, name: str) -> tuple[str, bytes] | None:
        """Media type and bytes of ``/assets/{name}``; None when it is not there."""
        bundle = bundle_of(name)
        data = self._pictures.get(bundle) if bundle else None
        if data is None:
            return None
        try:
            found = _decode_pictures(zstandard.ZstdDecompressor().decompress(data)).get(name)
        except (zstandard.ZstdError, msgspec.MsgspecError):
            return None
        return None if found is None else (found.media, bytes(found.data))

    def keep(self, pictures: Mapping[str, Picture]) -> bool:
        """Keep pictures whose page is not kept; False when that cannot be."""
        packer = zstandard.ZstdCompressor(level=_LEVEL)
        bundles = _bundles(pictures).items()
        return all(self._pictures.put(bundle, packer.compress(_encode(mine)), anew=False) for bundle, mine in bundles)

    def put(self, page: PaintedPage, pictures: Mapping[str, Picture]) -> bool:
        """Keep a page under its key with all pictures that it names; False when that cannot be."""
        bare = msgspec.structs.replace(page, pictures={})
        return self.keep(pictures) and self._pages.put(page.key.hex(), encode_page(bare))

    def look_anew(self) -> None:
        """Look at the folder as if a while had passed."""
        self._pages.look_anew()
        self._pictures.look_anew()


def _clear(folder: Path) -> None:
    """Remove what versions up to 0.1 left there: generations in which pages and pictures lay together."""
    with suppress(OSError):
        for old in folder.iterdir():
            if _OLD.fullmatch(old.name) and not old.is_symlink():
                shutil.rmtree(old, ignore_errors=True)


def _bundles(pictures: Mapping[str, Picture]) -> dict[str, dict[str, Picture]]:
    """Pictures by what they are kept together with: a page of thirty small ones is one file, not thirty blocks."""
    found: dict[str, dict[str, Picture]] = {}
    for name, picture in pictures.items():
        if bundle := bundle_of(name):
            found.setdefault(bundle, {})[name] = picture
    return found
