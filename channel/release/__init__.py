"""Releases: parts, packs, maps and the store that publishes them in one atomic step."""

from channel.release.artefact import Artefact, Press, Pressed
from channel.release.asrun import Air, Made, Served, screens_digest
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
    "Artefact",
    "Changes",
    "Damage",
    "Heads",
    "Made",
    "Press",
    "Pressed",
    "Pruned",
    "Published",
    "Release",
    "ReleaseInfo",
    "Served",
    "Store",
    "screens_digest",
]
