"""Every word that a person reads stands in a catalogue: none is left in code, none is without translation."""

from __future__ import annotations

import ast
import re
from datetime import UTC, date, datetime
from pathlib import Path

import msgspec
import pytest

from channel.folder import Channel
from channel.words import N_, Say, languages, load_catalogue
from channel.words.catalogue import read_catalogue
from feeds.base.errors import Mistakes, NotFound
from scripts import words

ROOT = Path(__file__).parents[1]
_HAN = re.compile(r"[\u4e00-\u9fff]")
DATA = {
    "channel/views/_lunar.py": "the lunar calendar is of one language",
    "channel/screen/breaking.py": "units that a line never leaves",
    "channel/views/_warnings.py": "how steps are numbered in feeds",
    "channel/views/alerts.py": "how warnings are coloured in feeds",
    "channel/views/_air.py": "the name of the index in feeds",
    "feeds/formats/_written.py": "dates and times as people write them",
    "feeds/formats/_money.py": "sums and measures as people write them",
    "feeds/formats/_degrees.py": "coordinates as people write them",
    "feeds/formats/_cells.py": "yes and no, and what stands between Han",
    "feeds/formats/_columns.py": "heads of columns",
    "feeds/formats/_xlsx.py": "formats of dates",
    "feeds/formats/_ical_zones.py": "names of zones",
    "feeds/formats/rss.py": "where a sentence ends",
    "feeds/formats/cap.py": "what feeds call a warning",
}
"""Tables of a language, and what reads words of feeds."""


def _literals(path: Path) -> list[str]:
    tree = ast.parse(path.read_text("utf-8"))
    texts = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    texts |= {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    found = (n for n in ast.walk(tree) if isinstance(n, ast.Constant) and isinstance(n.value, str))
    return [node.value for node in found if id(node) not in texts and _HAN.search(node.value)]


def test_no_word_that_is_read_is_left_in_code() -> None:
    """String literals, docstrings apart; what reads Chinese, and the moon's days, are named above."""
    found = {}
    for path in sorted(path for room in ("channel", "feeds", "broadcaster") for path in (ROOT / room).rglob("*.py")):
        name = path.relative_to(ROOT).as_posix()
        if name not in DATA and _literals(path):
            found[name] = _literals(path)
    assert found == {}


def test_no_word_is_left_in_templates_and_scripts() -> None:
    """Comments apart."""
    found = []
    for path in sorted(path for room in ("layouts", "broadcaster") for path in (ROOT / room).rglob("*")):
        if path.suffix in (".xml", ".html", ".js"):
            text = re.sub(r"\{#.*?#\}|^\s*//[^\n]*", "", path.read_text("utf-8"), flags=re.DOTALL | re.MULTILINE)
            found += [f"{path.name}: {line}" for line in text.splitlines() if _HAN.search(line)]
    assert found == []


@pytest.mark.parametrize("language", languages())
def test_a_catalogue_has_the_messages_that_there_are(language: str) -> None:
    """No more, no fewer: ``python scripts/words.py`` writes them."""
    path = ROOT / "channel" / "words" / f"{language}.po"
    text = words.updated(path, words.extracted())
    assert text == path.read_bytes(), "run python scripts/words.py"
    assert language == "en" or words.untranslated(text, language) == []


def test_a_message_is_said_in_its_language() -> None:
    """Plural forms, contexts, dates and lists are the language's; what English says needs no catalogue."""
    chinese, english = Say("zh_Hans", "Asia/Shanghai"), Say("en", "Europe/Dublin")
    day = date(2026, 11, 24)
    assert (chinese.dated(day, "EEE d MMM"), english.dated(day, "EEE d MMM")) == ("11月24日 周二", "Tue 24 Nov")
    assert (chinese.joined("ab"), english.joined("ab")) == ("a、b", "a, b")
    one, many = "{n} waits", "{n} wait"
    assert [english.plural(one, many, n) for n in (0, 1, 2)] == ["0 wait", "1 waits", "2 wait"]
    assert [chinese.plural(one, many, n) for n in (1, 2)] == ["等 1 人", "等 2 人"]
    assert type(english("nobody says this")) is str


def test_the_clock_is_the_channels() -> None:
    """Summer time included: a day is as long as it is there."""
    say = Say("en", "Europe/Dublin")
    assert say.clock(datetime(2026, 7, 1, 11, 5, tzinfo=UTC)) == "12:05"
    assert say.clock(datetime(2026, 12, 1, 11, 5, tzinfo=UTC)) == "11:05"
    spring, autumn = date(2026, 3, 29), date(2026, 10, 25)
    assert [(say.end_of(day) - say.begin_of(day)).total_seconds() / 3600 for day in (spring, autumn)] == [23, 25]


def test_an_option_that_a_page_does_not_choose_is_said() -> None:
    """What it chooses stands as it is, whatever a catalogue makes of it."""

    class Options(msgspec.Struct, frozen=True):
        empty: str = N_("Home")
        heads: tuple[str, ...] = (N_("Date"), "x")
        kind: str = "Home"

    said = Say("zh_Hans").options(Options())
    assert said == Options(empty="首页", heads=("日期", "x"), kind="Home")
    assert Say("zh_Hans").options(Options(empty="Home")).empty == "Home"


def test_a_language_without_catalogue_is_named() -> None:
    with pytest.raises(NotFound, match=r"xx.*expected one of.*zh_Hans"):
        load_catalogue("xx")


@pytest.mark.parametrize(
    ("said", "reason"),
    [("bis {zeit}", "expected these placeholders: time"), ("bis", "expected"), ("bis {time", "expected '}'")],
)
def test_a_translation_with_another_hole_is_refused(tmp_path: Path, said: str, reason: str) -> None:
    """By file and line, before a page has to say it."""
    path = tmp_path / "de.po"
    path.write_text(f'msgid ""\nmsgstr ""\n"Language: de\\n"\n\nmsgid "until {{time}}"\nmsgstr "{said}"\n', "utf-8")
    with pytest.raises(Mistakes) as caught:
        read_catalogue(path)
    assert caught.value.found[0].file == str(path) and caught.value.found[0].line == 5
    assert reason in caught.value.found[0].sentence


@pytest.mark.parametrize(
    ("line", "sentence"),
    [('language = "zh_Hant_XX"', "zh_Hans"), ('timezone = "Asia/Shanghia"', "Asia/Shanghai")],
)
def test_an_unknown_language_or_zone_is_named_with_its_line(channel_dir: Path, line: str, sentence: str) -> None:
    path = channel_dir / "channel.toml"
    path.write_text(f"{line}\n{path.read_text('utf-8')}", "utf-8")
    with pytest.raises(Mistakes) as caught:
        Channel.open(channel_dir)
    assert [m.key for m in caught.value.found] == [line.split()[0]]
    assert sentence in str(caught.value.found[0])


def test_what_a_catalogue_lacks_is_said_as_english_says_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In its short forms, for a whole message has no room where they stand, and by the rule of English plurals."""
    head = 'msgid ""\nmsgstr ""\n"Language: pl\\n"\n"Plural-Forms: nplurals=3; plural=2;\\n"\n\n'
    (tmp_path / "pl.po").write_text(head + 'msgid "Back"\nmsgstr "Wstecz"\n', "utf-8")
    polish, english = read_catalogue(tmp_path / "pl.po"), load_catalogue("en")
    monkeypatch.setattr("channel.words.say.load_catalogue", {"pl": polish, "en": english}.__getitem__)
    say = Say("pl", "Europe/Warsaw")
    assert (say("Back"), say("Television"), say.dated(date(2026, 12, 1), "EEE d MMM")) == ("Wstecz", "TV", "wt. 1 gru")
    assert [say.plural("{n} day", "{n} days", n) for n in (1, 2)] == ["1 day", "2 days"]
