"""The example's line-up is whole: titles fit, keys and parents lead somewhere, options are those of the views."""

from __future__ import annotations

from pathlib import Path

import pytest

from channel.lineup import Lineup, Page, load_lineup
from channel.settings import Channel
from channel.views import check
from channel.views.menu import heads
from feeds.base.errors import NotFound, PersonError

EXAMPLE = Path(__file__).parents[1] / "examples" / "minhang"


@pytest.fixture(scope="module")
def channel() -> Channel:
    return Channel.open(EXAMPLE)


def test_every_pages_options_are_its_views(channel: Channel) -> None:
    check(channel.lineup, EXAMPLE / "lineup.toml")


def test_titles_labels_and_keys_fit_the_screen(channel: Channel) -> None:
    titles = [page.title for page in channel.lineup.pages.values()]
    assert len(set(titles)) == len(titles)
    for page in channel.lineup.pages.values():
        assert len(page.label or page.title) <= 4 or page.number == "100" or page.layout == "menu", page.number
        for key in (page.red, page.green):
            assert key is None or len(key[0]) <= 4, page.number


def test_back_leads_home_from_everywhere(channel: Channel) -> None:
    for page in channel.lineup.pages.values():
        number, steps = page.number, 0
        while number != "100":
            number, steps = channel.lineup.parent(channel.lineup.page(number)), steps + 1
            assert steps <= 2, page.number


def test_every_page_is_at_most_two_choices_from_home(channel: Channel) -> None:
    home = channel.lineup.page("100")
    first = {page.number for page in heads(channel.lineup)} | {"101", "109"}
    first |= {key[1] for key in (home.red, home.green) if key}
    for page in channel.lineup.pages.values():
        keys = {key[1] for n in first & set(channel.lineup.pages) for key in _keys(channel.lineup.page(n))}
        listed = any(h.number in first and h.category == page.category for h in heads(channel.lineup))
        assert page.number == "100" or page.number in first | keys or listed, page.number


def _keys(page: Page) -> list[tuple[str, str]]:
    return [key for key in (page.red, page.green) if key]


def test_options_that_the_view_does_not_know_are_named(channel: Channel) -> None:
    page = Page(
        number="111", title="新闻", category="policy", layout="list", view="latest", options={"limits": 3}
    )
    with pytest.raises(PersonError, match=r"lineup.toml: page.111.options: found unknown key `limits`.*`limit`"):
        check(Lineup({"111": page}), EXAMPLE / "lineup.toml")


def test_a_page_that_is_not_there_is_not_found(channel: Channel) -> None:
    with pytest.raises(NotFound, match="'999'"):
        channel.lineup.page("999")


def test_a_folder_is_no_lineup(tmp_path: Path) -> None:
    path = tmp_path / "lineup.toml"
    path.write_text('[page.100]\ntitle = "首页"\n', encoding="utf-8")
    with pytest.raises(PersonError, match=r"page.100.*category"):
        load_lineup(path, sources=frozenset(), views=frozenset({"menu"}), layouts=frozenset({"menu"}))
