"""Terminals: what else than televisions shows the channel's pages, and where their documents stand.

A terminal is painted from the same contents by the same painters as a family of boxes is, and kept by the same keys.
Its documents have names within a release as a family's have (``201.html``, ``i/201.h17.json``), and addresses of their
own:

::

    /m/{estate}/{page}    /m/i/{page}.{item}    /m/portal.js              the portal
    /api/v1/{estate}/{page}.json    /api/v1/i/{page}.{item}.json    …     the open interface
"""

from __future__ import annotations

import re
from typing import NamedTuple

PORTAL, INTERFACE = "m", "api"
RESERVED = frozenset({PORTAL, INTERFACE, "desk", "preview", "assets", "bundles"})
"""First parts of addresses that no family of boxes may have for a name."""
ALERTS = "alerts"
"""Begins the name of what the open interface says of the alerts in force."""


class Terminal(NamedTuple):
    """A kind of terminal. ``files`` are those of its documents that come from the declarations alone."""

    id: str
    files: tuple[str, ...]


TERMINALS = {
    PORTAL: Terminal(PORTAL, ("portal.js", "worker.js", "manifest.json", "icon.svg")),
    INTERFACE: Terminal(INTERFACE, ("lineup.json", "estates.json", "estates.geojson", "openapi.json")),
}


class Spot(NamedTuple):
    """Where an address leads: a terminal, an estate (empty: the district, in what nobody's estate is asked for), and a
    document's name within a release."""

    terminal: str
    estate: str
    name: str


_ESTATE = "(?P<estate>[a-z0-9-]{1,32})"
_ADDRESSES = tuple(
    (re.compile(pattern), terminal, name)
    for pattern, terminal, name in (
        (rf"/m/{_ESTATE}/(?P<page>[0-9]{{3}})", PORTAL, "{page}.html"),
        (r"/m/i/(?P<unit>[0-9]{3}\.[a-z0-9]{1,24})", PORTAL, "i/{unit}.html"),
        (r"/m/(?P<file>[a-z]{1,16}\.[a-z]{1,5})", PORTAL, "{file}"),
        (rf"/api/v1/alerts/{_ESTATE}\.(?P<form>json|atom)", INTERFACE, "alerts.{form}"),
        (rf"/api/v1/{_ESTATE}/(?P<name>[0-9]{{3}}\.[a-z]{{1,8}})", INTERFACE, "{name}"),
        (r"/api/v1/(?P<name>i/[0-9]{3}\.[a-z0-9]{1,24}\.[a-z]{1,5})", INTERFACE, "{name}"),
        (r"/api/v1/(?P<file>[a-z]{1,16}\.[a-z]{1,8})", INTERFACE, "{file}"),
    )
)


def spot_of(path: str) -> Spot | None:
    """Where ``path`` leads on a terminal; None for an address that none has."""
    if not path.startswith(("/m/", "/api/")):
        return None
    for pattern, terminal, name in _ADDRESSES:
        if match := pattern.fullmatch(path):
            given = match.groupdict()
            return Spot(terminal, given.pop("estate", ""), name.format(**given))
    return None
