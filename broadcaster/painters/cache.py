"""What was painted, kept for a while, shared by all processes of an origin: it may be lost at any moment.

Whatever happens to its folder, nothing is raised and nothing wrong is given: what is not found is painted again.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from broadcaster.painters.wire import PaintedPage, Picture

ROOM = 1 << 30
"""Bytes on disk."""


class Cache:
    """The cache in ``folder``, of at most ``room`` bytes. For one thread; every process opens its own."""

    def __init__(self, folder: Path, room: int = ROOM) -> None:
        self._folder, self._room = folder, room

    def get(self, key: bytes) -> PaintedPage | None:
        """What was painted under ``key``; None when it is not there any more, or not whole."""
        raise NotImplementedError

    def put(self, page: PaintedPage, pictures: Mapping[str, Picture]) -> bool:
        """Keep a page under its key with all pictures that it names; False when that cannot be."""
        raise NotImplementedError

    def asset(self, name: str) -> tuple[str, bytes] | None:
        """Media type and bytes of ``/assets/{name}``; None when it is not there."""
        raise NotImplementedError
