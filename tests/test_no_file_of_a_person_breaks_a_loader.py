"""Whatever a person makes of a channel's files, they load or every mistake is named: nothing else is ever raised."""

from __future__ import annotations

import random
import shutil
from pathlib import Path

import pytest
from conftest import EXAMPLE

from channel import views
from channel.folder import Channel
from channel.reach import note_doubts
from feeds.base.errors import Mistakes
from feeds.base.toml import Notes

BOX = """
extends = "coship-hd"
title = "A box of ours"
fallback = "bitmap-hd"
match = [{ ua_contains = ["OurBox"] }]
large = ""
[keys]
back = [4711]
"""
VALUES = (
    "3", "-1", '""', "[]", "{}", "true", "1.5", '"x"', '[1, "a"]', "{ a = 1 }", "[[1]]", "[{ a = 1 }]", "2026-01-01",
    '"' + "长" * 50 + '"', "inf", "nan", "99999999999999999999", "{ a = { b = [1] } }",
)  # fmt: skip


def spoilt(text: str, chance: random.Random) -> str:
    """The text with a few slips: another value, a line gone, doubled, cut off, a table made a list of tables."""
    lines = text.split("\n")
    for _ in range(chance.choice((1, 1, 3, 10))):
        number = chance.randrange(len(lines))
        line, kind = lines[number], chance.random()
        if kind < 0.6 and "=" in line:
            lines[number] = f"{line.split('=')[0]}= {chance.choice(VALUES)}"
        elif kind < 0.7:
            lines[number] = ""
        elif kind < 0.8:
            lines.insert(number, chance.choice(lines))
        elif kind < 0.9 and line.startswith("[") and not line.startswith("[["):
            lines[number] = f"[{line}]"
        else:
            lines[number] = line[: chance.randrange(len(line) + 1)]
    return "\n".join(lines)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["channel.toml", "sources.toml", "lineup.toml", "profiles/box.toml", "estates.csv"])
def test_slips_of_the_pen_are_mistakes_and_no_faults(tmp_path: Path, name: str) -> None:
    """Two dozen spoilt copies of each file: each loads, or every mistake has its file and a sentence."""
    for one in ("channel.toml", "sources.toml", "lineup.toml"):
        shutil.copy(EXAMPLE / one, tmp_path)
    rows = (EXAMPLE / "estates.csv").read_text(encoding="utf-8").splitlines()
    (tmp_path / "estates.csv").write_text("\n".join(rows[:9]), encoding="utf-8")
    (tmp_path / "profiles").mkdir()
    (tmp_path / "profiles" / "box.toml").write_text(BOX, encoding="utf-8")
    path, chance, named = tmp_path / name, random.Random(name), 0
    text = path.read_text(encoding="utf-8")
    Channel.open(tmp_path, further=views.note_mistakes)
    for _ in range(25):
        path.write_text(spoilt(text, chance), encoding="utf-8")
        try:
            channel = Channel.open(tmp_path, further=views.note_mistakes)
            note_doubts(channel.lineup, Notes(path))
        except Mistakes as error:
            named += 1
            for mistake in error.found:
                assert Path(mistake.file).is_relative_to(tmp_path) and mistake.sentence
                assert str(mistake).startswith(mistake.file)
    assert named > 5 or name == "estates.csv"


def test_a_byte_order_mark_is_no_mistake(tmp_path: Path) -> None:
    """As an editor on Windows leaves it."""
    for one in ("channel.toml", "sources.toml", "lineup.toml", "estates.csv"):
        (tmp_path / one).write_bytes(b"\xef\xbb\xbf" + (EXAMPLE / one).read_bytes())
    assert "100" in Channel.open(tmp_path).lineup.pages
