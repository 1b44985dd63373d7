"""Which keys there are and until when what they signed is good; what to mend before it ends."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from tuf.api.exceptions import RepositoryError
from tuf.api.metadata import Metadata

from broadcaster.bundle import keys, repository
from broadcaster.bundle.bundles import folder as bundles_folder

EARLY = {"root": timedelta(days=180), "targets": timedelta(days=10), "snapshot": timedelta(days=2),
         "timestamp": timedelta(hours=2)}  # fmt: skip
"""So long before the end something is to be done. All but the root's is signed anew by `channel work`, far earlier."""


@dataclass(frozen=True)
class Row:
    """One role: its key, whether that is on this machine, until when what was signed last is good (None: nothing was),
    whether that is soon over, and whether this key signed it, not the one before."""

    role: str
    keyid: str
    here: bool
    until: datetime | None
    early: bool
    signed: bool


@dataclass(frozen=True)
class Trouble:
    """What is wrong or soon will be, and what to do. ``fault``: operators cannot follow, or a key lies open."""

    sentence: str
    mend: str
    fault: bool = False


def rows(state: Path, now: datetime) -> list[Row]:
    """Every role, root first. Raises PersonError when there are no keys, TrustError when ``root.json`` is damaged."""
    trusted, home = keys.root(state), keys.folder(state)
    found = []
    for role in keys.ROLES:
        newest = _newest(bundles_folder(state) / "metadata", role)
        signed_last = trusted if role == "root" else newest
        until: datetime | None = signed_last.signed.expires.astimezone(UTC) if signed_last is not None else None
        early = until is not None and until - now < EARLY[role]
        keyid = trusted.signed.roles[role].keyids[0]
        here = any((home / name).exists() for name in (f"{role}.pem", keys.NEXT.format(role)))
        signed = role == "root" or (newest is not None and _is_signed(trusted, role, newest))
        found.append(Row(role, keyid, here, until, early, signed))
    return found


def troubles(state: Path, now: datetime) -> Iterator[Trouble]:
    """What an operator of the channel should do about its keys."""
    home = keys.folder(state)
    for path in sorted(home.glob("*.pem")):
        if path.stat().st_mode & 0o077:
            yield Trouble(f"{path} can be read by others", f"chmod 600 {path}", fault=True)
    for row in rows(state, now):
        if row.role == "root":
            yield from _of_root(row, now)
        elif not row.here:
            yield Trouble(f"the key of {row.role} is not here: nothing can be signed",
                          "put its file back, or `channel keys rotate`", fault=True)  # fmt: skip
        elif row.early and row.until:
            yield Trouble(f"what {row.role} signed ends at {row.until:%Y-%m-%d %H:%M} UTC and was not signed anew",
                          "`channel work` does it by itself, `channel bundle` now", fault=row.until <= now)  # fmt: skip
    version = keys.root(state).signed.version
    served = bundles_folder(state) / "metadata"
    if served.is_dir() and not (served / f"{version}.{keys.ROOT}").exists():
        yield Trouble(f"operators do not know root.json version {version} yet",
                      "`channel work` tells them by itself, `channel bundle` now")  # fmt: skip


def _of_root(row: Row, now: datetime) -> Iterator[Trouble]:
    if row.here:
        yield Trouble("the root key lies on this machine: whoever breaks in here can speak as this channel for good",
                      "`channel keys export-root FOLDER --remove`, FOLDER on a medium to be taken away")  # fmt: skip
    if row.early and row.until:
        days = (row.until - now).days
        said = f"root.json is good for {days} days more" if days >= 0 else f"root.json ended at {row.until:%Y-%m-%d}"
        yield Trouble(said, "`channel keys renew`, where the root key is", fault=days < 0)


def _newest(metadata: Path, role: str) -> Metadata[Any] | None:
    try:
        return Metadata.from_bytes(repository.newest_of(metadata, role).read_bytes())
    except (OSError, RepositoryError):
        return None


def _is_signed(root: Metadata[Any], role: str, found: Metadata[Any]) -> bool:
    """Whether it is signed with the key that the root metadata names now."""
    try:
        root.signed.verify_delegate(role, found.signed_bytes, found.signatures)
    except RepositoryError:
        return False
    return True
