"""A channel brings icons of its own in ``layouts/icons``; each is read as somebody else's file."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from channel.folder import Channel
from channel.paint import raster
from channel.paint.bitmap import Painter
from channel.paint.icons import MOST_BYTES, icon_names, read_icon
from channel.paint.theme import load_theme
from channel.preflight import inspect
from channel.render import Renderer
from channel.screen.pieces import Icon
from feeds.base.clock import parse_moment
from feeds.base.errors import MarkupError

MOMENT = parse_moment("2026-11-24T08:12")
HEAD = '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" viewBox="0 0 48 48">'
BLOCK = f'{HEAD}<rect x="0" y="0" width="24" height="48"/></svg>'
"""The left half inked: no picture of ours looks so."""


@pytest.fixture
def folder(channel_dir: Path) -> Path:
    """The example with an icon of its own on the tile of page 561, and another one in place of our ``bus``."""
    icons = channel_dir / "layouts" / "icons"
    icons.mkdir(parents=True)
    (icons / "half.svg").write_text(BLOCK, encoding="utf-8")
    (icons / "bus.svg").write_text(BLOCK, encoding="utf-8")
    settings = channel_dir / "channel.toml"
    settings.write_text('layouts = "layouts"\n' + settings.read_text(encoding="utf-8"), encoding="utf-8")
    lineup = channel_dir / "lineup.toml"
    before, mark, after = lineup.read_text(encoding="utf-8").partition("[page.561]\n")
    after = after.replace('icon = "shield"', 'icon = "half"', 1)
    lineup.write_text(f"{before}{mark}{after}", encoding="utf-8")
    return channel_dir


def left_half(mask: raster.Mask) -> bool:
    """Whether the mask is that of ``BLOCK``."""
    middle = mask.shape[1] // 2
    return bool((mask[:, : middle - 1] == raster.LEVELS - 1).all() and not mask[:, middle + 1 :].any())


@pytest.mark.parametrize("profile", ["web-hd", "bitmap-hd"])
def test_a_tile_shows_the_channels_own_icon(folder: Path, profile: str) -> None:
    """Both painters find it by the rule of layouts and themes: the channel's folder first, then ours."""
    channel = Channel.open(folder)
    renderer = Renderer(channel)
    rendered = renderer.page("560", "district", profile, {}, MOMENT)
    checked = inspect(rendered, channel.lineup, set(channel.estates), renderer.profiles[profile])
    assert [finding for finding in checked.findings if finding.level == "fault"] == []
    screen = renderer.screens("560", "district", profile, {}, MOMENT)[0]
    tile = next(item for item in screen.pieces if isinstance(item, Icon) and item.name == "half")
    if profile == "web-hd":
        pictures = [Image.open(io.BytesIO(a.body)).convert("L") for a in rendered.assets.values() if a.ext == "png"]
        found = [np.asarray(picture) for picture in pictures if picture.size == (tile.w, tile.h)]
    else:
        canvas = Painter(load_theme("night", folder / "layouts")).canvas(screen)
        found = [canvas[tile.y : tile.y + tile.h, tile.x : tile.x + tile.w]]
    half = tile.w // 2
    assert [
        p for p in found if len({*p[:, : half - 1].flat}) == 1 == len({*p[:, half + 1 :].flat}) and p[0, 0] != p[0, -1]
    ]


def test_one_that_has_the_name_of_ours_takes_its_place(folder: Path) -> None:
    """Only in that channel, and all others of ours are still there."""
    own = folder / "layouts" / "icons"
    assert left_half(raster.icon("bus", 48, 48, own))
    assert not left_half(raster.icon("bus", 48, 48))
    assert {"half", "bus", "cross"} <= icon_names(own) and "half" not in icon_names()
    assert (raster.icon("cross", 48, 48, own) == raster.icon("cross", 48, 48)).all()


def test_a_new_icon_is_a_new_declaration(folder: Path) -> None:
    """What is on air is painted again when the file changes."""
    before = Channel.open(folder).digest
    (folder / "layouts" / "icons" / "half.svg").write_text(BLOCK.replace("24", "12"), encoding="utf-8")
    assert Channel.open(folder).digest != before


@pytest.mark.parametrize(
    ("svg", "said"),
    [
        (f"{HEAD}<script>alert(1)</script></svg>", "found <script>, expected shapes alone"),
        (f'{HEAD}<image width="9" height="9" xlink:href="file:///etc/hostname"/></svg>', "found <image>"),
        (f'{HEAD}<use xlink:href="#a"/></svg>', "found <use>"),
        (f"{HEAD}<foreignObject/></svg>", "found <foreignObject>"),
        (f"{HEAD}<text>x</text></svg>", "found <text>"),
        (f"{HEAD}<style>@import url(http://127.0.0.1/x)</style></svg>", "found <style>"),
        (f'{HEAD}<g xlink:href="http://127.0.0.1/"/></svg>', "<g href>: expected no script, style or reference"),
        (f'{HEAD}<path onclick="alert(1)" d=""/></svg>', "<path onclick>: expected no script"),
        (f'{HEAD}<path style="fill:red" d=""/></svg>', "<path style>: expected no script, style"),
        (f'{HEAD}<path fill="url(http://127.0.0.1/a.svg#b)" d=""/></svg>', "expected no reference out of the file"),
        ('<!DOCTYPE svg [<!ENTITY a "aaaa">]><svg xmlns="http://www.w3.org/2000/svg"/>', "found a document type"),
        ("<svg", "unclosed token"),
        ('<svg viewBox="0 0 9 9"/>', "expected <svg> of http://www.w3.org/2000/svg with a viewBox"),
        ('<svg xmlns="http://www.w3.org/2000/svg"/>', "with a viewBox"),
        (f"{HEAD}{'<g/>' * 300}</svg>", "found 301 elements, expected 200 at most"),
        (f"{HEAD}<desc>{'x' * MOST_BYTES}</desc></svg>", f"expected {MOST_BYTES} at most"),
    ],
)
def test_what_is_no_flat_picture_is_refused(tmp_path: Path, svg: str, said: str) -> None:
    """No script, no picture, no style, no text, no reference out of it, no entities, no end of elements or bytes."""
    (tmp_path / "own.svg").write_text(svg, encoding="utf-8")
    with pytest.raises(MarkupError) as caught:
        read_icon("own", tmp_path)
    assert said in str(caught.value) and "own.svg" in str(caught.value)


@pytest.mark.parametrize("name", ["../themes/night", "no-such", "", "BUS", "a" * 60])
def test_a_name_leads_to_a_file_of_the_folder_or_nowhere(tmp_path: Path, name: str) -> None:
    """A name is letters, digits and hyphens; what is not there is told with the nearest name."""
    with pytest.raises(MarkupError, match="expected a file of layouts/icons"):
        read_icon(name, tmp_path)


def test_a_bad_icon_keeps_its_page_off_air_and_no_other(folder: Path) -> None:
    """The page that shows it fails with the file's name; its neighbour does not."""
    (folder / "layouts" / "icons" / "half.svg").write_text(f"{HEAD}<script/></svg>", encoding="utf-8")
    renderer = Renderer(Channel.open(folder))
    with pytest.raises(MarkupError, match=r"half\.svg: found <script>"):
        renderer.page("560", "district", "web-hd", {}, MOMENT)
    assert renderer.page("200", "district", "web-hd", {}, MOMENT).documents


@pytest.mark.parametrize(
    "path", sorted((Path(__file__).parents[1] / "layouts" / "icons").glob("*.svg")), ids=lambda path: path.stem
)
def test_ours_keep_the_same_rules(path: Path) -> None:
    """Every icon of the project passes the check that a channel's own must pass."""
    assert read_icon(path.stem)
