"""What readers of feeds leave to a language: how a vehicle runs, how often, and the names of facts that no feed names.

A feed's own words stand as they are; what our readers write is one of these codes.
"""

from __future__ import annotations

import re

from channel.words import N_, Say

_STATUS = {
    "added": N_("extra run"),
    "replaced": N_("changed run"),
    "cancelled": N_("cancelled"),
    "on time": N_("on time"),
    "by telephone": N_("to be booked by telephone"),
    "by the driver": N_("tell the driver"),
}
_MOVED = re.compile(r"(late|early) ([0-9]+)")
_EVERY = re.compile(r"PT([0-9]+)M")
_FACTS = {
    "routes": N_("Lines"),
    "periods": N_("When"),
    "publisher": N_("Publisher"),
    "licence": N_("Licence"),
    "formats": N_("Formats"),
    "corrected": N_("Corrected by the editors"),
}


def status_word(status: str, say: Say) -> str:
    """``5 min late`` for ``late 5``, and so on for all that a status lists."""
    parts = status.split(", ")
    said = [_status(part, say) for part in parts]
    return status if said == parts else say.clauses(said)


def is_late(status: str, say: Say) -> bool:
    """Whether a vehicle is late, by our code or by a feed's own words."""
    words = say.within("what a status of delay has in it, with | between", "late|delay").split("|")
    return status.startswith("late ") or any(word in status.casefold() for word in words)


def headway_word(headway: str, say: Say) -> str:
    """``about 20 min`` for ``PT20M``."""
    found = _EVERY.fullmatch(headway)
    if not found:
        return headway
    minutes = int(found[1])
    if minutes < 60:
        return say.plural("about {n} min", "about {n} min", minutes)
    hours = minutes / 60
    return say.plural("about {hours} hour", "about {hours} hours", round(hours), hours=say.number(hours, 1))


def fact_word(label: str, say: Say) -> str:
    """The name of a fact."""
    return say(_FACTS[label]) if label in _FACTS else label


def _status(part: str, say: Say) -> str:
    moved = _MOVED.fullmatch(part)
    if moved:
        minutes = int(moved[2])
        if moved[1] == "late":
            return say.plural("{n} min late", "{n} min late", minutes)
        return say.plural("{n} min early", "{n} min early", minutes)
    return say(_STATUS[part]) if part in _STATUS else part
