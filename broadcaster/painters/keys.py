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
from channel.release.contents import Entry
from channel.release.reading import Release
from channel.release.tree import unit_of

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
    entry: Entry, page: str, estate: str, family: str, ground: bytes, *, item: str = "", words: bytes = b""
) -> bytes:
    """The key of a page's screens, or of its ``item`` whose hash is ``words``; 16 bytes.

    ``family`` is the profile's document key (``channel.profiles.document_key``). The estate counts where the page
    names it, and never for an item.
    """
    named = estate if entry.placed and not item else ""
    said, before = (words, b"") if item else (entry.content, entry.before)
    return _hash(
        page.encode(), said, before, b"%d" % entry.day, family.encode(), ground, named.encode(),
        item.encode(),
    )  # fmt: skip


def script_key(profile: str, ground: bytes) -> bytes:
    """The key of the scripts that every page of ``profile`` names; 16 bytes."""
    return _hash(SCRIPTS[0].encode(), profile.encode(), ground)


def recipe(release: Release, profile: Profile, estate: str, name: str, engine: str) -> Recipe | None:
    """What ``/{profile}/{estate}/{name}`` is painted from; None when the release does not say anything there, or it was
    taken down. Paints nothing. Raises StoreError when a map is damaged."""
    ground = ground_of(engine, release.root.declared)
    if name in SCRIPTS:
        return None if profile.script == "none" else Recipe(script_key(profile.id, ground), "", "", None)
    unit = unit_of(name)
    if unit is None:
        return None
    page, item = unit
    # Items stand with the district.
    entry = release.said(page, DISTRICT if item else estate)
    words = release.item_key(page, item) if item else b""
    if entry is None or words is None:
        return None
    key = document_key(entry, page, estate, family_of(profile), ground, item=item, words=words)
    return Recipe(key, page, item, entry, release.warns(page))


def picture_key(name: str) -> bytes:
    """The key by which painting a picture is asked for; 16 bytes."""
    return _hash(b"picture", name.encode())


def _hash(*parts: bytes) -> bytes:
    return hashlib.blake2b(framed((b"%d" % FORMAT, *parts)), digest_size=16).digest()
