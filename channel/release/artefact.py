"""Artefacts: what a box is served, as a list of parts with a media type."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import msgspec
import zstandard

from channel.estates import DISTRICT
from channel.paint.output import MEDIA, Asset, PaintedDocument
from channel.release.objects import ASSET, MAP, PART, key_of
from channel.release.squeeze import gzipped

_ZSTD = b"\x28\xb5\x2f\xfd"
"""What a Zstandard frame begins with (RFC 8878, 3.1.1)."""
_SQUEEZED = frozenset(("text/html", "application/vnd.hbbtv.xhtml+xml", "application/json", "application/javascript"))

Add = Callable[..., bytes]
"""Takes ``(kind, data)`` or ``(kind, data, key)``, stores it and returns its key (``Batch.add`` is one)."""


class Artefact(msgspec.Struct, frozen=True, array_like=True):
    """The descriptor of one file of a release.

    ``parts`` are the keys of its bytes in order, ``size`` the length of what a client ends up with, ``length`` that of
    the stored form (gzip where ``encoding`` says so). ``style`` and ``script`` are CSP hashes, ``assets`` the names it
    refers to. ``valid_until`` is in unix seconds, 0 for open. A redirect has a ``location`` and no parts.
    """

    media: str
    encoding: str
    parts: tuple[bytes, ...]
    size: int
    length: int
    valid_until: int = 0
    style: tuple[str, ...] = ()
    script: tuple[str, ...] = ()
    assets: tuple[str, ...] = ()
    location: str = ""

    @property
    def etag(self) -> str:
        """A strong validator of the stored form, without quotes: equal bytes, equal etag."""
        return key_of(self.media.encode() + b"\n" + b"".join(self.parts) + self.location.encode()).hex()


_THREAD = threading.local()

Sheet = dict[str, Artefact]
"""The artefacts of one page (its screens, or its items) by name."""

encode = msgspec.msgpack.Encoder().encode
_decode_artefact = msgspec.msgpack.Decoder(Artefact).decode
_decode_sheet = msgspec.msgpack.Decoder(dict[str, Artefact]).decode


def encode_sheet(sheet: Sheet) -> bytes:
    """A sheet as it is stored: compressed, for it names each picture two or three times, and in hex."""
    return _squeezer().compress(encode(sheet))


def _squeezer() -> zstandard.ZstdCompressor:
    """This thread's compressor: to set one up costs more than a sheet."""
    found: zstandard.ZstdCompressor | None = getattr(_THREAD, "squeezer", None)
    if found is None:
        found = _THREAD.squeezer = zstandard.ZstdCompressor(level=1)
    return found


def decode_sheet(data: bytes) -> Sheet:
    """The inverse of ``encode_sheet``; sheets of stores from before they were compressed are read too."""
    return _decode_sheet(zstandard.ZstdDecompressor().decompress(data) if data.startswith(_ZSTD) else data)


def add_document(add: Add, document: PaintedDocument, valid_until: int = 0) -> Artefact:
    """Store a document's body through ``add`` and return its descriptor."""
    common: dict[str, Any] = {
        "valid_until": valid_until,
        "style": document.style,
        "script": document.script,
        "assets": tuple(sorted(document.assets)),
        "location": document.location,
    }
    if document.location:
        return Artefact(document.media, "", (), 0, 0, **common)
    body, squeezed = document.body, _squeezed(document.media)
    parts = gzipped(body, document.shared) if squeezed else ((body, key_of(body)),)
    return _stored(add, document.media, parts, len(body), common)


def add_asset(add: Add, asset: Asset) -> str:
    """Store an asset's parts and its descriptor through ``add``; returns the name under ``/assets/``."""
    name, media = asset.name, MEDIA[asset.ext]
    keys = map(bytes.fromhex, asset.digests) if asset.digests else map(key_of, asset.parts)
    parts = gzipped(asset.body) if _squeezed(media) else tuple(zip(asset.parts, keys, strict=True))
    add(ASSET, encode(_stored(add, media, parts, sum(map(len, asset.parts)), {})), asset_key(name))
    return name


def _squeezed(media: str) -> bool:
    """Whether what has this media type is stored compressed."""
    return media.partition(";")[0] in _SQUEEZED


def _stored(
    add: Add, media: str, parts: tuple[tuple[bytes, bytes], ...], size: int, common: Mapping[str, Any]
) -> Artefact:
    """The descriptor of what is stored: ``parts`` with their keys, ``size`` bytes for a client."""
    keys = tuple([add(PART, part, key) for part, key in parts])
    length = sum([len(part) for part, _ in parts])
    return Artefact(media, "gzip" if _squeezed(media) else "", keys, size, length, **common)


def asset_key(name: str) -> bytes | None:
    """The key in the name of an asset (``{32 hex}.{ext}``); None for a name that is not one."""
    digits, dot, ext = name.partition(".")
    if not dot or ext not in MEDIA or len(digits) != 32 or not digits.isascii() or digits != digits.lower():
        return None
    try:
        return bytes.fromhex(digits)
    except ValueError:
        return None


def decode_asset(data: bytes) -> Artefact:
    """An asset's descriptor as ``add_asset`` stored it."""
    return _decode_artefact(data)


class Pressed(msgspec.Struct, array_like=True):
    """Documents and assets turned into objects and sheets, ready to travel from a worker to the store.

    ``objects`` are (kind, key, data), each once; ``sheets`` are (scope, group, key of the sheet).
    """

    objects: list[tuple[int, bytes, bytes]] = []
    sheets: list[tuple[str, str, bytes]] = []


class Press:
    """Collects what a worker makes. Heavy work (compression, hashes) is done here, away from the store."""

    def __init__(self) -> None:
        self.pressed = Pressed()
        self._seen: set[tuple[int, bytes]] = set()
        self._named: set[str] = set()

    def add(self, kind: int, data: bytes, key: bytes | None = None) -> bytes:
        """Keep an object for the journey."""
        key = key_of(data) if key is None else key
        if (kind, key) not in self._seen:
            self._seen.add((kind, key))
            self.pressed.objects.append((kind, key, data))
        return key

    def assets(self, assets: Mapping[str, Asset]) -> None:
        """Keep those assets, by name, that this press does not have already."""
        for name in [name for name in assets if name not in self._named]:
            self._named.add(name)
            if asset_key(name) is not None:
                add_asset(self.add, assets[name])

    def documents(self, scope: str, page: str, documents: Iterable[PaintedDocument], valid_until: int = 0) -> None:
        """Keep the whole of a page for one scope: its screens, and in the district's scope its items."""
        for group, sheet in sheets_of(self.add, page, documents, valid_until).items():
            if scope == DISTRICT or not group.startswith("i/"):
                self.pressed.sheets.append((scope, group, self.add(MAP, encode_sheet(sheet))))


def sheets_of(add: Add, page: str, documents: Iterable[PaintedDocument], valid_until: int) -> dict[str, Sheet]:
    """The documents of a page by group (``201`` its screens, ``i/201`` its items), names in order."""
    sheets: dict[str, Sheet] = {page: {}}
    for document in sorted(documents, key=lambda d: d.name):
        group = f"i/{page}" if document.name.startswith("i/") else page
        sheets.setdefault(group, {})[document.name] = add_document(add, document, valid_until)
    return sheets
