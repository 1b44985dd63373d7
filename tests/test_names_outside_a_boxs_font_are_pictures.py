"""A name with a character that a box's own font lacks stands on the page as a picture, with the focus and without."""

import io

import msgspec
import numpy as np
from PIL import Image

from channel.paint import raster
from channel.paint.addresses import DocumentAddress
from channel.paint.html import DocumentFrame, HtmlPainter
from channel.paint.theme import load_theme
from channel.profiles import document_key, load_profiles
from channel.views.content import List as ListBody
from channel.views.content import ListRow
from tests.screens import compose_body

RARE = "龑字路新开业"
"""U+9F91 is in GBK and not in GB 2312."""
PLAIN = "莘庄路新开业"


def document(glyphs: str) -> tuple[str, dict[str, bytes]]:
    """A list of two titles on a box whose font has those characters."""
    profile = msgspec.structs.replace(load_profiles(["web-hd"])["web-hd"], glyphs=glyphs)
    rows = (ListRow(to="111.a", title=RARE, date="11-24"), ListRow(to="111.b", title=PLAIN, date="11-24"))
    body = ListBody(rows=rows)
    screen = compose_body("list", body)[0]
    frame = DocumentFrame(spot=DocumentAddress("111"))
    made, assets = HtmlPainter(load_theme("night"), profile).document(screen, frame)
    return made.body.decode(), {name: asset.body for name, asset in assets.items()}


def test_only_the_line_with_the_character_is_a_picture() -> None:
    """The rare line is nowhere as text and twice as a picture (usual, and with the focus); the other stays text."""
    plain, before = document("")
    assert RARE in plain and PLAIN in plain
    text, assets = document("gb2312")
    assert RARE not in text and PLAIN in text
    new = [Image.open(io.BytesIO(assets[name])) for name in sorted(set(assets) - set(before))]
    ink = raster.line(RARE, 30, "medium").mask
    assert [picture.size for picture in new] == [ink.shape[::-1]] * 2
    for picture in new:
        ground = np.asarray(picture.convert("RGB"))[0, 0]
        inked = (np.asarray(picture.convert("RGB")) != ground).any(axis=2)
        assert np.array_equal(inked, ink > 0)
    for name in set(assets) - set(before):
        assert f"url(../../assets/{name})" in text


def test_a_font_that_has_the_character_writes_it() -> None:
    """GBK has it: no picture is made, and boxes that differ in this share no documents."""
    assert document("gbk")[0] == document("")[0]
    web = load_profiles(["web-hd"])["web-hd"]
    assert document_key(web) != document_key(msgspec.structs.replace(web, glyphs="gb2312"))
