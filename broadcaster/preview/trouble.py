"""What went wrong, for an editor: a sentence in the channel's language, then what was asked for and what to do, or the
house's own sentence with found and expected."""

from __future__ import annotations

import re

from werkzeug.exceptions import HTTPException

from channel.words import N_, Say
from feeds.base.errors import ChannelError, NotFound, PersonError, RenderError

REFUSED = N_("The preview is seen on this machine only.")
NO_TOKEN = N_("The preview asks for its token: open the address that channel run prints.")
NO_TOKEN_HINT = N_("Or add ?token= and what the file preview-token in the state folder says.")
_FOUND = re.compile(r"""found (['"])(.*?)\1""")
_NOT_THERE = {
    "page": N_("There is no such page."),
    "document": N_("The page has no such screen, and no such item."),
    "item": N_("The page has no such item."),
    "estate": N_("There is no such estate."),
    "profile": N_("There is no such box, or the channel does not serve it."),
    "moment": N_("There is no such moment."),
    "look": N_("The moment in the address is not written as it should be."),
    "release": N_("No release of that time, or of that name, is kept."),
    "screen": N_("The page has no such screen."),
    "text": N_("There is no such text."),
    "theme": N_("There is no such theme."),
    "drill": N_("There is no such test alert."),
    "asset": N_("This picture has gone; please open the page again."),
}
_NO_ADDRESS = N_("There is no such address.")
_CHOOSE = {
    "page": N_("Type a part of the number or name under Page and choose from the list."),
    "document": N_("Begin with the page's first screen."),
    "item": N_(
        "Any key of the remote leads back to the page; open it from the list, for other moments have other items."
    ),
    "estate": N_("Type a part of the name under Estate and choose from the list."),
    "profile": N_("Choose one under Box."),
    "moment": N_("Write year, month, day, hour and minute under Moment; in an address as 20261124T081200."),
    "look": N_("A moment is followed by a theme and a test alert at most; choose them anew above."),
    "theme": N_("Choose one under Theme."),
    "drill": N_("Choose one under Test alert; a channel without a source of alerts has none."),
}
"""What an editor does about it."""


def told(error: Exception, say: Say) -> tuple[int, str]:
    """The status of the answer, and its words: one line for the editor, then what was asked for and what to do about
    it; where an editor can do nothing, what whoever helps has to know."""
    if isinstance(error, NotFound):
        return 404, _lines(say(_NOT_THERE.get(_what(error), _NO_ADDRESS)), _asked(error, say))
    if isinstance(error, HTTPException):
        return error.code or 500, _lines(say("The preview has no such address."), error.name)
    if isinstance(error, RenderError):
        return 500, _lines(say("This page cannot be laid out and cannot go on air."), error.message)
    if isinstance(error, PersonError):
        return 500, _lines(say("The channel's files are wrong: this page cannot be shown."), error.message)
    if isinstance(error, ChannelError):
        return 500, _lines(say("The data cannot be read: this page cannot be shown."), str(error))
    own = f"{type(error).__name__}: {error}"
    return 500, _lines(say("The preview itself went wrong; please tell an engineer the next line."), own)


def _what(error: NotFound) -> str:
    return error.message.partition(":")[0]


def _asked(error: NotFound, say: Say) -> str:
    """What was asked for and what to choose in its place."""
    asked, what = _FOUND.search(error.message), _what(error)
    if not asked or what not in _CHOOSE:
        return error.message
    return say("Asked for: “{asked}”. {advice}", asked=asked[2], advice=say(_CHOOSE[what]))


def _lines(words: str, detail: str) -> str:
    return f"{words}\n{detail}"
