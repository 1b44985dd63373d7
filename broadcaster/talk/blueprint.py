"""The addresses of the message accounts, below whatever prefix the blueprint is given.

::

    GET  /official    the platform proves that the address is ours
    POST /official    a message of a public account (``broadcaster.talk.official``)
    POST /hook        a message as signed JSON (``broadcaster.talk.webhook``)

A platform tries a message three times when no answer comes in five seconds: every try gets the answer of the first.
"""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable

from flask import Blueprint, Response, request

from broadcaster.talk import official, webhook
from broadcaster.talk.accounts import KeptAccounts
from broadcaster.talk.answering import Answer, Talk
from broadcaster.talk.official import Protocol, Said
from broadcaster.talk.positions import wgs84
from broadcaster.talk.secrets import Secrets
from channel.folder import Channel
from channel.memory import Shelf
from channel.release import Store
from feeds.base.clock import Clock, SystemClock
from feeds.base.errors import BusyError, ChannelError, FormatError, TrustError

_LOG = logging.getLogger(__name__)
MOST, WITHIN_S = 20, 60.0
"""Messages of one account, and in how many seconds: what is more gets no answer."""
_REMEMBERED, _ACCOUNTS = 2_000, 5_000
_TRIES_S = 60.0
"""For so long a message that comes again is another try of it; later it is asked anew, of what is on air then."""


def create_blueprint(
    channel: Channel, store: Store, secrets: Secrets, *, portal: str = "", clock: Clock | None = None
) -> Blueprint:
    """The accounts of a channel. Raises FormatError for a key that is none."""
    clock = clock or SystemClock()
    talk = Talk(channel, store, KeptAccounts.open(channel.archive_url, channel.state), clock, portal)
    talk.prepare()
    return _Doors(talk, secrets, clock).blueprint


class _Doors:
    def __init__(self, talk: Talk, secrets: Secrets, clock: Clock) -> None:
        self._talk, self._clock = talk, clock
        self._answers: Shelf[tuple[float, bytes]] = Shelf(_REMEMBERED)
        self._rate = _Rate()
        self._turn = threading.Lock()
        made = self.blueprint = Blueprint("talk", __name__)
        if secrets.token:
            self._protocol = Protocol(secrets.token, secrets.app, secrets.key)
            made.add_url_rule("/official", "proof", self._proof, methods=["GET"])
            made.add_url_rule("/official", "official", self._official, methods=["POST"])
        if secrets.secret:
            self._secret = secrets.secret.encode()
            made.add_url_rule("/hook", "hook", self._hook, methods=["POST"])

    def _proof(self) -> Response:
        def proved() -> bytes:
            self._checked("signature")
            return request.args.get("echostr", "").encode()[:256]

        return self._guarded(proved, "text/plain")

    def _official(self) -> Response:
        return self._guarded(self._told, "application/xml")

    def _told(self) -> bytes:
        protocol = self._protocol
        body = request.get_data(cache=False)
        if not protocol.encrypts:
            self._checked("signature")
        message = protocol.opened(body)
        if protocol.encrypts:
            sealed = protocol.sealed_in(message)
            self._checked("msg_signature", sealed)
            message = protocol.decrypted(sealed)
        said = protocol.read(message)
        try:
            return self._once(("official", said.account, said.ident), said.account, lambda: self._replied(said))
        except BusyError:
            # The platform would tell the household that the service is broken.
            return b"success"

    def _replied(self, said: Said) -> bytes:
        answer = self._answer(said)
        now = self._clock.now()
        return self._protocol.reply(said, answer.text(official.MOST_TEXT), now) if answer else b"success"

    def _answer(self, said: Said) -> Answer | None:
        talk = self._talk
        if said.kind == "event" and said.event not in ("subscribe", "click", "location"):
            return None
        if said.lon is not None and said.lat is not None:
            made = talk.at(*wgs84(said.lon, said.lat), said.account)
            # A position that the platform reports by itself is no question.
            return None if said.kind == "event" else made
        text = "" if said.event == "subscribe" else said.text
        return talk.answer(text, said.account)

    def _hook(self) -> Response:
        def told() -> bytes:
            body = request.get_data(cache=False)
            webhook.check(self._secret, request.headers.get(webhook.HEADER, ""), body, self._clock.now())
            message = webhook.read(body)
            ident = "hook", message.account, message.id
            return self._once(ident, message.account, lambda: self._json(message))

        return self._guarded(told, "application/json")

    def _json(self, message: webhook.Message) -> bytes:
        talk = self._talk
        if message.position:
            answer = talk.at(*message.position, message.account)
        else:
            answer = talk.answer(message.text, message.account)
        return webhook.encode(webhook.Reply(id=message.id, answer=answer, text=answer.text(official.MOST_TEXT)))

    def _checked(self, name: str, sealed: str = "") -> None:
        signature, timestamp, nonce = (request.args.get(part, "")[:200] for part in (name, "timestamp", "nonce"))
        self._protocol.check(signature, timestamp, nonce, self._clock.now(), sealed)

    def _once(self, ident: tuple[str, str, str], account: str, make: Callable[[], bytes]) -> bytes:
        """The answer to a message, the same for each try of it. Raises BusyError for whoever asks too much."""
        now = self._clock.now().timestamp()
        # One at a time: two tries of one message are one, and an answer takes milliseconds.
        with self._turn:
            known = self._answers.find(ident)
            if known is not None and abs(now - known[0]) < _TRIES_S:
                return known[1]
            if account and not self._rate.allows(account, now):
                raise BusyError("an account asks too much")
            return self._answers.put(ident, (now, make()))[1]

    def _guarded(self, make: Callable[[], bytes], media: str) -> Response:
        try:
            body = make()
        except TrustError as error:
            _LOG.warning("a message is refused", extra={"why": error.message})
            return Response("", 403)
        except FormatError as error:
            _LOG.warning("a message cannot be read", extra={"why": error.message})
            return Response("", 400)
        except BusyError:
            return Response("", 429)
        except ChannelError as error:
            _LOG.error("a message is not answered", extra={"why": error.message})
            return Response("", 503)
        media = "text/plain" if body == b"success" else media
        return Response(body, 200, content_type=f"{media}; charset=utf-8", headers={"Cache-Control": "no-store"})


class _Rate:
    """How often accounts ask, as far as this process knows. For one thread at a time."""

    def __init__(self) -> None:
        self._asked: Shelf[deque[float]] = Shelf(_ACCOUNTS)

    def allows(self, account: str, now: float) -> bool:
        times = self._asked.get(account, lambda: deque(maxlen=MOST))
        if len(times) == MOST and now - times[0] < WITHIN_S:
            return False
        times.append(now)
        return True
