"""How to do something, step by step (layout ``guide``).

Role ``guides``, and option ``record``: the id of the guide. Without a role the steps stand in the options, as on the
help page: ``steps`` are tables with ``head``, ``line`` and ``keys``, the keys of the remote to draw. With a role
``places`` the nearest of them is whom an estate calls. ``empty`` is the sentence when the guide is not there.
"""

from __future__ import annotations

import msgspec

from channel.views._keys import keys
from channel.views._near import Nearby
from channel.views.base import Inputs, Memo, Until
from channel.views.content import Content, Guide, Step
from feeds.records import Guide as Record
from feeds.records import Place

_MEMO = Memo()


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
    empty: str = "这份指南还在编写"


def view(inputs: Inputs) -> Content:
    """The guide, or a sentence that it is not there."""
    options = inputs.options(Options)
    if options.steps:
        body = _own(options)
    else:
        record = next((r for r in inputs.records("guides", Record) if r.id == options.record and r.steps), None)
        empty = Guide(steps=(), empty=inputs.empty("guides", options.empty))
        body = _called(_read(record), inputs) if record else empty
    return Content(
        body=body,
        sources=inputs.source_lines(),
        place=inputs.place(),
        valid_until=Until(inputs).value,
        **keys(inputs.page),
    )


def _called(guide: Guide, inputs: Inputs) -> Guide:
    """The guide with the telephone of the place that is nearest to the estate, where one has a telephone."""
    if inputs.estate is None or "places" not in inputs.sources:
        return guide
    nearby = _MEMO.get(
        inputs.digest("places"), lambda: Nearby([p for p in inputs.records("places", Place) if p.phone])
    )
    found = nearby.around(inputs.estate, 1)
    return msgspec.structs.replace(guide, phone=found[0][0].phone, phone_hours=found[0][0].name) if found else guide


def _own(options: Options) -> Guide:
    return Guide(
        steps=tuple(Step(head=step.head, line=step.line, keys=step.keys) for step in options.steps),
        bring_title=options.bring_title,
        bring=options.bring,
        cost=options.cost,
        phone=options.phone,
        phone_hours=options.phone_hours,
    )


def _read(record: Record) -> Guide:
    return Guide(
        steps=tuple(Step(head=head, line=line) for head, line in record.steps),
        bring_title=record.bring_title if record.bring else "",
        bring=record.bring,
        cost=record.cost,
        phone=record.phone,
        phone_hours=record.phone_hours,
    )
