"""Letters that are none, in what people declare, translate and send: named where a person can mend them, left out on
the screens, and never a page off air."""

from __future__ import annotations

from pathlib import Path

import pytest

from broadcaster.cli import main
from channel.screen.compose import compose
from channel.screen.geometry import load_geometry
from channel.words.catalogue import read_catalogue
from feeds.base.errors import Mistakes
from tests.screens import head

HEAD = (
    'msgid ""\nmsgstr "Content-Type: text/plain; charset={charset}\\n"\n'
    '"Plural-Forms: nplurals=2; plural={plural};\\n"\n\n'
)


@pytest.mark.parametrize(
    ("file", "old", "new", "key"),
    [
        ("channel.toml", 'district = "闵行区"', 'district = "闵\\u0007行区"', "district"),
        ("channel.toml", 'title = "闵行生活"', 'title = "\\u202e闵行"', "title"),
        ("lineup.toml", 'title = "区政府新闻"', 'title = "新\\u001b闻"', "page.111.title"),
        ("lineup.toml", 'title = "区政府新闻"', 'title = "新\\n闻"', "page.111.title"),
        ("lineup.toml", 'title = "区政府新闻"', 'title = "   "', "page.111.title"),
    ],
)
def test_a_letter_that_is_none_is_named_by_file_and_key(
    channel_dir: Path, capsys: pytest.CaptureFixture[str], file: str, old: str, new: str, key: str
) -> None:
    text = (channel_dir / file).read_text("utf-8")
    assert old in text
    (channel_dir / file).write_text(text.replace(old, new, 1), "utf-8")
    assert main(["--channel", str(channel_dir), "releases"]) == 2
    told = capsys.readouterr().err
    assert f"{file}:" in told and f"{key}: found" in told


def test_what_no_font_has_is_left_out_and_found() -> None:
    """Control letters too: markup that breaks would take the plain screen along."""
    shape = load_geometry("hd")
    markup = f'<screen fill="ground"><text x="0" y="0" w="900" h="60">{head().title} \u0007مرحبا 🚢 ok</text></screen>'
    (screen,) = compose(markup, shape, page="100", title="x")
    assert [piece.text for piece in screen.pieces if hasattr(piece, "text")] == ["附近医院   ok"]
    assert any("U+0007" in flaw.sentence and "left out" in flaw.sentence for flaw in screen.flaws)


@pytest.mark.parametrize(
    ("charset", "plural", "message", "translation", "said"),
    [
        ("klingon", "(n != 1)", "a", "b", "no gettext catalogue"),
        ("utf-8", "__import__(1)", "a", "b", "plural="),
        ("utf-8", "(n != 1)", "as of {time}", "stand {time!z}", "expected these placeholders: time"),
        ("utf-8", "(n != 1)", "as of {time}", "stand {time:>99999}", "expected these placeholders: time"),
        ("utf-8", "(n != 1)", "as of {time}", "stand {time:{x}}", "expected these placeholders: time"),
        ("utf-8", "(n != 1)", "EEE d MMM", "zzzzzzqqqq'", "date pattern"),
    ],
)  # fmt: skip
def test_a_catalogue_that_cannot_be_said_is_refused(
    tmp_path: Path, charset: str, plural: str, message: str, translation: str, said: str
) -> None:
    path = tmp_path / "de.po"
    text = HEAD.format(charset=charset, plural=plural) + f'msgid "{message}"\nmsgstr "{translation}"\n'
    path.write_text(text, "utf-8")
    with pytest.raises(Mistakes) as caught:
        read_catalogue(path)
    assert any(said in str(mistake) and "de.po" in str(mistake) for mistake in caught.value.found)
