"""Makes a script of ours small: comments and spaces go, and names that only the script itself knows become short.

It is not a minifier for any script. It takes ES3 that ends every statement with a semicolon, has no labels and no
``with``, and never reaches its own variables by name. Same text in, same text out.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import count, product
from string import ascii_letters

_TOKEN = re.compile(
    r"""(?P<gap>\s+|//[^\n]*|/\*.*?\*/)
    |(?P<name>[A-Za-z_$][\w$]*)
    |(?P<number>0[xX][0-9a-fA-F]+|(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)
    |(?P<string>"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')
    |(?P<regex>/(?:[^/\\\[\n]|\\.|\[(?:[^\]\\\n]|\\.)*\])+/[gim]*)
    |(?P<sign>>>>=|===|!==|>>>|<<=|>>=|[-+*/%&|^<>=!]=|&&|\|\||\+\+|--|<<|>>|[-+*/%&|^!~<>=?:;,.(){}\[\]])""",
    re.VERBOSE | re.DOTALL,
)
_BEFORE_REGEX = frozenset({*"(,=:[!&|?{};+", "&&", "||", "==", "!=", "===", "!==", "return", "typeof"})
_WORDS = frozenset(
    re.findall(
        r"\w+",
        "break case catch continue default delete do else finally for function if in instanceof new return switch this"
        " throw try typeof var void while with null true false arguments undefined",
    )
)


def compact(source: str) -> str:
    """The script of ``source`` in fewer characters. Raises ValueError at a character that no token begins with."""
    tokens = list(_tokens(source))
    short = _short_names(tokens)
    out: list[str] = []
    for index, (kind, text) in enumerate(tokens):
        piece = short.get(text, text) if kind == "name" and not _property(tokens, index) else text
        if piece == "}" and out and out[-1] == ";":
            out.pop()
        if out and _touch(out[-1], piece):
            out.append(" ")
        out.append(piece)
    return "".join(out)


def _tokens(source: str) -> Iterator[tuple[str, str]]:
    at, last = 0, "("
    while at < len(source):
        match = _TOKEN.match(source, at)
        if match and match.lastgroup == "regex" and last not in _BEFORE_REGEX:
            yield "sign", "/"
            at, last = at + 1, "/"
            continue
        if not match or not match.lastgroup:
            raise ValueError(f"line {source.count(chr(10), 0, at) + 1}: found {source[at]!r}, expected a token of ES3")
        at = match.end()
        if match.lastgroup != "gap":
            last = match.group()
            yield match.lastgroup, last


def _property(tokens: list[tuple[str, str]], index: int) -> bool:
    """Whether the name stands after a point or before the colon of an object literal."""
    before = tokens[index - 1][1] if index else ""
    after = tokens[index + 1][1] if index + 1 < len(tokens) else ""
    return before == "." or (after == ":" and before in ("{", ","))


def _short_names(tokens: list[tuple[str, str]]) -> dict[str, str]:
    """A short name for each that the script declares; the most frequent get the shortest."""
    declared = set(_declared(tokens))
    used = Counter(text for index, (kind, text) in enumerate(tokens) if kind == "name" and not _property(tokens, index))
    taken = _WORDS | (used.keys() - declared)
    fresh = (name for length in count(1) for name in map("".join, product(ascii_letters, repeat=length)))
    free = (name for name in fresh if name not in taken)
    return dict(zip(sorted(declared, key=lambda name: (-used[name], name)), free, strict=False))


def _declared(tokens: list[tuple[str, str]]) -> Iterable[str]:
    """Names of functions, of their parameters, of ``var`` lists and of caught errors."""
    for index, (kind, text) in enumerate(tokens):
        if kind != "name":
            continue
        if text in ("function", "catch"):
            following = index + 1
            if tokens[following][0] == "name":
                yield tokens[following][1]
                following += 1
            while tokens[following][1] != ")":
                if tokens[following][0] == "name":
                    yield tokens[following][1]
                following += 1
        elif text == "var":
            yield from _var_list(tokens, index + 1)


def _var_list(tokens: list[tuple[str, str]], index: int) -> Iterator[str]:
    depth, expected = 0, True
    while True:
        kind, text = tokens[index]
        if expected and kind == "name":
            yield text
            expected = False
        depth += (text in "([{") - (text in ")]}") if kind == "sign" else 0
        if kind == "sign" and depth == 0 and text in (",", ";"):
            if text == ";":
                return
            expected = True
        if text == "in" and depth == 0 and kind == "name":
            return
        index += 1


def _touch(left: str, right: str) -> bool:
    """Whether two tokens would run into one without a space."""
    word = re.compile(r"[\w$]")
    return bool(word.match(left[-1]) and word.match(right[0])) or (left[-1] == right[0] and right[0] in "+-/")
