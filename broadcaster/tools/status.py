"""The state of a running channel from what its processes left behind; needs none of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from broadcaster.bundle import keys
from broadcaster.bundle.follow import FROM
from broadcaster.bundle.lag import Lag, lag
from broadcaster.origin.exposition import work_figures
from broadcaster.origin.metrics import CounterFolder
from broadcaster.painters.client import counts_of
from broadcaster.places import FOLLOWED, METRICS, STORE
from broadcaster.tools.sources import source_rows
from broadcaster.tools.terminal import ago
from channel.folder import Channel
from channel.release import Store
from feeds.base.clock import SystemClock, local
from feeds.source import Freshness

SLOW_ALERT_S = 10.0
"""A change of alerts is on air in less, on a machine that does anything else besides."""


def alert_trouble(work: Mapping[str, Any]) -> str:
    """How long a change of alerts has been waiting to go on air, and why, if it should be there by now; empty else."""
    waiting, why = float(work.get("alert_waiting_seconds", 0.0)), str(work.get("alert_trouble", ""))
    if not why and waiting < SLOW_ALERT_S:
        return ""
    return f"not on air for {ago(waiting)}: {why or 'the attempt has not ended yet'}"


def _alerts(work: Mapping[str, Any]) -> str:
    if trouble := alert_trouble(work):
        return trouble
    return f"the last was on air after {work['alert_seconds']:.1f} s" if "alert_seconds" in work else "none yet"


def _bundles(channel: Channel, behind: Lag) -> str:
    if not keys.folder(channel.state).is_dir():
        return "none: there are no keys (`channel keys init`)"
    if not behind.seconds:
        return f"{behind.bundled}, which is on air" if behind.bundled else "none yet"
    mend = "; `channel bundle` publishes it now" if behind.slow else "; it is being packed"
    return f"{behind.bundled or 'none yet'}, {ago(behind.seconds)} behind {behind.air}{mend}"


def _followed(channel: Channel) -> dict[str, str]:
    """Whom an origin follows, and when the channel there last said that it is on air; nothing of others."""
    home = channel.state / FOLLOWED
    try:
        url, told = (home / FROM).read_text(encoding="utf-8"), (home / "metadata" / "timestamp.json").stat().st_mtime
    except OSError:
        return {"follows": "a channel that was not reached yet"} if home.is_dir() else {}
    seen = local(datetime.fromtimestamp(told, UTC))
    return {"follows": f"{url}, whose word is of {seen:%Y-%m-%d %H:%M:%S}"}


def _painters(channel: Channel) -> str:
    counts = counts_of(channel.state)
    if counts is None:
        return "none: pages that nobody looked at before are not answered"
    unsound = f", {counts.unsound} of them stand in for a page that failed" if counts.unsound else ""
    return f"{len(counts.painters)}; {counts.painted} painted{unsound}, {counts.waiting} waiting, {counts.deaths} died"


def status(channel: Channel) -> dict[str, Any]:
    """One value a name, in the order in which one wants to know."""
    now = SystemClock().now()
    store = Store.open(channel.state / STORE)
    release = store.current()
    rows = source_rows(channel, now)
    states = Counter(row.state.value for row in rows)
    troubled = sorted((row for row in rows if row.error or row.state is not Freshness.FRESH), key=lambda r: r.id)
    counters, work = CounterFolder(channel.state / METRICS).joined(), work_figures(channel.state / METRICS)
    failed = sum(n for (_, code), n in counters.requests.items() if code >= 500)
    told: dict[str, Any] = {
        "channel": channel.settings.title,
        "release": release.id if release is not None else "",
        "published": "",
        "held": "publishing is held: `channel resume` ends it" if store.held else "no",
        "taken_down": ", ".join(store.taken_down()) or "nothing",
        "profiles": ", ".join(channel.profiles),
        "sources": ", ".join(f"{number} {state}" for state, number in sorted(states.items())),
        "troubled_sources": ", ".join(f"{row.id} ({row.state.value})" for row in troubled[:10]) or "none",
        "held_sources": ", ".join(f"{row.id} (by {row.held})" for row in rows if row.held) or "none",
        "stopped_readings": ", ".join(f"{row.id} ({row.stopped})" for row in rows if row.stopped) or "none",
        **_followed(channel),
        "bundles": _bundles(channel, lag(channel.state, store, now)),
        "alerts": _alerts(work),
        "failed_alerts": int(work.get("failed_alerts", 0)),
        "working": "yes" if work.get("leading") else "no",
        "last_build_s": round(float(work.get("build_seconds", 0.0)), 1),
        "faults": int(work.get("faults", 0)),
        "painters": _painters(channel),
        "answers": sum(counters.requests.values()),
        "failed_answers": failed,
        "boxes": ", ".join(f"{number} {profile}" for profile, number in sorted(counters.boxes.items())) or "none yet",
    }
    if release is not None:
        age = (now - release.published).total_seconds()
        told["published"] = f"{local(release.published):%Y-%m-%d %H:%M:%S}, {ago(age)} ago"
    return told
