"""How a place stands now, as a mark and a word: by its opening hours, by what is left, by who waits, by its level."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Literal, NamedTuple

import msgspec

from channel.views._hours import parse_hours, state_at
from channel.views._words import clock_word
from channel.views.content import Mark
from feeds.records import BikeStation, Place

DASH = "—"
Kind = Literal["hours", "left", "queue", "level", "none"]


class Words(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The words of a page for its states, at most four Han each."""

    open: str = "营业中"
    closed: str = "已关门"
    off: str = "今日休息"
    unknown: str = "请电话问"
    left: str = "空位"
    none: str = "已满"
    paused: str = "暂停服务"


class Now(NamedTuple):
    """Mark and word of the state, the span of today as words, and when any of them changes by itself."""

    mark: Mark
    word: str
    hours: str
    changes: tuple[datetime, ...]


def by_hours(place: Place | BikeStation, moment: datetime, midnight: datetime, words: Words) -> Now:
    """Open (green), later today (warn), closed for today or all day (red); unknown hours have no mark."""
    closed = getattr(place, "closed", "")
    if closed:
        return Now("closed", closed if len(closed) <= 4 else words.off, DASH, ())
    hours = parse_hours(getattr(place, "hours", ""))
    if hours is None:
        return Now("", words.unknown, DASH, ())
    if hours.always:
        return Now("open", words.open, "24 小时", ())
    state = state_at(hours, moment)
    changes = (midnight, state.changes) if state.changes else (midnight,)
    if state.span is None:
        return Now("closed", words.closed if state.today else words.off, DASH, changes)
    begins, ends = state.span
    span = f"{clock_word(begins)}–{_end_word(ends)}"
    if state.open:
        return Now("open", words.open, span, changes)
    return Now("later", f"{clock_word(begins)} 开", span, changes)


def _end_word(ends: datetime) -> str:
    word = clock_word(ends)
    return "24:00" if word == "00:00" else word


def by_left(place: Place | BikeStation, words: Words) -> tuple[Mark, str]:
    """How many are left: plenty (green), at most a tenth or two (warn), none (red)."""
    if isinstance(place, BikeStation):
        left: int | None = place.bikes
        if place.renting is False:
            return "closed", words.paused
    else:
        left = place.available
    if left is None:
        return "", words.unknown
    if left == 0:
        return "closed", words.none
    few = left <= max(2, (place.capacity or 0) // 10)
    return ("later" if few else "open"), f"{words.left} {left}"


def by_queue(place: Place, words: Words, long: int) -> tuple[Mark, str]:
    """How many people wait: fewer than ``long`` (green) or more (warn)."""
    if place.queue is None:
        return "", words.unknown
    if place.queue == 0:
        return "open", "无需排队"
    return ("open" if place.queue < long else "later"), f"等 {place.queue} 人"


def by_level(place: Place, marks: Mapping[str, Mark]) -> tuple[Mark, str]:
    """The level's own word, with the page's mark for it."""
    return marks.get(place.level, ""), place.level or DASH
