"""Where rendered sheets go: sound pages in their places, others keep their last good screens or get a plain one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from contextlib import suppress

from channel.build.jobs import Outcome, Sheets
from channel.estates import DISTRICT
from channel.lineup import Lineup, Page
from channel.paint.output import Finding, PaintedDocument
from channel.release import Changes, Press, Release
from channel.release.tree import LAYERS, REMOTE, Layer, page_of
from channel.settings import Channel
from feeds.base.errors import StoreError

RETRY_S = 300.0
"""A page that went wrong is tried again after this long, even when nothing changed: a worker may have died."""
ALERT_VIEW = "alerts"
"""The view whose pages go on air by the alerts' own way."""
MOST_FINDINGS = 100
"""Findings kept of a page: 818 estates may all say the same in other words."""


class Placements:
    """Collects outcomes, then says what a release changes. ``built`` is the release that it goes over."""

    def __init__(self, lineup: Lineup, built: Release | None, layer: Layer, moment: float) -> None:
        self._lineup = lineup
        self._built = built
        self._layer = layer
        self._moment = moment
        self._outcomes: list[tuple[str, Outcome]] = []
        self._plain: dict[tuple[str, str], Sheets] = {}
        self._items: dict[tuple[str, str], frozenset[str] | None] = {}
        self._sound: set[tuple[str, str]] = set()
        self._alive: dict[str, set[str]] = defaultdict(set)
        self._edits: list[tuple[str, str, str, bytes | None]] = []
        self.findings: dict[str, list[tuple[str, Finding]]] = defaultdict(list)
        self.untils: dict[str, dict[str, float]] = defaultdict(dict)
        self.rendered = 0
        self.unchanged = 0

    def take(self, page: str, outcome: Outcome) -> None:
        """An outcome, as it comes."""
        self._outcomes.append((page, outcome))
        if outcome.plain:
            self._plain.setdefault((page, outcome.profile), outcome.plain)
        if outcome.sound and outcome.estate == DISTRICT:
            self._sound.add((outcome.profile, page))
            self._items[outcome.profile, page] = frozenset(outcome.items)

    def settle(self) -> None:
        """Check links between pages and decide every place; to be called when all outcomes are there."""
        for page, outcome in self._outcomes:
            for finding in outcome.findings:
                self._find(page, outcome.estate, finding)
            dead = self._dead_link(outcome) if outcome.sound else ""
            if dead:
                sentence = f"link to {dead!r}, which is not there"
                fault = Finding(level="fault", page=page, screen=0, element="", sentence=sentence)
                self._find(page, outcome.estate, fault)
            if outcome.sound and not dead:
                self._place(page, outcome)
            else:
                self._fall_back(page, outcome)
            self._look_again(page, outcome, well=outcome.sound and not dead)
        self._outcomes.clear()

    def apply(self, changes: Changes) -> None:
        """Write the places into ``changes``."""
        for profile, scope, group, key in self._edits:
            changes.sheet(profile, scope, group, key, self._layer)

    def _place(self, page: str, outcome: Outcome) -> None:
        self.rendered += 1
        before = self._before(outcome)
        changed = False
        groups = dict(outcome.sheets)
        if outcome.estate != DISTRICT:
            groups.pop(f"i/{page}", None)
        elif f"i/{page}" in before:
            groups.setdefault(f"i/{page}", b"")
        for group, key in groups.items():
            if before.get(group) != key:
                changed = True
                self._edits.append((outcome.profile, outcome.estate, group, key or None))
        self.unchanged += not changed

    def _fall_back(self, page: str, outcome: Outcome) -> None:
        """Last good screens stay; an estate without sees the district's when those are sound, else a plain one."""
        if page in self._before(outcome):
            return
        if outcome.estate != DISTRICT and self._district_is_sound(page, outcome.profile):
            return
        for group, key in self._plain.get((page, outcome.profile), ()):
            self._edits.append((outcome.profile, outcome.estate, group, key))

    def _district_is_sound(self, page: str, profile: str) -> bool:
        if (profile, page) in self._sound:
            return True
        return page in self._groups(profile, DISTRICT)

    def _before(self, outcome: Outcome) -> Mapping[str, bytes]:
        return self._groups(outcome.profile, outcome.estate)

    def _groups(self, profile: str, scope: str) -> Mapping[str, bytes]:
        """What the release has there; nothing, when that map is damaged: then all of it is placed anew."""
        try:
            return self._built.groups(self._layer, profile, scope) if self._built else {}
        except StoreError:
            return {}

    def _look_again(self, page: str, outcome: Outcome, *, well: bool) -> None:
        until = outcome.until
        if not well:
            until = min(until or float("inf"), self._moment + RETRY_S)
        if until:
            known = self.untils[page].get(outcome.estate)
            self.untils[page][outcome.estate] = until if known is None else min(known, until)

    def _dead_link(self, outcome: Outcome) -> str:
        """A target that leads to an item that no page of the release has."""
        alive = self._alive[outcome.profile]
        for target in outcome.targets:
            if target not in alive:
                if not self._leads_somewhere(target, outcome.profile):
                    return target
                # 818 estates lead to the same items.
                alive.add(target)
        return ""

    def _leads_somewhere(self, target: str, profile: str) -> bool:
        number, _, item = target.partition("#")[0].partition(".")
        if not item or number not in self._lineup.pages:
            return True
        items = self._items_of(profile, number)
        return items is None or item in items

    def _items_of(self, profile: str, page: str) -> frozenset[str] | None:
        """The ids of a page's items; None when the map that names them is damaged, and nobody can judge."""
        if (profile, page) not in self._items:
            try:
                found = self._built.items(profile, page) if self._built else frozenset()
            except StoreError:
                found = None
            self._items[profile, page] = found
        return self._items[profile, page]

    def _find(self, page: str, estate: str, finding: Finding) -> None:
        found = self.findings[page]
        if len(found) < MOST_FINDINGS and all(finding != known for _, known in found):
            found.append((estate, finding))


class Scripts:
    """The remote's script of each profile (None: it runs none), ready to stand beside the pages that name it.

    It is served as pages are, kept for seconds and asked for again by its ETag, not as pictures are: its address does
    not tell one version from the next, so a box that kept it would go on with the keys or pages of yesterday.
    """

    def __init__(self, documents: Mapping[str, PaintedDocument | None]) -> None:
        self._presses = {profile: Press() for profile in documents}
        for profile, document in documents.items():
            if document is not None:
                self._presses[profile].documents(DISTRICT, REMOTE, [document])

    def place(self, changes: Changes, release: Release | None, layer: Layer, *, anew: bool = False) -> None:
        """Put each script into the tree ``layer`` that has another one, or none, in ``release``; with ``anew`` also
        where it has the same."""
        for profile, press in self._presses.items():
            wanted = next((key for _, _, key in press.pressed.sheets), None)
            if wanted is not None and (anew or wanted != _held(release, layer, profile)):
                changes.pressed(profile, press.pressed, layer)
            elif wanted is None and _held(release, layer, profile) is not None:
                changes.sheet(profile, DISTRICT, REMOTE, None, layer)


def _held(release: Release | None, layer: Layer, profile: str) -> bytes | None:
    try:
        return release.sheet_key(layer, profile, DISTRICT, REMOTE) if release else None
    except StoreError:
        return None


def clean(changes: Changes, built: Release | None, channel: Channel) -> None:
    """Take out what the declarations no longer name: profiles, estates, pages, and estates of district pages."""
    if built is None:
        return
    for layer in LAYERS:
        for number in built.root.said(layer):
            page = channel.lineup.pages.get(number)
            if page is None or (page.view == ALERT_VIEW) != (layer == "alerts"):
                changes.said(number, None, layer)
    for profile in built.profiles:
        if profile not in channel.settings.profiles:
            changes.forget(profile)
            continue
        # A damaged index names nothing that could be taken out; a repair makes it anew.
        with suppress(StoreError):
            for scope in built.estates(profile):
                if scope != DISTRICT and scope not in channel.estates:
                    changes.forget(profile, scope)
                else:
                    _clean_scope(changes, built, channel, profile, scope)


def _clean_scope(changes: Changes, built: Release, channel: Channel, profile: str, scope: str) -> None:
    for layer in LAYERS:
        with suppress(StoreError):
            for group in built.groups(layer, profile, scope):
                page = channel.lineup.pages.get(page_of(group))
                if group != REMOTE and not (page and _belongs(page, layer, scope)):
                    changes.sheet(profile, scope, group, None, layer)


def _belongs(page: Page, layer: Layer, scope: str) -> bool:
    """Whether that tree has the page for that scope."""
    if (page.view == ALERT_VIEW) != (layer == "alerts"):
        return False
    return layer == "alerts" or scope == DISTRICT or page.scope != "district"
