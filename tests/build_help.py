"""What tests of building share: a small channel on disk whose lists obey what their first article's title says.

``raise`` fails, ``dead`` leads to an item that is not there; each may name an estate (``raise mh0002``). A title ``at
T`` reads otherwise from that moment on. ``ASKED`` says what was asked.
"""

from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from channel.asking import unsaid
from channel.build.builder import Builder
from channel.estates import DISTRICT, Estates
from channel.folder import Channel
from channel.release import Release, Store
from channel.release.tree import unit_of
from channel.views import latest
from channel.views.base import Inputs, Until
from channel.views.content import Content, Empty, Item, List, ListRow
from channel.words import Say
from feeds.archive import Archive
from feeds.base.clock import SetClock
from feeds.base.errors import RenderError
from feeds.records import Alert, AnyRecord, Area, Article
from feeds.source import Snapshot, records_digest

NOON = datetime(2026, 11, 24, 4, 0, tzinfo=UTC)
TITLE = "写下来的"
"""Of channels whose lists obey."""
SETTINGS = """
title = "写下来的"
district = "闵行区"
profiles = [{profiles}]
alert_source = "alerts"
"""
ASKED: list[tuple[str, str]] = []
"""(page, scope) of each asking of an obeying list."""
SOURCES = """
[defaults]
publisher = "区里"
every = "{every}"
format = "rss"
[source.news]
url = "file:news.xml"
[source.towns]
url = "file:towns.xml"
[source.alerts]
url = "file:alerts.xml"
format = "cap"
"""
PAGE = """
[page.{number}]
title = "第{number}页"
category = "home"
layout = "{layout}"
view = "{view}"
scope = "{scope}"
sources = {sources}
"""


def lineup(*pages: tuple[str, str, str]) -> str:
    """``lineup.toml`` with pages of (number, scope, source); 900 is the alerts'."""
    text = ""
    for number, scope, source in pages:
        view, role, layout = ("alerts", "alerts", "alert") if number == "900" else ("latest", "articles", "list")
        view, layout = (view, layout) if source else ("menu", "menu")
        sources = f'{{ {role} = "{source}" }}' if source else "{}"
        text += PAGE.format(number=number, view=view, layout=layout, scope=scope, sources=sources)
    return text


PAGES = (
    ("100", "estate", "news"),
    ("111", "district", "news"),
    ("115", "estate", "towns"),
    ("900", "estate", "alerts"),
)


def write_channel(
    folder: Path,
    *,
    estates: int = 3,
    pages: tuple[tuple[str, str, str], ...] = PAGES,
    every: str = "365d",
    profiles: tuple[str, ...] = ("web-hd", "bitmap-hd"),
) -> Channel:
    """A channel's folder; calling it again changes the declarations."""
    folder.mkdir(parents=True, exist_ok=True)
    names = ", ".join(f'"{name}"' for name in profiles)
    (folder / "channel.toml").write_text(SETTINGS.format(profiles=names), encoding="utf-8")
    (folder / "sources.toml").write_text(SOURCES.format(every=every), encoding="utf-8")
    (folder / "lineup.toml").write_text(lineup(*pages), encoding="utf-8")
    rows = "".join(f"mh{n:04d},小区{n},莘庄镇,121.{300 + n},31.1,3101120{n:02d}\n" for n in range(1, estates + 1))
    (folder / "estates.csv").write_text("id,name,town,lon,lat,area_code\n" + rows, encoding="utf-8")
    return Channel.open(folder, folder / "var")


class World:
    """A channel, its archive, its store and a builder over all of them."""

    def __init__(self, folder: Path, **channel: object) -> None:
        self.folder = folder
        self.clock = SetClock(NOON)
        self.channel = write_channel(folder, **channel)  # type: ignore[arg-type]
        self.archive = Archive.open(self.channel.archive_url)
        self.store = Store.open(folder / "store", clock=self.clock)
        self.builder = self.new_builder()

    @classmethod
    def at(cls, folder: Path) -> World:
        """What an earlier world left in a folder, or a copy of it."""
        made = cls.__new__(cls)
        made.folder, made.clock = folder, SetClock(NOON)
        made.channel = Channel.open(folder, folder / "var")
        made.archive = Archive.open(made.channel.archive_url)
        made.store = Store.open(folder / "store", clock=made.clock)
        made.builder = made.new_builder()
        return made

    def close(self) -> None:
        """Let go of everything."""
        self.archive.close()

    @classmethod
    def beside(cls, other: World, folder: Path) -> World:
        """The same channel and archive with an empty store and nothing known of any build."""
        shutil.rmtree(folder, ignore_errors=True)
        made = cls.__new__(cls)
        made.folder, made.clock, made.archive = folder, other.clock, other.archive
        made.channel = replace(other.channel, state=folder)
        made.store = Store.open(folder / "store", clock=other.clock)
        made.builder = made.new_builder()
        return made

    def new_builder(self, **options: object) -> Builder:
        """A builder that knows nothing but what is on disk."""
        return Builder(self.channel, self.archive, self.store, **{"clock": self.clock, **options})  # type: ignore[arg-type]

    def says(self, source: str, *titles: str, observed: datetime | None = None) -> None:
        """The source gives articles with these titles."""
        records = tuple(Article(id=f"a{n}", title=title) for n, title in enumerate(titles))
        self.gives(source, records, observed)

    def gives(self, source: str, records: tuple[AnyRecord, ...], observed: datetime | None = None) -> None:
        """The source gives these records."""
        seen = observed or self.clock.now()
        digest = records_digest(records)
        self.archive.save(Snapshot(source=source, observed=seen, checked=seen, digest=digest, records=records))

    def warns(self, severity: str, *codes: str, sent: datetime | None = None, hours: float = 2.0) -> None:
        """A public warning is in force for the estates with these area codes."""
        at = sent or self.clock.now()
        area = Area(description="莘庄镇", geocodes=tuple(("area_code", code) for code in codes))
        alert = Alert(
            id="storm", identifier="storm", sender="weather", sent=at, status="Actual", message="Alert", event="暴雨",
            headline="暴雨红色预警", severity=severity, urgency="Immediate", certainty="Observed",
            expires=at + timedelta(hours=hours), areas=(area,),
        )  # fmt: skip
        self.gives("alerts", (alert,))

    @property
    def air(self) -> Release:
        """What is on air; there must be something."""
        release = self.store.current()
        assert release is not None
        return release

    def text(self, estate: str, name: str) -> str | None:
        """What is said at an address on air: for whom, and the titles; ``item TITLE``; None when nothing is."""
        release = self.store.current()
        unit = unit_of(name)
        if release is None or unit is None:
            return None
        if unit.item:
            known = release.item_key(*unit)
            return None if known is None else f"item {release.item(*unit).title}"
        entry = release.said(unit.page, estate)
        if entry is None:
            return None
        return said(release.content(unit.page, entry.content, items=False), self.channel.estates)


def said(content: Content, estates: Estates) -> str:
    """A content's titles, after whom it is for."""
    body = content.body
    if content == unsaid(Say()):
        return "暂不可用"
    whom = next((e.id for e in estates.values() if content.place and content.place[1] == e.name), DISTRICT)
    titles = [row.title for row in getattr(body, "rows", ())] or [getattr(body, "headline", "")]
    return " ".join([whom, *titles])


def _obeying(inputs: Inputs) -> Content:
    """A list that says what its articles are called, and does what the first of them says."""
    if inputs.settings.title != TITLE:
        return _latest(inputs)
    page, estate = inputs.page.number, inputs.estate
    scope = estate.id if estate else DISTRICT
    ASKED.append((page, scope))
    records = inputs.records("articles", Article)
    order, _, whom = (records[0].title if records else "").partition(" ")
    order = order if whom in ("", scope) else ""
    until = Until(inputs)
    turns = [datetime.fromisoformat(r.title[3:]) for r in records if r.title.startswith("at ")]
    until.at(*turns)
    if order == "raise":
        raise RenderError(f"cannot say {page}")
    rows = [ListRow(to=f"{page}.{record.id}", title=record.title) for record in records]
    if order == "dead":
        rows.append(ListRow(to="111.nowhere", title="dead"))
    rows += [ListRow(to=page, title="passed") for turn in turns if turn <= inputs.moment]
    states = [str(inputs.state(role)) for role in inputs.page.sources]
    rows += [ListRow(to=page, title=state) for state in states if state not in ("fresh", "never")]
    items = tuple(
        Item(id=record.id, title=record.title, layout="list", body=List(rows=(), empty=Empty(sentence=record.title)))
        for record in records
    )
    return Content(
        body=List(rows=tuple(rows), empty=None if rows else Empty(sentence="空")),
        items=items,
        place=(estate.town, estate.name) if estate else None,
        valid_until=until.value,
    )


_latest = latest.view
latest.view = _obeying
