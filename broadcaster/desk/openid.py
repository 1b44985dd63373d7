"""Who somebody is by the word of their town hall's own login server (OpenID Connect Core 1.0, code flow with PKCE).

The server says a name and no more: who may do what is said at the desk, and who is not there stays out.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec
import requests
from authlib.common.errors import AuthlibBaseError
from authlib.common.security import generate_token
from authlib.integrations.requests_client import OAuth2Session
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from channel.settings import OpenId
from feeds.base.errors import BusyError, PersonError, TrustError

_TIMEOUT_S, _LEEWAY_S = 10, 60
_LONGEST = 1 << 20
_DISCOVERY = ".well-known/openid-configuration"
_ALGORITHMS = ["RS256", "ES256", "PS256", "EdDSA"]
"""Signed with a key that the server alone has; what a client's secret signs, or nobody, is nobody's word."""


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """What a browser carries from the question to the answer: both must be of one login."""

    state: str
    nonce: str
    verifier: str

    def written(self) -> str:
        """As a cookie has it."""
        return ".".join((self.state, self.nonce, self.verifier))

    @classmethod
    def read(cls, text: str) -> Asked:
        """What a cookie says. Raises PersonError."""
        parts = text.split(".")
        if len(parts) != 3 or not all(parts):
            raise PersonError("openid: an answer that nobody asked for")
        return cls(state=parts[0], nonce=parts[1], verifier=parts[2])


class _Server(msgspec.Struct, frozen=True):
    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str


class Provider:
    """The login server of a channel. Safe to share among threads; it is asked anew at each login."""

    def __init__(self, settings: OpenId, secret: str) -> None:
        self.settings, self._secret = settings, secret

    def question(self) -> tuple[str, Asked]:
        """Where a browser is sent, and what it carries. Raises BusyError where the server does not answer."""
        asked = Asked(state=generate_token(32), nonce=generate_token(32), verifier=generate_token(64))
        try:
            with self._session() as session:
                address, _ = session.create_authorization_url(
                    self._server().authorization_endpoint, state=asked.state, nonce=asked.nonce,
                    code_verifier=asked.verifier,
                )  # fmt: skip
        except requests.RequestException as error:
            raise BusyError(f"the login server does not answer: {error}") from None
        return str(address), asked

    def name(self, asked: Asked, state: str, code: str, now: datetime) -> str:
        """Whom the server names for the ``code`` that it sent the browser back with. Raises PersonError for an answer
        to another question, TrustError for one that is not the server's word, BusyError where it does not answer."""
        if not state or state != asked.state or not code:
            raise PersonError("openid: an answer that nobody asked for")
        try:
            server = self._server()
            with self._session() as session:
                token = session.fetch_token(server.token_endpoint, code=code, code_verifier=asked.verifier)
            keys = KeySet.import_key_set(self._get(server.jwks_uri))
            claims = jwt.decode(str(token.get("id_token", "")), keys, algorithms=_ALGORITHMS).claims
            self._registry(asked, now).validate(claims)
        except requests.RequestException as error:
            raise BusyError(f"the login server does not answer: {error}") from None
        except (AuthlibBaseError, JoseError, ValueError, TypeError, AttributeError) as error:
            raise TrustError(f"openid: {error}") from None
        name = claims.get(self.settings.claim)
        if not isinstance(name, str) or not name:
            raise TrustError(f"openid: the server names nobody in {self.settings.claim!r}")
        return name

    def _registry(self, asked: Asked, now: datetime) -> jwt.JWTClaimsRegistry:
        own = self.settings
        return jwt.JWTClaimsRegistry(
            now=int(now.timestamp()), leeway=_LEEWAY_S, exp={"essential": True}, iat={"essential": True},
            iss={"essential": True, "value": own.issuer}, aud={"essential": True, "value": own.client_id},
            nonce={"essential": True, "value": asked.nonce},
        )  # fmt: skip

    def _server(self) -> _Server:
        issuer = self.settings.issuer
        try:
            server = msgspec.convert(self._get(f"{issuer.rstrip('/')}/{_DISCOVERY}"), _Server)
        except msgspec.ValidationError as error:
            raise TrustError(f"openid: {issuer}: {error}") from None
        if server.issuer != issuer:
            raise TrustError(f"openid: the server calls itself {server.issuer!r}, expected {issuer!r}")
        return server

    def _get(self, address: str) -> Any:
        with requests.get(address, timeout=_TIMEOUT_S, allow_redirects=False, stream=True) as answer:
            answer.raise_for_status()
            body = answer.raw.read(_LONGEST + 1, decode_content=True)
        if len(body) > _LONGEST:
            raise TrustError(f"openid: {address} says more than {_LONGEST:,} bytes")
        try:
            return msgspec.json.decode(body)
        except msgspec.DecodeError as error:
            raise TrustError(f"openid: {address}: {error}") from None

    def _session(self) -> Any:
        return OAuth2Session(
            self.settings.client_id, self._secret, scope="openid profile email", redirect_uri=self.settings.address,
            code_challenge_method="S256", default_timeout=_TIMEOUT_S,
        )  # fmt: skip
