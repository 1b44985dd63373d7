"""A real house of real painters over the small example: the same bytes, once for all, whoever dies."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from pathlib import Path

import msgspec
import pytest
from conftest import EXAMPLE
from painted_site import children_of
from said_store import MOMENT, PROFILES, counts, house, say, small_example, snapshots_of, start_house, wait_until

from broadcaster.painters import BOX, WARMER, Answer, Ask, Cache, Client, Line, PaintedPage, recipe
from broadcaster.painters.client import connect
from broadcaster.painters.squeeze import gunzip
from broadcaster.painters.wire import SOCKET, file_of
from broadcaster.places import PAINTED
from channel.estates import DISTRICT
from channel.fingerprint import engine
from channel.folder import Channel
from channel.paint.output import Rendered
from channel.release import Release
from channel.render import Renderer
from channel.views.words import item_words, words_of
from feeds.source import Snapshot

pytestmark = pytest.mark.slow
ESTATES = (DISTRICT, "mh0001", "mh0003")


class Said:
    """The small example, said and not painted."""

    def __init__(self, folder: Path) -> None:
        shutil.copytree(EXAMPLE, folder / "channel", ignore=shutil.ignore_patterns("var", "records", "__pycache__"))
        (folder / "channel" / "records").symlink_to(EXAMPLE / "records", target_is_directory=True)
        self.state = folder / "s"
        self.state.mkdir()
        self.channel: Channel = small_example(folder / "channel", self.state)
        self.snapshots: dict[str, Snapshot] = snapshots_of(self.channel)
        self.release: Release = say(self.channel, self.snapshots)
        self.renderer = Renderer(self.channel)

    def ask(self, profile: str, estate: str, name: str, **more: object) -> Ask:
        found = recipe(self.release, self.renderer.profiles[profile], estate, name, engine())
        assert found is not None, name
        return Ask(0, found.key, self.release.id, profile, estate, name, **{"within": 60.0, **more})  # type: ignore[arg-type]

    def key(self, profile: str, estate: str, name: str) -> bytes:
        return self.ask(profile, estate, name).key

    def places(self) -> list[tuple[str, str, str]]:
        """(page, estate, profile) of everything that differs."""
        pages = self.channel.lineup.pages.values()
        found = [(p.number, e) for p in pages for e in (ESTATES if p.scope == "estate" else ESTATES[:1])]
        return [(number, estate, profile) for number, estate in found for profile in PROFILES]


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory) -> Said:
    return Said(tmp_path_factory.mktemp("said"))


@pytest.fixture
def fresh(said: Said, tmp_path: Path) -> Iterator[Said]:
    """The same with an empty cache, and no house yet."""
    shutil.rmtree(said.state / PAINTED, ignore_errors=True)
    (said.state / PAINTED).unlink(missing_ok=True)
    yield said
    if (said.state / PAINTED).is_symlink():
        (said.state / PAINTED).unlink()


def asked(
    state: Path, asks: Iterable[Ask], at_once: int = 16, meanwhile: Callable[[], None] = lambda: None
) -> list[Answer]:
    """The answers to all these questions in their order, as a worker of an origin asks: some at once, never blocked;
    where the house is away it is asked again."""
    line, waiting, found = Line(state), list(enumerate(asks))[::-1], dict[int, Answer]()
    under_way: dict[int, tuple[int, Ask]] = {}
    until = time.monotonic() + 120
    while waiting or under_way:
        assert time.monotonic() < until, f"{len(under_way)} questions were never answered"
        while waiting and len(under_way) < at_once:
            place = waiting.pop()
            under_way[line.ask(place[1])] = place
        meanwhile()
        for answer in line.answers():
            place = under_way.pop(answer.number)
            if answer.status == "away":
                time.sleep(0.05)
                waiting.append(place)
            else:
                found[place[0]] = answer
        time.sleep(0.002)
    line.close()
    return [found[number] for number in sorted(found)]


def page_of(answer: Answer) -> PaintedPage:
    assert answer.status == "painted" and answer.page is not None, answer.status
    return answer.page


def same(page: PaintedPage, rendered: Rendered, state: Path) -> None:
    """The page has exactly the documents of ``rendered`` that are its own, and the cache all of their pictures."""
    cache = Cache(state / PAINTED)
    documents = {d.name: d for d in rendered.documents if d.name in page.documents}
    kind = next(iter(page.documents)).startswith("i/")
    assert documents.keys() == page.documents.keys()
    if not kind:
        assert documents.keys() == {d.name for d in rendered.documents if not d.name.startswith("i/")}
    for name, document in documents.items():
        file = page.documents[name]
        assert (gunzip(file.stored) if file.packed else file.stored) == document.body, name
        assert file == file_of(document), name
        for asset in document.assets:
            assert cache.asset(asset) == ("image/png", rendered.assets[asset].body), asset


def test_every_page_is_the_same_bytes(fresh: Said) -> None:
    """What painters make of a release is what a renderer makes of its inputs: every page, two families with HTML and
    two of bitmaps, the district and two estates, and items."""
    places = fresh.places()
    with house(fresh.state):
        answers = asked(fresh.state, [fresh.ask(profile, estate, f"{n}.html") for n, estate, profile in places])
        counted = counts(fresh.state)
        # Estates that are told the same on a page that names none of them may have joined each other.
        assert counted.painted + counted.joined == len(places) and not counted.unsound and not counted.uncached
        for (number, estate, profile), answer in zip(places, answers, strict=True):
            rendered = fresh.renderer.page(number, estate, profile, fresh.snapshots, MOMENT, items=False)
            page = page_of(answer)
            same(page, rendered, fresh.state)
            assert Cache(fresh.state / PAINTED).get(page.key) == page
        for profile in ("web-hd", "bitmap-hd"):
            for number in ("111", "201"):
                rendered = fresh.renderer.page(number, DISTRICT, profile, fresh.snapshots, MOMENT)
                names = [d.name for d in rendered.documents if d.name.startswith("i/")][:3]
                assert names
                for name in names:
                    same(page_of(asked(fresh.state, [fresh.ask(profile, "mh0001", name)])[0]), rendered, fresh.state)
        script = page_of(asked(fresh.state, [fresh.ask("ipanel-hd", DISTRICT, "remote.js")])[0])
        expected = {script.name: script.body for script in fresh.renderer.scripts("ipanel-hd")}
        assert {name: gunzip(file.stored) for name, file in script.documents.items()} == expected


def test_words_that_are_not_on_air_are_painted_and_left_out_of_the_cache(fresh: Said) -> None:
    """What a draft would say: handed over with its day, the same bytes as a renderer's, and nothing that boxes find."""
    content = fresh.renderer.content(fresh.channel.lineup.page("111"), DISTRICT, fresh.snapshots, MOMENT)
    day = fresh.channel.say.day_of(MOMENT)
    item = content.items[0]
    with house(fresh.state):
        for name, words in (("111.html", words_of(content)), (f"i/111.{item.id}.html", item_words(item, content))):
            ask = fresh.ask("bitmap-hd", DISTRICT, name, words=words, day=day.toordinal(), pictures=True)
            page = page_of(asked(fresh.state, [msgspec.structs.replace(ask, key=b"draft" + name.encode())])[0])
            rendered = fresh.renderer.page("111", DISTRICT, "bitmap-hd", fresh.snapshots, MOMENT)
            for document in rendered.documents:
                if document.name in page.documents:
                    assert page.documents[document.name] == file_of(document)
            assert page.pictures and page.documents
            assert Cache(fresh.state / PAINTED).get(page.key) is None
            assert Cache(fresh.state / PAINTED).get(ask.key) is None


def test_one_page_is_painted_once_however_many_ask(fresh: Said) -> None:
    """A hundred boxes of four workers: one paint, a hundred answers."""
    ask = fresh.ask("bitmap-hd", "mh0001", "402.html")
    answers: list[Answer] = []

    def worker() -> None:
        answers.extend(asked(fresh.state, [ask] * 25, at_once=25))

    with house(fresh.state, 1):
        (painter,) = counts(fresh.state).painters
        # It has begun with the first of them while the others come.
        os.kill(painter, signal.SIGSTOP)
        workers = [threading.Thread(target=worker) for _ in range(4)]
        for one in workers:
            one.start()
        wait_until(lambda: counts(fresh.state).joined == 99, "all have asked", 15)
        os.kill(painter, signal.SIGCONT)
        for one in workers:
            one.join()
        counted = counts(fresh.state)
    assert len(answers) == 100 and {page_of(answer).key for answer in answers} == {ask.key}
    assert (counted.painted, counted.joined, counted.deaths) == (1, 99, 0)


def test_what_is_late_is_painted_all_the_same(fresh: Said) -> None:
    """Whoever cannot wait hears so in time, and finds it in the cache soon."""
    ask = fresh.ask("bitmap-hd", "mh0001", "404.html", within=0.0)
    with house(fresh.state, 1):
        client = Client(fresh.state)
        assert client.ask(ask).status == "late"
        client.close()
        wait_until(lambda: Cache(fresh.state / PAINTED).get(ask.key) is not None, "it is in the cache")
        assert counts(fresh.state).late == 1


def test_what_is_not_there_is_gone(fresh: Said) -> None:
    """A release, profile, page or item that nobody has; and nonsense ends nobody."""
    base = fresh.ask("web-hd", "mh0001", "100.html")
    with house(fresh.state, 1):
        asks = [
            Ask(0, os.urandom(16), *place)
            for place in (
                ("r009999-abcdef", "web-hd", "mh0001", "100.html"), (base.release, "none", "mh0001", "100.html"),
                (base.release, "web-hd", "mh0001", "999.html"), (base.release, "web-hd", "mh0001", "i/201.zz.html"),
                (base.release, "web-hd", "mh0001", "../x"), (base.release, "bitmap-hd", "mh0001", "remote.js"),
            )
        ]  # fmt: skip
        assert [answer.status for answer in asked(fresh.state, asks)] == ["gone"] * len(asks)
        with connect(fresh.state) as wild:
            wild.sendall(b"\xff" * 100)
            assert wild.recv(10) == b""
        assert asked(fresh.state, [base])[0].status == "painted" and not counts(fresh.state).deaths


def test_the_socket_is_its_owners_and_there_is_one_house(fresh: Said) -> None:
    """A second house on the same folder says so and ends."""
    with house(fresh.state, 1):
        assert (fresh.state / SOCKET).stat().st_mode & 0o777 == 0o600
        argv = [sys.executable, "-m", "broadcaster.painters.house", str(fresh.state)]
        second = subprocess.run(argv, capture_output=True, text=True, timeout=60, check=False)
        assert second.returncode == 6 and "painters work there already" in second.stderr
        assert asked(fresh.state, [fresh.ask("web-hd", DISTRICT, "100.html")])[0].status == "painted"


def test_the_queue_is_bounded(fresh: Said) -> None:
    """A crawler with more wishes than there is room for hears that it is too much, at once; a box is served."""
    crawl = [
        Ask(0, os.urandom(16), fresh.release.id, "bitmap-hd", "mh0001", "402.html", WARMER, "crawler")
        for _ in range(1200)
    ]
    with house(fresh.state, 1):
        line = Line(fresh.state)
        numbers = {line.ask(ask) for ask in crawl}
        started = time.monotonic()
        assert asked(fresh.state, [fresh.ask("web-hd", "mh0001", "100.html", urgency=BOX)])[0].status == "painted"
        assert time.monotonic() - started < 5
        full: list[Answer] = []

        def told() -> int:
            full.extend(a for a in line.answers() if a.number in numbers and a.status == "full")
            return len(full)

        wait_until(lambda: told() >= 1200 - 1024 - 100, "it is told that this is too much")
        assert counts(fresh.state).waiting <= 1024
        line.close()


def test_painters_killed_at_random_cost_no_answer(fresh: Said) -> None:
    """Under load a painter is killed every now and then: every question is answered with its page."""
    dice = random.Random(7)
    places = dice.sample(fresh.places(), 150)
    asks = [fresh.ask(profile, estate, f"{number}.html") for number, estate, profile in places]
    with house(fresh.state):
        last, kills = time.monotonic(), 0

        def kill() -> None:
            nonlocal last, kills
            if time.monotonic() - last > 1.0 and kills < 6:
                alive = counts(fresh.state).painters
                if alive:
                    os.kill(dice.choice(alive), signal.SIGKILL)
                    last, kills = time.monotonic(), kills + 1

        answers = asked(fresh.state, asks, meanwhile=kill)
        wait_until(lambda: counts(fresh.state).deaths >= kills, "each death is noticed")
        counted = counts(fresh.state)
    assert [answer.status for answer in answers] == ["painted"] * len(asks)
    assert kills >= 1 and counted.deaths == kills and not counted.failed
    assert all(page_of(a).key == ask.key for a, ask in zip(answers, asks, strict=True))
    shown = [page_of(answer).shown for answer in answers]
    assert shown.count("content") >= len(shown) - kills // 2


def test_what_kills_two_painters_is_not_tried_for_a_minute(fresh: Said) -> None:
    """It is 暂不可用 and not in the cache; nothing else is."""
    ask = fresh.ask("bitmap-sd", "mh0001", "404.html")
    with house(fresh.state, 1):
        answers: list[Answer] = []
        asking = threading.Thread(target=lambda: answers.extend(asked(fresh.state, [ask])))
        asking.start()
        for death in (1, 2):
            wait_until(lambda: counts(fresh.state).painting == 1, "it is being painted")
            os.kill(counts(fresh.state).painters[0], signal.SIGKILL)
            wait_until(lambda death=death: counts(fresh.state).deaths == death, "a painter died")
        asking.join()
        assert page_of(answers[0]).shown == "unsaid" and Cache(fresh.state / PAINTED).get(ask.key) is None
        painted = counts(fresh.state).painted
        assert page_of(asked(fresh.state, [ask])[0]).shown == "unsaid" and counts(fresh.state).painted == painted
        assert page_of(asked(fresh.state, [fresh.ask("web-hd", "mh0001", "404.html")])[0]).shown == "content"


def test_a_painter_that_has_grown_heavy_is_replaced(fresh: Said) -> None:
    """Nobody notices: it works on until the next one is ready, and ends without a death."""
    asks = [fresh.ask("web-hd", DISTRICT, f"{number}.html") for number in ("100", "111", "201", "402", "404")]
    with house(fresh.state, 1, memory="1"):
        first = counts(fresh.state).painters
        for ask in asks:
            assert page_of(asked(fresh.state, [ask])[0]).shown == "content"
        wait_until(lambda: counts(fresh.state).painters not in ((), first), "another one is there")
        assert not is_alive(first[0]) and not counts(fresh.state).deaths


def test_painters_rest_all_but_one(fresh: Said) -> None:
    """While nobody asks one is enough; when many do, the others are there again at once."""
    asks = [fresh.ask(profile, estate, f"{number}.html") for number, estate, profile in fresh.places()[:40]]
    with house(fresh.state, 3):
        wait_until(lambda: len(counts(fresh.state).painters) == 1, "all but one have left", 60)
        (stays,) = counts(fresh.state).painters
        most = []
        asked(fresh.state, asks, meanwhile=lambda: most.append(len(counts(fresh.state).painters)))
        assert max(most) == 3 and stays in counts(fresh.state).painters and not counts(fresh.state).deaths


def test_where_painters_come_from_may_be_killed(fresh: Said) -> None:
    """Those that are there paint on; when one of them dies too, another nursery bears the next."""
    ask = fresh.ask("web-hd", DISTRICT, "100.html")
    with house(fresh.state, 1) as process:
        ((nursery, _),) = children_of(process.pid)
        os.kill(nursery, signal.SIGKILL)
        assert page_of(asked(fresh.state, [ask])[0]).shown == "content"
        os.kill(counts(fresh.state).painters[0], signal.SIGKILL)
        wait_until(lambda: counts(fresh.state).painters, "another one is there", 30)
        again = fresh.ask("web-hd", DISTRICT, "111.html")
        assert page_of(asked(fresh.state, [again])[0]).shown == "content"
        ((another, _),) = children_of(process.pid)
        assert another != nursery


def test_the_warmer_takes_no_painter_from_those_who_wait(fresh: Said) -> None:
    """Of two painters one is kept for boxes, however much there is to paint ahead."""
    ahead = [
        fresh.ask(profile, "mh0001", f"{number}.html", urgency=WARMER, asker="warmer")
        for number, _, profile in fresh.places()[:60]
    ]
    with house(fresh.state, 2):
        line = Line(fresh.state)
        for ask in ahead:
            line.ask(ask)
        seen = []

        def done() -> bool:
            line.answers()
            seen.append(counts(fresh.state).painting)
            return not line.waiting

        wait_until(done, "everything is painted ahead")
        line.close()
    assert max(seen) == 1


def _garbage(folder: Path) -> None:
    for path in [p for p in folder.rglob("*") if p.is_file()]:
        path.write_bytes(b"garbage")


def _lost(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)


def _read_only(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    if not folder.is_symlink():
        # Nobody may write there, root neither.
        folder.symlink_to("/proc/self")


@pytest.mark.parametrize("harm", [_garbage, _lost, _read_only])
def test_a_cache_in_trouble_costs_no_answer(fresh: Said, harm: Callable[[Path], None]) -> None:
    """Under load the cache is damaged, removed, or cannot be written: every question is answered, its pictures too."""
    places = random.Random(3).sample(fresh.places(), 40)
    asks = [fresh.ask(profile, estate, f"{number}.html", pictures=True) for number, estate, profile in places]
    _trouble(fresh, asks, lambda: _harmed(harm, fresh.state / PAINTED))


def _harmed(harm: Callable[[Path], None], folder: Path) -> None:
    # It is being written to.
    with suppress(OSError):
        harm(folder)


def _trouble(fresh: Said, asks: list[Ask], harm: Callable[[], None]) -> None:
    last = 0.0

    def meanwhile() -> None:
        nonlocal last
        if time.monotonic() - last > 0.1:
            last = time.monotonic()
            harm()

    with house(fresh.state):
        for ask, answer in zip(asks, asked(fresh.state, asks, meanwhile=meanwhile), strict=True):
            page = page_of(answer)
            assert page.key == ask.key and page.shown == "content" and page.pictures.keys() >= page.assets
            cached = Cache(fresh.state / PAINTED).get(ask.key)
            assert cached is None or cached.documents == page.documents
        assert not counts(fresh.state).deaths


def test_a_full_disk_costs_no_answer(fresh: Said) -> None:
    """Painters that cannot write another byte send the pictures along unasked."""
    with house(fresh.state):
        for pid in counts(fresh.state).painters:
            subprocess.run(["prlimit", "--pid", str(pid), "--fsize=64:"], check=True)
        answers = asked(fresh.state, [fresh.ask("bitmap-hd", DISTRICT, f"{n}.html") for n in ("100", "201", "402")])
        assert all(page_of(a).assets and page_of(a).pictures.keys() >= page_of(a).assets for a in answers)
        assert counts(fresh.state).uncached == 3 and not counts(fresh.state).deaths


def test_workers_find_a_house_that_was_killed(fresh: Said) -> None:
    """Whoever waits hears that it is away; the next house is found by the same line."""
    first = start_house(fresh.state, 1)
    line = Line(fresh.state)
    number = line.ask(fresh.ask("web-hd", DISTRICT, "100.html"))
    first.kill()
    first.wait()
    wait_until(lambda: any(a.number == number for a in line.answers()) or not line.waiting, "it is told")
    assert line.fileno() == -1
    again = line.ask(fresh.ask("web-hd", DISTRICT, "100.html"))
    assert [(a.number, a.status) for a in line.answers()] == [(again, "away")]
    with house(fresh.state, 1):
        time.sleep(0.3)
        last = line.ask(fresh.ask("web-hd", DISTRICT, "100.html"))
        found: list[Answer] = []
        wait_until(lambda: found.extend(line.answers()) or found, "it is answered")
        assert (found[0].number, found[0].status) == (last, "painted")
    line.close()


def test_nothing_is_left_when_the_parent_is_killed(fresh: Said) -> None:
    """Whoever started the house dies without a word: the house ends, its painters, and what they laid out."""
    code = (
        "import os, subprocess, sys, time\n"
        "env = {**os.environ, 'CHANNEL_PARENT': str(os.getpid())}\n"
        "house = subprocess.Popen([sys.executable, '-m', 'broadcaster.painters.house', sys.argv[1], '--painters', '2'],"
        " env=env)\n"
        "print(house.pid, flush=True); time.sleep(600)"
    )
    parent = subprocess.Popen([sys.executable, "-c", code, str(fresh.state)], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    housed = int(parent.stdout.readline())
    wait_until(lambda: len(counts(fresh.state).painters) == 2, "the painters are ready")
    family = [housed, *counts(fresh.state).painters]
    assert all(is_alive(pid) for pid in family)
    parent.kill()
    parent.wait()
    parent.stdout.close()
    wait_until(lambda: not any(is_alive(pid) for pid in family), "all have ended", 15)
    assert not list(fresh.state.glob("painting-*"))


def test_painters_end_with_a_house_that_is_killed(fresh: Said) -> None:
    """SIGKILL leaves nobody the time to tell them."""
    process = start_house(fresh.state, 2)
    painters = counts(fresh.state).painters
    process.kill()
    process.wait()
    wait_until(lambda: not any(is_alive(pid) for pid in painters), "painters have ended", 10)


def is_alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"
