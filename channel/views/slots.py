"""How many places are left, by what is offered and by day (layout ``table``).

Role ``sessions``. A row is a department or a course, its item lists the sittings that can still be had. Options:
``days`` is how many from today on; ``corner`` and ``inner`` head the first column of page and items; ``full`` is the
word for none left; ``empty`` is the sentence when there is nothing at all.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Annotated

import msgspec

from channel.views._keys import keys
from channel.views._words import date_word
from channel.views.base import Inputs, Until
from channel.views.content import Cell, Column, Content, Item, Table, TableRow
from channel.words import N_, Say
from feeds.records import Session, stable_id

ROLES = ("sessions",)
_HEADS = ((N_("Date"), 1.0), (N_("Session"), 1.0), (N_("Doctor"), 1.6), (N_("Fee"), 1.0), (N_("Left"), 0.9))
_NONE = Cell(text="—", tone="text2")


class Options(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a page may choose; see the module's docstring."""

    days: Annotated[int, msgspec.Meta(ge=1, le=5)] = 3
    corner: str = N_("Department")
    inner: str = N_("Hospital")
    full: str = N_("Fully booked")
    empty: str = N_("No appointments on these days")


def view(inputs: Inputs) -> Content:
    """A row for everything that is offered on one of the days."""
    options = inputs.options(Options)
    say = inputs.say
    today = say.day_of(inputs.moment)
    days = [today + timedelta(days=number) for number in range(options.days)]
    found: dict[str, list[Session]] = {}
    for session in inputs.records("sessions", Session):
        if session.date in {day.isoformat() for day in days} and session.state != "cancelled":
            found.setdefault(session.name, []).append(session)
    until = Until(inputs)
    until.midnight()
    columns = (
        Column(label=options.corner),
        *(Column(label=date_word(day, today, say), align="right", strong=day == today) for day in days),
    )
    rows = tuple(
        TableRow(
            cells=(Cell(text=name), *(_left(sessions, day, options, say) for day in days)),
            to=f"{inputs.page.number}.{_id(name)}",
        )
        for name, sessions in found.items()
    )
    # A day of which nobody has anything gives its room away.
    kept = [0, *(n for n in range(1, len(columns)) if any(row.cells[n] != _NONE for row in rows))]
    columns = tuple(columns[n] for n in kept) if rows else columns
    rows = tuple(msgspec.structs.replace(row, cells=tuple(row.cells[n] for n in kept)) for row in rows)
    empty = None if rows else inputs.empty("sessions", options.empty)
    return Content(
        body=Table(columns=columns, rows=rows, empty=empty),
        sources=inputs.source_lines(),
        items=tuple(_item(name, sessions, today, options, say) for name, sessions in found.items()),
        place=inputs.place(),
        valid_until=until.value,
        **keys(inputs.page),
    )


def _free(session: Session) -> int:
    """Places left; a sitting that is open and does not count them has at least one."""
    if session.state == "full":
        return 0
    return 1 if session.left is None else session.left


def _left(sessions: Sequence[Session], day: date, options: Options, say: Say) -> Cell:
    held = [session for session in sessions if session.date == day.isoformat()]
    if not held:
        return _NONE
    left = sum(_free(session) for session in held)
    if not left:
        return Cell(text=options.full, tone="warn")
    return Cell(text=say.plural("{n} left", "{n} left", left))


def _item(name: str, sessions: Sequence[Session], today: date, options: Options, say: Say) -> Item:
    """What can still be had, by day, then in the feed's order."""
    open_ = sorted((session for session in sessions if _free(session)), key=lambda session: session.date)
    told = (Column(label=say(label), share=share) for label, share in _HEADS)
    heads = (Column(label=options.inner, share=2.2), *told)
    rows = tuple(_row(session, today, say) for session in open_)
    body = Table(columns=heads, rows=rows or (_all_full(options),))
    return Item(id=_id(name), title=say.within("a title", "{name}", name=name), layout="table", body=body)


def _row(session: Session, today: date, say: Say) -> TableRow:
    left = say.within("there is one", "yes") if session.left is None else str(session.left)
    day = date_word(date.fromisoformat(session.date), today, say)
    texts = (session.group, day, session.part, session.person, session.fee, left)
    return TableRow(cells=tuple(Cell(text=text or "—") for text in texts))


def _all_full(options: Options) -> TableRow:
    return TableRow(cells=(Cell(text=options.full, tone="warn"), *[_NONE] * len(_HEADS)))


def _id(name: str) -> str:
    return stable_id("slots", name)
