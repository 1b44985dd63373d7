"""Another header on Screens that are laid out: what stands below it is the same for boxes with a clock and without."""

from __future__ import annotations

from collections.abc import Sequence
from xml.etree.ElementTree import ParseError

import msgspec

from channel.screen.boxes import NOTHING, Placer
from channel.screen.focus import focus_map
from channel.screen.geometry import Geometry
from channel.screen.rows import Known, Rows
from channel.screen.screen import Row, Screen


def reframed(screens: Sequence[Screen], old: str, new: str, geometry: Geometry, rows: Rows) -> list[Screen] | None:
    """``screens`` with the header of markup ``new`` in place of ``old``; None where that is not what they begin with,
    or where the two do not have the same number of pieces and links."""
    try:
        before, after = rows.known(old), rows.known(new)
    except ParseError:
        return None
    made = [_reframed(screen, before, after, geometry) for screen in screens]
    return None if None in made else [screen for screen in made if screen is not None]


def _reframed(screen: Screen, before: Known, after: Known, geometry: Geometry) -> Screen | None:
    row = screen.rows[0] if screen.rows else None
    if row is None or all(row.laid is not laid for laid in before.laid.values()):
        return None
    placer = Placer(geometry.type, screen.number - 1, screen.count, {}, {id(after.element): after}, "")
    # Places in the header count from the screen's first piece, as those of the links after it do.
    placer.pieces = screen.pieces[: row.start]
    placer.put(after.element, (0, 0, screen.width, screen.height), NOTHING)
    links = len(row.laid.links)
    if len(placer.pieces) != row.end or len(placer.links) != links:
        return None
    laid = placer.rows[0].laid
    everything = placer.links + screen.links[links:]
    return msgspec.structs.replace(
        screen,
        pieces=placer.pieces + screen.pieces[row.end :],
        links=everything,
        focus=focus_map(everything, screen.first),
        flaws=placer.flaws + screen.flaws[len(row.laid.flaws) :],
        rows=[Row(laid, row.start, row.end, row.y, row.bottom, row.link), *screen.rows[1:]],
    )
