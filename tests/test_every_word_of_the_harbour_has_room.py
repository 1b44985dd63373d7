"""Every page of the second example in every canvas, on both clocks, by day and in the night when clocks are set: no
text is cut that somebody could mend, and labels of an axis stand apart."""

from __future__ import annotations

import dataclasses
from datetime import datetime
from itertools import pairwise

import msgspec
import pytest
from harbour import DUBLIN, PAGES, City

from channel.folder import Channel
from channel.heading import heading
from channel.render import Renderer
from channel.screen.compose import compose
from channel.screen.fonts import WIDER
from channel.screen.geometry import load_geometry
from channel.screen.pieces import Fill, Text
from channel.screen.screen import Screen

pytestmark = pytest.mark.slow

PROFILES = ("bitmap-hd", "bitmap-hd-large", "bitmap-sd")
MOMENTS = {
    "a morning": datetime(2026, 11, 24, 8, 12, tzinfo=DUBLIN),
    "the long night": datetime(2026, 10, 25, 0, 50, tzinfo=DUBLIN),
    "a summer's evening": datetime(2026, 7, 14, 19, 40, tzinfo=DUBLIN),
}


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> City:
    return City(tmp_path_factory.mktemp("harbour"))


def _on(city: City, clock: str) -> Channel:
    return dataclasses.replace(city.channel, settings=msgspec.structs.replace(city.channel.settings, clock=clock))


@pytest.mark.parametrize("moment", MOMENTS.values(), ids=MOMENTS)
@pytest.mark.parametrize("clock", ["24h", "12h"])
def test_no_text_is_cut_that_could_be_mended(city: City, clock: str, moment: datetime) -> None:
    """Keys, titles and tiles stand by their short forms; a clock has room for am and pm."""
    renderer, told = Renderer(_on(city, clock)), city.told(moment)
    found = [
        f"{profile} {page}-{screen.number}: {flaw.sentence}"
        for profile in PROFILES
        for page in PAGES
        for screen in renderer.screens(page, "pm01", profile, told, moment)
        for flaw in screen.flaws
    ]
    assert found == []


def test_an_items_header_has_the_pages_name_whole(city: City) -> None:
    """The name of its list, or the declared short one where that has no room; words of a feed alone are cut."""
    renderer, told, moment = Renderer(city.channel), city.told(MOMENTS["a morning"]), MOMENTS["a morning"]
    heads = {}
    for name in PROFILES:
        profile = renderer.profiles[name]
        for page in city.channel.lineup.pages.values():
            content = city.asker.content(page, "pm01", told, moment)
            item = next((one for one in content.items if one.title == page.title), None)
            if item is not None:
                frame, day = load_geometry(profile.metrics), moment.date()
                heads[name, page.number] = heading(city.channel, page, content, item, profile, frame, day).title
    assert len(heads) > 30 and not [where for where, title in heads.items() if title.endswith("…")]
    assert heads["bitmap-sd", "111"] in ("City council news", "News")


def test_a_key_says_what_it_does_in_every_canvas(city: City) -> None:
    """A colour alone says nothing: where a box has no yellow key the others share its place."""
    renderer, told = Renderer(city.channel), city.told(MOMENTS["a morning"])
    for profile in PROFILES:
        for page in PAGES:
            screen = renderer.screens(page, "pm01", profile, told, MOMENTS["a morning"])[0]
            for link in (link for link in screen.links if link.key):
                words = [piece.text for piece in screen.pieces[link.start : link.end] if isinstance(piece, Text)]
                assert len(words) == 2 and not words[1].endswith("…"), (profile, page, words)


@pytest.mark.parametrize("geometry", ["hd", "large", "sd"])
@pytest.mark.parametrize("label", ["{hour}", "{hour} pm", "{hour}:00 o'clock"])
def test_labels_of_an_axis_stand_apart(geometry: str, label: str) -> None:
    """However long they are: the first and the last are there, and none touches another or is cut."""
    points = "".join(f'<point at="{hour}" label="{label.format(hour=hour)}"/>' for hour in range(1, 25))
    markup = (
        f'<screen lang="en"><chart w="900" h="300" low="0" high="24"><series kind="line">{points}</series></chart>'
        "</screen>"
    )
    screen = compose(markup, load_geometry(geometry), page="502", title="Hours")[0]
    texts = _under(screen)
    assert len(texts) >= 2
    assert (texts[0].text, texts[-1].text) == (label.format(hour=1), label.format(hour=24))
    for one, other in pairwise(texts):
        assert one.left + one.width * WIDER < other.left, (one.text, other.text)


@pytest.mark.parametrize("geometry", ["hd", "large", "sd"])
def test_the_last_hour_and_its_value_stand_at_its_bar(geometry: str) -> None:
    """At the right edge too: "now" is what people look for."""
    points = "".join(f'<point at="{hour}" label="" note=""/>' for hour in range(1, 24))
    markup = (
        f'<screen lang="en"><chart w="300" h="300" low="0" high="24"><series kind="bars" tone="brand">{points}'
        '<point at="24" label="now" note="24" now="1"/></series></chart></screen>'
    )
    screen = compose(markup, load_geometry(geometry), page="503", title="Air")[0]
    bar = max((piece for piece in screen.pieces if isinstance(piece, Fill)), key=lambda fill: fill.x)
    for text in (piece for piece in screen.pieces if isinstance(piece, Text) and piece.text in ("now", "24")):
        assert text.left <= bar.x + bar.w and text.left + text.width >= bar.x, (text.text, text.left, bar.x)


def _under(screen: Screen) -> list[Text]:
    texts = [piece for piece in screen.pieces if isinstance(piece, Text)]
    return sorted(texts, key=lambda text: text.left)
