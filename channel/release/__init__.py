"""Releases: what the pages say, in books, maps and records, and the store that publishes them in one atomic step."""

from channel.release.asrun import Air, Made, Served
from channel.release.changes import Changes
from channel.release.check import Damage
from channel.release.heads import Heads
from channel.release.prune import Pruned
from channel.release.publish import Published
from channel.release.reading import NO_ALERT, Release, ReleaseInfo
from channel.release.store import Store

__all__ = [
    "NO_ALERT",
    "Air",
    "Changes",
    "Damage",
    "Heads",
    "Made",
    "Pruned",
    "Published",
    "Release",
    "ReleaseInfo",
    "Served",
    "Store",
]
