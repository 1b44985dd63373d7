"""How lines run now: the worst one large, the others worst first (layout ``status``).

Role ``lines`` (routes). A line outside its hours of service sleeps, whatever its status says. Options: ``words`` and
``marks`` by status, beside the usual ones; ``calm`` is the title when all is well, ``night`` when none runs, ``unsure``
when nobody says of some how they run; ``empty`` is the sentence when nothing is known.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import NamedTuple

import msgspec

from channel.views._items import items_of
from channel.views._keys import keys
from channel.views.base import Inputs, Until
from channel.views.content import Content, Mark, Status, StatusRow
from feeds.base.clock import local
from feeds.records import Route

ROLES = ("lines",)
_ORDER = ("stopped", "delayed", "crowded", "", "normal", "asleep")
_WORDS = {"normal": "正常", "crowded": "限流", "delayed": "延误", "stopped": "停运", "asleep": "未运营", "": "未知"}
_MARKS: dict[str, Mark] = {"normal": "open", "crowded": "later", "delayed": "later", "stopped": "closed"}
_CLOCK = re.compile(r"([01]?\d|2[0-9]):([0-5]\d)")
_NUMBER = re.compile(r"\d+")


class Options(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a page may choose; see the module's docstring."""

    words: dict[str, str] = {}
    marks: dict[str, Mark] = {}
    calm: str = "全部线路正常"
    night: str = "今天的车已收班"
    unsure: str = "运行情况不明"
    empty: str = "还不知道现在怎样运行"


class _Line(NamedTuple):
    """A route and how it runs at the moment."""

    route: Route
    state: str


def view(inputs: Inputs) -> Content:
    """The lead card, a row for every other line, and an item for each line."""
    options = inputs.options(Options)
    routes = inputs.records("lines", Route)
    until = Until(inputs)
    for route in routes:
        until.at(*_turns(route, inputs.moment))
    lines = sorted((_Line(route, _state(route, inputs.moment)) for route in routes), key=_weight)
    items = items_of(routes, inputs.page.title, inputs.page.detail)
    return Content(
        body=_body(lines, inputs, options),
        sources=inputs.source_lines(),
        items=items,
        place=inputs.place(),
        valid_until=until.value,
        **keys(inputs.page),
    )


def _body(lines: list[_Line], inputs: Inputs, options: Options) -> Status:
    if not lines:
        empty = inputs.empty("lines", options.empty)
        return Status(title="", sentence="", badge="", mark="", word="", rows=(), empty=empty)
    worst = lines[0]
    rows = tuple(_row(line, inputs.page.number, options) for line in lines)
    if not worst.state:
        sentence = f"{sum(1 for line in lines if not line.state)} 条线路没有运行消息"
        return Status(title=options.unsure, sentence=sentence, badge="", mark="", word=rows[0].word, rows=rows)
    if worst.state == "normal":
        running = [line.route for line in lines if line.state == "normal"]
        sentence = f"{len(running)} 条线路按时运行" + ("，其余线路未到运营时间" if len(running) < len(lines) else "")
        return Status(title=options.calm, sentence=sentence, badge="", mark="open", word=rows[0].word, rows=rows)
    if worst.state == "asleep":
        first = min((r.first for r in (line.route for line in lines) if _minutes(r.first) is not None), default="")
        return Status(
            title=options.night, sentence=f"最早的首班车 {first}" if first else "", badge="", mark="",
            word=rows[0].word, rows=rows,
        )  # fmt: skip
    row = rows[0]
    return Status(
        title=f"{worst.route.line} {row.route}",
        sentence=worst.route.note or f"{worst.route.line}{row.word}，请留意车站广播",
        badge=row.badge,
        mark=row.mark,
        word=row.word,
        rows=rows[1:],
    )


def _row(line: _Line, number: str, options: Options) -> StatusRow:
    route = line.route
    note = route.note
    if line.state == "asleep":
        note = f"首班 {route.first}" if route.first else ""
    elif line.state == "normal":
        note = route.headway and (route.headway if "间隔" in route.headway else f"间隔 {route.headway}")
    return StatusRow(
        badge=badge(route.line),
        route=f"{route.origin} — {route.destination}",
        note=note,
        mark={**_MARKS, **options.marks}.get(line.state, ""),
        word={**_WORDS, **options.words}.get(line.state, line.state),
        to=f"{number}.{route.id}",
    )


def badge(line: str) -> str:
    """``5`` for 5号线, ``浦江`` for 浦江线."""
    number = _NUMBER.match(line)
    return number[0] if number else line.removesuffix("线")[:2]


def _weight(line: _Line) -> tuple[int, int, str]:
    order = _ORDER.index(line.state) if line.state in _ORDER else len(_ORDER) - 2
    number = _NUMBER.match(line.route.line)
    return order, int(number[0]) if number else 999, line.route.line


def _state(route: Route, moment: datetime) -> str:
    first, last = _minutes(route.first), _minutes(route.last)
    if first is not None and last is not None:
        there = local(moment)
        now = there.hour * 60 + there.minute
        late = last if last > first else last + 1440
        if not (first <= now <= late or first <= now + 1440 <= late):
            return "asleep"
    return route.status


def _turns(route: Route, moment: datetime) -> list[datetime]:
    """When a line wakes and falls asleep: the minute of its first departure and the one after its last."""
    midnight = local(moment).replace(hour=0, minute=0, second=0, microsecond=0)
    found = []
    for minutes in (_minutes(route.first), _later(_minutes(route.last))):
        if minutes is not None:
            found += [midnight + timedelta(days=day, minutes=minutes) for day in (0, 1)]
    return found


def _later(minutes: int | None) -> int | None:
    return None if minutes is None else minutes + 1


def _minutes(text: str) -> int | None:
    match = _CLOCK.fullmatch(text.strip())
    return int(match[1]) * 60 + int(match[2]) if match else None
