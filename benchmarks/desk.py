"""The desk of the whole example as a real channel runs it, with the texts of three years and forty editors at once.

Besides the figures of pages and previews, over HTTP: how long an approval takes until the last estate of a town has the
notice, and a warning until ``alert.json`` says it, by the origin's own answers.
"""

from __future__ import annotations

import argparse
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

import requests

from benchmarks._servers import free_port
from benchmarks.machine import show
from broadcaster.desk import people
from broadcaster.desk.notice import Notice
from broadcaster.desk.people import Person
from broadcaster.desk.tables import open_database
from broadcaster.desk.texts import Texts
from channel.folder import Channel
from feeds.base.clock import SystemClock

EXAMPLE = Path(__file__).parents[1] / "examples" / "minhang"
TARGETS = {"view_ms_p95": 150.0, "keystroke_ms_p95": 200.0, "approval_to_air_s": 1.0, "takeover_s": 1.0}
TOWN, PAGE, FAMILY = "莘庄镇", "115", "web-hd"
PASSWORD = "three blue herons 9 benchmark"
_WARM_S, _MOST_S = 120.0, 30.0
_THINKS_S = 0.5
"""Between two keystrokes that are looked at; four times as long between two pages."""
_PAGES = ("/", "/notice/new", "/notice/{}", "/texts?q={}", "/texts?n={}", "/versions/{}")


class Editor:
    """Somebody with a browser, logged in."""

    def __init__(self, port: int, name: str) -> None:
        self._base = f"http://127.0.0.1:{port}/desk"
        self._session = requests.Session()
        self._session.post(f"{self._base}/login", {"name": name, "password": PASSWORD}, timeout=60)
        self.form = _hidden(self.get("/notice/new").text, "form")

    def get(self, path: str) -> requests.Response:
        """A page."""
        answer = self._session.get(f"{self._base}{path}", timeout=60)
        answer.raise_for_status()
        return answer

    def post(self, path: str, **fields: str) -> requests.Response:
        """A form, sent; the redirect is not followed."""
        answer = self._session.post(
            f"{self._base}{path}", {"form": self.form, **fields}, timeout=60, allow_redirects=False
        )
        answer.raise_for_status()
        return answer


def _hidden(page: str, name: str) -> str:
    found = re.search(f'name="{name}" value="([^"]*)"', page)
    assert found, page[:500]
    return found[1]


def fill(channel: Channel, count: int, editors: int) -> None:
    """So many texts of three years, one in a hundred of them still to come; people who may write and approve."""
    engine, now = open_database(channel.archive_url), SystemClock().now()
    texts, ann, ben = Texts(engine), Person(name="editor0", role="editor"), Person(name="approver", role="approver")
    people.add(engine, "approver", "approver", PASSWORD, now)
    for number in range(editors):
        people.add(engine, f"editor{number}", "editor", PASSWORD, now)
    for number in range(count):
        ahead = number % 100 == 0
        begins = now + timedelta(days=2) if ahead else now - timedelta(days=3 * 365 * (count - number) / count + 3)
        words = Notice(
            title=f"通知 {number}", text="周五晚上停水。" * 20, page=PAGE, towns=(TOWN,), begins=begins,
            ends=begins + timedelta(days=2),
        )  # fmt: skip
        written = begins - timedelta(days=3)
        made = texts.create(ann, words, written)
        texts.submit(ann, made.id, 1, written)
        texts.approve(ben, made.id, 1, written)
    engine.dispose()


@contextmanager
def running(state: Path) -> Iterator[int]:
    """The channel on air; its port."""
    port = free_port()
    argv = [sys.executable, "-m", "broadcaster.cli", "--channel", str(EXAMPLE), "--state", str(state), "run"]
    process = subprocess.Popen([*argv, "--port", str(port)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        _until(lambda: _said(port, "mh0001") != b"", _WARM_S)
        yield port
    finally:
        process.terminate()
        process.wait(30)


def _said(port: int, estate: str, name: str = f"{PAGE}.html") -> bytes:
    try:
        answer = requests.get(f"http://127.0.0.1:{port}/{FAMILY}/{estate}/{name}", timeout=10)
    except requests.RequestException:
        return b""
    return answer.content if answer.ok else b""


def _until(done: Callable[[], bool], most: float = _MOST_S) -> float:
    """The seconds until ``done`` says so."""
    began = time.monotonic()
    while not done():
        if time.monotonic() - began > most:
            raise TimeoutError(f"not within {most:g} s")
        time.sleep(0.02)
    return time.monotonic() - began


def _draft(now: datetime, channel: Channel, title: str) -> dict[str, str]:
    there = channel.say.local(now)
    begins, ends = there - timedelta(minutes=2), there + timedelta(days=1)
    return {
        "title": title, "text": "请到居委会领取。", "page": PAGE, "towns": TOWN, "facts": "", "base": "0",
        "begins": f"{begins:%Y-%m-%dT%H:%M}", "ends": f"{ends:%Y-%m-%dT%H:%M}",
    }  # fmt: skip


def views(port: int, editors: int, channel: Channel, seconds: float) -> dict[str, float]:
    """What editors wait for who work side by side: pages, and the screens of what they type."""
    looked: list[float] = []
    typed: list[float] = []
    end = time.monotonic() + seconds

    def work(number: int) -> None:
        editor = Editor(port, f"editor{number}")
        turn = 0
        while time.monotonic() < end:
            turn += 1
            time.sleep(_THINKS_S if number == 0 else 4 * _THINKS_S)
            began = time.monotonic()
            if number == 0:
                editor.post("/drafted", **_draft(SystemClock().now(), channel, f"草稿 {turn}"), estate="mh0001")
                typed.append(1000 * (time.monotonic() - began))
            else:
                editor.get(_PAGES[turn % len(_PAGES)].format(turn))
                looked.append(1000 * (time.monotonic() - began))

    with ThreadPoolExecutor(editors) as threads:
        list(threads.map(work, range(editors)))
    # The first one loads the engine, once a day.
    typed = typed[1:]
    return {
        "view_ms_p95": _p95(looked), "keystroke_ms_p95": _p95(typed), "views": len(looked), "keystrokes": len(typed),
    }  # fmt: skip


def _p95(times: list[float]) -> float:
    return statistics.quantiles(times, n=20)[-1] if len(times) > 1 else times[0]


def to_air(port: int, channel: Channel) -> dict[str, float]:
    """From the approval to the last estate of the town; from sending a warning to ``alert.json``."""
    ann, ben, now = Editor(port, "editor1"), Editor(port, "approver"), SystemClock().now()
    town = [estate.id for estate in channel.estates.values() if estate.town == TOWN]
    made = ann.post("/notice/new", **_draft(now, channel, "到居委会领"), do="ask").headers["Location"]
    began = time.monotonic()
    ben.post(made.removeprefix("/desk"), base="1", do="approve")
    for estate in (town[0], town[-1], town[len(town) // 2]):
        _until(lambda estate=estate: "到居委会领".encode() in _said(port, estate))  # type: ignore[misc]
    approved = time.monotonic() - began
    form = _draft(now, channel, "燃气泄漏，请离开") | {
        "event": "燃气", "steps": "关阀门\n走楼梯", "severity": "Extreme", "seen": "1", "reason": "测量",
    }  # fmt: skip
    began = time.monotonic()
    ben.post("/takeover/new", **form, do="send")
    _until(lambda: "燃气泄漏".encode() in _said(port, town[0], "alert.json"))
    return {"approval_to_air_s": approved, "takeover_s": time.monotonic() - began}


def main(argv: list[str]) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks desk")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--texts", type=int, default=10_000)
    parser.add_argument("--editors", type=int, default=40)
    parser.add_argument("--seconds", type=float, default=30.0, help="how long they work side by side")
    args = parser.parse_args(argv)
    with tempfile.TemporaryDirectory(prefix="bench-desk-") as folder:
        channel = Channel.open(EXAMPLE, Path(folder))
        fill(channel, args.texts, args.editors)
        with running(Path(folder)) as port:
            figures = to_air(port, channel) | views(port, args.editors, channel, args.seconds)
        show("desk", {"texts": args.texts, "editors": args.editors, **figures}, as_json=args.json, targets=TARGETS)
