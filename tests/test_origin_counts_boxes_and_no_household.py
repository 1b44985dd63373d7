"""``/metrics`` joins what all workers counted, loses nothing when one dies, and holds nothing of a household."""

from __future__ import annotations

import json
import os
import signal
from pathlib import Path

import pytest
from origin_figures import CARD, value, workers_of
from small_origin import get, publish, served, wait_for

from broadcaster.origin.metrics import FLOOR, WORK, CounterFolder, Counters
from channel.release import Store

pytestmark = pytest.mark.slow


def test_two_workers_are_one_origin_and_a_dead_one_still_counts(tmp_path: Path) -> None:
    """Requests by kind and status over both workers; after one is killed no total has fallen."""
    release = publish(Store.open(tmp_path / "store"), "一")
    documents = {"kind": "document", "status": "200"}
    with served(tmp_path, workers=2) as (port, process):
        for _ in range(40):
            get(port, "/web-hd/mh0001/201.html")
        get(port, "/web-hd/mh0001/999.html")
        wait_for(lambda: value(port, "channel_requests_total", documents) == 40)
        assert value(port, "channel_requests_total", {"kind": "unknown", "status": "404"}) == 1
        assert value(port, "channel_release_info", {"release": release}) == 1
        assert value(port, "channel_release_sequence") == 1
        assert value(port, "channel_request_seconds_count") >= 41
        os.kill(workers_of(process.pid)[0], signal.SIGKILL)
        wait_for(lambda: len(workers_of(process.pid)) == 2)
        assert value(port, "channel_requests_total", documents) == 40
    CounterFolder(tmp_path / "metrics").fold()
    assert [path.name for path in (tmp_path / "metrics").glob("*.json")] == ["ended.json"]
    assert CounterFolder(tmp_path / "metrics").joined().requests["document", 200] == 40


def test_what_is_counted_takes_no_more_room_than_pages_and_estates() -> None:
    """Documents by the hundred thousand are added up by page and estate; no view is lost, items are none."""
    counters = Counters()
    for number in range(60_000):
        counters.seen[f"/web-hd/district/i/201.h{number}.html"] += 1
    for profile in ("web-hd", "ipanel-hd"):
        for screen in ("", "-2"):
            counters.seen[f"/{profile}/mh0001/201{screen}.html"] += 3
    counters.seen["/m/i/201.h17"] += 2
    before = counters.viewers
    counters.fold()
    assert len(counters.seen) == 0 and counters.viewers == before == {("201", "mh0001"): 12}
    counters.seen["/web-hd/mh0001/201.html"] += 1
    counters.fold()
    assert len(counters.seen) == 0 and counters.viewers == {("201", "mh0001"): 13}
    counters.seen["/m/mh0002/201"] += 1
    assert counters.viewers["201", "mh0002"] == 1
    counters.seen.clear()
    assert counters.looks[-1] == {"/web-hd/mh0001/201.html": 1}


def test_no_figure_names_a_household_or_a_handful(tmp_path: Path) -> None:
    """Views appear from the floor on; a card number that came in is in no metric and in no log."""
    publish(Store.open(tmp_path / "store"), "一")
    with served(tmp_path) as (port, _):
        for number in range(FLOOR):
            get(port, f"/?smid={CARD}&n={number}", user_agent="x")
            get(port, "/web-hd/mh0001/101.html")
        for _ in range(FLOOR - 1):
            get(port, "/web-hd/mh0002/201.html")
        get(port, f"/web-hd/mh0001/999.html?card={CARD}")
        assert value(port, "channel_boxes_total", {"profile": "web-hd"}) == FLOOR
        assert value(port, "channel_estate_views_total", {"page": "101", "estate": "mh0001"}) == FLOOR
        assert value(port, "channel_estate_views_total", {"page": "201", "estate": "mh0002"}) == 0
        assert value(port, "channel_page_views_total", {"page": "201"}) == 0
        assert CARD not in get(port, "/metrics").body.decode()
    kept = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert kept and not [path for path in kept if CARD.encode() in path.read_bytes()]


def test_what_work_says_of_itself_is_told(tmp_path: Path) -> None:
    """Sources by freshness, builds, who leads: as the file says; nonsense in it is no reason to fail."""
    publish(Store.open(tmp_path / "store"), "一")
    (tmp_path / "metrics").mkdir()
    told = {"sources": {"fresh": 40, "late": 2}, "gatherings": {"changed": 7}, "builds": 3, "leading": 1}
    with served(tmp_path) as (port, _):
        assert value(port, "channel_builds_total") == 0
        (tmp_path / "metrics" / WORK).write_text(json.dumps(told))
        assert value(port, "channel_sources", {"state": "late"}) == 2
        assert value(port, "channel_gatherings_total", {"outcome": "changed"}) == 7
        assert value(port, "channel_leading") == 1
        (tmp_path / "metrics" / WORK).write_text("{half")
        assert value(port, "channel_builds_total") == 0


def test_a_damaged_file_of_counters_costs_only_itself(tmp_path: Path) -> None:
    """Numbers of others are still joined."""
    ledger, counters = CounterFolder(tmp_path), Counters()
    counters.request("document", 200, 0.001)
    ledger.leave(counters)
    (tmp_path / "1.json").write_text("nonsense")
    (tmp_path / "2.json").write_text('{"requests": 5}')
    assert ledger.joined().requests["document", 200] == 1
    ledger.leave(counters)
    assert ledger.joined().requests["document", 200] == 1
