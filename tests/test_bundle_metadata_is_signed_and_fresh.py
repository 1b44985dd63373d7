"""The repository around the packs: keys, versions, expiry, what is kept."""

from __future__ import annotations

import json
import shutil
import threading
from datetime import timedelta
from pathlib import Path

import pytest
from bundle_site import Site
from tuf.api.metadata import Metadata

from broadcaster.bundle import bundles, keys
from broadcaster.bundle.repository import METADATA_KEPT
from channel.settings import Origin
from feeds.base.errors import BusyError, PersonError, TrustError


def _metadata(site: Site) -> Path:
    return bundles.folder(site.state) / "metadata"


def _targets(site: Site) -> list[str]:
    return sorted(p.name.partition(".")[2] for p in (bundles.folder(site.state) / "targets").iterdir())


def test_keys_are_private_and_never_replaced(tmp_path: Path) -> None:
    """Private keys have mode 0600 in a folder of mode 0700; making them twice is refused and changes nothing."""
    root = keys.create(tmp_path)
    folder = keys.folder(tmp_path)
    assert folder.stat().st_mode & 0o777 == 0o700
    assert [(folder / f"{role}.pem").stat().st_mode & 0o777 for role in keys.ROLES] == [0o600] * 4
    before = {path: path.read_bytes() for path in folder.iterdir()}
    with pytest.raises(PersonError, match="there are keys already"):
        keys.create(tmp_path)
    assert keys.ensure(tmp_path) == root
    assert before == {path: path.read_bytes() for path in folder.iterdir()}
    assert [path.name for path in tmp_path.iterdir()] == ["keys"]


def test_the_root_key_may_be_offline(tmp_path: Path) -> None:
    """Publishing needs three keys; the root's is not one of them, and `ensure` makes no new ones for its absence."""
    site = Site(tmp_path)
    (keys.folder(site.state) / "root.pem").unlink()
    keys.ensure(site.state)
    site.air("one")
    assert Metadata.from_file(str(_metadata(site) / "timestamp.json")).signed.version > 0


def test_a_key_that_others_can_read_or_that_is_another_signs_nothing(tmp_path: Path) -> None:
    """A key with lax permissions, of another channel, or absent is named, and what was published stays."""
    site, other = Site(tmp_path / "one"), Site(tmp_path / "two")
    site.air("one")
    before = (_metadata(site) / "timestamp.json").read_bytes()
    key = keys.folder(site.state) / "snapshot.pem"
    good = key.read_bytes()
    key.chmod(0o644)
    with pytest.raises(TrustError, match="others may read"):
        site.air("two")
    key.chmod(0o600)
    key.write_bytes((keys.folder(other.state) / "snapshot.pem").read_bytes())
    with pytest.raises(TrustError, match="not the key"):
        site.air("three")
    key.unlink()
    with pytest.raises(PersonError, match="no such file"):
        site.air("four")
    assert (_metadata(site) / "timestamp.json").read_bytes() == before
    key.touch(mode=0o600)
    key.write_bytes(good)
    site.air("five")
    assert (_metadata(site) / "timestamp.json").read_bytes() != before


def test_the_same_release_is_signed_anew_only_when_due(tmp_path: Path) -> None:
    """Publishing what is newest already costs nothing for an hour, then renews the timestamp, later all of it."""
    site = Site(tmp_path)
    release = site.air("one")
    stamps, packs_seen, snapshots = set(), set(), set()
    for hours in (0, 0.5, 1, 1.2, 24 * 5):
        site.clock.forward(hours * 3600)
        packs_seen.add(site.publish(release))
        stamps.add((_metadata(site) / "timestamp.json").read_bytes())
        snapshots.add(max(p.name for p in _metadata(site).glob("*.snapshot.json")))
    assert (len(stamps), len(packs_seen), len(snapshots)) == (4, 1, 2)
    timestamp = Metadata.from_file(str(_metadata(site) / "timestamp.json")).signed
    assert site.clock.now() < timestamp.expires <= site.clock.now() + timedelta(hours=6)


def test_only_the_last_packs_and_some_metadata_stay(tmp_path: Path) -> None:
    """Disk use is bounded: as many packs as the settings say, ten versions of metadata, and nothing half written."""
    site = Site(tmp_path)
    site.set(origin=Origin(bundles=3))
    ids = []
    for number in range(14):
        release = site.release(f"words {number}")
        site.publish(release)
        ids.append(release.id)
    packs = [name for name in _targets(site) if name.startswith("release-")]
    assert packs == [f"release-{ident}.tar.zst" for ident in ids[-3:]]
    assert len(list(_metadata(site).glob("*.targets.json"))) == METADATA_KEPT
    assert len(list(_metadata(site).glob("*.snapshot.json"))) == METADATA_KEPT
    assert not list(bundles.folder(site.state).rglob("*.new"))


def test_versions_rise_even_when_the_folder_was_lost(tmp_path: Path) -> None:
    """With the keys kept and the bundles gone, operators must not take the fresh start for a rollback attack."""
    site = Site(tmp_path)
    site.air("one")
    before = Metadata.from_file(str(_metadata(site) / "timestamp.json")).signed.version
    shutil.rmtree(bundles.folder(site.state))
    site.clock.forward(5)
    site.air("two")
    assert Metadata.from_file(str(_metadata(site) / "timestamp.json")).signed.version > before


def test_a_rolled_back_channel_offers_the_older_pages_as_a_newer_bundle(tmp_path: Path) -> None:
    """After a rollback the newest bundle holds the older pages, under metadata that is newer than any before."""
    site = Site(tmp_path)
    first = site.air("one")
    site.air("two")
    site.store.rollback(first.id)
    release = site.store.current()
    assert release is not None
    site.publish(release)
    newest = max((bundles.folder(site.state) / "targets").glob("*.channel.json"), key=lambda p: p.stat().st_mtime_ns)
    assert json.loads(newest.read_bytes())["release"] == release.id


def test_two_publishers_do_not_mix(tmp_path: Path) -> None:
    """While one process publishes, another is told so at once."""
    site = Site(tmp_path)
    release = site.release("one")
    inside, leave = threading.Event(), threading.Event()

    def slow() -> None:
        inside.set()
        leave.wait(60)

    site.while_painting = slow
    thread = threading.Thread(target=site.publish, args=(release,))
    thread.start()
    try:
        assert inside.wait(60)
        with pytest.raises(BusyError):
            site.publish(release)
    finally:
        leave.set()
        thread.join()
    assert [name for name in _targets(site) if name.startswith("release-")] == [f"release-{release.id}.tar.zst"]


@pytest.mark.parametrize("years", [0.01, 3.0, -2.0])
def test_what_a_wrong_clock_signed_is_signed_anew_once_it_is_right(tmp_path: Path, years: float) -> None:
    """Metadata that would hold for years protects nobody from a freeze, and expired one is of no use."""
    site = Site(tmp_path)
    release = site.air("one")
    site.clock.forward(years * 365 * 86_400)
    site.publish(release)
    site.clock.forward(-years * 365 * 86_400)
    site.publish(release)
    now = site.clock.now()
    for role, hours in (("timestamp", 6), ("snapshot", 7 * 24), ("targets", 30 * 24)):
        found = [Metadata.from_file(str(path)).signed for path in _metadata(site).glob(f"*{role}.json")]
        expires = max(found, key=lambda signed: signed.version).expires
        assert now < expires <= now + timedelta(hours=hours, minutes=2), role
