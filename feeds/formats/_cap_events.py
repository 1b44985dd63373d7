"""The events of a CAP message (OASIS CAP 1.2, 3.2.2), each told once in the channel's language.

A message may hold several ``info`` blocks: languages of one event, several events, one event at several levels. Blocks
of other languages that say the same as one of the channel's language only help it out with areas and times that it
lacks; an event told in other languages alone is told in the nearest of them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property

from feeds.languages import distance
from feeds.records import Area

LEVELS = ("urgency", "severity", "certainty")
_OTHER_SCRIPT = 6
"""``feeds.languages.distance`` from which on a text is another than the wanted one."""


@dataclass(frozen=True)
class Info:
    """An ``info`` block: its words, moments and areas."""

    language: str
    words: Mapping[str, str]
    moments: Mapping[str, datetime | None]
    codes: frozenset[tuple[str, str]]
    areas: tuple[Area, ...]

    @property
    def level(self) -> tuple[str, ...]:
        """Urgency, severity and certainty."""
        return tuple(self.words[name] for name in LEVELS)

    @cached_property
    def shapes(self) -> frozenset[object]:
        """Everything that says where it holds, without words."""
        return frozenset(s for area in self.areas for s in (*area.polygons, *area.circles, *area.geocodes))

    @cached_property
    def saying(self) -> tuple[object, ...]:
        """All but where: blocks that say the same are parts of one."""
        return tuple(self.words.items()), tuple(self.moments.items()), self.codes


def events_of(infos: Sequence[Info], wanted: str) -> list[list[Info]]:
    """The blocks of each event, the one that is told first; events in the order of the message."""
    own = _own(infos, wanted)
    first = [info for info in infos if info.language in own]
    groups = [[info] for info in _joined(first)]
    others: dict[str, list[Info]] = {}
    for info in sorted(infos, key=lambda info: distance(wanted, info.language)):
        if info.language not in own:
            others.setdefault(info.language, []).append(info)
    for block in others.values():
        _assign(_joined(block), groups)
    return groups


def _own(infos: Sequence[Info], wanted: str) -> set[str]:
    """The languages that are told: all of the wanted one's family and script, else the nearest alone."""
    tags = sorted(dict.fromkeys(info.language for info in infos), key=lambda tag: distance(wanted, tag))
    return {tag for tag in tags if distance(wanted, tag) < _OTHER_SCRIPT} or set(tags[:1])


def _joined(block: Sequence[Info]) -> list[Info]:
    """The blocks of one language; those that say the same of several areas as one."""
    found: dict[tuple[object, ...], Info] = {}
    for info in block:
        before = found.get(info.saying)
        areas = info.areas if before is None else (*before.areas, *(a for a in info.areas if a not in before.areas))
        found[info.saying] = replace(info, areas=areas)
    return list(found.values())


def _assign(block: Sequence[Info], groups: list[list[Info]]) -> None:
    """Put each block of another language to the event that it tells; what tells none of them is one of its own."""
    count = len(groups)
    for place, info in enumerate(block):
        same_place = place if len(block) == count else -1
        for alike in (_same_code, _same_reach):
            group = next((g for g in groups[:count] if alike(g[0], info) and _is_free(g, info)), None)
            if group is not None:
                break
        else:
            group = groups[same_place] if same_place >= 0 and _may_be_same(groups[same_place], info) else None
        if group is None:
            groups.append([info])
        else:
            group.append(info)


def _is_free(group: Sequence[Info], info: Info) -> bool:
    """Whether no other event of this language was put to the group before."""
    return all(i.language != info.language or i.words["event"] == info.words["event"] for i in group[1:])


def _same_code(one: Info, other: Info) -> bool:
    return bool(one.codes & other.codes) and one.words["severity"] == other.words["severity"]


def _same_reach(one: Info, other: Info) -> bool:
    """The same level in the same shapes, or in some of them."""
    apart = one.codes and other.codes and not one.codes & other.codes
    inside = other.shapes <= one.shapes if other.shapes else not one.shapes
    return one.level == other.level and inside and not apart


def _may_be_same(group: Sequence[Info], info: Info) -> bool:
    """Whether blocks at the same place of two languages are one event: nothing in them says otherwise."""
    one = group[0]
    apart = one.codes and info.codes and not one.codes & info.codes
    elsewhere = one.shapes and info.shapes and one.shapes != info.shapes
    return one.words["severity"] == info.words["severity"] and not apart and not elsewhere and _is_free(group, info)


def keys_of(told: Sequence[Info]) -> list[list[str]]:
    """What is added to a message's id for each of its events: nothing for one alone, else what tells them apart."""
    if len(told) == 1:
        return [[]]
    keys: list[list[str]] = []
    for info in told:
        code = "|".join(sorted(f"{name}={value}" for name, value in info.codes))
        key = [code or info.words["event"]]
        if key in keys:
            key += [*info.level, *sorted(map(repr, info.shapes))]
        while key in keys:
            key = [*key, info.words["headline"]]
        keys.append(key)
    return keys
