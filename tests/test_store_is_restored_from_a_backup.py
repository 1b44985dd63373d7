"""A backup taken on air becomes the same channel in a fresh folder; a bad one becomes nothing."""

from __future__ import annotations

import io
import tarfile
from pathlib import Path

import pytest
from store_help import NOON, FailingDisk, lay_down, opened, publish, text, told

from channel.release import Store
from channel.release.objects import MAP
from feeds.base.errors import PersonError, TrustError


def _channel(path: Path) -> Store:
    store = opened(path)
    publish(store, {("district", "100"): "yesterday"})
    with store.changes() as changes:
        lay_down(changes, store, "100", {"district": "home"}, {"h17": "item"})
        changes.answer({"district": b"calm"})
        changes.declared = changes.keep(MAP, b"declarations").hex()
        store.publish(changes)
    publish(store, {("mh0001", "201"): "good"})
    publish(store, {("mh0001", "201"): "mistake"})
    store.rollback(store.releases()[2].id)
    store.prune(4, NOON)
    return store


def test_a_restored_store_is_the_same_channel(tmp_path: Path) -> None:
    """On air, built, held, releases, those of the last day, declarations, and the as-run record are as they were, and
    building goes on."""
    store = _channel(tmp_path / "one")
    size = store.backup(tmp_path / "backup.tar")
    assert size == (tmp_path / "backup.tar").stat().st_size > 0
    publish(store, {("mh0001", "201"): "after the backup"})
    copy = Store.restore(tmp_path / "backup.tar", tmp_path / "two")
    assert copy.held and text(copy, "mh0001", "201.html") == "good"
    assert [info.id for info in copy.releases()] == [info.id for info in store.releases()][:4]
    assert [told(release, "district", "100.html") for release in copy.recent()] == ["home"] * 4 + ["yesterday"]
    release = copy.current()
    assert release is not None and copy.object(MAP, bytes.fromhex(release.root.declared)) == b"declarations"
    assert release.alert("mh0001") == b"calm" and text(copy, "mh0001", "i/100.h17.html") == "item"
    assert copy.asrun("mh0001", copy.releases()[-1].published) is not None
    copy.resume()
    assert text(copy, "mh0001", "201.html") == "mistake"
    publish(copy, {("mh0001", "201"): "on"})
    assert text(copy, "mh0001", "201.html") == "on" and copy.check() == []


def test_a_folder_in_use_is_not_overwritten(tmp_path: Path) -> None:
    """Only an empty folder becomes a store."""
    store = _channel(tmp_path / "one")
    store.backup(tmp_path / "backup.tar")
    with pytest.raises(PersonError):
        Store.restore(tmp_path / "backup.tar", tmp_path / "one")
    (tmp_path / "empty").mkdir()
    assert Store.restore(tmp_path / "backup.tar", tmp_path / "empty").current_id() == store.current_id()


def test_a_damaged_or_foreign_file_becomes_nothing(tmp_path: Path) -> None:
    """Flipped, cut short, empty, not a tar, or with a name that leads outside: refused, and no folder is left."""
    store = _channel(tmp_path / "one")
    good = tmp_path / "backup.tar"
    store.backup(good)
    data = good.read_bytes()
    where = data.index(b"channel-pack-01\n") + 60
    cases = {
        "flipped": data[:where] + bytes((data[where] ^ 1,)) + data[where + 1 :],
        "short": data[: len(data) // 2],
        "empty": b"",
        "text": b"hello" * 1000,
        "outside": _tar({"current": b"", "../evil": b"x"}),
        "absolute": _tar({"/etc/evil": b"x"}),
        "nothing": _tar({"current": b""}),
    }
    for name, body in cases.items():
        path = tmp_path / f"{name}.tar"
        path.write_bytes(body)
        with pytest.raises(TrustError):
            Store.restore(path, tmp_path / name)
        assert not (tmp_path / name).exists() and not (tmp_path / f".{name}.restoring").exists()
    assert not (tmp_path / "evil").exists()


def test_a_full_disk_leaves_no_half_backup(tmp_path: Path) -> None:
    """The backup is there whole or not at all, and the store goes on."""
    _channel(tmp_path / "one")
    counting = FailingDisk()
    opened(tmp_path / "one", counting).backup(tmp_path / "whole.tar")
    for step in range(1, counting.steps + 1):
        store = opened(tmp_path / "one", FailingDisk(step, dies=False))
        with pytest.raises(OSError, match="No space"):
            store.backup(tmp_path / "part.tar")
        assert not (tmp_path / "part.tar").exists()
    assert opened(tmp_path / "one").check() == []


def _tar(files: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        for name, body in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(body)
            archive.addfile(info, io.BytesIO(body))
    return out.getvalue()
