"""A box of a family that is not built is served all the same: its pages are painted when it asks for them."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest
from conftest import EXAMPLE
from origin_figures import workers_of
from said_store import say, small_example, snapshots_of
from small_origin import Answer, get, get_quietly, wait_for

from broadcaster.places import PAINTED
from channel.estates import DISTRICT
from channel.painting import choose
from channel.release import Release
from channel.render import Renderer
from channel.settings import Channel

pytestmark = pytest.mark.slow
BUILT, UNBUILT = "web-hd", "bitmap-sd"
PAGES = ("100", "201", "402", "700")


class Site:
    """The small example, built for one profile."""

    def __init__(self, folder: Path) -> None:
        shutil.copytree(EXAMPLE, folder / "channel", ignore=shutil.ignore_patterns("var", "__pycache__"))
        self.folder, self.state = folder / "channel", folder / "s"
        self.channel: Channel = small_example(self.folder, self.state, profiles=(BUILT,))
        self._run("build")
        self.release: Release = say(self.channel, snapshots_of(self.channel))
        self.renderer = Renderer(self.channel, unbuilt=True)

    def _run(self, *words: str) -> None:
        done = subprocess.run([*self.command, *words], capture_output=True, text=True, timeout=300)
        assert done.returncode == 0, done.stderr

    @property
    def command(self) -> list[str]:
        return [sys.executable, "-m", "broadcaster.cli", "--channel", str(self.folder), "--state", str(self.state)]

    @contextmanager
    def served(self) -> Iterator[tuple[int, subprocess.Popen[str]]]:
        """Port and master of ``channel serve``, once it paints."""
        shutil.rmtree(self.state / PAINTED, ignore_errors=True)
        process = subprocess.Popen(
            [*self.command, "serve", "--port", "0"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )
        assert process.stdout is not None
        try:
            port = int(re.search(r":(\d+)/", process.stdout.readline())[1])  # type: ignore[index]
            wait_for(lambda: get_quietly(port, f"/{UNBUILT}/{DISTRICT}/100.html") == 200)
            wait_for(lambda: _led_to(port) == UNBUILT)
            yield port, process
        finally:
            process.terminate()
            try:
                process.wait(60)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            process.stdout.close()


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Site:
    return Site(tmp_path_factory.mktemp("unbuilt"))


@pytest.fixture
def on_air(site: Site) -> Iterator[tuple[int, subprocess.Popen[str]]]:
    with site.served() as found:
        yield found


def _house(master: int) -> int:
    """The process that keeps the painters."""
    listed = subprocess.run(["ps", "-o", "pid=,args=", "--ppid", str(master)], capture_output=True, text=True)
    return next(int(line.split()[0]) for line in listed.stdout.splitlines() if "painters.house" in line)


def _led_to(port: int) -> str:
    """The profile that a box of the family that is not built is led to."""
    return get(port, f"/?profile={UNBUILT}").fields["location"].split("/")[1]


def _painters(house: int) -> list[int]:
    listed = subprocess.run(["ps", "-o", "pid=", "--ppid", str(house)], capture_output=True, text=True)
    return [int(line) for line in listed.stdout.split()]


def test_every_page_is_what_it_says(site: Site, on_air: tuple[int, object]) -> None:
    """Page by page the bytes that painting gives, with a tag to ask again by, and every picture that it names."""
    port, _ = on_air
    for number in PAGES:
        expected = choose(site.renderer, site.release, number, "mh0001", UNBUILT)
        for document in expected.rendered.documents:
            answer = get(port, f"/{UNBUILT}/mh0001/{document.name}")
            if document.location:
                assert answer.status in (301, 302, 307)
                continue
            assert (answer.status, answer.body) == (200, document.body), document.name
            again = get(port, f"/{UNBUILT}/mh0001/{document.name}", if_none_match=answer.fields["etag"])
            assert again.status == 304 and answer.fields["x-release"] == site.release.id
        for name, picture in expected.rendered.assets.items():
            assert get(port, f"/assets/{name}").body == picture.body


def test_what_is_not_there_is_not_painted(on_air: tuple[int, object]) -> None:
    """Unknown pages, screens, estates and profiles are 404; nothing but a question is answered. A box is led to its own
    family, built or not."""
    port, _ = on_air
    for path in (
        f"{UNBUILT}/mh0001/999.html",
        f"{UNBUILT}/mh0001/201-99.html",
        f"{UNBUILT}/mh9999/100.html",
        "no/mh0001/100.html",
    ):
        assert get(port, f"/{path}").status == 404, path
    assert get(port, f"/{UNBUILT}/mh0002/661.html", "POST", b"").status == 405


def test_a_picture_that_was_lost_is_painted_again(site: Site, on_air: tuple[int, object]) -> None:
    """The cache goes between a document and its picture."""
    port, process = on_air
    workers = workers_of(process.pid)  # type: ignore[attr-defined]
    page = get(port, f"/{UNBUILT}/mh0002/201.html")
    name = re.search(rb"/assets/([0-9a-f]+\.(?:png|jpg|gif))", page.body)
    assert name is not None
    shutil.rmtree(site.state / PAINTED)
    path = f"/assets/{name[1].decode()}"
    # Another worker than the one that gave out the document knows nothing of the picture.
    tries = [get(port, path).status for _ in range(20 * len(workers))]
    assert 200 in tries and set(tries) <= {200, 404}


def test_who_waits_holds_up_nobody(site: Site) -> None:
    """The painters stand still: sixty boxes wait for pages, and what is built is answered; then each is told to ask
    again, and has its page once they go on."""
    with site.served() as (port, process):
        stopped = [house := _house(process.pid), *_painters(house)]
        for pid in stopped[1:]:
            os.kill(pid, signal.SIGSTOP)
        paths = [f"/{UNBUILT}/{estate}/{n}.html" for estate in ("mh0001", "mh0002", "mh0003") for n in PAGES] * 5
        try:
            with ThreadPoolExecutor(len(paths)) as boxes:
                waiting = [boxes.submit(get, port, path) for path in paths]
                for _ in range(50):
                    assert get(port, f"/{BUILT}/mh0001/100.html").status == 200
                    assert get(port, f"/{BUILT}/mh0001/alert.json").status == 200
                answers: list[Answer] = [one.result() for one in waiting]
        finally:
            for pid in stopped[1:]:
                os.kill(pid, signal.SIGCONT)
        late = [one for one in answers if one.status != 200]
        assert late and all(one.status == 503 and b'http-equiv="refresh"' in one.body for one in late)
        for path in paths[: len(PAGES) * 3]:
            wait_for(lambda path=path: get_quietly(port, path) == 200)


def test_the_house_may_be_killed(site: Site) -> None:
    """What is built is answered all the while, and boxes are led there; what is not is there again once the house
    is."""
    with site.served() as (port, process):
        killed = _house(process.pid)
        failed, done = [], threading.Event()

        def watch() -> None:
            while not done.is_set():
                if get_quietly(port, f"/{BUILT}/mh0001/201.html") != 200:
                    failed.append(1)

        watcher = threading.Thread(target=watch)
        watcher.start()
        try:
            os.kill(killed, signal.SIGKILL)
            wait_for(lambda: _led_to(port) == BUILT)
            assert get_quietly(port, f"/{UNBUILT}/mh0003/661.html") in (200, 503)
            wait_for(lambda: get_quietly(port, f"/{UNBUILT}/mh0003/661.html") == 200)
        finally:
            done.set()
            watcher.join()
        assert not failed and _house(process.pid) != killed
