"""Programmes of channels, halls or courts on a grid of time (layout ``timegrid``).

Role ``programmes``. The window begins half an hour before now, at a full or half hour, and is ``hours`` wide; at most
``spans`` windows follow each other. The line of now stands at the quarter hour that has begun. Options: ``merge``
joins neighbouring blocks of the same title (courts that are taken for hours); ``price`` writes it behind the title;
``marks`` gives states of programmes a shape beside their word; ``unit`` is what the tracks are; ``now`` is the label of
the green key that leads to what runs on all of them and what comes next, ``tonight`` that of the red key that leads to
their evening (empty: none);
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
from channel.views.base import Inputs, Until
from channel.views.content import (
    Block,
    Cell,
    Column,
    Content,
    Item,
    Key,
    Mark,
    Table,
    TableRow,
    Timegrid,
    Track,
)
from channel.words import N_, Say
from feeds.records import Programme

ROLES = ("programmes",)
_NOW, _TONIGHT = "now", "tonight"
"""The items that tell of all channels at once."""
_HOURS, _PRIME = (19, 20, 21), 20
_HALF = timedelta(minutes=30)
_QUARTER = timedelta(minutes=5)
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
    marks: dict[str, Mark] = {}
    unit: str = ""
    now: str = ""
    tonight: str = ""
    note: str = N_("No showings today")
    empty: str = N_("No programmes today")


class _Slot(NamedTuple):
    """A block to be: what is shown from when to when, and the programme it opens."""

    title: str
    begins: datetime
    ends: datetime
    id: str
    mark: Mark = ""


class _Window(NamedTuple):
    """What a grid shows: its hours, the channels with what runs on them there, and what opens a page of its own."""

    start: datetime
    end: datetime
    shown: list[Programme]
    channels: list[tuple[str, list[Programme]]]
    linked: frozenset[str]


def view(inputs: Inputs) -> Content:
    """A track for each channel with what runs in the window, and an item for each programme that has a text."""
    options = inputs.options(Options)
    programmes = inputs.records("programmes", Programme)
    start, end, shown = _shown(programmes, inputs, options)
    hours = _evening_hours(inputs.moment, inputs.say) if options.tonight else ()
    told = [p for p in programmes if _is_told(p, start, end, hours, inputs.moment)]
    items = items_of(told, inputs.page.title, inputs.say, inputs.page.detail) if options.items else ()
    linked = frozenset(item.id for item in items)
    window = _Window(start, end, shown, _channels(programmes, shown, options.channels), linked)
    until = Until(inputs)
    until.at(floor(inputs.moment, _QUARTER, inputs.say) + _QUARTER)
    until.at(*(moment for p in shown for moment in (p.begins, p.ends)))
    given, further = keys(inputs.page), []
    if options.now and shown:
        further.append(_now_next(window.channels, inputs, options, linked))
        short = inputs.say.within("what runs now, where there is little room", "Now")
        given["green"] = Key(label=options.now, to=f"{inputs.page.number}.{_NOW}", short=short)
    if options.tonight and programmes:
        whole = _channels(programmes, programmes, options.channels)
        further.append(_evening(whole, hours, inputs, options, linked))
        short = inputs.say.within("what comes this evening, where there is little room", "Later")
        given["red"] = Key(label=options.tonight, to=f"{inputs.page.number}.{_TONIGHT}", short=short)
    return Content(
        body=_grid(window, inputs, options),
        sources=inputs.source_lines(),
        items=(*items, *further),
        place=inputs.place(),
        valid_until=until.value,
        **given,
    )


def _shown(
    programmes: Sequence[Programme], inputs: Inputs, options: Options
) -> tuple[datetime, datetime, list[Programme]]:
    """The hours of the grid and what runs in them: from half an hour before now on; where nothing runs until later,
    from when it begins."""
    start, span = floor(inputs.moment - _BEFORE, _HALF, inputs.say), timedelta(hours=options.hours * options.spans)
    first = min((p.begins for p in programmes if p.ends > inputs.moment and p.begins < start + span), default=start)
    if first >= start + timedelta(hours=options.hours):
        start = floor(first, _HALF, inputs.say)
    return start, start + span, [p for p in programmes if p.ends > start and p.begins < start + span]


def _is_told(
    programme: Programme, start: datetime, end: datetime, hours: Sequence[datetime], moment: datetime
) -> bool:
    """Whether a programme has a page: it has something to say and a place that leads to it."""
    soon = programme.begins <= moment + _AFTER and programme.ends > moment
    leads = programme.ends > start - _AFTER and programme.begins < end
    evening = any(programme.begins <= hour < programme.ends for hour in hours)
    return bool(programme.description or programme.subtitle or soon) and (leads or evening)


def _grid(window: _Window, inputs: Inputs, options: Options) -> Timegrid:
    say, (start, _, shown, channels, linked) = inputs.say, window
    there = say.local(start)
    last = max((p.ends for p in shown), default=start)
    turn, by = _turn(start, options.hours * options.spans, say)
    tracks = tuple(
        Track(
            name=name,
            blocks=tuple(_block(slot, start, inputs, linked) for slot in _slots(found, options, say)),
            note="" if found else options.note,
        )
        for name, found in channels
    )
    return Timegrid(
        turn=turn,
        by=by,
        heading=heading(inputs.moment, say),
        unit=options.unit,
        # Minutes of today: from 1440 on it is tomorrow's.
        start=there.hour * 60 + there.minute + 1440 * max((there.date() - say.day_of(inputs.moment)).days, 0),
        hours=options.hours,
        spans=max(1, min(options.spans, -((start - last) // timedelta(hours=options.hours)))),
        now=(floor(inputs.moment, _QUARTER, say) - start) // timedelta(minutes=1),
        tracks=tracks if shown else (),
        empty=None if shown else inputs.empty("programmes", options.empty),
    )


def _turn(start: datetime, hours: int, say: Say) -> tuple[int, int]:
    """When the clock is set in these hours, in minutes from their start, and by how many; zeros where it is not."""
    before = say.local(start).utcoffset()
    for minute in range(0, hours * 60 + 1, 15):
        after = say.local(start + timedelta(minutes=minute)).utcoffset()
        if after != before and after is not None and before is not None:
            return minute, (after - before) // timedelta(minutes=1)
    return 0, 0


def _evening_hours(moment: datetime, say: Say) -> tuple[datetime, ...]:
    there = say.local(moment).replace(minute=0, second=0, microsecond=0)
    return tuple(there.replace(hour=number) for number in _HOURS)


def _evening(
    channels: Sequence[tuple[str, Sequence[Programme]]],
    hours: Sequence[datetime],
    inputs: Inputs,
    options: Options,
    linked: frozenset[str],
) -> Item:
    """What runs on every channel at the full hours of this evening, whatever hour it is now; a row opens what runs in
    the middle of it."""
    rows = []
    for name, found in channels:
        running = [next((p for p in found if p.begins <= hour < p.ends), None) for hour in hours]
        opened = next((p.id for p in (running[1], *running) if p and p.id in linked), "")
        starts = zip(running, hours, strict=True)
        cells = (Cell(text=name), *(Cell(text=_since(one, hour, inputs.say) if one else "—") for one, hour in starts))
        rows.append(TableRow(cells=cells, to=f"{inputs.page.number}.{opened}" if opened else ""))
    columns = (
        Column(label=options.unit or inputs.say("Name"), share=1.4),
        *(Column(label=inputs.say.time_of(60 * number), share=2.0, strong=number == _PRIME) for number in _HOURS),
    )
    return Item(id=_TONIGHT, title=options.tonight, layout="table", body=Table(columns=columns, rows=tuple(rows)))


def _since(programme: Programme, hour: datetime, say: Say) -> str:
    """Its title, and when it begins where that is not at the ``hour`` over it: nobody shall come late."""
    title = programme.title
    return title if programme.begins == hour else f"{say('from {time}', time=say.clock(programme.begins))} {title}"


def _now_next(
    channels: Sequence[tuple[str, Sequence[Programme]]], inputs: Inputs, options: Options, linked: frozenset[str]
) -> Item:
    """What runs on every channel and what comes next, a row a channel."""
    say = inputs.say
    rows = []
    for name, found in channels:
        ahead = [p for p in found if p.ends > inputs.moment]
        running = ahead[0] if ahead and ahead[0].begins <= inputs.moment else None
        after = next((p for p in ahead if p is not running), None)
        texts = (
            name,
            running.title if running else "",
            say("until {time}", time=say.clock(running.ends)) if running else "",
            f"{say.clock(after.begins)} {after.title}" if after else "",
        )
        to = f"{inputs.page.number}.{running.id}" if running and running.id in linked else ""
        rows.append(TableRow(cells=tuple(Cell(text=text or "—") for text in texts), to=to))
    columns = (
        Column(label=options.unit or say("Name"), share=1.5),
        Column(label=say("Now"), share=2.0, strong=True),
        Column(label="", share=1.1),
        Column(label=say("Coming up"), share=2.6),
    )
    return Item(id=_NOW, title=options.now, layout="table", body=Table(columns=columns, rows=tuple(rows)))


def floor(moment: datetime, step: timedelta, say: Say) -> datetime:
    """The last moment at a whole ``step`` of the local day."""
    midnight = say.begin_of(say.day_of(moment))
    return midnight + (moment - midnight) // step * step


def heading(moment: datetime, say: Say) -> str:
    """``Tue afternoon``."""
    hour = say.local(moment).hour
    parts = ((6, say("night")), (12, say("morning")), (18, say("afternoon")), (24, say("evening")))
    part = next(word for end, word in parts if hour < end)
    return say("{day} {time}", day=say.dated(say.day_of(moment), "EEE"), time=part)


def _channels(
    programmes: Sequence[Programme], shown: Sequence[Programme], order: Sequence[str]
) -> list[tuple[str, list[Programme]]]:
    """Every channel of the source with what is shown of it, those of ``order`` first."""
    names = dict.fromkeys(p.channel for p in programmes)
    found: dict[str, list[Programme]] = {name: [] for name in (*(n for n in order if n in names), *names)}
    for programme in shown:
        found[programme.channel].append(programme)
    return [(name, sorted(mine, key=lambda p: (p.begins, p.id))) for name, mine in found.items()]


def _slots(programmes: Sequence[Programme], options: Options, say: Say) -> list[_Slot]:
    slots: list[_Slot] = []
    for programme in programmes:
        cost = say.within("costs nothing", "Free") if programme.free else programme.price if options.price else ""
        title = f"{programme.title} {cost}".strip()
        last = slots[-1] if slots else None
        if options.merge and last and last.title == title and last.ends == programme.begins:
            slots[-1] = last._replace(ends=programme.ends)
        elif last is None or programme.begins >= last.ends:
            mark = options.marks.get(programme.state, "")
            slots.append(_Slot(title, programme.begins, programme.ends, programme.id, mark))
    return slots


def _block(slot: _Slot, start: datetime, inputs: Inputs, linked: frozenset[str]) -> Block:
    now = inputs.moment
    state: Literal["past", "now", "future"] = "past" if slot.ends <= now else "now" if slot.begins <= now else "future"
    minute = timedelta(minutes=1)
    return Block(
        title=slot.title,
        time=f"{inputs.say.clock(slot.begins)}–{inputs.say.clock(slot.ends)}",
        start=(slot.begins - start) // minute,
        minutes=max(1, (slot.ends - slot.begins) // minute),
        state=state,
        to=f"{inputs.page.number}.{slot.id}" if slot.id in linked else "",
        mark=slot.mark,
    )
