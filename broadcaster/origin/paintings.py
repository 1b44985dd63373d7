"""What an origin has painted: found where somebody looked before, else painted while the box waits."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping
from pathlib import Path

import msgspec

from broadcaster.painters import (
    ASSETS,
    BOX,
    WARNING,
    Ask,
    Cache,
    Line,
    PaintedFile,
    PaintedPage,
    Picture,
    picture_key,
    recipe,
)
from broadcaster.painters.keys import Recipe
from channel.memory import Shelf
from channel.paint.pictures import NO_ITEM, PictureOf, item_of, named
from channel.profiles.profile import Profile
from channel.profiles.terminals import TERMINALS
from channel.release.reading import Release

_CAME, _PICTURES = 16, 512
"""Pages and pictures that just came and are about to be answered, however little the cache takes."""

EXPIRED_S = 120.0
"""What said something else so long ago is not shown any more, not even for two seconds: a board of two minutes ago."""


class NotPainted(Exception):
    """An address that the release says something at, and that is not painted yet; ``ask`` has it painted."""

    def __init__(self, ask: Ask) -> None:
        super().__init__(f"{ask.profile}/{ask.estate}/{ask.name} is not painted yet")
        self.ask = ask


class Paintings:
    """What was painted for ``profiles`` by those whom ``line`` leads to. For one worker and all its threads."""

    def __init__(self, profiles: Mapping[str, Profile], engine: str, folder: Path, line: Line) -> None:
        self.profiles = profiles
        self.line = line
        self._engine = engine
        self._cache = Cache(folder, sweeps=False)
        self._lock = threading.Lock()
        self._came: Shelf[PaintedPage] = Shelf(_CAME)
        self._pictures: Shelf[Picture] = Shelf(_PICTURES)

    def recipe(self, release: Release, profile: str, estate: str, name: str) -> Recipe | None:
        """What an address is painted from; None when the release has none of that name. Paints nothing. Raises
        StoreError when a map is damaged."""
        return recipe(release, TERMINALS.get(profile) or self.profiles[profile], estate, name, self._engine)

    def document(self, release: Release, profile: str, estate: str, name: str) -> tuple[PaintedFile, int] | None:
        """The document of an address, and until when it holds (unix seconds, 0 for ever); None when the release has
        none of that name.

        Raises NotPainted when it has to be painted first, StoreError when a map is damaged.
        """
        found = self.recipe(release, profile, estate, name)
        if found is None:
            return None
        page = self._page(found.key)
        if page is None:
            raise NotPainted(ask_for(found, release, profile, estate, name))
        file = page.documents.get(name)
        return None if file is None else (file, found.entry.until if found.entry else 0)

    def has(self, key: bytes) -> bool:
        """Whether what a recipe of that key gives is there."""
        return self._cache.has(key)

    def earlier(self, releases: Iterable[Release], profile: str, estate: str, name: str, now: float) -> Stale | None:
        """The document of an address as the first of these ``releases`` that was painted says it: for whom nothing
        newer is there in time. None for alerts, and for what had expired by ``now``, when the release on air was
        published (unix seconds)."""
        for release in releases:
            found = self.recipe(release, profile, estate, name)
            if found is None or found.warning or found.entry is None:
                return None
            page = self._page(found.key)
            file = page.documents.get(name) if page else None
            if file is not None:
                return None if has_expired(found.entry.until, now) else Stale(release.id, file)
        return None

    def picture(self, release: Release, name: str) -> tuple[str, bytes] | None:
        """Media type and bytes of a picture by its name; None for a name that we do not give, and for a picture of
        what was taken down. Raises NotPainted when it is not there."""
        of = named(name)
        if of is None or (isinstance(of, PictureOf) and _is_denied(of, release)):
            return None
        kept = self._cache.asset(name)
        if kept is not None:
            return kept
        with self._lock:
            came = self._pictures.find(name)
        if came is None:
            raise NotPainted(Ask(0, picture_key(name), release.id, ASSETS, "", name))
        return came.media, came.data

    def take(self, page: PaintedPage) -> None:
        """A page that was just painted for somebody who waits: found even where the cache could not keep it."""
        with self._lock:
            self._came.put(page.key, page)
            for name, picture in page.pictures.items():
                self._pictures.put(name, picture)

    def _page(self, key: bytes) -> PaintedPage | None:
        with self._lock:
            page = self._came.find(key)
        return page or self._cache.get(key)


class Stale(msgspec.Struct, frozen=True):
    """A document as an earlier release had it."""

    release: str
    file: PaintedFile


def has_expired(until: int, now: float) -> bool:
    """Whether what held ``until`` then (0: for ever) is not to be shown at ``now`` any more, not even briefly."""
    return 0 < until <= now - EXPIRED_S


def ask_for(found: Recipe, release: Release, profile: str, estate: str, name: str, urgency: int = BOX) -> Ask:
    """What to ask painters for; alerts go before all others."""
    return Ask(0, found.key, release.id, profile, estate, name, WARNING if found.warning else urgency)


def _is_denied(of: PictureOf, release: Release) -> bool:
    if release.denies(of.page):
        return True
    items = (unit.partition(".") for unit in release.denied)
    return of.item != NO_ITEM and any(page == of.page and item and item_of(item) == of.item for page, _, item in items)
