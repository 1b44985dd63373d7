"""The name of what is painted, worked out before anything is: same name, same bytes, on every origin.

A page's screens are one thing with one key, each of its items another, a profile's scripts a third. A key names
all that the bytes come from: what is said (the content and the one before, which stands in for it where it fails its
checks; the item), the day by which the header says 昨天, the box family, the estate where the page names it, and the
ground: the engine and the declarations of the release.
"""

from __future__ import annotations

import hashlib
from functools import lru_cache
from typing import NamedTuple

from channel.estates import DISTRICT
from channel.keys import framed
from channel.paint.addresses import SCRIPTS
from channel.profiles import Profile
from channel.profiles import document_key as family_of
from channel.profiles.terminals import PORTAL, Terminal
from channel.release.contents import Entry
from channel.release.reading import Release
from channel.release.tree import unit_of
from channel.telling import warned

FORMAT = 2
"""Of what lies in the cache under a key; another one, and nothing old is found."""


class Recipe(NamedTuple):
    """What has to be painted for an address. ``item`` is empty for a page's screens, ``page`` too for the script;
    ``entry`` is what is said there (None for the script). A ``warning`` page shows alerts and goes first."""

    key: bytes
    page: str
    item: str
    entry: Entry | None
    warning: bool = False


@lru_cache(maxsize=64)
def ground_of(engine: str, declared: str) -> bytes:
    """The name of all that painting stands on: the engine (``channel.fingerprint.engine``) and the declarations
    (``Root.declared``)."""
    return _hash(engine.encode(), declared.encode())


def document_key(
    entry: Entry,
    page: str,
    estate: str,
    family: str,
    ground: bytes,
    *,
    item: str = "",
    words: bytes = b"",
    beside: tuple[bytes, ...] = (),
) -> bytes:
    """The key of a page's screens, or of its ``item`` whose hash is ``words``; 16 bytes.

    ``family`` is the profile's document key (``channel.profiles.document_key``), or a terminal's id. The estate counts
    where the page names it, and never for an item; ``beside`` is what else a terminal's documents say.
    """
    named = estate if entry.placed and not item else ""
    said, before = (words, b"") if item else (entry.content, entry.before)
    return _hash(
        page.encode(), said, before, b"%d" % entry.day, family.encode(), ground, named.encode(),
        item.encode(), *beside,
    )  # fmt: skip


def script_key(profile: str, ground: bytes) -> bytes:
    """The key of the scripts that every page of ``profile`` names; 16 bytes."""
    return _hash(SCRIPTS[0].encode(), profile.encode(), ground)


def recipe(release: Release, family: Profile | Terminal, estate: str, name: str, engine: str) -> Recipe | None:
    """What ``/{profile}/{estate}/{name}`` is painted from, or a terminal's document of that name; None when the release
    does not say anything there, or it was taken down. Paints nothing. Raises StoreError when a map is damaged."""
    ground = ground_of(engine, release.root.declared)
    if name in _files(family):
        return Recipe(script_key(family.id, ground), "", "", None)
    unit = unit_of(name)
    if unit is None:
        return None
    page, item = unit
    # Items stand with the district.
    place = DISTRICT if item else estate
    entry = release.said(page, place)
    words = release.item_key(page, item) if item else b""
    if entry is None or words is None:
        return None
    if isinstance(family, Terminal):
        known, beside = family.id, _beside(release, family, place, entry)
    else:
        known, beside = family_of(family), ()
    key = document_key(entry, page, estate, known, ground, item=item, words=words, beside=beside)
    return Recipe(key, page, item, entry, release.warns(page))


def _files(family: Profile | Terminal) -> tuple[str, ...]:
    """The documents of a family, or a terminal, that come from the declarations alone."""
    if isinstance(family, Terminal):
        return family.files
    return () if family.script == "none" else SCRIPTS


def _beside(release: Release, terminal: Terminal, estate: str, entry: Entry) -> tuple[bytes, ...]:
    """What a terminal's documents say beside their page: the portal names the estate on all, with the alert that is in
    force there; the interface says until when."""
    if terminal.id != PORTAL:
        return (b"%d" % entry.until,)
    told = warned(release, estate)
    return estate.encode(), release.alert(estate), told.content if told else b""


def picture_key(name: str) -> bytes:
    """The key by which painting a picture is asked for; 16 bytes."""
    return _hash(b"picture", name.encode())


def _hash(*parts: bytes) -> bytes:
    return hashlib.blake2b(framed((b"%d" % FORMAT, *parts)), digest_size=16).digest()
