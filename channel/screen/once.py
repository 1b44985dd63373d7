"""``{% once KEY %}…{% endonce %}``: what a template writes for equal keys is written once.

The rows of a list recur in the pages of 818 estates. Everything that the block reads must be in its key, besides the
numbers of the geometry, which never change.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable

from jinja2 import nodes
from jinja2.ext import Extension
from jinja2.parser import Parser
from markupsafe import Markup

MOST = 3_000
"""Blocks kept: several times what the estates of one page see."""


class Once(Extension):
    """The block's parser and its memory, one an environment."""

    tags = {"once"}  # noqa: RUF012 - Jinja's own way to say it

    def parse(self, parser: Parser) -> nodes.Node:
        """``KEY`` may be several expressions with commas between them."""
        line = next(parser.stream).lineno
        key = parser.parse_tuple()
        body = parser.parse_statements(("name:endonce",), drop_needle=True)
        # Blocks are told apart by where they stand.
        given: list[nodes.Expr] = [nodes.Const(f"{parser.name}:{line}"), key]
        return nodes.CallBlock(self.call_method("remembered", given), [], [], body).set_lineno(line)

    def remembered(self, block: str, key: Hashable, caller: Callable[[], Markup]) -> Markup:
        """The block's text for ``key``. Raises TypeError when something in the key can change."""
        known: OrderedDict[Hashable, Markup] | None = getattr(self.environment, "once", None)
        if known is None:
            known = OrderedDict()
            self.environment.once = known  # type: ignore[attr-defined]
        name = (block, key)
        text = known.get(name)
        if text is None:
            text = known[name] = caller()
            if len(known) > MOST:
                known.popitem(last=False)
        return text
