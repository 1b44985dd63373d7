"""Preflight: what is checked of a page before it goes on air.

A *fault* keeps the page off air (its last good screens stay), a *warning* is shown to the editor. What a single screen
must keep to is found while it is laid out (``channel.screen.legibility``, ``Screen.flaws``); here stand the checks that
need the whole channel: dead links, budgets of the box, its charset.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Collection, Mapping
from io import BytesIO

import msgspec
from PIL import Image

from channel.estates import DISTRICT
from channel.lineup import Lineup
from channel.paint.addresses import SWITCH
from channel.paint.output import Asset, Finding, PaintedDocument, Rendered
from channel.profiles import Profile
from channel.words import N_

_PAGES = ("text/html", "application/vnd")
"""Media types of what a box shows as a page."""
_PICTURES = (".png", ".jpg")
_IMAGE = re.compile(rb"<img ([^>]*)>")
_IDEOGRAPHS = 0x2E80
"""Where the scripts of East Asia begin."""
_CHARSET = re.compile(rb"<meta [^>]*charset=([\w-]+)")
DEAD = N_("link to {target}, which is not there")
_ATTRIBUTE = re.compile(rb'(src|width|height)="([^"]*)"')


def inspect(
    rendered: Rendered, lineup: Lineup, estates: Collection[str], profile: Profile, *, items: bool = True
) -> Rendered:
    """``rendered`` with the findings of every check added; without ``items`` links to the page's own are let pass."""
    names = {d.name for d in rendered.documents} if items else None
    found = [*rendered.findings]
    targets = {target for document in rendered.documents for target in document.targets}
    dead = {target for target in targets if not _leads_somewhere(target, rendered.page, names, lineup, estates)}
    for document in rendered.documents:
        found += _links(document, rendered.page, dead)
        found += _budget(document, rendered, profile)
        found += _charset(document, rendered.page, profile)
        missing = [name for name in document.assets if name not in rendered.assets and name.endswith(_PICTURES)]
        if missing:
            message = N_("names {picture}, which was not painted")
            found.append(_fault(rendered.page, document, message, picture=missing[0]))
    return msgspec.structs.replace(rendered, findings=tuple(found))


def _links(document: PaintedDocument, page: str, dead: set[str]) -> list[Finding]:
    if dead.isdisjoint(document.targets):
        return []
    found = (target for target in document.targets if target in dead)
    return [_fault(page, document, DEAD, target=repr(target)) for target in found]


def _leads_somewhere(target: str, page: str, names: set[str] | None, lineup: Lineup, estates: Collection[str]) -> bool:
    if target == "live" or target.startswith(SWITCH):
        return True
    if target.startswith("@"):
        estate, _, number = target[1:].partition("/")
        return (estate in estates or estate == DISTRICT) and number in lineup.pages
    number, _, item = target.partition("#")[0].partition(".")
    if number not in lineup.pages:
        return False
    # An item of another page is rendered with that page: only our own can be looked up here.
    if not item or number != page or names is None:
        return True
    return any(name.startswith(f"i/{number}.{item}.") for name in names)


def _budget(document: PaintedDocument, rendered: Rendered, profile: Profile) -> list[Finding]:
    """What the document costs a box: its bytes, its pictures decoded, how many fill the screen, its scripts."""
    if not document.media.startswith(_PAGES):
        return []
    budgets, (wide, high) = profile.budgets, profile.canvas
    sizes = {name: _size(rendered.assets[name]) for name in document.assets if name in rendered.assets}
    costs = (
        (len(document.body), budgets.html_bytes, N_("{n} bytes, the box takes {most}")),
        (
            sum(w * h * 4 for w, h in sizes.values()),
            budgets.decoded_bytes,
            N_("{n} bytes of decoded pictures, the box takes {most}"),
        ),
        (
            sum(w >= wide and h >= high for w, h in sizes.values()),
            budgets.full_screen_pictures,
            N_("{n} pictures that fill the screen, the box takes {most}"),
        ),
        (document.body.count(b"<script"), budgets.script_tags, N_("{n} script elements, the box takes {most}")),
    )
    found = [
        _fault(rendered.page, document, message, n=cost, most=most) for cost, most, message in costs if cost > most
    ]
    if not profile.image.scale and b"<img" in document.body:
        found += _scaled(document, rendered.page, sizes)
    return found


def _scaled(document: PaintedDocument, page: str, sizes: Mapping[str, tuple[int, int]]) -> list[Finding]:
    """Pictures that are not drawn in their own size, for boxes that do not scale: they ignore the width on the page."""
    found = []
    for tag in _IMAGE.findall(document.body):
        facts = dict(_ATTRIBUTE.findall(tag))
        name = facts.get(b"src", b"").rpartition(b"/")[2].decode("ascii", "replace")
        drawn = int(facts.get(b"width", 0)), int(facts.get(b"height", 0))
        if name in sizes and drawn != sizes[name]:
            own, seen = (f"{w} x {h}" for w, h in (sizes[name], drawn))
            message = N_("{picture} is {own} px and drawn as {seen}: the box does not scale")
            found.append(_fault(page, document, message, picture=name, own=own, seen=seen))
    return found


def _size(asset: Asset) -> tuple[int, int]:
    """Width and height of a PNG (PNG 2nd edition, 11.2.2) or a JPEG in pixels; 0 x 0 for anything else."""
    if asset.ext == "jpg":
        with Image.open(BytesIO(asset.body), formats=("JPEG",)) as picture:
            return picture.size
    if asset.ext != "png" or len(asset.parts[0]) < 24:
        return 0, 0
    width, height = struct.unpack(">II", asset.parts[0][16:24])
    return width, height


def _charset(document: PaintedDocument, page: str, profile: Profile) -> list[Finding]:
    """Whether bytes, header and the page's own word for its charset agree, and what only a reference can say in it."""
    if not document.media.startswith(_PAGES):
        return []
    told = document.media.partition("charset=")[2]
    said = _CHARSET.search(document.body, 0, 1024)
    if said and said[1].decode("ascii", "replace") != told:
        message = N_("the header says {told}, the first meta {said}")
        return [_fault(page, document, message, told=told or "-", said=said[1].decode())]
    if told in ("", "utf-8"):
        return []
    try:
        text = document.body.decode(told)
    except UnicodeDecodeError as error:
        message = N_("byte {n} is not {charset}, which header and meta promise")
        return [_fault(page, document, message, n=error.start, charset=told)]
    escaped = sorted(
        {part.partition(";")[0] for part in text.split("&#")[1:] if part[:1].isdigit() and ";" in part[:9]}
    )
    # A sign such as € is told by its reference and drawn by any font; of a rare Han a box's font may know nothing.
    outside = [chr(int(code)) for code in escaped if code.isdigit() and int(code) >= _IDEOGRAPHS]
    if not outside:
        return []
    given = {"letters": "".join(outside[:8]), "charset": told}
    message = N_("{letters} is outside {charset} and written as a numeric reference")
    return [Finding.of(message, given, level="warning", page=page, screen=0, element=document.name)]


def _fault(page: str, document: PaintedDocument, message: str, **given: str | int) -> Finding:
    return Finding.of(message, given, level="fault", page=page, screen=0, element=document.name)
