"""The scripts that a box is served: ``layouts/remote.js`` and ``later.js`` with the table of its profile."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from importlib import resources
from zoneinfo import ZoneInfo

from channel.paint.addresses import SCRIPTS
from channel.paint.compact import compact
from channel.paint.output import MEDIA, PaintedDocument
from channel.profiles import ACTIONS, Profile
from channel.words import Say

PASSED_ON = frozenset({"home", "menu"})
"""Keys that a profile knows and that the box keeps: they lead to the operator's own portal."""

_MEMBER = re.compile(r"\bT\.(\w+)")

_FIELD = re.compile(r"(EEE|MMM|M|d)")
_FIELDS = {"d": 0, "M": 1, "MMM": 1, "EEE": 2}
_DAY = timedelta(days=1)
_YEARS = (2026, 2041)

LIMIT = 8_000
"""Bytes that each script may have as served, before gzip."""


def remote_scripts(profile: Profile, pages: Sequence[str], say: Say) -> dict[str, bytes]:
    """The scripts of ``profile`` for a channel with the pages of these numbers, by name, in the order in which they are
    loaded.

    The bytes are ASCII (words of other letters are escaped), so that they mean the same in every charset a page may
    have and whatever the server says of theirs. The same profile and pages give the same bytes.
    """
    facts = table(profile, pages, say)
    return {name: _written(name, facts) for name in SCRIPTS}


def _written(name: str, facts: Mapping[str, str]) -> bytes:
    source = resources.files("channel.layouts").joinpath(name).read_text(encoding="utf-8")
    facts = {name: value for name, value in facts.items() if re.search(rf"\bT\.{name}\b", source)}
    plain = {name for name, value in facts.items() if not value.startswith("function")}
    inline = {name for name in plain if len(facts[name]) < 12 or source.count(f"T.{name}") == 1}
    source = _MEMBER.sub(lambda match: facts[match[1]] if match[1] in inline else match[0], source)
    rest = ",".join(f"{name}:{value}" for name, value in facts.items() if name not in inline)
    # The table stands outside the script's function, where statements of a profile see no name of ours.
    return _ascii(compact(source).replace("(TABLE", f"({{{rest}}}", 1)).encode("ascii")


def script_documents(profile: Profile, pages: Sequence[str], say: Say) -> tuple[PaintedDocument, ...]:
    """The scripts as the documents that stand beside the pages of ``profile``; none for boxes that run none."""
    if profile.kind != "html" or profile.script == "none":
        return ()
    media = MEDIA["js"]
    return tuple(PaintedDocument(name=n, media=media, body=b) for n, b in remote_scripts(profile, pages, say).items())


def table(profile: Profile, pages: Sequence[str], say: Say) -> dict[str, str]:
    """What the scripts must know of a family of boxes: the members of its table ``T``, each as an expression of ES3."""
    guarded = [[k.code, k.action, " ".join(map(str, k.after)), k.ua] for k in profile.guarded_keys]
    return {
        "keys": "{" + ",".join(f"{action}:{_json(words)}" for action, words in _words(profile).items()) + "}",
        "digits": _json(profile.keys["digit0"]),
        "guarded": _json(guarded),
        "onkey": _json(f"on{profile.events.bind}"),
        "onsystem": _json(f"on{profile.events.system}" if profile.events.system else ""),
        "payload": _json(profile.events.payload),
        "handled": _json(profile.key_return.handled),
        "passed": _json(profile.key_return.passed),
        "ready": str(profile.ready.event),
        "timeout": str(profile.ready.timeout_ms),
        "debounce": str(profile.debounce_ms),
        "follow": str(int(profile.native_focus.follow)),
        "hide": _function(profile.native_focus.hide),
        "restore": _function(profile.native_focus.restore),
        "start": _function(profile.start),
        "exit": _function(profile.exit.statement),
        "live": _json(profile.exit.live),
        "poll": str(profile.alert_poll_s),
        "report": _json(_report(profile)),
        "away": str(int("//" in profile.report)),
        "large": _json(profile.large or profile.normal),
        "pages": _numbers(pages),
        "twelve": str(int(say.manner.twelve)),
        "zone": _zone(say.zone),
        **_said(say),
    }


def _said(say: Say) -> dict[str, str]:
    """The words of the scripts. ``dated`` is a day's pattern: texts, and 0 for its number, 1 for its month, 2 for its
    day of the week."""
    sunday = date(2023, 1, 1)
    pattern = say("EEE d MMM")
    parts = [_FIELDS.get(part, part) for part in _FIELD.split(pattern) if part]
    months = [say.dated(date(2023, month, 1), "LLL") for month in range(1, 13)] if "MMM" in pattern else 0
    return {
        "short": _json(say("A page number has three digits")),
        "missing": _json(say("There is no page {page}; near it is {near}")),
        "chosen": _json(say("{estate} is chosen")),
        "lost": _json(say("No connection; please try again")),
        "leaving": _json(say("Television in 10 seconds")),
        "alert": _json(say.within("of the public", "Alert")),
        "dated": _json(parts),
        "months": _json(months),
        "days": _json([say.dated(sunday + timedelta(days=day), "EEE") for day in range(7)]),
    }


@lru_cache(maxsize=8)
def _zone(zone: ZoneInfo) -> str:
    """The channel's hours as rows of (from when in unix seconds, minutes ahead of UTC): of the years in which these
    scripts may run, for a box has no table of zones."""
    rows: list[tuple[int, int]] = []
    moment, end = datetime(_YEARS[0], 1, 1, tzinfo=UTC), datetime(_YEARS[1], 1, 1, tzinfo=UTC)
    while moment < end:
        ahead = _ahead(moment, zone)
        if not rows or ahead != rows[-1][1]:
            rows.append((_changed(moment - _DAY, moment, zone) if rows else 0, ahead))
        moment += _DAY
    return _json(rows)


def _changed(before: datetime, after: datetime, zone: ZoneInfo) -> int:
    """When the clock is set between the two, in unix seconds."""
    while after - before > timedelta(seconds=1):
        middle = before + (after - before) / 2
        before, after = (middle, after) if _ahead(middle, zone) == _ahead(before, zone) else (before, middle)
    # Clocks are set at whole minutes.
    return round(after.timestamp() / 60) * 60


def _ahead(moment: datetime, zone: ZoneInfo) -> int:
    return (moment.astimezone(zone).utcoffset() or timedelta()) // timedelta(minutes=1)


def _numbers(pages: Sequence[str]) -> str:
    """A pattern of exactly these numbers of three digits: a fifth of the list's length."""
    units: dict[tuple[str, str], str] = {}
    for number in sorted(pages):
        units[number[0], number[1]] = units.get((number[0], number[1]), "") + number[2]
    tens: dict[tuple[str, str], str] = {}
    for (hundred, ten), ends in units.items():
        tens[hundred, ends] = tens.get((hundred, ends), "") + ten
    alternatives = (f"{hundred}{_one_of(middle)}{_one_of(ends)}" for (hundred, ends), middle in tens.items())
    return f"/^({'|'.join(alternatives)})$/"


def _one_of(digits: str) -> str:
    """A pattern of one of these rising digits."""
    runs: list[str] = []
    for digit in digits:
        if runs and int(digit) == int(runs[-1][-1]) + 1:
            runs[-1] += digit
        else:
            runs.append(digit)
    text = "".join(run if len(run) < 4 else f"{run[0]}-{run[-1]}" for run in runs)
    return text if len(text) == 1 else f"[{text}]"


def _report(profile: Profile) -> str:
    """The beginning of the address that a failure is told to, up to what did not load; relative to the folder of an
    estate unless it names a server of its own."""
    if not profile.report:
        return ""
    root = "" if "//" in profile.report else "../../"
    return f"{root}{profile.report}?profile={profile.id}&kind="


def _words(profile: Profile) -> dict[str, str]:
    """Each action's codes and key names, with a space between (key names have two letters at least)."""
    kept = [action for action in ACTIONS if action not in PASSED_ON and action != "digit0"]
    words = {a: " ".join([*map(str, profile.keys[a]), *profile.key_names.get(a, ())]) for a in kept}
    return {action: text for action, text in words.items() if text}


def _json(value: object) -> str:
    return json.dumps(value, separators=(",", ":"))


def _function(statement: str) -> str:
    return f"function(){{{statement}}}" if statement else "0"


def _ascii(text: str) -> str:
    return "".join(c if c.isascii() else f"\\u{ord(c):04x}" for c in text)
