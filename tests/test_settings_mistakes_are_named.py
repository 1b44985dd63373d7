"""Every mistake in a channel's folder is named on load: file, key, what was found, what was expected; exit code 2."""

from __future__ import annotations

import pickle
from pathlib import Path

import pytest

from channel.folder import Channel
from channel.offered import view_names
from channel.profiles import load_profiles
from channel.views import views
from feeds.base.errors import Mistakes, PersonError
from feeds.base.toml import Notes

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
        ("channel.toml", 'title = "闵行生活"', "", r"channel.toml: title: found nothing, expected text"),
        ("channel.toml", "title", "titel", r"channel.toml:1: .*unknown key `titel`.*did you mean `title`"),
        ("channel.toml", '"web-hd"', '"web-hp"', r"profiles\[0\]: found 'web-hp'.*did you mean `web-hd`"),
        ("channel.toml", '"web-hd"', '"web-hd", "web-hd"', r"profiles: found web-hd, web-hd"),
        ("channel.toml", '"news"', '"alerts"', r"channel.toml:4: alert_source: found 'alerts'"),
        ("channel.toml", 'title = "闵行生活"', 'title = 3', r"channel.toml:1: title: found 3, expected text"),
        ("channel.toml", "title =", 'theme = "nihgt"\ntitle =', r"theme: found 'nihgt'.*did you mean `night`"),
        ("channel.toml", "title =", 'log = "jsn"\ntitle =', r"log: found 'jsn', expected one of: console, json"),
        ("channel.toml", '"news"', '"news"\n[bundle]\nprofiles = ["web-hp"]', r"bundle.profiles\[0\]: found 'web-hp'"),
        ("channel.toml", '"news"', '"news"\n[bundle]\nprofiles = ["hbbtv"]', r"found 'hbbtv', .* one of: web-hd$"),
        ("channel.toml", '"news"', '"news"\n[bundle]\ntown = ["莘庄镇"]', r"unknown key `town`.*did you mean `towns`"),
        ("channel.toml", '"news"', '"news"\n[portal]\nurl = "tv.example"', r"portal.url: found 'tv.example', .*https://"),
        ("channel.toml", '"news"', '"news"\n[portal]\nurl = "https://a/b"', r"portal.url: found 'https://a/b'"),
        ("channel.toml", '"news"', '"news"\n[origin]\ndefault_profile = "hbbtv"', r"default_profile: found 'hbbtv'"),
        ("channel.toml", "title =", 'currency = "XYZ"\ntitle =', r"currency: found 'XYZ', expected a currency's code"),
        ("channel.toml", "title =", 'timezone = "Factory"\ntitle =', r"timezone: found 'Factory', expected a zone"),
        ("sources.toml", '"rss"', '"rss"\nevery = "9999999999d"', r"found '9999999999d', expected a duration of"),
        ("sources.toml", '"rss"', '"rsss"', r"sources.toml:4: source.news.format: found 'rsss'.*did you mean `rss`"),
        ("sources.toml", '"rss"', '"rss"\nevery = "15 min"', r"every: found '15 min', expected a duration of at most"),
        ("sources.toml", '"rss"', '"rss"\nid = "new"', r"source.news.id: found 'new', expected it in the table's head"),
        ("lineup.toml", '"latest"', '"lastest"', r"lineup.toml:11: page.111.view: .*'lastest'.*did you mean `latest`"),
        ("lineup.toml", '"list"', '"lists"', r"lineup.toml:10: page.111.layout: found 'lists'.*did you mean `list`"),
        ("lineup.toml", '"list"', '"list"\ndetail = "articel"', r"111.detail: .*did you mean `article`"),
        ("lineup.toml", '"list"', '"list"\nparent = "200"', r"111.parent: found '200', expected a page"),
        ("lineup.toml", '"list"', '"list"\nparent = "111"', r"111.parent: found 111 -> 111, expected a way back"),
        ("lineup.toml", '"list"', '"list"\nnumber = "112"', r"111.number: found '112', expected it in the"),
        ("lineup.toml", '"list"', '"list"\nicon = "hose"', r"page.111.icon: found 'hose'.*did you mean `house`"),
        ("sources.toml", "http://127.0.0.1:8181/", "file:../", r"toml:3: source.news.url: .* which lies outside"),
        ("sources.toml", "http://127.0.0.1:8181/", "file:///etc/", r"toml:3: source.news.url: .* which lies outside"),
        ("sources.toml", "http://127.0.0.1:8181/", "file:a/%2e%2e/../b", r"source.news.url: .* which lies outside"),
        ("lineup.toml", '"list"', '"list"\ncolour = "red"', r"found unknown key `colour`, expected one of: [a-z, ]+$"),
        ("lineup.toml", '"list"', '"list', r"^[^ ]*lineup.toml:10: not valid TOML: (?!.* at line)"),
        ("lineup.toml", "[page.111]", "x =", r"^[^ ]*lineup.toml:7: not valid TOML: (?!.* at line)"),
        ("lineup.toml", 'sources = { articles = "news" }\n', "red =", r"^[^ ]*lineup.toml:12: not valid TOML: "),
        ("lineup.toml", '= "news"', '= "new"', r"lineup.toml:12: page.111.sources.articles: found 'new'"),
        ("lineup.toml", "[page.111]", "[page.100]", r"^[^\n]*toml:7: page.100: found a second time.*line 2[^\n]*$"),
        ("lineup.toml", "[page.111]", "[page.111", r"lineup.toml:7: not valid TOML: "),
        ("lineup.toml", "[page.111]", "[page.1111]", r"lineup.toml:7: page.1111.number: .*three digits, 100 to 999"),
        ("lineup.toml", "[page.100]", "[page.101]", r"lineup.toml: page.100: found nothing, expected the home page"),
        ("lineup.toml", 'title = "新闻"', 'title = "' + 41 * "字" + '"', r"page.111.title: .*at most 40 characters"),
        ("lineup.toml", 'title = "新闻"', 'title = "新闻"\nred = ["去", "999"]', r"page.111.red: found '999'"),
        ("estates.csv", "area_code", "code", r"estates.csv:1: .*area_code"),
    ],
)
def test_each_mistake_is_named(folder: Path, name: str, old: str, new: str, said: str) -> None:
    change(folder, name, old, new)
    with pytest.raises(PersonError, match=said) as caught:
        Channel.open(folder)
    assert caught.value.exit_code == 2


def test_a_town_that_no_estate_lies_in_is_a_mistake(folder: Path) -> None:
    """A slip of the pen would leave every estate's own pages out of the bundles without a word."""
    change(folder, "channel.toml", '"news"', '"news"\n[bundle]\ntowns = ["莘庄镇", "莘庄阵"]')
    with pytest.raises(PersonError, match=r"channel.toml:6: bundle.towns\[1\]: found '莘庄阵'"):
        Channel.open(folder)


def test_families_that_are_not_named_are_all_that_there_are(folder: Path) -> None:
    """Without `profiles` every family is served, a channel's own among them; bundles carry what is served, unless they
    name some of it, and the estates of the towns that they name."""
    (folder / "profiles").mkdir()
    mine = 'extends = "web-hd"\ntitle = "Mine"\nfallback = "web-hd"\ncharset = "gbk"\n'
    (folder / "profiles" / "mine.toml").write_text(mine, encoding="utf-8")
    change(folder, "channel.toml", 'profiles = ["web-hd"]\n', "")
    channel = Channel.open(folder)
    assert channel.profiles == channel.bundled
    assert channel.profiles == ("web-hd", *sorted({*load_profiles(), "mine"} - {"web-hd"}))
    assert channel.bundled_estates == ("mh0001",)
    change(folder, "estates.csv", "mh0001", "mh0002,乙,七宝镇,121.3,31.1,310112102001\nmh0001")
    change(folder, "channel.toml", '"news"', '"news"\n[bundle]\nprofiles = ["mine", "hbbtv"]\ntowns = ["莘庄镇"]')
    fewer = Channel.open(folder)
    assert (fewer.profiles, fewer.bundled) == (channel.profiles, ("mine", "hbbtv"))
    assert list(fewer.estates) == ["mh0002", "mh0001"] and fewer.bundled_estates == ("mh0001",)


def test_all_mistakes_of_all_files_are_told_at_once(folder: Path) -> None:
    """Five mistakes, one run: by file and line, each with its key; and what names a bad source is not wrong too."""
    change(folder, "channel.toml", '"web-hd"', '"web-hp"')
    change(folder, "channel.toml", "district", "distrct")
    change(folder, "sources.toml", "publisher", "publiser")
    change(folder, "sources.toml", '"rss"', "3")
    change(folder, "lineup.toml", '"menu"\nview', '"mneu"\nview')
    change(folder, "lineup.toml", '"policy"', '"POLICY"')
    change(folder, "lineup.toml", 'layout = "list"', 'layout = "list"\nscope = "town"\nred = ["去", 900]')
    (folder / "estates.csv").write_text("id,name\n", encoding="utf-8")
    (folder / "profiles").mkdir()
    (folder / "profiles" / "mine.toml").write_text('extends = "wep-hd"\n', encoding="utf-8")
    with pytest.raises(Mistakes) as caught:
        Channel.open(folder)
    told = [(Path(mistake.file).name, mistake.line, mistake.key) for mistake in caught.value.found]
    assert told == [
        ("channel.toml", 2, "distrct"),
        ("channel.toml", 3, "profiles[0]"),
        ("estates.csv", 1, ""),
        ("lineup.toml", 5, "page.100.layout"),
        ("lineup.toml", 9, "page.111.category"),
        ("lineup.toml", 11, "page.111.scope"),
        ("lineup.toml", 12, "page.111.red[1]"),
        ("mine.toml", 1, "extends"),
        ("sources.toml", 4, "source.news.format"),
        ("sources.toml", 5, "source.news.publiser"),
    ]
    for mistake in caught.value.found:
        assert "found" in mistake.sentence and "expected" in mistake.sentence
        assert "str" not in mistake.sentence.split() and "int" not in mistake.sentence.split()


@pytest.mark.parametrize("url", ["file:a.xml", "file:in/../a.xml", "file:{folder}/a.xml", "file://{folder}/in"])
def test_a_file_inside_the_folder_is_no_mistake(folder: Path, url: str) -> None:
    """Relative or not, there already or not yet."""
    change(folder, "sources.toml", "http://127.0.0.1:8181/news.xml", url.format(folder=folder))
    assert Channel.open(folder).sources["news"].url == url.format(folder=folder)


def test_mistakes_pass_between_processes(folder: Path) -> None:
    """A worker's mistakes arrive whole."""
    change(folder, "lineup.toml", '"list"', '"lists"')
    with pytest.raises(Mistakes) as caught:
        Channel.open(folder)
    arrived = pickle.loads(pickle.dumps(caught.value))
    assert arrived.found == caught.value.found and str(arrived) == str(caught.value)


@pytest.mark.parametrize(
    ("text", "key", "line"),
    [
        ("a = 1\n[t]\nb = 2\n", "t.b", 3),
        ('a = """\n[t]\nb = 1\n"""\n[t]\nb = 2\n', "t.b", 6),
        ("a = [\n  1, # ]\n  '['\n]\nb = 1\n", "b", 5),
        ('[t]\n"b c" = 1\n', "t.b c", 2),
        ("[[t.u]]\na = 1\n", "t.u", 1),
        ("[a]\nx = 1\n[t.u.v]\na = 1\n", "t.u.missing", 3),
        ("[[t]]\na = 1\n[[t]]\na = 2\n", "t[1].a", 4),
        ("[t]\na = { b = { c = 1 } }\n", "t.a.b.c", 2),
        ("[t]\na = [{ x = 1 }, { x = 2 }]\n", "t.a[1].x", 2),
        ("[t]\na = 1\n", "t.missing", 1),
        ("a = 1\r\n[t]\r\nb.c = 2\r\n", "t.b.c", 3),
        ("a = 1\n", "missing", 0),
        ("a = 1\n", "t.../x.b", 0),
        ('[t."../x"]\na = 1\n', "t.../x.b", 1),
    ],
)
def test_the_line_of_a_key_is_found(tmp_path: Path, text: str, key: str, line: int) -> None:
    """Strings, arrays and comments over several lines do not lead it astray; what has no line has its table's."""
    path = tmp_path / "some.toml"
    path.write_bytes(text.encode())
    notes = Notes(path)
    notes.add(key, "found nothing")
    assert notes.found[0].line == line


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
