"""The red and green key of a page, as the line-up gives them."""

from __future__ import annotations

from functools import lru_cache
from typing import TypedDict

from channel.lineup import Page
from channel.views.content import Key


class Keys(TypedDict):
    """The two keyword arguments of ``Content``."""

    red: Key | None
    green: Key | None


def keys(page: Page) -> Keys:
    """``red`` and ``green`` for ``Content(**keys(page))``."""
    return Keys(red=_key(page.red), green=_key(page.green))


@lru_cache(maxsize=256)
def _key(pair: tuple[str, str] | None) -> Key | None:
    return Key(label=pair[0], to=pair[1]) if pair else None
