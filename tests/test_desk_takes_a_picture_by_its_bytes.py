"""A picture is what its bytes are: read elsewhere, turned upright, written anew, and nothing else of the file stays."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO

import pytest
from picture_files import bomb, photograph, scene, written
from PIL import Image

from broadcaster.desk import picture
from broadcaster.desk.refusal import Refusal
from feeds.parsing import Parser


@pytest.fixture(scope="module")
def parser() -> Iterator[Parser]:
    made = Parser(1)
    yield made
    made.close()


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_three_formats_become_one(parser: Parser, kind: str) -> None:
    kept = picture.taken(written(scene(), kind), parser)
    with Image.open(BytesIO(kept.data)) as made:
        assert made.format == "JPEG" and made.size == (kept.w, kept.h) == (683, 512)


def test_it_is_no_larger_than_the_largest_canvas_needs(parser: Parser) -> None:
    wide = picture.taken(written(scene(4000, 1000)), parser)
    assert (wide.w, wide.h) == (1152, 288) and len(wide.data) <= picture.MOST_KEPT


def test_it_stands_upright_and_forgets_where_it_was_taken(parser: Parser) -> None:
    kept = picture.taken(photograph(), parser)
    assert kept.w < kept.h, "the camera was held upright"
    with Image.open(BytesIO(kept.data)) as made:
        assert not made.getexif() and "icc_profile" not in made.info
        red, _, blue = made.getpixel((kept.w - 20, 20))
        assert red > 150 > blue, "the red corner has turned with it"
    assert b"secret words" not in kept.data


def test_the_same_file_is_the_same_picture(parser: Parser) -> None:
    assert picture.taken(written(scene()), parser) == picture.taken(written(scene()), parser)


def test_what_is_clear_stands_on_white(parser: Parser) -> None:
    clear = Image.new("RGBA", (640, 480), (0, 0, 0, 0))
    kept = picture.taken(written(clear, "PNG"), parser)
    with Image.open(BytesIO(kept.data)) as made:
        assert min(made.getpixel((5, 5))) > 250


def test_noise_is_bounded_too(parser: Parser) -> None:
    noise = Image.effect_noise((1152, 512), 100).convert("RGB")
    assert len(picture.taken(written(noise), parser).data) <= picture.MOST_KEPT


def test_a_second_file_in_its_tail_stays_behind(parser: Parser) -> None:
    evil = written(scene()) + b"PK\x03\x04<script>alert(1)</script>%PDF-1.7"
    kept = picture.taken(evil, parser)
    assert kept == picture.taken(written(scene()), parser)
    comment = written(scene(), comment=b"<script>alert(1)</script><?php")
    assert b"script" not in picture.taken(comment, parser).data


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", picture.NONE),
        (b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", picture.NONE),
        (b"GIF89a=1;alert(1)//", picture.NONE),
        (written(scene(), "GIF"), picture.NONE),
        (written(scene(), "TIFF"), picture.NONE),
        (written(scene(), "PDF"), picture.NONE),
        (written(scene())[:9_000], picture.TORN),
        (bomb(), picture.LARGE),
        (written(scene(90, 60)), picture.SMALL),
        (written(scene(), "WEBP", save_all=True, append_images=[scene().rotate(180)]), picture.MOVES),
        (written(scene(), "PNG", save_all=True, append_images=[scene().rotate(180)]), picture.MOVES),
        (bytes(picture.MOST_BYTES + 1), "4096 kB"),
    ],
    ids=["nothing", "svg", "script", "gif", "tiff", "pdf", "torn", "bomb", "small", "webp", "apng", "many bytes"],
)  # fmt: skip
def test_what_is_no_picture_is_said(parser: Parser, data: bytes, why: str) -> None:
    with pytest.raises(Refusal) as refused:
        picture.taken(data, parser)
    assert why in str(refused.value)


def test_a_file_that_takes_long_is_stopped(parser: Parser, monkeypatch: pytest.MonkeyPatch) -> None:
    """Within the pixels that are allowed, and all the same more than is given to one: the limits are the pool's."""
    import msgspec

    monkeypatch.setattr(picture, "_LIMITS", msgspec.structs.replace(picture._LIMITS, parse_memory=10_000_000))
    with pytest.raises(Refusal, match="damaged, or takes too long"):
        picture.taken(bomb(9_000, 5_000), parser)
