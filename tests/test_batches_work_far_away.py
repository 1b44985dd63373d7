"""Workers need nothing of ours but the job: no folder, no store, no memory of the machine that wants it painted."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import ClassVar

import deadly_batch
import msgspec
import pytest
from build_help import PAGES, World
from bundle_site import tree_of
from deadly_batch import DEADLY

from broadcaster.bundle import bundles, keys
from broadcaster.bundle.selection import Selection
from channel.batch import jobs
from channel.batch.jobs import Job, Result, Row, Want
from channel.batch.painting import BatchPainter
from channel.declared import pack_folder
from channel.estates import DISTRICT
from channel.fingerprint import engine
from channel.folder import Channel
from channel.painting import choose
from channel.release.objects import BOOK, MAP
from channel.render import Renderer
from channel.settings import Render
from feeds.base.errors import RenderError

FAR = "import sys; from channel.batch import jobs; sys.stdout.buffer.write(jobs.run(sys.stdin.buffer.read()))"


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """A channel on air."""
    made = World(tmp_path / "here", pages=(*PAGES, ("109", "district", "towns")))
    made.says("news", "first", "second")
    made.says("towns", "town")
    assert made.builder.build(made.clock.now()).faults == ()
    yield made
    made.close()


def _wanted(world: World, page: str) -> list[Want]:
    release, selection = world.air, Selection.of(world.channel)
    return list(selection.wants(release, page) if page else selection.scripts(release))


def _job(world: World, page: str) -> Job:
    release, get = world.air, world.store.object
    books = tuple(get(BOOK, key) for key in release.map(page).books) if page else ()
    map_ = get(MAP, bytes.fromhex(release.root.contents[page])) if page else b""
    declared = get(MAP, bytes.fromhex(release.root.declared))
    return Job(engine(), declared, page, map_, books, tuple(_wanted(world, page)))


def _done(job: Job) -> Result:
    return jobs.decode_result(jobs.run(jobs.encode(job)))


@pytest.mark.slow
def test_a_worker_without_our_folders_gives_the_same_bytes(world: World, tmp_path: Path) -> None:
    """Another process, elsewhere, once everything of ours is gone: row for row and file for file what we paint."""
    work = [_job(world, "115"), _job(world, "")]
    near = [_done(job) for job in work]
    assert [len(result.rows) for result in near] == [2 * (4 + 1), 1]
    world.close()
    shutil.rmtree(world.folder)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    env = {"PATH": os.defpath, "TMPDIR": str(elsewhere), "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    for job, expected in zip(work, near, strict=True):
        argv, data = [sys.executable, "-c", FAR], jobs.encode(job)
        done = subprocess.run(argv, input=data, capture_output=True, cwd=elsewhere, env=env, check=False)
        assert done.returncode == 0, done.stderr
        assert jobs.decode_result(done.stdout) == expected


def test_what_a_job_gives_is_what_everybody_chooses(world: World) -> None:
    """The documents and pictures of each row are those of ``channel.painting.choose``, by their hashes."""
    renderer, release = Renderer(world.channel), world.air
    result = _done(_job(world, "115"))
    for want in _wanted(world, "115"):
        row, choice = result.rows[want.key], choose(renderer, release, "115", want.estate, want.profile, want.item)
        pictures = {name: asset.body for name, asset in choice.rendered.assets.items()}
        assert {name: result.files[file] for name, file in row.assets.items()} == pictures
        assert {name: result.files[file] for name, file in row.names.items()} == {
            d.name: pictures[d.location.rpartition("/")[2]] if d.location else d.body for d in choice.rendered.documents
        }
        assert (row.shown, row.findings) == (choice.shown, choice.findings)


def test_each_job_is_painted_by_the_declarations_that_came_with_it(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever the worker painted by before; of what it laid out for that, no more than the last stays."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    job = _job(world, "115")
    settings = world.folder / "channel.toml"
    settings.write_text('theme = "day"\n' + settings.read_text(encoding="utf-8"), encoding="utf-8")
    other = msgspec.structs.replace(job, declared=pack_folder(Channel.open(world.folder)))
    night, day, again = (_done(j) for j in (job, other, job))
    assert night == again and night.rows.keys() == day.rows.keys()
    assert all(night.rows[key].names != row.names for key, row in day.rows.items())
    assert len(list(tmp_path.glob("channel-*"))) <= 1


def test_without_bodies_only_what_was_found_comes_back(world: World) -> None:
    """A check needs no bytes: each row says what is shown and what was found, and no file comes with it."""
    job = _job(world, "115")
    whole, bare = _done(job), _done(msgspec.structs.replace(job, bodies=False))
    assert bare.files == {} and whole.files
    assert bare.rows == {key: msgspec.structs.replace(row, names={}, assets={}) for key, row in whole.rows.items()}


def test_what_cannot_be_painted_is_a_finding_of_its_own(world: World) -> None:
    """A family that is not declared, an item that is not there: a row without files that says so, beside the others."""
    job = _job(world, "115")
    strange = (Want(b"1" * 16, "nobody", DISTRICT), Want(b"2" * 16, "web-hd", DISTRICT, "nothing"))
    done, sound = _done(msgspec.structs.replace(job, wants=(*strange, *job.wants))), _done(job)
    for want, word in zip(strange, ("nobody", "115.nothing"), strict=True):
        row = done.rows.pop(want.key)
        assert (row.names, row.assets, row.shown) == ({}, {}, "nothing")
        assert word in row.findings[0].sentence
    assert done == sound


class Recording(BatchPainter):
    """Paints, and keeps what came of it."""

    rows: ClassVar[dict[bytes, Row]] = {}

    def paint(
        self, pages: Iterable[tuple[str, Sequence[Want]]], *, bodies: bool = True
    ) -> Iterator[tuple[str, Result]]:
        """See there."""
        for page, result in super().paint(pages, bodies=bodies):
            self.rows.update(result.rows)
            yield page, result


@pytest.mark.slow
def test_what_kills_its_worker_is_given_up_alone(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a page with many estates only the one whose painting kills is not painted, and that is found; a bundle has the
    district's page there, and the next one tries it again."""
    page, estate, profile = DEADLY
    channel = world.channel
    settings = msgspec.structs.replace(channel.settings, render=Render(executor="processes", workers=2))
    keys.ensure(channel.state, world.clock)
    monkeypatch.setattr(bundles, "BatchPainter", Recording)
    with monkeypatch.context() as patched:
        patched.setattr(jobs, "run", deadly_batch.run)
        broken = tree_of(bundles.publish(world.store, world.air, replace(channel, settings=settings), world.clock))
    (killer,) = (want.key for want in _wanted(world, page) if (want.estate, want.profile) == (estate, profile))
    assert Recording.rows[killer].shown == "nothing"
    assert "the worker died" in Recording.rows[killer].findings[0].sentence
    assert [key for key, row in Recording.rows.items() if row.shown == "nothing"] == [killer]
    world.says("news", "third")
    world.builder.build(world.clock.now())
    settings = msgspec.structs.replace(settings, render=Render(executor="serial"))
    Recording.rows.clear()
    whole = tree_of(bundles.publish(world.store, world.air, replace(channel, settings=settings), world.clock))
    assert Recording.rows[killer].shown == "content"
    own, district = (f"{profile}/{whom}/{page}.html" for whom in (estate, DISTRICT))
    assert broken[own] == broken[district] == whole[district] != whole[own]
    assert {p: f for p, f in broken.items() if p.endswith("115.html") and p != own}.items() <= whole.items()


def test_a_worker_of_another_version_paints_nothing(world: World) -> None:
    """It would paint other bytes under our keys: the job is refused with a sentence that says so."""
    job = msgspec.structs.replace(_job(world, "111"), engine="another")
    with pytest.raises(RenderError, match="another version of the package"):
        jobs.run(jobs.encode(job))
