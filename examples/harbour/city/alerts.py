"""Public warnings (CAP 1.2), each in English and in Irish: page 900. An Atom index links to one file a message."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from xml.sax.saxutils import escape

from . import sky
from .base import At, File, iso, minutes_of, on, serves, texts

_SENDER = "warnings@merrow.example"
_TYPE = "application/cap+xml"


class Warning_(NamedTuple):
    """One message: its name, its words, from when until when it holds."""

    ident: str
    words: Mapping[str, Any]
    sent: datetime
    expires: datetime


def current(at: At) -> list[Warning_]:
    """The messages of today and yesterday that hold at the moment, newest first."""
    found = []
    for back in (0, 1):
        day = at.day(-back)
        for words in _words():
            if not words.get("windy") or sky.is_windy(day):
                # Hours past midnight are of the next day's wall clock, whatever happens to the clocks that night.
                begins, ends = minutes_of(words["begins"]), minutes_of(words["ends"])
                until = on(day + timedelta(days=ends // 1440), ends % 1440)
                found.append(Warning_(f"{words['id']}-{day:%Y%m%d}", words, on(day, begins), until))
    held = [warning for warning in found if warning.sent <= at.moment < warning.expires]
    return sorted(held, key=lambda warning: warning.sent, reverse=True)


def _words() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = texts("civic")["alert"]
    return found


@serves("alerts/index.atom", "application/atom+xml", step=1)
def index(at: At) -> bytes:
    """The index; its links are relative to itself."""
    found = current(at)
    entries = "".join(
        f"<entry><id>urn:pm:{w.ident}</id><title>{escape(w.words['en']['headline'])}</title>"
        f'<updated>{iso(w.sent)}</updated><link type="{_TYPE}" href="{w.ident}.cap"/></entry>\n'
        for w in found
    )
    newest = max((w.sent for w in found), default=at.moment)
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<feed xmlns="http://www.w3.org/2005/Atom"><id>urn:pm:alerts</id>'
        f"<title>Warnings</title><updated>{iso(newest)}</updated><author><name>Port Merrow Coastguard</name></author>\n"
        f"{entries}</feed>\n"
    ).encode()


def files(at: At) -> dict[str, File]:
    """One file a message that holds."""
    found = {f"alerts/{w.ident}.cap": w for w in current(at)}
    return {path: File(path, _TYPE, 1, lambda _, w=w: cap(w)) for path, w in found.items()}  # type: ignore[misc]


def cap(warning: Warning_) -> bytes:
    """The message as CAP 1.2: an ``info`` for each language."""
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<alert xmlns="urn:oasis:names:tc:emergency:cap:1.2">'
        f"<identifier>{warning.ident}</identifier><sender>{_SENDER}</sender><sent>{iso(warning.sent)}</sent>"
        "<status>Actual</status><msgType>Alert</msgType><scope>Public</scope>\n"
        f"{_info(warning, 'ga')}{_info(warning, 'en')}</alert>\n"
    ).encode()


def _info(warning: Warning_, language: str) -> str:
    words, said = warning.words, warning.words[language]
    levels = "".join(f"<{name}>{words[name]}</{name}>" for name in ("urgency", "severity", "certainty"))
    told = "".join(f"<{name}>{escape(said[name])}</{name}>" for name in ("headline", "description", "instruction"))
    return (
        f"<info><language>{said['language']}</language><category>{words['category']}</category>"
        f"<event>{escape(said['event'])}</event>{levels}<effective>{iso(warning.sent)}</effective>"
        f"<expires>{iso(warning.expires)}</expires><senderName>Port Merrow Coastguard</senderName>{told}"
        f"<contact>555 0199</contact><area><areaDesc>{escape(said['area'])}</areaDesc>"
        f"<polygon>{words['polygon']}</polygon></area></info>\n"
    )
