"""What tests of building share: a small channel on disk and a renderer that writes its inputs down.

The renderer obeys what the first record's title says: ``fault`` is found unfit, ``raise`` fails, ``die`` kills its
worker, ``dead`` links to an item that is not there; each may name an estate (``fault mh0002``). A title ``at T`` reads
otherwise from that moment on. It is called through the builder's own ``module:name`` door, in this process or in a
worker's.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from channel.build.builder import Builder
from channel.build.engines import Serial
from channel.estates import DISTRICT
from channel.paint.addresses import SCRIPT
from channel.paint.output import Asset, Finding, PaintedDocument, Rendered
from channel.profiles import Profile, load_profiles
from channel.release import Store
from channel.settings import Channel
from feeds.archive import Archive
from feeds.base.clock import SetClock
from feeds.base.errors import RenderError
from feeds.records import Alert, AnyRecord, Area, Article
from feeds.source import Snapshot, freshness, next_border, records_digest

NOON = datetime(2026, 11, 24, 4, 0, tzinfo=UTC)
RENDERER = "build_help:WritingRenderer"
SETTINGS = """
render = {{ executor = "{executor}" }}
title = "闵行生活"
district = "闵行区"
profiles = [{profiles}]
alert_source = "alerts"
"""
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
layout = "list"
view = "{view}"
scope = "{scope}"
sources = {sources}
"""


def lineup(*pages: tuple[str, str, str]) -> str:
    """``lineup.toml`` with pages of (number, scope, source); 900 is the alerts'."""
    text = ""
    for number, scope, source in pages:
        view, role = ("alerts", "alerts") if number == "900" else ("latest", "articles")
        sources = f'{{ {role} = "{source}" }}' if source else "{}"
        text += PAGE.format(number=number, view=view if source else "menu", scope=scope, sources=sources)
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
    executor: str = "processes",
    profiles: tuple[str, ...] = ("web-hd", "bitmap-hd"),
) -> Channel:
    """A channel's folder; calling it again changes the declarations."""
    folder.mkdir(parents=True, exist_ok=True)
    names = ", ".join(f'"{name}"' for name in profiles)
    (folder / "channel.toml").write_text(SETTINGS.format(executor=executor, profiles=names), encoding="utf-8")
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
        self.builder.close()
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
        options = {"executor": Serial(), "renderer": RENDERER, "clock": self.clock, **options}
        return Builder(self.channel, self.archive, self.store, **options)  # type: ignore[arg-type]

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

    def text(self, estate: str, name: str, profile: str = "web-hd") -> str | None:
        """What is on air at an address."""
        release = self.store.current()
        artefact = release.entry(profile, estate, name) if release else None
        return None if artefact is None else self.store.body(artefact).decode()


def _turns(titles: list[str], moment: datetime) -> tuple[list[str], list[datetime | None]]:
    """Which titles ``at T`` have had their moment, and when the others have it."""
    turns = [datetime.fromisoformat(title[3:]) for title in titles if title.startswith("at ")]
    return ["passed" for turn in turns if turn <= moment], [turn for turn in turns if turn > moment]


class WritingRenderer:
    """Writes its inputs down as documents; ``calls`` counts what was asked of it in this process."""

    calls: list[tuple[str, str, str]] = []  # noqa: RUF012 - shared on purpose: builders make renderers by name
    words = "script"
    """What its scripts say, followed by their profile."""

    def __init__(self, channel: Channel) -> None:
        self.channel = channel
        self.profiles: Mapping[str, Profile] = load_profiles(channel.settings.profiles)
        self.fingerprint = f"writing 1 {self.words}"

    def page(
        self, number: str, estate: str, profile: str, snapshots: Mapping[str, Snapshot], moment: datetime,
        *, items: bool = True,
    ) -> Rendered:  # fmt: skip
        self.calls.append((number, estate, profile))
        page = self.channel.lineup.page(number)
        records = [r for s in page.sources.values() if s in snapshots for r in snapshots[s].records]
        titles = [getattr(record, "title", "") or getattr(record, "headline", "") for record in records]
        order, _, whom = (titles[0] if titles else "").partition(" ")
        order = order if whom in ("", estate) else ""
        passed, until = _turns(titles, moment)
        for source in sorted(set(page.sources.values())):
            declared, snapshot = self.channel.sources[source], snapshots.get(source)
            passed.append(str(freshness(declared, snapshot, moment)))
            until.append(next_border(declared, snapshot, moment))
        if order == "raise":
            raise RenderError(f"cannot lay out {number}")
        if order == "die":
            os._exit(9)
        where = estate if page.scope == "estate" else DISTRICT
        image = Asset((b"band", f"{number} {where} {titles}".encode()), "png")
        targets = tuple(f"{number}.{r.id}" for r in records) + (("111.nowhere",) if order == "dead" else ())
        said = [word for word in passed if word not in ("fresh", "never")]
        text = f"{where} {' '.join([*titles, *said])}"
        documents = [
            PaintedDocument(
                name=f"{number}.html", media="text/html", body=text.encode(),
                assets=(image.name,), targets=targets,
            ),
            *(
                PaintedDocument(name=f"i/{number}.{r.id}.html", media="text/html", body=f"item {title}".encode())
                for r, title in zip(records, titles, strict=True)
            ),
        ]  # fmt: skip
        findings = (Finding(level="fault", page=number, screen=1, element="h1", sentence="does not fit"),)
        return Rendered(
            page=number,
            scope=page.scope,
            documents=tuple(documents),
            assets={image.name: image},
            findings=findings if order == "fault" else (),
            valid_until=min((u for u in until if u is not None and u > moment), default=None),
        )

    def script(self, profile: str) -> PaintedDocument | None:
        if self.profiles[profile].script == "none":
            return None
        return PaintedDocument(name=SCRIPT, media="application/javascript", body=f"{self.words} of {profile}".encode())

    def unavailable(self, number: str, profile: str) -> Rendered:
        document = PaintedDocument(name=f"{number}.html", media="text/html", body="暂不可用".encode())
        return Rendered(page=number, scope="district", documents=(document,), assets={})
