"""What was found when pages were painted, from whoever painted them to whoever says the next ones and to editors.

::

    state/verdicts.log    one JSON object a line; verdicts.log.1 is the file before

A line is appended in one write, so many processes may; one that is torn is passed over. It is a note: without it pages
are checked all the same whenever they are painted.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Literal

import msgspec

from channel.paint.output import Finding

NAME = "verdicts.log"
MOST = 2 << 20
"""Bytes of one file."""

Shown = Literal["content", "before", "unsaid"]


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """A page, or an item of it, for one family of boxes: what it was to say (the hash of its content), which of the
    three passed, and what was found in all that were tried. ``ground`` names engine and declarations."""

    page: str
    item: str = ""
    said: str
    profile: str
    ground: str
    shown: Shown
    findings: tuple[Finding, ...] = ()


_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(Verdict).decode


class Verdicts:
    """The verdicts of a state folder."""

    def __init__(self, state: Path) -> None:
        self._path = state / NAME
        self._before = state / f"{NAME}.1"
        self._read: tuple[tuple[int, int], ...] = ()
        self._known: tuple[Verdict, ...] = ()

    def note(self, verdict: Verdict) -> None:
        """Write one down; where that cannot be, nobody is told."""
        with suppress(OSError):
            number = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
            try:
                os.write(number, _encode(verdict) + b"\n")
                full = os.fstat(number).st_size > MOST
            finally:
                os.close(number)
            if full:
                self._path.replace(self._before)

    def all(self) -> tuple[Verdict, ...]:
        """All that are known, oldest first; read again when there are more."""
        seen = tuple(_seen(path) for path in (self._before, self._path))
        if seen != self._read:
            self._known = tuple(verdict for path in (self._before, self._path) for verdict in _verdicts(path))
            self._read = seen
        return self._known

    def failed(self, page: str) -> frozenset[bytes]:
        """The contents of a page that did not pass in some family."""
        return frozenset(
            bytes.fromhex(verdict.said)
            for verdict in self.all()
            if verdict.page == page and not verdict.item and verdict.shown != "content"
        )


def _seen(path: Path) -> tuple[int, int]:
    try:
        stat = path.stat()
    except OSError:
        return 0, 0
    return stat.st_mtime_ns, stat.st_size


def _verdicts(path: Path) -> Iterator[Verdict]:
    with suppress(OSError):
        for line in path.read_bytes().splitlines():
            with suppress(msgspec.MsgspecError):
                yield _decode(line)
