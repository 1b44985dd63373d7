"""On which line of a TOML file a key stands: the standard library's parser does not say."""

from __future__ import annotations

import re
from collections.abc import Iterator

# TOML 1.0: multi-line strings, strings, comments, bare keys, line ends, and any other sign by itself.
_TOKEN = re.compile(
    r'"""(?:[^\\]|\\.)*?"""' r"|'''.*?'''" r'|"(?:[^"\\\n]|\\.)*"' r"|'[^'\n]*'" r"|#[^\n]*|[A-Za-z0-9_-]+|\n|.",
    re.DOTALL,
)
_LAST = re.compile(r"(\.[^.\[\]]+|\[\d+\]|^[^.\[\]]+)$")


def keys(text: str) -> Iterator[tuple[str, int]]:
    """Every table's head and every key with its line, in the file's order, dotted (``page.201.title``, ``rule[0]``).

    What is given twice comes twice. Keys inside of values (inline tables) do not come.
    """
    table, counts = "", dict[str, int]()
    for names, line, head in _statements(text):
        dotted = ".".join(names)
        if head == 2:
            number = counts[dotted] = counts.get(dotted, -1) + 1
            if number == 0:
                yield dotted, line
            dotted = f"{dotted}[{number}]"
        if head:
            table = dotted
        elif table:
            dotted = f"{table}.{dotted}"
        yield dotted, line


def line_of(key: str, lines: dict[str, int]) -> int:
    """The line of ``key``, else that of the nearest thing around it that has one; 0 when nothing has."""
    while key and key not in lines:
        # A name that holds dots itself is no part that can be told apart.
        around = _LAST.sub("", key)
        key = around if around != key else ""
    return lines.get(key, 0)


def _statements(text: str) -> Iterator[tuple[list[str], int, int]]:
    """The names before each ``=`` and between brackets, their line, and the number of brackets (0: a key)."""
    names: list[str] = []
    line, begun, depth, brackets, in_value = 1, 1, 0, 0, False
    for token in _TOKEN.findall(text):
        if token == "\n" and depth == 0:
            names, brackets, in_value = [], 0, False
        elif in_value:
            depth = max(0, depth + (token in "[{") - (token in "]}"))
        elif token == "=" or (token == "]" and names):
            yield names, begun, brackets
            names, in_value = [], True
        elif token == "[":
            brackets += 1
        elif token[0] in "\"'":
            names.append(token.strip("\"'"))
        elif token[0].isalnum() or token[0] in "_-":
            names.append(token)
        if len(names) == 1:
            begun = line
        line += token.count("\n")
