"""Somebody logs in with the account of their office: a login server on loopback, asked as OpenID Connect says."""

from __future__ import annotations

import base64
import hashlib
import json
import threading
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from conftest import EXAMPLE
from desk_help import NOW, SECRET, Desk
from flask import Flask, jsonify, redirect, request
from flask.testing import FlaskClient
from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey
from werkzeug.serving import make_server
from werkzeug.wrappers import Response

from broadcaster.desk import audit, people
from channel.folder import Channel
from channel.settings import OpenId
from feeds.base.errors import Mistakes

BACK = "https://desk.example.org/desk/openid/back"


def spelled(data: bytes) -> str:
    """As tokens spell bytes (RFC 7515, 2)."""
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


class LoginServer:
    """Names whom a test says, once a code, to whoever proves that they asked; ``changes`` are what it says wrong."""

    def __init__(self) -> None:
        self.key = RSAKey.generate_key(2048, {"kid": "one"})
        self.honest()
        self.asked: dict[str, dict[str, str]] = {}
        app = Flask("login-server")
        app.before_request(lambda: ("away", 503) if self.is_away else None)
        app.add_url_rule("/.well-known/openid-configuration", "configuration", self._configuration)
        app.add_url_rule("/authorize", "authorize", self._authorize)
        app.add_url_rule("/token", "token", self._token, methods=["POST"])
        app.add_url_rule("/keys", "keys", lambda: jsonify({"keys": [self.key.as_dict(private=False)]}))
        self.server = make_server("127.0.0.1", 0, app, threaded=True)
        self.issuer = f"http://127.0.0.1:{self.server.server_port}"

    def honest(self) -> None:
        """Say what is so."""
        self.name, self.algorithm, self.is_away = "ann", "RS256", False
        self.signed_by: Any = None
        self.changes: dict[str, Any] = {}

    def _configuration(self) -> Response:
        of = {"authorization_endpoint": "authorize", "token_endpoint": "token", "jwks_uri": "keys"}
        return jsonify({"issuer": self.issuer, **{name: f"{self.issuer}/{path}" for name, path in of.items()}})

    def _authorize(self) -> Response:
        code = f"code{len(self.asked)}"
        self.asked[code] = dict(request.args)
        assert request.args["redirect_uri"] == BACK and request.args["response_type"] == "code"
        return redirect(f"{BACK}?code={code}&state={request.args['state']}")

    def _token(self) -> tuple[Response, int]:
        asked = self.asked.pop(request.form["code"], None)
        proof = hashlib.sha256(request.form.get("code_verifier", "").encode()).digest()
        is_known = (request.authorization or {}).get("password") == SECRET
        if asked is None or not is_known or spelled(proof) != asked["code_challenge"]:
            return jsonify({"error": "invalid_grant"}), 400
        moment = int(NOW.timestamp())
        claims = {
            "iss": self.issuer, "aud": asked["client_id"], "exp": moment + 300, "iat": moment, "nonce": asked["nonce"],
            "sub": "1", "preferred_username": self.name, **self.changes,
        }  # fmt: skip
        if self.algorithm == "none":
            parts = (json.dumps({"alg": "none"}), json.dumps(claims), "")
            token = ".".join(spelled(part.encode()) for part in parts)
        else:
            token = jwt.encode({"alg": self.algorithm, "kid": "one"}, claims, self.signed_by or self.key)
        return jsonify({"access_token": "x", "token_type": "Bearer", "id_token": token}), 200


@pytest.fixture(scope="module")
def running() -> Iterator[LoginServer]:
    made = LoginServer()
    thread = threading.Thread(target=made.server.serve_forever)
    thread.start()
    yield made
    made.server.shutdown()
    thread.join()
    made.server.server_close()


@pytest.fixture
def server(running: LoginServer) -> LoginServer:
    running.honest()
    return running


@pytest.fixture(scope="module")
def desk(running: LoginServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    openid = OpenId(issuer=running.issuer, client_id="channel-desk", address=BACK)
    made = Desk(tmp_path_factory.mktemp("desk"), openid=openid)
    yield made
    made.close()


def sent_back(client: FlaskClient) -> str:
    """Where the login server sends a browser that the desk has sent there."""
    import requests

    answer = client.get("/desk/openid")
    assert answer.status_code == 303 and "SameSite=Lax" in str(answer.headers)
    given = requests.get(answer.headers["Location"], allow_redirects=False, timeout=30).headers["Location"]
    return given.removeprefix("https://desk.example.org")


def test_somebody_is_let_in_by_the_word_of_the_login_server(desk: Desk, server: LoginServer) -> None:
    """With the role that the desk gives them; the page leads on by itself; the way is of one use."""
    client = desk.app.test_client()
    assert 'href="/desk/openid"' in client.get("/desk/login").text
    back = sent_back(client)
    page = client.get(back)
    assert page.status_code == 200 and 'http-equiv="refresh" content="0; url=/desk/"' in page.text
    assert ">ann</a>" in client.get("/desk/").text and client.get("/desk/people").status_code == 403
    assert client.get(back).status_code == 400, "a code that was used, a question that was answered"
    deed = next(iter(audit.deeds(desk.texts.engine)))
    assert (deed.who, deed.did, deed.what["by"]) == ("ann", "logged in", "openid")


def test_who_is_not_at_the_desk_stays_out(desk: Desk, server: LoginServer) -> None:
    """A name that it does not have, and one that was ended."""
    people.end(desk.texts.engine, "tom", NOW)
    for name in ("nobody", "tom", "<script>x</script>"):
        server.name, client = name, desk.app.test_client()
        page = client.get(sent_back(client))
        assert page.status_code == 403 and "<script>x" not in page.text
        assert client.get("/desk/").status_code == 303


def test_a_password_that_was_given_out_is_worth_nothing_then(desk: Desk, server: LoginServer) -> None:
    people.add(desk.texts.engine, "cleo", "editor", "three blue herons", NOW, once=True)
    server.name, client = "cleo", desk.app.test_client()
    client.get(sent_back(client))
    assert client.get("/desk/").status_code == 200, "no other password is asked first"
    given = {"name": "cleo", "password": "three blue herons"}
    assert desk.app.test_client().post("/desk/login", data=given).status_code == 401


@pytest.mark.parametrize(
    "changes",
    [{"aud": "another"}, {"iss": "https://evil.example"}, {"nonce": "x"}, {"exp": int(NOW.timestamp()) - 3600},
     {"preferred_username": ""}, {"preferred_username": ["ann"]}],
    ids=str,
)  # fmt: skip
def test_what_is_not_for_this_login_lets_nobody_in(desk: Desk, server: LoginServer, changes: dict[str, Any]) -> None:
    server.changes, client = changes, desk.app.test_client()
    assert client.get(sent_back(client)).status_code == 400
    assert client.get("/desk/").status_code == 303


@pytest.mark.parametrize("harm", ["another key", "the client's secret", "nobody"])
def test_what_the_server_has_not_signed_is_not_its_word(desk: Desk, server: LoginServer, harm: str) -> None:
    if harm == "another key":
        server.signed_by = RSAKey.generate_key(2048, {"kid": "one"})
    elif harm == "the client's secret":
        server.signed_by, server.algorithm = OctKey.import_key(SECRET), "HS256"
    else:
        server.algorithm = "none"
    client = desk.app.test_client()
    assert client.get(sent_back(client)).status_code == 400 and client.get("/desk/").status_code == 303


def test_an_answer_to_another_question_is_refused(desk: Desk, server: LoginServer) -> None:
    """Of another browser, of another state, of none: nobody is logged in as somebody else."""
    mine, theirs = desk.app.test_client(), desk.app.test_client()
    back = sent_back(theirs)
    assert mine.get(back).status_code == 400, "a browser that asked nothing"
    sent_back(mine)
    assert mine.get(back).status_code == 400, "another's answer"
    state = parse_qs(urlsplit(back).query)["state"][0]
    assert theirs.get(f"/desk/openid/back?code=made-up&state={state}").status_code == 400
    assert mine.get("/desk/openid/back").status_code == 400
    assert mine.get("/desk/").status_code == theirs.get("/desk/").status_code == 303
    assert len(server.asked) >= 2


def test_a_server_that_does_not_answer_is_said(desk: Desk, server: LoginServer) -> None:
    """Passwords go on."""
    client = desk.app.test_client()
    back = sent_back(client)
    server.is_away = True
    assert client.get(back).status_code == client.get("/desk/openid").status_code == 503
    assert desk.person("ann").client.get("/desk/").status_code == 200


def test_a_channel_says_where_its_login_server_is(tmp_path_factory: pytest.TempPathFactory) -> None:
    """By an address that nobody can listen to; without one there is no such way in."""
    folder = tmp_path_factory.mktemp("channel")
    for path in EXAMPLE.iterdir():
        if path.name != "channel.toml":
            (folder / path.name).symlink_to(path)
    said = (EXAMPLE / "channel.toml").read_text("utf-8")
    openid = '\n[desk.openid]\nissuer = "{}://id.example.org"\nclient_id = "desk"\naddress = "https://d.example/desk/openid/back"\n'
    (folder / "channel.toml").write_text(said + openid.format("https"), "utf-8")
    made = Channel.open(folder, tmp_path_factory.mktemp("state")).settings.desk.openid
    assert made is not None and made.claim == "preferred_username"
    (folder / "channel.toml").write_text(said + openid.format("http"), "utf-8")
    with pytest.raises(Mistakes, match="https"):
        Channel.open(folder)
    desk = Desk(tmp_path_factory.mktemp("desk"))
    client = desk.app.test_client()
    assert client.get("/desk/openid").status_code == client.get("/desk/openid/back").status_code == 404
    assert "/openid" not in client.get("/desk/login").text
    desk.close()
