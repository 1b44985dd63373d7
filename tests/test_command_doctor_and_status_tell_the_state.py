"""``doctor``, ``status``, ``sources``, ``check`` say what is, and what is to be done about it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from bundle_site import Site
from running import make_small
from small_origin import publish
from store_help import publish as publish_words

from broadcaster.bundle.lag import lag
from broadcaster.cli import main
from broadcaster.origin.identity import CardTable, read_token
from channel.estates import DISTRICT
from channel.release import Store

pytestmark = pytest.mark.slow


def said(capsys: pytest.CaptureFixture[str], *args: str) -> tuple[int, list[dict[str, object]]]:
    code = main(list(args))
    return code, [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_a_fresh_machine_is_told_what_to_do(channel_dir: Path, state: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """No release, no keys: each finding says how to mend it; nothing is a fault."""
    code, findings = said(capsys, "--channel", str(channel_dir), "--state", str(state), "doctor", "--json")
    by = {finding["about"]: finding for finding in findings}
    assert code == 0
    assert {"packages", "folders", "fonts", "database", "store", "clock", "port", "keys", "sources"} <= set(by)
    assert "channel build" in str(by["store"]["mend"]) and "channel keys init" in str(by["keys"]["mend"])
    assert all(finding["mend"] for finding in findings if finding["level"] != "ok")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_cannot_be_written_is_a_fault(
    channel_dir: Path, state: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Named with its path and the command that mends it."""
    state.chmod(0o500)
    code, findings = said(capsys, "--channel", str(channel_dir), "--state", str(state), "doctor", "--json")
    assert code == 1
    assert any(f["about"] == "folders" and f["level"] == "fault" and str(state) in str(f["mend"]) for f in findings)


def test_keys_that_others_can_read_are_a_fault(
    channel_dir: Path, state: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whoever reads them speaks as this channel."""
    common = ["--channel", str(channel_dir), "--state", str(state)]
    assert main([*common, "keys", "init"]) == 0
    capsys.readouterr()
    key = next((state / "keys").glob("*.pem"))
    key.chmod(0o644)
    code, findings = said(capsys, *common, "doctor", "--json")
    assert code == 1
    assert any(f["level"] == "fault" and str(key) in str(f["mend"]) for f in findings)


def test_bundles_that_lag_are_told_with_what_to_do(
    tmp_path: Path, channel_dir: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """In status and doctor, by how long operators could not have what is on air; not while one is being packed."""
    site = Site(tmp_path)
    common = ["--channel", str(channel_dir), "--state", str(site.state)]
    site.air("one")
    first = site.store.current_id()

    def told() -> tuple[str, dict[str, object]]:
        _, (status,) = said(capsys, *common, "status", "--json")
        _, findings = said(capsys, *common, "doctor", "--json")
        return str(status["bundles"]), next(finding for finding in findings if finding["about"] == "bundles")

    status, finding = told()
    assert status == f"{first}, which is on air" and finding["level"] == "ok"
    site.clock.forward(-1260)
    site.release("two")
    site.clock.forward(600)
    release = site.release("three")
    assert lag(site.state, site.store, site.clock.now() + timedelta(seconds=660)).seconds == 1260
    status, finding = told()
    assert status == f"{first}, 21 min behind {release.id}; `channel bundle` publishes it now"
    assert finding["level"] == "warning" and "channel bundle" in str(finding["mend"])
    assert first in str(finding["sentence"]) and release.id in str(finding["sentence"])
    site.publish(release)
    assert told()[0] == f"{release.id}, which is on air"


def test_what_is_built_while_publishing_is_held_counts_for_no_lag(tmp_path: Path) -> None:
    """It never was on air; what alerts bring on air is."""
    site = Site(tmp_path)
    site.air("one")
    site.store.rollback(site.store.current_id(), note="")
    back = site.store.current()
    assert back is not None
    site.publish(back)
    moment = site.clock.now()
    site.clock.forward(3600)
    built = site.store.heads().built
    publish_words(site.store, {(DISTRICT, "201"): "meanwhile"})
    assert site.store.heads().built != built and site.store.current_id() == back.id
    assert lag(site.state, site.store, site.clock.now()).seconds == 0
    site.clock.forward(60)
    with site.store.changes() as changes:
        changes.answer({DISTRICT: b'{"level":"takeover"}'})
        site.store.publish(changes, action="alerts")
    assert site.clock.now() - moment > timedelta(hours=1)
    assert lag(site.state, site.store, site.clock.now() + timedelta(seconds=7)).seconds == 7


def test_the_doctor_looks_where_the_channel_listens(
    channel_dir: Path, state: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Not at the port of channel.toml; what a dead process left is passed over."""
    common = ["--channel", str(channel_dir), "--state", str(state)]
    (state / "serving").mkdir()
    (state / "serving" / "999999999").write_text("127.0.0.1 9998\n")
    _, findings = said(capsys, *common, "doctor", "--json")
    (port,) = (finding for finding in findings if finding["about"] == "port")
    assert "of channel.toml" in str(port["sentence"]) or "taken" in str(port["sentence"])
    argv = [sys.executable, "-c", "import time; time.sleep(60)", "serve"]
    with subprocess.Popen(argv) as process:
        (state / "serving" / str(process.pid)).write_text("127.0.0.1 9999\n")
        _, findings = said(capsys, *common, "doctor", "--json")
        process.kill()
    (port,) = (finding for finding in findings if finding["about"] == "port")
    assert port["level"] == "ok" and f"127.0.0.1:9999 is this channel's: `channel serve`, process {process.pid}" in str(
        port["sentence"]
    )


def test_status_is_one_table_of_what_is_on_air(
    channel_dir: Path, state: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Release, hold, take-downs, sources; exit code 1 while nothing is on air."""
    common = ["--channel", str(channel_dir), "--state", str(state)]
    code, (told,) = said(capsys, *common, "status", "--json")
    assert (code, told["release"], told["working"]) == (1, "", "no")
    store = Store.open(state / "store")
    first = publish(store, "一")
    second = publish(store, "二")
    code, (told,) = said(capsys, *common, "status", "--json")
    assert (code, told["release"], told["held"]) == (0, second, "no")
    assert main([*common, "rollback", first, "--note", "错页"]) == 0
    assert main([*common, "takedown", "201.h17"]) == 0
    capsys.readouterr()
    _, (told,) = said(capsys, *common, "status", "--json")
    assert "channel resume" in str(told["held"]) and told["taken_down"] == "201.h17"
    _, releases = said(capsys, *common, "releases", "--json")
    assert [release["action"] for release in releases][:2] == ["takedown", "rollback"]
    assert main([*common, "resume"]) == 0 and main([*common, "takedown", "--undo", "201.h17"]) == 0
    assert main([*common, "prune", "--keep", "2"]) == 0
    capsys.readouterr()
    _, (told,) = said(capsys, *common, "status", "--json")
    assert (told["held"], told["taken_down"]) == ("no", "nothing")


def test_check_names_sources_rows_and_estates(
    channel_dir: Path, state: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A source that is gone, a row in quarantine and an estate without coordinates: each by its id, worst code last."""
    make_small(channel_dir)
    with (channel_dir / "estates.csv").open("a", encoding="utf-8") as file:
        file.write("mh9001,无坐标小区,莘庄镇,,,310112101001\nBAD ID,x,y,1,1,1\n")
    sources = (channel_dir / "sources.toml").read_text()
    (channel_dir / "sources.toml").write_text(sources.replace("http://127.0.0.1:8181/", "file:records/"))
    common = ["--channel", str(channel_dir), "--state", str(state)]
    main([*common, "gather", "pharmacies", "hospitals"])
    (channel_dir / "sources.toml").write_text(sources.replace("http://127.0.0.1:8181/", "file:gone/"))
    main([*common, "gather", "jobs"])
    capsys.readouterr()
    code, problems = said(capsys, *common, "check", "--json")
    assert code == 3
    text = "\n".join(f"{p['where']}: {p['sentence']}" for p in problems)
    assert "mh9001" in text and "BAD ID" in text
    assert any(p["where"] == "source jobs" and p["code"] == 3 for p in problems)


def test_a_damaged_store_is_found(channel_dir: Path, state: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """``check --store`` reads everything; a flipped byte has the exit code of its family."""
    publish(Store.open(state / "store"), "一")
    pack = next((state / "store" / "packs").glob("*.pack"))
    data = bytearray(pack.read_bytes())
    data[len(data) // 2] ^= 0xFF
    pack.write_bytes(data)
    code, problems = said(capsys, "--channel", str(channel_dir), "--state", str(state), "check", "--store", "--json")
    assert code == 5
    assert any(p["where"] == "store" for p in problems)


def test_cards_and_tokens_need_their_keys(
    channel_dir: Path, state: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a key of the environment neither is made; with it both work, and no card number is kept."""
    common = ["--channel", str(channel_dir), "--state", str(state)]
    cards = state / "cards.csv"
    cards.write_text("card,estate\n8122334455667788,mh0001\n")
    assert main([*common, "cards", "import", str(cards)]) == 2
    assert main([*common, "token", "mh0001"]) == 2
    assert "CHANNEL_CARD_KEY" in capsys.readouterr().err
    assert main(["cards", "key"]) == 0
    key = capsys.readouterr().out.strip()
    monkeypatch.setenv("CHANNEL_CARD_KEY", key)
    monkeypatch.setenv("CHANNEL_ENTRY_KEY", key)
    assert main([*common, "cards", "import", str(cards)]) == 0
    assert CardTable(state / "cards.table", key.encode()).find("8122334455667788") == "mh0001"
    capsys.readouterr()
    assert main([*common, "token", "mh0002", "--for", "1h"]) == 0
    token = capsys.readouterr().out.strip()
    assert read_token(token, key.encode(), 0) == "mh0002"
    assert main([*common, "token", "mh9999"]) == 2
