"""From the desk to the air: approved texts as the snapshot of a source, and the builder asked to look.

The engine knows no desk: pages list the records of the source ``desk`` like those of any other.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from broadcaster.desk.notice import SOURCE, article
from broadcaster.desk.texts import Texts
from broadcaster.places import ASK
from channel.estates import Estates
from feeds.archive import Archive
from feeds.source import Snapshot, records_digest


def publish(texts: Texts, archive: Archive, estates: Estates, state: Path, now: datetime) -> bool:
    """Bring what is approved to the builder; whether that is something else than before. What was killed between the
    approval and this is made good by the next call."""
    records = tuple(article(ident, notice, estates) for ident, notice in texts.approved())
    changed = archive.save(
        Snapshot(source=SOURCE, observed=now, checked=now, digest=records_digest(records), records=records)
    )
    if changed:
        (state / ASK).touch()
    return changed
