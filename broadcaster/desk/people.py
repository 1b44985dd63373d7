"""Who may do what at the desk: people, their roles and their towns.

What a person may do is asked of the database at every request: a role that was taken away is gone. One administrator
of the whole channel is always left. An administrator of towns gives no more than that, and reaches nobody beyond them.
"""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any, Literal, get_args

import msgspec
from sqlalchemy import Connection, Engine, delete, func, insert, select, update

from broadcaster.desk import audit, passwords
from broadcaster.desk.refusal import Refusal
from broadcaster.desk.tables import PersonRow, SessionRow, Turn
from channel.words import N_
from feeds.base.errors import NotFound
from feeds.tables import to_micros

Role = Literal["viewer", "editor", "approver", "operator", "administrator"]
ROLES: tuple[Role, ...] = get_args(Role)
"""Each may do what those before it may."""
ONCE = timedelta(days=3)
"""How long a password holds that somebody else chose."""


class Person(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody at the desk; ``towns`` empty: everywhere. ``once``: their password was given to them, and they do
    nothing else before they have changed it; ``codes``: each login asks for one of their telephone's."""

    name: str
    role: Role
    towns: tuple[str, ...] = ()
    once: bool = False
    codes: bool = False

    def may(self, role: Role) -> bool:
        """Whether this person has at least that role."""
        return ROLES.index(self.role) >= ROLES.index(role)

    def reaches(self, towns: tuple[str, ...]) -> bool:
        """Whether somebody who is limited to ``towns`` is limited to this person's own."""
        return not self.towns or (bool(towns) and set(towns) <= set(self.towns))


CONSOLE = Person(name="console", role="administrator")
"""Whoever has the channel's machine."""


def add(engine: Engine, name: str, role: str, password: str, now: datetime, *, towns: tuple[str, ...] = (),
        by: Person = CONSOLE, once: bool = False) -> None:  # fmt: skip
    """Add a person, or give one that was ended a new beginning. Raises PersonError."""
    if not (1 <= len(name) <= 40 and name.isprintable() and name == name.strip() and name != CONSOLE.name):
        raise Refusal("name", N_("{name}, where 1 to 40 printable letters are expected"), name=repr(name))
    passwords.check(name, password)
    row = {
        "role": _role(role), "towns": _written(towns), "password": passwords.hashed(password),
        "since": to_micros(now), "ended": None, "once": to_micros(now + ONCE) if once else 0, "secret": "", "step": 0,
    }  # fmt: skip
    with Turn(engine) as connection:
        _check_reach(by, towns)
        known = connection.execute(select(PersonRow.ended).where(PersonRow.name == name)).first()
        if known is not None and known.ended is None:
            raise Refusal("name", N_("{name} is there already"), name=name)
        if known is None:
            connection.execute(insert(PersonRow).values(name=name, **row))
        else:
            connection.execute(update(PersonRow).where(PersonRow.name == name).values(**row))
        audit.note(connection, now, by.name, "person added", name=name, role=role, towns=list(towns))


def change(engine: Engine, name: str, role: str, towns: tuple[str, ...], now: datetime, *,
           by: Person = CONSOLE) -> None:  # fmt: skip
    """Another role, or other towns, from the next request on. Raises PersonError, NotFound."""
    given = _role(role)
    with Turn(engine) as connection:
        before = _reached(connection, name, by)
        _check_reach(by, towns)
        if (before.role, before.towns) == (given, towns):
            return
        if given != "administrator" or towns:
            _check_left(connection, before)
        connection.execute(
            update(PersonRow).where(PersonRow.name == name).values(role=given, towns=_written(towns))
        )  # fmt: skip
        audit.note(
            connection, now, by.name, "role changed", name=name, role=given, towns=list(towns),
            before=[before.role, *before.towns],
        )  # fmt: skip


def set_password(engine: Engine, name: str, password: str, now: datetime, *, by: Person = CONSOLE,
                 once: bool = False) -> None:  # fmt: skip
    """A new password; every login of that person ends. Raises PersonError, NotFound."""
    passwords.check(name, password)
    values = {"password": passwords.hashed(password), "once": to_micros(now + ONCE) if once else 0}
    with Turn(engine) as connection:
        _reached(connection, name, by)
        connection.execute(update(PersonRow).where(PersonRow.name == name).values(**values))
        connection.execute(delete(SessionRow).where(SessionRow.name == name))
        audit.note(connection, now, by.name, "password set", name=name)


def drop_codes(engine: Engine, name: str, now: datetime, *, by: Person = CONSOLE) -> None:
    """Ask that person for no code any more: their telephone is lost. Raises PersonError, NotFound."""
    with Turn(engine) as connection:
        _reached(connection, name, by)
        connection.execute(update(PersonRow).where(PersonRow.name == name).values(secret="", step=0))
        audit.note(connection, now, by.name, "codes no longer asked", name=name)


def end_logins(engine: Engine, name: str, now: datetime, *, by: Person = CONSOLE) -> None:
    """Have that person log in again. Raises PersonError, NotFound."""
    with Turn(engine) as connection:
        _reached(connection, name, by)
        connection.execute(delete(SessionRow).where(SessionRow.name == name))
        audit.note(connection, now, by.name, "logins ended", name=name)


def end(engine: Engine, name: str, now: datetime, *, by: Person = CONSOLE) -> None:
    """Let nobody log in by that name any more; its logins end. Raises PersonError for the last administrator of the
    whole channel, NotFound."""
    with Turn(engine) as connection:
        _check_left(connection, _reached(connection, name, by))
        connection.execute(update(PersonRow).where(PersonRow.name == name).values(ended=to_micros(now)))
        connection.execute(delete(SessionRow).where(SessionRow.name == name))
        audit.note(connection, now, by.name, "person ended", name=name)


def people(engine: Engine) -> list[Person]:
    """Everybody who may log in, by name."""
    with engine.connect() as connection:
        query = select(PersonRow.__table__).where(PersonRow.ended.is_(None)).order_by(PersonRow.name)
        return [person_of(row) for row in connection.execute(query)]


def person_of(row: Any) -> Person:
    """What a row says."""
    towns = tuple(json.loads(row.towns))
    return Person(name=row.name, role=row.role, towns=towns, once=bool(row.once), codes=bool(row.secret))


def _role(role: str) -> Role:
    known = next((one for one in ROLES if one == role), None)
    if known is None:
        raise Refusal("role", N_("{name} is none of: {known}"), name=role, known=", ".join(ROLES))
    return known


def _written(towns: tuple[str, ...]) -> str:
    return json.dumps(towns, ensure_ascii=False)


def _reached(connection: Connection, name: str, by: Person) -> Person:
    """The person, if they are there and within reach of whoever asks."""
    query = select(PersonRow.__table__).where(PersonRow.name == name, PersonRow.ended.is_(None))
    row = connection.execute(query).first()
    if row is None:
        raise NotFound(f"name: found {name!r}, who is not at this desk")
    found = person_of(row)
    _check_reach(by, found.towns)
    return found


def _check_reach(by: Person, towns: tuple[str, ...]) -> None:
    if not by.may("administrator"):
        raise Refusal("role", N_("{name} may not do that at this desk"), name=by.name)
    if not by.reaches(towns):
        raise Refusal("towns", N_("{name} works for {towns} alone"), name=by.name, towns=", ".join(by.towns))


def _check_left(connection: Connection, leaves: Person) -> None:
    """Raises PersonError where nobody else could let people in."""
    if leaves.role != "administrator" or leaves.towns:
        return
    others = select(func.count()).where(
        PersonRow.ended.is_(None), PersonRow.role == "administrator", PersonRow.towns == _written(()),
        PersonRow.name != leaves.name,
    )  # fmt: skip
    if not connection.execute(others).scalar():
        raise Refusal("role", N_("{name} is the last administrator: name another one first"), name=leaves.name)
