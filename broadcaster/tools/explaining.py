"""Why a page is as it is: what led to it, what it shares, and when it will change next."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from broadcaster.places import STORE
from broadcaster.tools.showing import render_page, snapshots_at
from broadcaster.tools.terminal import ago
from broadcaster.tools.warned import told
from channel.estates import DISTRICT
from channel.folder import Channel
from channel.lineup import Page
from channel.paint.output import Asset
from channel.release import Store
from channel.release.tree import unit_of
from feeds.base.clock import local
from feeds.realtime import Realtime
from feeds.records import Alert
from feeds.source import Snapshot, freshness
from feeds.timetable import Timetable

Facts = list[tuple[str, str]]


def explain(
    channel: Channel, number: str, estate: str, profile: str, moment: datetime, records: Path | None = None
) -> Facts:
    """The page's story, a fact a row. Raises NotFound for a page, estate or profile that is not there."""
    page = channel.lineup.page(number)
    rendered = render_page(channel, number, estate, profile, moment, records)
    own = [d for d in rendered.documents if unit_of(d.name) == (number, "")]
    facts: Facts = [
        ("title", page.title),
        ("layout, view", f"{page.layout}, {page.view} {page.options or ''}".strip()),
        ("scope", "differs by estate" if page.scope == "estate" else "one for the whole district"),
        ("moment", _moment(moment)),
        ("screens", ", ".join(d.name for d in own)),
        ("items", str(len({d.name.split(".")[1] for d in rendered.documents if d.name.startswith("i/")}))),
        ("bytes", f"{sum(len(d.body) for d in own)} in documents, {_assets(rendered.assets)} in pictures"),
        ("changes next", _moment(rendered.valid_until) if rendered.valid_until else "when its sources or files change"),
    ]
    facts += _sources(channel, page, moment, records)
    facts += _warnings(channel, page, estate, moment, records)
    facts += _on_air(channel, page, estate)
    facts += [(f.level, f"screen {f.screen} {f.element}: {f.sentence}") for f in rendered.findings]
    return facts


def _sources(channel: Channel, page: Page, moment: datetime, records: Path | None) -> Facts:
    snapshots = snapshots_at(channel, set(page.sources.values()), moment, records)
    facts = [
        (f"source {role}", _source(channel, ident, snapshots.get(ident), moment))
        for role, ident in page.sources.items()
    ]
    return facts + _unheard(channel, snapshots)


def _unheard(channel: Channel, snapshots: Mapping[str, Snapshot]) -> Facts:
    """How many updates of vehicles say nothing about the page's timetable, and why."""
    opened = [channel.datasets.open(snapshot.dataset) for snapshot in snapshots.values() if snapshot.dataset]
    tables = [found for found in opened if isinstance(found, Timetable)]
    updates = [found for found in opened if isinstance(found, Realtime)]
    return [
        ("left out", f"{count} of {len(update)} updates, {reason}")
        for update in updates
        for table in tables
        for reason, count in update.left_out(table).items()
    ]


def _source(channel: Channel, ident: str, snapshot: Snapshot | None, moment: datetime) -> str:
    state = freshness(channel.sources[ident], snapshot, moment)
    if snapshot is None:
        return f"{ident}: never gathered"
    age = ago((moment - snapshot.observed).total_seconds())
    quarantined = f", {len(snapshot.problems)} quarantined" if snapshot.problems else ""
    observed = f"observed {_moment(snapshot.observed)} ({age} ago)"
    return f"{ident}: {state}, {observed}, {len(snapshot.records)} records{quarantined}"


def _warnings(channel: Channel, page: Page, estate: str, moment: datetime, records: Path | None) -> Facts:
    """For a page of alerts, why each is or is not in force; for other pages nothing."""
    if page.view != "alerts":
        return []
    snapshots = snapshots_at(channel, set(page.sources.values()), moment, records)
    here = None if estate == DISTRICT else channel.estates[estate]
    facts: Facts = []
    for snapshot in snapshots.values():
        heard = [record for record in snapshot.records if isinstance(record, Alert)]
        facts += told(heard, moment, here, channel.estates, channel.say, drills=channel.settings.drills)
        facts += [(f"quarantined, {p.position}", f"{p.reason} ({p.value})") for p in snapshot.problems]
    return facts


def _on_air(channel: Channel, page: Page, estate: str) -> Facts:
    """Whether the estate is told on air what the whole district is."""
    if not (channel.state / STORE).is_dir():
        return [("on air", "nothing: no release has been built here")]
    release = Store.open(channel.state / STORE).current()
    if release is None:
        return [("on air", "nothing: no release has been built here")]
    here, district = release.said(page.number, estate), release.said(page.number, DISTRICT)
    if here is None:
        return [("on air", f"not in {release.id}")]
    shared = district is not None and here.content == district.content
    return [("on air", f"{release.id}: {'as the district' if shared else 'its own'}, content {here.content.hex()}")]


def _assets(assets: Mapping[str, Asset]) -> int:
    return sum(len(part) for asset in assets.values() for part in asset.parts)


def _moment(moment: datetime) -> str:
    return f"{local(moment):%Y-%m-%d %H:%M:%S}"
