"""People at the desk: let in with a password that is shown once, limited, logged out, ended; and an office of one."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pyotp
import pytest
from conftest import EXAMPLE
from desk_help import NOW, PAGE, Desk, Person, opened, password_of

from broadcaster.desk import audit, logins, people
from broadcaster.desk.demo import demo
from broadcaster.desk.tables import open_database
from channel.folder import Channel

pytestmark = pytest.mark.slow

FORM = {
    "title": "周末停水", "text": "周五晚上停水。", "page": PAGE, "towns": "莘庄镇", "base": "0",
    "begins": "2026-11-27T18:00", "ends": "2026-11-30T00:00",
}  # fmt: skip
OWN = "four grey geese in a row"


@pytest.fixture
def desk(database: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    with opened(tmp_path_factory, archive=database) as made:
        yield made


def shown_once(page: str) -> str:
    """The password that a page shows."""
    found = re.search(r'class="secret">([^<]+)<', page)
    assert found, page
    return found[1]


def deeds(desk: Desk) -> list[tuple[str, str]]:
    """Who did what, the oldest first; the record is whole."""
    engine = open_database(desk.channel.archive_url)
    assert audit.verify(engine) is None
    found = [(deed.who, deed.did) for deed in audit.deeds(engine)]
    engine.dispose()
    return found[::-1]


def test_somebody_is_let_in_with_a_password_that_is_shown_once(desk: Desk) -> None:
    """It opens nothing but the page on which another one is chosen: the old one asked, the new one twice."""
    root = desk.person("root")
    status, page = root.post("/people", name="cleo", role="approver", towns="七宝镇")
    given = shown_once(page)
    assert status == 200 and given not in root.client.get("/desk/people").text
    cleo = desk.person("cleo", given)
    for address in ("/", "/notice/new", "/texts"):
        assert cleo.client.get(f"/desk{address}").headers["Location"] == "/desk/me"
    assert cleo.post("/notice/new", **FORM)[1] == "/desk/me" and cleo.post("/drafted", **FORM)[0] == 303
    for wrong in (
        {"old": "nonsense here", "password": OWN, "again": OWN}, {"old": given, "password": OWN, "again": "another"},
        {"old": given, "password": given, "again": given}, {"old": given, "password": "short", "again": "short"},
    ):  # fmt: skip
        assert cleo.post("/me", **wrong, do="password")[0] == 400
    assert cleo.post("/me", old=given, password=OWN, again=OWN, do="password") == (303, "/desk/")
    assert "七宝镇" in cleo.client.get("/desk/me").text
    desk.person("cleo", OWN)
    with pytest.raises(AssertionError):
        desk.person("cleo", given)
    assert {("root", "person added"), ("cleo", "password refused"), ("cleo", "password changed")} <= set(deeds(desk))


def test_a_password_is_reset_and_holds_for_three_days(desk: Desk) -> None:
    root, ann = desk.person("root"), desk.person("ann")
    given = shown_once(root.post("/person?name=ann", do="reset")[1])
    assert ann.client.get("/desk/").status_code == 303, "logged out"
    with pytest.raises(AssertionError):
        desk.person("ann")
    desk.clock.moment = NOW + timedelta(days=2)
    assert desk.person("ann", given).client.get("/desk/").headers["Location"] == "/desk/me"
    desk.clock.moment = NOW + timedelta(days=3, seconds=1)
    with pytest.raises(AssertionError):
        desk.person("ann", given)


def test_logins_are_seen_and_ended(desk: Desk) -> None:
    """One's own one by one, somebody's all at once; a new password ends the others."""
    ann, elsewhere, root = desk.person("ann"), desk.person("ann"), desk.person("root")
    page = ann.client.get("/desk/me", headers={"User-Agent": "x"}).text
    assert page.count("Werkzeug") == 2
    other = Person.hidden(page, "login")
    eve = desk.person("eve")
    assert eve.post("/me", do="login", login=other)[0] == 303
    assert elsewhere.client.get("/desk/").status_code == 200, "nobody ends what is another's"
    assert ann.post("/me", do="login", login=other)[0] == 303
    assert elsewhere.client.get("/desk/").status_code == 303 and ann.client.get("/desk/").status_code == 200
    elsewhere = desk.person("ann")
    assert ann.post("/me", old=password_of("ann"), password=OWN, again=OWN, do="password")[0] == 303
    assert elsewhere.client.get("/desk/").status_code == 303 and ann.client.get("/desk/").status_code == 200
    assert root.post("/person?name=ann", do="logins")[0] == 200
    assert ann.client.get("/desk/").status_code == 303
    assert {("ann", "login ended"), ("root", "logins ended")} <= set(deeds(desk))


def test_a_page_that_asks_by_itself_keeps_nobody_logged_in(desk: Desk) -> None:
    """Somebody left a text open and went home: it says that it is open, and the login ends all the same."""
    ann = desk.person("ann")
    _, where = ann.post("/notice/new", **FORM)
    for minutes in range(20, 120, 20):
        desk.clock.moment = NOW + timedelta(minutes=minutes)
        assert ann.post(f"/present/{where.rpartition('/')[2]}", tab="aaaaaaaa")[0] == 200
    desk.clock.moment = NOW + timedelta(hours=2)
    assert ann.post(f"/present/{where.rpartition('/')[2]}", tab="aaaaaaaa")[0] == 401


def test_one_administrator_is_always_left(desk: Desk) -> None:
    root = desk.person("root")
    assert root.post("/person?name=root", do="end", sure="1")[0] == 400
    assert root.post("/person?name=root", do="change", role="operator")[0] == 400
    assert root.post("/person?name=root", do="change", role="administrator", towns="七宝镇")[0] == 400
    assert root.post("/person?name=ben", do="change", role="administrator")[0] == 200
    assert root.post("/person?name=root", do="end")[0] == 400, "not ticked"
    assert root.post("/person?name=root", do="end", sure="1")[0] == 303
    assert root.client.get("/desk/people").status_code == 303, "out at once"
    assert desk.person("ben").post("/person?name=ben", do="end", sure="1")[0] == 400


def test_an_administrator_of_a_town_reaches_no_further(desk: Desk) -> None:
    root = desk.person("root")
    root.post("/person?name=tom", do="change", role="administrator", towns="七宝镇")
    tom = desk.person("tom")
    assert tom.post("/people", name="cleo", role="administrator")[0] == 400
    assert tom.post("/people", name="cleo", role="editor", towns="莘庄镇")[0] == 400
    assert tom.post("/people", name="cleo", role="editor", towns="七宝镇")[0] == 200
    assert tom.post("/person?name=tom", do="change", role="administrator")[0] == 400
    for do in ("reset", "logins", "codes", "end", "change"):
        assert tom.post("/person?name=ann", do=do, role="viewer", towns="七宝镇", sure="1")[0] == 404
    page = tom.client.get("/desk/people").text
    assert "cleo" in page and "ann" not in page and tom.client.get("/desk/person?name=ann").status_code == 404
    assert desk.person("ann").client.get("/desk/").status_code == 200


@pytest.mark.parametrize(
    ("given", "said"),
    [({"name": ""}, "姓名"), ({"name": "ann"}, "ann"), ({"name": "console"}, "console"), ({"name": "x" * 41}, "x"),
     ({"name": "cleo", "role": "king"}, "king"), ({"name": "cleo", "towns": "别处"}, "别处")],
)  # fmt: skip
def test_who_cannot_be_added_is_said(desk: Desk, given: dict[str, str], said: str) -> None:
    status, page = desk.person("root").post("/people", **{"role": "editor", **given})
    assert status == 400 and said in page and "secret" not in page


def test_a_role_that_changed_in_between_approves_no_words_of_ones_own(desk: Desk) -> None:
    """Nor does a name that was ended and begun anew, nor a second tab, nor a town more."""
    ann, root = desk.person("ann"), desk.person("root")
    _, where = ann.post("/notice/new", **FORM, do="ask")
    address = where.removeprefix("/desk")
    for role in ("approver", "operator", "administrator"):
        assert root.post("/person?name=ann", do="change", role=role)[0] == 200
        for tab in (ann, desk.person("ann")):
            status, page = tab.post(address, base="1", do="approve")
            assert status == 400 and "自己" in page
    assert 'value="approve"' not in ann.client.get(where).text
    root.post("/person?name=ann", do="end", sure="1")
    given = shown_once(root.post("/people", name="ann", role="approver")[1])
    again = desk.person("ann", given)
    again.post("/me", old=given, password=OWN, again=OWN, do="password")
    again = desk.person("ann", OWN)
    assert again.post(address, base="1", do="approve")[0] == 400
    assert desk.person("ben").post(address, base="1", do="approve")[0] == 303
    assert [did for who, did in deeds(desk) if who == "root"].count("role changed") == 3


def test_an_office_of_one_approves_alone_and_the_record_says_so(tmp_path_factory: pytest.TempPathFactory) -> None:
    desk = Desk(tmp_path_factory.mktemp("desk"), alone=True)
    ben = desk.person("ben")
    assert "一人" in ben.client.get("/desk/").text
    _, where = ben.post("/notice/new", **FORM, do="ask")
    assert 'value="approve"' in ben.client.get(where).text
    assert ben.post(where.removeprefix("/desk"), base="1", do="approve")[0] == 303
    assert "ben" in ben.client.get(where).text and "独自" in ben.client.get(where).text
    assert "独自" in ben.client.get("/desk/").text and "独自" in ben.client.get("/desk/texts").text
    assert ("ben", "approved alone") in deeds(desk)
    _, where = desk.person("ann").post("/notice/new", **{**FORM, "title": "甲"}, do="ask")
    assert desk.person("ann").post(where.removeprefix("/desk"), base="1", do="approve")[0] == 400, "an editor"
    assert ben.post(where.removeprefix("/desk"), base="1", do="approve")[0] == 303
    assert "独自" not in ben.client.get(where).text and deeds(desk)[-1] == ("ben", "approved")
    desk.close()


def test_a_login_asks_for_a_code_of_ones_telephone(desk: Desk) -> None:
    """RFC 6238: set up with a code and one's password, asked at each login, taken once; given up when it is lost."""
    ann, root = desk.person("ann"), desk.person("root")
    page = ann.client.get("/desk/me").text
    telephone = pyotp.TOTP(Person.hidden(page, "secret"))
    assert "data:image/svg+xml" in page and len(telephone.secret) == 32
    form = {"secret": telephone.secret, "old": password_of("ann"), "do": "codes"}
    status, page = ann.post("/me", **form, code="000000")
    assert status == 400 and Person.hidden(page, "secret") == telephone.secret, "the same one, to try again"
    assert ann.post("/me", **{**form, "old": "nonsense here"}, code=telephone.at(NOW))[0] == 400
    assert ann.post("/me", **{**form, "secret": "A" * 8}, code="000000")[0] == 400
    assert ann.post("/me", **form, code=telephone.at(NOW))[0] == 303
    desk.clock.moment = later = NOW + timedelta(minutes=20)
    for code in ("", "123456", telephone.at(NOW), telephone.at(later + timedelta(minutes=2))):
        with pytest.raises(AssertionError):
            desk.person("ann", code=code)
    now = telephone.at(later)
    assert desk.person("ann", code=f"{now[:3]} {now[3:]}").client.get("/desk/").status_code == 200
    with pytest.raises(AssertionError):
        desk.person("ann", code=now)
    desk.clock.moment = later = later + timedelta(seconds=30)
    ann = desk.person("ann", code=telephone.at(later + timedelta(seconds=30)))
    assert telephone.secret not in ann.client.get("/desk/me").text
    root = desk.person("root")
    assert root.post("/person?name=ann", do="codes")[0] == 200
    desk.person("ann")
    said = deeds(desk)
    assert ("ann", "codes asked") in said and ("root", "codes no longer asked") in said


def test_whoever_logs_in_has_a_token_that_nobody_knew(desk: Desk) -> None:
    """One that was put into the browser before is worth nothing, and a login that was there is over."""
    eve = desk.person("eve")
    known = eve.client.get_cookie("channel-desk", path="/desk/")
    assert known is not None
    victim = desk.app.test_client()
    for planted in ("planted-by-somebody", known.value):
        victim.set_cookie("channel-desk", planted, path="/desk/")
        victim.post("/desk/login", data={"name": "ann", "password": password_of("ann")})
        given = victim.get_cookie("channel-desk", path="/desk/")
        assert given is not None and given.value != planted and given.http_only and given.same_site == "Strict"
        engine = open_database(desk.channel.archive_url)
        assert logins.login_of(engine, planted, NOW) is None
        engine.dispose()


def test_accounts_for_a_look_around_end_when_there_are_people(tmp_path: Path) -> None:
    """The administrator among them when there is another one; others who reach this machine get none."""
    channel = Channel.open(EXAMPLE, tmp_path)
    engine = open_database(channel.archive_url)
    assert demo(channel, "0.0.0.0") == "" == "".join(one.name for one in people.people(engine))
    first, again = demo(channel, "127.0.0.1"), demo(channel, "127.0.0.1")
    assert first != again and len(people.people(engine)) == 3
    people.add(engine, "ann", "editor", OWN, NOW)
    assert demo(channel, "127.0.0.1") == ""
    assert {one.name for one in people.people(engine)} == {"ann", "demo-administrator"}
    people.add(engine, "root", "administrator", OWN, NOW)
    assert demo(channel, "127.0.0.1") == "" and {one.name for one in people.people(engine)} == {"ann", "root"}
    engine.dispose()


def test_the_console_needs_no_login(desk: Desk) -> None:
    """``channel user`` adds with a password that is its owner's own, and ends nobody who is needed."""
    engine = open_database(desk.channel.archive_url)
    people.add(engine, "cleo", "administrator", OWN, NOW)
    people.end(engine, "root", NOW)
    with pytest.raises(people.Refusal):
        people.end(engine, "cleo", NOW)
    engine.dispose()
    assert desk.person("cleo", OWN).client.get("/desk/people").status_code == 200
