"""Short ways to a source, a parse and a gathering for the tests of feeds."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from feeds.archive import Archive
from feeds.base.clock import SetClock
from feeds.formats import Document, Parsed, get
from feeds.gather import Gathering, gather
from feeds.source import Source

NOW = datetime(2026, 11, 24, 0, 12, tzinfo=UTC)
SAMPLES = Path(__file__).parents[2] / "shared" / "samples"


def source(format: str = "table", url: str = "http://example.org/entry", **more: Any) -> Source:
    return Source(**{"id": "one", "url": url, "format": format, "publisher": "某局", **more})


def parse(format: str, *bodies: bytes | str, charset: str = "", moment: datetime = NOW, **more: Any) -> Parsed:
    """What the format makes of these documents."""
    one = source(format, **more)
    documents = [
        Document(
            url=one.url if number == 0 else f"{one.url}/{number}",
            body=body.encode() if isinstance(body, str) else body,
            charset=charset,
        )
        for number, body in enumerate(bodies)
    ]
    return get(format).parse(documents, one, moment)


def sample(*parts: str) -> Path:
    """A file that others wrote; the test is skipped where it is absent."""
    path = SAMPLES.joinpath(*parts)
    if not path.exists():
        pytest.skip("the sample files are not here")
    return path


def samples(folder: str) -> list[Path]:
    """Every sample of a folder; empty where they are absent."""
    return sorted((SAMPLES / folder).glob("*")) if SAMPLES.exists() else []


class Station:
    """An archive, a clock and a folder: what a gathering needs."""

    def __init__(self, base: Path, url: str = "sqlite://") -> None:
        self.base = base
        self.archive = Archive.open(url)
        self.clock = SetClock(NOW)

    def gather(self, source: Source, **more: Any) -> Gathering:
        return gather(source, self.archive, self.base, self.clock, wait=lambda seconds: None, **more)

    def close(self) -> None:
        self.archive.close()
