"""A layout and a family of boxes of a channel's own, as files to go on with."""

from __future__ import annotations

import re
from pathlib import Path

from broadcaster.tools.starting.tables import table
from channel.folder import Channel, every_family
from channel.offered import layout_names
from channel.profiles.profile import Keys
from channel.screen.geometry import load_geometry
from channel.screen.templates import template_mistakes
from feeds.base.errors import Mistakes, PersonError
from feeds.base.toml import nearest

FOLDER = "layouts"
"""Where a channel's own layouts are put when channel.toml does not say."""
_NAME = re.compile(r"[a-z][a-z0-9-]{0,39}")
LAYOUT = """\
{# NAME: rows of two lines, for what the view `latest` gives. docs/layouts.md has every element, m., f. and body. #}
{% extends "_frame.xml" %}
{% import "_parts.xml" as parts %}
{% block content %}
{% if body.empty or not body.rows %}
{{ parts.empty(body.empty or nothing) }}
{% else %}
<flow w="{{ f.width }}" h="{{ f.content_h }}" gap="6">
{% for row in body.rows %}
<link to="{{ row.to }}" h="100" fill="panel" pointer="30">
  <text x="28" y="6" h="50" w="{{ f.width - 40 }}" weight="bold" cut="ok">{{ row.title }}</text>
  <text x="28" y="54" h="42" w="{{ f.width - 40 }}" size="secondary" color="text2" cut="ok">{{ row.date }}</text>
</link>
{% endfor %}
</flow>
{% endif %}
{% endblock %}
"""


def check_name(name: str, what: str) -> None:
    """Raises PersonError for what cannot be a file's name of that kind."""
    if not _NAME.fullmatch(name):
        raise PersonError(f"NAME: found {name!r}, expected a {what}'s name of a-z, 0-9 and -, a letter first")


def layout_path(channel: Channel, name: str) -> Path:
    """Where the template goes. Raises PersonError when there is one."""
    check_name(name, "layout")
    if name in layout_names(channel.folder, ""):
        raise PersonError(
            f"NAME: found {name!r}, a layout that comes with the channel, expected a name that is free",
            hint=f"a file of that name in {channel.settings.layouts or FOLDER}/ takes its place on every page",
        )
    path = channel.folder / (channel.settings.layouts or FOLDER) / f"{name}.xml"
    if path.exists():
        raise PersonError(f"{path}: found a layout already, expected a name that is free")
    return path


def write_layout(channel: Channel, path: Path) -> None:
    """Write the template. Raises Mistakes when the channel's geometries cannot take it."""
    path.write_text(LAYOUT.replace("NAME", path.stem, 1), encoding="utf-8")
    used = {profile.metrics for name, profile in every_family(channel).items() if name in channel.profiles}
    own = channel.layouts
    found = template_mistakes(path.parent, [load_geometry(name, own) for name in sorted(used)])
    if found:
        raise Mistakes(found)


def profile_path(channel: Channel, name: str) -> Path:
    """Where a channel's own family goes. Raises PersonError when there is one of that name."""
    check_name(name, "profile")
    if name in every_family(channel):
        raise PersonError(f"NAME: found {name!r}, which is a family of boxes already, expected a name that is free")
    return channel.folder / "profiles" / f"{name}.toml"


def profile_text(channel: Channel, name: str, parent: str, agent: str, codes: list[str]) -> str:
    """The file of a family that differs from ``parent`` in these codes (``back=4711``). Raises PersonError."""
    families = every_family(channel)
    if parent not in families:
        close = nearest(parent, families)
        raise PersonError(f"--extends: found {parent!r}, expected one of: {', '.join(sorted(families))}{close}")
    keys = dict(_code(text) for text in codes)
    if not keys:
        raise PersonError(
            "--key: found nothing, expected at least one code that differs, such as --key back=4711",
            hint="/keytest of the origin shows what a remote sends; boxes that differ in nothing are one family",
        )
    rules: list[dict[str, object]] = [{"query": {"stb": name}}]
    if agent:
        rules.insert(0, {"ua_contains": [agent]})
    facts = {
        "extends": parent, "title": name, "fallback": parent,
        # Asked before the family that it is like, whose rules may hold for these boxes too.
        "order": max(families[parent].order - 5, 1), "match": rules,
    }  # fmt: skip
    head = f"# Boxes like {parent}, with another remote. docs/profiles.md says what every key means.\n"
    return f"{head}{table('', facts).partition(chr(10))[2]}\n{table('keys', keys)}"


def _code(text: str) -> tuple[str, list[int]]:
    name, mark, number = text.partition("=")
    known = Keys.__struct_fields__
    if name not in known or not mark or not number.replace(",", "").isdigit():
        expected = f"ACTION=CODE with one of: {', '.join(known)}{nearest(name, known)}"
        raise PersonError(f"--key: found {text!r}, expected {expected}")
    return name, [int(part) for part in number.split(",") if part]
