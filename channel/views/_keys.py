"""The red and green key of a page, as the line-up gives them."""

from __future__ import annotations

from functools import lru_cache
from typing import TypedDict

from channel.lineup import Page
from channel.views.content import Content, Item, Key


class Keys(TypedDict):
    """The two keyword arguments of ``Content``."""

    red: Key | None
    green: Key | None


def keys(page: Page) -> Keys:
    """``red`` and ``green`` for ``Content(**keys(page))``."""
    return Keys(red=_key(page.red), green=_key(page.green))


def own_keys(page: Page, content: Content, item: Item | None) -> tuple[Key | None, Key | None]:
    """Red and green of an item, or of a page: what its view says before what its line-up says."""
    if item:
        return item.red, item.green
    declared = keys(page)
    return content.red or declared["red"], content.green or declared["green"]


@lru_cache(maxsize=256)
def _key(parts: tuple[str, ...] | None) -> Key | None:
    return Key(label=parts[0], to=parts[1], short=parts[2] if len(parts) > 2 else "") if parts else None
