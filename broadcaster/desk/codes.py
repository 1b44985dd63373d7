"""Codes of six digits from somebody's telephone, by the clock (TOTP, RFC 6238): the second step of a login."""

from __future__ import annotations

import re
from datetime import datetime

import pyotp
import segno

_SECRET = re.compile(r"[A-Z2-7]{32}")
_AROUND = (0, -1, 1)
"""Steps of half a minute by which a telephone's clock may differ."""


def fresh() -> str:
    """A new secret (160 bits, base32)."""
    return pyotp.random_base32()


def is_secret(text: str) -> bool:
    """Whether that may be one."""
    return _SECRET.fullmatch(text) is not None


def picture(secret: str, name: str, channel: str) -> str:
    """What a telephone takes a picture of, as the address of an image."""
    told = pyotp.TOTP(secret).provisioning_uri(name=name, issuer_name=channel)
    return str(segno.make(told, micro=False).svg_data_uri(scale=5, border=4, light="#fff"))


def step_of(secret: str, code: str, now: datetime, after: int) -> int | None:
    """The step whose code that is, if it is of now and later than ``after``: none is taken twice."""
    made, digits = pyotp.TOTP(secret), "".join(code.split())
    step = made.timecode(now)
    found = (step + one for one in _AROUND if pyotp.utils.strings_equal(made.generate_otp(step + one), digits))
    return next((one for one in found if one > after), None)
