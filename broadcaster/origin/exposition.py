"""``/metrics``: what all workers counted and what ``channel work`` says of itself, in Prometheus's text format."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from flask import Blueprint, Response
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

from broadcaster.origin.metrics import BUCKETS_S, FLOOR, WORK, CounterFolder, Counters
from broadcaster.origin.ready import OnAir
from broadcaster.painters.wire import Counts
from feeds.base.clock import Clock

SILENT_S = 60.0
"""``channel work`` says how it goes every five seconds, and at its end that it ended, unless it was killed."""


def create(
    folder: Path,
    ledger: CounterFolder,
    mine: Counters,
    views: OnAir,
    painters: Callable[[], Counts | None],
    clock: Clock,
) -> Blueprint:
    """The blueprint; ``folder`` is where workers and ``channel work`` leave their numbers, ``painters`` says how those
    who paint for this origin stand (None: nobody knows)."""
    blueprint = Blueprint("metrics", __name__)

    @blueprint.get("/metrics")
    def metrics() -> Response:
        # What this worker counted up to now is among what it joins.
        ledger.leave(mine)
        registry = CollectorRegistry(auto_describe=False)
        registry.register(_Joined(ledger.joined(), views, clock, work_figures(folder), painters()))
        answer = Response(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)
        answer.headers["Cache-Control"] = "no-store"
        return answer

    return blueprint


def work_figures(folder: Path) -> Mapping[str, Any]:
    """What ``channel work`` last said of itself; empty when it never ran. One that fell silent leads no more."""
    with suppress(OSError, ValueError):
        path = folder / WORK
        figures = json.loads(path.read_bytes())
        if isinstance(figures, dict):
            silent = abs(time.time() - path.stat().st_mtime) > SILENT_S
            return {**figures, "leading": 0} if silent else figures
    return {}


class _Joined(Collector):
    def __init__(
        self, total: Counters, views: OnAir, clock: Clock, work: Mapping[str, Any], painters: Counts | None
    ) -> None:
        self._total = total
        self._views = views
        self._clock = clock
        self._work = work
        self._painters = painters or Counts(0)

    def collect(self) -> Iterable[Metric]:
        yield from self._served()
        yield from self._release()
        yield from self._audience()
        yield from self._worked()
        yield from self._painted()

    def _painted(self) -> Iterable[Metric]:
        counts = self._painters
        for name, told, number in (
            ("painted", "Pages, items and scripts that were painted", counts.painted),
            ("painted_seconds", "Time that painting took, all painters together", counts.seconds),
            ("painting_joined", "Askings that found theirs being painted already", counts.joined),
            ("painting_late", "Askings that were not answered in time", counts.late),
            ("painting_refused", "Askings that were turned away because too many waited", counts.refused),
            ("painting_failed", "Paintings of which nothing came", counts.failed),
            ("painted_unsound", "Paintings that stand in for a page that failed its checks", counts.unsound),
            ("painted_uncached", "Paintings that the cache did not take", counts.uncached),
            ("painter_deaths", "Painters that died at work, or hung", counts.deaths),
        ):
            yield CounterMetricFamily(f"channel_{name}", told, value=number)
        for name, told, number in (
            ("painters", "Painters that are ready", len(counts.painters)),
            ("painting_waiting", "Things that wait to be painted", counts.waiting),
            ("painting", "Painters at work", counts.painting),
        ):
            yield GaugeMetricFamily(f"channel_{name}", told, value=number)

    def _served(self) -> Iterable[Metric]:
        requests = CounterMetricFamily("channel_requests", "Answers by kind and status", labels=["kind", "status"])
        for (kind, status), number in sorted(self._total.requests.items()):
            requests.add_metric([kind, str(status)], number)
        yield requests
        latency = HistogramMetricFamily("channel_request_seconds", "Time to answer, without sending")
        rising, buckets = 0, []
        for bound, number in zip([*map(str, BUCKETS_S), "+Inf"], self._total.latency, strict=True):
            rising += number
            buckets.append((bound, rising))
        latency.add_metric([], buckets, self._total.latency_sum)
        yield latency

    def _release(self) -> Iterable[Metric]:
        view = self._views.current
        info = GaugeMetricFamily("channel_release_info", "The release on air", labels=["release"])
        age = GaugeMetricFamily("channel_release_age_seconds", "Seconds since the release on air was published")
        number = GaugeMetricFamily("channel_release_sequence", "Number of the release on air")
        if view is not None:
            info.add_metric([view.id], 1)
            age.add_metric([], max(0.0, (self._clock.now() - view.release.published).total_seconds()))
            number.add_metric([], view.release.seq)
        yield from (info, age, number)

    def _audience(self) -> Iterable[Metric]:
        boxes = CounterMetricFamily("channel_boxes", "Boxes that came in by the entry, by profile", labels=["profile"])
        for profile, number in sorted(self._total.boxes.items()):
            boxes.add_metric([profile], number)
        yield boxes
        hints = CounterMetricFamily("channel_entries", "What named a box's estate at the entry", labels=["by"])
        for by, number in sorted(self._total.entries.items()):
            hints.add_metric([by], number)
        yield hints
        failures = CounterMetricFamily(
            "channel_load_failures", "Failures to load; boxes tell one in a hundred", labels=["profile", "kind"]
        )
        for (profile, kind), number in sorted(self._total.reports.items()):
            failures.add_metric([profile, kind], number)
        yield failures
        pages: Counter[str] = Counter()
        for (page, _), number in self._total.viewers.items():
            pages[page] += number
        views = CounterMetricFamily("channel_page_views", "Views of a page in all estates", labels=["page"])
        for page, number in sorted(pages.items()):
            if number >= FLOOR:
                views.add_metric([page], number)
        yield views
        local = CounterMetricFamily("channel_estate_views", "Views of a page in an estate", labels=["page", "estate"])
        for (page, estate), number in sorted(self._total.viewers.items()):
            if number >= FLOOR:
                local.add_metric([page, estate], number)
        yield local

    def _worked(self) -> Iterable[Metric]:
        sources = GaugeMetricFamily("channel_sources", "Sources by freshness", labels=["state"])
        for state, number in sorted(self._work.get("sources", {}).items()):
            sources.add_metric([state], number)
        yield sources
        gatherings = CounterMetricFamily("channel_gatherings", "Gatherings by outcome", labels=["outcome"])
        for outcome, number in sorted(self._work.get("gatherings", {}).items()):
            gatherings.add_metric([outcome], number)
        yield gatherings
        for name, told in (
            ("builds", "Builds that were done"),
            ("failed_builds", "Builds that failed"),
            ("failed_readings", "Readings of what a source gave that were stopped, or broke down"),
            ("failed_alerts", "Attempts to bring alerts on air that failed"),
            ("failed_bundles", "Bundles that could not be published"),
            ("failed_contents", "Releases that could not be signed for origins that follow"),
            ("failed_prune", "Prunings of the store that failed"),
            ("askings", "Times that a page was asked what it says to an estate, or to the district"),
            ("releases", "Releases that came of builds and alerts"),
            ("clock_sets", "Times that the wall clock was seen to be set, by two seconds or more"),
        ):
            yield CounterMetricFamily(f"channel_{name}", told, value=self._work.get(name, 0))
        for name, told in (
            ("alert_seconds", "From the last change that the alert source gave to its release on air"),
            ("alert_waiting_seconds", "How long a change of alerts has been waiting to go on air, 0 when none does"),
            ("clock_set_seconds", "By how much the clock was set last, negative when back"),
            ("build_seconds", "How long the last build took"),
            ("faults", "Pages that the last build kept off air"),
            ("prune_seconds", "How long the last pruning of the store took"),
            ("bundles_seconds", "How long the last bundle took"),
            ("bundle_sequence", "Number of the release that the newest bundle holds, 0 when there is none"),
            ("bundle_behind_seconds", "How long operators could not have what is on air, 0 when they can"),
            ("store_bytes", "Bytes of the store after it was pruned"),
            ("store_releases", "Releases of the store after it was pruned"),
            ("leading", "1 where this store's work is led by a living process"),
        ):
            yield GaugeMetricFamily(f"channel_{name}", told, value=float(self._work.get(name, 0)))
