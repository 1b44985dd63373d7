"""How long a change of alerts took to go on air, and since when one has been waiting, and why: in every place."""

from __future__ import annotations

import json
import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from small_origin import get, publish, served, wait_for

from broadcaster.cli import main
from broadcaster.origin.metrics import WORK
from broadcaster.places import METRICS
from broadcaster.station import alerting
from broadcaster.station.alerting import Alerting
from broadcaster.station.figures import Figures
from channel.release import Store
from feeds.base.clock import SetClock, SystemClock
from feeds.base.errors import StoreError

pytestmark = pytest.mark.slow

FULL = StoreError("store: no room left to write")


class Publishing:
    """What brings alerts on air: each call takes its turn of ``turns``, the last one again and again."""

    def __init__(self, *turns: str | Exception) -> None:
        self.turns = list(turns)
        self.calls = 0
        self.go_on = threading.Event()
        self.go_on.set()

    def __call__(self) -> str:
        self.calls += 1
        assert self.go_on.wait(60)
        turn = self.turns.pop(0) if len(self.turns) > 1 else self.turns[0]
        if isinstance(turn, Exception):
            raise turn
        return turn


@contextmanager
def publishing(*turns: str | Exception) -> Iterator[tuple[Alerting, Publishing, Figures]]:
    """Alerts whose start is over: it finds nothing to publish."""
    publish, figures = Publishing(""), Figures()
    alerts = Alerting(publish, figures, "alerts")
    alerts.start()
    try:
        wait_for(lambda: publish.calls == 1 and publish.go_on.is_set())
        publish.turns = list(turns)
        yield alerts, publish, figures
    finally:
        publish.go_on.set()
        alerts.stop(5)


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(alerting, "RETRY_S", 0.01)


def test_a_change_on_air_tells_how_long_it_took() -> None:
    """From when the source said it to the release; nothing waits any more."""
    with publishing("r1") as (alerts, publish, figures):
        publish.go_on.clear()
        alerts.changed()
        wait_for(lambda: figures.dump()["alert_waiting_seconds"] > 0.05)
        publish.go_on.set()
        wait_for(lambda: "alert_seconds" in figures.dump())
        told = figures.dump()
        assert told["alert_seconds"] >= 0.05 and told["alert_waiting_seconds"] == 0.0 and told["alert_trouble"] == ""
        assert "failed_alerts" not in told


def test_what_changed_nothing_took_no_time() -> None:
    """The source said something that is no alert for anybody: the last figure stays what it was."""
    with publishing("") as (alerts, publish, figures):
        alerts.changed()
        wait_for(lambda: publish.calls == 2)
        wait_for(lambda: figures.dump()["alert_waiting_seconds"] == 0.0)
        assert "alert_seconds" not in figures.dump()


@pytest.mark.parametrize(
    ("error", "reason"),
    [(FULL, "store: no room left to write"), (RuntimeError("'x' of None"), "unexpected RuntimeError")],
    ids=["a known fault", "one that nobody thought of"],
)
def test_a_change_that_cannot_go_on_air_is_counted_and_waits_with_its_reason(error: Exception, reason: str) -> None:
    """Each attempt is counted, the wait goes on from the first, and it ends when one succeeds."""
    with publishing(error) as (alerts, publish, figures):
        alerts.changed()
        wait_for(lambda: figures.dump().get("failed_alerts", 0) >= 3)
        told = figures.dump()
        assert told["alert_trouble"] == reason and told["alert_waiting_seconds"] > 0.02
        publish.turns = ["r1"]
        wait_for(lambda: figures.dump()["alert_trouble"] == "")
        told = figures.dump()
        assert told["alert_waiting_seconds"] == 0.0 and told["alert_seconds"] > 0.02 and told["failed_alerts"] >= 3


def test_a_change_that_comes_while_another_goes_on_air_waits_by_itself() -> None:
    """The first one's release ends only the first one's wait."""
    with publishing("r1", FULL) as (alerts, publish, figures):
        publish.go_on.clear()
        alerts.changed()
        wait_for(lambda: publish.calls == 2)
        alerts.changed()
        publish.go_on.set()
        wait_for(lambda: figures.dump().get("failed_alerts", 0) >= 1)
        assert figures.dump()["alert_waiting_seconds"] > 0 and "alert_seconds" in figures.dump()


def leave(state: Path, **figures: Any) -> None:
    """What ``channel work`` would have said of itself."""
    (state / METRICS).mkdir(parents=True, exist_ok=True)
    (state / METRICS / WORK).write_text(json.dumps({"pid": 1, "gatherings": {}, "leading": 1, **figures}))


WAITS = {"failed_alerts": 12, "alert_waiting_seconds": 75.0, "alert_trouble": "store: no room left to write"}
HANGS = {"alert_waiting_seconds": 40.0, "alert_trouble": ""}
FINE = {"alert_waiting_seconds": 0.4, "alert_trouble": "", "alert_seconds": 0.62}


def said(capsys: pytest.CaptureFixture[str], *args: str) -> tuple[int, list[dict[str, Any]]]:
    code = main(list(args))
    return code, [json.loads(line) for line in capsys.readouterr().out.splitlines()]


@pytest.mark.parametrize(
    ("figures", "level", "words"),
    [
        (WAITS, "fault", ["not on air for 1 min", "no room left to write", "12 attempts failed"]),
        (HANGS, "fault", ["not on air for 40 s", "has not ended"]),
        (FINE, "ok", ["after 0.6 s", "0 attempts failed"]),
        ({}, "ok", ["none yet"]),
    ],
    ids=["fails", "hangs", "fine", "none"],
)
def test_doctor_and_status_say_how_long_and_why(
    channel_dir: Path, state: Path, capsys: pytest.CaptureFixture[str],
    figures: dict[str, Any], level: str, words: list[str],
) -> None:  # fmt: skip
    """A fault with what to do while an alert waits, and one look tells how long the last one took."""
    leave(state, **figures)
    common = ["--channel", str(channel_dir), "--state", str(state)]
    code, findings = said(capsys, *common, "doctor", "--json")
    found = next(finding for finding in findings if finding["about"] == "alerts")
    assert found["level"] == level and all(word in found["sentence"] for word in words)
    assert code == (1 if level == "fault" else 0) and bool(found["mend"]) == (level == "fault")
    _, (status,) = said(capsys, *common, "status", "--json")
    assert words[0] in status["alerts"] and status["failed_alerts"] == figures.get("failed_alerts", 0)


def test_an_alert_source_that_does_not_answer_is_a_fault(
    channel_dir: Path, state: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Any other source's silence is a warning; this one's means that nobody is warned."""
    sources = (channel_dir / "sources.toml").read_text(encoding="utf-8")
    (channel_dir / "sources.toml").write_text(sources.replace("http://127.0.0.1:8181/", "file:gone/"), encoding="utf-8")
    common = ["--channel", str(channel_dir), "--state", str(state)]
    main([*common, "gather", "alerts", "jobs"])
    capsys.readouterr()
    code, findings = said(capsys, *common, "doctor", "--json")
    faults = [finding["sentence"] for finding in findings if finding["level"] == "fault"]
    assert code == 1 and len(faults) == 1 and "alerts never answered yet" in faults[0]


def test_a_clock_that_was_set_is_found(channel_dir: Path, state: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """By ``work``'s own count, and by a release on air that was published ahead of now."""
    common = ["--channel", str(channel_dir), "--state", str(state)]

    def clock() -> list[dict[str, Any]]:
        return [finding for finding in said(capsys, *common, "doctor", "--json")[1] if finding["about"] == "clock"]

    assert {finding["level"] for finding in clock()} <= {"ok"}
    leave(state, clock_sets=2, clock_set_seconds=-63_072_000.0)
    assert any("2 times" in finding["sentence"] and "730 d back" in finding["sentence"] for finding in clock())
    published_ahead(state)
    assert any(finding["level"] == "fault" and "ahead of now" in finding["sentence"] for finding in clock())


def published_ahead(state: Path) -> None:
    publish(Store.open(state / "store", clock=SetClock(SystemClock().now() + timedelta(days=400))), "二")


def test_a_work_that_was_killed_leads_no_more(
    channel_dir: Path, state: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """It could not say that it ended: its silence does, and nothing that it last said of alerts is told as true."""
    leave(state, **WAITS)
    common = ["--channel", str(channel_dir), "--state", str(state)]
    assert said(capsys, *common, "status", "--json")[1][0]["working"] == "yes"
    old = time.time() - 120
    os.utime(state / METRICS / WORK, (old, old))
    assert said(capsys, *common, "status", "--json")[1][0]["working"] == "no"
    found = [f for f in said(capsys, *common, "doctor", "--json")[1] if f["about"] == "alerts"]
    assert [f["level"] for f in found if "does not run any more" in f["sentence"]] == ["warning"]
    assert not [f for f in found if f["level"] == "fault"]


@pytest.mark.slow
def test_metrics_tell_of_alerts(state: Path) -> None:
    """Under the names that alarms are set on."""
    publish(Store.open(state / "store"), "一")
    with served(state) as (port, _):
        leave(state, **WAITS, alert_seconds=0.62, clock_sets=1, clock_set_seconds=-3600.0)
        text = get(port, "/metrics").body.decode()
    for line in (
        "channel_failed_alerts_total 12.0", "channel_alert_seconds 0.62", "channel_alert_waiting_seconds 75.0",
        "channel_clock_sets_total 1.0", "channel_clock_set_seconds -3600.0",
    ):  # fmt: skip
        assert line in text.splitlines()
