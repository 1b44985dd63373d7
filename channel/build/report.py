"""What a build says of itself."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import msgspec

from channel.paint.output import Finding
from channel.release import Damage

Progress = Callable[[int, int], None]
"""Is told how much is done, of how much."""


class BuildReport(msgspec.Struct, frozen=True, kw_only=True):
    """What a build did. ``pages`` were touched and ``asked`` pairs of page and scope; ``changed`` pairs say something
    else now. ``faults`` kept a page at what it said before, or are what its samples were found to have."""

    pages: int = 0
    asked: int = 0
    changed: int = 0
    faults: tuple[Finding, ...] = ()
    seconds: float = 0.0
    release_id: str = ""
    on_air: bool = False
    publish_ms: float = 0.0
    next_wake: datetime | None = None


class RepairReport(msgspec.Struct, frozen=True, kw_only=True):
    """What a repair found, what it built, and how many old releases it had to forget; ``left`` is what it could not
    mend (a head whose pages cannot be said)."""

    damages: tuple[Damage, ...]
    build: BuildReport
    forgotten: int
    left: tuple[Damage, ...] = ()
