"""A worker notices that another release is on air, and takes it up between two requests."""

from __future__ import annotations

import logging
import threading
import time
from typing import Protocol

from broadcaster.origin.paintings import Paintings
from broadcaster.origin.ready import OnAir
from broadcaster.origin.view import ServedRelease, Terms
from channel.release.reading import Release
from feeds.base.errors import ChannelError

_LOG = logging.getLogger(__name__)
INTERVAL_S = 0.1
"""Reading one small file ten times a second keeps every worker within 200 ms of a publication."""
COMPLAIN_S = 30.0


class Store(Protocol):
    """The store, as far as following it goes."""

    def current_id(self) -> str:
        """The id of the release on air; empty before the first. Cheap."""

    def current(self) -> Release | None:
        """The release on air."""


class Watch:
    """Keeps ``views.current`` at what the store has on air. A store that is gone changes nothing for a box."""

    def __init__(self, store: Store, views: OnAir, terms: Terms, paintings: Paintings) -> None:
        self._store = store
        self._views = views
        self._terms = terms
        self._paintings = paintings
        self._complained = -COMPLAIN_S

    def look(self) -> bool:
        """Take up another release if there is one; whether there was. Never raises what the store raises."""
        before = self._views.current
        try:
            ident = self._store.current_id()
            if not ident or (before is not None and before.id == ident):
                return False
            release = self._store.current()
            if release is None or (before is not None and before.id == release.id):
                return False
            self._views.current = ServedRelease(release, self._terms, self._paintings, before)
        except (ChannelError, OSError) as error:
            if time.monotonic() - self._complained > COMPLAIN_S:
                self._complained = time.monotonic()
                _LOG.error("the store cannot be read", extra={"error": str(error)})
            return False
        _LOG.info("release taken up", extra={"release": self._views.current.id})
        return True

    def start(self) -> threading.Thread:
        """Look ten times a second from a thread of its own."""

        def work() -> None:
            while True:
                time.sleep(INTERVAL_S)
                self.look()

        thread = threading.Thread(target=work, name="release-watch", daemon=True)
        thread.start()
        return thread
