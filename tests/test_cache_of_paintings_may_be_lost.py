"""The cache of what was painted: bounded, shared, and whatever is done to it, never an error and never wrong bytes."""

from __future__ import annotations

import multiprocessing
import os
import random
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from small_origin import wait_for

from broadcaster.painters.cache import Cache
from broadcaster.painters.generations import GENERATIONS
from broadcaster.painters.wire import PaintedFile, PaintedPage, Picture
from channel.keys import key_of
from channel.paint.pictures import NO_ITEM, PictureOf, picture_name

SIZE = 6000


def picture_of(number: int, size: int = 2 * SIZE) -> tuple[str, Picture]:
    said = PictureOf(key_of(b"%d" % number), NO_ITEM, None, "201", "0000cafe")
    return picture_name(said.prefix, 1, 0), Picture("image/png", random.Random(-number - 1).randbytes(size))


def page_of(number: int, pictures: tuple[str, ...] = (), size: int = SIZE) -> PaintedPage:
    body = random.Random(number).randbytes(size)
    file = PaintedFile("text/html; charset=utf-8", body, packed=True, size=3 * size, assets=pictures)
    return PaintedPage(key_of(b"%d" % number), {"201.html": file})


def fill(cache: Cache, count: int, start: int = 0) -> None:
    for number in range(start, start + count):
        name, picture = picture_of(number)
        assert cache.put(page_of(number, (name,)), {name: picture})


def whole(cache: Cache, count: int) -> int:
    """How many of the pages are there, with their pictures; what is there is right."""
    found = 0
    for number in range(count):
        name, picture = picture_of(number)
        page, asset = cache.get(page_of(number).key), cache.asset(name)
        assert page in (None, page_of(number, (name,))) and asset in (None, tuple_of(picture))
        found += page is not None and asset is not None
    return found


def tuple_of(picture: Picture) -> tuple[str, bytes]:
    return picture.media, picture.data


def files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def test_what_was_put_is_found_by_everybody(tmp_path: Path) -> None:
    """Another process's pages are found at once, its next generation too."""
    mine, theirs = Cache(tmp_path / "painted", 4 << 20), Cache(tmp_path / "painted", 4 << 20)
    assert mine.get(page_of(0).key) is None and mine.asset(picture_of(0)[0]) is None
    fill(theirs, 20)
    assert whole(mine, 20) == 20
    assert mine.asset("../../etc/passwd") is None and mine.asset("") is None


def test_pictures_are_kept_without_their_page(tmp_path: Path) -> None:
    """Of a document that another origin gave out; a name that is none of ours is not kept."""
    mine, theirs = Cache(tmp_path / "painted"), Cache(tmp_path / "painted")
    name, picture = picture_of(1)
    assert theirs.keep({name: picture, "../201.png": picture, "0" * 32 + ".png": picture})
    assert mine.asset(name) == tuple_of(picture) and mine.get(page_of(1).key) is None
    assert mine.asset("../201.png") is None and mine.asset("0" * 32 + ".png") is None
    assert len(files(tmp_path)) == 2


def test_pictures_push_no_page_out(tmp_path: Path) -> None:
    """They are most of the bytes, and are painted again by their names where somebody still looks."""
    cache = Cache(tmp_path / "painted", 4 << 20)
    fill(cache, 100)
    assert all(cache.get(page_of(number).key) is not None for number in range(100))
    name, _ = picture_of(0, 1)
    for number in range(1000, 1300):
        shown, picture = picture_of(number)
        assert cache.keep({shown: picture})
    assert cache.asset(name) is None
    assert all(cache.get(page_of(number).key) is not None for number in range(100))


def test_the_pictures_of_a_page_are_one_file(tmp_path: Path) -> None:
    """Thirty small ones would take a block each; each is found by its own name."""
    cache = Cache(tmp_path / "painted")
    prefix = picture_of(0)[0].partition("-")[0]
    pictures = {picture_name(prefix, 1, n): Picture("image/png", b"ring %d" % n) for n in range(30)}
    assert cache.put(page_of(0, tuple(pictures)), pictures)
    # The page, its pictures, and the notes of how full their generations are.
    assert len(files(tmp_path)) == 4
    assert all(cache.asset(name) == tuple_of(picture) for name, picture in pictures.items())
    assert cache.asset(picture_name(prefix, 1, 30)) is None


def test_it_stays_within_its_bounds_and_keeps_what_is_asked_for(tmp_path: Path) -> None:
    """Eight generations: what nobody asks for goes, what is asked for moves along."""
    room = 2 << 20
    cache = Cache(tmp_path / "painted", room)
    for number in range(400):
        fill(cache, 1, number)
        assert cache.get(page_of(0).key) is not None, number
        assert cache.asset(picture_of(0)[0]) == tuple_of(picture_of(0)[1]), number
    assert cache.get(page_of(5).key) is None and cache.get(page_of(399).key) is not None
    used = 0
    for part in (tmp_path / "painted").iterdir():
        generations = [path for path in part.iterdir() if path.name.isdigit()]
        assert len(generations) == GENERATIONS and int(generations[0].name) > 3
        used += sum(path.stat().st_blocks * 512 for generation in generations for path in files(generation))
    assert used < 1.1 * room


def test_what_an_older_version_left_is_removed(tmp_path: Path) -> None:
    """Generations of pages and pictures together: nobody would find them, and they are gigabytes."""
    folder = tmp_path / "painted"
    for name in ("00000012", "gone-00000011-4711"):
        (folder / name / "p0a").mkdir(parents=True)
        (folder / name / "p0a" / "cd").write_bytes(b"a page")
    (folder / "notes.txt").write_text("somebody's own")
    fill(Cache(folder), 1)
    wait_for(lambda: {path.name for path in folder.iterdir()} == {"pages", "pictures", "notes.txt"})


def _garbage(folder: Path) -> None:
    for path in files(folder):
        path.write_bytes(b"garbage")


def _empty(folder: Path) -> None:
    for path in files(folder):
        os.truncate(path, 0)


def _swapped(folder: Path) -> None:
    values = [path for path in files(folder) if path.name != "used"]
    for one, other in zip(values[::2], values[1::2], strict=False):
        data = one.read_bytes()
        one.write_bytes(other.read_bytes())
        other.write_bytes(data)


def _bits(folder: Path) -> None:
    for path in files(folder):
        data = bytearray(path.read_bytes())
        data[len(data) // 2] ^= 1
        path.write_bytes(data)


def _lost(folder: Path) -> None:
    shutil.rmtree(folder)


def _files_for_folders(folder: Path) -> None:
    for path in folder.glob("*/*"):
        shutil.rmtree(path)
        path.write_bytes(b"not a folder")


@pytest.mark.parametrize("harm", [_garbage, _empty, _swapped, _bits, _lost, _files_for_folders])
def test_harm_costs_pages_and_nothing_else(tmp_path: Path, harm: Callable[[Path], None]) -> None:
    """Under an open cache everything is damaged: what is read is right or not there, and what is put is kept again."""
    folder = tmp_path / "painted"
    cache = Cache(folder)
    fill(cache, 12)
    harm(folder)
    assert whole(cache, 12) <= 1
    cache.look_anew()
    fill(cache, 12)
    assert whole(cache, 12) == whole(Cache(folder), 12) == 12


def _is_file(folder: Path) -> None:
    folder.write_bytes(b"")


def _is_refused(folder: Path) -> None:
    # Nobody may write there, root neither.
    folder.symlink_to("/proc/self")


def _leads_nowhere(folder: Path) -> None:
    (folder.parent / "nowhere").write_bytes(b"")
    folder.symlink_to(folder.parent / "nowhere" / "at all")


@pytest.mark.parametrize("state", [_is_file, _is_refused, _leads_nowhere])
def test_where_nothing_can_be_written_nothing_is_kept(tmp_path: Path, state: Callable[[Path], None]) -> None:
    """A read-only folder is a cache that keeps nothing."""
    folder = tmp_path / "painted"
    state(folder)
    cache = Cache(folder)
    name, picture = picture_of(1)
    assert not cache.put(page_of(1, (name,)), {name: picture})
    assert cache.get(page_of(1).key) is None and cache.asset(name) is None


def test_a_disk_that_is_nearly_full_is_left_alone(tmp_path: Path) -> None:
    """The store stands on it too."""
    cache = Cache(tmp_path / "painted", spare=1 << 60)
    assert not cache.put(page_of(1), {}) and not files(tmp_path)


def test_a_write_that_fails_half_way_leaves_nothing(tmp_path: Path) -> None:
    """As on a full disk: a process that may write 4 KB and no more keeps nothing, and what it left is no harm."""
    code = (
        "import resource, sys; from pathlib import Path; import test_cache_of_paintings_may_be_lost as t\n"
        "cache = t.Cache(Path(sys.argv[1])); resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))\n"
        "name, picture = t.picture_of(1); assert not cache.put(t.page_of(1, (name,)), {name: picture})\n"
        "assert cache.put(t.page_of(2, size=500), {}) and cache.get(t.page_of(1).key) is None"
    )
    path = os.pathsep.join([str(Path(__file__).parent), *sys.path])
    folder = tmp_path / "painted"
    subprocess.run([sys.executable, "-c", code, str(folder)], check=True, env={**os.environ, "PYTHONPATH": path})
    assert Cache(folder).get(page_of(2).key) is not None
    assert {path.name for path in files(folder)} == {"used", page_of(2).key.hex()[2:]}


def _churn(folder: Path, seed: int, said: multiprocessing.SimpleQueue[str]) -> None:
    try:
        cache = Cache(folder, 1 << 20)
        dice = random.Random(seed)
        for _ in range(400):
            number = dice.randrange(60)
            name, picture = picture_of(number)
            page = cache.get(page_of(number).key)
            if page is None:
                cache.put(page_of(number, (name,)), {name: picture})
            else:
                assert page == page_of(number, (name,))
            assert cache.asset(name) in (None, tuple_of(picture))
        said.put("")
    except BaseException as error:
        said.put(repr(error))


def test_many_processes_and_a_hand_that_removes_it(tmp_path: Path) -> None:
    """Four processes read, write and evict while the folder is removed under them again and again."""
    folder = tmp_path / "painted"
    context = multiprocessing.get_context("spawn")
    said = context.SimpleQueue()
    others = [context.Process(target=_churn, args=(folder, seed, said)) for seed in range(4)]
    for other in others:
        other.start()
    while any(other.is_alive() for other in others):
        shutil.rmtree(folder, ignore_errors=True)
        others[0].join(0.05)
        for other in others:
            if not other.is_alive():
                other.join()
    assert [said.get() for _ in others] == [""] * 4
