"""Records with a page of their own: each kind of record as prose and facts, with nothing of any estate in it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime, time
from typing import Any

from channel.views import _hours
from channel.views._words import clock_word, full_day, is_all_day, when_facts
from channel.views.content import Article as Prose
from channel.views.content import Item
from feeds.base.clock import SHANGHAI, local
from feeds.records import (
    Alert,
    Article,
    BikeStation,
    Event,
    Job,
    Meal,
    Place,
    Programme,
    Record,
    Route,
    ServiceRequest,
    Session,
)

MOST_ITEMS = 200
"""How many records of a page have a page of their own."""
_MOST_FACTS = 5
"""What the panel beside the prose holds."""
_WIDEST = 11.0
"""Han in a line of that panel; a digit or Latin letter is a little more than half of one."""
Pairs = list[tuple[str, str]]


def items_of(
    records: Iterable[Record],
    title: str,
    layout: str = "article",
    labels: Mapping[str, str] | None = None,
    most: int = MOST_ITEMS,
) -> tuple[Item, ...]:
    """An item for each of the first ``most`` records that have one to show; ``title`` stands in their header.

    ``labels`` gives facts other names than their own: ``{"总数": "床位"}``.
    """
    made = []
    for record in records:
        body = prose_of(record, labels or {})
        if body is not None:
            made.append(Item(id=record.id, title=title, layout=layout, body=body))
        if len(made) >= most:
            break
    return tuple(made)


def prose_of(record: Record, labels: Mapping[str, str]) -> Prose | None:
    """The record as prose and facts; None for a kind that has no more to say than its row.

    A fact that its panel could not show whole becomes a sentence of the prose.
    """
    maker = _MAKERS.get(type(record))
    if maker is None:
        return None
    title, paragraphs, facts = maker(record)
    given: dict[str, str] = {}
    for label, value in facts:
        if value:
            given.setdefault(labels.get(label, label), value)
    short = [(label, value) for label, value in given.items() if _width(value) <= _WIDEST][:_MOST_FACTS]
    rest = "".join(_sentence(label, value) for label, value in given.items() if (label, value) not in short)
    prose = [part for text in [*paragraphs, rest] for part in text.split("\n") if part]
    return Prose(title=title, paragraphs=tuple(prose) or ("详情请电话咨询。",), facts=tuple(short))


def _width(text: str) -> float:
    return sum(1.0 if letter > "\u2000" else 0.57 for letter in text)


def _sentence(label: str, text: str) -> str:
    """``label：text。`` or nothing."""
    return f"{label}：{text.rstrip('。')}。" if text else ""


def _day(text: str) -> str:
    """``11月24日 周二`` for an ISO date; the text itself when it is none."""
    try:
        return full_day(datetime.combine(date.fromisoformat(text), time(12), tzinfo=SHANGHAI))
    except ValueError:
        return text


def _article(record: Article) -> tuple[str, list[str], Pairs]:
    text = record.body or record.summary or record.title
    facts = [
        *record.facts,
        *when_facts(record.begins, record.ends),
        ("街镇", record.town),
        ("发布", full_day(record.published) if record.published else ""),
    ]
    return record.title, [text], facts


def _place(record: Place) -> tuple[str, list[str], Pairs]:
    paragraphs = [
        _sentence("地址", record.address),
        _sentence("时间", _hours.in_words(record.hours)),
        record.closed and _sentence("停业", record.closed),
        record.note,
    ]
    facts = [
        ("电话", record.phone),
        *record.facts,
        ("费用", record.fee),
        ("等级", record.level),
        ("总数", str(record.capacity) if record.capacity else ""),
        ("类别", record.kind),
        ("街镇", record.town),
    ]
    return record.name, paragraphs, facts


def _bikes(record: BikeStation) -> tuple[str, list[str], Pairs]:
    return record.name, [_sentence("位置", record.address)], [("车桩", str(record.capacity or ""))]


def _event(record: Event) -> tuple[str, list[str], Pairs]:
    facts = [
        *when_facts(record.begins, record.ends, all_day=is_all_day(record)),
        ("地点", record.venue),
        ("街镇", record.town),
        ("主办", record.organiser),
        ("联系", record.contact),
    ]
    return record.title, [record.description or _sentence("地点", record.venue)], facts


def _job(record: Job) -> tuple[str, list[str], Pairs]:
    facts = [
        ("单位", record.employer),
        ("待遇", record.pay),
        ("人数", f"{record.openings} 人" if record.openings else ""),
        ("街镇", record.town),
        ("联系", record.contact),
        ("发布", full_day(record.published) if record.published else ""),
    ]
    paragraphs = [_sentence("招聘单位", record.employer), _sentence("要求", record.requirements)]
    return record.title, paragraphs, facts


def _request(record: ServiceRequest) -> tuple[str, list[str], Pairs]:
    facts = [
        ("状态", REQUEST_WORDS.get(record.status.lower(), record.status)),
        ("承办", record.agency),
        ("受理", full_day(record.requested) if record.requested else ""),
        ("更新", full_day(record.updated) if record.updated else ""),
        ("预计办结", full_day(record.expected) if record.expected else ""),
    ]
    paragraphs = [_sentence("地点", record.address or record.town), record.note]
    return record.service, paragraphs, facts


def _route(record: Route) -> tuple[str, list[str], Pairs]:
    ends = f"{record.origin} — {record.destination}".strip(" —")
    facts = [
        ("首班", record.first),
        ("末班", record.last),
        ("间隔", record.headway.removeprefix("间隔").strip()),
        ("票价", record.fare),
    ]
    return record.line, [_sentence("起讫", ends), record.note], facts


def _programme(record: Programme) -> tuple[str, list[str], Pairs]:
    facts = [
        *when_facts(record.begins, record.ends),
        ("地点", record.channel),
        ("票价", "免费" if record.free else record.price),
    ]
    return record.title, [record.subtitle, record.description], facts


def _session(record: Session) -> tuple[str, list[str], Pairs]:
    facts = [
        ("日期", _day(record.date)),
        ("时段", record.part),
        ("人员", record.person),
        ("费用", record.fee),
    ]
    return record.name, [_sentence("单位", record.group)], facts


def _meal(record: Meal) -> tuple[str, list[str], Pairs]:
    facts = [("日期", _day(record.date)), ("餐次", record.meal), ("价格", record.price)]
    return record.place, [record.dishes], facts


def _alert(record: Alert) -> tuple[str, list[str], Pairs]:
    begins = record.onset or record.effective or record.sent
    facts = [
        ("范围", "、".join(dict.fromkeys(area.description for area in record.areas if area.description))),
        *when_facts(begins, record.expires),
        ("发布", record.source),
        ("电话", record.contact),
        ("发出", f"{local(record.sent):%m-%d} {clock_word(record.sent)}"),
    ]
    return record.headline or record.event, [record.description, record.instruction], facts


REQUEST_WORDS = {"open": "办理中", "closed": "已办结", "acknowledged": "已受理", "pending": "待受理"}
"""Open311 GeoReport v2 knows ``open`` and ``closed``; the others are common in practice."""

_MAKERS: dict[type[Record], Callable[[Any], tuple[str, list[str], Pairs]]] = {
    Article: _article,
    Place: _place,
    BikeStation: _bikes,
    Event: _event,
    Job: _job,
    ServiceRequest: _request,
    Route: _route,
    Programme: _programme,
    Session: _session,
    Meal: _meal,
    Alert: _alert,
}
