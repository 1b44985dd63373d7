"""What painting a page gives: documents with addresses, assets named by their content, and findings for the editor."""

from __future__ import annotations

import hashlib
import html
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Literal

import msgspec

from channel.words import Remark

MEDIA = {
    "html": "text/html",
    "xhtml": "application/vnd.hbbtv.xhtml+xml",
    "json": "application/json",
    "png": "image/png",
    "jpg": "image/jpeg",
    "js": "application/javascript",
}
"""Media types by the ending of an address (``.js`` as old boxes know it)."""


def digest(data: bytes) -> str:
    """BLAKE2b-128 of ``data`` as 32 hex digits: the name of a part and of everything made of parts."""
    return hashlib.blake2b(data, digest_size=16).hexdigest()


@lru_cache(maxsize=20_000)
def escape(text: str) -> str:
    """``text`` for an attribute's value in quotes."""
    return html.escape(text)


@lru_cache(maxsize=20_000)
def words(text: str) -> str:
    """``text`` for the content of an element."""
    return html.escape(text, quote=False)


class Asset(msgspec.Struct, frozen=True):
    """An immutable file named by its content. Its bytes are ``parts`` joined; ``ext`` is the ending of its name.

    ``known`` and ``digests`` are its name and those of the parts, where whoever made the asset has worked them out.
    """

    parts: tuple[bytes, ...]
    ext: str
    known: str = ""
    digests: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """``{hash}.{ext}``; the hash is that of the parts' hashes, so known parts need not be joined to name it."""
        return self.known or asset_name(self.digests or [digest(part) for part in self.parts], self.ext)

    @property
    def body(self) -> bytes:
        """The file's bytes."""
        return b"".join(self.parts)


def asset_name(digests: Sequence[str], ext: str) -> str:
    """The name of an asset whose parts have these digests."""
    return f"{digest(bytes.fromhex(''.join(digests)))}.{ext}"


class PaintedDocument(msgspec.Struct, frozen=True, kw_only=True):
    """One addressed file of a page: ``201.html``, ``201-2.html``, ``i/201.h17.html``, ``201.json``.

    ``name`` is relative to ``/{profile}/{estate}/``. ``style`` holds the CSP hashes of its style blocks
    (``sha256-…``), ``script`` those of its declared inline commands, ``assets`` the names it refers to, ``targets`` the
    neutral targets of its links (see ``channel.views.content``). A redirect has no body: ``location`` is relative.
    ``shared`` is how many bytes of the body's beginning are likely to begin other documents too.
    """

    name: str
    media: str
    body: bytes
    style: tuple[str, ...] = ()
    script: tuple[str, ...] = ()
    assets: tuple[str, ...] = ()
    targets: tuple[str, ...] = ()
    location: str = ""
    shared: int = 0


class Finding(Remark, frozen=True, kw_only=True):
    """Something that preflight found. A ``fault`` keeps the page off air, a ``warning`` is shown to the editor."""

    level: Literal["fault", "warning"]
    page: str
    screen: int
    element: str


class Rendered(msgspec.Struct, frozen=True, kw_only=True):
    """A page (its screens and its items) for one estate and one profile; ``valid_until`` is when it must be looked at
    again."""

    page: str
    scope: Literal["district", "estate"]
    documents: tuple[PaintedDocument, ...]
    assets: Mapping[str, Asset]
    findings: tuple[Finding, ...] = ()
    valid_until: datetime | None = None

    @property
    def sound(self) -> bool:
        """Whether nothing keeps the page off air."""
        return not any(finding.level == "fault" for finding in self.findings)


def sized(documents: Sequence[PaintedDocument], assets: Mapping[str, Asset]) -> int:
    """Bytes of documents and assets together."""
    return sum(len(d.body) for d in documents) + sum(len(p) for a in assets.values() for p in a.parts)
