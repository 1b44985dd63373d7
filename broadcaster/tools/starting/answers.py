"""What a new channel is asked for: by options, on a terminal, or by what the machine says of itself."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from babel.core import get_global
from babel.numbers import get_territory_currencies, list_currencies

from channel.settings import Settings
from channel.words import cannot_be_set, languages
from feeds.base.clock import zone_names
from feeds.base.errors import Mistake, Mistakes, PersonError
from feeds.base.toml import Notes

_WHERE = "channel new channel"
_USUAL = Settings(title="?", district="?").currency
_OPTIONS = {
    "title": "--name", "district": "--district", "language": "--language", "timezone": "--timezone",
    "currency": "--currency",
}  # fmt: skip


@dataclass
class Answers:
    """What a person said; "" where nothing was."""

    name: str = ""
    district: str = ""
    language: str = ""
    timezone: str = ""
    currency: str = ""
    estates: str = ""
    weather: str = ""
    news: str = ""
    alerts: str = ""


def complete(given: Answers, folder: Path, *, ask: bool) -> None:
    """Fill in what is missing: by asking (``ask``), else as the machine would have it. Raises Mistakes: every answer
    that is wrong."""
    _refuse(given)
    for question in _QUESTIONS:
        if not getattr(given, question.name):
            usual = question.usual(given, folder)
            setattr(given, question.name, _asked(question, usual) if ask else usual)
    _refuse(given)


def missing(given: Answers) -> list[str]:
    """The options without which nobody can say what channel it is."""
    needed = {"--name": given.name, "--language": given.language, "--timezone": given.timezone}
    return [option for option, answer in needed.items() if not answer]


def _refuse(given: Answers) -> None:
    wrong = mistakes(given)
    if wrong:
        raise Mistakes(wrong)


def mistakes(given: Answers) -> list[Mistake]:
    """What is wrong with the answers that are given, each by its option. The rules are those of ``channel.toml``."""
    data = {
        "title": given.name, "district": given.district, "language": given.language, "timezone": given.timezone,
        "currency": given.currency,
    }  # fmt: skip
    notes, told = Notes(_WHERE), {name: text for name, text in data.items() if text}
    notes.convert({"title": "?", "district": "?", **told}, Settings)
    reason = cannot_be_set(given.language) if given.language else ""
    if reason:
        notes.add("language", f"found {given.language!r}, which cannot be set: {reason}")
    elif given.language and given.language not in languages():
        notes.unknown("language", given.language, languages(), f"one of: {', '.join(languages())}")
    if given.timezone and given.timezone not in zone_names():
        expected = "a zone of the IANA database such as Europe/Lisbon"
        notes.unknown("timezone", given.timezone, zone_names(), expected)
    if given.currency and given.currency not in list_currencies():
        notes.add("currency", f"found {given.currency!r}, expected a code of ISO 4217 such as EUR")
    return [Mistake(m.file, 0, _OPTIONS.get(m.key, m.key), m.sentence, m.hint) for m in notes.found]


@dataclass(frozen=True)
class _Question:
    name: str
    words: str
    usual: Callable[[Answers, Path], str]


def _asked(question: _Question, usual: str) -> str:
    """A person's answer on the terminal; a wrong one is told and asked again. Raises PersonError at the end of all."""
    while True:
        shown = f" [{usual}]" if usual else ""
        try:
            answer = input(f"{question.words}{shown}: ").strip() or usual
        except EOFError:
            raise PersonError(f"{question.words}: found the end of the input, expected an answer") from None
        wrong = _wrong(question.name, answer)
        if not wrong:
            return answer
        print("\n".join(wrong), file=sys.stderr)


def _wrong(name: str, answer: str) -> Sequence[str]:
    if name == "estates" and answer and not Path(answer).expanduser().is_file():
        return [f"found {answer!r}, which is no file"]
    told = Answers(**{name: answer})
    return [mistake.sentence for mistake in mistakes(told)]


def _language(given: Answers, folder: Path) -> str:
    """That of the shell, if the screens speak it."""
    told = next(filter(None, (os.environ.get(name) for name in ("LC_ALL", "LC_MESSAGES", "LANG"))), "")
    tag = told.partition(".")[0]
    if tag.startswith("zh"):
        return "zh_Hant" if tag[3:5].upper() in ("TW", "HK", "MO") else "zh_Hans"
    return next((name for name in languages() if name in (tag, tag.partition("_")[0])), "en")


def _timezone(given: Answers, folder: Path) -> str:
    """That of the machine."""
    named = os.environ.get("TZ", "").lstrip(":")
    linked = os.path.realpath("/etc/localtime").partition("zoneinfo/")[2]
    return next((zone for zone in (named, linked) if zone in zone_names()), "UTC")


def _currency(given: Answers, folder: Path) -> str:
    """That of the country whose zone it is; the usual one where a zone is of none, such as UTC."""
    country = get_global("zone_territories").get(given.timezone, "")
    return next(iter(get_territory_currencies(country)), _USUAL)


def _nothing(given: Answers, folder: Path) -> str:
    return ""


_QUESTIONS = (
    _Question("name", "The channel's name", lambda given, folder: folder.name),
    _Question("district", "The district or city that it serves", lambda given, folder: given.name),
    _Question("language", f"The language of its screens ({', '.join(languages())})", _language),
    _Question("timezone", "Its time zone, such as Europe/Lisbon", _timezone),
    _Question("currency", "The currency of its prices, such as EUR", _currency),
    _Question("estates", "A CSV or GeoJSON of its residential estates (empty: none yet)", _nothing),
    _Question("weather", "The address of a weather forecast (empty: none)", _nothing),
    _Question("news", "The address of its news, RSS, Atom or a table (empty: none)", _nothing),
    _Question("alerts", "The address of public warnings, CAP (empty: none)", _nothing),
)
