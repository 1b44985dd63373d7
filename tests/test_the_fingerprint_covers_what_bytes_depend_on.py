"""After an update no page keeps words or bytes of the old code: what asking, and what painting imports or reads is part
of its fingerprint."""

from __future__ import annotations

import inspect
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from channel import fingerprint, keys
from channel.asking import Asker
from channel.build.ledger import scopes_of
from channel.build.saying import Sayer
from channel.views.alerts import alert_answers
from channel.views.words import words_of

ROOT = Path(__file__).resolve().parents[1]
LOADED = """
import json, sys
from datetime import UTC, datetime
from pathlib import Path
opened = []
sys.addaudithook(lambda event, args: opened.append(str(args[0])) if event == "open" else None)
{work}
modules = [str(Path(m.__file__).resolve()) for n, m in sys.modules.items()
           if n.split(".")[0] in ("feeds", "channel") and getattr(m, "__file__", None)]
print(json.dumps([modules, opened]))
"""
GIVEN = """
from channel.folder import Channel
from feeds.folder import read_records
folder = Path(sys.argv[1])
channel = Channel.open(folder)
moment = datetime(2026, 11, 24, 1, tzinfo=UTC)
snapshots = {}
for name in NAMES:
    if found := read_records(channel.sources[name], folder / "records", moment, channel.datasets):
        snapshots[name] = found
"""
RENDER = """
from channel import preflight
from channel.painting import choose
from channel.render import Renderer
NAMES = ("hospitals", "alerts", "weather")
{given}
renderer = Renderer(channel)
for profile in ("web-hd", "bitmap-hd"):
    for page in ("100", "201", "501", "900"):
        page = renderer.page(page, "district", profile, snapshots, moment)
        preflight.inspect(page, channel.lineup, channel.estates, renderer.profiles[profile])
    renderer.scripts(profile)
""".replace("{given}", GIVEN)
ASK = """
from channel.asking import Asker
from channel.views.words import item_words, words_of
{given}
asker, said = Asker(channel), 0
for page in channel.lineup.pages.values():
    for estate in ("district", "mh0001"):
        content = asker.content(page, estate, snapshots, moment)
        said += len(words_of(content)) + sum(len(item_words(item, content)) for item in content.items)
assert set(channel.sources) - set(snapshots) == {"desk", "desk-alerts", "desk-guides", "desk-ticker"}
assert said > 100_000
""".replace("{given}", GIVEN.replace("NAMES", "channel.sources"))


def loaded(work: str) -> tuple[set[str], set[str]]:
    """The rooms of code that an interpreter has loaded after ``work``, and the rooms of data that it has opened."""
    argv = [sys.executable, "-c", LOADED.format(work=work), str(ROOT / "examples" / "minhang")]
    run = subprocess.run(argv, capture_output=True, text=True, cwd=ROOT)
    assert run.returncode == 0, run.stderr
    modules, opened = json.loads(run.stdout)
    names = {str(path.resolve()): name for name, path in fingerprint.covered()}
    rooms = tuple(str(ROOT / room) + "/" for room in ("feeds", "channel", "layouts", "fonts"))
    read = {str(Path(path).resolve()) for path in opened if path.startswith(rooms) and "__pycache__" not in path}
    return {names.get(path, path) for path in modules}, {names.get(path, path) for path in read}


@pytest.mark.slow
def test_all_that_painting_imports_and_reads_is_covered() -> None:
    """Modules by import, data by what was opened while pages were painted in two families of boxes."""
    modules, read = loaded(RENDER)
    covered = {name for name, _ in fingerprint.covered()}
    assert len(modules) > 80
    assert modules - covered == set()
    assert any(path.endswith(".toml") for path in read)
    assert read - covered == set()


@pytest.mark.slow
def test_all_that_asking_imports_and_reads_is_part_of_the_voice() -> None:
    """Every page of the example is asked. Settings name profiles and the folder of layouts, so these rooms are known,
    and no view ever sees one; nothing that lays out or paints is even there."""
    modules, read = loaded(ASK)
    others = {room for room in modules if not room.startswith(fingerprint._SAYING)}
    profiles = {room for room in others if room.startswith("channel/profiles/")}
    assert others - profiles == {"channel/__init__.py", "channel.layouts/__init__.py"}
    assert len(modules - others) > 80 and any(room.startswith("channel/views/") for room in modules)
    assert {room for room in read if not room.startswith(fingerprint._SAYING)} <= others


def test_saying_has_no_room_that_paints() -> None:
    """What lays words down in a release stands on the store and on asking, and on the shape of a finding."""
    modules, _ = loaded("import channel.build.saying")
    rooms = {"/".join(room.split("/")[:2]) for room in modules if not room.startswith(fingerprint._SAYING)}
    assert rooms == {"channel/__init__.py", "channel/build", "channel/keys.py", "channel/paint", "channel/profiles",
                     "channel/release"}  # fmt: skip
    assert {room for room in modules if room.startswith("channel/paint")} == {
        "channel/paint/__init__.py", "channel/paint/output.py",
    }  # fmt: skip


SAYS = (Asker.content, Sayer.say, scopes_of, words_of, alert_answers)


@pytest.mark.parametrize("says", SAYS, ids=lambda says: says.__qualname__)
def test_what_decides_what_is_said_to_whom_is_part_of_the_voice(says: Callable[..., object]) -> None:
    """Another version of it, and every page is asked again."""
    names = {str(path.resolve()): name for name, path in fingerprint.covered()}
    file = inspect.getsourcefile(says)
    assert file is not None and names[str(Path(file).resolve())].startswith(fingerprint._SAYING)


@pytest.mark.parametrize(
    ("room", "heard"),
    [
        ("feeds/timetable.py", True),
        ("feeds/alerts.py", True),
        ("feeds/base/clock.py", True),
        ("channel/estates.py", True),
        ("channel/lineup.py", True),
        ("channel/views/latest.py", True),
        ("channel/views/words.py", True),
        ("channel/build/saying.py", True),
        ("channel/preflight.py", False),
        ("channel/painting.py", False),
        ("channel/paint/html.py", False),
        ("channel/screen/compose.py", False),
        ("channel/release/contents.py", False),
        ("channel.layouts/remote.js", False),
        ("channel.layouts/list.xml", False),
    ],
)
def test_a_change_anywhere_on_the_way_changes_it(
    room: str, heard: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One byte of any room that a page passes through gives another engine; another voice only where it may say
    something else for it."""
    found = dict(fingerprint.covered())
    before = fingerprint.engine.__wrapped__(), fingerprint.voice.__wrapped__()
    other = tmp_path / "changed"
    other.write_bytes(found[room].read_bytes() + b"\n")
    monkeypatch.setattr(fingerprint, "covered", lambda: {**found, room: other}.items())
    assert fingerprint.engine.__wrapped__() != before[0]
    assert (fingerprint.voice.__wrapped__() != before[1]) == heard


def test_a_byte_that_moves_from_one_file_to_the_next_changes_it() -> None:
    """Parts carry their lengths: ``ab`` and ``c`` are not ``a`` and ``bc``."""
    assert keys.framed([b"ab", b"c"]) != keys.framed([b"a", b"bc"])
