"""A content's words: how what is said is written down, told apart from when it ends and from what its items say."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import msgspec

from channel.views.content import Content, Item
from feeds.base.errors import RenderError

_encode = msgspec.msgpack.Encoder().encode
_decode_content = msgspec.msgpack.Decoder(Content).decode
_decode_item = msgspec.msgpack.Decoder(Item).decode
_TO_ITEM = re.compile(rb"\xa2to(?:[\xa0-\xbf]|\xd9.)([0-9]{3}\.[a-z0-9]{1,24})", re.DOTALL)
"""An attribute ``to`` in MessagePack: a string of two letters, then one of up to 31 or up to 255 bytes."""


def words_of(content: Content) -> bytes:
    """The words of a content alone: without its items, and without when it ends."""
    return _encode(msgspec.structs.replace(content, items=(), valid_until=None))


def item_words(item: Item, content: Content) -> bytes:
    """The words of an item of ``content``. They alone say whose data it shows: nothing of its page is needed to paint
    it."""
    return _encode(msgspec.structs.replace(item, sources=content.sources) if item.sources is None else item)


def item_targets(words: bytes) -> set[str]:
    """The items that words lead to, as ``201.h17``. They are looked through as they are written: an attribute begins
    with a byte that no text has in that place."""
    return {found.decode("ascii") for found in _TO_ITEM.findall(words)}


def read_content(words: bytes, until: int = 0) -> Content:
    """The content of these words; ``until`` in unix seconds. Raises RenderError for words of another time."""
    try:
        content = _decode_content(words)
    except msgspec.MsgspecError as error:
        raise RenderError(f"contents: a content cannot be read: {error}") from None
    moment = datetime.fromtimestamp(until, UTC) if until else None
    return msgspec.structs.replace(content, valid_until=moment)


def read_item(words: bytes) -> Item:
    """The item of these words. Raises RenderError for words of another time."""
    try:
        return _decode_item(words)
    except msgspec.MsgspecError as error:
        raise RenderError(f"contents: an item cannot be read: {error}") from None
