"""Pictures of the television for the desk, from the painters that paint for boxes: these always go first.

What is on air or was is asked for by its recipe, and often lies painted already; what a text or the future would say is
handed over as words. Where no painters are, or for another theme, it is painted here, one at a time.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import msgspec

from broadcaster.desk.scene import Sight
from broadcaster.painters import CHECK, Ask, Cache, Client, PaintedPage, recipe
from broadcaster.places import PAINTED
from broadcaster.preview.studio import Studio
from channel.fingerprint import engine
from channel.keys import framed
from channel.memory import Shelf
from channel.views.words import item_words, words_of
from feeds.base.errors import BusyError, NotFound

WAITING = 6
"""Requests of this process that may wait for painters: as many as a browser makes at once, and fewer than there are
threads for all else."""
_PATIENCE_S = 20.0
_KEPT = 256
"""Pictures, of some twenty kilobytes each."""


class Easel:
    """Gives pictures of the boxes without a browser. Safe to share among threads."""

    def __init__(self, studio: Studio, waiting: int = WAITING) -> None:
        self._studio = studio
        self._channel = studio.channel
        self._cache = Cache(self._channel.state / PAINTED, sweeps=False)
        self._room = threading.BoundedSemaphore(waiting)
        self._lock = threading.Lock()
        self._kept: Shelf[bytes] = Shelf(_KEPT)

    def picture(self, sight: Sight) -> bytes:
        """The picture (PNG) of a screen. Raises NotFound, RenderError, and BusyError where too many wait."""
        scene = sight.scene
        self._studio.check(scene.profile, scene.estate)
        if self._studio.profiles[scene.profile].kind != "bitmap":
            raise NotFound(f"profile: found {scene.profile!r}, which has no pictures")
        with self._waiting():
            ask = None if sight.look.theme else self._ask(sight)
            if ask is None:
                return self._here(sight)
            key = (ask.key, scene.screen)
            with self._lock:
                known = self._kept.find(key)
            if known is None:
                known = self._asked(sight, ask) or self._here(sight)
                with self._lock:
                    self._kept.put(key, known)
            return known

    def _asked(self, sight: Sight, ask: Ask) -> bytes | None:
        """From the cache, or from painters; None where there are none. Raises NotFound, BusyError."""
        page = None if ask.words else self._cache.get(ask.key)
        found = page and self._found(sight, page)
        if found:
            return found
        client = Client(self._channel.state, patience=_PATIENCE_S)
        try:
            # After boxes, which wait for one painting at most; the warmer's turn may never come on a busy machine.
            answer = client.ask(
                msgspec.structs.replace(ask, urgency=CHECK, asker="desk", within=_PATIENCE_S, pictures=True)
            )
        finally:
            client.close()
        if answer.status in ("late", "full"):
            raise BusyError("the painters have more urgent work", hint="ask again in a moment")
        return self._found(sight, answer.page) if answer.page else None

    def _found(self, sight: Sight, page: PaintedPage) -> bytes | None:
        file = page.documents.get(sight.scene.document("png"))
        if file is None:
            raise NotFound(f"document: found {sight.scene.document('png')!r}, which no page has")
        name = file.location.rpartition("/")[2]
        if name in page.pictures:
            return bytes(page.pictures[name].data)
        kept = self._cache.asset(name)
        return bytes(kept[1]) if kept else None

    def _here(self, sight: Sight) -> bytes:
        scene, look = sight.scene, sight.look
        rendered = self._studio.page(scene.page, scene.estate, scene.profile, look, scene.item)
        for document in rendered.documents:
            if document.name == scene.document("png") and document.location:
                return rendered.assets[document.location.rpartition("/")[2]].body
        raise NotFound(f"document: found {scene.document('png')!r}, which no page has")

    def _ask(self, sight: Sight) -> Ask | None:
        """What painters are asked for; None where they cannot know of it."""
        scene, studio = sight.scene, self._studio
        name, profile = scene.document("html"), studio.profiles[scene.profile]
        if sight.look.release:
            release = studio.aired.release(sight.look.release)
            found = recipe(release, profile, scene.estate, name, engine())
            if found is None:
                raise NotFound(f"document: found {name!r}, which release {release.id} does not have")
            return Ask(0, found.key, release.id, scene.profile, scene.estate, name)
        current = studio.aired.current()
        if current is None or not studio.aired.is_own(current):
            return None
        content, day = studio.content(scene.page, scene.estate, sight.look)
        item = next((one for one in content.items if one.id == scene.item), None)
        if scene.item and item is None:
            raise NotFound(f"item: found {scene.item!r}, which is not on page {scene.page}")
        words = item_words(item, content) if item else words_of(content)
        named = (words, b"%d" % day, name.encode(), scene.estate.encode(), scene.profile.encode())
        key = hashlib.blake2b(framed((b"drafted", current.root.declared.encode(), engine().encode(), *named)),
                              digest_size=16).digest()  # fmt: skip
        return Ask(0, key, current.id, scene.profile, scene.estate, name, kept=False, words=words, day=day)

    @contextmanager
    def _waiting(self) -> Iterator[None]:
        if not self._room.acquire(blocking=False):
            raise BusyError("too many pictures are asked for at once", hint="ask again in a moment")
        try:
            yield
        finally:
            self._room.release()
