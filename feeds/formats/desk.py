"""The channel's own texts: editors write them at the desk, which keeps them in the archive by itself.

Such a source is never gathered: it has no address that anybody could ask.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from feeds.base.errors import FormatError
from feeds.formats.base import Document, Parsed
from feeds.source import Source

NAME = "desk"


def parse(documents: Sequence[Document], source: Source, moment: datetime) -> Parsed:
    """Raises FormatError: there is nothing to read."""
    raise FormatError("desk: the channel's own texts come from its desk, not from an address")
