"""The alerts in force (layout ``alert``, page 900), and what ``alert.json`` says to each estate.

Role ``alerts``; ``desk`` for the warnings of the channel's own desk beside them. Option ``empty`` is the sentence when
none is in force.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

import msgspec

from channel.estates import DISTRICT, Estate, Estates
from channel.memory import Slot
from channel.settings import Settings
from channel.views._areas import estates_in as estates_in
from channel.views._items import in_order, items_of
from channel.views._keys import keys
from channel.views._warnings import Held, begins, for_estate, headline, held, level_for, standing, steps, turns
from channel.views._words import cut, first_sentence, span_word
from channel.views.base import Inputs, Until
from channel.views.content import Alert as Body
from channel.views.content import Content, Entry, Item
from channel.words import N_, Say
from feeds.records import Alert
from feeds.source import Snapshot

ROLES = ("alerts", "desk")
PAGE = "900"
MOST_BYTES = 400
"""The size of ``alert.json`` that the oldest boxes still read in one piece."""
_STEPS = 3
"""Steps that the page has room for; the further ones stand in the whole text."""
_ORDER = 160
"""Characters of the sentence under the headline."""
_MARK_EMS = 2.3
"""Room in the mark of the header, in the width of a Han."""
_MOST_IDS = 4
"""Warnings named there that take over at once."""
_NONE = b'{"id":"","level":"none","text":"","page":""}'
_COLOUR = re.compile(r"[红橙黄蓝]?色?(?:预警|警报|预报)(?:信号)?$")
_SEVERITY: dict[str, Literal["minor", "moderate", "severe", "extreme"]] = {
    "Extreme": "extreme", "Severe": "severe", "Moderate": "moderate", "Minor": "minor",
}  # fmt: skip


class Options(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a page may choose; see the module's docstring."""

    empty: str = N_("No alert is in force now")


@dataclass(frozen=True)
class _Shared:
    """What all estates share at one moment: the alerts in force and where they hold, their items, when they turn."""

    alerts: Held
    items: tuple[Item, ...]
    until: datetime | None


_SHARED: Slot[_Shared] = Slot("alerts")
_BODIES: Slot[Body] = Slot("alerts by estates")


def view(inputs: Inputs) -> Content:
    """The most severe alert for the estate, the others beside it, and an item for each in force anywhere."""
    options = inputs.options(Options)
    shared = inputs.once(_SHARED, lambda: _shared(inputs))
    mine = for_estate(shared.alerts, inputs.estate)
    until = Until(inputs)
    until.at(shared.until)
    if mine:
        until.midnight()
    # Estates in which the same alerts hold share one body: it says nothing of the estate itself.
    body = inputs.once(_BODIES, lambda: _body(mine, inputs, options), tuple(alert.id for alert in mine))
    return Content(
        body=body,
        sources=inputs.source_lines(*_spoken(mine, inputs)),
        items=shared.items,
        # No place: estates with the same alerts then share their screens, and 340,000 homes have them a second sooner.
        valid_until=until.value,
        **keys(inputs.page),
    )


def _spoken(mine: Sequence[Alert], inputs: Inputs) -> tuple[str, ...]:
    """The role of whoever warns here first: nobody else is named as its source."""
    own = {alert.id for alert in inputs.records("desk", Alert)} if "desk" in inputs.sources else set()
    return ("desk" if mine[0].id in own else "alerts",) if mine and own else ()


def _shared(inputs: Inputs) -> _Shared:
    heard = [alert for role in ROLES for alert in inputs.records(role, Alert)]
    found = standing(heard, inputs.moment, inputs.say, drills=inputs.settings.drills)
    until = Until(inputs)
    until.at(*turns(heard))
    # Page 900 has room for two: the others are reached from one to the next.
    listed = items_of(found, inputs.page.title, inputs.say, inputs.page.detail)
    items = in_order(listed, inputs.page.number, inputs.say)
    return _Shared(held(found, inputs.estates), items, until.value)


def _body(mine: Sequence[Alert], inputs: Inputs, options: Options) -> Body:
    if not mine:
        return Body(empty=inputs.empty("alerts", options.empty))
    first, number, moment, say = mine[0], inputs.page.number, inputs.moment, inputs.say
    todo = steps(first.instruction)
    return Body(
        headline=headline(first),
        severity=_SEVERITY.get(first.severity, ""),
        area=_area(first, inputs.settings, say),
        times=span_word(begins(first), first.expires, moment, say),
        order=first_sentence(first.description or first.instruction or first.event, _ORDER),
        actions=todo[:_STEPS],
        more=max(0, len(todo) - _STEPS),
        others=tuple(
            Entry(
                label=headline(alert),
                to=f"{number}.{alert.id}",
                note=span_word(begins(alert), alert.expires, moment, say),
            )
            for alert in mine[1:]
        ),
        to=f"{number}.{first.id}",
        ends=first.expires or first.lapses,
    )


def _area(alert: Alert, settings: Settings, say: Say) -> str:
    names = list(dict.fromkeys(area.description for area in alert.areas if area.description))
    return say.joined(names) or settings.district


def alert_answers(
    snapshots: Iterable[Snapshot], estates: Estates, moment: datetime, settings: Settings, say: Say
) -> tuple[dict[str, bytes], datetime | None]:
    """The bytes of ``alert.json`` for every estate and ``district``, and when any of them changes by itself;
    ``snapshots`` are those of all sources of warnings.

    ``{"id","level","mark","text","do","page"}``, compact UTF-8 JSON of at most 400 bytes; level ``none``, ``strip`` or
    ``takeover``. ``mark`` is what stands in the header of every page, of two Han; ``do`` is the first thing to do. The
    loudest alert in force speaks, the newest of equals. ``id`` names, with spaces between, all that take over here, the
    loudest first: one that joins them is new to a box that has shown the others, one that ends makes nothing new.
    """
    heard = [record for snapshot in snapshots for record in snapshot.records if isinstance(record, Alert)]
    found = held(standing(heard, moment, say, drills=settings.drills), estates)
    ahead = [at for at in turns(heard) if at is not None and at > moment]
    made: dict[tuple[str, ...], bytes] = {}

    def answer(estate: Estate | None) -> bytes:
        for wanted in ("takeover", "strip"):
            here = [alert for alert, inside in found if level_for(alert, inside, estate, estates) == wanted]
            if here:
                ids = tuple(alert.id for alert in here[: _MOST_IDS if wanted == "takeover" else 1])
                key = (wanted, *ids)
                return made.get(key) or made.setdefault(key, _encode(here[0], wanted, " ".join(ids), say))
        return _NONE

    answers = {estate.id: answer(estate) for estate in estates.values()}
    answers[DISTRICT] = answer(None)
    return answers, min(ahead, default=None)


def mark(alert: Alert, say: Say) -> str:
    """A warning in the width of two Han: its event or the first word of that, if so short, else the word for any."""
    event = _COLOUR.sub("", alert.event.strip())
    fit = (word for word in (event, event.partition(" ")[0]) if len(word) > 1 and _ems(word) <= _MARK_EMS)
    return next(fit, "") or say.within("of the public", "Alert")


def _ems(text: str) -> float:
    return sum(1.0 if letter > "\u2e80" else 0.56 for letter in text)


def _encode(alert: Alert, level: str, ids: str, say: Say) -> bytes:
    text, todo = headline(alert), next(iter(steps(alert.instruction)), "")
    word = mark(alert, say)
    while True:
        answer = {"id": ids, "level": level, "mark": word, "text": text, "do": todo, "page": PAGE}
        body = json.dumps(answer, ensure_ascii=False, separators=(",", ":")).encode()
        if len(body) <= MOST_BYTES:
            return body
        over = max(1, (len(body) - MOST_BYTES) // 6)
        if _ems(todo) > _ems(text):
            todo = cut(todo, len(todo) - over)
        else:
            text = cut(text, len(text) - over)
