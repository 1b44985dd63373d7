"""A real ``channel work`` whose clock is set while it runs: an hour and years, back and forward, and right again."""

from __future__ import annotations

import json
import shutil
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from build_help import write_channel
from cap_help import feed, info, message
from running import start
from small_origin import wait_for

from broadcaster.origin.metrics import WORK
from broadcaster.places import METRICS
from channel.estates import DISTRICT
from channel.release import Store
from feeds.archive import Archive

pytestmark = pytest.mark.slow

LIBRARIES = ("/usr/lib/*/faketime/libfaketimeMT.so.1", "/usr/lib/faketime/libfaketimeMT.so.1")
SETTINGS = {"-1h": -3600, "+1h": 3600, "-2y": -2 * 365 * 86_400, "+3y": 3 * 365 * 86_400, "+0": 0}
"""As the library's file names them, and in seconds."""
SLEEP = "import select, time\ntime.sleep = lambda seconds: select.select([], [], [], seconds) and None\n"
"""The library takes sleep until a moment of the monotonic clock, which is how Python sleeps, for one of the wall's."""
RSS = '<rss version="2.0"><channel><item><title>{}</title><guid>a</guid></item></channel></rss>'


@pytest.fixture
def library() -> Path:
    """What stands between a process and the machine's clock."""
    found = next((path for pattern in LIBRARIES for path in Path("/").glob(pattern.lstrip("/"))), None)
    if found is None or not shutil.which("faketime"):
        pytest.skip("faketime is not installed: scripts/debian-packages")
    return found


def speak(folder: Path, words: str, set_by: int) -> None:
    """An article and a warning that is in force by a clock that was set by so many seconds."""
    now = datetime.now(UTC) + timedelta(seconds=set_by)
    until = f"<expires>{now + timedelta(hours=1):%Y-%m-%dT%H:%M:%S+00:00}</expires>"
    area = "<area><areaDesc>全区</areaDesc></area>"
    warning = message(
        f"w-{words}", "Alert", info(headline=f"警报{words}", areas=area, more=until),
        sent=f"{now - timedelta(minutes=1):%Y-%m-%dT%H:%M:%S+00:00}",
    )  # fmt: skip
    for name, text in (("news", RSS.format(f"新闻{words}")), ("towns", RSS.format("镇")), ("alerts", feed(warning))):
        draft = folder / f"{name}.new"
        draft.write_text(text, encoding="utf-8")
        draft.replace(folder / f"{name}.xml")


def on_air(state: Path) -> str:
    """The warning, and what its page and the news of the release on air say."""
    release = Store.open(state / "store").current()
    if release is None:
        return ""
    entries = {number: release.said(number, DISTRICT) for number in ("111", "900")}
    said = [release.words(number, entry.content) for number, entry in entries.items() if entry is not None]
    return b"".join([release.alert(DISTRICT), *said]).decode("utf-8", "replace")


def all_on_air(state: Path, words: str) -> bool:
    """Whether everything that was spoken last is: the warning twice, as the alert and on its page."""
    said = on_air(state)
    return said.count(f"警报{words}") >= 2 and f"新闻{words}" in said


def test_each_setting_of_the_clock_is_followed_by_news_and_alerts_within_seconds(
    tmp_path: Path, state: Path, library: Path
) -> None:
    """What sources say after it is on air long before the clock comes to where it was."""
    folder, clock = tmp_path / "channel", tmp_path / "clock"
    write_channel(folder, estates=2, every="1s", profiles=("web-hd",))
    with (folder / "sources.toml").open("a", encoding="utf-8") as file:
        # Else a warning of 2026 would hold until then by the clock of 2024.
        file.write('options = { unlisted = "ends" }\n')
    (tmp_path / "first").mkdir()
    (tmp_path / "first" / "sitecustomize.py").write_text(SLEEP)
    speak(folder, "零", 0)
    clock.write_text("+0\n")
    faked = {
        "LD_PRELOAD": str(library), "FAKETIME_TIMESTAMP_FILE": str(clock), "FAKETIME_NO_CACHE": "1",
        "DONT_FAKE_MONOTONIC": "1", "FAKETIME_DONT_FAKE_MONOTONIC": "1", "NO_FAKE_STAT": "1",
        "PYTHONPATH": f"{tmp_path / 'first'}",
    }  # fmt: skip
    process = start(folder, state, command="work", env=faked)
    try:
        wait_for(lambda: all_on_air(state, "零"), 120)
        for number, (setting, seconds) in enumerate(SETTINGS.items(), 1):
            draft = tmp_path / "clock.new"
            draft.write_text(f"{setting}\n")
            draft.replace(clock)
            words = "零一二三四五"[number]
            speak(folder, words, seconds)
            began = time.monotonic()
            wait_for(lambda words=words: all_on_air(state, words))  # type: ignore[misc]
            assert time.monotonic() - began < 30, setting
            assert process.poll() is None
        log = (state / "out.log").read_text()
        assert "the clock was set" in log and "Traceback" not in log
        archive = Archive.open(f"sqlite:///{state / 'archive.sqlite'}")
        ahead = [
            past for name in ("news", "alerts") for past in archive.history(name) if past.checked > datetime.now(UTC)
        ]
        archive.close()
        assert not ahead
    finally:
        process.terminate()
        process.wait(60)
    told = json.loads((state / METRICS / WORK).read_bytes())
    # Each of the three times back has to be noticed; what went forward may be over before anybody looked.
    assert 3 <= told["clock_sets"] <= len(SETTINGS)
    assert 0 < told["alert_seconds"] < 30 and told["alert_waiting_seconds"] == 0.0 and "failed_alerts" not in told
