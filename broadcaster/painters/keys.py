"""The name of what is painted, worked out before anything is: same name, same bytes, on every origin.

A page's screens are one thing with one key, each of its items another, a profile's ``remote.js`` a third. A key names
all that the bytes come from: what is said (the content and the one before, which stands in for it where it fails its
checks; the item), the day by which the header says 昨天, the box family, the estate where the page names it, and the
ground: the engine and the declarations of the release.
"""

from __future__ import annotations

import hashlib
from typing import NamedTuple

from channel.estates import DISTRICT
from channel.fingerprint import framed
from channel.profiles import Profile
from channel.profiles import document_key as family_of
from channel.release.contents import Entry
from channel.release.reading import Release
from channel.release.tree import REMOTE, group_of, unit_of

FORMAT = 1
"""Of what lies in the cache under a key; another one, and nothing old is found."""


class Recipe(NamedTuple):
    """What has to be painted for an address. ``item`` is empty for a page's screens, ``page`` too for the script;
    ``entry`` is what is said there (None for the script). A ``warning`` page shows alerts and goes first."""

    key: bytes
    page: str
    item: str
    entry: Entry | None
    warning: bool = False


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
    before = b"" if item else entry.before
    return _hash(
        page.encode(), entry.content, before, b"%d" % entry.day, family.encode(), ground, named.encode(),
        item.encode(), words,
    )  # fmt: skip


def script_key(profile: str, ground: bytes) -> bytes:
    """The key of the script that every page of ``profile`` names; 16 bytes."""
    return _hash(REMOTE.encode(), profile.encode(), ground)


def recipe(release: Release, profile: Profile, estate: str, name: str, engine: str) -> Recipe | None:
    """What ``/{profile}/{estate}/{name}`` is painted from; None when the release does not say anything there, or it was
    taken down. Paints nothing. Raises StoreError when a map is damaged."""
    group = group_of(name)
    if group is None:
        return None
    ground = ground_of(engine, release.root.declared)
    if group == REMOTE:
        return None if profile.script == "none" else Recipe(script_key(profile.id, ground), "", "", None)
    page, _, item = unit_of(name).partition(".")
    # Items stand with the district.
    entry = release.said(page, DISTRICT if item else estate)
    words = release.item_key(page, item) if item else b""
    if entry is None or words is None:
        return None
    key = document_key(entry, page, estate, family_of(profile), ground, item=item, words=words)
    return Recipe(key, page, item, entry, page in release.root.warnings)


def _hash(*parts: bytes) -> bytes:
    return hashlib.blake2b(framed((b"%d" % FORMAT, *parts)), digest_size=16).digest()
