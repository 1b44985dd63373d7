"""A change of the line-up: other titles, keys, order or options of one page, over what its file says."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from broadcaster.desk.people import Person
from broadcaster.desk.refusal import Refusal
from broadcaster.desk.words import FOREVER, Words, check_times, check_towns
from broadcaster.letters import note_mistakes
from channel import overlay
from channel.folder import Channel
from channel.overlay import Change, Overlay
from channel.words import N_
from feeds.base.errors import Mistakes

LINEUP = "lineup.toml"
_MOST = 8_000
_encode = msgspec.json.Encoder(order="sorted").encode
_decode = msgspec.json.Decoder().decode


class LineupChange(Words, frozen=True, kw_only=True, tag="lineup"):
    """Of one ``page``: ``fields`` by their keys say something else than ``base``, what the file said; values as JSON,
    null for a key that is not there."""

    page: str
    fields: tuple[tuple[str, str], ...] = ()
    base: tuple[tuple[str, str], ...] = ()

    @property
    def said(self) -> dict[str, Any]:
        """The fields with their values."""
        return {key: _decode(text) for key, text in self.fields}


def told(values: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    """Values as ``fields`` and ``base`` have them."""
    return tuple((key, _encode(value).decode()) for key, value in values.items())


def change(ident: int, revision: int, words: LineupChange) -> Change:
    """As the channel applies it."""
    base = {key: _decode(text) for key, text in words.base}
    return Change(text=ident, revision=revision, table=f"page.{words.page}", fields=words.said, base=base)


def others(channel: Channel, ident: int) -> Overlay:
    """What holds without the change ``ident``."""
    return Overlay(tuple(change for change in channel.overlay.changes if change.text != ident))


def table_without(channel: Channel, page: str, ident: int) -> dict[str, Any]:
    """The table of a page as the file and all other changes have it."""
    text = (channel.folder / LINEUP).read_text(encoding="utf-8-sig")
    held = [misfit.change for misfit in channel.misfits]
    changes = [one for one in others(channel, ident).of(LINEUP) if one not in held]
    found: dict[str, Any] = overlay.tables_of(overlay.applied(text, changes) if changes else text)["page"][page]
    return found


def applied(channel: Channel, ident: int, words: LineupChange) -> Channel:
    """The channel as it would be with the change. Raises Refusal for what the line-up cannot be."""
    held = others(channel, ident)
    mine = change(ident, 0, words)
    try:
        made = Channel.open(channel.folder, channel.state, note_mistakes, Overlay((*held.changes, mine)))
    except Mistakes as error:
        raise Refusal("lineup", N_("the files of the channel are not sound now ({why})"), why=str(error)) from None
    for misfit in made.misfits:
        if misfit.change == mine:
            raise Refusal("lineup", N_("the line-up cannot be so ({why})"), why=misfit.why)
    return made


def checked(words: LineupChange, channel: Channel, ident: int, writer: Person) -> LineupChange:
    """The change, if the line-up can be so and anything differs. Raises PersonError, naming the field."""
    if words.page not in channel.lineup.pages:
        raise Refusal("page", N_("{name} is none of this channel's"), name=words.page)
    check_writer(writer)
    if not words.fields:
        raise Refusal("lineup", N_("nothing differs from what stands there"))
    if sum(len(text) for _, text in words.fields) > _MOST:
        raise Refusal("lineup", N_("at most {n} letters"), n=_MOST)
    check_times(words, FOREVER - words.begins)
    applied(channel, ident, words)
    return words


def check_writer(writer: Person) -> None:
    """Raises PersonError for somebody who writes for some towns alone: the line-up is everybody's."""
    check_towns(writer, ())
