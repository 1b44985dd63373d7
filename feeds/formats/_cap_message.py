"""One CAP message as records (OASIS CAP 1.2, 3.2): an event a record, in the channel's language.

A first warning must be whole. What ends earlier ones is heeded whatever else it lacks, for a warning that was cancelled
must not stay on air: a Cancel in any case, an Update that is for the public.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from lxml import etree

from feeds.formats._cap_area import Complain, area_of
from feeds.formats._cap_events import LEVELS, Info, events_of, keys_of
from feeds.formats._cells import readers
from feeds.formats._moments import read_moment
from feeds.formats._options import duration, names_of
from feeds.formats._xml import child_text, children, text_of
from feeds.records import Alert, build, stable_id
from feeds.source import Source, wanted_language
from feeds.text import clean

# CAP 1.2, 3.2.1 and 3.2.2: the elements without which an alert is not one, and the words they may hold.
_REQUIRED = ("identifier", "sender", "sent", "status", "msgType", "scope")
_INFO_REQUIRED = ("category", "event", "urgency", "severity", "certainty")
_WORDS = {
    "status": ("Actual", "Exercise", "System", "Test", "Draft"),
    "msgType": ("Alert", "Update", "Cancel", "Ack", "Error"),
    "scope": ("Public", "Restricted", "Private"),
    "urgency": ("Immediate", "Expected", "Future", "Past", "Unknown"),
    "severity": ("Extreme", "Severe", "Moderate", "Minor", "Unknown"),
    "certainty": ("Observed", "Very Likely", "Likely", "Possible", "Unlikely", "Unknown"),
}
_CLOCK = re.compile(r"\d{2}:\d{2}")
_TEXTS = ("headline", "description", "instruction", "senderName", "contact")
_LONG = {"headline", "description", "instruction"}
_SHORT = {"event", "category", "source", "contact"}
_MOMENTS = ("effective", "onset", "expires")
_SILENT = ("Ack", "Error")
_DEFAULT_LANGUAGE = "en-US"
"""What a block without ``language`` is in (3.2.2)."""
_MOST_INFOS = 500
_MOST_REFERENCES = 10_000


class Refused(Exception):
    """A message that is no public alert; the reason is a sentence for an editor."""


def read_message(alert: etree._Element, source: Source, moment: datetime, complain: Complain) -> list[Alert]:
    """The message's records; none for one that only answers a sender. Raises Refused."""
    values = {name: clean(child_text(alert, name), limit=600) for name in _REQUIRED}
    for name in ("status", "msgType", "scope"):
        values[name] = _canonical(name, values[name])
    if values["msgType"] in _SILENT:
        complain(f"a message of type {values['msgType']} is for senders and was passed over", values["identifier"])
        return []
    references = _references(alert, values["sender"], complain)
    ender = values["msgType"] in ("Cancel", "Update") and bool(values["sender"])
    ender = ender and bool(references or values["identifier"])
    _check(values, complain, ender=ender)
    infos = [] if values["msgType"] == "Cancel" else _infos(alert, source, moment, complain, lenient=ender)
    if values["msgType"] == "Alert" and not infos:
        raise Refused("an alert without info")
    sent = _moment("sent", values["sent"], moment, complain if ender else lambda reason, text: None)
    if sent is None and not ender:
        raise Refused(f"sent: found {values['sent'][:60]!r}, expected a moment")
    envelope: dict[str, Any] = {
        "identifier": values["identifier"] or "-",
        "sender": values["sender"],
        "sent": sent,
        "status": values["status"],
        "message": values["msgType"],
        "references": references,
        "speaks_for": _speaks_for(values["sender"], source),
    }
    parts = [values["sender"], values["identifier"], values["sent"]]
    if not all(parts):
        parts += references
    said = child_text(alert, "source")
    groups = events_of(infos, wanted_language(source))
    keys = keys_of([group[0] for group in groups])
    made = [
        _record({**envelope, **_content(group, said)}, parts + key, source, moment)
        for group, key in zip(groups, keys, strict=True)
    ]
    return made or [_record(envelope, parts, source, moment)]


def _speaks_for(sender: str, source: Source) -> tuple[str, ...]:
    given = names_of(source, "speaks_for").items()
    return tuple(name for key, names in given if key.strip().casefold() == sender.casefold() for name in names)


def _check(values: dict[str, str], complain: Complain, *, ender: bool) -> None:
    """Raises Refused for what is no public alert; what ends others is let through, and what it lacks is told."""
    absent = [name for name in _REQUIRED if not values[name]]
    wrong = [name for name in ("status", "msgType", "scope") if values[name] and values[name] not in _WORDS[name]]
    reasons = [f"without {', '.join(absent)} (CAP 1.2, 3.2.1)"] if absent else []
    reasons += [f"{n}: found {values[n][:60]!r}, expected one of: {', '.join(sorted(_WORDS[n]))}" for n in wrong]
    if reasons and not ender:
        raise Refused(reasons[0])
    # An Update for a few says nothing to the public, whose warning stays; a Cancel says it is over.
    if values["scope"] in ("Restricted", "Private") and values["msgType"] != "Cancel":
        raise Refused(f"its scope is {values['scope']}, which is not for the public")
    for reason in reasons:
        complain(f"{reason}; what it ends was heeded", values["identifier"])
    if values["status"] not in _WORDS["status"]:
        values["status"] = "Actual"


def _canonical(name: str, text: str) -> str:
    """The standard's own word where only case and spaces differ."""
    return next((word for word in _WORDS[name] if word.casefold() == " ".join(text.casefold().split())), text)


def _references(alert: etree._Element, sender: str, complain: Complain) -> list[str]:
    """The messages named, each as ``sender,identifier,sent``; white space separates them (3.2.1).

    What a space has split is put together again: a reference is whole when it has its three parts. A bare identifier is
    one of the sender's own.
    """
    found: list[str] = []
    for word in " ".join(text_of(element) for element in children(alert, "references")).split():
        last = found[-1] if found else ""
        is_open = last.endswith(",") and last.count(",") < 3
        is_open |= last.count(",") == 1 and word.partition(",")[0] != last.partition(",")[0]
        if last and ((is_open and word.count(",") < 2) or _CLOCK.match(word)):
            found[-1] += ("" if last.endswith(",") else " ") + word
        else:
            found.append(word)
    whole = (f"{sender},{reference}," if "," not in reference else reference for reference in found)
    names = list(dict.fromkeys(clean(reference, limit=600) for reference in whole))
    if len(names) > _MOST_REFERENCES:
        complain(f"more than {_MOST_REFERENCES} references: the rest was left out", names[_MOST_REFERENCES])
    return names[:_MOST_REFERENCES]


def _infos(
    alert: etree._Element, source: Source, moment: datetime, complain: Complain, *, lenient: bool
) -> list[Info]:
    """The blocks that say something. Raises Refused when there are some and none is whole."""
    found: list[Info] = []
    reasons = []
    for element in islice(children(alert, "info"), _MOST_INFOS):
        words = {name: child_text(element, name) for name in (*_INFO_REQUIRED, *_TEXTS)}
        words.update({name: _canonical(name, words[name]) for name in LEVELS})
        reason = _lacking(words)
        if reason:
            reasons.append(reason)
            words["headline"] = words["headline"] or ("" if words["event"] else clean(words["description"], limit=60))
            if not lenient or not (words["event"] or words["headline"]):
                continue
            words.update({name: "Unknown" for name in LEVELS if words[name] not in _WORDS[name]})
        found.append(_info(element, words, source, moment, complain))
    if len(found) + len(reasons) >= _MOST_INFOS:
        reasons.append(f"more than {_MOST_INFOS} info blocks: the rest was left out")
    if reasons and not found and not lenient:
        raise Refused(reasons[0])
    for reason in reasons:
        complain(reason, child_text(alert, "identifier"))
    return found


def _info(
    element: etree._Element, words: Mapping[str, str], source: Source, moment: datetime, complain: Complain
) -> Info:
    codes = ((child_text(code, "valueName"), child_text(code, "value")) for code in children(element, "eventCode"))
    return Info(
        language=(child_text(element, "language") or _DEFAULT_LANGUAGE).lower().replace("_", "-"),
        words=words,
        moments={name: _moment(name, child_text(element, name), moment, complain) for name in _MOMENTS},
        codes=frozenset(code for code in codes if code[1]),
        areas=tuple(area_of(area, source, complain) for area in children(element, "area")),
    )


def _lacking(words: Mapping[str, str]) -> str:
    for name in LEVELS:
        if words[name] and words[name] not in _WORDS[name]:
            return f"{name}: found {words[name][:60]!r}, expected one of: {', '.join(sorted(_WORDS[name]))}"
    absent = [name for name in _INFO_REQUIRED if not words[name]]
    return f"info without {', '.join(absent)} (CAP 1.2, 3.2.2)" if absent else ""


def _moment(name: str, text: str, moment: datetime, complain: Complain) -> datetime | None:
    """The moment, or None and a complaint: a broken hour must not keep a warning off air."""
    try:
        return read_moment(text, moment) if text else None
    except ValueError:
        complain(f"{name} is not a moment and was left out", text)
        return None


def _content(group: Sequence[Info], said: str) -> dict[str, Any]:
    """The fields of an event's record: all from the block that is told, areas and times from the others if need be."""
    info = group[0]
    moments = {name: next((i.moments[name] for i in group if i.moments[name]), None) for name in _MOMENTS}
    words = dict(info.words)
    return {
        **{name: words[name] for name in (*_INFO_REQUIRED, "headline", "description", "instruction", "contact")},
        "source": words["senderName"] or said,
        "areas": next((i.areas for i in group if i.areas), ()),
        **moments,
    }


def _record(fields: Mapping[str, Any], parts: Iterable[str], source: Source, moment: datetime) -> Alert:
    """The record. Raises Refused when what was read does not fit it."""
    fields = {**source.constants, **{name: value for name, value in fields.items() if value not in ("", None, ())}}
    values: dict[str, Any] = {"id": stable_id(*parts), **fields}
    read = readers(Alert, True)
    try:
        for name in _LONG & fields.keys():
            values[name] = read[name](fields[name], moment)
        # A long telephone list is cut, and does not silence the warning it stands in.
        for name in _SHORT & fields.keys():
            values[name] = clean(str(fields[name]), limit=200)
        if not values.get("expires") and values["message"] != "Cancel":
            values["lapses"] = _lapse(values, source)
        return build(Alert, values)
    except (ValueError, TypeError, OverflowError) as error:
        raise Refused(str(error)) from None


def _lapse(values: Mapping[str, Any], source: Source) -> datetime | None:
    """When a warning without ``expires`` ends: the standard leaves that to who receives it (3.2.2)."""
    known = [values[name] for name in ("sent", "effective", "onset") if values.get(name)]
    return max(known) + timedelta(seconds=duration(source, "lasts", "3d")) if known else None
