"""Bundles: each release as a repository of The Update Framework that an operator pulls.

::

    state/bundles/metadata/1.root.json, N.targets.json, N.snapshot.json, timestamp.json
    state/bundles/targets/{sha256}.release-{id}.tar.zst    the pack of a release (broadcaster.bundle.pack_format)
    state/bundles/targets/{sha256}.channel.json            names the newest release and its pack
    state/bundling/index.json, lock                        what the next pack may copy (broadcaster.bundle.pack_writer)

Only the first folder is served; what a puller has no use for lies in the second. The signed part is
``broadcaster.bundle.repository``.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import msgspec

from broadcaster.bundle.pack_writer import Bodies, Index, write_pack
from broadcaster.bundle.repository import Repository, pack_name
from channel.release.reading import Release
from feeds.base.clock import Clock
from feeds.base.errors import BusyError

INDEX = "index.json"


def folder(state: Path) -> Path:
    """Where bundles are; what ``/bundles/`` serves."""
    return state / "bundles"


def _workshop(state: Path) -> Path:
    return state / "bundling"


def publish(store: Bodies, release: Release, state: Path, clock: Clock, *, keep: int = 5, first: str = "") -> Path:
    """Publish ``release`` as the newest bundle; gives the path of its pack.

    A release that is the newest already only has its timestamp signed anew when that is due, so this may be called as
    often as one likes; whoever is behind calls it with the release now on air and leaves out those between. ``keep``
    packs stay; ``first`` is the profile that ``index.html`` leads to. Raises BusyError when another process publishes,
    StoreError, PersonError or TrustError when the keys are not in order.
    """
    home = folder(state)
    for made in (home, _workshop(state)):
        made.mkdir(parents=True, exist_ok=True)
    with _alone(_workshop(state)):
        repository = Repository(home, state, clock)
        known = repository.pack(release.id)
        if known and repository.newest == release.id:
            repository.resign()
            return known
        path = known or _pack(store, release, _workshop(state), repository.targets, first)
        repository.publish(release.id, path, keep)
        return path


def _pack(store: Bodies, release: Release, workshop: Path, targets: Path, first: str) -> Path:
    """Write the release's pack, durably, under its hash; gives its path."""
    draft = targets / f".{release.id}.{os.getpid()}.new"
    before = Index.load(workshop / INDEX)
    try:
        with ExitStack() as open_files:
            old = None
            with suppress(OSError):
                old = open_files.enter_context((targets / before.pack).open("rb")) if before.pack else None
            file = open_files.enter_context(draft.open("wb"))
            sha, index = write_pack(store, release, file, first, before, old)
            file.flush()
            os.fsync(file.fileno())
        path = targets / f"{sha}.{pack_name(release.id)}"
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
    index.pack = path.name
    fresh = workshop / f"{INDEX}.new"
    fresh.write_bytes(msgspec.json.encode(index))
    fresh.replace(workshop / INDEX)
    return path


@contextmanager
def _alone(workshop: Path) -> Iterator[None]:
    with (workshop / "lock").open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise BusyError(f"{workshop}: another process publishes bundles") from None
        yield
