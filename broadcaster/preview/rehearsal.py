"""A warning that is rehearsed: what televisions would show were one of its severity in force since that moment.

It is made for one answer of the preview and kept nowhere: no archive, no release and no box ever has it.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import NamedTuple

import msgspec

from feeds.records import Alert
from feeds.source import Snapshot, records_digest

LASTS = timedelta(hours=6)
_MARK = "演练"


class Level(NamedTuple):
    """A severity as CAP 1.2 (3.2.2) writes it, and as the district says it."""

    severity: str
    words: str


LEVELS = {
    "minor": Level("Minor", "一般"),
    "moderate": Level("Moderate", "较重"),
    "severe": Level("Severe", "严重"),
    "extreme": Level("Extreme", "特别严重"),
}
"""What can be rehearsed, by its name in an address."""


def rehearsed(snapshot: Snapshot | None, source: str, level: str, moment: datetime) -> Snapshot:
    """What ``source`` would have said at ``moment``: what it said, and a warning for the whole district."""
    records = (*(snapshot.records if snapshot else ()), _warning(level, moment))
    digest = records_digest(records)
    if snapshot is None:
        return Snapshot(source=source, observed=moment, checked=moment, digest=digest, records=records)
    # Heard just then: a source that is silent by that moment would have its records taken off the page.
    return msgspec.structs.replace(snapshot, observed=moment, checked=moment, digest=digest, records=records)


def _warning(level: str, moment: datetime) -> Alert:
    severity, words = LEVELS[level]
    return Alert(
        id="rehearsal",
        identifier=f"rehearsal-{level}",
        sender="preview",
        sent=moment,
        status="Actual",  # a channel may keep exercises from its pages, and this one is on no page
        message="Alert",
        event=_MARK,  # two Han: what stands in the header of every page
        headline=f"【{_MARK}】预警：{words}",
        description="这是演练，只在预览里，机顶盒收不到。",
        instruction="有预警时，第一件要做的事写在这里\n第二件要做的事，最多写三件\n电话和地点写具体，一行看得完",
        urgency="Immediate",
        severity=severity,
        certainty="Observed",
        onset=moment,
        expires=moment + LASTS,
    )
