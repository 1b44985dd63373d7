"""``channel check`` names all that is wrong in one run, and what repeats in one line; ``run`` and ``work`` do too."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from running import make_small

from broadcaster.cli import main
from broadcaster.tools.checking import Problem, doubts, grouped
from channel.settings import Channel


def change(path: Path, old: str, new: str) -> None:
    """Replace the first ``old`` in a file that holds it."""
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


@pytest.fixture
def wrong(channel_dir: Path) -> Path:
    """The example with five slips of the pen in three files."""
    change(channel_dir / "channel.toml", 'theme = "', 'theme = "x')
    change(channel_dir / "sources.toml", 'format = "rss"', 'format = "rsss"')
    change(channel_dir / "lineup.toml", 'layout = "index"', 'layout = "indx"')
    change(channel_dir / "lineup.toml", 'green = ["找小区", "109"]', 'green = ["找小区", "1o9"]')
    change(channel_dir / "lineup.toml", "bring_title =", "bring_titel =")
    return channel_dir


def test_five_mistakes_are_one_run(wrong: Path, state: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """By file and line, each with its key; the exit code is that of a person's file."""
    common = ["--channel", str(wrong), "--state", str(state)]
    assert main([*common, "check"]) == 2
    told = capsys.readouterr().out.splitlines()
    keys = ["theme", "page.102.layout", "page.102.green", "page.103.options.bring_titel", "source."]
    assert len(told) == len(keys) + 1
    for line, name, key in zip(told, ["channel.toml:", *["lineup.toml:"] * 3, "sources.toml:"], keys, strict=False):
        assert line.startswith(f"problem: {name}") and key in line
        assert "found" in line and "expected" in line
    lines = [int(line.split(":")[2]) for line in told[1:4]]
    assert lines == sorted(lines)
    assert main([*common, "check", "--json"]) == 2
    problems = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [problem["code"] for problem in problems] == [2] * 5
    assert problems[1]["where"].startswith("lineup.toml:") and "page.102.layout: found" in problems[1]["sentence"]


def test_doubts_are_told_in_the_same_run_as_mistakes(
    wrong: Path, state: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A category that is none beside five slips of the pen: nobody has to mend those first to hear of it."""
    head, table, rest = (wrong / "lineup.toml").read_text(encoding="utf-8").partition("[page.563]")
    (wrong / "lineup.toml").write_text(head + table + rest.replace('"police"', '"polise"', 1), encoding="utf-8")
    assert main(["--channel", str(wrong), "--state", str(state), "check"]) == 2
    told = capsys.readouterr().out.splitlines()
    assert len([line for line in told if line.startswith("problem: ")]) == 6
    assert any("category: found 'polise'" in line and "did you mean `police`?" in line for line in told)


@pytest.mark.parametrize("command", ["run", "work", "build", "serve"])
def test_no_command_begins_with_them_and_each_names_them_all(
    wrong: Path, state: Path, capsys: pytest.CaptureFixture[str], command: str
) -> None:
    """One line a mistake on stderr."""
    assert main(["--channel", str(wrong), "--state", str(state), command]) == 2
    told = [line for line in capsys.readouterr().err.splitlines() if line.startswith("channel: ")]
    assert len(told) == 5 and not any(state.iterdir())


def test_what_is_hardly_meant_is_a_problem_and_keeps_no_channel_off_air(
    channel_dir: Path, state: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A category that has no menu, a page that nothing leads to, a template and a theme that no page could use."""
    change(channel_dir / "lineup.toml", 'category = "police"\nicon', 'category = "polise"\nicon')
    change(channel_dir / "lineup.toml", 'red = ["应急发布", "900"]', "")
    change(channel_dir / "channel.toml", "title =", 'layouts = "mine"\ntitle =')
    (channel_dir / "mine" / "themes").mkdir(parents=True)
    (channel_dir / "mine" / "poster.xml").write_text("<screen>\n{% if %}</screen>", encoding="utf-8")
    (channel_dir / "mine" / "themes" / "dusk.toml").write_text('title = "Dusk"\nnaem = 1\n', encoding="utf-8")
    channel = Channel.open(channel_dir)
    told = sorted((Path(doubt.file).name, doubt.key) for doubt in doubts(channel))
    assert ("poster.xml", "") in told and ("dusk.toml", "naem") in told
    assert next(key for name, key in told if name == "lineup.toml").endswith("category")
    main(["--channel", str(channel_dir), "--state", str(state), "check", "--json"])
    problems = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert {p["where"].split(":")[0] for p in problems if p["code"] == 2} == {"lineup.toml", "poster.xml", "dusk.toml"}
    assert any(p["where"] == "poster.xml:2" for p in problems)


def test_what_repeats_is_said_once() -> None:
    """How many places, and the first of them; what stands in one place alone is said with it."""
    glyph = "the font has no glyph for U+35CE"
    problems = [
        Problem(kind="line", name="estates.csv:7", at="mh0007", sentence="no usable coordinates"),
        *(Problem(kind="page", name=f"{n}", at=f"screen {s}", sentence=glyph) for n in range(201, 379) for s in (1, 2)),
        Problem(kind="page", name="201", at="screen 1 医院", sentence="leaves the safe area", code=4),
    ]
    assert [group.text for group in grouped(problems)] == [
        "estates.csv:7: mh0007: no usable coordinates",
        f"{glyph}: 178 pages, e.g. 201, 202, 203",
        "page 201: screen 1 医院: leaves the safe area",
    ]


@pytest.mark.slow
def test_a_letter_that_is_missing_everywhere_is_one_line(
    channel_dir: Path, state: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A district whose name has a sign that no font knows: it stands in the head of every page."""
    make_small(channel_dir)
    change(channel_dir / "channel.toml", 'district = "', 'district = "\U0002a6b2')
    main(["--channel", str(channel_dir), "--state", str(state), "check", "--render"])
    told = [line for line in capsys.readouterr().out.splitlines() if "U+2A6B2" in line]
    assert len(told) == 1 and " pages, e.g. 10" in told[0]
