"""The doors of message accounts: signed, in time, three tries one answer; forged, late, hostile and too many messages
get nothing. Signatures and ciphertexts are made by an independent implementation of the platforms' protocol."""

from __future__ import annotations

import hashlib
import hmac
import json
import shutil
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from conftest import EXAMPLE
from flask import Flask
from flask.testing import FlaskClient
from lxml import etree
from said_store import MOMENT, say, small_example, snapshots_of
from wechatpy import parse_message
from wechatpy.crypto import WeChatCrypto

from broadcaster.places import STORE
from broadcaster.talk import webhook
from broadcaster.talk.blueprint import MOST, create_blueprint
from broadcaster.talk.secrets import Secrets
from channel.folder import Channel
from channel.release import Store
from feeds.base.clock import Clock
from feeds.base.errors import FormatError

TOKEN, APP, SECRET = "a token", "wx0123456789abcdef", "a shared secret"
KEY = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"


class SetClock(Clock):
    moment = MOMENT

    def now(self) -> datetime:
        return self.moment


CLOCK = SetClock()


@pytest.fixture(scope="module")
def channel(tmp_path_factory: pytest.TempPathFactory) -> Channel:
    folder = tmp_path_factory.mktemp("talk")
    shutil.copytree(EXAMPLE, folder / "channel", ignore=shutil.ignore_patterns("var", "__pycache__"))
    made = small_example(folder / "channel", folder / "state")
    say(made, snapshots_of(made), ("100", "201", "541", "110", "200"))
    return made


def client_of(channel: Channel, secrets: Secrets) -> FlaskClient:
    app = Flask("talk")
    store = Store.open(channel.state / STORE)
    blueprint = create_blueprint(channel, store, secrets, portal="https://tv.example", clock=CLOCK)
    app.register_blueprint(blueprint, url_prefix="/talk")
    return app.test_client()


@pytest.fixture
def plain(channel: Channel) -> Iterator[FlaskClient]:
    CLOCK.moment = MOMENT
    yield client_of(channel, Secrets(token=TOKEN, secret=SECRET))


def message(text: str = "201", ident: str = "1", account: str = "anna", kind: str = "text", more: str = "") -> str:
    content = f"<Content><![CDATA[{text}]]></Content>" if kind == "text" else ""
    return (
        f"<xml><ToUserName>us</ToUserName><FromUserName>{account}</FromUserName><CreateTime>1</CreateTime>"
        f"<MsgType>{kind}</MsgType>{content}{more}<MsgId>{ident}</MsgId></xml>"
    )


def signed(token: str = TOKEN, at: datetime = MOMENT, sealed: str = "") -> dict[str, str]:
    stamp = str(int(at.timestamp()))
    parts = sorted(filter(None, (token, stamp, "n0nce", sealed)))
    name = "msg_signature" if sealed else "signature"
    return {name: hashlib.sha1("".join(parts).encode()).hexdigest(), "timestamp": stamp, "nonce": "n0nce"}


def said(client: FlaskClient, body: str | bytes, **query: str) -> str:
    """The text of the answer."""
    answer = client.post("/talk/official", query_string=query or signed(), data=body)
    assert answer.status_code == 200, answer.status_code
    found = parse_message(answer.data)
    assert found.type == "text" and found.target == "anna" and found.source == "us"
    return str(found.content)


# --- the platforms' protocol ------------------------------------------------------------------------------------------


def test_the_platform_is_shown_that_the_address_is_ours(plain: FlaskClient) -> None:
    answer = plain.get("/talk/official", query_string={**signed(), "echostr": "8847"})
    assert (answer.status_code, answer.text) == (200, "8847")
    assert plain.get("/talk/official", query_string={**signed("another"), "echostr": "8847"}).status_code == 403
    # What is said back is what anybody may have written there: never markup.
    markup = plain.get("/talk/official", query_string={**signed(), "echostr": "<html><script>"})
    assert markup.content_type == "text/plain; charset=utf-8"


def test_a_number_is_answered_with_its_page(plain: FlaskClient) -> None:
    said(plain, message("退出", ident="forgotten"))
    text = said(plain, message())
    assert text.startswith("201 附近医院") and text.endswith("https://tv.example/m/district/201")
    assert len(text.encode()) <= 2_048


@pytest.mark.parametrize(
    ("kind", "more", "begins"),
    [
        ("voice", "<Recognition>菜价</Recognition>", "541"),
        ("voice", "", "闵行生活"),
        ("image", "<PicUrl>http://x/y.jpg</PicUrl>", "闵行生活"),
        ("event", "<Event>subscribe</Event>", "闵行生活"),
        ("event", "<Event>CLICK</Event><EventKey>541</EventKey>", "541"),
        ("location", "<Location_X>31.108</Location_X><Location_Y>121.3846</Location_Y>", "您的小区"),
        ("location", "<Location_X>48.85</Location_X><Location_Y>2.35</Location_Y>", "那附近没有"),
    ],
)
def test_every_kind_of_message_is_answered(plain: FlaskClient, kind: str, more: str, begins: str) -> None:
    assert said(plain, message(kind=kind, more=more, ident=f"{kind}{more}")).startswith(begins)


def test_what_asks_nothing_gets_no_answer(plain: FlaskClient) -> None:
    for event in ("unsubscribe", "VIEW", "LOCATION"):
        more = f"<Event>{event}</Event><Latitude>31.1</Latitude><Longitude>121.4</Longitude>"
        answer = plain.post("/talk/official", query_string=signed(), data=message(kind="event", more=more, ident=event))
        assert (answer.status_code, answer.data) == (200, b"success")


def test_three_tries_of_a_message_are_one(plain: FlaskClient) -> None:
    """The second and third try come when the first was slow: nobody gets three answers, or one of another time."""
    first = plain.post("/talk/official", query_string=signed(), data=message(ident="7")).data
    CLOCK.moment += timedelta(seconds=5)
    again = [plain.post("/talk/official", query_string=signed(), data=message(ident="7")).data for _ in range(2)]
    assert again == [first, first]


def test_what_is_asked_again_later_is_answered_anew(channel: Channel, plain: FlaskClient) -> None:
    """Of what is on air then: a number used twice brings back nothing that was taken down meanwhile."""
    assert said(plain, message(ident="8")).startswith("201")
    CLOCK.moment += timedelta(seconds=70)
    later = plain.post("/talk/official", query_string=signed(at=CLOCK.moment), data=message("541", ident="8")).data
    assert "541" in str(parse_message(later).content)


def test_accounts_never_get_each_others_answers(plain: FlaskClient) -> None:
    """However their names and numbers are put together; and events without a number are told apart by what they say."""
    asked = [("a", "b c", "541"), ("a b", "c", "201")]
    told = [hooked(plain, {"account": account, "id": ident, "text": text})[1] for account, ident, text in asked]
    assert [str(one["text"])[:3] for one in told if isinstance(one, dict)] == ["541", "201"]
    clicks = [
        said(plain, message(kind="event", more=f"<Event>CLICK</Event><EventKey>{key}</EventKey>", ident=""))[:3]
        for key in ("541", "201")
    ]
    assert clicks == ["541", "201"]


def test_encrypted_messages_are_opened_and_answered_encrypted(channel: Channel) -> None:
    client = client_of(channel, Secrets(token=TOKEN, app=APP, key=KEY))
    theirs = WeChatCrypto(TOKEN, KEY, APP)
    stamp = str(int(MOMENT.timestamp()))
    sealed = theirs.encrypt_message(message("菜价"), "n0nce", stamp)
    parts = etree.fromstring(sealed.encode())
    query = {"msg_signature": parts.findtext("MsgSignature") or "", "timestamp": stamp, "nonce": "n0nce"}
    answer = client.post("/talk/official", query_string=query, data=sealed)
    assert answer.status_code == 200
    back = etree.fromstring(answer.data)
    signature, at, nonce = (back.findtext(name) or "" for name in ("MsgSignature", "TimeStamp", "Nonce"))
    opened = parse_message(theirs.decrypt_message(answer.data, signature, at, nonce))
    assert opened.content.startswith("541 今日菜价") and opened.target == "anna"
    for wrong in (WeChatCrypto(TOKEN, KEY, "wxanother"), WeChatCrypto(TOKEN, KEY[::-1].replace("9", "A"), APP)):
        bad = wrong.encrypt_message(message(), "n0nce", stamp)
        query["msg_signature"] = etree.fromstring(bad.encode()).findtext("MsgSignature") or ""
        assert client.post("/talk/official", query_string=query, data=bad).status_code == 403
    assert client.post("/talk/official", query_string=signed(), data=message()).status_code == 403, "in plain text"


def test_a_key_that_is_none_is_named(channel: Channel) -> None:
    with pytest.raises(FormatError, match="43 letters"):
        client_of(channel, Secrets(token=TOKEN, key="short"))


def test_an_adapter_without_its_secret_is_not_there(channel: Channel) -> None:
    client = client_of(channel, Secrets(secret=SECRET))
    assert client.post("/talk/official", data=message()).status_code == 404


# --- attacks ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "query",
    [
        {}, signed("another token"), signed(at=MOMENT - timedelta(minutes=6)), signed(at=MOMENT + timedelta(hours=1)),
        {**signed(), "nonce": "other"}, {**signed(), "timestamp": "9" * 40}, {**signed(), "signature": "é" * 40},
    ],
)  # fmt: skip
def test_forged_and_late_messages_are_refused(plain: FlaskClient, query: dict[str, str]) -> None:
    assert plain.post("/talk/official", query_string=query, data=message()).status_code == 403


BOMB = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">' + "".join(
    f'<!ENTITY {chr(98 + n)} "{f"&{chr(97 + n)};" * 10}">' for n in range(8)
) + "]><xml><FromUserName>&i;</FromUserName></xml>"  # fmt: skip


@pytest.mark.parametrize(
    "body",
    [
        "", "no xml", "<xml>", "<xml></xml>", BOMB, "<xml>" + "<a/>" * 100 + "</xml>",
        "<xml>" + "x" * 40_000 + "</xml>",
        '<!DOCTYPE x SYSTEM "file:///etc/passwd"><xml/>', "<a>" * 5_000 + "</a>" * 5_000,
        message().replace("<MsgType>text</MsgType>", ""), message(account="a" * 200),
        f'<?xml version="1.0" encoding="UTF-16"?>{BOMB}'.encode("utf-16"),
    ],
)  # fmt: skip
def test_hostile_messages_are_refused(plain: FlaskClient, body: str | bytes) -> None:
    assert plain.post("/talk/official", query_string=signed(), data=body).status_code == 400


def test_markup_and_strange_letters_come_back_as_text(plain: FlaskClient) -> None:
    for number, text in enumerate(("]]]]><![CDATA[><script>", "<b>&amp;", "\u202e201", "🙂", "{title}", "%s")):
        told = said(plain, message(text.replace("]]>", "]] >"), ident=f"m{number}"))
        assert told and "\x00" not in told


def test_an_account_that_asks_too_much_gets_nothing(plain: FlaskClient) -> None:
    asked = [
        plain.post("/talk/official", query_string=signed(), data=message(ident=f"x{n}")).data for n in range(MOST + 5)
    ]
    assert asked[MOST:] == [b"success"] * 5 and all(one.startswith(b"<xml>") for one in asked[:MOST])
    other = plain.post("/talk/official", query_string=signed(), data=message(account="ben", ident="b"))
    assert other.data.startswith(b"<xml>")
    CLOCK.moment += timedelta(seconds=61)
    assert said(plain, message(ident="later"), **signed(at=CLOCK.moment)).startswith("201")


# --- the webhook ------------------------------------------------------------------------------------------------------


def hooked(client: FlaskClient, told: object, *, secret: str = SECRET, at: datetime = MOMENT) -> tuple[int, object]:
    body = told if isinstance(told, bytes) else json.dumps(told).encode()
    stamp = str(int(at.timestamp()))
    made = hmac.new(secret.encode(), stamp.encode() + b"." + body, hashlib.sha256).hexdigest()
    answer = client.post("/talk/hook", data=body, headers={webhook.HEADER: f"t={stamp},v1={made}"})
    return answer.status_code, json.loads(answer.data) if answer.status_code == 200 else None


def test_another_messenger_gets_the_same_answer(plain: FlaskClient) -> None:
    status, told = hooked(plain, {"id": "1", "account": "anna", "text": "菜价"})
    assert status == 200 and isinstance(told, dict)
    assert told["answer"]["title"].startswith("541") and told["text"] == said(plain, message("菜价", ident="same"))
    assert hooked(plain, {"id": "2", "position": [121.38, 31.11]})[0] == 200


@pytest.mark.parametrize(
    ("told", "secret", "at", "status"),
    [
        ({"id": "1"}, "another", MOMENT, 403),
        ({"id": "1"}, SECRET, MOMENT - timedelta(hours=1), 403),
        ({"text": "201"}, SECRET, MOMENT, 400),
        ({"id": "1", "text": "x" * 3000}, SECRET, MOMENT, 400),
        ({"id": "1", "position": [999, 0]}, SECRET, MOMENT, 400),
        (b"\xff\xfe", SECRET, MOMENT, 400),
        (b"[" * 30_000, SECRET, MOMENT, 400),
        (b" " * 40_000, SECRET, MOMENT, 400),
    ],
)
def test_what_is_not_signed_or_is_no_message_is_refused(
    plain: FlaskClient, told: object, secret: str, at: datetime, status: int
) -> None:
    assert hooked(plain, told, secret=secret, at=at)[0] == status


def test_the_message_account_never_logs_who_asks(
    plain: FlaskClient, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level("DEBUG"):
        said(plain, message(ident="quiet"))
        plain.post("/talk/official", query_string=signed("forged"), data=message())
    assert "anna" not in caplog.text and "201" not in caplog.text
