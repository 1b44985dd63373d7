"""Everything that is wrong with a channel, in one list: what people wrote, what sources gave, what pages came of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from broadcaster.places import STORE
from broadcaster.tools.showing import snapshots_at
from broadcaster.tools.sources import SourceRow, source_rows
from broadcaster.tools.terminal import Bar, ago
from channel import preflight
from channel.build.builder import Builder
from channel.estates import DISTRICT
from channel.paint.output import Finding
from channel.release import Store
from channel.render import Renderer
from channel.settings import Channel
from feeds.archive import Archive
from feeds.base.errors import ChannelError, FeedError, RenderError, StoreError
from feeds.source import Freshness, Snapshot

NOTE = 0
"""The exit code of what a person should know and nothing needs."""
SHOWN = 5
"""Rows of a source that are quoted; the rest is a number."""


@dataclass(frozen=True)
class Problem:
    """``where`` names a file, source, page or object; ``code`` is the exit code of its family, 0 for a note."""

    where: str
    sentence: str
    code: int = NOTE


def check(channel: Channel, moment: datetime, *, render: bool = False, store: bool = False) -> list[Problem]:
    """All problems at ``moment``: estates, sources, pages as they were last built (rendered now with ``render``), and
    with ``store`` every object of the store."""
    found = [Problem("estates.csv", sentence) for sentence in channel.estates.problems]
    archive = Archive.open(channel.archive_url)
    try:
        for row in source_rows(channel, moment, archive):
            found += _source(row)
            found += _rows(row, archive)
        findings = _rendered(channel, moment) if render else _built(channel, archive)
        found += [_finding(finding) for finding in findings]
    finally:
        archive.close()
    if store:
        damages = Store.open(channel.state / STORE).check()
        found += [Problem("store", damage.sentence, StoreError.exit_code) for damage in damages]
    return found


def _source(row: SourceRow) -> Iterator[Problem]:
    where = f"source {row.id}"
    if row.error:
        yield Problem(where, f"{row.failures} times in a row: {row.error}", FeedError.exit_code)
    elif row.state is Freshness.NEVER:
        yield Problem(where, "was never gathered")
    if row.drift and row.drift != row.error:
        yield Problem(where, f"seems to have changed its shape: {row.drift}")
    if row.state in (Freshness.LATE, Freshness.STALE, Freshness.EXPIRED) and row.age_s is not None:
        yield Problem(where, f"is {row.state.value}: its last word is {ago(row.age_s)} old", FeedError.exit_code)


def _rows(row: SourceRow, archive: Archive) -> Iterator[Problem]:
    snapshot = archive.latest(row.id) if row.quarantined else None
    if snapshot is None:
        return
    for problem in snapshot.problems[:SHOWN]:
        yield Problem(f"source {row.id}", f"{problem.position}: {problem.reason} ({problem.value})")
    if row.quarantined > SHOWN:
        yield Problem(f"source {row.id}", f"{row.quarantined} rows were quarantined in all")


def _finding(finding: Finding) -> Problem:
    code = RenderError.exit_code if finding.level == "fault" else NOTE
    return Problem(f"page {finding.page}", f"screen {finding.screen} {finding.element}: {finding.sentence}", code)


def _built(channel: Channel, archive: Archive) -> list[Finding]:
    builder = Builder(channel, archive, Store.open(channel.state / STORE))
    try:
        return builder.findings()
    finally:
        builder.close()


def _rendered(channel: Channel, moment: datetime) -> Iterator[Finding]:
    """What preflight finds now, for the district and one estate; findings that repeat among profiles are told once."""
    renderer = Renderer(channel)
    snapshots = snapshots_at(channel, channel.sources, moment)
    estate = next(iter(channel.estates), DISTRICT)
    told: set[Finding] = set()
    pages, profiles = list(channel.lineup.pages.values()), channel.settings.profiles
    with Bar("rendering", len(pages)) as bar:
        for page in pages:
            for profile in profiles:
                for finding in _page(channel, renderer, page.number, estate, profile, snapshots, moment):
                    if finding not in told:
                        told.add(finding)
                        yield finding
            bar.step(page.number)


def _page(
    channel: Channel,
    renderer: Renderer,
    number: str,
    estate: str,
    profile: str,
    snapshots: Mapping[str, Snapshot],
    moment: datetime,
) -> tuple[Finding, ...]:
    try:
        rendered = renderer.page(number, estate, profile, snapshots, moment)
    except ChannelError as error:
        return (Finding(level="fault", page=number, screen=0, element=profile, sentence=error.message),)
    return preflight.inspect(rendered, channel.lineup, channel.estates, renderer.profiles[profile]).findings
