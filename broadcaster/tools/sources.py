"""The state of every source as one looks at it: in ``channel sources``, ``status``, ``check`` and ``/metrics``."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from broadcaster.tools.terminal import ago
from channel.folder import Channel
from feeds.archive import Archive
from feeds.base.clock import SystemClock
from feeds.source import Freshness, freshness


@dataclass(frozen=True)
class SourceRow:
    """One source. ``age_s`` is seconds since it last confirmed its content, None when it never did."""

    id: str
    state: Freshness
    age_s: float | None
    records: int
    quarantined: int
    every: str
    error: str
    drift: str
    failures: int
    stopped: int
    held: str = ""
    """Who holds it, and why: what it says is not on air until it is let go."""

    def as_json(self) -> dict[str, Any]:
        """For machines."""
        return {**asdict(self), "state": self.state.value}

    def as_cells(self) -> tuple[object, ...]:
        """For a table."""
        age = "" if self.age_s is None else ago(self.age_s)
        why = f"held by {self.held}" if self.held else self.error or self.drift
        return self.id, self.state.value, age, self.records, self.quarantined or "", self.every, why


def source_rows(channel: Channel, now: datetime | None = None, archive: Archive | None = None) -> list[SourceRow]:
    """Every source of the channel at ``now``, in the order of its file."""
    now = now or SystemClock().now()
    opened = archive or Archive.open(channel.archive_url)
    try:
        states, latest = opened.states(channel.sources), opened.latest_all(channel.sources)
        held = opened.holds()
    finally:
        if archive is None:
            opened.close()
    rows = []
    for ident, source in ((i, s) for i, s in channel.sources.items() if not s.is_desk):
        state, snapshot = states.get(ident), latest.get(ident)
        rows.append(
            SourceRow(
                id=ident,
                state=freshness(source, snapshot, now),
                age_s=None if snapshot is None else max(0.0, (now - snapshot.checked).total_seconds()),
                records=len(snapshot.records) if snapshot is not None else 0,
                quarantined=state.quarantined if state is not None else 0,
                every=source.cron or source.every,
                error=state.error if state is not None and state.failures else "",
                drift=state.drift if state is not None else "",
                failures=state.failures if state is not None else 0,
                stopped=state.stopped if state is not None else 0,
                held=f"{held[ident].who}: {held[ident].reason}" if ident in held else "",
            )
        )
    return rows
