"""After an update no page keeps bytes of the old code: what rendering imports or reads is part of its fingerprint."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from channel import fingerprint

ROOT = Path(__file__).resolve().parents[1]
RENDER = """
import json, sys
from datetime import UTC, datetime
from pathlib import Path
opened = []
sys.addaudithook(lambda event, args: opened.append(str(args[0])) if event == "open" else None)
from channel import preflight
from channel.build import jobs
from channel.release import artefact
from channel.render import Renderer
from channel.settings import Channel
from feeds.folder import read_records
folder = Path(sys.argv[1])
channel = Channel.open(folder)
moment = datetime(2026, 11, 24, 1, tzinfo=UTC)
snapshots = {}
for name in ("hospitals", "alerts", "weather"):
    if name in channel.sources and (found := read_records(channel.sources[name], folder / "records", moment, None)):
        snapshots[name] = found
renderer = Renderer(channel)
for profile in ("web-hd", "bitmap-hd"):
    for page in ("100", "201", "501", "900"):
        page = renderer.page(page, "district", profile, snapshots, moment)
        preflight.inspect(page, channel.lineup, channel.estates, renderer.profiles[profile])
modules = [str(Path(m.__file__).resolve()) for n, m in sys.modules.items()
           if n.split(".")[0] in ("feeds", "channel") and getattr(m, "__file__", None)]
print(json.dumps([modules, opened]))
"""


@pytest.mark.slow
def test_all_that_rendering_imports_and_reads_is_covered() -> None:
    """Modules by import, data by what was opened while pages were rendered in two families of boxes."""
    example = ROOT / "examples" / "minhang"
    run = subprocess.run([sys.executable, "-c", RENDER, str(example)], capture_output=True, text=True, cwd=ROOT)
    assert run.returncode == 0, run.stderr
    modules, opened = json.loads(run.stdout)
    covered = {str(path.resolve()) for _, path in fingerprint.covered()}
    assert len(modules) > 80
    assert [path for path in modules if path not in covered] == []
    rooms = tuple(str(ROOT / room) + "/" for room in ("feeds", "channel", "layouts", "fonts"))
    read = {str(Path(path).resolve()) for path in opened if path.startswith(rooms) and "__pycache__" not in path}
    assert any(path.endswith(".toml") for path in read)
    assert read - covered == set()


@pytest.mark.parametrize(
    "room",
    [
        "feeds/timetable.py",
        "feeds/alerts.py",
        "feeds/base/clock.py",
        "channel/estates.py",
        "channel/preflight.py",
        "channel/release/artefact.py",
        "channel/lineup.py",
        "channel.layouts/remote.js",
    ],
)
def test_a_change_anywhere_on_the_way_changes_it(
    room: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One byte of any room that a page passes through gives another fingerprint."""
    found = dict(fingerprint.covered())
    before = fingerprint.engine.__wrapped__()
    other = tmp_path / "changed"
    other.write_bytes(found[room].read_bytes() + b"\n")
    monkeypatch.setattr(fingerprint, "covered", lambda: {**found, room: other}.items())
    assert fingerprint.engine.__wrapped__() != before


def test_a_byte_that_moves_from_one_file_to_the_next_changes_it() -> None:
    """Parts carry their lengths: ``ab`` and ``c`` are not ``a`` and ``bc``."""
    assert fingerprint.framed([b"ab", b"c"]) != fingerprint.framed([b"a", b"bc"])
