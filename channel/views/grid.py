"""Programmes of channels, halls or courts on a grid of time (layout ``timegrid``).

Role ``programmes``. The window begins half an hour before now, at a full or half hour, and is ``hours`` wide; at most
``spans`` windows follow each other. The line of now stands at the quarter hour that has begun. Options: ``merge``
joins neighbouring blocks of the same title (courts that are taken for hours); ``price`` writes it behind the title;
``items`` whether a programme opens a page of its own; ``channels`` gives the order of the tracks; ``note`` stands on
an empty track.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Annotated, Literal, NamedTuple

import msgspec

from channel.views._items import items_of
from channel.views._keys import keys
from channel.views._words import WEEKDAYS, clock_word
from channel.views.base import Inputs, Until
from channel.views.content import Block, Content, Timegrid, Track
from feeds.base.clock import local
from feeds.records import Programme

ROLES = ("programmes",)
_HALF = timedelta(minutes=30)
_QUARTER = timedelta(minutes=15)
_BEFORE = timedelta(minutes=30)
_AFTER = timedelta(hours=2)
"""How long a programme that left the grid keeps its page: somebody may still look at the grid that led there."""


class Options(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a page may choose; see the module's docstring."""

    hours: Annotated[int, msgspec.Meta(ge=2, le=6)] = 4
    spans: Annotated[int, msgspec.Meta(ge=1, le=6)] = 3
    merge: bool = False
    price: bool = False
    items: bool = True
    channels: tuple[str, ...] = ()
    note: str = "今日无场次"
    empty: str = "今天没有节目"


class _Slot(NamedTuple):
    """A block to be: what is shown from when to when, and the programme it opens."""

    title: str
    begins: datetime
    ends: datetime
    id: str


def view(inputs: Inputs) -> Content:
    """A track for each channel with what runs in the window, and an item for each programme that has a text."""
    options = inputs.options(Options)
    programmes = inputs.records("programmes", Programme)
    start = floor(inputs.moment - _BEFORE, _HALF)
    end = start + timedelta(hours=options.hours * options.spans)
    shown = [p for p in programmes if p.ends > start and p.begins < end]
    told = [p for p in programmes if p.ends > start - _AFTER and p.begins < end and (p.description or p.subtitle)]
    items = items_of(told, inputs.page.title, inputs.page.detail) if options.items else ()
    linked = frozenset(item.id for item in items)
    until = Until(inputs)
    until.at(floor(inputs.moment, _QUARTER) + _QUARTER)
    until.at(*(moment for p in shown for moment in (p.begins, p.ends)))
    tracks = tuple(
        Track(
            name=name,
            blocks=tuple(_block(slot, start, inputs, linked) for slot in _slots(found, options)),
            note="" if found else options.note,
        )
        for name, found in _channels(programmes, shown, options.channels)
    )
    there = local(start)
    last = max((p.ends for p in shown), default=start)
    window = timedelta(hours=options.hours)
    body = Timegrid(
        heading=heading(inputs.moment),
        start=there.hour * 60 + there.minute,
        hours=options.hours,
        spans=max(1, min(options.spans, -((start - last) // window))),
        now=(floor(inputs.moment, _QUARTER) - start) // timedelta(minutes=1),
        tracks=tracks if shown else (),
        empty=None if shown else inputs.empty("programmes", options.empty),
    )
    return Content(
        body=body,
        sources=inputs.source_lines(),
        items=items,
        place=inputs.place(),
        valid_until=until.value,
        **keys(inputs.page),
    )


def floor(moment: datetime, step: timedelta) -> datetime:
    """The last moment at a whole ``step`` of the local day."""
    midnight = local(moment).replace(hour=0, minute=0, second=0, microsecond=0)
    return midnight + (moment - midnight) // step * step


def heading(moment: datetime) -> str:
    """``周二 下午``."""
    there = local(moment)
    parts = ((6, "凌晨"), (12, "上午"), (18, "下午"), (24, "晚上"))
    return f"{WEEKDAYS[there.weekday()]} {next(word for hour, word in parts if there.hour < hour)}"


def _channels(
    programmes: Sequence[Programme], shown: Sequence[Programme], order: Sequence[str]
) -> list[tuple[str, list[Programme]]]:
    """Every channel of the source with what is shown of it, those of ``order`` first."""
    names = dict.fromkeys(p.channel for p in programmes)
    found: dict[str, list[Programme]] = {name: [] for name in (*(n for n in order if n in names), *names)}
    for programme in shown:
        found[programme.channel].append(programme)
    return [(name, sorted(mine, key=lambda p: (p.begins, p.id))) for name, mine in found.items()]


def _slots(programmes: Sequence[Programme], options: Options) -> list[_Slot]:
    slots: list[_Slot] = []
    for programme in programmes:
        title = programme.title
        if options.price:
            title = f"{title} {'免费' if programme.free else programme.price}".strip()
        elif programme.free:
            title = f"{title} 免费"
        last = slots[-1] if slots else None
        if options.merge and last and last.title == title and last.ends == programme.begins:
            slots[-1] = last._replace(ends=programme.ends)
        elif last is None or programme.begins >= last.ends:
            slots.append(_Slot(title, programme.begins, programme.ends, programme.id))
    return slots


def _block(slot: _Slot, start: datetime, inputs: Inputs, linked: frozenset[str]) -> Block:
    now = inputs.moment
    state: Literal["past", "now", "future"] = "past" if slot.ends <= now else "now" if slot.begins <= now else "future"
    minute = timedelta(minutes=1)
    return Block(
        title=slot.title,
        time=f"{clock_word(slot.begins)}–{clock_word(slot.ends)}",
        start=(slot.begins - start) // minute,
        minutes=max(1, (slot.ends - slot.begins) // minute),
        state=state,
        to=f"{inputs.page.number}.{slot.id}" if slot.id in linked else "",
    )
