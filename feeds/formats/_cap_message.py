"""One CAP message as records (OASIS CAP 1.2, 3.2): an event a record, in the channel's language.

A message may hold several ``info`` blocks: languages of one event, several events, one event at several levels. Blocks
of other languages that say the same as one of the channel's language only help it out with areas and times that it
lacks; an event told in other languages alone is told in the nearest of them.

A first warning must be whole. What ends earlier ones is heeded whatever else it lacks, for a warning that was cancelled
must not stay on air: a Cancel in any case, an Update that is for the public.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cached_property
from itertools import islice
from typing import Any

from lxml import etree

from feeds.formats._cap_area import Complain, area_of
from feeds.formats._cells import readers
from feeds.formats._moments import read_moment
from feeds.formats._options import duration, names_of
from feeds.formats._xml import child_text, children, text_of
from feeds.languages import distance
from feeds.records import Alert, Area, build, stable_id
from feeds.source import Source
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
_LEVELS = ("urgency", "severity", "certainty")
_TEXTS = ("headline", "description", "instruction", "senderName", "contact")
_LONG = {"headline", "description", "instruction"}
_SHORT = {"event", "category", "source", "contact"}
_MOMENTS = ("effective", "onset", "expires")
_SILENT = ("Ack", "Error")
_DEFAULT_LANGUAGE = "en-US"
"""What a block without ``language`` is in (3.2.2)."""
_MOST_INFOS = 500
_MOST_REFERENCES = 10_000
_OTHER_SCRIPT = 6
"""``feeds.languages.distance`` from which on a text is another than the wanted one."""


class Refused(Exception):
    """A message that is no public alert; the reason is a sentence for an editor."""


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
        return tuple(self.words[name] for name in _LEVELS)

    @cached_property
    def shapes(self) -> frozenset[object]:
        """Everything that says where it holds, without words."""
        return frozenset(s for area in self.areas for s in (*area.polygons, *area.circles, *area.geocodes))

    @cached_property
    def saying(self) -> tuple[object, ...]:
        """All but where: blocks that say the same are parts of one."""
        return tuple(self.words.items()), tuple(self.moments.items()), self.codes


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
        "speaks_for": names_of(source, "speaks_for").get(values["sender"], ()),
    }
    parts = [values["sender"], values["identifier"], values["sent"]]
    if not all(parts):
        parts += references
    said = child_text(alert, "source")
    groups = _events(infos, str(source.options.get("language", "zh")))
    keys = _keys([group[0] for group in groups])
    made = [
        _record({**envelope, **_content(group, said)}, parts + key, source, moment)
        for group, key in zip(groups, keys, strict=True)
    ]
    return made or [_record(envelope, parts, source, moment)]


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
        words.update({name: _canonical(name, words[name]) for name in _LEVELS})
        reason = _lacking(words)
        if reason:
            reasons.append(reason)
            words["headline"] = words["headline"] or ("" if words["event"] else clean(words["description"], limit=60))
            if not lenient or not (words["event"] or words["headline"]):
                continue
            words.update({name: "Unknown" for name in _LEVELS if words[name] not in _WORDS[name]})
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
    for name in _LEVELS:
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


def _events(infos: Sequence[Info], wanted: str) -> list[list[Info]]:
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


def _keys(told: Sequence[Info]) -> list[list[str]]:
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
