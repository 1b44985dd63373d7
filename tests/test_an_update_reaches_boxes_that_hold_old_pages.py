"""The engine is updated while boxes hold documents of the old one: their pictures are answered from the cache, and
where that is lost by a 404 that nobody keeps, after which the same address is a whole page of the new engine."""

from __future__ import annotations

import re
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from painted_site import Origin, Site
from small_origin import get, get_quietly

from broadcaster.places import PAINTED

pytestmark = pytest.mark.slow
BITMAP, HTML = "bitmap-sd", "ipanel-hd"
PAGES = [f"/{profile}/mh0001/{number}.html" for profile in (BITMAP, HTML) for number in ("100", "201", "404", "900")]
NEWER = """
import channel.fingerprint as fingerprint

_before = fingerprint.engine
fingerprint.engine = lambda: "f" * 8 + _before()[8:]
"""
"""What Python runs first: the same code under the name of another engine, in every process."""
_PICTURE = re.compile(rb"assets/([0-9a-z-]+\.png)")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    made = Site(tmp_path_factory.mktemp("said"))
    yield made
    made.archive.close()


def held(origin: Origin) -> dict[str, set[str]]:
    """The documents that a box loads, and the pictures each names."""
    found = {}
    for path in PAGES:
        answer = origin.look(path)
        assert answer.status == 200, path
        maps = origin.look(path.replace(".html", ".json")).body if BITMAP in path else b""
        found[path] = {name.decode() for name in _PICTURE.findall(answer.body + maps)}
    return found


@pytest.mark.parametrize("cache", ["kept", "lost"])
def test_boxes_with_documents_of_the_old_engine_are_served(site: Site, tmp_path: Path, cache: str) -> None:
    (tmp_path / "first").mkdir()
    (tmp_path / "first" / "sitecustomize.py").write_text(NEWER)
    state = site.copied(tmp_path)
    with site.served(state) as old:
        before = held(old)
        pictures = set().union(*before.values())
        assert all(old.look(f"/assets/{name}").status == 200 for name in pictures)
    if cache == "lost":
        shutil.rmtree(state / PAINTED)
    with site.served(state, {"PYTHONPATH": str(tmp_path / "first")}) as new:
        failed: list[tuple[str, int]] = []
        done = threading.Event()

        def boxes() -> None:
            while not done.is_set():
                for path in PAGES:
                    status = get_quietly(new.port, path)
                    # A short page that asks again is an answer while painters begin.
                    if status not in (200, 503):
                        failed.append((path, status))

        box = threading.Thread(target=boxes)
        box.start()
        try:
            answers = {name: new.look(f"/assets/{name}") for name in pictures}
            after = held(new)
        finally:
            done.set()
            box.join()
        assert not failed
        # Icons lead to what they are painted from whatever painted them first.
        gone = {name for name, answer in answers.items() if answer.status != 200}
        assert all(answers[name].status == 404 and "no-store" in answers[name].fields["cache-control"] for name in gone)
        assert bool(gone) == (cache == "lost") and all(not name.startswith("i") for name in gone)
        fresh = set().union(*after.values())
        assert all(name.startswith("i") for name in fresh & pictures) and fresh - pictures
        assert {get(new.port, f"/assets/{name}").status for name in fresh} == {200}
