"""Every page of the example, on every family of boxes: nothing for preflight to find."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks.channel import MOMENT, Bench
from channel.estates import DISTRICT
from channel.preflight import inspect
from channel.profiles import load_profiles
from channel.render import Renderer

PROFILES = tuple(
    sorted(path.stem for path in (Path(__file__).parents[1] / "channel" / "profiles").glob("*.toml"))
)
SEED = 818


@pytest.fixture(scope="module")
def example(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    """The whole example, its records in an archive."""
    bench = Bench(tmp_path_factory.mktemp("example"), 818, frozenset())
    yield bench
    bench.close()


def found(example: Bench, profile: str, estates: list[str], most: int) -> list[str]:
    """What preflight finds in the pages of these estates and of the district, and in ``most`` items of each, on a
    family."""
    channel, chance = example.channel, random.Random(SEED)
    renderer = Renderer(channel)
    shape, day = renderer.profiles[profile], channel.say.day_of(MOMENT)
    wanted = sorted({source for page in channel.lineup.pages.values() for source in page.sources.values()})
    snapshots = example.archive.latest_all(wanted, MOMENT)
    sentences = []
    for page in channel.lineup.pages.values():
        for estate in (DISTRICT, *(estates if page.scope == "estate" else ())):
            made = [renderer.page(page.number, estate, profile, snapshots, MOMENT, items=False)]
            if estate == DISTRICT:
                items = renderer.content(page, DISTRICT, snapshots, MOMENT).items
                # Links to the page's own items are let pass where these are not painted with it.
                there = {f"{page.number}.{item.id}" for item in items}
                targets = {target.partition("#")[0] for document in made[0].documents for target in document.targets}
                own = {target for target in targets if target.startswith(f"{page.number}.")}
                sentences += [f"{profile} {page.number}: a link leads to {target}" for target in sorted(own - there)]
                some = items if len(items) <= most else chance.sample(items, most)
                made += [renderer.item(page.number, profile, item, day) for item in some]
            for rendered in made:
                checked = inspect(rendered, channel.lineup, channel.estates, shape, items=False)
                sentences += [
                    f"{profile} {estate} {f.page}-{f.screen} {f.level} {f.element}: {f.sentence}"
                    for f in checked.findings
                ]
    return sentences


def test_the_profiles_are_all_there() -> None:
    """What is asked here is asked of every family that the project knows."""
    assert set(load_profiles(PROFILES)) == set(PROFILES)
    assert len(PROFILES) >= 24


@pytest.mark.slow
@pytest.mark.parametrize("profile", ["web-hd-large", "bitmap-hd", "ipanel-sd"])
def test_no_page_of_an_estate_has_a_finding(example: Bench, profile: str) -> None:
    """One estate and the district with two dozen items of each page, on a box of every canvas."""
    estate = random.Random(SEED).sample(list(example.channel.estates), 1)
    assert found(example, profile, estate, 24) == []


@pytest.mark.soak
@pytest.mark.parametrize("profile", PROFILES)
def test_no_page_of_twenty_estates_has_a_finding(example: Bench, profile: str) -> None:
    """Twenty estates and the district with all items, on every family."""
    estates = random.Random(SEED).sample(list(example.channel.estates), 20)
    assert found(example, profile, estates, 10_000) == []
