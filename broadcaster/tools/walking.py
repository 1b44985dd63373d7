"""A walk by keys over the Screens of a channel, without a browser: what the focus map says, and nothing else."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from broadcaster.tools.showing import snapshots_at
from channel.estates import DISTRICT
from channel.folder import Channel
from channel.render import Renderer
from channel.screen.screen import Link, Screen
from feeds.base.errors import PersonError

ARROWS = ("up", "down", "left", "right")
COLOURS = ("red", "green", "yellow", "blue")
KEYS = (*ARROWS, "ok", "back", *COLOURS, "pageup", "pagedown")
DIGITS = 3


class Walk:
    """Somebody with a remote: where they are, and the pages they came by.

    ``press`` raises PersonError for a key that no remote has, NotFound for a page that is not there.
    """

    def __init__(
        self, channel: Channel, estate: str, profile: str, moment: datetime, records: Path | None, page: str = "100"
    ) -> None:
        self._channel = channel
        self._renderer = Renderer(channel)
        self._profile = profile
        self._moment = moment
        self._snapshots = snapshots_at(channel, list(channel.sources), moment, records)
        self._estate = estate
        self._typed = ""
        self._came: list[tuple[str, int, str]] = []
        self._screens: list[Screen] = []
        self._page = page
        self._number = self._focus = 0
        self._open(page, "")

    @property
    def screen(self) -> Screen:
        """The screen in front of them."""
        return self._screens[self._number]

    @property
    def link(self) -> Link:
        """The link that has the focus."""
        return self.screen.links[self._focus]

    def where(self) -> tuple[str, str, str, str, str]:
        """Page (or item), screen of screens, the focused link's id and words, and where it leads."""
        link = self.link
        texts = [piece.words for piece in self.screen.pieces[link.start : link.end] if piece.words]
        place = f"{self._estate}/{self._page}" if self._estate != DISTRICT else self._page
        return place, f"{self._number + 1}/{len(self._screens)}", link.id, " ".join(texts)[:40], link.to

    def press(self, key: str) -> None:
        """One key."""
        if key.isdigit():
            for digit in key:
                self._digit(digit)
            return
        self._typed = ""
        if key in ARROWS:
            target = getattr(self.screen.focus[self._focus], key)
            self._focus = target if target >= 0 else self._focus
        elif key == "ok":
            self._follow(self.link)
        elif key == "back":
            self._back()
        elif key in COLOURS:
            for link in self.screen.links:
                if link.key == key:
                    self._follow(link)
                    return
        elif key in ("pageup", "pagedown"):
            self._turn(self._number + (1 if key == "pagedown" else -1))
        else:
            raise PersonError(f"key: found {key!r}, expected digits or one of: {', '.join(KEYS)}")

    def _digit(self, digit: str) -> None:
        self._typed += digit
        if len(self._typed) == DIGITS:
            page, self._typed = self._typed, ""
            self._leave()
            self._open(page, "")

    def _follow(self, link: Link) -> None:
        if link.id == "back":
            self._back()
        elif link.to.startswith("@"):
            estate, _, page = link.to[1:].partition("/")
            self._came, self._estate = [], estate
            self._open(page, "")
        elif link.to != "live" and not link.to.startswith("~"):
            target, _, focus = link.to.partition("#")
            self._leave()
            self._open(target, focus)

    def _leave(self) -> None:
        self._came.append((self._page, self._number, self.link.id))

    def _back(self) -> None:
        if self._came:
            page, screen, focus = self._came.pop()
            self._open(page, focus, screen)
            return
        number, _, item = self._page.partition(".")
        if item:
            self._open(number, f"i{item}")
        else:
            parent = self._channel.lineup.parent(self._channel.lineup.page(number))
            if parent:
                self._open(parent, f"p{number}")

    def _turn(self, number: int) -> None:
        if 0 <= number < len(self._screens):
            self._number = number
            self._focus = self.screen.first

    def _open(self, page: str, focus: str, number: int = 0) -> None:
        name, _, item = page.partition(".")
        screens = self._renderer.screens(name, self._estate, self._profile, self._snapshots, self._moment, item)
        self._page, self._screens = page, screens
        self._number = min(number, len(screens) - 1)
        ids = [link.id for link in self.screen.links]
        self._focus = ids.index(focus) if focus in ids else self.screen.first
