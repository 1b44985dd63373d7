"""A view's inputs as a test needs them: a small district, one page, records by role, and a moment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from channel import views
from channel.estates import Estate, Estates
from channel.lineup import Lineup, Page
from channel.memory import Memory
from channel.settings import Settings
from channel.views.base import Inputs
from channel.views.content import Content
from channel.words import Say
from feeds.base.clock import parse_moment
from feeds.records import Record, stable_id
from feeds.source import Snapshot, Source

MORNING = parse_moment("2026-11-24T08:12")
"""A Tuesday."""
HOME = Estate(id="mh0001", name="景城花苑", town="莘庄镇", lon=121.3800, lat=31.1100, area_code="310112101001")
SOUTH = Estate(id="mh0002", name="江畔雅苑", town="江川路街道", lon=121.4200, lat=31.0000, area_code="310112003002")
LOST = Estate(id="mh0003", name="无名坊", town="莘庄镇", lon=None, lat=None, area_code="310112101001")
ESTATES = Estates([HOME, SOUTH, LOST])
SAY = Say()
SETTINGS = Settings(title="闵行生活", district="闵行区", area_code="310112")


def at(text: str) -> datetime:
    """A moment of the example's day: ``at("08:12")`` or with a date."""
    return parse_moment(text if "T" in text else f"2026-11-24T{text}")


def page(view: str, number: str = "201", **changes: Any) -> Page:
    """A page of scope estate, unless ``changes`` says otherwise."""
    given = {"title": "附近医院", "category": "medical", "layout": "nearest", "scope": "estate", **changes}
    return Page(number=number, view=view, **given)


def lineup(*pages: Page) -> Lineup:
    """A line-up of ``pages``, with a home page."""
    home = Page(number="100", title="首页", category="home", layout="menu", view="menu", icon="house")
    return Lineup({p.number: p for p in sorted((home, *pages), key=lambda p: p.number)})


def snapshot(records: Sequence[Record], observed: datetime = MORNING, source: str = "s") -> Snapshot:
    """A snapshot of ``records``; equal records have equal digests."""
    return Snapshot(
        source=source, observed=observed, checked=observed, digest=stable_id("digest", repr(records)),
        records=tuple(records),
    )  # fmt: skip


def source(ident: str = "s", every: str = "1d", **changes: Any) -> Source:
    """A source that never expires unless ``changes`` says so."""
    given = {"url": "file:x", "format": "table", "publisher": "区卫健委", **changes}
    return Source(id=ident, every=every, **given)


def inputs(
    page: Page,
    records: Mapping[str, Sequence[Record] | None],
    *,
    estate: Estate | None = HOME,
    moment: datetime = MORNING,
    pages: Sequence[Page] = (),
    observed: datetime | None = None,
    sources: Mapping[str, Source] | None = None,
    settings: Settings = SETTINGS,
    estates: Estates = ESTATES,
    memory: Memory | None = None,
    say: Say = SAY,
) -> Inputs:
    """Inputs of ``page`` with one source a role."""
    return Inputs(
        page=page, estate=estate, moment=moment, lineup=lineup(page, *pages), estates=estates, settings=settings,
        snapshots={
            role: None if found is None else snapshot(found, observed or moment - timedelta(minutes=5))
            for role, found in records.items()
        },
        sources=sources or {role: source(role) for role in records}, memory=memory or Memory(),
        say=say,
    )  # fmt: skip


def content(page: Page, records: Mapping[str, Sequence[Record] | None], **given: Any) -> Content:
    """What the page's view makes of ``records``."""
    return views.make(inputs(page, records, **given))
