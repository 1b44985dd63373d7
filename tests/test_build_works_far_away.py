"""Workers need nothing of ours but the job: no folder, no memory, no dataset of the machine that builds."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
from build_help import NOON, RENDERER, World

from channel.build import jobs
from channel.build.jobs import Job, Result
from feeds.source import Snapshot


def _job(world: World, **changes: object) -> Job:
    seen = world.archive.latest_all(["towns"])
    job = Job(
        str(world.channel.folder), str(world.channel.state), world.channel.digest, jobs.pack_folder(world.channel),
        RENDERER, "115", ("mh0001", "mh0002"), ("web-hd", "bitmap-hd"), NOON,
        {source: jobs.pack_snapshot(snapshot) for source, snapshot in seen.items()},
    )  # fmt: skip
    return msgspec.structs.replace(job, **changes)


def _done(job: Job) -> Result:
    """As a worker of its own would do it: nothing is remembered from another job."""
    return jobs.decode_result(jobs.encode(jobs._Worker().do(msgspec.msgpack.decode(jobs.encode(job), type=Job))))


@pytest.fixture
def world(tmp_path: Path) -> World:
    made = World(tmp_path / "here")
    made.says("towns", "town")
    made.archive.close()
    return made


def test_a_worker_without_our_folders_gives_the_same_bytes(world: World, tmp_path: Path) -> None:
    """With the channel's folder at hand and with what came with the job: object for object the same."""
    near = _done(_job(world))
    far = _done(_job(world, folder=str(tmp_path / "nowhere"), state=str(tmp_path / "nowhere" / "var")))
    assert near == far
    assert [(o.estate, o.profile, o.sound) for o in far.outcomes] == [
        ("mh0001", "web-hd", True),
        ("mh0001", "bitmap-hd", True),
        ("mh0002", "web-hd", True),
        ("mh0002", "bitmap-hd", True),
    ]


def test_a_folder_that_says_something_else_is_not_believed(world: World, tmp_path: Path) -> None:
    """The worker's folder holds other declarations than the job: those of the job count."""
    other = World(tmp_path / "other", estates=1)
    other.archive.close()
    far = _done(_job(world, folder=str(other.folder)))
    assert far == _done(_job(world))


def test_a_dataset_is_asked_for_once_and_done_without_when_nobody_has_it(world: World, tmp_path: Path) -> None:
    """The first answer names what is missing; with the files sent along, or known to be gone, the work is done."""
    snapshot = Snapshot(source="towns", observed=NOON, checked=NOON, digest="x", records=(), dataset="towns.x.dataset")
    lacking = {"snapshots": {"towns": jobs.pack_snapshot(snapshot)}, "state": str(tmp_path / "far")}
    assert _done(_job(world, **lacking)).missing == ("towns.x.dataset",)
    (tmp_path / "file").write_bytes(b"arrays" * 1000)
    sent = {"towns.x.dataset": jobs.pack_dataset(tmp_path / "file")}
    assert len(_done(_job(world, **lacking, datasets=sent)).outcomes) == 4
    assert (tmp_path / "far" / "datasets" / "towns.x.dataset").read_bytes() == b"arrays" * 1000
    lacking["state"] = str(tmp_path / "farther")
    assert len(_done(_job(world, **lacking, datasets={})).outcomes) == 4
