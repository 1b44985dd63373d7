"""A source and the page that shows it, proposed: the tables that stand in ``sources.toml`` and ``lineup.toml`` when
somebody has looked at it and said yes."""

from __future__ import annotations

import dataclasses
import re
import tomllib
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

import msgspec

from broadcaster.desk.people import Person
from broadcaster.desk.refusal import Refusal
from broadcaster.desk.samples import Read, Sample
from broadcaster.desk.words import Words, line
from broadcaster.letters import note_mistakes
from broadcaster.tools.starting.feeding import record_of, shown_by
from broadcaster.tools.starting.pages import page_table
from broadcaster.tools.starting.tables import table
from channel.folder import Channel
from channel.lineup import Lineup, Names, Page, read_lineup
from channel.offered import icon_names, layout_names, view_names
from channel.words import N_
from feeds.base.errors import Mistakes
from feeds.base.toml import Notes
from feeds.formats import format_names
from feeds.records import KINDS
from feeds.source import Snapshot, Source, read_sources, records_digest

VIEWS = {
    "latest": N_("A list by date"), "nearest": N_("The nearest first"), "table": N_("A table"),
    "forecast": N_("A forecast"), "calendar": N_("A calendar"), "grid": N_("A grid of programmes"),
    "prices": N_("Prices"), "sessions": N_("A weekly timetable"), "runs": N_("Departures"), "alerts": N_("Warnings"),
}  # fmt: skip
"""The views that records are shown by, in words."""
RECORDS = {
    "article": N_("News or a notice"), "place": N_("A place"), "bike_station": N_("A bicycle station"),
    "departure": N_("A departure"), "route": N_("A line of public transport"), "alert": N_("A warning"),
    "programme": N_("A programme"), "event": N_("An event"), "session": N_("A session of a week"),
    "price": N_("A price"), "job": N_("A job"), "reading": N_("A measured value"), "forecast": N_("Weather of a span"),
    "service_request": N_("A request of a citizen"), "guide": N_("Steps of a procedure"),
    "contact": N_("A number to call"), "meal": N_("A meal"),
}  # fmt: skip
"""What the rows of a table can be, in words."""
_LASTS = timedelta(days=366)
_KEYS = ("url", "format", "record", "publisher", "every", "rows", "encoding", "coordinates", "private")
_FIELD, _SAME = "field-", "same-"
_UNMAPPED = frozenset({"id", "facts", "areas", "estates", "references", "speaks_for"})
_PLAIN = Source(id="x", url="x", format="x", publisher="x")


class Proposal(Words, frozen=True, kw_only=True, tag="source"):
    """The source ``ident`` with its table, and the page ``number`` with its own, as TOML would have them. ``sample`` is
    what they were made from."""

    ident: str
    source: dict[str, Any]
    number: str
    shows: dict[str, Any]
    sample: str = ""


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """What stands in the form; ``fields`` name columns, "" where a field is left out, ``same`` what all records have in
    common."""

    ident: str = ""
    publisher: str = ""
    every: str = "1h"
    record: str = ""
    encoding: str = ""
    coordinates: str = "wgs84"
    fields: dict[str, str] | None = None
    same: dict[str, str] = {}
    number: str = ""
    title: str = ""
    category: str = ""
    view: str = ""

    @property
    def facts(self) -> dict[str, Any]:
        """What a person has said of the source, as fields of it."""
        said = {name: getattr(self, name) for name in ("record", "encoding") if getattr(self, name)}
        return {
            **said, "fields": self.fields or {}, "constants": self.same, "every": self.every,
            "coordinates": self.coordinates, "publisher": self.publisher or "?",
        }  # fmt: skip


def read_wanted(form: Mapping[str, str]) -> Wanted:
    """What a browser sent; a map that belongs to other records is not taken."""
    said = {name: form.get(name, "").strip() for name in Wanted.__struct_fields__ if name not in ("fields", "same")}
    mapped = {name.removeprefix(_FIELD): form.get(name, "") for name in form if name.startswith(_FIELD)}
    same = {name.removeprefix(_SAME): text for name in form if name.startswith(_SAME) and (text := form.get(name, ""))}
    if said["record"] not in KINDS:
        said["record"] = ""
    is_of_it = said["record"] == form.get("mapped", "")
    said["coordinates"] = said["coordinates"] or "wgs84"
    return Wanted(**said, fields=mapped if is_of_it and mapped else None, same=same if is_of_it else {})


def wanted_of(proposal: Proposal) -> Wanted:
    """A proposal as it is typed."""
    source, page = proposal.source, proposal.shows
    record = str(source.get("record", ""))
    fields = dict.fromkeys(fields_of(record), "") | source["fields"] if "fields" in source else None
    return Wanted(
        ident=proposal.ident, publisher=source["publisher"], every=source["every"], record=record,
        encoding=source.get("encoding", ""), coordinates=source.get("coordinates", "wgs84"),
        fields=fields, same=source.get("constants", {}), number=proposal.number,
        title=page["title"], category=page["category"], view=page["view"],
    )  # fmt: skip


def fields_of(record: str) -> dict[str, bool]:
    """The fields of a kind of record that a column may fill, and whether there is no record without; those first."""
    if record not in KINDS:
        return {}
    fields = [field for field in msgspec.structs.fields(KINDS[record]) if field.name not in _UNMAPPED]
    return {field.name: field.required for field in sorted(fields, key=lambda field: not field.required)}


def views_of(record: str) -> tuple[str, ...]:
    """The views by which such records can be shown, the usual one first."""
    shown = shown_by().get(record)
    return tuple(dict.fromkeys((*((shown.view,) if shown else ()), "table")))


def categories_of(lineup: Lineup) -> dict[str, str]:
    """The categories that pages are in, each called by its menu."""
    named = {page.category: page.category for page in lineup.pages.values()}
    return named | {page.category: page.title for page in lineup.pages.values() if page.layout == "menu"}


def proposed(channel: Channel, wanted: Wanted, read: Read, sample: Sample, begins: datetime) -> Proposal:
    """The proposal that a form means, made when it ``begins``. Raises PersonError: for what was not read, and all that
    is wrong in its tables, by their keys."""
    found = read.trial.source
    if found is None or not read.trial.ok:
        raise Refusal("source", N_("a gathering would not believe it: {words}"), words=read.trial.error)
    title = line("title", wanted.title, 40)
    if not re.fullmatch("[a-z][a-z0-9_-]{0,39}", wanted.ident):
        raise Refusal("ident", N_("expected at most 40 of a-z, 0-9, _ and -, a letter first"))
    if wanted.ident in channel.sources:
        raise Refusal("ident", N_("{name} is a source of this channel already"), name=wanted.ident)
    if not re.fullmatch("[1-9][0-9]{2}", wanted.number) or wanted.number in channel.lineup.pages:
        raise Refusal("number", N_("expected three digits that no page has"))
    tables = _source_table(msgspec.structs.replace(found, publisher=wanted.publisher), read, sample)
    source = _sound_source(wanted.ident, tables)
    shows = _page_of(channel, wanted, source, record_of(read.trial))
    made = Proposal(
        title=title, begins=begins, ends=begins + _LASTS, ident=wanted.ident, source=tables, number=wanted.number,
        shows=shows, sample=sample.id,
    )  # fmt: skip
    _check_page(channel, made)
    return made


def channel_with(channel: Channel, proposal: Proposal) -> Channel:
    """The channel as it would be. Raises Mistakes for tables that are not sound (any more)."""
    source = _sound_source(proposal.ident, proposal.source)
    page = msgspec.convert({**proposal.shows, "number": proposal.number}, Page)
    pages = dict(sorted({**channel.lineup.pages, page.number: page}.items()))
    sources = {**channel.sources, source.id: source}
    return dataclasses.replace(channel, sources=sources, lineup=Lineup(pages))


def snapshot_of(proposal: Proposal, read: Read, now: datetime) -> Snapshot:
    """What the source would have said at ``now``."""
    records = read.trial.parsed.records if read.trial.parsed else ()
    return Snapshot(
        source=proposal.ident, observed=now, checked=now, digest=records_digest(records), records=records
    )


def toml_of(proposal: Proposal) -> dict[str, str]:
    """What is to be added to which file."""
    return {
        "sources.toml": table(f"source.{proposal.ident}", _ordered(proposal.source, (*_KEYS, "fields", "constants"))),
        "lineup.toml": table(f"page.{proposal.number}", _ordered(proposal.shows, Page.__struct_fields__)),
    }


def _ordered(tables: Mapping[str, Any], names: Iterable[str]) -> dict[str, Any]:
    """The keys as people write them: what was kept has them by the alphabet."""
    return {name: tables[name] for name in names if name in tables}


def check_everywhere(person: Person) -> None:
    """Raises PersonError for somebody of some towns alone: a source is everybody's."""
    if person.towns:
        told = N_("{name} works for {towns} alone, and a source is everybody's")
        raise Refusal("role", told, name=person.name, towns=", ".join(person.towns))


def _source_table(source: Source, read: Read, sample: Sample) -> dict[str, Any]:
    """What is not as usual; of a field that is left out that much is said where a column is called like it."""
    found = {name: getattr(source, name) for name in _KEYS if getattr(source, name) != getattr(_PLAIN, name)}
    fields = {name: column for name, column in source.fields.items() if column or name in read.sheet.columns}
    return {
        **found, "url": sample.url, "every": source.every,
        **({"fields": fields} if fields else {}), **({"constants": source.constants} if source.constants else {}),
    }  # fmt: skip


def _sound_source(ident: str, tables: Mapping[str, Any]) -> Source:
    notes = Notes("sources.toml")
    sources = read_sources(notes, {"source": {ident: dict(tables)}}, format_names())
    notes.done()
    return sources[ident]


def _page_of(channel: Channel, wanted: Wanted, source: Source, record: str) -> dict[str, Any]:
    """The page's table, with all that follows from its records."""
    view = wanted.view if wanted.view in VIEWS else ""
    named = msgspec.structs.replace(source, record=record)
    with_it = dataclasses.replace(channel, sources={**channel.sources, source.id: named})
    given = {"title": wanted.title, "category": wanted.category, "view": view}
    text = page_table(with_it, wanted.number, given, [source.id])
    found: dict[str, Any] = tomllib.loads(text)["page"][wanted.number]
    return found


def _check_page(channel: Channel, proposal: Proposal) -> None:
    """Raises Mistakes: all that the line-up would hold against the page."""
    notes, folder, layouts = Notes("lineup.toml"), channel.folder, channel.settings.layouts
    names = Names(
        sources={*channel.sources, proposal.ident}, views=view_names(), layouts=layout_names(folder, layouts),
        icons=icon_names(folder, layouts),
    )  # fmt: skip
    pages = {number: msgspec.to_builtins(page) for number, page in channel.lineup.pages.items()}
    for page in pages.values():
        del page["number"]
    read_lineup(notes, {"page": {**pages, proposal.number: proposal.shows}}, names, note_mistakes)
    own = [mistake for mistake in notes.found if mistake.key.startswith(f"page.{proposal.number}")]
    if own:
        raise Mistakes(own)
