"""The signed metadata of a channel's bundles: a repository of The Update Framework, made with python-tuf's API.

Snapshots are consistent (TUF 1.0, clause 6.2): every file but ``timestamp.json`` has its version or hash in its name
and never changes, so putting ``timestamp.json`` in place is the one step that publishes.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

from tuf.api.exceptions import RepositoryError
from tuf.api.metadata import (  # type: ignore[attr-defined]
    Metadata,
    MetaFile,
    Snapshot,
    TargetFile,
    Targets,
    Timestamp,
)
from tuf.api.serialization.json import JSONSerializer

from broadcaster.bundle import keys, pack_format
from broadcaster.bundle.pulled_folder import sync
from feeds.base.clock import Clock

TARGETS_DAYS = 30
SNAPSHOT_DAYS = 7
TIMESTAMP_HOURS = 6
"""How long an operator may be kept from newer releases before the pull itself notices."""
RESIGN_HOURS = 1
"""The age at which an unchanged channel's timestamp is signed anew."""
AHEAD = timedelta(minutes=1)
"""What was signed later than this from now was signed by a clock that ran ahead."""
METADATA_KEPT = 10
"""Versions of targets and snapshot metadata that stay for pulls that are under way."""
NEWEST = "channel.json"

_Signed = TypeVar("_Signed", Targets, Snapshot, Timestamp)


def pack_name(release: str) -> str:
    """The target path of a release's pack."""
    return f"release-{release}.tar.zst"


class Signed:
    """Targets below ``home``, signed with the keys of ``state``. The target ``newest`` says which release is meant; as
    long as a pull may be under way, it stays there under its hash."""

    def __init__(self, home: Path, state: Path, clock: Clock, newest: str) -> None:
        self.targets = home / "targets"
        self._metadata = home / "metadata"
        for sub in (self._metadata, self.targets):
            sub.mkdir(parents=True, exist_ok=True)
        self._state, self._newest_name = state, newest
        self._now = clock.now().replace(microsecond=0)
        self._root = keys.root(state)
        self._known = self._load(Targets, "targets")

    @property
    def known(self) -> Mapping[str, TargetFile]:
        """What was signed last, by name."""
        return self._known.targets if self._known else {}

    def small(self, name: str, data: bytes) -> TargetFile:
        """Put a small target in place under its hash; ``put`` signs it."""
        target: TargetFile = TargetFile.from_data(name, data, ["sha256"])
        _place(self.targets / f"{target.hashes['sha256']}.{name}", data)
        return target

    def put(self, chosen: Mapping[str, TargetFile]) -> None:
        """Make ``chosen``, which stand in ``targets`` as ``{sha256}.{name}``, what the newest metadata names.

        Everything is signed anew, then switched; then what nobody needs is removed.
        """
        targets = Targets(self._version("targets"), expires=self._now + timedelta(days=TARGETS_DAYS))
        targets.targets = dict(chosen)
        sync(self.targets)
        meta = self._sign("targets", targets)
        self._stamp(self._snapshot(meta))
        self._known = targets
        self._prune(targets.targets)

    def resign(self) -> None:
        """Sign the timestamp anew when it is due, the snapshot and targets when half of their time is over, and all of
        it when keys were replaced."""
        timestamp, snapshot = self._load(Timestamp, "timestamp"), self._load(Snapshot, "snapshot")
        spans = [(self._known, timedelta(days=TARGETS_DAYS)), (snapshot, timedelta(days=SNAPSHOT_DAYS))]
        due = timestamp is None or any(self._is_due(signed, span, span / 2) for signed, span in spans)
        if self.is_whole and (due or not all(map(self._is_signed, keys.ROLES[1:]))):
            self.put(self.known)
            return
        self._place_roots()
        if timestamp and self._is_due(timestamp, timedelta(hours=TIMESTAMP_HOURS), timedelta(hours=RESIGN_HOURS)):
            self._stamp(timestamp.snapshot_meta)

    @property
    def is_whole(self) -> bool:
        """Whether what the metadata names for the newest release is there."""
        return self.said() is not None

    def said(self) -> bytes | None:
        """The bytes of the target ``newest``, if it is there."""
        target = self.known.get(self._newest_name)
        try:
            return (self.targets / f"{target.hashes['sha256']}.{target.path}").read_bytes() if target else None
        except OSError:
            return None

    def _is_due(self, signed: Targets | Snapshot | Timestamp | None, span: timedelta, after: timedelta) -> bool:
        """Whether what is signed for ``span`` has to be signed anew: there is none, ``after`` has passed, or it was
        signed by a clock that ran ahead, and would hold for years."""
        if signed is None:
            return True
        begun: datetime = signed.expires - span
        return self._now >= begun + after or begun > self._now + AHEAD

    def _snapshot(self, targets: MetaFile) -> MetaFile:
        snapshot = Snapshot(self._version("snapshot"), expires=self._now + timedelta(days=SNAPSHOT_DAYS))
        snapshot.meta["targets.json"] = targets
        return self._sign("snapshot", snapshot)

    def _stamp(self, snapshot: MetaFile) -> None:
        expires = self._now + timedelta(hours=TIMESTAMP_HOURS)
        timestamp = Timestamp(self._version("timestamp"), expires=expires, snapshot_meta=snapshot)
        self._place_roots()
        sync(self._metadata)
        self._sign("timestamp", timestamp)
        sync(self._metadata)

    def _sign(self, role: str, signed: Targets | Snapshot | Timestamp) -> MetaFile:
        """Sign and put in place; gives what the role above says of it."""
        metadata: Metadata[Any] = Metadata(signed)
        metadata.sign(keys.signer(self._state, role, self._root))
        body = metadata.to_bytes(JSONSerializer(compact=True))
        name = "timestamp.json" if role == "timestamp" else f"{signed.version}.{role}.json"
        _place(self._metadata / name, body)
        return MetaFile(signed.version, len(body), {"sha256": hashlib.sha256(body).hexdigest()})

    def _version(self, role: str) -> int:
        """A version above all before it, also when the folder was lost: else operators would see a rollback attack."""
        if role == "timestamp":
            old = self._load(Timestamp, role)
            last = old.version if old else 0
        else:
            last = _version_of(newest_of(self._metadata, role))
        return max(last + 1, int(self._now.timestamp()))

    def _load(self, kind: type[_Signed], role: str) -> _Signed | None:
        path = newest_of(self._metadata, role)
        try:
            signed = Metadata.from_bytes(path.read_bytes()).signed
        except (OSError, RepositoryError):
            return None
        return signed if isinstance(signed, kind) else None

    def _is_signed(self, role: str) -> bool:
        """Whether what was published last is signed with the key that the root metadata names now."""
        try:
            metadata: Metadata[Any] = Metadata.from_bytes(newest_of(self._metadata, role).read_bytes())
            self._root.signed.verify_delegate(role, metadata.signed_bytes, metadata.signatures)
        except (OSError, RepositoryError):
            return False
        return True

    def _place_roots(self) -> None:
        """Every version of the root metadata: an operator follows from the one he has. Close before the timestamp, so
        that hardly anybody sees new keys without what they signed."""
        for version, data in keys.history(keys.folder(self._state)).items():
            path = self._metadata / f"{version}.{keys.ROOT}"
            if not path.exists() or path.read_bytes() != data:
                _place(path, data)

    def _prune(self, chosen: Mapping[str, TargetFile]) -> None:
        """Remove old metadata, and targets that neither it nor the newest names."""
        wanted = {f"{target.hashes['sha256']}.{name}" for name, target in chosen.items()}
        for role in ("targets", "snapshot"):
            versions = sorted(self._metadata.glob(f"*.{role}.json"), key=_version_of)
            for path in versions[:-METADATA_KEPT]:
                path.unlink(missing_ok=True)
        for path in self._metadata.glob("*.targets.json"):
            with suppress(RepositoryError, OSError, KeyError):
                target = Metadata[Targets].from_bytes(path.read_bytes()).signed.targets[self._newest_name]
                wanted.add(f"{target.hashes['sha256']}.{target.path}")
        for path in self.targets.iterdir():
            if path.name not in wanted:
                path.unlink(missing_ok=True)


class Repository(Signed):
    """The packs of releases: what an operator pulls."""

    def __init__(self, home: Path, state: Path, clock: Clock) -> None:
        super().__init__(home, state, clock, NEWEST)

    @property
    def newest(self) -> str:
        """The release that ``channel.json`` names; empty before the first."""
        return _release_of(self.said())

    @property
    def is_whole(self) -> bool:
        """Whether the pack of the newest release is there."""
        return self.pack(self.newest) is not None

    def pack(self, release: str) -> Path | None:
        """The pack of a release, if it is kept."""
        target = self.known.get(pack_name(release))
        if target is None:
            return None
        path = self.targets / f"{target.hashes['sha256']}.{target.path}"
        return path if path.exists() and path.stat().st_size == target.length else None

    def publish(self, release: str, pack: Path, keep: int) -> None:
        """Make ``release`` the newest, whose pack stands in ``targets`` as ``{sha256}.{name}``; of all packs ``keep``
        stay."""
        name = pack_name(release)
        others = {other: target for other, target in self.known.items() if other not in (NEWEST, name)}
        # A release's number grows, and with it its name in length and then in order.
        recent = sorted(others, key=lambda other: (len(other), other))
        recent = recent[len(recent) - min(keep - 1, len(recent)) :]
        # The hash is in the file's name; reading a large pack again would only cost time.
        target = TargetFile(pack.stat().st_size, {"sha256": pack.name.partition(".")[0]}, name)
        content = {"format": pack_format.FORMAT, "release": release, "pack": name}
        said = self.small(NEWEST, json.dumps(content, sort_keys=True).encode())
        self.put({**{other: others[other] for other in recent}, name: target, NEWEST: said})


def newest_release(home: Path) -> tuple[str, datetime | None]:
    """The release of the newest bundle in folder ``home`` and when that was first said; empty and None before it."""
    try:
        targets = Metadata[Targets].from_bytes(newest_of(home / "metadata", "targets").read_bytes()).signed
        said = home / "targets" / f"{targets.targets[NEWEST].hashes['sha256']}.{NEWEST}"
        return _release_of(said.read_bytes()), datetime.fromtimestamp(said.stat().st_mtime, UTC)
    except (OSError, KeyError, RepositoryError):
        return "", None


def _release_of(said: bytes | None) -> str:
    with suppress(KeyError, ValueError):
        return str(json.loads(said)["release"]) if said else ""
    return ""


def newest_of(metadata: Path, role: str) -> Path:
    """The file of a role's newest metadata, whether it is there or not."""
    if role == "timestamp":
        return metadata / "timestamp.json"
    found: Iterable[Path] = metadata.glob(f"*.{role}.json")
    return max(found, key=_version_of, default=metadata / f"0.{role}.json")


def _version_of(path: Path) -> int:
    number = path.name.partition(".")[0]
    return int(number) if number.isdigit() else 0


def _place(path: Path, data: bytes) -> None:
    """Put a small file in place, whole and durably."""
    draft = path.with_name(f".{path.name}.new")
    with draft.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
