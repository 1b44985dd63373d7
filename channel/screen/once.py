"""``{% once KEY %}…{% endonce %}``: what a template writes for equal keys is written once.

The rows of a list recur in the pages of 818 estates, and what stands under the header of a page in all box families of
one canvas. Everything that the block reads must be in its key, besides the numbers of the geometry, which never change.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable

from jinja2 import Environment, nodes
from jinja2.ext import Extension
from jinja2.parser import Parser
from markupsafe import Markup

MOST = 1_500_000
"""Characters that are kept of a block: some 2,000 rows, what the estates of one page and its neighbours see."""


class Once(Extension):
    """The block's parser and its memory, one an environment."""

    tags = {"once"}  # noqa: RUF012 - Jinja's own way to say it

    def __init__(self, environment: Environment) -> None:
        super().__init__(environment)
        self._blocks: dict[str, _Kept] = {}

    def parse(self, parser: Parser) -> nodes.Node:
        """``KEY`` may be several expressions with commas between them."""
        line = next(parser.stream).lineno
        key = parser.parse_tuple()
        body = parser.parse_statements(("name:endonce",), drop_needle=True)
        # Blocks are told apart by where they stand.
        given: list[nodes.Expr] = [nodes.Const(f"{parser.name}:{line}"), key]
        return nodes.CallBlock(self.call_method("remembered", given), [], [], body).set_lineno(line)

    def remembered(self, block: str, key: Hashable, caller: Callable[[], Markup]) -> Markup:
        """The block's text for ``key``; written anew each time for a key that can change."""
        kept = self._blocks.get(block)
        if kept is None:
            kept = self._blocks[block] = _Kept()
        try:
            text = kept.texts.get(key)
        except TypeError:
            return caller()
        if text is None:
            text = caller()
            kept.put(key, text)
        return text


class _Kept:
    """The texts of one block, the oldest let go first."""

    def __init__(self) -> None:
        self.texts: OrderedDict[Hashable, Markup] = OrderedDict()
        self._size = 0

    def put(self, key: Hashable, text: Markup) -> None:
        self.texts[key] = text
        self._size += len(text)
        while self._size > MOST and len(self.texts) > 1:
            self._size -= len(self.texts.popitem(last=False)[1])
