"""Bundles: each release as a repository of The Update Framework that an operator pulls.

::

    state/bundles/metadata/1.root.json, N.targets.json, N.snapshot.json, timestamp.json
    state/bundles/targets/{sha256}.release-{id}.tar.zst    the pack of a release (broadcaster.bundle.pack_format)
    state/bundles/targets/{sha256}.channel.json            names the newest release and its pack
    state/bundling/index.msgpack, lock                     what the next pack may take over (broadcaster.bundle.earlier)

Only the first folder is served; what a puller has no use for lies in the second. The signed part is
``broadcaster.bundle.repository``.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from broadcaster.bundle.earlier import EarlierPack, Index
from broadcaster.bundle.housed import HOUSE, HousePainter
from broadcaster.bundle.pack_writer import Progress, write_pack
from broadcaster.bundle.repository import Repository, pack_name
from broadcaster.bundle.selection import Selection
from channel.batch.painting import BatchPainter
from channel.folder import Channel
from channel.release import Store
from channel.release.reading import Release
from feeds.base.clock import Clock
from feeds.base.errors import BusyError

INDEX = "index.msgpack"


def folder(state: Path) -> Path:
    """Where bundles are; what ``/bundles/`` serves."""
    return state / "bundles"


def _workshop(state: Path) -> Path:
    return state / "bundling"


def publish(
    store: Store,
    release: Release,
    channel: Channel,
    clock: Clock,
    *,
    select: Sequence[str] = (),
    progress: Progress | None = None,
) -> Path:
    """Publish what the channel's bundles carry of ``release`` (or what ``select`` names: families of boxes, towns) as
    the newest bundle; gives the path of its pack.

    A release that is the newest already only has its timestamp signed anew when that is due, so this may be called as
    often as one likes; whoever is behind calls it with the release now on air and leaves out those between. Raises
    BusyError when another process publishes, StoreError, PersonError or TrustError when the keys are not in order.
    """
    state = channel.state
    home = folder(state)
    for made in (home, _workshop(state)):
        made.mkdir(parents=True, exist_ok=True)
    with _alone(_workshop(state)):
        repository = Repository(home, state, clock)
        known = repository.pack(release.id)
        if known and repository.newest == release.id and not select:
            repository.resign()
            return known
        path = (known if not select else None) or _pack(store, release, channel, repository.targets, select, progress)
        repository.publish(release.id, path, channel.settings.origin.bundles)
        return path


def _pack(
    store: Store, release: Release, channel: Channel, targets: Path, select: Sequence[str], progress: Progress | None
) -> Path:
    """Write the release's pack, durably, under its hash; gives its path."""
    workshop = _workshop(channel.state)
    draft = targets / f".{release.id}.{os.getpid()}.new"
    before = Index.load(workshop / INDEX)
    selection = Selection.of(channel, select)
    try:
        with ExitStack() as stack:
            old = None
            with suppress(OSError):
                old = stack.enter_context((targets / before.pack).open("rb")) if before.pack else None
            file = stack.enter_context(draft.open("wb"))
            earlier = EarlierPack(before, old)
            painter = _painter(store, release, channel)
            stack.enter_context(painter)
            sha, index = write_pack(release, selection, painter.paint, file, earlier, progress=progress)
            file.flush()
            os.fsync(file.fileno())
        path = targets / f"{sha}.{pack_name(release.id)}"
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
    index.pack = path.name
    index.save(workshop / INDEX)
    return path


def _painter(store: Store, release: Release, channel: Channel) -> BatchPainter | HousePainter:
    """Who paints what is not known: the painters that are there, unless ``[render]`` names others."""
    house = HousePainter(channel.state, release)
    if channel.settings.render.executor == HOUSE and house.is_there:
        return house
    return BatchPainter(store, release, channel.settings.render)


@contextmanager
def _alone(workshop: Path) -> Iterator[None]:
    with (workshop / "lock").open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise BusyError(f"{workshop}: another process publishes bundles") from None
        yield
