"""What a channel says, signed for origins that follow it: each record as a repository of The Update Framework.

::

    state/bundles/contents/metadata/…            as for packs (broadcaster.bundle.repository)
    state/bundles/contents/targets/{sha256}.release.json    the record of the release on air
    /bundles/contents/parcels/{id}/{known}.zst              what it leads to and release ``known`` does not

The record alone is signed: it leads to everything else by hash (``channel.release.parcel``). So a minute costs four
small files and no packing, and any cache may keep a parcel.
"""

from __future__ import annotations

from pathlib import Path

from broadcaster.bundle.repository import Signed
from broadcaster.places import BUNDLES
from channel.release import Store
from feeds.base.clock import Clock

RELEASE = "release.json"
"""The target that is the record of the release on air."""


def folder(state: Path) -> Path:
    """Where they are; what ``/bundles/contents/`` serves."""
    return state / BUNDLES / "contents"


def publish(store: Store, state: Path, clock: Clock) -> str:
    """Sign the release on air for those who follow; its id, empty where no page was ever on air.

    One that is signed already only has its timestamp signed anew when that is due. Raises StoreError, and PersonError
    or TrustError when the keys are not in order.
    """
    release = store.current()
    if release is None or not release.has_pages:
        return ""
    record = release.root.encode()
    repository = Signed(folder(state), state, clock, RELEASE)
    if repository.said() == record:
        repository.resign()
    else:
        repository.put({RELEASE: repository.small(RELEASE, record)})
    return release.id
