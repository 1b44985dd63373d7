"""Boxes tell a sample of what did not load: counted by profile and kind, with nothing of the box, and never much."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from flask import Flask
from origin_figures import CARD, value
from small_origin import get, publish, served, wait_for

from broadcaster.origin import reports
from broadcaster.origin.metrics import Counters
from channel.paint.script import table
from channel.profiles import load_profiles
from channel.release import Store
from channel.words import Say
from feeds.base.clock import SetClock

WEB = load_profiles(["web-hd"])["web-hd"]


@pytest.mark.slow
def test_a_report_is_in_the_figures_of_all_workers_and_no_box_is(tmp_path: Path) -> None:
    """What the script of a profile asks for is counted; a card, an address and a page are nowhere."""
    publish(Store.open(tmp_path / "store"), "一")
    address = table(WEB, ["100"], Say())["report"].strip('"').removeprefix("../..")
    labels = {"profile": "web-hd", "kind": "picture"}
    with served(tmp_path, workers=2) as (port, _):
        for _ in range(4):
            answer = get(port, f"{address}picture", referer=f"http://x/web-hd/mh0001/201.html?card={CARD}")
            assert (answer.status, answer.body, answer.fields["cache-control"]) == (204, b"", "no-store")
            assert "set-cookie" not in answer.fields
        wait_for(lambda: value(port, "channel_load_failures_total", labels) == 4)
        assert get(port, "/report", "POST", b"x").status == 405
    told = [path.read_text() for path in (tmp_path, *(tmp_path / "metrics").iterdir()) if path.is_file()]
    assert told and not any(CARD in text or "mh0001/201" in text for text in told)
    assert CARD not in (tmp_path / "serve.log").read_text()


def test_what_nobody_knows_is_not_counted() -> None:
    """Other profiles, other kinds, none, or many at once: the figures hold only names of our own."""
    counters, client, _ = _application()
    for query in ("", "?profile=web-hd", "?kind=page", "?profile=x&kind=page", "?profile=web-hd&kind=" + "a" * 400):
        assert client.get(f"/report{query}").status_code == 204
    assert client.get("/report?profile=web-hd&kind=alert&kind=page&profile=x").status_code == 204
    assert counters.reports == {("web-hd", "alert"): 1}
    again = Counters()
    again.add(counters.dump())
    earlier = {name: found for name, found in counters.dump().items() if name != "reports"}
    again.add(earlier)
    assert again.reports == counters.reports


def test_a_flood_counts_for_a_minutes_worth() -> None:
    """So many a minute and no more; the next minute counts again."""
    counters, client, clock = _application()
    for _ in range(reports.MOST_A_MINUTE + 50):
        client.get("/report?profile=web-hd&kind=page")
    assert counters.reports["web-hd", "page"] == reports.MOST_A_MINUTE
    clock.forward(60)
    client.get("/report?profile=web-hd&kind=page")
    assert counters.reports["web-hd", "page"] == reports.MOST_A_MINUTE + 1


def _application():  # type: ignore[no-untyped-def]
    counters, clock, app = Counters(), SetClock(datetime(2026, 11, 24, 4, 0, tzinfo=UTC)), Flask(__name__)
    app.register_blueprint(reports.create({"web-hd": WEB}, counters, clock))
    return counters, app.test_client(), clock
