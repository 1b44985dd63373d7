"""Every source as an operator looks at it: in which state, since when, when it is asked next, and who holds it."""

from __future__ import annotations

from collections import Counter
from datetime import datetime

import msgspec
from sqlalchemy import Engine

from broadcaster.station.timing import trigger
from channel.folder import Channel
from channel.words import N_
from feeds import asks, holds
from feeds.archive import Archive, SourceState
from feeds.asks import Wish
from feeds.base.errors import NotFound, PersonError
from feeds.holds import Hold
from feeds.pasts import Past
from feeds.source import Freshness, Source, aged

STATES = {
    Freshness.FRESH: N_("Fresh"), Freshness.LATE: N_("Late"), Freshness.STALE: N_("Stale"),
    Freshness.EXPIRED: N_("Expired: off the pages"), Freshness.NEVER: N_("Nothing came yet"),
}  # fmt: skip
OUTCOMES = {
    "changed": N_("Something new"), "unchanged": N_("The same as before"), "failed": N_("Nothing readable came"),
    "kept": N_("Not believed: the last good stays"),
}  # fmt: skip


class Watched(msgspec.Struct, frozen=True, kw_only=True):
    """A source; ``last`` is the newest that it said, ``items`` of it wait for an editor, ``asked_next`` is None while
    nobody knows."""

    source: Source
    state: Freshness
    how: SourceState
    last: Past | None
    asked_next: datetime | None
    hold: Hold | None
    wish: Wish | None
    items: int

    @property
    def words(self) -> str:
        """Its state, as a sentence of the catalogue."""
        return N_("Held") if self.hold else STATES[self.state]


def watched(channel: Channel, archive: Archive, engine: Engine, now: datetime) -> list[Watched]:
    """Every source that is gathered, in the order of its file."""
    sources = {ident: source for ident, source in channel.sources.items() if not source.is_desk}
    states, newest = archive.states(sources), archive.newest(sources)
    waiting = Counter(held.source for held in archive.waiting(sources))
    with engine.connect() as connection:
        held, wishes = holds.holds(connection), {wish.source: wish for wish in asks.wanted(connection)}
    found = []
    for ident, source in sources.items():
        last, how = newest.get(ident), states.get(ident) or SourceState(source=ident)
        found.append(
            Watched(
                source=source, state=aged(source, now - last.checked) if last else Freshness.NEVER, how=how, last=last,
                asked_next=asked_next(source, how, now), hold=held.get(ident), wish=wishes.get(ident),
                items=waiting[ident],
            )
        )  # fmt: skip
    return found


def asked_next(source: Source, how: SourceState, now: datetime) -> datetime | None:
    """When the source is asked by itself, after its rest; None where its rhythm cannot be read."""
    resting = how.resting_until
    after = resting if resting is not None and resting > now else now
    try:
        due: datetime | None = trigger(source).get_next_fire_time(None, after)
    except PersonError:
        return None
    return due


def source_of(channel: Channel, ident: str) -> Source:
    """A source that is gathered. Raises NotFound."""
    source = channel.sources.get(ident)
    if source is None or source.is_desk:
        raise NotFound(f"source: found {ident!r}, which nobody gathers")
    return source
