"""All services of the line-up (layout ``index``, page 102).

Options: ``order`` is ``name`` (A to Z as a dictionary has them) or ``number``; ``columns`` stand side by side;
``heading`` stands above; ``skip`` names pages that are left out.
"""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from channel.lineup import Page
from channel.views._keys import keys
from channel.views._names import Order, is_chinese, order
from channel.views.base import Inputs, Until
from channel.views.content import Content, Entry, Index
from channel.words import N_, Say

ROLES = ()
AROUND = True


class Options(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a page may choose; see the module's docstring."""

    order: Literal["name", "number"] = "name"
    columns: Annotated[int, msgspec.Meta(ge=1, le=4)] = 3
    heading: str = N_("By name; remember a page's number and press it next time")
    skip: tuple[str, ...] = ()


def view(inputs: Inputs) -> Content:
    """Every listed page but the home page and this one, with its number."""
    options = inputs.options(Options)
    left_out = {"100", inputs.page.number, *options.skip}
    pages = [page for page in inputs.lineup.pages.values() if page.number not in left_out and not page.unlisted]
    if options.order == "number":
        pages.sort(key=lambda page: page.number)
    else:
        pages.sort(key=lambda page: dictionary_key(page, inputs.say))
    entries = tuple(Entry(label=page.title, to=page.number, note=page.number, short=page.label) for page in pages)
    return Content(
        body=Index(heading=options.heading, columns=options.columns, entries=entries),
        sources=inputs.source_lines(),
        place=inputs.place(),
        valid_until=Until(inputs).value,
        **keys(inputs.page),
    )


def dictionary_key(page: Page, say: Say) -> Order | bytes:
    """The place of a title in a dictionary. GB 2312 holds its first level, the common Han, in the order of their
    pinyin: so do its bytes."""
    return page.title.encode("gb18030") if is_chinese(say) else order(page.title, say)
