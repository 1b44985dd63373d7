"""The example's line-up is whole: titles fit, keys and parents lead somewhere, options are those of the views."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from channel.folder import Channel
from channel.lineup import Lineup, Names, Page, read_lineup
from channel.offered import layout_names, view_names
from channel.reach import note_doubts
from channel.views import check, note_mistakes, views
from channel.views.menu import heads, leads_to
from feeds.base import toml
from feeds.base.errors import Mistakes, NotFound, PersonError
from feeds.base.toml import Notes

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
    with pytest.raises(PersonError, match=r"toml:\d+: page.111.options.limits: found unknown key `limits`.*`limit`"):
        check(Lineup({"111": page}), EXAMPLE / "lineup.toml")


def test_a_page_that_is_not_there_is_not_found(channel: Channel) -> None:
    with pytest.raises(NotFound, match="'999'"):
        channel.lineup.page("999")


def test_a_folder_is_no_lineup(tmp_path: Path) -> None:
    path = tmp_path / "lineup.toml"
    path.write_text('[page.100]\ntitle = "首页"\n', encoding="utf-8")
    with pytest.raises(PersonError, match=r"page.100.*category"):
        read(path, Names(frozenset(), frozenset({"menu"}), frozenset({"menu"})))


REST = """
[page.100]
title = "首页"
category = "home"
layout = "menu"
view = "menu"
red = ["应急", "900"]
[page.200]
title = "医疗"
category = "medical"
layout = "menu"
view = "menu"
[page.201]
title = "附近医院"
category = "medical"
layout = "nearest"
view = "nearest"
[page.900]
title = "应急发布"
category = "alerts"
layout = "alert"
view = "alerts"
parent = "100"
"""


def read(path: Path, names: Names) -> Lineup:
    """The line-up of a file. Raises Mistakes."""
    notes = Notes(path)
    lineup = read_lineup(notes, toml.read(path), names, note_mistakes)
    notes.done()
    return lineup


def opened(tmp_path: Path, text: str) -> tuple[Lineup, Notes]:
    """The line-up of a text with what views say of it; sources, views and layouts are those there are."""
    path = tmp_path / "lineup.toml"
    path.write_text(text, encoding="utf-8")
    names = Names(None, view_names(), layout_names(tmp_path, ""))
    return read(path, names), Notes(path)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("", "", []),
        # A category that has no menu: a slip of the pen makes a tile of its own on the home page.
        ('"nearest"\nview', '"nearest"\nunlisted = false\nview', []),
        (
            '"medical"\nlayout = "nearest"',
            '"medcal"\nlayout = "nearest"',
            ["page.201.category: found 'medcal', .*did you mean `medical`"],
        ),
        ('"alerts"\nparent = "100"', '"alerts"', ["page.900.category: found 'alerts', expected a category that has"]),
        # The menu names its tiles, and this page is none of them.
        ('title = "医疗"', 'title = "医疗"\noptions = { pages = ["100"] }', ["page.201: found no menu, key or link"]),
        # A second page of a category of one.
        (
            'parent = "100"',
            'parent = "100"\n[page.901]\ntitle = "旧闻"\ncategory = "alerts"\nlayout = "list"\n'
            'view = "latest"\nparent = "100"',
            ["page.901: found no menu, key or link"],
        ),
        ('red = ["应急", "900"]\n', "", ["page.900: found no menu, key or link"]),
    ],
)
def test_what_no_menu_leads_to_is_doubted(tmp_path: Path, old: str, new: str, said: list[str]) -> None:
    """Categories without a menu and pages that nothing leads to are told; those said to be unlisted are not."""
    assert old in REST
    lineup, notes = opened(tmp_path, REST.replace(old, new, 1))
    note_doubts(lineup, notes)
    told = [str(mistake) for mistake in notes.found]
    assert len(told) == len(said)
    for sentence, pattern in zip(told, said, strict=True):
        assert re.search(rf"lineup.toml:\d+: {pattern}", sentence)


def test_an_unlisted_page_stands_in_no_menu_and_is_not_doubted(tmp_path: Path) -> None:
    """Its number alone leads there."""
    lineup, notes = opened(tmp_path, REST.replace('view = "nearest"', 'view = "nearest"\nunlisted = true'))
    note_doubts(lineup, notes)
    assert not notes.found
    assert "201" not in leads_to(lineup.page("200"), lineup)


def test_the_examples_pages_are_all_led_to(channel: Channel) -> None:
    """Without the list of all services."""
    notes = Notes(EXAMPLE / "lineup.toml")
    note_doubts(channel.lineup, notes)
    assert not notes.found


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('view = "nearest"', 'view = "nearest"\nsources = { place = "x" }', "sources.place: .*did you mean `places`"),
        ('view = "nearest"', 'view = "nearest"\noptions = { limt = 3 }', "options.limt: .*did you mean `limit`"),
        ('title = "医疗"', 'title = "医疗"\noptions = { pages = ["201", "210"] }', "options.pages: found '210'"),
    ],
)
def test_what_a_view_does_not_know_is_a_mistake(tmp_path: Path, old: str, new: str, said: str) -> None:
    """Roles, options, and pages that options name."""
    with pytest.raises(Mistakes, match=rf"lineup.toml:\d+: page.20\d.{said}"):
        opened(tmp_path, REST.replace(old, new, 1))


def test_views_ask_for_no_role_that_they_do_not_declare(channel: Channel) -> None:
    """Every role that the text of a view's module asks for is one of its ``ROLES``, and the example gives no other."""
    asked = re.compile(r'inputs\.(?:records|snapshot|dataset|digest|state|empty)\(\s*"(\w+)"')
    for name, view in views().items():
        found = set(asked.findall(Path(str(view.__file__)).read_text(encoding="utf-8")))  # type: ignore[attr-defined]
        assert view.ROLES is None or found <= set(view.ROLES), name
    for page in channel.lineup.pages.values():
        roles = views()[page.view].ROLES
        assert roles is None or set(page.sources) <= set(roles), page.number
