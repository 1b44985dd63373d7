"""A page to be added to a line-up: what was said of it, and what follows from its source."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from string import ascii_lowercase
from typing import Any

from broadcaster.tools.starting.feeding import Shown, columns_of, shown_by
from broadcaster.tools.starting.tables import table
from channel import views
from channel.folder import Channel
from channel.offered import layout_names
from feeds.archive import Archive
from feeds.base.toml import Notes

_WHERE = "channel new page"
_TABLE = Shown("table", "table", "rows")


def page_table(channel: Channel, number: str, given: Mapping[str, str], sources: Sequence[str]) -> str:
    """The table of a page. ``given`` are its keys; ``sources`` are ``ROLE=ID``, or an id for the view's first role.
    What is not given follows from the records of the first source. Raises Mistakes, all of what is wrong."""
    notes = Notes(_WHERE)
    _check_number(channel, number, notes)
    named = [text.rpartition("=") for text in sources]
    for _, _, ident in named:
        if ident not in channel.sources:
            notes.unknown("--source", ident, channel.sources, "a source of sources.toml")
    for option, known in (("view", views.views()), ("layout", layout_names(channel.folder, channel.settings.layouts))):
        name = given.get(option, "")
        if name and name not in known:
            notes.unknown(f"--{option}", name, known, f"one of: {', '.join(sorted(known))}")
    notes.done()
    keys = _keys(channel, {name: text for name, text in given.items() if text}, named, notes)
    notes.done()
    return table(f"page.{number}", {name: keys.get(name, "") for name in _ORDER})


_ORDER = ("title", "label", "category", "icon", "layout", "view", "scope", "parent", "sources", "options")


def _check_number(channel: Channel, number: str, notes: Notes) -> None:
    if not re.fullmatch("[1-9][0-9]{2}", number):
        notes.add("NUMBER", f"found {number!r}, expected three digits, 100 to 999")
    elif number in channel.lineup.pages:
        title = channel.lineup.pages[number].title
        notes.add("NUMBER", f"found {number}, which is {title!r} already, expected a number that is free")


def _keys(
    channel: Channel, given: dict[str, str], named: Sequence[tuple[str, str, str]], notes: Notes
) -> dict[str, Any]:
    record = _record(channel, named[0][2]) if named else ""
    shown = shown_by().get(record, _TABLE) if record else None
    view = given.get("view") or (shown.view if shown else "")
    if not view:
        hint = "or name a source with --source ID that was gathered once, so that its records tell"
        notes.add("--view", f"found nothing, expected one of: {', '.join(sorted(views.views()))}", hint=hint)
        return {}
    same = next((one for one in (shown, *shown_by().values()) if one and one.view == view), None)
    roles = views.views()[view].ROLES
    first = same.role if same else roles[0] if roles else ""
    sources = {role or first or ident: ident for role, _, ident in named}
    options: dict[str, Any] = {}
    if view == "table" and named and record:
        options["columns"] = columns_of(channel.sources[named[0][2]], record)
    category = given.get("category") or _free_category(channel, named[0][2] if named else view)
    menus = {page.category for page in channel.lineup.pages.values() if page.layout == "menu"}
    # A category without a menu has its tile on the home page.
    parent = given.get("parent") or ("" if category in menus and category != "home" else "100")
    return {
        **given, "view": view, "layout": given.get("layout") or (same.layout if same else view), "sources": sources,
        "scope": given.get("scope") or ("estate" if same and same.scope == "estate" else ""), "category": category,
        "icon": given.get("icon") or (same.icon if same else ""),
        "parent": parent, "options": options,
    }  # fmt: skip


def _free_category(channel: Channel, name: str) -> str:
    """A category that no page has, after a name: it has its own tile on the home page."""
    taken = {page.category for page in channel.lineup.pages.values()}
    word = re.sub("[^a-z]", "", name.lower())[:18] or "page"
    tries = (word, *(f"{word}{one}{two}" for one in ("", *ascii_lowercase) for two in ascii_lowercase))
    return next(one for one in tries if len(one) > 1 and one not in taken)


def _record(channel: Channel, ident: str) -> str:
    """The type of a source's records: as declared, as last gathered, or as its format always gives."""
    source = channel.sources[ident]
    if source.record:
        return source.record
    by_format = {"rss": "article", "cap": "alert", "weather": "forecast", "ical": "event", "xmltv": "programme",
                 "geojson": "place", "gbfs": "bike_station", "open311": "service_request"}  # fmt: skip
    archive = Archive.open(channel.archive_url)
    try:
        latest = archive.latest(ident)
    finally:
        archive.close()
    if latest is not None and latest.records:
        return str(type(latest.records[0]).__struct_config__.tag)
    return by_format.get(source.format, "")
