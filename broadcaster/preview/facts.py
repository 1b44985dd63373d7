"""What the preview tells of a page, in the channel's language: its verdict, findings and sources."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from typing import Any

from broadcaster.preview.marks import Spot
from broadcaster.preview.studio import Reading
from channel.lineup import Page
from channel.paint.output import Finding, Rendered
from channel.words import N_, Say
from feeds.source import Freshness

STATES = {
    Freshness.FRESH: N_("up to date"),
    Freshness.LATE: N_("rather late"),
    Freshness.STALE: N_("out of date"),
    Freshness.EXPIRED: N_("expired"),
    Freshness.NEVER: N_("never gathered"),
}
_OLD = {
    Freshness.STALE: N_("the data of {publisher} are out of date"),
    Freshness.EXPIRED: N_("the data of {publisher} have expired"),
    Freshness.NEVER: N_("the data of {publisher} were never gathered"),
}
"""What a verdict says of them."""
JUST_NOW = 300
"""Seconds after the chosen moment within which what a source said is of that moment."""
MOST_FINDINGS = 200
MOST_PROBLEMS = 20


def facts(
    page: Page,
    rendered: Rendered,
    readings: list[Reading],
    moment: datetime,
    spot: Callable[[Finding], Spot],
    say: Say,
    *,
    items: int,
    item: str = "",
) -> dict[str, Any]:
    """The facts of a page's own screens, or of its ``item``, as JSON: of what was ``rendered`` and of nothing else.

    ``sound`` says whether they may go on air, ``spot`` where a finding stands; ``items`` is how many the page has.
    """
    found = sorted(rendered.findings, key=lambda finding: (finding.level != "fault", finding.screen))
    documents = [d for d in rendered.documents if d.media.startswith(("text/html", "application/vnd"))]
    faults = sum(finding.level == "fault" for finding in found)
    warnings = sum(finding.level == "warning" for finding in found)
    remarks = [*_warned(warnings, say), *_old(readings, say)]
    return {
        "number": page.number,
        "title": page.title,
        "item": item,
        "scope": page.scope,
        "sound": rendered.sound,
        "level": "fault" if faults else "warning" if remarks else "",
        "verdict": _forbidden(faults, item, say) if faults else say.clauses((_allowed(item, say), *remarks)),
        "until": f"{say.local(rendered.valid_until):%m-%d %H:%M}" if rendered.valid_until else "",
        "screens": len(documents),
        "items": items,
        "bytes": max((len(d.body) for d in documents), default=0),
        "faults": faults,
        "warnings": warnings,
        "findings": [_finding(finding, spot(finding), say) for finding in found[:MOST_FINDINGS]],
        "sources": [_source(reading, moment, say) for reading in readings],
    }


def age(seconds: float, say: Say) -> str:
    """A duration in the largest unit that fits: ``40 s``, ``5 min``, ``3 h``, ``2 days``."""
    if seconds >= 86_400:
        return say.plural("{n} day", "{n} days", int(seconds // 86_400))
    if seconds >= 3600:
        return say("{n} h", n=int(seconds // 3600))
    if seconds >= 60:
        return say("{n} min", n=int(seconds // 60))
    return say("{n} s", n=max(0, int(seconds)))


def _ago(seconds: float, say: Say) -> str:
    """How long before the chosen moment; sources speak every few minutes, so what came soon after it is of then."""
    if seconds >= 0:
        return say("{age} ago", age=age(seconds, say))
    return say("just now") if seconds >= -JUST_NOW else say("after the chosen moment")


def _forbidden(faults: int, item: str, say: Say) -> str:
    if item:
        return say.plural("This item cannot go on air: {n} error", "This item cannot go on air: {n} errors", faults)
    return say.plural("Cannot go on air: {n} error", "Cannot go on air: {n} errors", faults)


def _allowed(item: str, say: Say) -> str:
    return say("This item may go on air") if item else say("May go on air")


def _warned(warnings: int, say: Say) -> Iterator[str]:
    if warnings:
        yield say.plural("{n} warning", "{n} warnings", warnings)


def _old(readings: Iterable[Reading], say: Say) -> Iterator[str]:
    for reading in readings:
        if reading.freshness in _OLD:
            yield say(_OLD[reading.freshness], publisher=reading.source.publisher)


def _finding(finding: Finding, spot: Spot, say: Say) -> dict[str, Any]:
    return {
        "level": finding.level,
        "page": finding.page,
        "screen": spot.screen,
        "element": finding.element,
        "sentence": finding.said(say),
        "document": spot.document,
        "boxes": spot.boxes,
    }


def _source(reading: Reading, moment: datetime, say: Say) -> dict[str, Any]:
    source, snapshot, state = reading.source, reading.snapshot, reading.state
    told: dict[str, Any] = {
        "role": reading.role,
        "id": source.id,
        "publisher": source.publisher,
        "format": source.format,
        "every": source.cron or say("every {age}", age=age(source.seconds, say)),
        "state": reading.freshness.value,
        "words": say(STATES[reading.freshness]),
        "error": state.error,
        "drift": state.drift,
        "count": 0,
        "quarantined": state.quarantined,
        "problems": [],
        "age": "",
        "observed": "",
    }
    if snapshot is not None:
        told["age"] = _ago((moment - snapshot.checked).total_seconds(), say)
        told["observed"] = f"{say.local(snapshot.observed):%m-%d %H:%M}"
        told["count"] = len(snapshot.records)
        told["quarantined"] = max(state.quarantined, len(snapshot.problems))
        told["problems"] = [
            {"position": problem.position, "reason": problem.reason, "value": problem.value}
            for problem in snapshot.problems[:MOST_PROBLEMS]
        ]
    return told
