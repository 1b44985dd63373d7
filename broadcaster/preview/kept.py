"""What the preview has rendered lately, documents and pictures together up to a number of bytes."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable

from channel.paint.output import Rendered, sized

MOST_BYTES = 64 << 20
"""Of everything that is kept; what is gone is rendered again when somebody asks for it."""


class Kept:
    """What was rendered, by what was asked for; the longest unused goes first. A picture is found in what has it, and
    goes with it. Not for several threads at once."""

    def __init__(self, most: int = MOST_BYTES) -> None:
        self._most = most
        self._pages: OrderedDict[Hashable, tuple[Rendered, int]] = OrderedDict()
        self.bytes = 0

    def __len__(self) -> int:
        return len(self._pages)

    def find(self, key: Hashable) -> Rendered | None:
        """What was rendered for ``key``, if it is still here."""
        found = self._pages.get(key)
        if found is None:
            return None
        self._pages.move_to_end(key)
        return found[0]

    def put(self, key: Hashable, rendered: Rendered) -> Rendered:
        """Keep ``rendered`` unless it alone is too large; given back. ``key`` must be new."""
        size = sized(rendered.documents, rendered.assets)
        self._pages[key] = rendered, size
        self.bytes += size
        while self.bytes > self._most:
            self.bytes -= self._pages.popitem(last=False)[1][1]
        return rendered

    def asset(self, name: str) -> bytes | None:
        """The bytes of a picture, if what has it is still here."""
        for key, (rendered, _) in reversed(self._pages.items()):
            if name in rendered.assets:
                self._pages.move_to_end(key)
                return rendered.assets[name].body
        return None
