"""What the preview tells of a page, in the editor's words: findings and sources."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from broadcaster.preview.marks import Spot
from broadcaster.preview.studio import Reading
from channel.lineup import Page
from channel.paint.output import Finding, Rendered
from feeds.base.clock import local
from feeds.source import Freshness

STATES = {
    Freshness.FRESH: "正常",
    Freshness.LATE: "偏晚",
    Freshness.STALE: "过时",
    Freshness.EXPIRED: "已失效",
    Freshness.NEVER: "从未采集",
}
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
    *,
    items: int,
    item: str = "",
) -> dict[str, Any]:
    """The facts of a page's own screens, or of its ``item``, as JSON: of what was ``rendered`` and of nothing else.

    ``sound`` says whether they may go on air, ``spot`` where a finding stands; ``items`` is how many the page has.
    """
    found = sorted(rendered.findings, key=lambda finding: (finding.level != "fault", finding.screen))
    documents = [d for d in rendered.documents if d.media.startswith(("text/html", "application/vnd"))]
    return {
        "number": page.number,
        "title": page.title,
        "item": item,
        "scope": page.scope,
        "sound": rendered.sound,
        "until": f"{local(rendered.valid_until):%m-%d %H:%M}" if rendered.valid_until else "",
        "screens": len(documents),
        "items": items,
        "bytes": max((len(d.body) for d in documents), default=0),
        "faults": sum(finding.level == "fault" for finding in found),
        "warnings": sum(finding.level == "warning" for finding in found),
        "findings": [_finding(finding, spot(finding)) for finding in found[:MOST_FINDINGS]],
        "sources": [_source(reading, moment) for reading in readings],
    }


def age(seconds: float) -> str:
    """A duration in the largest unit that fits: ``40 秒``, ``5 分钟``, ``3 小时``, ``2 天``."""
    for size, unit in ((86_400, "天"), (3600, "小时"), (60, "分钟")):
        if seconds >= size:
            return f"{int(seconds // size)} {unit}"
    return f"{max(0, int(seconds))} 秒"


def _ago(seconds: float) -> str:
    """How long before the chosen moment; sources speak every few minutes, so what came soon after it is of then."""
    if seconds >= 0:
        return f"{age(seconds)}前"
    return "刚刚" if seconds >= -JUST_NOW else "晚于所选时刻"


def _finding(finding: Finding, spot: Spot) -> dict[str, Any]:
    return {
        "level": finding.level,
        "page": finding.page,
        "screen": spot.screen,
        "element": finding.element,
        "sentence": finding.sentence,
        "document": spot.document,
        "boxes": spot.boxes,
    }


def _source(reading: Reading, moment: datetime) -> dict[str, Any]:
    source, snapshot, state = reading.source, reading.snapshot, reading.state
    told: dict[str, Any] = {
        "role": reading.role,
        "id": source.id,
        "publisher": source.publisher,
        "format": source.format,
        "every": source.cron or f"每 {age(source.seconds)}",
        "state": reading.freshness.value,
        "words": STATES[reading.freshness],
        "error": state.error,
        "drift": state.drift,
        "count": 0,
        "quarantined": state.quarantined,
        "problems": [],
        "age": "",
        "observed": "",
    }
    if snapshot is not None:
        seconds = (moment - snapshot.checked).total_seconds()
        told["age"] = _ago(seconds)
        told["observed"] = f"{local(snapshot.observed):%m-%d %H:%M}"
        told["count"] = len(snapshot.records)
        told["quarantined"] = max(state.quarantined, len(snapshot.problems))
        told["problems"] = [
            {"position": problem.position, "reason": problem.reason, "value": problem.value}
            for problem in snapshot.problems[:MOST_PROBLEMS]
        ]
    return told
