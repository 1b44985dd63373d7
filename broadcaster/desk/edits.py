"""What sources say in a look at the television: with a text of the desk as if it were approved, or as if it were not
there; and at a moment that has yet to come, as if they went on confirming what they say now."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

import msgspec

from broadcaster.desk import guide, ticker
from broadcaster.desk.correction import Correction, standing
from broadcaster.desk.guide import Guide
from broadcaster.desk.notice import SOURCE, Notice, article
from broadcaster.desk.takeover import WARNINGS, Takeover, alert
from broadcaster.desk.texts import Kind, Text, Texts
from broadcaster.desk.ticker import TickerLine
from broadcaster.desk.words import desk_source
from broadcaster.preview.looks import Look
from channel.folder import Channel
from feeds.archive import Archive
from feeds.base.clock import Clock
from feeds.corrections import corrected
from feeds.records import AnyRecord
from feeds.source import Snapshot, records_digest

WITH, WITHOUT = "t", "x"
"""Begin what a look is of: a text's number follows."""
_STEP = timedelta(minutes=5)


class Edits:
    """Lays texts of ``texts`` over what ``archive`` gives."""

    def __init__(self, channel: Channel, texts: Texts, archive: Archive, clock: Clock) -> None:
        self._channel, self._texts, self._archive, self._clock = channel, texts, archive, clock

    def __call__(self, found: dict[str, Snapshot], sources: Collection[str], look: Look) -> dict[str, Snapshot]:
        """What ``sources`` say in a look. Raises NotFound for a text that is not there."""
        found = {name: self._ahead(snapshot, look.moment) for name, snapshot in found.items()}
        if not look.text:
            return found
        text = self._texts.get(look.text)
        source = source_named(text.words, self._channel)
        if source not in sources:
            return found
        edited = self._edited(text, found.get(source), look)
        return {**found, source: edited} if edited else found

    def _ahead(self, snapshot: Snapshot, moment: datetime) -> Snapshot:
        """As heard later by as much as the moment is ahead: what is fresh now is not out of date tomorrow."""
        now = self._clock.now()
        # By steps, so that what was painted for a look serves for some minutes.
        ahead = (moment - now) // _STEP * _STEP
        return msgspec.structs.replace(snapshot, checked=snapshot.checked + ahead) if ahead > _STEP else snapshot

    def _edited(self, text: Text, said: Snapshot | None, look: Look) -> Snapshot | None:
        words, is_there = text.words, look.of.startswith(WITH)
        if isinstance(words, Correction):
            # As its source says it, corrected by all others: those that hold of this text go.
            raw = self._archive.latest_all([words.source], corrected=look.moment, but=text.id).get(words.source)
            mine = raw and self._ahead(raw, look.moment)
            return corrected(mine, [standing(text.id, text.revision, words)]) if mine and is_there else mine
        others = tuple(r for r in (said.records if said else ()) if not is_of(r.id, text.id))
        records = (*others, record_of(text, self._channel)) if is_there else others
        base = said or Snapshot(
            source=source_named(words, self._channel), observed=look.moment, checked=look.moment, digest="", records=()
        )
        return msgspec.structs.replace(base, records=records, digest=records_digest(records))


def source_named(words: Kind, channel: Channel) -> str:
    """The source whose records a text changes."""
    match words:
        case Correction():
            return words.source
        case Takeover():
            return desk_source(channel, WARNINGS)
        case TickerLine():
            return ticker.source_of(channel)
        case Guide():
            return desk_source(channel, guide.GUIDES)
    return SOURCE


def record_of(text: Text, channel: Channel) -> AnyRecord:
    """The record that a text becomes."""
    match text.words:
        case Takeover():
            return alert(text.id, text.words, text.revision, channel.estates)
        case TickerLine():
            return ticker.article(text.id, text.words, channel.estates)
        case Guide():
            return guide.record(text.id, text.words)
    assert isinstance(text.words, Notice)
    return article(text.id, text.words, channel.estates)


def is_of(record: str, text: int) -> bool:
    """Whether a record of the desk is that text's, in whatever revision."""
    return record == f"desk{text}" or record.startswith(f"desk{text}x")
