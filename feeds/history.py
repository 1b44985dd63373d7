"""What changed between two snapshots of a source."""

from __future__ import annotations

from typing import Any

import msgspec

from feeds.records import AnyRecord
from feeds.source import Snapshot


class Edit(msgspec.Struct, frozen=True, kw_only=True):
    """A record that says something else now; ``fields`` holds (name, before, after)."""

    record: AnyRecord
    fields: tuple[tuple[str, Any, Any], ...]


class SnapshotChanges(msgspec.Struct, frozen=True, kw_only=True):
    """Records that came, went, and changed, each in the order of the snapshot that has them."""

    added: tuple[AnyRecord, ...] = ()
    removed: tuple[AnyRecord, ...] = ()
    edited: tuple[Edit, ...] = ()


def changes(before: Snapshot | None, after: Snapshot | None) -> SnapshotChanges:
    """From ``before`` to ``after``; either may be missing."""
    old = {record.id: record for record in before.records} if before is not None else {}
    new = {record.id: record for record in after.records} if after is not None else {}
    edited = [_edit(old[ident], record) for ident, record in new.items() if ident in old and old[ident] != record]
    return SnapshotChanges(
        added=tuple(record for ident, record in new.items() if ident not in old),
        removed=tuple(record for ident, record in old.items() if ident not in new),
        edited=tuple(edited),
    )


def _edit(before: AnyRecord, after: AnyRecord) -> Edit:
    names = [name for name in after.__struct_fields__ if getattr(before, name, None) != getattr(after, name)]
    return Edit(record=after, fields=tuple((name, getattr(before, name, None), getattr(after, name)) for name in names))
