"""A designer adds a seventeenth layout in the channel's own folder, without touching Python."""

from __future__ import annotations

from pathlib import Path

import pytest

from channel.folder import Channel
from channel.preflight import inspect
from channel.render import Renderer
from channel.screen.geometry import load_geometry
from channel.screen.templates import Layouts
from feeds.base.clock import parse_moment
from feeds.base.errors import MarkupError
from feeds.folder import read_records

TEMPLATE = """\
{% extends "_frame.xml" %}
{% import "_parts.xml" as parts %}
{% block content %}
{% if body.empty or not body.rows %}
{{ parts.empty(body.empty or nothing) }}
{% else %}
<grid cols="2" rows="{{ m.rows }}" cw="{{ m.cw }}" ch="{{ m.ch }}" gx="12" gy="12">
{% for row in body.rows %}
<link to="{{ row.to }}" h="{{ m.ch }}" fill="panel" pointer="30">
  <text x="28" y="8" h="44" w="{{ m.cw - 36 }}" weight="bold" cut="ok">{{ row.title }}</text>
  <text x="28" y="56" h="40" w="{{ m.cw - 36 }}" size="secondary" color="text2">{{ row.date }}</text>
</link>
{% endfor %}
</grid>
{% endif %}
{% endblock %}
"""
NUMBERS = "[layouts.wall]\nrows = 4\ncw = 570\nch = 116\n"
MOMENT = parse_moment("2026-11-24T08:12")


@pytest.fixture
def folder(channel_dir: Path) -> Path:
    """The example with a layout of its own, used by page 111 in place of ``list``."""
    own = channel_dir / "layouts"
    (own / "metrics").mkdir(parents=True)
    (own / "wall.xml").write_text(TEMPLATE, encoding="utf-8")
    for geometry in ("hd", "large"):
        (own / "metrics" / f"{geometry}.toml").write_text(NUMBERS, encoding="utf-8")
    settings = channel_dir / "channel.toml"
    text = settings.read_text(encoding="utf-8")
    settings.write_text('layouts = "layouts"\n' + text, encoding="utf-8")
    lineup = channel_dir / "lineup.toml"
    before, _, after = lineup.read_text(encoding="utf-8").partition("[page.111]\n")
    assert 'layout = "list"' in after.partition("\n[page.")[0]
    lineup.write_text(
        before + "[page.111]\n" + after.replace('layout = "list"', 'layout = "wall"', 1), encoding="utf-8"
    )
    return channel_dir


@pytest.mark.parametrize("profile", ["web-hd", "ipanel-hd", "bitmap-hd"])
def test_a_page_is_painted_by_the_channels_own_layout(folder: Path, profile: str) -> None:
    """Template and numbers lie in the channel; the page is as sound as any, in HTML and as a picture."""
    channel = Channel.open(folder)
    renderer = Renderer(channel)
    snapshot = read_records(channel.sources["district-news"], folder / "records", MOMENT)
    assert snapshot is not None
    snapshots = {"district-news": snapshot}
    rendered = renderer.page("111", "district", profile, snapshots, MOMENT)
    checked = inspect(rendered, channel.lineup, set(channel.estates), renderer.profiles[profile])
    assert [finding for finding in checked.findings if finding.level == "fault"] == []
    screen = renderer.screens("111", "district", profile, snapshots, MOMENT)[0]
    tiles = [link for link in screen.links if not link.group]
    assert [(link.w, link.h) for link in tiles] == [(570, 116)] * 8
    assert screen.first == 0 or screen.links[screen.first] is tiles[0]


def test_the_house_layouts_and_numbers_are_still_there(folder: Path) -> None:
    """A channel's folder holds only what it adds; ours stand behind it."""
    own = folder / "layouts"
    assert {"wall", "list", "alert"} <= set(Layouts(own).names())
    ours, theirs = load_geometry("hd"), load_geometry("hd", own)
    assert theirs.frame == ours.frame and theirs.layouts["wall"]["cw"] == 570
    assert {**theirs.layouts, "wall": None} == {**ours.layouts, "wall": None}


def test_a_number_that_is_not_there_is_named(folder: Path) -> None:
    """A slip in the template is told with the file, the line and the nearest name."""
    template = folder / "layouts" / "wall.xml"
    template.write_text(TEMPLATE.replace("m.rows", "m.row"), encoding="utf-8")
    channel = Channel.open(folder)
    with pytest.raises(MarkupError, match=r"wall\.xml:7: m\.row: not in this geometry; did you mean `rows`"):
        Renderer(channel).page("111", "district", "web-hd", {}, MOMENT)
