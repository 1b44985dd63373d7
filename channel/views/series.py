"""How values moved over many days, one line a name (layout ``chart``).

Role ``readings``. Options: ``names`` are the lines, at most three (else the first of the feed); ``days`` is how far
back; ``heading`` stands over the chart; ``now`` follows the first name over its value; ``empty`` is the sentence when
there are none.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Annotated

import msgspec

from channel.views._chart import ticks
from channel.views._keys import keys
from channel.views._words import date_word
from channel.views.base import Inputs, Until
from channel.views.content import Chart, Content, Point, Series, Tone
from channel.words import N_, Say
from feeds.records import Reading

ROLES = ("readings",)
_TONES: tuple[Tone, ...] = ("brand", "yellow", "blue")


class Options(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a page may choose; see the module's docstring."""

    names: Annotated[tuple[str, ...], msgspec.Meta(max_length=3)] = ()
    days: Annotated[int, msgspec.Meta(ge=7, le=60)] = 30
    heading: str = N_("The last 30 days")
    empty: str = N_("The figures have not come yet")


def view(inputs: Inputs) -> Content:
    """The first name's value at the left, all lines at the right."""
    options = inputs.options(Options)
    say = inputs.say
    today = say.day_of(inputs.moment)
    found: dict[str, dict[date, Reading]] = {}
    for reading in inputs.records("readings", Reading):
        if reading.at is not None and reading.value is not None and reading.at <= inputs.moment:
            found.setdefault(reading.name, {})[say.day_of(reading.at)] = reading
    names = [name for name in options.names or found if name in found][: len(_TONES)]
    until = Until(inputs)
    until.midnight()
    body = _body([(name, found[name]) for name in names], today, options, say) if names else None
    if body is None:
        body = Chart(
            place="", value="", level="", tone="", facts=(), advice="", heading="", series=(), ticks=(),
            empty=inputs.empty("readings", options.empty),
        )  # fmt: skip
    return Content(
        body=body,
        sources=inputs.source_lines(),
        place=inputs.place(),
        valid_until=until.value,
        **keys(inputs.page),
    )


def _body(lines: Sequence[tuple[str, dict[date, Reading]]], today: date, options: Options, say: Say) -> Chart | None:
    newest = max(max(values) for _, values in lines)
    days = [newest - timedelta(days=back) for back in range(options.days - 1, -1, -1)]
    shown = [[_value(values.get(day)) for day in days] for _, values in lines]
    known = [value for line in shown for value in line if value is not None]
    if not known:
        return None
    name, first = lines[0]
    unit = first[max(first)].unit
    latest = [(n, values[max(values)]) for n, values in lines]
    series = tuple(
        Series(name=n, kind="line", tone=_TONES[i], points=_points(days, shown[i], say))
        for i, (n, _) in enumerate(lines)
    )
    return Chart(
        place=" ".join(filter(None, (name, date_word(max(first), today, say), unit))),
        value=_worded(latest[0][1], say),
        level="",
        tone="",
        facts=tuple((n, _worded(reading, say)) for n, reading in latest[1:]),
        advice=_advice(name, shown[0], say),
        heading=options.heading,
        series=series,
        ticks=ticks(known),
        legend=tuple((n, _TONES[i]) for i, (n, _) in enumerate(lines)) if len(lines) > 1 else (),
    )


def _points(days: Sequence[date], values: Sequence[float | None], say: Say) -> tuple[Point, ...]:
    last = len(days) - 1
    return tuple(
        Point(
            value=value,
            name=say.dated(day, "d MMM"),
            label=say.dated(day, "d MMM") if number == last or (number % 7 == 1 and number < last - 3) else "",
        )
        for number, (day, value) in enumerate(zip(days, values, strict=True))
    )


def _advice(name: str, values: Sequence[float | None], say: Say) -> str:
    """Between what the first line moved, and where it stands now."""
    known = [value for value in values if value is not None]
    if len(known) < 2:
        return ""
    low, high = _number(min(known), say), _number(max(known), say)
    now, mean = known[-1], sum(known) / len(known)
    if abs(now - mean) < 0.03 * mean:
        return say("{name}: lowest {low}, highest {high}, now about the average.", name=name, low=low, high=high)
    if now < mean:
        return say("{name}: lowest {low}, highest {high}, now below the average.", name=name, low=low, high=high)
    return say("{name}: lowest {low}, highest {high}, now above the average.", name=name, low=low, high=high)


def _value(reading: Reading | None) -> float | None:
    return None if reading is None else reading.value


def _worded(reading: Reading, say: Say) -> str:
    return _number(reading.value or 0.0, say)


def _number(value: float, say: Say) -> str:
    return say.marked(f"{value:.2f}") if value % 1 else say.number(value)
