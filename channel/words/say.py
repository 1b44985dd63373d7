"""Saying what is so: a channel's language, its clock and its way of writing dates, handed to whoever writes words.

::

    say("Open until {time}", time=say.clock(ends))
    say.plural("{n} place", "{n} places", len(places))
    say.within("of a bus", "now")              # where one English word is two elsewhere
    say.dated(day, "EEE d MMM")                # a pattern of CLDR, which a catalogue writes in its own order
    say.joined(("fever", "cough"))             # fever, cough

Nothing here asks which language it is, and no word is made of parts of words.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from typing import Any, NamedTuple, TypeVar
from zoneinfo import ZoneInfo

import msgspec
from babel.dates import format_date

from channel.words.catalogue import ENGLISH, load_catalogue
from channel.words.sums import code_of, currency_sum, decimal_mark, digits_of, rounded

S = TypeVar("S", bound=msgspec.Struct)
_DAY = 24 * 60
MOST_DATES = 4096
"""Dates that are remembered as written."""


class Message(str):
    """A message where it is declared and not yet said: the default of an option."""

    __slots__ = ()


N_ = Message
"""Marks a message for the catalogues where it stands."""


class Manner(NamedTuple):
    """How a place writes times of day, measures and weeks: ``first`` is the day with which a week begins (0 Monday),
    ``currency`` that of a figure that names none (ISO 4217)."""

    twelve: bool = False
    miles: bool = False
    fahrenheit: bool = False
    first: int = 0
    currency: str = "CNY"


class Say:
    """The words of a channel in its language, on its wall clock.

    ``language`` names a catalogue, ``timezone`` a zone of the IANA database; ``manner`` is how times, measures and
    weeks are written there.
    """

    def __init__(
        self, language: str = "zh_Hans", timezone: str = "Asia/Shanghai", manner: Manner | None = None
    ) -> None:
        self.language = language
        self.zone = ZoneInfo(timezone)
        self.manner = manner or Manner()
        catalogue = load_catalogue(language)
        self._forms, self._plural = catalogue.forms, catalogue.plural
        # Where little room is, English says less than its message: what a catalogue lacks is said as its own has it.
        self._english = load_catalogue(ENGLISH)
        self._mark = decimal_mark(language)
        self._dates: dict[tuple[date, str], str] = {}

    def __reduce__(self) -> tuple[type[Say], tuple[str, str, Manner]]:
        return Say, (self.language, self.zone.key, self.manner)

    @property
    def tag(self) -> str:
        """The language's tag in pages (BCP 47)."""
        say = self
        return say.within("the tag of this language (BCP 47)", "en")

    def __call__(self, message: str, /, **given: Any) -> str:
        """The message in the channel's language; one that its catalogue lacks is said in English."""
        text = self._text(("", message))
        return text.format(**given) if given else text

    def within(self, context: str, message: str, /, **given: Any) -> str:
        """The message as it is said there; ``context`` is for translators and tells apart what English does not."""
        text = self._text((context, message))
        return text.format(**given) if given else text

    def plural(self, one: str, many: str, number: int, /, **given: Any) -> str:
        """The form for ``number``, which stands in it as ``{n}``."""
        forms, rule = self._forms.get(("", one)), self._plural
        if forms is None:
            forms, rule = self._english.forms.get(("", one), (one, many)), self._english.plural
        return forms[min(rule(number), len(forms) - 1)].format(n=number, **given)

    def _text(self, key: tuple[str, str]) -> str:
        forms = self._forms.get(key) or self._english.forms.get(key)
        return forms[0] if forms else str(key[1])

    def options(self, options: S) -> S:
        """The same with every message in it said: what a page did not choose."""
        changed = {}
        for name in options.__struct_fields__:
            value = getattr(options, name)
            said = self._said(value)
            if said is not value:
                changed[name] = said
        return msgspec.structs.replace(options, **changed) if changed else options

    def _said(self, value: Any) -> Any:
        if type(value) is Message:
            return self(value)
        if isinstance(value, msgspec.Struct):
            return self.options(value)
        if type(value) is tuple and any(type(part) is Message for part in value):
            return tuple(map(self._said, value))
        return value

    def joined(self, parts: Iterable[str]) -> str:
        """Things of one kind, one after the other; empty ones are left out."""
        return self.within("between things", ", ").join(filter(None, parts))

    def clauses(self, parts: Iterable[str]) -> str:
        """Parts of a sentence, one after the other; empty ones are left out."""
        return self.within("between clauses", ", ").join(filter(None, parts))

    def money(self, value: float, money: str = "") -> str:
        """A sum of ``money``, as a feed calls it (empty: of the channel's currency), without more decimals than it
        has."""
        say = self
        code = code_of(money, self.manner.currency, self.language)
        if code == "CNY":
            return say("{price} yuan", price=self.number(value))
        return currency_sum(value, code, self.language) if code else f"{self.number(value)} {money}"

    def price(self, value: float, money: str = "") -> str:
        """The figure of a price with all decimals of its ``money``: a code, a sign, or a word for the channel's."""
        return self.marked(str(rounded(value, digits_of(money, self.manner.currency, self.language))))

    def price_change(self, change: float, money: str = "") -> str:
        """By how much a price moved, in a decimal less than it has; empty where that is nought."""
        digits = max(digits_of(money, self.manner.currency, self.language) - 1, 0)
        figure = rounded(change, digits, tiny=False)
        return self.marked(str(figure)) if figure else ""

    def number(self, value: float, digits: int = 2) -> str:
        """``12`` for 12.0, ``3.5`` for 3.5, at most ``digits`` decimals."""
        figure = str(rounded(value, digits))
        return self.marked(figure.rstrip("0").rstrip(".") if "." in figure else figure)

    def marked(self, figure: str) -> str:
        """A figure with the decimal mark of the language."""
        return figure if self._mark == "." else figure.replace(".", self._mark)

    # --- time -------------------------------------------------------------------------------------------------------

    def local(self, moment: datetime) -> datetime:
        """The moment on the channel's wall clock."""
        return moment.astimezone(self.zone)

    def day_of(self, moment: datetime) -> date:
        """The day on the channel's wall clock."""
        return moment.astimezone(self.zone).date()

    def begin_of(self, day: date) -> datetime:
        """When the channel's day begins, in UTC."""
        return datetime(day.year, day.month, day.day, tzinfo=self.zone).astimezone(UTC)

    def end_of(self, day: date) -> datetime:
        """When the channel's day ends, in UTC."""
        return self.begin_of(day + timedelta(days=1))

    def clock(self, moment: datetime) -> str:
        """``08:05`` on the channel's wall clock, or ``8:05 am``."""
        there = moment.astimezone(self.zone)
        return self.time_of(60 * there.hour + there.minute)

    def time_of(self, minute: int) -> str:
        """The time of a day's minute; that of the next day's is counted from its own midnight, ``24:00`` is the end."""
        if not self.manner.twelve:
            return "24:00" if minute == _DAY else f"{minute // 60 % 24:02d}:{minute % 60:02d}"
        hour = minute // 60 % 24
        time = f"{(hour + 11) % 12 + 1}:{minute % 60:02d}"
        say = self
        return say("{time} am", time=time) if hour < 12 else say("{time} pm", time=time)

    def week(self, day: date) -> int:
        """Which day of its week a day is, 0 for the first."""
        return (day.weekday() - self.manner.first) % 7

    def dated(self, day: date, pattern: str) -> str:
        """A day by a pattern of CLDR (UTS 35, 4): ``EEE d MMM`` is ``Tue 24 Nov``."""
        day = date(day.year, day.month, day.day)
        known = self._dates.get((day, pattern))
        if known is None:
            if len(self._dates) >= MOST_DATES:
                self._dates.clear()
            known = self._dates[day, pattern] = format_date(day, self(pattern), locale=self.language)
        return known
