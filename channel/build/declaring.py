"""What of a channel's declarations a page's words come from: its own table and those of its sources, what all pages
share, and the other pages for a view that looks around."""

from __future__ import annotations

from functools import cached_property

import msgspec

from channel import views
from channel.folder import Channel
from channel.keys import framed, key_of
from channel.lineup import Page

_encode = msgspec.json.Encoder(order="sorted").encode


def look_of(page: Page) -> str:
    """The name of a page's own table: its frame and its layout come from no record."""
    return key_of(_encode(page)).hex()


class Declaring:
    """Names what pages of a channel are declared by: the same name, and a page's words can differ by its sources'
    records and the moment alone."""

    def __init__(self, channel: Channel, voice: str) -> None:
        """``voice`` names the code that says what pages say (``channel.fingerprint.voice``)."""
        self._channel, self._voice = channel, voice
        self._known: dict[str, str] = {}

    def of(self, page: Page) -> str:
        """The name of all that declares what ``page`` says."""
        if page.number not in self._known:
            known = (self._channel.sources[source] for source in sorted(set(page.sources.values())))
            # Where a source is asked says nothing of what it gave.
            sources = [msgspec.structs.replace(source, url="") for source in known]
            around = self._lineup if views.looks_around(page) else b""
            parts = (self._common, _encode(page), _encode(sources), around)
            self._known[page.number] = key_of(framed(parts)).hex()
        return self._known[page.number]

    @cached_property
    def _common(self) -> bytes:
        channel = self._channel
        estates = _encode(list(channel.estates.values()))
        return key_of(framed((self._voice.encode(), _encode(channel.settings), estates)))

    @cached_property
    def _lineup(self) -> bytes:
        return key_of(_encode(list(self._channel.lineup.pages.values())))
