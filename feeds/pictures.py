"""The channel's own pictures: kept by the hash of their bytes, beside the snapshots whose records name them."""

from __future__ import annotations

from datetime import datetime, timedelta

import msgspec
from sqlalchemy import Connection, delete, insert, select, update

from feeds.base.errors import NotFound
from feeds.tables import PictureRow, to_micros

UNUSED = timedelta(days=7)
"""How long a picture stays that no text names."""
MOST_UNUSED = 200
"""So many of them at most: the oldest go first."""


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """A picture in its normal form: a JPEG of ``w`` x ``h`` pixels under the hash of its bytes."""

    key: str
    w: int
    h: int
    data: bytes


def keep(connection: Connection, picture: Kept, who: str, now: datetime) -> None:
    """Have a picture, and forget those that nobody came to use."""
    unused = PictureRow.named == 0
    further = select(PictureRow.key).where(unused).order_by(PictureRow.at.desc()).offset(MOST_UNUSED - 1)
    gone = (PictureRow.at < to_micros(now - UNUSED)) | PictureRow.key.in_(further)
    connection.execute(delete(PictureRow).where(unused, gone, PictureRow.key != picture.key))
    if connection.execute(select(PictureRow.key).where(PictureRow.key == picture.key)).first() is None:
        row = {**msgspec.structs.asdict(picture), "author": who, "at": to_micros(now), "named": 0}
        connection.execute(insert(PictureRow).values(**row))


def name(connection: Connection, key: str) -> None:
    """A text names the picture now: it stays for as long as versions do, which is for ever. Raises NotFound for one
    that is not there."""
    named = update(PictureRow).where(PictureRow.key == key).values(named=1)
    if not connection.execute(named).rowcount:
        raise NotFound(f"picture: found {key!r}, which is not there")


def find(connection: Connection, key: str) -> Kept:
    """The picture of that hash. Raises NotFound."""
    columns = (PictureRow.key, PictureRow.w, PictureRow.h, PictureRow.data)
    row = connection.execute(select(*columns).where(PictureRow.key == key)).first()
    if row is None:
        raise NotFound(f"picture: found {key!r}, which is not there")
    return Kept(key=row.key, w=row.w, h=row.h, data=row.data)
