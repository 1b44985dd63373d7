"""The files of a new channel, as text."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from broadcaster.tools.starting.feeding import Fed, shown_by
from broadcaster.tools.starting.tables import table, value

_HERE = Path(__file__).parent
_SPOKEN = "en"
"""The language of the titles where a catalogue has none of its own here."""
_CHANNEL = """\
# A channel: every key is checked on load, unknown ones are refused. docs/reference.md lists them all.
title = {title}
district = {district}

# The words of the screens, the channel's clock, and the money of prices that name none.
language = {language}
timezone = {timezone}
currency = {currency}
{alerts}
# Families of boxes: all that there are. To serve some only, name them: profiles = ["web-hd", "bitmap-hd"]
theme = "night"          # or day, high-contrast

[origin]
host = "127.0.0.1"       # 0.0.0.0 lets boxes of the network in
port = 8180
"""
_ALERTS = """
# Public warnings; exercises and tests never reach a box unless drills is true.
alert_source = "alerts"
"""
_LINEUP = """\
# The line-up: one table a page, by the number that one types. Yellow is always large text and blue always this page's
# 100, so they do not stand here. `channel new page NUMBER` adds one; docs/lineup.md says what every key means.
"""
_SOURCES = """\
# Where the data come from, one table a source. `channel new source NAME URL` adds one, `channel source try URL` looks
# at an address first; docs/sources.md says what every key means.
"""
_REMARK = "# When this was made nothing could be read here: {why}\n# `channel source try {url}` tells more.\n"


@dataclass(frozen=True)
class Plan:
    """What is known of a new channel."""

    title: str
    district: str
    language: str
    timezone: str
    currency: str
    estates: str
    """The text of ``estates.csv``."""
    feeds: Mapping[str, Fed]
    """What was tried, by what it is for: ``weather``, ``news``, ``alerts``."""
    copies: Mapping[str, Path]
    """Files that are copied into the folder, by their names there."""


    @property
    def short(self) -> str:
        """What stands for the title where there is little room."""
        return self.district if len(self.district) < len(self.title) else ""


def titles(language: str) -> dict[str, Any]:
    """What the pages of a new channel are called in a language; in English where nobody wrote that down yet."""
    path = _HERE / f"words.{language}.toml"
    return tomllib.loads((path if path.is_file() else _HERE / f"words.{_SPOKEN}.toml").read_text(encoding="utf-8"))


def files(plan: Plan) -> dict[str, str]:
    """The text of each file of the channel, by its name."""
    facts = {name: value(getattr(plan, name)) for name in ("title", "district", "language", "timezone", "currency")}
    pages = [table(f"page.{number}", keys) for number, keys in sorted(_pages(plan).items())]
    return {
        "channel.toml": _CHANNEL.format(**facts, alerts=_ALERTS if "alerts" in plan.feeds else ""),
        "lineup.toml": "\n".join([_LINEUP, *pages]),
        "sources.toml": "\n".join([_SOURCES, *map(_source, plan.feeds.values())]),
        "estates.csv": plan.estates,
    }


def _source(fed: Fed) -> str:
    if not fed.remark:
        return fed.toml
    url = tomllib.loads(fed.toml)["source"][fed.ident]["url"]
    return _REMARK.format(why=" ".join(fed.remark.split()), url=url) + fed.toml


def _pages(plan: Plan) -> dict[str, dict[str, Any]]:
    """The pages by number: those that every channel has, and one for each address."""
    words = titles(plan.language)
    services, asked, finder = ([words[f"{key}_key"][0], number, words[f"{key}_key"][1]] for key, number in (
        ("services", "102"), ("help", "103"), ("finder", "109"),
    ))  # fmt: skip
    warnings = [words["alerts_key"][0], "900", words["alerts_key"][1]]
    fed = dict(_fed_pages(plan, words))
    roles, options = _at_home(plan, fed)
    home = {"category": "home", "icon": "house", "parent": "100"}
    return {
        "100": {
            "title": words["home"], "label": plan.short, "category": "home", "icon": "house", "layout": "menu",
            "view": "menu",
            "scope": "estate", "sources": roles, "options": options, "red": warnings if "900" in fed else asked,
            "green": services,
        },
        "102": {
            "title": words["services"], **home, "layout": "index", "view": "services", "red": asked, "green": finder,
        },
        "103": {
            "title": words["help"], **home, "layout": "guide", "view": "guide", "green": finder,
            "options": words["help_page"],
        },
        "109": {
            "title": words["finder"], **home, "label": words["finder_label"], "layout": "index", "view": "towns",
            "detail": "index", "red": asked,
        },
        **fed,
    }  # fmt: skip


_PLACES = {"news": ("110", "newspaper"), "weather": ("500", "cloud-sun"), "alerts": ("900", "triangle")}


def _fed_pages(plan: Plan, words: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """The page of each address, as its records are shown. What is of no use on a page has none."""
    for purpose, fed in plan.feeds.items():
        shown = shown_by().get(fed.record)
        if shown is not None:
            number, icon = _PLACES[purpose]
            yield number, {
                "title": words[purpose], "category": purpose, "icon": icon, "parent": "100", "layout": shown.layout,
                "view": shown.view, "scope": "" if shown.scope == "district" else shown.scope,
                "sources": {shown.role: fed.ident},
            }  # fmt: skip


def _at_home(plan: Plan, pages: Mapping[str, Any]) -> tuple[dict[str, str], dict[str, str]]:
    """What the home page asks, and the pages that its parts open: each only what it can show."""
    kinds = {"alerts": "alert", "news": "article", "weather": "forecast"}
    roles = {p: fed.ident for p, kind in kinds.items() if (fed := plan.feeds.get(p)) and fed.record == kind}
    options = {p: _PLACES[p][0] for p in roles if _PLACES[p][0] in pages and p != "alerts"}
    return roles, options


def without_page(plan: Plan) -> Sequence[str]:
    """The addresses that were read and that no view shows."""
    return [purpose for purpose, fed in plan.feeds.items() if fed.record not in shown_by()]
