"""The folder of the release before last becomes the next one: same result as laying it out from nothing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from bundle_site import Site, site

from broadcaster.bundle.pull import pull
from channel.estates import DISTRICT
from channel.settings import Bundle

pytestmark = pytest.mark.slow


@pytest.fixture
def there(tmp_path: Path) -> Iterator[Site]:
    """A channel whose bundles are served."""
    with site(tmp_path) as made:
        yield made


def _air(there: Site, step: int) -> None:
    """Put release number ``step`` on air: pages, screens, items, estates, pictures and a profile come and go."""
    names = ("web-hd", "ipanel-hd") if step % 2 else ("web-hd",)
    there.set(bundle=Bundle(profiles=names))
    estates = ("mh0001", "mh0002")
    own = {estate: f"{estate} {step // 2}" for estate in estates if (step + int(estate[-1])) % 3}
    told = {DISTRICT: "|".join(f"screen {n}" for n in range(1 + step % 3)), **own}
    items = {f"h{n}": f"item {n}" for n in range(step % 4)}
    release = there.say({"100": {DISTRICT: f"home {step}@{step}"}, "201": told}, {"201": items})
    there.clock.forward(1)
    there.publish(release)


def test_the_result_is_that_of_a_fresh_folder(there: Site, tmp_path: Path) -> None:
    """Release after release, whatever came and went, every path is as in a folder that pulls the first time."""
    for step in range(9):
        _air(there, step)
        there.pull(
            now=lambda step=step: 1e9 + step * 100_000
        )  # far apart, so that only the last release's pictures stay
        served = there.served()
        kept, there.edge = there.edge, tmp_path / f"fresh{step}"
        there.pull()
        fresh = there.served()
        there.edge = kept
        carried = {name for name in served.keys() - fresh.keys() if name.startswith("assets/")}
        assert {name: body for name, body in served.items() if name not in carried} == fresh
        assert len(carried) <= 1
        links = {p.relative_to(kept / "current").as_posix() for p in (kept / "current").glob("*/*/i") if p.is_symlink()}
        assert {link for link in links if (kept / "current" / link).exists()} == {
            f"{name.rpartition('/i/')[0]}/i" for name in fresh if "/i/" in name and "/district/" not in name
        }
    assert len(list((kept / "releases").iterdir())) == 2
    assert len(list((kept / ".pull").glob("spare-*"))) == 1


def test_unchanged_paths_stay_where_they_are(there: Site) -> None:
    """A folder that changed nothing keeps its directory entries: only what differs is linked again."""
    for step in (0, 6, 12):
        _air(there, step)
        there.pull()
    spare = next((there.edge / ".pull").glob("spare-*"))
    inode, entry = spare.stat().st_ino, (spare / "web-hd" / "district").stat().st_ino
    _air(there, 18)
    there.pull()
    assert (there.edge / "current").stat().st_ino == inode
    assert (there.edge / "current" / "web-hd" / "district").stat().st_ino == entry


@pytest.mark.parametrize("harm", ["paths lost", "paths torn"])
def test_a_damaged_spare_is_no_harm(there: Site, harm: str) -> None:
    """What is known of the spare folder may be lost or wrong; the release that is served is whole all the same."""
    for step in range(3):
        _air(there, step)
        there.pull()
    spare = next((there.edge / ".pull").glob("spare-*"))
    paths = there.edge / ".pull" / f"{spare.name.removeprefix('spare-')}.paths"
    match harm:
        case "paths lost":
            paths.unlink()
        case "paths torn":
            paths.write_bytes(paths.read_bytes()[:-9])
    _air(there, 3)
    there.pull()
    served, there.edge = there.served(), there.edge.with_name("fresh")
    there.pull()
    fresh = there.served()
    assert {name: body for name, body in served.items() if name in fresh} == fresh
    assert all(name.startswith("assets/") for name in served.keys() - fresh.keys())


def test_the_tool_looks_at_one_folder_only(there: Site, tmp_path: Path) -> None:
    """Two folders pulled from the same channel share nothing."""
    _air(there, 0)
    there.pull()
    done = pull(there.url, tmp_path / "second", there.root)
    assert done.files > 0
    inodes = [(folder / "current" / "index.html").stat().st_ino for folder in (there.edge, tmp_path / "second")]
    assert inodes[0] != inodes[1]
