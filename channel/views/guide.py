"""How to do something, step by step (layout ``guide``).

Role ``guides``, and option ``record``: the id of the guide. Without a role the steps stand in the options, as on the
help page: ``steps`` are tables with ``head``, ``line`` and ``keys``, the keys of the remote to draw. With a role
``places`` the nearest of them is whom an estate calls, with how it stands now. In a role ``desk`` stand the channel's
own: one that is for this page takes the place of all that, from-to. ``empty`` is the sentence when the guide is not
there.
"""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec

from channel.memory import Slot
from channel.views._keys import keys
from channel.views._near import Nearby
from channel.views._state import Words, by_hours
from channel.views.base import Inputs, Until, next_midnight
from channel.views.content import Content, Guide, Step
from channel.words import N_, Say
from feeds.records import Guide as Record
from feeds.records import Place

ROLES = ("guides", "places", "desk")
_GUIDE: Slot[Guide] = Slot("guide")
_NEARBY: Slot[Nearby[Place]] = Slot("places of a guide")
_WORDS = Words(open=N_("Open now"), closed=N_("Closed for today"), off=N_("Not open today"))
_SAID: Slot[Words] = Slot("words of a guide's places")
_CALLED: Slot[Guide] = Slot("guide by place")


class OwnStep(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A step that the line-up itself gives."""

    head: str
    line: str
    keys: tuple[str, ...] = ()


class Options(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a page may choose; see the module's docstring."""

    record: str = ""
    steps: tuple[OwnStep, ...] = ()
    bring_title: str = ""
    bring: tuple[str, ...] = ()
    cost: str = ""
    phone: str = ""
    phone_hours: str = ""
    empty: str = N_("This guide is still being written")


def view(inputs: Inputs) -> Content:
    """The guide, or a sentence that it is not there."""
    options = inputs.options(Options)
    own = _of_the_desk(inputs)
    guide = inputs.once(_GUIDE, lambda: _read(own, options, inputs.say) if own else _guide(inputs, options))
    until = Until(inputs)
    for record in _for_this_page(inputs):
        until.at(record.begins, record.ends)
    told = guide.empty or (own.phone if own else options.steps)
    return Content(
        body=guide if told else _called(guide, inputs, until),
        sources=inputs.source_lines("desk") if own else inputs.source_lines(),
        place=inputs.place(),
        valid_until=until.value,
        **keys(inputs.page),
    )


def _for_this_page(inputs: Inputs) -> tuple[Record, ...]:
    return tuple(r for r in inputs.records("desk", Record) if r.page == inputs.page.number and r.steps)


def _of_the_desk(inputs: Inputs) -> Record | None:
    """The channel's own guide that holds now; of several the one that began last."""
    now, early = inputs.moment, datetime.min.replace(tzinfo=UTC)
    holding = (
        record
        for record in _for_this_page(inputs)
        if (record.begins is None or record.begins <= now) and (record.ends is None or now < record.ends)
    )
    return max(holding, key=lambda record: (record.begins or early, record.id), default=None)


def _called(guide: Guide, inputs: Inputs, until: Until) -> Guide:
    """The guide with the telephone of the place that is nearest to the estate, where one has a telephone, and how that
    stands now."""
    if inputs.estate is None or "places" not in inputs.sources:
        return guide
    nearby = inputs.once(_NEARBY, lambda: _with_phone(inputs))
    found = nearby.spots(inputs.estate, 1)
    if not found:
        return guide
    place = nearby.places[found[0].number]
    say = inputs.say
    words = inputs.once(_SAID, lambda: say.options(_WORDS))
    now = by_hours(place, inputs.moment, next_midnight(inputs.moment, say), words, say)
    until.at(*now.changes)
    # What nobody knows is asked by telephone anyway.
    told = " ".join(filter(None, (now.word, now.until))) if now.mark else ""
    called = msgspec.structs.replace(guide, phone=place.phone, phone_hours=place.name, mark=now.mark, now=told)
    return inputs.once(_CALLED, lambda: called, found[0].number)


def _with_phone(inputs: Inputs) -> Nearby[Place]:
    return Nearby([p for p in inputs.records("places", Place) if p.phone], inputs.memory, inputs.say)


def _guide(inputs: Inputs, options: Options) -> Guide:
    if options.steps:
        return _own(options)
    record = next((r for r in inputs.records("guides", Record) if r.id == options.record and r.steps), None)
    if record is None:
        return Guide(steps=(), empty=inputs.empty("guides", options.empty))
    return _read(record, options, inputs.say)


def _own(options: Options) -> Guide:
    return Guide(
        steps=tuple(Step(head=step.head, line=step.line, keys=step.keys) for step in options.steps),
        bring_title=options.bring_title,
        bring=options.bring,
        cost=options.cost,
        phone=options.phone,
        phone_hours=options.phone_hours,
    )


def _read(record: Record, options: Options, say: Say) -> Guide:
    return Guide(
        steps=tuple(Step(head=head, line=line) for head, line in record.steps),
        bring_title=(record.bring_title or options.bring_title or say("Bring these")) if record.bring else "",
        bring=record.bring,
        cost=record.cost,
        phone=record.phone,
        phone_hours=record.phone_hours,
    )
