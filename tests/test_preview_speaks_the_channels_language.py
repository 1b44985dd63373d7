"""The preview and the key test speak the channel's language, on its clock: nothing in them is of another."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import browser as tool
import msgspec
import pytest
from flask import Flask
from flask.testing import FlaskClient
from harbour import HARBOUR
from preview_site import READY, STAMP, TOKEN, WHERE, application, editor, example, served

from broadcaster.origin import keytest, short
from broadcaster.preview import words
from broadcaster.preview.studio import Studio
from channel.folder import Channel
from channel.words import Say, languages

PREVIEW = Path(__file__).parents[1] / "broadcaster" / "preview"
HAN = re.compile(r"[\u3001-\u9fff\uff00-\uffef]")
SEEN = "document.documentElement.innerText"


@pytest.fixture(scope="module")
def channel(tmp_path_factory: pytest.TempPathFactory) -> Channel:
    """An English channel on the clock of Dublin."""
    return example(HARBOUR, tmp_path_factory.mktemp("english"))


@pytest.fixture(scope="module")
def client(channel: Channel) -> FlaskClient:
    return editor(application(channel))


def _handed(page: str) -> dict[str, str]:
    """The words that the page hands to its scripts."""
    found = re.search(r'data-words="([^"]*)"', page)
    assert found
    handed: dict[str, str] = json.loads(html.unescape(found[1]))
    return handed


def test_the_page_and_the_words_of_its_scripts_are_english(client: FlaskClient) -> None:
    """Its labels, its themes, its severities and what the scripts say; the language is named."""
    page = client.get("/preview/").get_data(as_text=True)
    assert not HAN.search(page)
    assert '<html lang="en">' in page and ">Night<" in page and ">Severe<" in page
    assert all(message == said for message, said in _handed(page).items())


@pytest.mark.parametrize("language", languages())
def test_scripts_say_what_the_page_hands_over_and_no_more(language: str) -> None:
    """A message that a script says by another name would stand in English."""
    scripts = "".join(path.read_text("utf-8") for path in sorted(PREVIEW.glob("*.js")))
    said = re.findall(r"""\bsay\("([^"]+)\"""", scripts)
    handed = json.loads(words.for_scripts(Say(language)))
    assert set(said) == set(handed) == set(words.SAID)
    # A method of the same name aside, nothing is said but by its message as it stands.
    assert not re.search(r"(?<![.\w])say\((?![\"])(?!message, given = |text\) \{)", scripts)


@pytest.mark.parametrize(
    "path",
    [
        "pages",
        "estates?q=",
        "estates?q=whole district",
        "facts/{}/web-hd/pm01/100",
        "facts/{}/web-hd/district/201",
        "facts/{}/web-hd/pm01/501",
        "facts/{}~~severe/web-hd/pm01/900",
        "at/{}/web-hd/pm01/100.html",
        "at/{}~~severe/web-hd/pm01/900.html",
        "at/{}~~extreme/web-hd/pm01/i/900.rehearsal.html",
        "at/{}~~minor/web-hd/pm01/alert.json",
    ],
)
def test_what_is_answered_is_english(client: FlaskClient, path: str) -> None:
    """Of a page: its facts, itself, and a warning that is rehearsed on it."""
    answer = client.get(f"/preview/{path.format(STAMP)}")
    text = json.dumps(answer.get_json(), ensure_ascii=False) if answer.is_json else answer.get_data(as_text=True)
    # Styles name fonts of boxes.
    assert answer.status_code == 200 and not HAN.search(re.sub(r"(?s)<style.*?</style>", "", text))


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("at/{}/web-hd/pm01/999.html", "There is no such page."),
        ("at/{}/web-hd/pm99/100.html", "There is no such estate."),
        ("at/{}/nothing/pm01/100.html", "There is no such box, or the channel does not serve it."),
        ("at/someday/web-hd/pm01/100.html", "There is no such moment."),
        ("at/{}~noon/web-hd/pm01/100.html", "There is no such theme."),
        ("static/nothing", "There is no such address."),
    ],
)
def test_trouble_is_told_in_english(client: FlaskClient, path: str, words: str) -> None:
    """A line for the editor, then what was asked for and what to choose in its place."""
    answer = client.get(f"/preview/{path.format(STAMP)}")
    text = answer.get_data(as_text=True)
    assert (answer.status_code, text.split("\n")[0]) == (404, words) and not HAN.search(text)


def test_who_may_not_look_is_told_in_english(channel: Channel, client: FlaskClient) -> None:
    for one, asked in ((application(channel).test_client(), {}), (client, {"Host": "rebound.example"})):
        answer = one.get("/preview/", headers=asked)
        assert answer.status_code == 403 and not HAN.search(answer.get_data(as_text=True))


def test_a_verdict_is_a_sentence_of_the_language(client: FlaskClient) -> None:
    """With the number of what was found, and whose data are old."""
    told = client.get(f"/preview/facts/{STAMP}/web-hd/pm01/201").get_json()
    assert told["verdict"].startswith("May go on air") and re.fullmatch(r"every \d+ \w+", told["sources"][0]["every"])
    later = client.get("/preview/facts/20270124T081200/web-hd/pm01/201").get_json()
    assert later["level"] == "warning"
    assert re.search(r", the data of .+ (are out of date|have expired)", later["verdict"])
    assert later["sources"][0]["age"].endswith(" days ago")


def test_moments_are_on_the_channels_clock(channel: Channel, client: FlaskClient) -> None:
    """In Dublin's summer noon is eleven in UTC, whatever clock the process is on."""
    assert Studio(channel).look("20260701T120000").moment == datetime(2026, 7, 1, 11, tzinfo=UTC)
    page = client.get("/preview/").get_data(as_text=True)
    assert 'data-zone="Europe/Dublin"' in page and 'data-now="2026-11-24T00:12"' in page


def test_a_theme_of_the_channels_own_goes_by_its_title(channel: Channel, tmp_path: Path) -> None:
    """Also one that takes the place of ours."""
    (tmp_path / "themes").mkdir()
    ours = Path(__file__).parents[1] / "layouts" / "themes" / "day.toml"
    text = re.sub(r"(?m)^title = .*$", 'title = "Broad daylight"', ours.read_text("utf-8"))
    (tmp_path / "themes" / "day.toml").write_text(text, "utf-8")
    settings = msgspec.structs.replace(channel.settings, layouts=str(tmp_path))
    themes = Studio(replace(channel, settings=settings)).themes
    assert (themes["night"], themes["day"]) == ("Night", "Broad daylight")


@pytest.mark.parametrize(("language", "title"), [("en", "Key test"), ("zh_Hans", "按键测试"), ("zh_Hant", "按鍵測試")])
def test_the_key_test_speaks_the_channels_language(monkeypatch: pytest.MonkeyPatch, language: str, title: str) -> None:
    """What a remote sent stands there as it came, as text."""
    monkeypatch.setattr(short, "_say", short.voice())
    short.speak(Say(language))
    app = Flask("keytest-of-the-tests", static_folder=None)
    app.register_blueprint(keytest.blueprint)
    client = app.test_client()
    assert client.post("/keytest", data="1 keydown <b>").status_code == 204
    page = client.get("/keytest").get_data(as_text=True)
    assert f'<html lang="{Say(language).tag}">' in page and f"<title>{title}</title>" in page
    assert "1 keydown &lt;b&gt;" in page
    assert language != "en" or not HAN.search(page)
    assert "keydown" in client.get("/keytest.js").get_data(as_text=True)


@pytest.fixture(scope="module")
def site(channel: Channel) -> Iterator[str]:
    with served(application(channel)) as url:
        yield f"{url}/preview/"


@pytest.mark.slow
@pytest.mark.skipif(not tool.CHROMIUM, reason="no Chromium")
def test_an_editor_reads_english_in_a_browser(site: str) -> None:
    """The page as its scripts fill it: the verdict, sources, where the television stands, hints and trouble; no word is
    wider than its key."""
    with tool.tab(width=1440, height=900) as page:
        page.call("Emulation.setFocusEmulationEnabled", enabled=True)
        page.goto(f"{site}?token={TOKEN}&page=201&estate=pm01&profile=web-hd&moment=2026-11-24T08:12")
        page.wait("document.querySelector('#verdict').textContent.startsWith('May go on air')")
        page.wait(READY)
        page.press("down")
        page.wait(f"{WHERE}.includes('focus ')")
        assert not HAN.search(page.evaluate(SEEN))
        wide = "[...document.querySelectorAll('#remote button')].filter(b => b.scrollWidth > b.clientWidth)"
        assert page.evaluate(f"{wide}.map(b => b.textContent)") == []
        page.click('#remote [data-key="exit"]')
        page.wait("document.querySelector('#hint').textContent == 'The box goes back to television here'")
        page.click("#now")
        page.wait("/moment=20\\d\\d-\\d\\d-\\d\\dT\\d\\d%3A\\d\\d(&|$)/.test(location.search)")
        page.wait(READY)
        assert page.errors == []
        page.goto(f"{site}?page=998&estate=pm01")
        page.wait("document.querySelector('#trouble').textContent.startsWith('There is no such page.')")
        assert not HAN.search(page.evaluate(SEEN))
