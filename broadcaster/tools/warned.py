"""Why each warning is or is not on air at an estate, a sentence each."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from channel.estates import Estate, Estates
from channel.views._warnings import Held, for_estate, headline, held, level_for, standing, statuses
from channel.words import Say
from feeds.alerts import Verdict, judged
from feeds.base.clock import local
from feeds.records import Alert

Facts = list[tuple[str, str]]
_SHOWN = 3


def told(
    alerts: Sequence[Alert], moment: datetime, estate: Estate | None, estates: Estates, say: Say, *, drills: bool
) -> Facts:
    """(which alert, why it is or is not in force) of each, newest first; ``estate`` None: a box of no known estate."""
    on_air = held(standing(alerts, moment, say, drills=drills), estates)
    first = _first(on_air, estate, estates)
    facts = []
    for verdict in judged(alerts, moment, statuses(drills=drills)):
        alert = verdict.alert
        name = f"{alert.message} {alert.identifier} {alert.headline or alert.event}".strip()
        inside = next((inside for other, inside in on_air if other.id == alert.id), None)
        if inside is None:
            facts.append((name, _gone(verdict)))
            continue
        facts.append((name, _here(alert, inside, first, estate, estates) + _end(alert) + _ignored(verdict)))
    return facts


def _first(on_air: Held, estate: Estate | None, estates: Estates) -> Alert | None:
    """The alert that speaks at the estate: the first of the loudest level."""
    mine = for_estate(on_air, estate)
    loud = [alert for alert, inside in on_air if level_for(alert, inside, estate, estates) == "takeover"]
    return next(iter([*loud, *mine]), None)


def _here(alert: Alert, inside: frozenset[str], first: Alert | None, estate: Estate | None, estates: Estates) -> str:
    level = level_for(alert, inside, estate, estates)
    reach = f"{len(inside)} of {len(estates)} estates, {_area(alert)}"
    if level == "none":
        return f"in force, but not here: {reach}"
    if first is None or alert.id == first.id:
        return f"in force: {level} ({alert.severity}; {reach})"
    return f"in force, listed only ({alert.severity}; {reach}): a box shows {_name(first)}, more severe or newer"


def _area(alert: Alert) -> str:
    unread = sum(area.unread for area in alert.areas)
    shapes = sum(len(area.polygons) + len(area.circles) + len(area.geocodes) for area in alert.areas)
    words = f"{shapes} shapes and codes" if shapes else "by words alone" if alert.areas else "no area: everywhere"
    return f"{words}, {unread} shapes unreadable" if unread else words


def _end(alert: Alert) -> str:
    if alert.expires is not None:
        return f"; expires {_moment(alert.expires)}"
    return f"; no expires, ends {_moment(alert.lapses)} (options.lasts)" if alert.lapses else "; no expires"


def _ignored(verdict: Verdict) -> str:
    if verdict.ignored is None:
        return ""
    return f"; {_name(verdict.ignored)} names it and may not end it: its sender is {verdict.ignored.sender}"


def _gone(verdict: Verdict) -> str:
    alert, by = verdict.alert, verdict.by
    ender = "" if by is None else f"{_name(by)}, sent {_moment(by.sent)}"
    return {
        "": "in force",
        "status": f"not for boxes: its status is {alert.status}",
        "ahead": f"not yet: it is dated ahead, {_moment(alert.sent)}",
        "ack": "a message between senders",
        "cancel": f"ends {_references(alert)}",
        "empty": "an update without words: it only ends what it names",
        "cancelled": f"cancelled by {ender}",
        "updated": f"updated by {ender}",
        "expired": f"expired {_moment(alert.expires)}",
        "lapsed": f"ended {_moment(alert.lapses)}: it has no expires (options.lasts)",
        "effective": f"not yet: it takes effect {_moment(alert.effective)}",
    }[verdict.reason]


def _references(alert: Alert) -> str:
    more = len(alert.references) - _SHOWN
    named = ", ".join(alert.references[:_SHOWN]) or "earlier messages of its identifier"
    return f"{named} and {more} more" if more > 0 else named


def _name(alert: Alert) -> str:
    return f"{alert.message} {alert.identifier} {headline(alert)}".strip()


def _moment(moment: datetime | None) -> str:
    return "at no readable moment" if moment is None else f"{local(moment):%Y-%m-%d %H:%M:%S}"
