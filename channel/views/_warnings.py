"""Alerts in force at a moment, the one that matters most for an estate, and how loud it is."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Literal

import msgspec

from channel.estates import Estate, Estates
from channel.views._areas import estates_in
from channel.views._words import cut
from channel.words import Say
from feeds.alerts import ACTUAL, in_force
from feeds.records import Alert

_NUMBERING = re.compile(r"^\s*(?:[0-9一二三四五六七八九十]{1,2}[、.．)）]|[-•·*])\s*")
Level = Literal["none", "strip", "takeover"]
RANK = {"Extreme": 4, "Severe": 3, "Moderate": 2, "Minor": 1}
"""CAP 1.2, 3.2.2, severity; Unknown is 0."""
_LONG_AGO = datetime.min.replace(tzinfo=UTC)
_LOUD = 3
_DRILLS = frozenset({"Exercise", "Test"})


def standing(alerts: Iterable[Alert], moment: datetime, say: Say, *, drills: bool) -> list[Alert]:
    """The alerts that hold at ``moment``, the most severe first, then the newest.

    ``drills`` lets exercises and tests in, marked in their headline; they can neither update nor cancel a real one.
    """
    found = in_force(alerts, moment, statuses(drills=drills))
    return sorted(
        (alert if alert.status in ACTUAL else _drill(alert, say) for alert in found), key=_weight, reverse=True
    )


def statuses(*, drills: bool) -> frozenset[str]:
    """The values of CAP's ``status`` that reach boxes."""
    return ACTUAL | _DRILLS if drills else ACTUAL


def turns(alerts: Iterable[Alert]) -> Iterable[datetime | None]:
    """The moments at which ``standing`` may answer otherwise."""
    for alert in alerts:
        yield from (alert.sent, alert.heard, alert.effective, alert.onset, alert.expires, alert.lapses)


def level_for(alert: Alert, inside: frozenset[str], estate: Estate | None, estates: Estates) -> Level:
    """How loud an alert that holds in the estates ``inside`` is in ``estate``: from severity Severe on a takeover, else
    a strip.

    A box whose estate is not known is taken over only by what holds in every estate, and shows a strip for the rest.
    """
    if not inside or (estate is not None and estate.id not in inside):
        return "none"
    loud = is_loud(alert)
    everywhere = estate is not None or len(inside) == len(estates)
    return "takeover" if loud and everywhere else "strip"


def is_loud(alert: Alert) -> bool:
    """Whether it takes over where it holds."""
    return RANK.get(alert.severity, 0) >= _LOUD


Held = tuple[tuple[Alert, frozenset[str]], ...]
"""Alerts, each with the ids of the estates in which it holds."""


def held(alerts: Iterable[Alert], estates: Estates) -> Held:
    """The alerts with the estates that their areas contain."""
    return tuple((alert, estates_in(alert.areas, estates)) for alert in alerts)


def for_estate(alerts: Held, estate: Estate | None) -> tuple[Alert, ...]:
    """The alerts that hold in the estate; for the district those that hold in any."""
    return tuple([alert for alert, inside in alerts if (inside if estate is None else estate.id in inside)])


def headline(alert: Alert) -> str:
    """What the alert is called."""
    return alert.headline or alert.event


def begins(alert: Alert) -> datetime | None:
    """When what it warns of begins, as far as the alert says; None where not even its own date can be read."""
    return alert.onset or alert.effective or alert.sent


def _weight(alert: Alert) -> tuple[int, datetime, str]:
    return RANK.get(alert.severity, 0), alert.sent or alert.heard or _LONG_AGO, alert.id


def _drill(alert: Alert, say: Say) -> Alert:
    marked = say("[Drill] {headline}", headline=headline(alert))
    return msgspec.structs.replace(alert, status="Actual", headline=cut(marked, 600))


def steps(instruction: str) -> tuple[str, ...]:
    """What to do: the instruction's lines, or its sentences when it is one line."""
    lines = [line for line in instruction.split("\n") if line.strip()]
    if len(lines) == 1:
        lines = re.split(r"[。；;！]|[.!](?=\s)", lines[0])
    found = (_NUMBERING.sub("", line).strip().rstrip("。；;") for line in lines)
    return tuple(line for line in found if line)
