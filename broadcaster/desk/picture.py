"""An editor's picture in its normal form: what a screen can need of it, and nothing else that stood in the file.

It is read in a process of the parsing pool, with a deadline and little memory. What the file is is told by its bytes
alone; its name is never looked at. Writing it anew leaves everything behind that is not seen: metadata, a second
file in its tail, a script in a comment.
"""

from __future__ import annotations

from io import BytesIO

import msgspec
from PIL import Image, ImageOps, UnidentifiedImageError

from broadcaster.desk.refusal import Refusal
from channel.keys import key_of
from channel.words import N_
from feeds.base.errors import ChannelError, FormatError
from feeds.parsing import Parser
from feeds.pictures import Kept
from feeds.source import Source

MOST_BYTES = 4 << 20
MOST_PIXELS = 50_000_000
"""Of a telephone's camera; a file that unpacks to more is meant to do harm."""
LEAST = (320, 200)
"""Of the longer and the shorter side: what is smaller is a blur on a television."""
CANVAS = (1152, 512)
"""What the largest canvas has room for between header and footer, in pixels."""
MOST_KEPT = 240_000
"""Bytes of a picture as a release holds it."""
_QUALITIES = (88, 80, 70, 60, 45)
_LIMITS = Source(
    id="picture", url="desk:", format="desk", publisher="-", parse_deadline="10s", parse_memory=700_000_000
)
NONE, MOVES, LARGE, SMALL, TORN = (
    N_("this is no JPEG, PNG or WebP picture"),
    N_("this picture moves: one that stands still is expected"),
    N_("this picture has too many pixels: 50 million at most"),
    N_("this picture is too small for a television: 320 x 200 pixels at least"),
    N_("this picture is damaged, or takes too long to read"),
)  # fmt: skip


class Normal(msgspec.Struct, frozen=True, kw_only=True):
    """A JPEG (ITU-T T.81) without metadata, w x h pixels."""

    w: int
    h: int
    data: bytes


def taken(data: bytes, parser: Parser) -> Kept:
    """The picture of a file, named by what it became. Raises Refusal."""
    if len(data) > MOST_BYTES:
        raise Refusal("picture", N_("{n} kB, where {most} at most are taken"), n=len(data) >> 10, most=MOST_BYTES >> 10)
    try:
        made = parser.call("broadcaster.desk.picture:normal", (data,), _LIMITS, Normal)
    except ChannelError as error:
        known = error.message in (NONE, MOVES, LARGE, SMALL)
        raise Refusal("picture", error.message if known else TORN) from None
    # What has read a stranger's bytes is not believed either.
    if len(made.data) > MOST_KEPT or not (0 < made.w <= CANVAS[0] and 0 < made.h <= CANVAS[1]):
        raise Refusal("picture", TORN)
    return Kept(key=key_of(made.data).hex(), w=made.w, h=made.h, data=made.data)


def normal(data: bytes) -> Normal:
    """The picture in ``data``, upright, no larger than the canvas. Raises FormatError."""
    Image.MAX_IMAGE_PIXELS = None
    try:
        with Image.open(BytesIO(data), formats=("JPEG", "PNG", "WEBP")) as picture:
            _check(picture)
            picture.draft("RGB", (2 * CANVAS[0], 2 * CANVAS[0]))
            upright = _flat(ImageOps.exif_transpose(picture))
    except UnidentifiedImageError:
        raise FormatError(NONE) from None
    except (OSError, SyntaxError, ValueError) as error:
        raise FormatError(TORN) from error
    upright.thumbnail(CANVAS, Image.Resampling.LANCZOS)
    for quality in _QUALITIES:
        out = BytesIO()
        # Without what came with it: its colour profile, its text, the place where it was taken.
        Image.frombytes("RGB", upright.size, upright.tobytes()).save(out, "JPEG", quality=quality, optimize=True)
        if out.tell() <= MOST_KEPT:
            break
    return Normal(w=upright.width, h=upright.height, data=out.getvalue())


def _check(picture: Image.Image) -> None:
    """Raises FormatError for what is not to be decoded, by what its header says."""
    if picture.width * picture.height > MOST_PIXELS:
        raise FormatError(LARGE)
    if max(picture.size) < LEAST[0] or min(picture.size) < LEAST[1]:
        raise FormatError(SMALL)
    # A telephone's JPEG may hold a second one (CIPA DC-007): the first is the picture.
    if getattr(picture, "n_frames", 1) > 1 and picture.format in ("PNG", "WEBP"):
        raise FormatError(MOVES)


def _flat(picture: Image.Image) -> Image.Image:
    """The picture in red, green and blue; what is clear stands on white."""
    if picture.mode.startswith("I"):
        return picture.point(lambda value: value / 256).convert("L").convert("RGB")
    if "A" in picture.getbands() or "transparency" in picture.info:
        clear = picture.convert("RGBA")
        made = Image.new("RGB", clear.size, "white")
        made.paste(clear, mask=clear.getchannel("A"))
        return made
    return picture.convert("RGB")
