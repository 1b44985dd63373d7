"""Every mistake in a channel's folder is named on load: file, key, what was found, what was expected; exit code 2."""

from __future__ import annotations

from pathlib import Path

import pytest

from channel.settings import Channel, view_names
from channel.views import views
from feeds.base.errors import PersonError

CHANNEL = 'title = "闵行生活"\ndistrict = "闵行区"\nprofiles = ["web-hd"]\nalert_source = "news"\n'
SOURCES = """
[source.news]
url = "http://127.0.0.1:8181/news.xml"
format = "rss"
publisher = "区融媒体中心"
private = true
"""
LINEUP = """
[page.100]
title = "首页"
category = "home"
layout = "menu"
view = "menu"
[page.111]
title = "新闻"
category = "policy"
layout = "list"
view = "latest"
sources = { articles = "news" }
"""
ESTATES = "id,name,town,lon,lat,area_code\nmh0001,景城花苑,莘庄镇,121.38,31.11,310112101001\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, text in (("channel.toml", CHANNEL), ("sources.toml", SOURCES), ("lineup.toml", LINEUP)):
        (tmp_path / name).write_text(text, encoding="utf-8")
    (tmp_path / "estates.csv").write_text(ESTATES, encoding="utf-8")
    return tmp_path


def change(folder: Path, name: str, old: str, new: str) -> None:
    path = folder / name
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def test_a_good_folder_opens(folder: Path) -> None:
    channel = Channel.open(folder)
    assert channel.settings.title == "闵行生活"
    assert channel.state == folder / "var"
    assert channel.archive_url == f"sqlite:///{folder}/var/archive.sqlite"
    assert list(channel.lineup.pages) == ["100", "111"] and list(channel.estates) == ["mh0001"]
    assert not (folder / "var").exists()


@pytest.mark.parametrize(
    ("name", "old", "new", "said"),
    [
        ("channel.toml", 'title = "闵行生活"', "", r"channel.toml: .*title"),
        ("channel.toml", "title", "titel", r"channel.toml: .*unknown key `titel`.*did you mean `title`"),
        ("channel.toml", '"web-hd"', '"web-hp"', r"profiles\[0\]: found 'web-hp'.*did you mean `web-hd`"),
        ("channel.toml", '"web-hd"', '"web-hd", "web-hd"', r"profiles: found web-hd, web-hd"),
        ("channel.toml", '"news"', '"alerts"', r"channel.toml: alert_source: found 'alerts'"),
        ("channel.toml", 'title = "闵行生活"', 'title = 3', r"channel.toml: title: found 3, expected: str"),
        ("sources.toml", '"rss"', '"rsss"', r"sources.toml: source.news.format: found 'rsss'.*did you mean `rss`"),
        ("lineup.toml", '"latest"', '"lastest"', r"lineup.toml: page.111.view: found 'lastest'.*did you mean `latest`"),
        ("lineup.toml", '"list"', '"lists"', r"lineup.toml: page.111.layout: found 'lists'.*did you mean `list`"),
        ("lineup.toml", '= "news"', '= "new"', r"lineup.toml: page.111.sources.articles: found 'new'"),
        ("lineup.toml", "[page.111]", "[page.100]", r"lineup.toml: not valid TOML: .*line 7"),
        ("lineup.toml", "[page.111]", "[page.1111]", r"lineup.toml: page.1111.*number"),
        ("lineup.toml", "[page.100]", "[page.101]", r"lineup.toml: page.100: found nothing, expected the home page"),
        ("lineup.toml", 'title = "新闻"', 'title = "这个标题有十个汉字呢"', r"page.111.title"),
        ("lineup.toml", 'title = "新闻"', 'title = "新闻"\nred = ["去", "999"]', r"page.111.red: found '999'"),
        ("estates.csv", "area_code", "code", r"estates.csv: line 1: .*area_code"),
    ],
)
def test_each_mistake_is_named(folder: Path, name: str, old: str, new: str, said: str) -> None:
    change(folder, name, old, new)
    with pytest.raises(PersonError, match=said) as caught:
        Channel.open(folder)
    assert caught.value.exit_code == 2


@pytest.mark.parametrize("name", ["channel.toml", "sources.toml", "lineup.toml", "estates.csv"])
def test_a_missing_file_is_named(folder: Path, name: str) -> None:
    (folder / name).unlink()
    with pytest.raises(PersonError, match=f"{name}: no such file"):
        Channel.open(folder)


def test_equal_files_have_equal_digests_and_any_change_another(folder: Path) -> None:
    before = Channel.open(folder).digest
    assert Channel.open(folder).digest == before
    change(folder, "estates.csv", "景城", "景程")
    assert Channel.open(folder).digest != before


def test_the_simulator_may_be_elsewhere(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = Channel.open(folder)
    monkeypatch.setenv("CHANNEL_SIMULATOR", "http://127.0.0.1:9000/")
    moved = Channel.open(folder)
    assert moved.sources["news"].url == "http://127.0.0.1:9000/news.xml"
    assert moved.digest == before.digest
    change(folder, "sources.toml", "8181", "81810")
    assert Channel.open(folder).sources["news"].url == "http://127.0.0.1:81810/news.xml"
    monkeypatch.setenv("CHANNEL_SIMULATOR", "127.0.0.1:9000")
    with pytest.raises(PersonError, match="CHANNEL_SIMULATOR"):
        Channel.open(folder)


def test_a_channel_may_bring_layouts_of_its_own(folder: Path) -> None:
    change(folder, "channel.toml", 'title =', 'layouts = "mine"\ntitle =')
    change(folder, "lineup.toml", '"list"', '"poster"')
    with pytest.raises(PersonError, match="layouts: found 'mine', expected a folder"):
        Channel.open(folder)
    (folder / "mine").mkdir()
    (folder / "mine" / "poster.xml").write_text("<screen/>", encoding="utf-8")
    assert Channel.open(folder).lineup.page("111").layout == "poster"


def test_view_names_are_those_of_the_views() -> None:
    assert view_names() == frozenset(views())
    for view in views().values():
        assert callable(view.view) and view.Options.__struct_config__.forbid_unknown_fields
