"""A warning that is rehearsed: what televisions would show were one of its severity in force since that moment.

It is made for one answer of the preview and kept nowhere: no archive, no release and no box ever has it.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import NamedTuple

import msgspec

from channel.words import N_, Say
from feeds.records import Alert
from feeds.source import Snapshot, records_digest

LASTS = timedelta(hours=6)
_STEPS = (
    N_("When there is an alert, the first thing to do stands here"),
    N_("The second thing to do; three at most"),
    N_("Write phone numbers and places so that they fit on a line"),
)


class Level(NamedTuple):
    """A severity as CAP 1.2 (3.2.2) writes it, and the message by which the channel says it."""

    severity: str
    words: str


LEVELS = {
    "minor": Level("Minor", N_("Minor")),
    "moderate": Level("Moderate", N_("Moderate")),
    "severe": Level("Severe", N_("Severe")),
    "extreme": Level("Extreme", N_("Extreme")),
}
"""What can be rehearsed, by its name in an address."""


def rehearsed(snapshot: Snapshot | None, source: str, level: str, moment: datetime, say: Say) -> Snapshot:
    """What ``source`` would have said at ``moment``: what it said, and a warning for the whole district."""
    records = (*(snapshot.records if snapshot else ()), _warning(level, moment, say))
    digest = records_digest(records)
    if snapshot is None:
        return Snapshot(source=source, observed=moment, checked=moment, digest=digest, records=records)
    # Heard just then: a source that is silent by that moment would have its records taken off the page.
    return msgspec.structs.replace(snapshot, observed=moment, checked=moment, digest=digest, records=records)


def _warning(level: str, moment: datetime, say: Say) -> Alert:
    severity, words = LEVELS[level]
    return Alert(
        id="rehearsal",
        identifier=f"rehearsal-{level}",
        sender="preview",
        sent=moment,
        status="Actual",  # a channel may keep exercises from its pages, and this one is on no page
        message="Alert",
        event=say.within("stands in the header of every page: two Han or four letters", "Test"),
        headline=say("[Test] Alert: {severity}", severity=say(words)),
        description=say("A test, in the preview alone: no box receives it."),
        instruction="\n".join(map(say, _STEPS)),
        urgency="Immediate",
        severity=severity,
        certainty="Observed",
        onset=moment,
        expires=moment + LASTS,
    )
