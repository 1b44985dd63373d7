"""What origins that follow this channel ask for: releases without what the asker has already, kept as files for all who
ask for the same."""

from __future__ import annotations

import os
import threading
from contextlib import suppress
from pathlib import Path

from channel.release import Store
from channel.release.heads import is_ident, seq_of
from feeds.base.errors import BusyError, ChannelError, NotFound

ALL = "all"
"""In place of the release that the asker has: it has none."""
_NEAR = 8
"""So many releases back an asker is told the difference; who is further behind takes everything."""
_KEPT = 24
_WAIT_S = 1.0


class Parcels:
    """The parcels of ``store``, made in ``folder`` when they are first asked for, one at a time."""

    def __init__(self, store: Store, folder: Path) -> None:
        self._store, self._folder = store, folder
        self._lock = threading.Lock()

    def get(self, ident: str, known: str) -> Path:
        """The file of release ``ident`` for whoever has ``known``; one that is not kept any more, cannot be read or is
        long ago counts as none. Raises NotFound, StoreError, and BusyError while others are made."""
        if not is_ident(ident) or not (known == ALL or is_ident(known)):
            raise NotFound("parcel: found a name that no release has")
        near = known != ALL and 0 < seq_of(ident) - seq_of(known) <= _NEAR
        path = self._folder / f"{ident}-{known if near else ALL}.zst"
        if path.is_file():
            return path
        if not self._lock.acquire(timeout=_WAIT_S):
            raise BusyError("parcels are being made", hint="ask again")
        try:
            if not path.is_file():
                self._make(path, ident, known if near else "")
        finally:
            self._lock.release()
        return path

    def _make(self, path: Path, ident: str, known: str) -> None:
        root = self._store.release(ident).root
        over = None
        with suppress(ChannelError):
            over = self._store.release(known).root if known else None
        self._folder.mkdir(parents=True, exist_ok=True)
        draft = path.with_name(f".{path.name}.{os.getpid()}")
        draft.write_bytes(self._store.parcel(root, over))
        draft.replace(path)
        old = sorted(self._folder.glob("r*.zst"), key=lambda file: file.stat().st_mtime)[:-_KEPT]
        for file in old:
            file.unlink(missing_ok=True)
