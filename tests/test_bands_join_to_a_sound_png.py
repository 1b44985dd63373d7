"""A picture joined from bands is the picture that was painted, by the PNG standard and not by a decoder's leniency."""

import io
import struct
import zlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from channel.paint import png
from channel.paint.bitmap import Painter
from channel.paint.strips import Cutter
from channel.paint.theme import load_theme
from tests.samples import contents
from tests.screens import compose_sample

pytestmark = pytest.mark.slow


def chunks(data: bytes) -> list[tuple[bytes, bytes]]:
    """The chunks of a PNG; every CRC is checked."""
    assert data[:8] == b"\x89PNG\r\n\x1a\n"
    at, found = 8, []
    while at < len(data):
        (length,) = struct.unpack(">I", data[at : at + 4])
        kind, body = data[at + 4 : at + 8], data[at + 8 : at + 8 + length]
        (crc,) = struct.unpack(">I", data[at + 8 + length : at + 12 + length])
        assert crc == zlib.crc32(kind + body)
        found.append((kind, body))
        at += 12 + length
    return found


@given(parts=st.lists(st.binary(max_size=300), min_size=1, max_size=6))
def test_adler_joins(parts: list[bytes]) -> None:
    """The checksum of the whole follows from those of the parts."""
    total = 1
    for part in parts:
        total = png.adler_join(total, zlib.adler32(part), len(part))
    assert total == zlib.adler32(b"".join(parts))


@pytest.mark.parametrize("theme", ["night", "day", "high-contrast"])
@pytest.mark.parametrize(("geometry", "stored"), [("hd", 1280), ("large", 1280), ("sd", 720)])
def test_every_layout_decodes_to_its_canvas(theme: str, geometry: str, stored: int) -> None:
    """One zlib stream with a right checksum and exactly (width + 1) x height bytes; Pillow gives back the canvas. No
    band's first row has a filter, so that it needs nothing of the band before it."""
    painter = Painter(load_theme(theme), stretch=stored / (768 if geometry == "sd" else 1280))
    for layout in contents.layouts():
        screen = compose_sample(layout, geometry=geometry)[0]
        data = painter.picture(screen).body
        parts = chunks(data)
        assert [kind for kind, _ in parts if kind != b"IDAT"] == [b"IHDR", b"PLTE", b"IEND"]
        inflate = zlib.decompressobj()
        raw = inflate.decompress(b"".join(body for kind, body in parts if kind == b"IDAT"))
        assert inflate.eof and not inflate.unused_data
        assert len(raw) == (stored + 1) * screen.height
        rows = np.frombuffer(raw, np.uint8).reshape(screen.height, stored + 1)
        firsts = [strip.top for strip in Cutter().split(screen)]
        assert not rows[firsts, 0].any() and set(np.delete(rows[:, 0], firsts)) <= {2}, "none, or Up"
        canvas = painter.canvas(screen)
        unfiltered = rows[:, 1:].copy()
        for top, end in zip(firsts, [*firsts[1:], screen.height], strict=True):
            unfiltered[top:end] = np.cumsum(unfiltered[top:end], axis=0, dtype=np.uint8)
        assert np.array_equal(unfiltered, canvas)
        assert np.array_equal(np.asarray(Image.open(io.BytesIO(data)).convert("RGB")), painter.rgb(canvas))


def test_a_known_band_is_not_painted_again() -> None:
    """Another page with the same rows costs only what differs."""
    painter = Painter(load_theme("night"))
    painter.picture(compose_sample("nearest", 1)[0])
    before = painter.misses
    painter.picture(compose_sample("nearest", 1)[0])
    assert painter.misses == before


def test_colours_of_a_theme_are_exact() -> None:
    """Ground, panels, text and focus have the theme's own colours, whatever the palette merged."""
    for name in ("night", "day", "high-contrast", "alert"):
        theme = load_theme(name)
        painter = Painter(theme)
        colours = painter.rgb(np.arange(len(painter._palette.colors), dtype=np.uint8)[None, :])[0]
        for token in theme.colors:
            assert tuple(colours[painter._palette.index[token]]) == theme.rgb(token), (name, token)
