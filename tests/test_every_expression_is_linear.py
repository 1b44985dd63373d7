"""No regular expression takes more than its share for a text made to hurt it: four times the text, at most six times
the processor time.

Expressions are found in the sources, so that a new one is held to it from its first day; the texts are made from each
expression's own parts: what it repeats, repeated; what it begins with, begun again and again; and never what it ends
with.
"""

from __future__ import annotations

import ast
import importlib
import re
import time
from collections.abc import Callable, Iterator
from itertools import product
from pathlib import Path
from re import _constants as codes  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any

import pytest
from conftest import ROOT

pytestmark = pytest.mark.slow

N = 1_500
CLEAR_S = 0.002
"""Four times N characters in less than this are no square of anything: that would be tenths of seconds."""
_SMALL = (20, 28, 40, 60, 100, 400)
"""Lengths at which an exponential shows before it hangs the test."""
_CALLS = {"compile", "search", "match", "fullmatch", "sub", "subn", "split", "findall", "finditer"}
_MOST_UNITS = 12
# Read from files of ours, or from what a person wrote; nobody outside has a word in them.
_OURS = {
    "feeds/base/toml.py", "channel/paint/compact.py", "channel/paint/script.py", "channel/paint/icons.py",
    "channel/preflight.py", "broadcaster/tools/doctor.py",
}  # fmt: skip


class Found:
    """An expression, where it stands, and how it is used (all ways, if it is kept and used elsewhere)."""

    def __init__(self, pattern: re.Pattern[Any], where: str, uses: set[str]) -> None:
        self.pattern = pattern
        self.where = where
        self.uses = uses

    def __repr__(self) -> str:
        return self.where


def expressions() -> list[Found]:
    """Every expression of ``feeds``, ``channel`` and ``broadcaster`` that outside text may reach."""
    found: list[Found] = []
    for package in ("feeds", "channel", "broadcaster"):
        for path in sorted((ROOT / package).rglob("*.py")):
            name = path.relative_to(ROOT).as_posix()
            if name not in _OURS and "/migrations/" not in name:
                found += _in_module(path, name)
    return found


def _in_module(path: Path, name: str) -> Iterator[Found]:
    tree = ast.parse(path.read_text())
    used: dict[str, set[str]] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            used.setdefault(node.value.id, set()).add(node.attr)
    kept = {
        node.targets[0].id
        for node in tree.body
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name) and _is_call(node.value, "compile")
    }
    if kept:
        module = importlib.import_module(name.removesuffix(".py").removesuffix("/__init__").replace("/", "."))
        for one in sorted(kept):
            yield Found(getattr(module, one), f"{name}:{one}", used.get(one, set()) & _CALLS or _CALLS)
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and any(_is_call(node, call) for call in _CALLS - {"compile"}):
            with_text = node.args and isinstance(node.args[0], ast.Constant)
            if with_text:
                pattern = re.compile(node.args[0].value, _flags(node))  # type: ignore[attr-defined]
                yield Found(pattern, f"{name}:{node.lineno}", {node.func.attr})  # type: ignore[attr-defined]


def _is_call(node: ast.AST, name: str) -> bool:
    return (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and isinstance(node.func.value, ast.Name)
        and node.func.value.id == "re"
        and node.func.attr == name
    )


def _flags(call: ast.Call) -> int:
    flags = 0
    for node in ast.walk(call):
        if isinstance(node, ast.Attribute) and isinstance(getattr(re, node.attr, None), re.RegexFlag):
            flags |= getattr(re, node.attr)
    return flags


def _sample(item: Any) -> str:
    """A short text that a parsed part matches."""
    code, value = item
    if code == codes.LITERAL:
        return chr(value)
    if code == codes.NOT_LITERAL:
        return "b" if value == ord("a") else "a"
    if code == codes.ANY:
        return "a"
    if code == codes.IN:
        return _one_of(value)
    if code in (codes.MAX_REPEAT, codes.MIN_REPEAT, codes.POSSESSIVE_REPEAT):
        return _samples(value[2]) * max(1, value[0])
    if code == codes.SUBPATTERN:
        return _samples(value[-1])
    if code == codes.ATOMIC_GROUP:
        return _samples(value)
    if code == codes.BRANCH:
        return _samples(value[1][0])
    return ""


def _samples(items: Any) -> str:
    return "".join(map(_sample, items))


_CATEGORIES = {
    codes.CATEGORY_DIGIT: "1", codes.CATEGORY_SPACE: " ", codes.CATEGORY_WORD: "a", codes.CATEGORY_NOT_DIGIT: "a",
    codes.CATEGORY_NOT_SPACE: "a", codes.CATEGORY_NOT_WORD: "-",
}  # fmt: skip


def _one_of(items: Any) -> str:
    for code, value in items:
        if code == codes.NEGATE:
            taken = re.compile("[" + "".join(f"\\U{ord(c):08x}" for c in _members(items[1:])) + "]")
            return next(c for c in "a1 -<x\n:é汉" if not taken.match(c))
        if code == codes.LITERAL:
            return chr(value)
        if code == codes.RANGE:
            return chr(value[0])
        if code == codes.CATEGORY:
            return _CATEGORIES.get(value, "a")
    return "a"


def _members(items: Any) -> str:
    out = ""
    for code, value in items:
        if code == codes.LITERAL:
            out += chr(value)
        elif code == codes.RANGE:
            out += "".join(map(chr, range(value[0], min(value[1] + 1, value[0] + 128))))
        elif code == codes.CATEGORY:
            out += _CATEGORIES.get(value, "a")
    return out or "\x00"


def _parts(items: Any) -> Iterator[Any]:
    """Every part of an expression, however deep, the sequences they stand in too."""
    yield items
    for code, value in items:
        if code in (codes.MAX_REPEAT, codes.MIN_REPEAT, codes.POSSESSIVE_REPEAT):
            yield from _parts(value[2])
        elif code == codes.SUBPATTERN:
            yield from _parts(value[-1])
        elif code == codes.ATOMIC_GROUP:
            yield from _parts(value)
        elif code == codes.BRANCH:
            for branch in value[1]:
                yield from _parts(branch)
        elif code in (codes.ASSERT, codes.ASSERT_NOT):
            yield from _parts(value[1])


def hostile(pattern: re.Pattern[Any]) -> Iterator[Callable[[int], Any]]:
    """Texts of a given length that use what the expression repeats and begins with, and do not end as it wants."""
    text = pattern.pattern
    tree = parser.parse(text, pattern.flags & ~re.UNICODE if isinstance(text, bytes) else pattern.flags)
    units, heads = dict[str, None](), {"": None}
    for sequence in _parts(list(tree)):
        items = list(sequence)
        for at, item in enumerate(items):
            units.setdefault(_sample(item))
            heads.setdefault(_samples(items[:at]))
            units.setdefault(_samples(items[: at + 1]))
            if item[0] == codes.IN:
                for member in _members(item[1])[:3]:
                    units.setdefault(member)
    short = [unit for unit in units if unit and len(unit) < 60][:_MOST_UNITS]
    pairs = [one + other for one, other in product(short[:6], repeat=2) if one != other]
    for unit, head in [*product(short, list(heads)[:5]), *((pair, "") for pair in pairs)]:
        for tail in ("\x01", ""):

            def made(n: int, head: str = head, unit: str = unit, tail: str = tail) -> Any:
                whole = head + unit * (n // len(unit)) + tail
                return whole.encode("latin-1", "replace") if isinstance(text, bytes) else whole

            yield made


_WAYS: dict[str, Callable[[re.Pattern[Any], Any], object]] = {
    "match": lambda pattern, text: pattern.match(text),
    "fullmatch": lambda pattern, text: pattern.fullmatch(text),
    "search": lambda pattern, text: pattern.search(text),
}


def effort(pattern: re.Pattern[Any], way: Callable[[re.Pattern[Any], Any], object], text: Any) -> float:
    """Seconds of this thread's processor time, the best of several."""
    best = float("inf")
    for _ in range(3):
        start = time.thread_time()
        way(pattern, text)
        best = min(best, time.thread_time() - start)
        if best < CLEAR_S:
            break
    return best


def ways(uses: set[str]) -> set[str]:
    """What is tried: all that goes through a text is as ``finditer`` is."""
    found = {use for use in uses if use in ("match", "fullmatch", "search")}
    return found | ({"all"} if uses - found - {"compile"} else set())


def grows(found: Found) -> list[str]:
    """What makes an expression grow faster than its text."""
    known = {**_WAYS, "all": lambda pattern, text: pattern.sub("" if isinstance(text, str) else b"", text)}
    is_nested = re.search(r"\)[*+{]", str(found.pattern.pattern)) is not None
    faults = []
    for made in hostile(found.pattern):
        for name in sorted(ways(found.uses)):
            for n in _SMALL if is_nested else ():
                if (little := effort(found.pattern, known[name], made(n))) > CLEAR_S:
                    return [f"{name}: {made(n)!r}: {little * 1000:.1f} ms"]
            most = effort(found.pattern, known[name], made(4 * N))
            if most < CLEAR_S:
                continue
            little = effort(found.pattern, known[name], made(N))
            if most > 6 * little and effort(found.pattern, known[name], made(4 * N)) > 6 * little:
                faults.append(f"{name}: {made(40)!r}: {little * 1000:.1f} ms for {N}, {most * 1000:.1f} ms for {4 * N}")
                return faults
    return faults


@pytest.mark.slow
@pytest.mark.parametrize("found", expressions(), ids=repr)
def test_four_times_the_text_is_at_most_six_times_the_effort(found: Found) -> None:
    """For whatever way it is used in."""
    assert grows(found) == []


def test_the_test_can_fail() -> None:
    """What is known to be slow is found, and what is known to be quick is not."""
    for text in (r"\[[^\]]*\]", r"\s+$", r"(\d+)*x", r"<!--.*?-->", "a[bc]*c+d"):
        assert grows(Found(re.compile(text), text, {"sub"})), text
    for text in ("[0-9]{1,3}x", "<[a-z]+>", r"\[[^\[\]]*\]"):
        assert not grows(Found(re.compile(text), text, {"search"})), text
    assert {"feeds/formats/_moments.py:_EPOCH", "feeds/text.py:_TAG"} & {found.where for found in expressions()}
