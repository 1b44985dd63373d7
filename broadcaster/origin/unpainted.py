"""Pages of profiles that nobody painted ahead: what was painted lately, else it is painted while the box waits."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping
from pathlib import Path

import msgspec

from broadcaster.painters import BOX, WARNING, Ask, Cache, Line, PaintedFile, PaintedPage, recipe
from channel.memory import Shelf
from channel.profiles.profile import Profile
from channel.release.reading import Release

_CAME = 16
"""Pages that just came and are about to be answered, however little the cache takes."""
_PICTURES = 4096
"""Pictures of which it is known what document they belong to: one that is lost is painted again."""


class NotPainted(Exception):
    """An address that the release says something at, and that is not painted yet; ``ask`` has it painted."""

    def __init__(self, ask: Ask) -> None:
        super().__init__(f"{ask.profile}/{ask.estate}/{ask.name} is not painted yet")
        self.ask = ask


class Unpainted:
    """What is painted when somebody looks, by those whom ``line`` leads to. For one worker and all its threads."""

    def __init__(self, profiles: Mapping[str, Profile], engine: str, folder: Path, line: Line) -> None:
        self.profiles = profiles
        self.line = line
        self._engine = engine
        self._cache = Cache(folder)
        self._lock = threading.Lock()
        self._came: Shelf[PaintedPage] = Shelf(_CAME)
        self._from: Shelf[Ask] = Shelf(_PICTURES)

    @property
    def offered(self) -> Iterable[str]:
        """The profiles to lead boxes to: none while nobody paints."""
        return self.profiles if self.line.fileno() >= 0 else ()

    def document(self, release: Release, profile: str, estate: str, name: str) -> PaintedFile | None:
        """The document of an address, with until when it holds; None when the release has none of that name.

        Raises NotPainted when it has to be painted first, StoreError when a map is damaged.
        """
        found = recipe(release, self.profiles[profile], estate, name, self._engine)
        if found is None:
            return None
        ask = Ask(0, found.key, release.id, profile, estate, name, WARNING if found.warning else BOX)
        with self._lock:
            page = self._came.find(found.key)
        page = page or self._cache.get(found.key)
        if page is None:
            raise NotPainted(ask)
        with self._lock:
            for picture in page.assets:
                self._from.put(picture, ask)
        file = page.documents.get(name)
        if file is None or found.entry is None or not found.entry.until:
            return file
        artefact = msgspec.structs.replace(file.artefact, valid_until=found.entry.until)
        return PaintedFile(artefact, file.stored)

    def picture(self, name: str) -> tuple[str, bytes] | None:
        """Media type and bytes of a picture that a painted document names; None for one that nobody heard of here.

        Raises NotPainted when it was lost since its document was given out.
        """
        kept = self._cache.asset(name)
        if kept is not None:
            return kept
        with self._lock:
            ask = self._from.find(name)
            came = self._came.find(ask.key) if ask is not None else None
        if ask is None:
            return None
        if came is None or name not in came.pictures:
            raise NotPainted(msgspec.structs.replace(ask, pictures=True))
        return came.pictures[name].media, came.pictures[name].data

    def take(self, page: PaintedPage) -> None:
        """A page that was just painted for somebody who waits: found even where the cache could not keep it."""
        with self._lock:
            self._came.put(page.key, page)
