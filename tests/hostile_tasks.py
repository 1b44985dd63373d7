"""What a reader may do at its worst, as functions for a worker; ``Misled`` is a pool that reads by one of them."""

from __future__ import annotations

import os
import re
import signal
import time
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from feeds.formats import Document, Parsed
from feeds.parsing import Parser
from feeds.source import Source


class Misled(Parser):
    """Reads sources called ``bad…`` by ``function`` of this module, all others as they should be."""

    def __init__(self, function: str, size: int | None = None, *, moment: float = 2.0) -> None:
        super().__init__(size, moment=moment)
        self._function = f"{__name__}:{function}"

    def parse(self, source: Source, documents: Sequence[Document], moment: datetime) -> Parsed:
        if not source.id.startswith("bad"):
            return super().parse(source, documents, moment)
        return self.call(self._function, (tuple(documents), source, moment), source, Parsed)


def explode(*args: Any) -> None:
    raise ZeroDivisionError("the reader's own fault")


def hold_the_lock(*args: Any) -> None:
    """Minutes inside one call of a library, with the interpreter's lock held."""
    re.match("(a+)+$", "a" * 40 + "b")


def sleep(*args: Any) -> None:
    time.sleep(600)


def eat(*args: Any) -> None:
    hoard = []
    while True:
        hoard.append(bytearray(10_000_000))


def abort(*args: Any) -> None:
    os.abort()


def leave(*args: Any) -> None:
    os._exit(0)


def kill(*args: Any) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def lie(*args: Any) -> list[int]:
    return [1, 2, 3]


def remember(documents: Sequence[Document], source: Source, moment: datetime) -> Parsed:
    """Say who reads, then read for ever."""
    Path(source.options["says"]).write_text(str(os.getpid()))
    hold_the_lock()
    raise AssertionError("unreachable")


def nap(documents: Sequence[Document], source: Source, moment: datetime) -> Parsed:
    """Take as long as the source says."""
    time.sleep(float(source.options["seconds"]))
    return Parsed(records=())


def environment(*args: Any) -> list[str]:
    return sorted(os.environ)
