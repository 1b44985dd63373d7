"""A format is one file in feeds/formats; nothing else has to know of it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from feeds.base.errors import PersonError
from feeds.formats import format_names, formats, get


def test_every_module_is_a_format_of_its_own_name() -> None:
    """Each has ``NAME`` like its file, and ``parse``."""
    assert {"rss", "table", "gbfs", "cap"} <= format_names() == set(formats())
    for name, module in formats().items():
        assert name == module.NAME
        assert callable(module.parse)


def test_names_are_known_without_loading_any_format() -> None:
    """Checking ``sources.toml`` costs no import of lxml, feedparser or a workbook reader."""
    heavy = {"lxml", "feedparser", "jmespath", "python_calamine"}
    code = "import sys; from feeds.formats import format_names; format_names(); "
    code += f"print(sorted({heavy!r} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"


def test_a_misspelt_format_is_named_with_the_nearest() -> None:
    """The message says what there is."""
    with pytest.raises(PersonError, match="did you mean `rss`"):
        get("rsss")


def test_another_package_can_bring_a_format(tmp_path: Path) -> None:
    """Through the entry point group, without touching this one; it cannot replace one of ours."""
    package = tmp_path / "theirs-1.dist-info"
    package.mkdir()
    (package / "METADATA").write_text("Name: theirs\nVersion: 1\n")
    (package / "entry_points.txt").write_text("[service_channel.formats]\ntheirs = theirs\nrss = theirs\n")
    (tmp_path / "theirs.py").write_text("NAME = 'theirs'\ndef parse(documents, source, moment): ...\n")
    code = "from feeds.formats import get; print(get('theirs').__name__, get('rss').__name__)"
    run = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=tmp_path,
        env={"PYTHONPATH": str(tmp_path)},
    )  # fmt: skip
    assert run.stdout == "theirs feeds.formats.rss\n"


SNIFFER = """
NAME = 'theirs'
from feeds.formats import Evidence, Parsed
from feeds.records import Article
def parse(documents, source, moment):
    return Parsed(records=(Article(id='a', title=documents[0].body.decode()[7:].strip()),), total=1)
def sniff(document, glance):
    return Evidence(certainty=1.0) if glance.start.startswith('THEIRS') else None
"""


@pytest.mark.parametrize("broken", [False, True])
def test_a_new_format_is_guessed_by_its_own_word(tmp_path: Path, broken: bool) -> None:
    """Its one file is all that ``channel source try`` needs; one that fails to look keeps no other from being found."""
    package = tmp_path / "theirs-1.dist-info"
    package.mkdir()
    (package / "METADATA").write_text("Name: theirs\nVersion: 1\n")
    (package / "entry_points.txt").write_text("[service_channel.formats]\ntheirs = theirs\n")
    (tmp_path / "theirs.py").write_text(SNIFFER + ("    1 / 0\n".join(["", ""]) if broken else ""))
    if broken:
        (tmp_path / "theirs.py").write_text(SNIFFER.replace("    return Evidence", "    1 / 0\n    return Evidence"))
    (tmp_path / "news").write_text("THEIRS hello\n")
    (tmp_path / "phones.csv").write_text("name,phone\na,12345\n")
    code = (
        "from pathlib import Path; from feeds.guess import trial; from feeds.base.clock import SystemClock\n"
        "for name in ('news', 'phones.csv'):\n"
        "    done = trial(f'file:{name}', Path(), SystemClock()); print(done.ok, done.source.format)\n"
    )
    run = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=tmp_path,
        env={"PYTHONPATH": str(tmp_path)},
    )  # fmt: skip
    news, phones = run.stdout.splitlines()
    assert phones == "True table"
    assert broken or news == "True theirs"
