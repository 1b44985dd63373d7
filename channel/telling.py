"""What is answered on a terminal: as ``channel.painting`` chooses for boxes, the first that can be painted of what is
said, what was said before, and that the page is not to be had now."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from datetime import date
from typing import Protocol

from channel.estates import DISTRICT
from channel.paint.addresses import ALERTS
from channel.paint.output import Finding, Rendered
from channel.paint.portal import Notice, read_notice
from channel.painting import Choice, Says, Shown
from channel.release.contents import Entry
from channel.terminals import Terminals
from channel.views.content import Alert
from feeds.base.errors import ChannelError, NotFound, RenderError, StoreError

log = logging.getLogger(__name__)


class Tells(Says, Protocol):
    """What is asked of a release beside what painting for boxes asks; see there."""

    def alert(self, estate: str) -> bytes: ...


def warned(release: Tells, estate: str) -> Entry | None:
    """Where ``release`` has what the page of warnings says for ``estate``."""
    return release.said(ALERTS, estate)


def notice_of(release: Tells, estate: str) -> Notice | None:
    """The alert in force in ``estate``, with how severe it is, where and until when, as far as that can be had."""
    told = read_notice(release.alert(estate))
    entry = warned(release, estate) if told else None
    if told is None or entry is None:
        return told
    try:
        body = release.content(ALERTS, entry.content, entry.until, items=False).body
    except ChannelError:
        # In few words rather than not at all.
        return told
    return read_notice(release.alert(estate), body if isinstance(body, Alert) else None)


def tell(terminals: Terminals, release: Tells, page: str, estate: str, terminal: str, item: str = "") -> Choice:
    """A page, or one of its items, as ``release`` has it for ``estate`` on ``terminal``.

    Raises NotFound for what the release or its line-up does not have, RenderError when not even that it is not to be
    had can be said.
    """
    entry = release.said(page, DISTRICT if item else estate)
    if entry is None or (item and release.item_key(page, item) is None):
        raise NotFound(f"page: found {page}{'.' if item else ''}{item}, which release {release.id} says nothing of")
    findings: list[Finding] = []
    lasting = True
    for shown, attempt in _tries(terminals, release, entry, page, estate, terminal, item):
        try:
            return Choice(attempt(), shown, tuple(findings), lasting)
        except ChannelError as error:
            lasting &= not isinstance(error, StoreError)
            findings.append(_fault(page, item, error.message))
        except Exception:
            # A fault of ours in one page is no reason to show nothing.
            log.exception("page %s: painting it for %s failed", page, terminal)
            findings.append(_fault(page, item, "painting it failed: the fault is ours"))
    raise RenderError(f"{page}: not even the plain page can be painted for {terminal}")


def _tries(
    terminals: Terminals, release: Tells, entry: Entry, page: str, estate: str, terminal: str, item: str
) -> Iterator[tuple[Shown, Callable[[], Rendered]]]:
    day = date.fromordinal(entry.day)
    alert = notice_of(release, DISTRICT if item else estate)

    def said(key: bytes) -> Rendered:
        if item:
            return terminals.item(page, terminal, release.item(page, item), day, alert=alert)
        content = release.content(page, key, entry.until if key == entry.content else 0, items=False)
        return terminals.page(page, estate, terminal, content, day, alert=alert)

    yield "content", lambda: said(entry.content)
    # An item has its own words, whatever its page said before.
    if entry.before and not item:
        yield "before", lambda: said(entry.before)
    yield "unsaid", lambda: terminals.unavailable(page, estate, terminal, item)


def _fault(page: str, item: str, sentence: str) -> Finding:
    where = f"{page}.{item}" if item else page
    return Finding(level="fault", page=where, screen=0, element="", sentence=sentence)
