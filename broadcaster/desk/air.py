"""From the desk to the air: approved texts as the snapshot of a source, and the builder asked to look.

The engine knows no desk: pages list the records of the source ``desk`` like those of any other.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from broadcaster.desk import guide, ticker
from broadcaster.desk.change import LineupChange, change
from broadcaster.desk.correction import Correction, standing
from broadcaster.desk.notice import SOURCE, Notice, article
from broadcaster.desk.takeover import WARNINGS, Takeover, alert
from broadcaster.desk.texts import Kind, Texts
from broadcaster.desk.ticker import TickerLine
from broadcaster.desk.words import desk_source
from broadcaster.places import ASK
from channel import overlay
from channel.folder import Channel
from channel.overlay import Overlay
from channel.release.locks import locked
from feeds.archive import Archive
from feeds.records import AnyRecord
from feeds.source import Snapshot, records_digest

_LOCK = "desk.lock"


def publish(texts: Texts, archive: Archive, channel: Channel, now: datetime) -> bool:
    """Bring what is approved to the builder; whether that is something else than before. What was killed between the
    approval and this is made good by the next call, which ``channel work`` makes by itself. Raises BusyError."""
    # Read and written as one: what another reads before it must not be written after it.
    with locked(channel.state / _LOCK):
        return _published(texts, archive, channel, now)


def _published(texts: Texts, archive: Archive, channel: Channel, now: datetime) -> bool:
    approved, estates = texts.approved(now), channel.estates
    told: dict[str, tuple[AnyRecord, ...]] = {
        desk_source(channel, WARNINGS): tuple(
            alert(ident, words, revision, estates)
            for ident, revision, words in approved
            if isinstance(words, Takeover)
        ),
        desk_source(channel, guide.GUIDES): tuple(
            guide.record(ident, words) for ident, _, words in approved if isinstance(words, guide.Guide)
        ),
        SOURCE: tuple(article(ident, words, estates) for ident, _, words in approved if isinstance(words, Notice)),
        ticker.source_of(channel): tuple(
            ticker.article(ident, words, estates) for ident, _, words in approved if isinstance(words, TickerLine)
        ),
    }
    said = [
        Snapshot(source=source, observed=now, checked=now, digest=records_digest(records), records=records)
        for source, records in told.items()
        if source in channel.sources
    ]
    changed = [
        *map(archive.save, said),
        archive.correct([standing(i, n, words) for i, n, words in approved if isinstance(words, Correction)], now),
        overlay.write(channel.state, _overlay(approved, now)),
    ]
    if any(changed):
        (channel.state / ASK).touch()
    return any(changed)


def _overlay(approved: Iterable[tuple[int, int, Kind]], now: datetime) -> Overlay:
    """What is changed in the line-up now, the newest change last."""
    return Overlay(
        tuple(
            change(ident, number, words)
            for ident, number, words in approved
            if isinstance(words, LineupChange) and words.begins <= now < words.ends
        )
    )


def next_turn(texts: Texts, now: datetime) -> datetime | None:
    """When a change of the line-up begins or ends after ``now``: the builder knows the times of all else."""
    changes = [words for _, _, words in texts.approved(now) if isinstance(words, LineupChange)]
    times = [time for words in changes for time in (words.begins, words.ends)]
    return min((time for time in times if time > now), default=None)
