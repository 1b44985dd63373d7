"""Every page of the example has content worth showing, its links lead somewhere, and it names the moment until which
it holds: nothing in it changes before."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
import pytest
from view_inputs import at

from channel import views
from channel.asking import Asker
from channel.estates import DISTRICT
from channel.folder import Channel
from channel.lineup import Page
from channel.views.content import LAYOUTS, Content
from feeds.folder import read_records
from feeds.source import Snapshot

pytestmark = pytest.mark.slow
EXAMPLE = Path(__file__).parents[1] / "examples" / "minhang"
GATHERED = at("08:12")
MOMENTS = [at("08:12"), at("11:31"), at("17:05"), at("23:58")]


class Example:
    """The example's channel with its own records."""

    def __init__(self, state: Path) -> None:
        self.channel = Channel.open(EXAMPLE, state)
        self._asker = Asker(self.channel)
        self._snapshots: dict[str, Snapshot | None] = {}
        self.content = cache(self._content)

    def snapshot(self, source: str) -> Snapshot | None:
        if source not in self._snapshots:
            found = read_records(self.channel.sources[source], EXAMPLE / "records", GATHERED, self.channel.datasets)
            self._snapshots[source] = found
        return self._snapshots[source]

    def _content(self, number: str, estate: str = "", moment: datetime = GATHERED) -> Content:
        page = self.channel.lineup.page(number)
        found = {source: self.snapshot(source) for source in page.sources.values()}
        snapshots = {source: snapshot for source, snapshot in found.items() if snapshot}
        return self._asker.content(page, estate or DISTRICT, snapshots, moment)


@pytest.fixture(scope="module")
def example(tmp_path_factory: pytest.TempPathFactory) -> Example:
    return Example(tmp_path_factory.mktemp("state"))


PAGES = sorted(Channel.open(EXAMPLE).lineup.pages)
ESTATES = random.Random(3).sample(sorted(Channel.open(EXAMPLE).estates), 4)


def targets(value: Any) -> Iterator[str]:
    """Every target in a content, as plain data."""
    if isinstance(value, dict):
        for name, inner in value.items():
            if name == "to" and inner:
                yield inner
            else:
                yield from targets(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from targets(inner)


def test_the_line_up_has_every_service_and_uses_every_layout(example: Example) -> None:
    pages = example.channel.lineup.pages.values()
    assert len(pages) == 87
    # Of a place an item is a sheet, whatever its page names for others.
    assert {page.layout for page in pages} | {page.detail for page in pages} | {"sheet"} == set(LAYOUTS)
    assert {page.view for page in pages} == set(views.views())
    assert len({page.category for page in pages}) == 18
    assert sum(page.scope == "estate" for page in pages) >= 29


@pytest.mark.parametrize("number", PAGES)
def test_there_is_content_and_it_is_not_the_sentence_for_none(example: Example, number: str) -> None:
    for estate in ("", *ESTATES[:2]):
        made = example.content(number, estate)
        body = msgspec.to_builtins(made.body)
        excused = number in ("601", "401", "900", "301") and estate
        assert not body.get("empty") or excused, (number, estate, body["empty"])
        assert {line.state for line in made.sources} <= {"fresh"}


@pytest.mark.parametrize("number", PAGES)
def test_links_lead_to_pages_items_and_estates_that_are_there(example: Example, number: str) -> None:
    for estate in ("", *ESTATES):
        made = example.content(number, estate)
        for target in {*targets(msgspec.to_builtins(made))}:
            if target.startswith("@"):
                ident, _, rest = target[1:].partition("/")
                assert ident in example.channel.estates and rest in example.channel.lineup.pages
                continue
            other, _, item = target.partition(".")
            assert other in example.channel.lineup.pages, target
            assert not item or item in {i.id for i in example.content(other).items}, target


@pytest.mark.parametrize("number", PAGES)
def test_nothing_changes_before_the_moment_that_the_page_names(example: Example, number: str) -> None:
    for moment in MOMENTS:
        made = example.content(number, ESTATES[0], moment)
        assert made.valid_until is None or made.valid_until > moment
        last = (made.valid_until or moment + timedelta(days=2)) - timedelta(seconds=1)
        later = example.content(number, ESTATES[0], last)
        assert later.body == made.body, (number, moment, last)
        assert later.items == made.items
        assert later.sources == made.sources


@pytest.mark.parametrize("number", PAGES)
def test_items_are_the_same_for_every_estate_and_name_none(example: Example, number: str) -> None:
    page: Page = example.channel.lineup.page(number)
    contents = [example.content(number, estate) for estate in ("", *ESTATES)]
    assert all(made.items == contents[0].items for made in contents)
    assert len({item.id for item in contents[0].items}) == len(contents[0].items)
    assert contents[0].place is None
    if page.scope == "estate":
        estate = example.channel.estates[ESTATES[0]]
        # Estates with the same alerts share their page, which therefore names none.
        assert contents[1].place == ((estate.town, estate.name) if page.view != "alerts" else None)
