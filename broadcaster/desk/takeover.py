"""A takeover: a warning of the channel's own, which fills the screens of those that it is for (CAP 1.2, as records)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Literal

import msgspec

from broadcaster.desk.paste import BULLET
from broadcaster.desk.people import Person
from broadcaster.desk.refusal import Refusal
from broadcaster.desk.words import (
    Words,
    check_reach,
    identified,
    is_for_all,
    line,
    places_of,
    prose,
)
from channel.estates import Estates
from channel.words import N_, Say
from feeds.records import Alert, Area

MOST_TITLE, MOST_EVENT, MOST_TEXT, MOST_STEPS = 40, 12, 600, 9
LONGEST = timedelta(days=3)
Severity = Literal["Extreme", "Severe", "Moderate", "Minor"]
LEVELS: dict[str, str] = {
    "Extreme": N_("Extreme: fills the screen"), "Severe": N_("Severe: fills the screen"),
    "Moderate": N_("Moderate: a mark in the header"), "Minor": N_("Minor: a mark in the header"),
}  # fmt: skip
"""What a severity (CAP 1.2, 3.2.2) does on a television."""


WARNINGS = "alert"
"""The kind of record that the desk's warnings are."""


class Takeover(Words, frozen=True, kw_only=True, tag="takeover"):
    """``event`` stands in the mark of every header; ``steps`` are what to do, one a line. A ``drill`` reaches no box
    unless the channel shows drills."""

    event: str
    text: str
    steps: str
    severity: Severity = "Severe"
    drill: bool = False


class Template(msgspec.Struct, frozen=True):
    """What a form begins with; words of the channel's catalogue."""

    event: str
    title: str
    text: str
    steps: tuple[str, ...]
    severity: Severity = "Severe"
    hours: int = 6
    drill: bool = False


TEMPLATES: Mapping[str, Template] = {
    "water": Template(
        N_("Water"), N_("The water is cut off"), N_("Water is cut off in the estates named here."),
        (
            N_("Keep water in pots and bathtub"), N_("Close all taps before you go out"),
            N_("Ask the town hall for water carts"),
        ),
        "Moderate", 12,
    ),
    "gas": Template(
        N_("Gas"), N_("Gas leak: leave your home"), N_("Gas escapes in this area."),
        (
            N_("Close the gas cock"), N_("Touch no switch and light no fire"),
            N_("Leave by the stairs, then call for help"),
        ),
        "Extreme",
    ),
    "storm": Template(
        N_("Storm"), N_("Storm warning: stay inside"), N_("Strong wind and rain are expected."),
        (N_("Stay inside"), N_("Bring in what stands on balconies"), N_("Keep away from trees and signs")),
    ),
    "drill": Template(
        N_("Drill"), N_("Evacuation drill"), N_("This is a drill. Nothing has happened."),
        (N_("Take your keys and a coat"), N_("Go down by the stairs"), N_("Meet at the gate of the estate")),
        "Severe", 1, drill=True,
    ),
}  # fmt: skip


def fresh(name: str, now: datetime, say: Say) -> Takeover:
    """What a form begins with, by the name of a template; empty words for any other."""
    made = TEMPLATES.get(name)
    begins = now.replace(second=0, microsecond=0)
    if made is None:
        return Takeover(title="", event="", text="", steps="", begins=begins, ends=begins + timedelta(hours=6))
    return Takeover(
        title=say(made.title), event=say(made.event), text=say(made.text), steps="\n".join(map(say, made.steps)),
        severity=made.severity, drill=made.drill, begins=begins, ends=begins + timedelta(hours=made.hours),
    )  # fmt: skip


def checked(takeover: Takeover, estates: Estates, writer: Person) -> Takeover:
    """The takeover with its words made harmless. Raises PersonError for what cannot go on air, naming the field."""
    takeover = identified(takeover, estates)
    lines = prose("steps", takeover.steps, MOST_TEXT).split("\n")
    todo = [step.removeprefix(BULLET) for step in lines if step]
    if len(todo) > MOST_STEPS:
        raise Refusal("steps", N_("{n} lines, where at most {most} are expected"), n=len(todo), most=MOST_STEPS)
    check_reach(takeover, estates, writer, LONGEST)
    return msgspec.structs.replace(
        takeover, title=line("title", takeover.title, MOST_TITLE), event=line("event", takeover.event, MOST_EVENT),
        text=prose("text", takeover.text, MOST_TEXT), steps="\n".join(todo),
    )  # fmt: skip


def alert(ident: int, takeover: Takeover, revision: int, estates: Estates) -> Alert:
    """The warning as pages and ``alert.json`` take it. Other words are another message, so that boxes show them."""
    everybody = is_for_all(takeover)
    named = [*takeover.towns, *(estates[ident].name for ident in takeover.estates if ident in estates)]
    area = Area(description=" ".join(named), estates=places_of(takeover, estates))
    return Alert(
        id=f"desk{ident}x{revision}", identifier=f"desk-{ident}-{revision}", sender="desk", sent=takeover.begins,
        status="Exercise" if takeover.drill else "Actual", message="Alert", event=takeover.event,
        headline=takeover.title, description=takeover.text, instruction=takeover.steps, urgency="Immediate",
        severity=takeover.severity, certainty="Observed", onset=takeover.begins, expires=takeover.ends,
        areas=() if everybody else (area,),
    )  # fmt: skip
