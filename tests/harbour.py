"""The second example in tests: its channel, and what its offices say at any moment."""

from __future__ import annotations

import importlib.util
import sys
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from channel.asking import Asker
from channel.estates import DISTRICT
from channel.folder import Channel
from channel.views.content import Content
from feeds.folder import read_records
from feeds.source import Snapshot

HARBOUR = Path(__file__).parents[1] / "examples" / "harbour"
DUBLIN = ZoneInfo("Europe/Dublin")
PLACES = (DISTRICT, "pm01", "pm04")
PAGES = tuple(sorted(Channel.open(HARBOUR).lineup.pages))


@cache
def generate() -> Any:
    """The example's ``generate.py``. The other example has one too, so this one gets a name of its own, and its folder
    does not stay where modules are looked for."""
    spec = importlib.util.spec_from_file_location("harbour_generate", HARBOUR / "generate.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    sys.path.remove(str(HARBOUR))
    return module


class City:
    """The channel, and what its offices say at any moment."""

    def __init__(self, folder: Path) -> None:
        self.channel = Channel.open(HARBOUR, folder / "state")
        self.asker = Asker(self.channel)
        self.folder = folder / "said"
        self._told: dict[datetime, dict[str, Snapshot]] = {}

    def told(self, moment: datetime) -> dict[str, Snapshot]:
        """A snapshot of every source, made for the moment and read as a folder of records is."""
        if moment not in self._told:
            generate().write(self.folder, moment)
            found = {
                ident: read_records(source, self.folder / "records", moment, self.channel.datasets)
                for ident, source in self.channel.sources.items()
                if not source.is_desk
            }
            assert all(found.values()), [ident for ident, snapshot in found.items() if not snapshot]
            self._told[moment] = {ident: snapshot for ident, snapshot in found.items() if snapshot}
        return self._told[moment]

    def says(self, number: str, estate: str, moment: datetime, *, without: str = "") -> Content:
        """What a page says; ``without`` is a source that is not heard."""
        told = {ident: snapshot for ident, snapshot in self.told(moment).items() if ident != without}
        return self.asker.content(self.channel.lineup.page(number), estate, told, moment)
