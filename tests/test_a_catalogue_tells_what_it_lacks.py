"""A catalogue that is partial, empty, or lacks forms of a plural is named with what is missing: nothing falls to
English in silence."""

from __future__ import annotations

from pathlib import Path

import pytest

from broadcaster.cli import main
from channel.words import Say, gaps, languages

HEAD = 'msgid ""\nmsgstr ""\n"Language: {language}\\n"\n"Plural-Forms: nplurals={n}; plural={plural};\\n"\n\n'
THREE = "(n%10==1 && n%100!=11 ? 0 : n%10>=2 && n%10<=4 && (n%100<10 || n%100>=20) ? 1 : 2)"
BACK = 'msgid "Back"\nmsgstr "{back}"\n\n'
DAYS = 'msgid "{{n}} day"\nmsgid_plural "{{n}} days"\nmsgstr[0] "{one}"\nmsgstr[1] "{few}"\nmsgstr[2] "{many}"\n\n'
ONES = {"one": "{n} день", "few": "{n} дні", "many": "{n} днів"}


@pytest.fixture
def words(tmp_path: Path) -> Path:
    """A folder of catalogues, with an English one of two messages."""
    text = HEAD.format(language="en", n=2, plural="(n != 1)") + BACK.format(back="")
    text += 'msgid "{n} day"\nmsgid_plural "{n} days"\nmsgstr[0] ""\nmsgstr[1] ""\n'
    (tmp_path / "en.po").write_text(text, "utf-8")
    return tmp_path


def _ukrainian(words: Path, back: str = "Назад", **days: str) -> list[str]:
    text = HEAD.format(language="uk", n=3, plural=THREE) + BACK.format(back=back)
    if days:
        text += DAYS.format(**days)
    (words / "uk.po").write_text(text, "utf-8")
    return [gap.sentence for gap in gaps("uk", words)]


@pytest.mark.parametrize("language", languages())
def test_ours_lack_nothing(language: str) -> None:
    assert [gap.sentence for gap in gaps(language)] == []


def test_a_whole_catalogue_lacks_nothing(words: Path) -> None:
    assert _ukrainian(words, **ONES) == []


def test_one_missing_form_is_named(words: Path) -> None:
    """By its message, with how many of the language's forms are there."""
    for form in ONES:
        found = _ukrainian(words, **{**ONES, form: ""})
        assert found == ["'{n} days' has 2 of 3 plural forms and is shown in English"]


def test_a_partial_and_an_empty_catalogue_are_named(words: Path) -> None:
    """With how much is missing, and what."""
    assert _ukrainian(words) == ["1 of 2 messages are not translated and shown in English, e.g. '{n} day'"]
    nothing = dict.fromkeys(ONES, "")
    assert _ukrainian(words, back="", **nothing) == [
        "none of its 2 messages is translated: all are shown in English"
    ]


def test_a_head_that_promises_too_few_forms_is_named(words: Path) -> None:
    """Ukrainian has more than one form for many things."""
    days = 'msgid "{n} day"\nmsgid_plural "{n} days"\nmsgstr[0] "{n} день"\nmsgstr[1] "{n} днів"\n'
    text = HEAD.format(language="uk", n=2, plural="(n != 1)") + BACK.format(back="Назад") + days
    (words / "uk.po").write_text(text, "utf-8")
    assert [gap.sentence for gap in gaps("uk", words)] == ["Plural-Forms promises 2 forms, the language has 3"]


def test_check_names_them_in_the_channels_language(
    words: Path, channel_dir: Path, state: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """As notes: a channel runs with an unfinished catalogue."""
    _ukrainian(words, **{**ONES, "many": ""})
    monkeypatch.setattr("broadcaster.tools.checking.gaps", lambda language: gaps("uk", words))
    assert main(["--channel", str(channel_dir), "--state", str(state), "check"]) == 0
    say, out = Say("zh_Hans"), capsys.readouterr().out
    sentence = gaps("uk", words)[0].said(say)
    assert say("note: {text}", text=f"{say('words of {name}', name='zh_Hans')}: {sentence}") in out
