"""How far the newest bundle is behind the release on air."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from broadcaster.bundle.bundles import folder
from broadcaster.bundle.repository import newest_release
from channel.release import Store
from channel.release.heads import seq_of

SLOW_S = 300.0
"""A bundle of a whole district is packed in less, beside everything else."""


@dataclass(frozen=True)
class Lag:
    """``bundled`` is the release that operators get (empty: none yet), ``air`` what boxes get here; ``seconds`` is how
    long operators could not have what came after, 0 when they are level."""

    bundled: str
    air: str
    seconds: float

    @property
    def slow(self) -> bool:
        """Whether that is longer than packing takes."""
        return self.seconds > SLOW_S


def lag(state: Path, store: Store, now: datetime) -> Lag:
    """The lag at ``now`` of the bundles in a channel's state. Raises StoreError."""
    air = store.current_id()
    bundled, said = newest_release(folder(state))
    if not air or bundled == air:
        return Lag(bundled, air, 0.0)
    kept = store.releases()
    rollbacks = [release.seq for release in kept if release.action == "rollback"]
    # While publishing is held builds are numbered too, and never were on air; what was has a base.
    free = max(rollbacks, default=0) if store.held else store.heads().seq
    after = [r.published for r in kept if r.seq > seq_of(bundled) and (r.seq <= free or r.base)]
    if said is not None and all(release.id != bundled for release in kept):
        # The first that came after it may be gone as well.
        after.append(said)
    return Lag(bundled, air, max(0.0, (now - min(after, default=now)).total_seconds()))
