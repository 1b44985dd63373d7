"""What columns are called and what makes a kind stands in a checked file; a channel may add words of its own."""

from __future__ import annotations

from pathlib import Path

import pytest
from feeding import NOW

from feeds.base.clock import SetClock
from feeds.base.errors import PersonError
from feeds.formats._vocabulary import FILE, built_in, words_for
from feeds.guess import trial


def test_our_own_words_are_sound() -> None:
    """Every word stands under a field that exists, and in small letters, or it would never match."""
    words = built_in()
    assert FILE.is_file() and words.kind
    assert all(word == word.lower() for names in words.columns.values() for word in names)


def test_a_channel_adds_words_of_its_own(tmp_path: Path) -> None:
    """Beside its other files, and they count before ours."""
    (tmp_path / "given.csv").write_text("铺子,门牌\n甲,路1号\n乙,路2号\n", encoding="utf-8")
    assert not trial("file:given.csv", tmp_path, SetClock(NOW)).ok
    (tmp_path / "columns.toml").write_text('[columns]\nname = ["铺子"]\naddress = ["门牌"]\n', encoding="utf-8")
    done = trial("file:given.csv", tmp_path, SetClock(NOW))
    assert done.source is not None
    assert (done.ok, done.source.record, done.source.fields) == (True, "place", {"name": "铺子", "address": "门牌"})


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('[columns]\nnmae = ["x"]\n', ("columns.nmae", "did you mean `name`")),
        ('[columns]\nname = "x"\n', ("columns", "list")),
        ('[[kind]]\nrecord = "places"\nneeds = ["name"]\n', ("kind.record", "place")),
        ('[[kind]]\nrecord = "place"\nneeds = ["nam"]\n', ("kind place", "did you mean `name`")),
        ('[[kind]]\nrecord = "place"\nneed = ["name"]\n', ("need", "needs")),
    ],
)
def test_a_mistake_in_the_words_is_named(tmp_path: Path, text: str, words: tuple[str, ...]) -> None:
    """File, key, what was found, and the nearest name; a trial says it too."""
    (tmp_path / "columns.toml").write_text(text, encoding="utf-8")
    with pytest.raises(PersonError) as caught:
        words_for(tmp_path)
    assert all(word in str(caught.value) for word in ("columns.toml", *words))
    (tmp_path / "given.csv").write_text("name,phone\na,1234\n", encoding="utf-8")
    assert trial("file:given.csv", tmp_path, SetClock(NOW)).error == str(caught.value)
