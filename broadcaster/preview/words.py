"""The words that the preview's scripts say, handed to them by their English messages (``saying.js``)."""

from __future__ import annotations

import json

from channel.words import N_, Say

SAID = (
    # what cannot be had
    N_("The preview does not say what went wrong."),
    N_(
        "Connection lost: the preview does not answer. See whether the channel still runs, then press any key of the "
        "remote to try again."
    ),
    N_("There is no such moment: write year, month, day, hour and minute."),
    N_("There is no page {number}"),
    N_("This page has no script for the remote"),
    N_("Nothing matches"),
    N_("{value} (not there)"),
    # where the television stands
    N_("The box goes back to television here"),
    N_("focus {link}"),
    N_("focus {link} ({words})"),
    N_("screen {n}"),
    # what was checked
    N_("Checking…"),
    N_("Not checked"),
    N_("Error"),
    N_("Warning"),
    N_("{page} screen {n}"),
    N_("Scope"),
    N_("Differs by estate"),
    N_("The same in the whole district"),
    N_("Screens"),
    N_("Item pages"),
    N_("Largest page"),
    N_("Valid until"),
    N_(
        "The page itself is checked here. Items are checked when they are opened; to check all of them use channel "
        "check --render."
    ),
    N_(
        "This item is checked here. The others are checked when they are opened; to check all of them use channel "
        "check --render."
    ),
    # sources
    N_("This page uses no data from outside"),
    N_("{position}: {reason}"),
    N_("{position}: {reason} ({value})"),
)


def for_scripts(say: Say) -> str:
    """What the scripts say, as JSON: by message, with its placeholders as they are."""
    return json.dumps({str(message): say(message) for message in SAID}, ensure_ascii=False, separators=(",", ":"))
