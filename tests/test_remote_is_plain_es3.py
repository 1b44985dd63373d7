"""The script that boxes get: ES3 and nothing newer, small, the same bytes for the same profile."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Sequence
from importlib import resources
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from channel.paint.compact import compact
from channel.paint.script import LIMIT, remote_scripts, table
from channel.profiles import Profile, load_profiles
from channel.words import Say, languages

PAGES = [str(number) for number in range(100, 200)]
SCRIPTED = {name: profile for name, profile in load_profiles().items() if profile.script != "none"}
NODE = shutil.which("node")
PARSE = (
    "const {parse} = require('internal/deps/acorn/acorn/dist/acorn');"
    "for (const file of process.argv.slice(1)) parse(require('fs').readFileSync(file, 'utf8'), {ecmaVersion: 3})"
)
FORBIDDEN = {
    "newer words": r"\b(let|const|class|of|yield|async|await|import|export|super)\b",
    "arrow": r"=>",
    "template": r"`",
    "spread": r"\.\.\.",
    "trailing comma": r",\s*[\]}]",
    "getter": r"\b[gs]et\s+\w+\s*\(",
    "reserved word as a member": r"\.(class|default|delete|catch|float|int|char|final|long|goto|native)\b",
    "JSON": r"\bJSON\b",
    "classList": r"\bclassList\b",
    "querySelector": r"\bquerySelector",
    "listeners": r"\b(addEventListener|attachEvent)\b",
    "array methods of ES5": r"\.(forEach|map|filter|reduce|some|every|isArray|bind|trim)\b",
    "indexOf of an array": r"\]\.indexOf\b",
    "missing on old boxes": r"\b(toFixed|slice\.call|toString\.call|dataset|textContent|innerHTML|Date\.now)\b",
    "eval": r"\b(eval|Function)\s*\(",
    "history": r"\bhistory\b",
}


FILES = ("remote.js", "later.js")


def remote_script(profile: Profile, pages: Sequence[str], file: str = "remote.js", language: str = "zh_Hans") -> bytes:
    return remote_scripts(profile, pages, Say(language))[file]


@pytest.mark.parametrize("file", FILES)
@pytest.mark.parametrize("name", SCRIPTED)
def test_no_token_that_an_engine_of_2008_does_not_know(name: str, file: str) -> None:
    """Neither in the script as written nor as served."""
    served = remote_script(SCRIPTED[name], PAGES, file).decode("ascii")
    written = re.sub(r"(?m)^\s*//.*$", "", _source(file))
    for what, pattern in FORBIDDEN.items():
        for script in (served, written):
            without_strings = re.sub(r'"(?:[^"\\]|\\.)*"', '""', script)
            assert not re.search(pattern, without_strings), what


def test_the_lint_would_find_them() -> None:
    """Each forbidden pattern finds an example of what it forbids."""
    examples = (
        "let x", "a => b", "`a`", "f(...a)", "[1, ]", "get a()", "a.class", "JSON", "a.classList", "a.querySelector",
        "addEventListener", "a.forEach", "[1].indexOf", "a.innerHTML", "eval (", "history",
    )  # fmt: skip
    for pattern, example in zip(FORBIDDEN.values(), examples, strict=True):
        assert re.search(pattern, example), example


@pytest.mark.skipif(not NODE, reason="no node")
def test_a_parser_of_ecmascript_3_reads_it(tmp_path: Path) -> None:
    """acorn, as node carries it, set to the edition of 1999; the same parser refuses a `let`."""
    files = []
    for name, profile in SCRIPTED.items():
        for file in FILES:
            files.append(tmp_path / f"{name}-{file}")
            files[-1].write_bytes(remote_script(profile, PAGES, file))
    assert _parsed(*files).returncode == 0
    modern = tmp_path / "modern.js"
    modern.write_text("let a = 1;", encoding="utf-8")
    assert _parsed(modern).returncode != 0


@pytest.mark.parametrize("file", FILES)
@pytest.mark.parametrize("name", SCRIPTED)
def test_it_is_small_and_plain(name: str, file: str) -> None:
    """At most 8,000 bytes before gzip with a hundred pages, in ASCII, one line, the same bytes each time."""
    script = remote_script(SCRIPTED[name], PAGES, file)
    assert len(script) <= LIMIT <= 8_000
    assert script.isascii() and b"\n" not in script
    assert script == remote_script(SCRIPTED[name], list(PAGES), file)
    assert b"TABLE" not in script


@pytest.mark.parametrize("language", languages())
def test_it_is_small_in_every_language(language: str) -> None:
    """Words of other letters take six bytes each."""
    sizes = {(n, f): len(remote_script(p, PAGES, f, language)) for n, p in SCRIPTED.items() for f in FILES}
    assert max(sizes.values()) <= LIMIT, sizes


def test_the_pages_of_the_line_up_are_in_it() -> None:
    """Another line-up is another script; nothing else changes."""
    profile = SCRIPTED["web-hd"]
    short = remote_script(profile, ["100", "201"])
    assert b"/^(100|201)$/" in short
    assert short.replace(b"/^(100|201)$/", b"/^(100|201|300)$/") == remote_script(profile, ["300", "201", "100"])


@given(st.sets(st.integers(100, 999), min_size=1, max_size=200))
def test_exactly_the_pages_of_the_line_up_are_in_it(numbers: set[int]) -> None:
    """The pattern of the pages matches each of them and no other number."""
    found = re.search(r"/(\^\([^/]*\)\$)/", table(SCRIPTED["web-hd"], [str(n) for n in numbers], Say())["pages"])
    assert found is not None
    assert {n for n in range(1000) if re.fullmatch(found[1], str(n))} == numbers


def test_statements_of_a_profile_keep_their_meaning() -> None:
    """Names of the box's own objects stay as they are, however short ours become."""
    statement = "a.b=CA.d; var page=1; e.f(page)"
    script = remote_script(msgspec.structs.replace(SCRIPTED["ipanel-hd"], start=statement), PAGES).decode("ascii")
    ours, table = script.rsplit("})({", 1)
    assert f"start:function(){{{statement}}}" in table
    assert "hide:function(){iPanel.focusWidth=0;iPanel.focus.display=0" in table
    assert "iPanel" not in ours


def test_making_it_small_changes_no_meaning() -> None:
    """Strings, regular expressions, members and literals survive; declared names are short."""
    source = """
      // a comment
      var first = 1, second = { first: first, other: 'a // b' }; /* another */
      function add(left, right) { return left + +right - -second.first / 2 / first; }
      for (var key in second) { window.first = /[/"]a b/g.test(key) ? first : typeof key; }
      try { add(1); } catch (problem) { throw problem; }
    """
    small = compact(source)
    assert "// b'" in small and '/[/"]a b/g.test(' in small and "window.first=" in small and ".first/2/" in small
    assert not re.search(r"\b(second|add|left|right|key|problem)\b", small)
    assert "+ +" in small and "- -" in small and "comment" not in small and "another" not in small
    assert len(small) < len(source) / 2
    assert small == compact(source)
    with pytest.raises(ValueError, match="line 2"):
        compact("var a;\n#")


@pytest.mark.skipif(not NODE, reason="no node")
def test_small_code_computes_the_same(tmp_path: Path) -> None:
    """The small form of a program prints what the program prints."""
    source = """
      var total = 0, list = [3, 1, 2], table = { total: 7, 'a b': /x[/]y/.test('x/y') }, text = "";
      function each(items, then) { for (var index = 0; index < items.length; index++) { then(items[index], index); } }
      each(list, function (value, index) { total += value * (index + 1) - -index / 2; });
      for (var name in table) { text += name + (table[name] === true ? "!" : table[name]) + ";"; }
      (function () { try { missing(); } catch (error) { text += typeof error; } })();
      print(total + " " + text);
    """
    outputs = []
    for form in (source, compact(source)):
        program = tmp_path / "program.js"
        program.write_text("var print = console.log;" + form, encoding="utf-8")
        outputs.append(subprocess.run([str(NODE), str(program)], capture_output=True, text=True, check=True).stdout)
    assert outputs[0] == outputs[1] == "12.5 total7;a b!;object\n"


def _source(file: str) -> str:
    return resources.files("channel.layouts").joinpath(file).read_text(encoding="utf-8")


def _parsed(*files: Path) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [str(NODE), "--expose-internals", "-e", PARSE, *map(str, files)], capture_output=True, check=False
    )
