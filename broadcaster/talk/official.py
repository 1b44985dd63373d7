"""The message protocol of public accounts, as their platforms speak it: XML over HTTP, signed, plain or encrypted.

A request's ``signature`` is the SHA-1 of token, timestamp and nonce, sorted and joined; in encrypted mode
``msg_signature`` takes in the ciphertext. That is AES-256-CBC with PKCS#7 padding to 32 bytes, over 16 random bytes,
the length of the message (4 bytes, big-endian), the message, and the application's id.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
import secrets
from datetime import datetime, timedelta

import msgspec
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.padding import PKCS7
from lxml import etree

from feeds.base.errors import FormatError, TrustError

LARGEST = 32 << 10
"""Bytes of a message."""
MOST_TEXT = 2_000
"""Bytes of UTF-8 in an answer: the platforms cut what is longer than 2,048."""
LATE = timedelta(minutes=5)
"""How far a request's timestamp may be from ours."""
_BLOCK = 32 * 8
_FIELDS = 40
_NO_XML = re.compile("[^\t\n\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 (2.2) cannot hold in any way."""


class Said(msgspec.Struct, frozen=True, kw_only=True):
    """A message: who wrote to whom, its kind (``text``, ``voice``, ``location``, ``event``, …), and its words.
    ``ident`` is the same for each try of one message of an account."""

    ident: str
    account: str
    to: str
    kind: str
    text: str = ""
    event: str = ""
    lon: float | None = None
    lat: float | None = None


class Protocol:
    """One public account. ``key`` is the platform's 43-letter EncodingAESKey; empty: messages come in plain text.
    Raises FormatError for a key that is none."""

    def __init__(self, token: str, app: str = "", key: str = "") -> None:
        self._token, self._app = token, app.encode()
        try:
            self._key = base64.b64decode(f"{key}=", validate=True) if key else b""
        except ValueError:
            self._key = b"?"
        if self._key and len(self._key) != 32:
            raise FormatError("the account's AES key: expected 43 letters of base64")

    @property
    def encrypts(self) -> bool:
        """Whether messages are encrypted."""
        return bool(self._key)

    def check(self, signature: str, timestamp: str, nonce: str, now: datetime, sealed: str = "") -> None:
        """Raises TrustError for a request that the platform did not sign with our token, or not now."""
        parts = sorted(filter(None, (self._token, timestamp, nonce, sealed)))
        wanted = hashlib.sha1("".join(parts).encode()).hexdigest()
        if not hmac.compare_digest(wanted.encode(), signature.encode()):
            raise TrustError("a message with a wrong signature")
        is_number = timestamp.isdecimal() and len(timestamp) <= 12
        if not is_number or abs(now.timestamp() - int(timestamp)) > LATE.total_seconds():
            raise TrustError("a message of another time")

    def opened(self, body: bytes) -> etree._Element:
        """The XML of a body, as it was sent. Raises FormatError."""
        return _parsed(body)

    def sealed_in(self, message: etree._Element) -> str:
        """The ciphertext in a message; empty: it is plain."""
        return _text(message, "Encrypt")

    def decrypted(self, sealed: str) -> etree._Element:
        """The message in a ciphertext. Raises TrustError for one that is not for this account, FormatError."""
        try:
            data = base64.b64decode(sealed, validate=True)
            cipher = Cipher(algorithms.AES(self._key), modes.CBC(self._key[:16])).decryptor()
            unpadder = PKCS7(_BLOCK).unpadder()
            plain = unpadder.update(cipher.update(data) + cipher.finalize()) + unpadder.finalize()
        except (ValueError, binascii.Error):
            raise TrustError("a message that our key does not open") from None
        size = int.from_bytes(plain[16:20], "big")
        if plain[20 + size :] != self._app:
            raise TrustError("a message for another account")
        return _parsed(plain[20 : 20 + size])

    def read(self, message: etree._Element) -> Said:
        """What a message says. Raises FormatError for what is none."""
        account, kind = _text(message, "FromUserName"), _text(message, "MsgType")
        if not account or not kind or len(account) > 128:
            raise FormatError("a message without FromUserName and MsgType")
        event = _text(message, "Event").lower()
        prefix = "Location_" if kind == "location" else ""
        lat, lon = (
            (_degrees(message, f"{prefix}X"), _degrees(message, f"{prefix}Y"))
            if prefix
            else (_degrees(message, "Latitude"), _degrees(message, "Longitude"))
        )
        text = {"text": "Content", "voice": "Recognition", "event": "EventKey"}.get(kind, "")
        words = _text(message, text) if text else ""
        # An event has no number of its own.
        ident = _text(message, "MsgId") or f"{_text(message, 'CreateTime')} {event} {words}"
        return Said(
            ident=ident, account=account, to=_text(message, "ToUserName"), kind=kind, event=event, text=words,
            lon=lon, lat=lat,
        )  # fmt: skip

    def reply(self, said: Said, text: str, now: datetime) -> bytes:
        """A text message back, sealed where messages are."""
        stamp = str(int(now.timestamp()))
        plain = _xml(
            ToUserName=said.account, FromUserName=said.to, CreateTime=stamp, MsgType="text", Content=text,
        )  # fmt: skip
        if not self._key:
            return plain
        whole = secrets.token_bytes(16) + len(plain).to_bytes(4, "big") + plain + self._app
        padder = PKCS7(_BLOCK).padder()
        cipher = Cipher(algorithms.AES(self._key), modes.CBC(self._key[:16])).encryptor()
        data = cipher.update(padder.update(whole) + padder.finalize()) + cipher.finalize()
        sealed, nonce = base64.b64encode(data).decode(), secrets.token_hex(8)
        parts = sorted((self._token, stamp, nonce, sealed))
        signature = hashlib.sha1("".join(parts).encode()).hexdigest()
        return _xml(Encrypt=sealed, MsgSignature=signature, TimeStamp=stamp, Nonce=nonce)


def _parsed(body: bytes) -> etree._Element:
    if len(body) > LARGEST:
        raise FormatError(f"a message of {len(body)} bytes, expected at most {LARGEST}")
    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False, load_dtd=False)
    try:
        found = etree.fromstring(body, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise FormatError(f"a message that is no XML: {error}") from None
    if found.getroottree().docinfo.doctype:
        # A message has none: whoever sends one wants something else.
        raise FormatError("a message with a document type")
    if len(found) > _FIELDS:
        raise FormatError(f"a message of {len(found)} fields")
    return found


def _text(message: etree._Element, name: str) -> str:
    return (message.findtext(name) or "").strip()


def _degrees(message: etree._Element, name: str) -> float | None:
    try:
        value = float(_text(message, name))
    except ValueError:
        return None
    return value if -180 <= value <= 180 else None


def _xml(**fields: str) -> bytes:
    root = etree.Element("xml")
    for name, text in fields.items():
        element = etree.SubElement(root, name)
        element.text = _NO_XML.sub("", text)
    return bytes(etree.tostring(root, encoding="utf-8"))
