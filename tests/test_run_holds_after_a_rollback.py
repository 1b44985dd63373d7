"""After a rollback the running channel goes on gathering and building, but only alerts go on air."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from running import make_small, release_of, running, seen, settled, simulator_of, tell, wait_for_page
from small_origin import get, wait_for

from broadcaster.bundle.repository import newest_release
from broadcaster.cli import main
from channel.release import Store
from channel.release.heads import seq_of

pytestmark = pytest.mark.slow


def hasten(channel: Path, *sources: str) -> None:
    """Have these sources gathered every second."""
    path = channel / "sources.toml"
    text = path.read_text(encoding="utf-8")
    for source in sources:
        block = re.search(rf"(?ms)^\[source\.{source}\]$.*?(?=^\[|\Z)", text)
        assert block is not None
        faster = re.sub(r"(?m)^(every|cron) = .*\n", "", block[0]).rstrip("\n") + '\nevery = "1s"\n\n'
        text = text.replace(block[0], faster)
    path.write_text(text, encoding="utf-8")


def test_three_ticks_later_the_old_pages_are_on_air_and_new_alerts_too(
    channel_dir: Path, state: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Sources change, builds go on, pages stay those that were rolled back to; an alert is on air at once; ``resume``
    brings everything that was built meanwhile."""
    make_small(channel_dir)
    page = "/web-hd/mh0001/404.html"
    hasten(channel_dir, "bikes", "alerts")
    common = ["--channel", str(channel_dir), "--state", str(state)]
    with running(channel_dir, state) as (_, port):
        wait_for_page(port, page)
        settled(port)
        simulator, store = simulator_of(state), Store.open(state / "store")
        tell(simulator, {"moment": "2026-11-24T10:00"})
        old = seen(port, page)
        wait_for(lambda: seen(port, page) != old)

        held = next(r.id for r in store.releases() if r.id == store.current_id())
        assert main([*common, "rollback", held]) == 0
        # Operators follow, though it was another process that brought it on air.
        back = store.current_id()
        wait_for(lambda: seq_of(newest_release(state / "bundles")[0]) >= seq_of(back))
        # Or one after it: a warning that changed meanwhile makes a release of its own, held or not.
        wait_for(lambda: seq_of(release_of(port)) >= seq_of(back))
        kept = seen(port, page)
        for tick in range(3):
            before = store.heads().built
            tell(simulator, {"moment": f"2026-11-24T1{tick + 1}:3{tick}"})
            wait_for(lambda before=before: store.heads().built != before)
            assert get(port, page).body == kept
        storm = {"id": "storm", "headline": "大风红色预警", "severity": "Extreme", "area": "district"}
        tell(simulator, {"moment": None, "alert": storm})
        wait_for(lambda: "大风红色预警" in get(port, "/web-hd/mh0001/alert.json").body.decode())
        assert get(port, page).body == seen(port, page) == kept

        assert main([*common, "resume"]) == 0
        wait_for(lambda: seen(port, page) != kept)
    capsys.readouterr()
