"""Passwords: which may be chosen, how they are kept (argon2id, RFC 9106), and those that are given out."""

from __future__ import annotations

import secrets

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from broadcaster.desk.refusal import Refusal
from channel.words import N_

SHORTEST, LONGEST = 10, 200
"""Letters of a password."""
_COMMON = frozenset({
    "1234567890", "password12", "password123", "qwertyuiop", "1q2w3e4r5t", "administrator", "changeme123",
    "letmein1234", "0987654321", "1111111111", "0000000000", "qwerty12345", "iloveyou123", "welcome1234", "abcdefghij",
    "abc1234567", "passw0rd12", "88888888888",
})  # fmt: skip
_HASHER = PasswordHasher()
_NOBODY = _HASHER.hash(secrets.token_urlsafe(16))
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
"""Without those that are taken for each other when a password is read out."""


def check(name: str, password: str) -> None:
    """Raises PersonError for a password of ``name`` that is guessed soon."""
    if not SHORTEST <= len(password) <= LONGEST:
        told = N_("{n} letters, where {least} to {most} are expected")
        raise Refusal("password", told, n=len(password), least=SHORTEST, most=LONGEST)
    low = password.lower()
    if low in _COMMON or len(set(low)) < 4 or name.lower() in low:
        raise Refusal("password", N_("this one is guessed first: take a few words that do not belong together"))


def hashed(password: str) -> str:
    """As the database keeps it."""
    return _HASHER.hash(password)


def fits(kept: str | None, password: str) -> bool:
    """Whether it is that one; without one that is kept it takes as long to say no."""
    try:
        return _HASHER.verify(kept or _NOBODY, password[:LONGEST]) and kept is not None
    except (VerificationError, InvalidHashError):
        return False


def made() -> str:
    """A new one to be read out or written down (59 bits), in three groups."""
    return "-".join("".join(secrets.choice(_LETTERS) for _ in range(4)) for _ in range(3))
