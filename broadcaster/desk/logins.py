"""Logins: a random token in a cookie, of which the database has the hash.

A login ends by itself, and at once when its person is ended or somebody ends it. Whoever logs in gets a new token: one
that was in the browser before, whoever brought it there, is worth nothing.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from datetime import datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import Connection, Engine, delete, func, insert, select, update

from broadcaster.desk import audit, codes, passwords
from broadcaster.desk.people import Person, person_of
from broadcaster.desk.refusal import Refusal
from broadcaster.desk.tables import PersonRow, SessionRow, TryRow, Turn
from channel.words import N_
from feeds.base.errors import BusyError, PersonError
from feeds.database import Writing
from feeds.tables import from_micros, to_micros

IDLE, WHOLE = timedelta(hours=2), timedelta(hours=12)
"""How long a login holds without a request, and in all."""
_TRIES, _TRIES_FROM, _WITHIN = 5, 30, timedelta(minutes=15)
"""Failures for an account, and from an address, after which it has to wait."""
_NAME = 16
"""Letters of a token's hash by which a login is named on pages."""


class Login(msgspec.Struct, frozen=True, kw_only=True):
    """A person who is logged in, and what forms must bring back (against requests that other sites forge)."""

    person: Person
    form: str
    name: str
    """The login's own, for its person to tell it from their others."""


class Sitting(msgspec.Struct, frozen=True, kw_only=True):
    """A login as its person sees it: since when, when it was last used, from where, with what browser."""

    name: str
    began: datetime
    seen: datetime
    address: str
    agent: str


def log_in(
    engine: Engine, name: str, password: str, address: str, now: datetime, *, code: str = "", agent: str = "",
    before: str = "",
) -> str:  # fmt: skip
    """The token of a new login, in place of the one that this browser had ``before``. Raises PersonError where name,
    password and (if one is asked) code do not go together, without saying which, BusyError after too many tries."""
    account, place = f"account {name[:40]}", f"address {address[:60]}"
    with engine.connect() as connection:
        _check_tries(connection, now, (account, _TRIES), (place, _TRIES_FROM))
        found = connection.execute(_there(name)).first()
    is_over = found is not None and 0 < found.once < (to_micros(now) or 0)
    known = None if found is None or is_over else found.password
    fits = passwords.fits(known, password)
    token = ""
    with Turn(engine) as connection:
        connection.execute(delete(TryRow).where(TryRow.at < to_micros(now - _WITHIN)))
        # It may have been set anew while this one was looked at.
        found = connection.execute(_there(name)).first() if fits else None
        fits = found is not None and found.password == known and _takes(connection, name, found, code, now)
        if not fits:
            _note_try(connection, now, account, place)
            audit.note(connection, now, name[:40], "login refused", address=address)
        else:
            connection.execute(delete(TryRow).where(TryRow.who == account))
            connection.execute(delete(SessionRow).where(SessionRow.token == _hash(before)))
            token = _begin(connection, name, address, agent, now)
            audit.note(connection, now, name, "logged in", address=address)
    if not fits:
        raise PersonError("name and password do not go together")
    return token


def let_in(engine: Engine, name: str, address: str, now: datetime, *, agent: str = "", before: str = "") -> str:
    """The token of a login of somebody whom a login server has named; a password that an administrator gave out is
    worth nothing from then on. Raises PersonError for a name that the desk does not have."""
    with Turn(engine) as connection:
        found = connection.execute(_there(name)).first()
        if found is not None:
            if found.once:
                unknown = {"password": passwords.hashed(secrets.token_urlsafe(32)), "once": 0}
                connection.execute(update(PersonRow).where(PersonRow.name == name).values(**unknown))
            connection.execute(delete(SessionRow).where(SessionRow.token == _hash(before)))
            audit.note(connection, now, name, "logged in", address=address, by="openid")
            return _begin(connection, name, address, agent, now)
        audit.note(connection, now, name[:40], "login refused", address=address, by="openid")
    raise Refusal("name", N_("{name} is not at this desk: ask its administrator"), name=name[:40])


def login_of(engine: Engine, token: str, now: datetime, *, by_itself: bool = False) -> Login | None:
    """Whose login that is, if it still holds; looked at anew each time. What a page asks ``by_itself`` is no sign that
    somebody is there."""
    if not token:
        return None
    mine = SessionRow.token == _hash(token)
    with engine.connect() as connection:
        query = select(SessionRow.form, SessionRow.began, SessionRow.seen, PersonRow.__table__).join_from(
            SessionRow.__table__, PersonRow.__table__, SessionRow.name == PersonRow.name
        )
        row = connection.execute(query.where(mine, PersonRow.ended.is_(None))).first()
    if row is None:
        return None
    began, seen = _moment(row.began), _moment(row.seen)
    if not _holds(began, seen, now):
        return None
    if now - seen > timedelta(minutes=1) and not by_itself:
        with Writing(engine) as connection:
            connection.execute(update(SessionRow).where(mine).values(seen=to_micros(now)))
    return Login(person=person_of(row), form=row.form, name=_hash(token)[:_NAME])


def log_out(engine: Engine, token: str, now: datetime) -> None:
    """End a login."""
    with Turn(engine) as connection:
        mine = SessionRow.token == _hash(token)
        name = connection.execute(select(SessionRow.name).where(mine)).scalar()
        if name:
            connection.execute(delete(SessionRow).where(mine))
            audit.note(connection, now, name, "logged out")


def logins_of(engine: Engine, name: str, now: datetime) -> list[Sitting]:
    """The logins of a person that hold, the newest first."""
    query = select(SessionRow.__table__).where(SessionRow.name == name).order_by(SessionRow.began.desc())
    with engine.connect() as connection:
        found = connection.execute(query).all()
    sittings = (
        Sitting(
            name=row.token[:_NAME], began=_moment(row.began), seen=_moment(row.seen), address=row.address,
            agent=row.agent,
        )
        for row in found
    )  # fmt: skip
    return [one for one in sittings if _holds(one.began, one.seen, now)]


def end_login(engine: Engine, person: Person, login: str, now: datetime) -> None:
    """End one of a person's own logins; one that is over already is none."""
    with Turn(engine) as connection:
        mine = delete(SessionRow).where(SessionRow.name == person.name)
        named = mine.where(func.substr(SessionRow.token, 1, _NAME) == login)
        if connection.execute(named).rowcount:
            audit.note(connection, now, person.name, "login ended", login=login)


def ask_codes(
    engine: Engine, person: Person, password: str, secret: str, code: str, address: str, now: datetime
) -> None:
    """Ask for a code at each login of one's own from now on; without a ``secret`` for none any more. Raises PersonError
    for a password or a code that is not right, BusyError."""
    kept = _confirmed(engine, person, password, address, now)
    step: int | None = 0
    if secret:
        step = codes.step_of(secret, code, now, 0) if codes.is_secret(secret) else None
    if step is None:
        raise Refusal("code", N_("this is not the code that the telephone shows now"))
    with Turn(engine) as connection:
        mine = update(PersonRow).where(PersonRow.name == person.name, PersonRow.password == kept)
        if connection.execute(mine.values(secret=secret, step=step)).rowcount:
            did = "codes asked" if secret else "codes no longer asked"
            audit.note(connection, now, person.name, did, address=address)


def change_password(
    engine: Engine, person: Person, old: str, new: str, address: str, now: datetime, *, agent: str = ""
) -> str:
    """A password of one's own; the token of the login that goes on, all others end. Raises PersonError, BusyError after
    too many tries: whoever sits down at somebody else's desk does not guess it there."""
    kept = _confirmed(engine, person, old, address, now)
    if new == old:
        raise Refusal("password", N_("this is the one that you have"))
    passwords.check(person.name, new)
    values = {"password": passwords.hashed(new), "once": 0}
    with Turn(engine) as connection:
        mine = update(PersonRow).where(PersonRow.name == person.name, PersonRow.password == kept)
        if not connection.execute(mine.values(**values)).rowcount:
            raise Refusal("old", N_("this is not your password"))
        connection.execute(delete(SessionRow).where(SessionRow.name == person.name))
        audit.note(connection, now, person.name, "password changed", address=address)
        return _begin(connection, person.name, address, agent, now)


def _confirmed(engine: Engine, person: Person, password: str, address: str, now: datetime) -> str:
    """The hash of one's own password, if that is it. Raises PersonError, BusyError after too many tries."""
    account = f"account {person.name}"
    with engine.connect() as connection:
        _check_tries(connection, now, (account, _TRIES))
        kept = connection.execute(_there(person.name)).first()
    if kept is not None and passwords.fits(kept.password, password):
        return str(kept.password)
    with Turn(engine) as connection:
        _note_try(connection, now, account)
        audit.note(connection, now, person.name, "password refused", address=address)
    raise Refusal("old", N_("this is not your password"))


def _takes(connection: Connection, name: str, found: Any, code: str, now: datetime) -> bool:
    """Whether no code is asked, or this one is right; it is taken once."""
    if not found.secret:
        return True
    step = codes.step_of(found.secret, code, now, found.step)
    if step is None:
        return False
    connection.execute(update(PersonRow).where(PersonRow.name == name).values(step=step))
    return True


def is_form(login: Login, given: str) -> bool:
    """Whether a form came from a page of this login."""
    return hmac.compare_digest(login.form.encode(), given.encode())


def _begin(connection: Connection, name: str, address: str, agent: str, now: datetime) -> str:
    token = secrets.token_urlsafe(32)
    row = {
        "name": name, "form": secrets.token_urlsafe(24), "began": to_micros(now), "seen": to_micros(now),
        "address": address[:60], "agent": "".join(filter(str.isprintable, agent))[:200],
    }  # fmt: skip
    connection.execute(insert(SessionRow).values(token=_hash(token), **row))
    return token


def _there(name: str) -> Any:
    columns = (PersonRow.password, PersonRow.once, PersonRow.secret, PersonRow.step)
    return select(*columns).where(PersonRow.name == name, PersonRow.ended.is_(None))


def _check_tries(connection: Connection, now: datetime, *asked: tuple[str, int]) -> None:
    for who, most in asked:
        recent = select(func.count()).where(TryRow.who == who, TryRow.at > to_micros(now - _WITHIN))
        if (connection.execute(recent).scalar() or 0) >= most:
            raise BusyError("too many tries", hint="wait a quarter of an hour")


def _note_try(connection: Connection, now: datetime, *asked: str) -> None:
    connection.execute(insert(TryRow), [{"who": who, "at": to_micros(now)} for who in asked])


def _holds(began: datetime, seen: datetime, now: datetime) -> bool:
    return began - IDLE <= now < began + WHOLE and now < seen + IDLE


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _moment(micros: int) -> datetime:
    found = from_micros(micros)
    assert found is not None
    return found
