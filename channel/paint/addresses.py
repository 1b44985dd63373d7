"""Addresses: neutral targets become relative references, the same for the origin, an edge, a folder and a carousel."""

from __future__ import annotations

from functools import lru_cache

import msgspec

HOME = "100"
ALERTS = "900"
SWITCH = "~"
"""Begins the target of the yellow key: the same page in the other text size (``~201``)."""
SCRIPTS = ("remote.js", "later.js")
"""The remote's scripts, in the folder of each estate. Their names are the same for all families of boxes and all
releases, so families that differ in their keys alone share their documents, and a page outlives their change."""


class DocumentAddress(msgspec.Struct, frozen=True, gc=False):
    """Where a document stands: a page or an item of it, which screen, the ending of the profile's documents."""

    page: str
    item: str = ""
    screen: int = 1
    ext: str = "html"

    @property
    def name(self) -> str:
        """The address relative to ``/{profile}/{estate}/``: ``201-2.html``, ``i/201.h17.html``."""
        return document(self.page, self.item, self.screen, self.ext)

    @property
    def base(self) -> str:
        """The way from this document to the folder of its estate."""
        return "../" if self.item else ""

    @property
    def root(self) -> str:
        """The way from this document to the root."""
        return self.base + "../../"

    @property
    def scripts(self) -> tuple[str, ...]:
        """The references to the remote's scripts."""
        return tuple(self.base + name for name in SCRIPTS)

    def asset(self, name: str) -> str:
        """The reference to an asset."""
        return f"{self.root}assets/{name}"

    def screen_href(self, number: int, ext: str = "") -> str:
        """The reference to another screen of this page or item."""
        name = document(self.page, self.item, number, ext or self.ext)
        return name.removeprefix("i/") if self.item else name

    def href(self, to: str, live: str = "", switch: str = "") -> str:
        """The reference to a target; ``live`` is the operator's address of television, ``switch`` the profile with the
        other text size (the entry finds the way there, for a page of the district does not know its estate)."""
        return _href(bool(self.item), self.ext, to, live, switch)


@lru_cache(maxsize=20_000)
def _href(inside: bool, ext: str, to: str, live: str, switch: str) -> str:
    """The reference from a page, or from ``inside`` the folder of items."""
    base = "../" if inside else ""
    if to == "live":
        return live or "#"
    if to.startswith(SWITCH):
        return f"{base}../../?profile={switch}&page={to[1:]}{'&ext=json' if ext == 'json' else ''}"
    if to.startswith("@"):
        estate, _, page = to[1:].partition("/")
        return f"{base}../{estate}/{page}.{ext}"
    target, _, focus = to.partition("#")
    page, _, item = target.partition(".")
    fragment = f"#f={focus}" if focus else ""
    name = document(page, item, 1, ext)
    if inside and item:
        return name.removeprefix("i/") + fragment
    return base + name + fragment


def document(page: str, item: str, screen: int, ext: str) -> str:
    """The name of a document relative to its estate's folder."""
    more = f"-{screen}" if screen > 1 else ""
    return f"i/{page}.{item}{more}.{ext}" if item else f"{page}{more}.{ext}"
