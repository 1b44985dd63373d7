"""What stands in the forms of a notice and of a warning, as it was typed, and what it means."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Protocol, get_args

import msgspec

from broadcaster.desk.area import read_corners, written_corners
from broadcaster.desk.notice import Notice
from broadcaster.desk.paste import BULLET, pasted
from broadcaster.desk.refusal import Refusal
from broadcaster.desk.takeover import Severity, Takeover
from channel.words import N_, Say
from feeds.records import Picture

_BETWEEN = re.compile("[,;\n\uff0c\u3001\uff1b]")
"""What stands between the estates of a list."""


class Form(Protocol):
    """What a browser sent: one value of a name, or all of them."""

    def get(self, name: str, default: str = "") -> str:
        """The first value."""

    def getlist(self, name: str) -> list[str]:
        """Every value."""


class Filled(msgspec.Struct, frozen=True, kw_only=True):
    """The form's fields; ``begins`` and ``ends`` as a browser writes them (``2026-11-27T18:00``), on the channel's
    clock; a fact a line, ``Phone: 021-5550 0112``; ``picture`` is the key of one that was taken."""

    title: str = ""
    text: str = ""
    page: str = ""
    towns: tuple[str, ...] = ()
    estates: tuple[str, ...] = ()
    area: str = ""
    facts: str = ""
    begins: str = ""
    ends: str = ""
    picture: str = ""
    alt: str = ""

    @classmethod
    def fresh(cls, page: str, begins: datetime, ends: datetime, say: Say) -> Filled:
        """An empty one."""
        return cls(page=page, begins=written(begins, say), ends=written(ends, say))

    def notice(self, say: Say, picture: Picture | None = None) -> Notice:
        """What it means, with the ``picture`` that it names. Raises PersonError for a time that is none, or that the
        clock skips."""
        return Notice(
            title=self.title, text=self.text, page=self.page, towns=self.towns, estates=self.estates,
            area=read_corners(self.area),
            facts=tuple(pair(line) for line in pasted(self.facts).text.splitlines() if line.strip()),
            begins=moment_of("begins", self.begins, say), ends=moment_of("ends", self.ends, say), picture=picture,
        )  # fmt: skip


def _listed(fields: Sequence[str]) -> tuple[str, ...]:
    """Names or ids of estates as they are typed, with commas or lines between."""
    return tuple(filter(None, map(str.strip, _BETWEEN.split("\n".join(fields)))))


def read(form: Form | Mapping[str, str]) -> Filled:
    """The fields that a browser sent."""
    many = form.getlist if hasattr(form, "getlist") else lambda name: [form.get(name, "")]
    return Filled(
        title=form.get("title", ""), text=form.get("text", "").replace("\r\n", "\n"), page=form.get("page", ""),
        towns=tuple(filter(None, many("towns"))), estates=_listed(many("estates")),
        area=form.get("area", "").replace("\r\n", "\n"),
        facts=form.get("facts", "").replace("\r\n", "\n"), begins=form.get("begins", ""), ends=form.get("ends", ""),
        picture="" if form.get("unpicture", "") else form.get("picture", ""), alt=form.get("alt", ""),
    )  # fmt: skip


def filled_of(notice: Notice, say: Say) -> Filled:
    """A notice as it is typed: saved again it is the same, also in the hour that comes twice."""
    return Filled(
        title=notice.title, text=notice.text, page=notice.page, towns=notice.towns, estates=notice.estates,
        area=written_corners(notice.area),
        facts="\n".join(f"{label}: {value}" for label, value in notice.facts),
        begins=written(notice.begins, say), ends=written(notice.ends, say),
        picture=notice.picture.key if notice.picture else "", alt=notice.picture.alt if notice.picture else "",
    )  # fmt: skip


class Warned(msgspec.Struct, frozen=True, kw_only=True):
    """The fields of a warning's form; times and ``steps`` as ``Filled`` has times and text."""

    title: str = ""
    event: str = ""
    text: str = ""
    steps: str = ""
    severity: str = "Severe"
    towns: tuple[str, ...] = ()
    estates: tuple[str, ...] = ()
    area: str = ""
    begins: str = ""
    ends: str = ""
    drill: bool = False

    def takeover(self, say: Say) -> Takeover:
        """What it means. Raises PersonError for a time that is none, and for a severity that there is not."""
        known: tuple[Severity, ...] = get_args(Severity)
        severity = next((one for one in known if one == self.severity), None)
        if severity is None:
            raise Refusal("severity", N_("{name} is none of: {known}"), name=self.severity, known=", ".join(known))
        return Takeover(
            title=self.title, event=self.event, text=self.text, steps=self.steps, severity=severity,
            towns=self.towns, estates=self.estates, area=read_corners(self.area), drill=self.drill,
            begins=moment_of("begins", self.begins, say), ends=moment_of("ends", self.ends, say),
        )  # fmt: skip


def read_warned(form: Any) -> Warned:
    """The fields that a browser sent."""
    return Warned(
        title=form.get("title", ""), event=form.get("event", ""), text=form.get("text", "").replace("\r\n", "\n"),
        steps=form.get("steps", "").replace("\r\n", "\n"), severity=form.get("severity", ""),
        towns=tuple(filter(None, form.getlist("towns"))), estates=_listed(form.getlist("estates")),
        area=form.get("area", "").replace("\r\n", "\n"),
        begins=form.get("begins", ""), ends=form.get("ends", ""), drill=bool(form.get("drill", "")),
    )  # fmt: skip


def warned_of(words: Takeover, say: Say) -> Warned:
    """A warning as it is typed."""
    return Warned(
        title=words.title, event=words.event, text=words.text, steps=words.steps, severity=words.severity,
        towns=words.towns, estates=words.estates, area=written_corners(words.area), drill=words.drill,
        begins=written(words.begins, say), ends=written(words.ends, say),
    )  # fmt: skip


def pair(line: str) -> tuple[str, str]:
    """``Phone: 555 0160`` as name and value; what has no colon has no name."""
    line = line.removeprefix(BULLET)
    label, colon, value = line.replace("：", ":", 1).partition(":")
    return (label.strip(), value.strip()) if colon else ("", line.strip())


def written(moment: datetime, say: Say) -> str:
    """A moment as a browser's field has it, on the channel's clock."""
    there = say.local(moment)
    # The second of the two hours of that name is told by a letter that no other time has.
    return f"{there:%Y-%m-%dT%H:%M}{'+' if there.fold else ''}"


def moment_of(field: str, text: str, say: Say) -> datetime:
    """What was typed, in UTC. Raises PersonError for what is no time, or one that the clock skips."""
    again = text.endswith("+")
    try:
        naive = datetime.fromisoformat(text.removesuffix("+"))
    except ValueError:
        raise Refusal(field, N_("{text} is no day and time"), text=text or "—") from None
    if naive.tzinfo is not None or not 2000 <= naive.year <= 2100:
        raise Refusal(field, N_("{text} is no day and time"), text=text)
    moment = naive.replace(tzinfo=say.zone, fold=int(again), second=0, microsecond=0).astimezone(UTC)
    if say.local(moment).replace(tzinfo=None) != naive.replace(second=0, microsecond=0):
        raise Refusal(field, N_("the clock skips {text} on that day"), text=text)
    return moment
