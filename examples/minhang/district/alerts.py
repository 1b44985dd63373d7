"""Public warnings (CAP 1.2): pages 100 and 900. An Atom index links to one file a message."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from xml.sax.saxutils import escape, quoteattr

from . import climate
from .base import SHANGHAI, At, File, iso, serves, texts
from .writing import ATOM

CAP = "application/cap+xml; charset=utf-8"
SENDER = "yj@minhang.example"
DISTRICT_CODE = "310112000000"
_WORDS = texts("alerts")
_INFO = ("category", "event", "urgency", "severity", "certainty")


class Message(NamedTuple):
    """One CAP message: the alert's words, and which message it speaks of."""

    identifier: str
    sent: datetime
    kind: str
    words: Mapping[str, Any]
    expires: datetime
    references: tuple[str, ...] = ()

    @property
    def reference(self) -> str:
        """How a later message names this one (CAP 1.2, 3.2.1: sender,identifier,sent)."""
        return f"{SENDER},{self.identifier},{iso(self.sent)}"

    @property
    def path(self) -> str:
        """The message's file."""
        return f"alerts/{self.identifier}.cap"


def messages(at: At) -> list[Message]:
    """The messages of today and yesterday that have not expired, newest first; one chain was updated and cancelled."""
    found = [message for back in (0, 1) for words in _WORDS["alert"] for message in _chain(at, back, words)]
    current = [message for message in found if message.sent <= at.moment < message.expires]
    return sorted(current, key=lambda message: message.sent, reverse=True)


def _is_due(words: Mapping[str, Any], today: climate.Day) -> bool:
    """Whether the weather of its day gives reason for an alert; others have their own."""
    reasons = {"cold": today.is_cold, "hot": today.is_hot, "windy": today.is_windy}
    return reasons.get(words.get("weather", ""), True)


def _chain(at: At, back: int, words: Mapping[str, Any]) -> list[Message]:
    """An alert of the day ``back`` days ago, and what followed it; nothing when the weather gave no reason for it."""
    day, today = at.clock(0, days=-back), climate.day(at.day - back)
    if not _is_due(words, today):
        return []
    figures = {"low": math.floor(today.low), "high": math.ceil(today.high)}
    words = {**words, "description": words["description"].format(**figures)}
    sent, expires = day + timedelta(hours=8 + words["issued"]), day + timedelta(hours=words["ends"])
    stem = f"mh-{words['id']}-{day:%Y%m%d}"
    first = Message(f"{stem}-1", sent, "Alert", words, expires)
    if "update_hours" not in words:
        return [first]
    changed = {**words, "severity": words["update_severity"], "headline": words["update_headline"]}
    later, end = (sent + timedelta(hours=words[key]) for key in ("update_hours", "cancel_hours"))
    update = Message(f"{stem}-2", later, "Update", changed, expires, (first.reference,))
    cancel = Message(f"{stem}-3", end, "Cancel", changed, expires, (first.reference, update.reference))
    return [first, update, cancel]


def index(found: list[Message], moment: datetime) -> bytes:
    """The Atom index; its links are relative to itself."""
    entries = [
        f"<entry><id>urn:mh:{m.identifier}</id><title>{escape(m.words['headline'])}</title>"
        f"<updated>{iso(m.sent)}</updated>"
        f'<link rel="alternate" type="application/cap+xml" href={quoteattr(m.identifier + ".cap")}/></entry>'
        for m in found
    ]
    newest = max((m.sent for m in found), default=moment)
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<feed xmlns="http://www.w3.org/2005/Atom">'
        f"<id>urn:mh:alerts</id><title>闵行区预警发布</title><updated>{iso(newest)}</updated>"
        "<author><name>区应急局</name></author>\n" + "\n".join(entries) + "\n</feed>\n"
    ).encode()


def cap(message: Message) -> bytes:
    """The message as CAP 1.2."""
    words = message.words
    references = f"<references>{' '.join(message.references)}</references>" if message.references else ""
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<alert xmlns="urn:oasis:names:tc:emergency:cap:1.2">'
        f"<identifier>{escape(message.identifier)}</identifier><sender>{SENDER}</sender>"
        f"<sent>{iso(message.sent)}</sent><status>{words.get('status', 'Actual')}</status>"
        f"<msgType>{message.kind}</msgType><scope>Public</scope>{references}\n"
        f"<info><language>zh-CN</language>{_elements(words)}"
        f"<effective>{iso(message.sent)}</effective><expires>{iso(message.expires)}</expires>"
        f"<senderName>{escape(words['sender_name'])}</senderName><headline>{escape(words['headline'])}</headline>"
        f"<description>{escape(words['description'].strip())}</description>"
        f"<instruction>{escape(words['instruction'].strip())}</instruction>"
        f"<contact>021-5550 0119</contact>{_area(words)}</info></alert>\n"
    ).encode()


def _elements(words: Mapping[str, Any]) -> str:
    return "".join(f"<{name}>{escape(words[name])}</{name}>" for name in _INFO)


def _area(words: Mapping[str, Any]) -> str:
    """The area as a polygon of (lat,lon) pairs, closed; the whole district by its code as well."""
    name = words["area"]
    corners = _WORDS["areas"].get(name, name).split()
    pairs = [",".join(reversed(corner.split(","))) for corner in [*corners, corners[0]]]
    code = f"<geocode><valueName>310112</valueName><value>{DISTRICT_CODE}</value></geocode>"
    return (
        f"<area><areaDesc>{escape(words.get('area_name') or _WORDS['names'].get(name, name))}</areaDesc>"
        f"<polygon>{' '.join(pairs)}</polygon>{code if name == 'district' else ''}</area>"
    )


@serves("alerts", "alerts/index.atom", ATOM, minutes=1)
def alert_index(at: At) -> bytes:
    """Pages 100 and 900: the index."""
    return index(messages(at), at.moment)


def files(at: At) -> dict[str, File]:
    """One file a message of the day."""
    return {message.path: _file(message) for message in messages(at)}


def files_of(found: list[Message], moment: datetime) -> dict[str, File]:
    """The index of ``found`` and one file a message."""
    step = timedelta(minutes=1)
    listing = File("alerts", "alerts/index.atom", ATOM, step, lambda _: index(found, moment))
    return {listing.path: listing, **{message.path: _file(message) for message in found}}


def _file(message: Message) -> File:
    return File("alerts", message.path, CAP, timedelta(minutes=1), lambda _: cap(message))


def raised(order: Mapping[str, Any], before: list[Message], now: datetime) -> Message:
    """A message as the simulator is asked for one.

    ``order`` has ``id`` (letters, digits, hyphens), and for a first one ``headline``; ``message`` (Alert, Update,
    Cancel), ``severity``, ``area`` (a name of the table, or corners ``lon,lat lon,lat lon,lat``), ``area_name``,
    ``event``, ``description``, ``instruction``, ``status`` and ``minutes`` until it expires may be given. An update
    keeps what it does not change. Raises ValueError with the reason.
    """
    ident, kind = str(order.get("id", "")), str(order.get("message", "Alert"))
    if not ident.replace("-", "").isalnum() or not ident.isascii() or len(ident) > 40:
        raise ValueError(f"alert.id: found {ident!r}, expected letters, digits and hyphens")
    if kind not in ("Alert", "Update", "Cancel"):
        raise ValueError(f"alert.message: found {kind!r}, expected Alert, Update or Cancel")
    chain = [message for message in before if message.words["id"] == ident]
    if kind != "Alert" and not chain:
        raise ValueError(f"alert.id: found {ident!r}, which was not raised before")
    defaults = dict(chain[-1].words) if chain else _WORDS["raised"]
    words = {**defaults, **{key: value for key, value in order.items() if key != "message"}}
    if not words.get("headline"):
        raise ValueError("alert.headline: found nothing, expected text")
    sent = now.astimezone(SHANGHAI).replace(microsecond=0)
    expires = sent + timedelta(minutes=float(words.get("minutes", 120)))
    references = tuple(message.reference for message in chain) if kind != "Alert" else ()
    return Message(f"mh-{ident}-{len(chain) + 1}", sent, kind, words, expires, references)
