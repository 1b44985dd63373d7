"""The script that a box is served: ``layouts/remote.js`` with the table of its profile."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from importlib import resources

from channel.paint.addresses import SCRIPT
from channel.paint.compact import compact
from channel.paint.output import MEDIA, PaintedDocument
from channel.profiles import ACTIONS, Profile

PASSED_ON = frozenset({"home", "menu"})
"""Keys that a profile knows and that the box keeps: they lead to the operator's own portal."""

_MEMBER = re.compile(r"\bT\.(\w+)")

LIMIT = 8_192
"""Bytes that the script may have as served, before gzip."""


def remote_script(profile: Profile, pages: Sequence[str]) -> bytes:
    """The remote of ``profile`` for a channel with the pages of these numbers.

    The bytes are ASCII (Chinese words are escaped), so that they mean the same in every charset a page may have and
    whatever the server says of theirs. The same profile and pages give the same bytes.
    """
    source = resources.files("channel.layouts").joinpath("remote.js").read_text(encoding="utf-8")
    facts = table(profile, pages)
    plain = {name for name, value in facts.items() if not value.startswith("function")}
    inline = {name for name in plain if len(facts[name]) < 12 or source.count(f"T.{name}") == 1}
    source = _MEMBER.sub(lambda match: facts[match[1]] if match[1] in inline else match[0], source)
    rest = ",".join(f"{name}:{value}" for name, value in facts.items() if name not in inline)
    # The table stands outside the script's function, where statements of a profile see no name of ours.
    return _ascii(compact(source).replace("(TABLE)", f"({{{rest}}})", 1)).encode("ascii")


def script_document(profile: Profile, pages: Sequence[str]) -> PaintedDocument | None:
    """The script as the document that stands beside the pages of ``profile``; None for boxes that run none."""
    if profile.kind != "html" or profile.script == "none":
        return None
    return PaintedDocument(name=SCRIPT, media=MEDIA["js"], body=remote_script(profile, pages))


def table(profile: Profile, pages: Sequence[str]) -> dict[str, str]:
    """What remote.js must know of a family of boxes: the members of its table ``T``, each as an expression of ES3."""
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
    }


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
