"""``channel check`` names all that is wrong in one run, and what repeats in one line; ``run`` and ``work`` do too."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from build_help import write_channel
from running import make_small

from broadcaster.cli import main
from broadcaster.painters.painter import Studio
from broadcaster.painters.wire import Order
from broadcaster.places import STORE
from broadcaster.tools.checking import doubts
from broadcaster.tools.problems import Problem, grouped
from channel.estates import DISTRICT
from channel.folder import Channel
from channel.release import Store
from channel.words import Say

PROBLEM = Say("zh_Hans")("problem: {text}", text="")
"""How a line of the example begins, in its language."""


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
    change(channel_dir / "lineup.toml", 'green = ["找小区", "109", "小区"]', 'green = ["找小区", "1o9", "小区"]')
    change(channel_dir / "lineup.toml", "bring_title =", "bring_titel =")
    return channel_dir


def test_five_mistakes_are_one_run(wrong: Path, state: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """By file and line, each with its key; the exit code is that of a person's file."""
    common = ["--channel", str(wrong), "--state", str(state)]
    assert main([*common, "check"]) == 2
    told = capsys.readouterr().out.splitlines()
    keys = ["theme", "page.102.layout", "page.102.green", "page.103.options.bring_titel", "source."]
    assert len([line for line in told if line.startswith(PROBLEM)]) == len(keys)
    for line, name, key in zip(told, ["channel.toml:", *["lineup.toml:"] * 3, "sources.toml:"], keys, strict=False):
        assert line.startswith(f"{PROBLEM}{name}") and key in line
        assert "found" in line and "expected" in line
    lines = [int(line.removeprefix(PROBLEM).split(":")[1]) for line in told[1:4]]
    assert lines == sorted(lines)
    assert main([*common, "check", "--json"]) == 2
    problems = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [problem["code"] for problem in problems if problem["code"]] == [2] * 5
    assert problems[1]["where"].startswith("lineup.toml:") and "page.102.layout: found" in problems[1]["sentence"]


def test_doubts_are_told_in_the_same_run_as_mistakes(
    wrong: Path, state: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A category that is none beside five slips of the pen: nobody has to mend those first to hear of it."""
    head, table, rest = (wrong / "lineup.toml").read_text(encoding="utf-8").partition("[page.563]")
    (wrong / "lineup.toml").write_text(head + table + rest.replace('"police"', '"polise"', 1), encoding="utf-8")
    assert main(["--channel", str(wrong), "--state", str(state), "check"]) == 2
    told = capsys.readouterr().out.splitlines()
    assert len([line for line in told if line.startswith(PROBLEM)]) == 6
    assert any("category: found 'polise'" in line and "did you mean `police`?" in line for line in told)


TWICE = [
    # What stands in the way of loading, and what was seen only when that was mended.
    ("channel.toml", 'theme = "night"', 'theme = "nite"\ncolour = 3', ["theme", "colour"]),
    ("channel.toml", '"bitmap-hd"', '"bitmap-hdd"', ["bundle.profiles[1]"]),
    (
        "sources.toml",
        'format = "rss"',
        'format = "rsss"\npubliser = "x"\nheaders = { Authorization = "abc" }',
        [f"source.district-news.{key}" for key in ("format", "publiser", "headers.Authorization")],
    ),
    ("lineup.toml", 'layout = "index"', 'layout = "indx"\ntitel = "x"', ["page.102.layout", "page.102.titel"]),
    ("lineup.toml", '"police"\nicon', '"polise"\nicn = 3\nicon', ["page.560.icn", "page.561.category"]),
    (
        "lineup.toml",
        "[page.101]",
        '[page.988]\ntitle = ""\ncategory = "alerts"\nlayout = "list"\nview = "lates"\n'
        'parent = "100"\noptions = { limt = 3 }\n[page.101]',
        ["page.988", "page.988.title", "page.988.view", "page.988.options.limt"],
    ),
]


def test_one_mistake_hides_no_other_of_its_table(
    channel_dir: Path, state: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Unknown keys, wrong values, unknown names, a credential, an orphan and a doubted category: one run, one list."""
    expected = set()
    for name, old, new, keys in TWICE:
        change(channel_dir / name, old, new)
        expected |= {(name, key) for key in keys}
    with (channel_dir / "estates.csv").open("a", encoding="utf-8") as file:
        file.write("mh0001,重复,莘庄镇,121.38,31.11,1\n")
    assert main(["--channel", str(channel_dir), "--state", str(state), "check", "--json"]) == 2
    told = set()
    for line in capsys.readouterr().out.splitlines():
        problem = json.loads(line)
        for place, key in zip(problem["places"], problem["keys"], strict=False):
            told.add((place.split(":")[0], key))
    assert expected <= told
    assert ("estates.csv", "id") in told


def test_a_file_that_is_no_toml_hides_nothing_of_the_others(
    channel_dir: Path, state: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What depends on it waits, and is named."""
    change(channel_dir / "channel.toml", 'theme = "', "theme = ")
    change(channel_dir / "sources.toml", 'format = "rss"', 'format = "rsss"')
    change(channel_dir / "lineup.toml", 'layout = "index"', "layout = 3")
    assert main(["--channel", str(channel_dir), "--state", str(state), "check"]) == 2
    out = capsys.readouterr().out
    assert "channel.toml:7: not valid TOML" in out and "found 'rsss'" in out and "page.102.layout: found 3" in out
    # In English, for nobody knows the channel's language.
    waiting = [line for line in out.splitlines() if line.startswith("not looked at: ")]
    assert len(waiting) == 4
    assert any("page.102.layout" in line for line in waiting) and "pages themselves" in waiting[-1]


def test_a_link_that_leads_outside_is_a_problem_and_keeps_no_channel_off_air(
    channel_dir: Path, state: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What is refused when it is gathered is told before; the other sources go on."""
    change(channel_dir / "sources.toml", 'url = "http://127.0.0.1:8181/', 'url = "file:records/')
    assert (channel_dir / "records").is_symlink()
    assert main(["--channel", str(channel_dir), "--state", str(state), "check"]) == 2
    told = [line for line in capsys.readouterr().out.splitlines() if line.startswith(PROBLEM)]
    assert len(told) == 1 and "sources.toml:" in told[0] and "leads outside by a link" in told[0]
    assert Channel.open(channel_dir).sources


def test_rows_of_estates_that_are_hardly_meant_are_problems(
    channel_dir: Path, state: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A doubled id, a latitude that is none, a town with a slip of the pen, a place on another continent."""
    path = channel_dir / "estates.csv"
    rows = [line.split(",") for line in path.read_text(encoding="utf-8").splitlines()]
    rows[3][4] = "abc"
    rows[7][3] = "12.38"
    odd = next(row for row in rows if row[2] == "莘庄镇")
    odd[2] = "莘庄真"
    path.write_text("\n".join(",".join(row) for row in [*rows, rows[5]]) + "\n", encoding="utf-8")
    common = ["--channel", str(channel_dir), "--state", str(state)]
    assert main([*common, "check"]) == 2
    told = [line for line in capsys.readouterr().out.splitlines() if line.startswith(PROBLEM)]
    assert len(told) == 4
    assert any("did you mean `莘庄镇`?" in line and f"estates.csv:{rows.index(odd) + 1}: " in line for line in told)
    assert any("estates.csv:8: " in line and "km from the others" in line for line in told)
    assert any("estates.csv:4: " in line and "no usable coordinates" in line for line in told)
    assert any(f"estates.csv:{len(rows) + 1}: " in line and "a second time" in line for line in told)
    assert len(Channel.open(channel_dir).estates) == len(rows) - 1


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
    change(channel_dir / "lineup.toml", 'red = ["应急发布", "900", "应急"]', "")
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
    assert [group.told(Say("en")) for group in grouped(problems)] == [
        "estates.csv:7: mh0007: no usable coordinates",
        f"{glyph}: 178 pages, e.g. 201, 202, 203",
        "page 201: screen 1 医院: leaves the safe area",
    ]


def test_keys_that_share_a_mistake_are_named() -> None:
    """A folded line says which page and which key."""
    problems = [
        Problem(kind="line", name=f"lineup.toml:{n}", at=f"page.{n}.icon", sentence="found 'hose'") for n in (201, 202)
    ]
    text = "found 'hose': 2 lines, e.g. lineup.toml:201 page.201.icon, lineup.toml:202 page.202.icon"
    assert [group.told(Say("en")) for group in grouped(problems)] == [text]


@pytest.mark.slow
def test_what_painters_found_is_told_and_everything_when_asked(
    tmp_path: Path, state: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A sign that no font knows is found when somebody looks at a page, and of all that is on air by ``--all``; what is
    said no more is told no more."""
    write_channel(tmp_path / "c", estates=2, profiles=("web-hd",))
    change(tmp_path / "c" / "channel.toml", 'district = "', 'district = "\U0002a6b2')
    common = ["--channel", str(tmp_path / "c"), "--state", str(state)]

    def told(*options: str) -> set[str]:
        capsys.readouterr()
        main([*common, "check", "--json", *options])
        problems = map(json.loads, capsys.readouterr().out.splitlines())
        found = {place for problem in problems if "U+2A6B2" in problem["sentence"] for place in problem["places"]}
        assert {place.partition(":")[0] for place in found if not place.isdigit()} <= {"channel.toml"}
        return {place for place in found if place.isdigit()}

    assert main([*common, "check", "--all"]) == 2
    assert "channel build" in capsys.readouterr().err
    assert main([*common, "build"]) == 0
    assert told() == set()
    (state / "painter").mkdir()
    order = Order(bytes(16), Store.open(state / STORE).current_id(), "web-hd", DISTRICT, "111.html")
    assert Studio(state, state / "painter").do(order).status == "painted"
    assert told() == {"111"}
    assert told("--all") == {"100", "111", "115", "900"}
    change(tmp_path / "c" / "channel.toml", "\U0002a6b2", "")
    assert main([*common, "build"]) == 0
    assert told() == told("--all") == set()


@pytest.mark.slow
def test_a_letter_that_is_missing_everywhere_is_one_line(
    channel_dir: Path, state: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A district whose name has a sign that no font knows: it stands in the head of every page, and in one file."""
    make_small(channel_dir)
    change(channel_dir / "channel.toml", 'district = "', 'district = "\U0002a6b2')
    main(["--channel", str(channel_dir), "--state", str(state), "check", "--render"])
    told = [line for line in capsys.readouterr().out.splitlines() if "U+2A6B2" in line]
    assert len(told) == 2 and "channel.toml:" in told[0] and "102, 103" in told[1]


def test_names_that_no_font_can_write_are_told_and_take_nothing_off_air(
    channel_dir: Path, state: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The channel's title, its district and an estate: from right to left they cannot be set at all."""
    change(channel_dir / "channel.toml", 'title = "', 'title = "שלום')
    change(channel_dir / "channel.toml", 'district = "', 'district = "بلد')
    change(channel_dir / "estates.csv", "mh0002,", "mh0002,ქ")
    assert main(["--channel", str(channel_dir), "--state", str(state), "check"]) == 2
    told = [line for line in capsys.readouterr().out.splitlines() if line.startswith(PROBLEM)]
    assert len(told) == 3
    assert all("of which no font here has a picture" in line for line in told)
    assert sum("from right to left" in line for line in told) == 2
    assert [doubt.key for doubt in doubts(Channel.open(channel_dir))] == ["title", "district", "mh0002"]
