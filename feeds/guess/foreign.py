"""What is no source, though people give it: known by sight, so that the answer can say what to give instead."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import msgspec

from feeds.base import toml
from feeds.formats.glance import Glance


class Thing(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename={"what": "is"}):
    """One kind of document, told by one of ``starts``, ``root``, ``keys`` and ``member``."""

    what: str
    give: str
    starts: str = ""
    root: str = ""
    keys: list[str] = []
    member: str = ""

    def is_it(self, glance: Glance) -> bool:
        """Whether the document is one."""
        return bool(
            (self.starts and glance.document.body.startswith(self.starts.encode("latin-1")))
            or (self.root and glance.root == self.root)
            or (self.keys and glance.table.keys() >= set(self.keys))
            or (self.member and self.member in glance.members)
        )


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    thing: list[Thing] = []


@cache
def things() -> list[Thing]:
    """Everything in ``foreign.toml``. Raises PersonError with file and key when it is not sound."""
    return toml.load(Path(__file__).with_name("foreign.toml"), _File).thing


def foreign(glance: Glance) -> str:
    """A sentence that says what this is and what to give instead; "" when it is nothing that we know by sight."""
    found = next((thing for thing in things() if thing.is_it(glance)), None)
    return f"this is {found.what}; give {found.give}" if found else ""
