"""What the desk wants of whoever works: sources asked now, and texts brought on air that it could not bring there
itself, because it was killed in between."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from datetime import datetime

from sqlalchemy.exc import SQLAlchemyError

from broadcaster.desk import audit
from broadcaster.desk.air import next_turn, publish
from broadcaster.desk.tables import open_database
from broadcaster.desk.texts import Texts
from channel.folder import Channel
from feeds import asks
from feeds.archive import Archive
from feeds.base.clock import Clock
from feeds.base.errors import ChannelError

_LOG = logging.getLogger(__name__)
EVERY_S = 2.0


class DeskWatch:
    """Call ``tend`` again and again: whenever somebody did something at the desk, the sources that are wanted are asked
    (``ask`` is given their ids), and what is approved is brought to the builder, and so it is when a change of the
    line-up begins or ends. The desk does so itself; this is for when it was not given the time. A channel without a
    desk costs nothing."""

    def __init__(
        self, channel: Channel, archive: Archive, clock: Clock, ask: Callable[[str], object] = lambda source: None
    ) -> None:
        has_desk = any(source.is_desk for source in channel.sources.values())
        self._texts = Texts(open_database(channel.archive_url)) if has_desk else None
        self._publish: Callable[[Texts], object] = lambda texts: publish(texts, archive, channel, clock.now())
        self._clock = clock
        self._seen, self._looked = -1, 0.0
        self._due: datetime | None = None
        self._ask = ask
        self._asked: set[asks.Wish] = set()

    def tend(self) -> None:
        """Look, once in a while. Raises nothing: there is another time."""
        if self._texts is None or time.monotonic() - self._looked < EVERY_S:
            return
        self._looked = time.monotonic()
        try:
            newest = audit.newest(self._texts.engine)
            now = self._clock.now()
            if newest != self._seen or (self._due is not None and self._due <= now):
                self._ask_wanted(self._texts)
                self._publish(self._texts)
                self._due = next_turn(self._texts, now)
                self._seen = newest
        except (ChannelError, SQLAlchemyError):
            _LOG.exception("what the desk says is not brought to the builder")

    def close(self) -> None:
        """Let the database go."""
        if self._texts is not None:
            self._texts.engine.dispose()

    def _ask_wanted(self, texts: Texts) -> None:
        """A wish goes when its source was asked; until then it is ours to know that it is under way."""
        with texts.engine.connect() as connection:
            wanted = set(asks.wanted(connection))
        for wish in wanted - self._asked:
            self._ask(wish.source)
        self._asked = wanted
