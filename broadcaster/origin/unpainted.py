"""Pages of profiles that nobody painted ahead: looked up in what was painted lately, else painted while the box waits."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import msgspec

from broadcaster.painters import BOX, WARNING, Ask, Cache, PaintedFile, PaintedPage, Recipe, recipe
from channel.profiles.profile import Profile
from channel.release.reading import Release


class NotPainted(Exception):
    """An address that the release says something at, and that is not painted yet; ``ask`` has it painted."""

    def __init__(self, ask: Ask) -> None:
        super().__init__(f"{ask.profile}/{ask.estate}/{ask.name} is not painted yet")
        self.ask = ask


class Unpainted:
    """What is painted when somebody looks. For one worker."""

    def __init__(self, profiles: Mapping[str, Profile], engine: str, folder: Path) -> None:
        self.profiles = profiles
        self._engine = engine
        self._cache = Cache(folder)
        self._came: PaintedPage | None = None

    def recipe(self, release: Release, profile: str, estate: str, name: str) -> Recipe | None:
        """What is painted from what at an address; None when there is nothing. Paints nothing. Raises StoreError."""
        return recipe(release, self.profiles[profile], estate, name, self._engine)

    def document(self, release: Release, profile: str, estate: str, name: str) -> PaintedFile | None:
        """The document of an address, with until when it holds; None when the release has none of that name.

        Raises NotPainted when it has to be painted first, StoreError when a map is damaged.
        """
        found = self.recipe(release, profile, estate, name)
        if found is None:
            return None
        page = self._painted(found.key)
        if page is None:
            urgency = WARNING if found.warning else BOX
            raise NotPainted(Ask(0, found.key, release.id, profile, estate, name, urgency))
        file = page.documents.get(name)
        if file is None or found.entry is None or not found.entry.until:
            return file
        artefact = msgspec.structs.replace(file.artefact, valid_until=found.entry.until)
        return PaintedFile(artefact, file.stored)

    def asset(self, name: str) -> tuple[str, bytes] | None:
        """Media type and bytes of a picture that a painted document names."""
        if self._came is not None and name in self._came.pictures:
            picture = self._came.pictures[name]
            return picture.media, picture.data
        return self._cache.asset(name)

    def take(self, page: PaintedPage) -> None:
        """A page that was just painted for somebody who waits: found even where the cache could not keep it."""
        self._came = page

    def _painted(self, key: bytes) -> PaintedPage | None:
        if self._came is not None and self._came.key == key:
            return self._came
        return self._cache.get(key)
