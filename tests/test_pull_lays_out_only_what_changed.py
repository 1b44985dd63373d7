"""The folder of the release before last becomes the next one: same result as laying it out from nothing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from bundle_site import Site, site

from broadcaster.bundle.pull import pull
from channel.paint.output import Asset, PaintedDocument

pytestmark = pytest.mark.slow


@pytest.fixture
def there(tmp_path: Path) -> Iterator[Site]:
    """A channel whose bundles are served."""
    with site(tmp_path) as made:
        yield made


def _page(name: str, words: str, *assets: str) -> PaintedDocument:
    return PaintedDocument(name=name, media="text/html", body=words.encode(), assets=assets)


def _air(there: Site, step: int) -> None:
    """Put release number ``step`` on air: pages, screens, items, estates, pictures and a profile come and go."""
    with there.store.changes() as changes:
        picture = changes.asset(Asset((b"picture", str(step).encode()), "png"))
        changes.documents("web-hd", "district", "100", [_page("100.html", f"home {step}", picture)])
        screens = [_page(f"201{f'-{n}' if n > 1 else ''}.html", f"{n}") for n in range(1, 2 + step % 3)]
        items = [_page(f"i/201.h{n}.html", f"item {n}") for n in range(step % 4)]
        changes.documents("web-hd", "district", "201", [*screens, *items])
        for estate in ("mh0001", "mh0002", "mh0003"):
            if (step + int(estate[-1])) % 3:
                changes.documents("web-hd", estate, "201", [_page("201.html", f"{estate} {step // 2}")])
            else:
                changes.forget("web-hd", estate)
        if step % 2:
            changes.documents("ipanel-hd", "district", "100", [_page("100.html", "other box")])
        else:
            changes.forget("ipanel-hd")
        there.store.publish(changes)
    release = there.store.current()
    assert release is not None
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
    release = there.store.current()
    assert release is not None
    for name, artefact in release.paths("web-hd", "mh0001"):
        assert (there.edge / "current" / "web-hd" / "mh0001" / name).read_bytes() == there.store.body(artefact)


def test_the_tool_looks_at_one_folder_only(there: Site, tmp_path: Path) -> None:
    """Two folders pulled from the same channel share nothing."""
    _air(there, 0)
    there.pull()
    done = pull(there.url, tmp_path / "second", there.root)
    assert done.files > 0
    inodes = [(folder / "current" / "index.html").stat().st_ino for folder in (there.edge, tmp_path / "second")]
    assert inodes[0] != inodes[1]
