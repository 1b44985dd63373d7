"""Who may do what at the desk: people, roles, passwords, logins.

Passwords are kept by argon2id (RFC 9106). A login is a random token in a cookie, of which the database has the hash;
it ends by itself, and at once when its person is ended or somebody ends it. What a person may do is asked of the
database at every request: a role that was taken away is gone.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
from datetime import datetime, timedelta
from typing import Any, Literal, get_args

import msgspec
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import Engine, delete, func, insert, select, update

from broadcaster.desk import audit
from broadcaster.desk.tables import PersonRow, SessionRow, TryRow
from feeds.base.errors import BusyError, NotFound, PersonError
from feeds.database import Writing
from feeds.tables import from_micros, to_micros

Role = Literal["viewer", "editor", "approver", "operator", "administrator"]
ROLES: tuple[Role, ...] = get_args(Role)
"""Each may do what those before it may."""
SHORTEST, LONGEST = 10, 200
"""Letters of a password."""
IDLE, WHOLE = timedelta(hours=2), timedelta(hours=12)
"""How long a login holds without a request, and in all."""
_TRIES, _TRIES_FROM, _WITHIN = 5, 30, timedelta(minutes=15)
"""Failures for an account, and from an address, after which it has to wait."""
_COMMON = frozenset({
    "1234567890", "password12", "password123", "qwertyuiop", "1q2w3e4r5t", "administrator", "changeme123",
    "letmein1234", "0987654321", "1111111111", "0000000000", "qwerty12345", "iloveyou123", "welcome1234", "abcdefghij",
    "abc1234567", "passw0rd12", "88888888888",
})  # fmt: skip
_HASHER = PasswordHasher()
_NOBODY = _HASHER.hash(secrets.token_urlsafe(16))
"""What a name that nobody has is held against: it takes as long as one that somebody has."""


class Person(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody at the desk; ``towns`` empty: everywhere."""

    name: str
    role: Role
    towns: tuple[str, ...] = ()

    def may(self, role: Role) -> bool:
        """Whether this person has at least that role."""
        return ROLES.index(self.role) >= ROLES.index(role)


class Login(msgspec.Struct, frozen=True, kw_only=True):
    """A person who is logged in, and what forms must bring back (against requests that other sites forge)."""

    person: Person
    form: str


def add(engine: Engine, name: str, role: str, password: str, now: datetime, *, towns: tuple[str, ...] = (),
        by: str = "console") -> None:  # fmt: skip
    """Add a person, or give one that was ended a new beginning. Raises PersonError."""
    if not (1 <= len(name) <= 40 and name.isprintable() and name == name.strip()):
        raise PersonError(f"name: found {name!r}, expected 1 to 40 printable letters")
    if role not in ROLES:
        raise PersonError(f"role: found {role!r}, expected one of: {', '.join(ROLES)}")
    _check(name, password)
    row = {
        "role": role, "towns": json.dumps(towns, ensure_ascii=False), "password": _HASHER.hash(password),
        "since": to_micros(now), "ended": None,
    }  # fmt: skip
    with Writing(engine) as connection:
        known = connection.execute(select(PersonRow.ended).where(PersonRow.name == name)).first()
        if known is not None and known.ended is None:
            raise PersonError(f"name: found {name!r}, who is there already")
        if known is None:
            connection.execute(insert(PersonRow).values(name=name, **row))
        else:
            connection.execute(update(PersonRow).where(PersonRow.name == name).values(**row))
        audit.note(connection, now, by, "person added", name=name, role=role, towns=list(towns))


def set_password(engine: Engine, name: str, password: str, now: datetime, *, by: str = "console") -> None:
    """A new password; every login of that person ends. Raises PersonError, NotFound."""
    _check(name, password)
    with Writing(engine) as connection:
        _there(connection.execute(
            update(PersonRow).where(PersonRow.name == name, PersonRow.ended.is_(None)).values(
                password=_HASHER.hash(password))
        ).rowcount, name)  # fmt: skip
        connection.execute(delete(SessionRow).where(SessionRow.name == name))
        audit.note(connection, now, by, "password set", name=name)


def end(engine: Engine, name: str, now: datetime, *, by: str = "console") -> None:
    """Let nobody log in by that name any more; its logins end. Raises NotFound."""
    with Writing(engine) as connection:
        mine = update(PersonRow).where(PersonRow.name == name, PersonRow.ended.is_(None))
        _there(connection.execute(mine.values(ended=to_micros(now))).rowcount, name)
        connection.execute(delete(SessionRow).where(SessionRow.name == name))
        audit.note(connection, now, by, "person ended", name=name)


def people(engine: Engine) -> list[Person]:
    """Everybody who may log in, by name."""
    with engine.connect() as connection:
        query = select(PersonRow.__table__).where(PersonRow.ended.is_(None)).order_by(PersonRow.name)
        return [_person(row) for row in connection.execute(query)]


def log_in(engine: Engine, name: str, password: str, address: str, now: datetime) -> str:
    """The token of a new login. Raises PersonError where name and password do not go together, without saying which,
    BusyError after too many tries."""
    account, place = f"account {name[:40]}", f"address {address[:60]}"
    with engine.connect() as connection:
        for who, most in ((account, _TRIES), (place, _TRIES_FROM)):
            recent = select(func.count()).where(TryRow.who == who, TryRow.at > to_micros(now - _WITHIN))
            if (connection.execute(recent).scalar() or 0) >= most:
                raise BusyError("too many tries", hint="wait a quarter of an hour")
        query = select(PersonRow.password).where(PersonRow.name == name, PersonRow.ended.is_(None))
        kept = connection.execute(query).scalar()
    fits = _fits(kept or _NOBODY, password) and kept is not None
    token = secrets.token_urlsafe(32)
    with Writing(engine) as connection:
        connection.execute(delete(TryRow).where(TryRow.at < to_micros(now - _WITHIN)))
        if not fits:
            connection.execute(insert(TryRow), [{"who": who, "at": to_micros(now)} for who in (account, place)])
            audit.note(connection, now, name[:40], "login refused", address=address)
        else:
            connection.execute(delete(TryRow).where(TryRow.who == account))
            row = {"name": name, "form": secrets.token_urlsafe(24), "began": to_micros(now), "seen": to_micros(now)}
            connection.execute(insert(SessionRow).values(token=_hash(token), **row))
            audit.note(connection, now, name, "logged in", address=address)
    if not fits:
        raise PersonError("name and password do not go together")
    return token


def login_of(engine: Engine, token: str, now: datetime) -> Login | None:
    """Whose login that is, if it still holds; looked at anew each time."""
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
    began, seen = from_micros(row.began), from_micros(row.seen)
    assert began is not None and seen is not None
    if not (began - IDLE <= now < began + WHOLE and now < seen + IDLE):
        return None
    if now - seen > timedelta(minutes=1):
        with Writing(engine) as connection:
            connection.execute(update(SessionRow).where(mine).values(seen=to_micros(now)))
    return Login(person=_person(row), form=row.form)


def log_out(engine: Engine, token: str, now: datetime) -> None:
    """End a login."""
    with Writing(engine) as connection:
        mine = SessionRow.token == _hash(token)
        name = connection.execute(select(SessionRow.name).where(mine)).scalar()
        if name:
            connection.execute(delete(SessionRow).where(mine))
            audit.note(connection, now, name, "logged out")


def is_form(login: Login, given: str) -> bool:
    """Whether a form came from a page of this login."""
    return hmac.compare_digest(login.form.encode(), given.encode())


def _check(name: str, password: str) -> None:
    if not SHORTEST <= len(password) <= LONGEST:
        raise PersonError(f"password: found {len(password)} letters, expected {SHORTEST} to {LONGEST}")
    low = password.lower()
    if low in _COMMON or len(set(low)) < 4 or name.lower() in low:
        raise PersonError("password: found one that is guessed first", hint="a few words that do not belong together")


def _fits(kept: str, password: str) -> bool:
    try:
        return _HASHER.verify(kept, password[:LONGEST])
    except (VerificationError, InvalidHashError):
        return False


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _there(count: int, name: str) -> None:
    if not count:
        raise NotFound(f"name: found {name!r}, who is not at this desk")


def _person(row: Any) -> Person:
    towns = tuple(json.loads(row.towns))
    return Person(name=row.name, role=row.role, towns=towns)
