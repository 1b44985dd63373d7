"""The desk attacked: each role at each form, stored script in each field, two at once, a kill at each write."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlencode

import lxml.html
import msgspec
import pytest
from desk_help import BROWSER, NOW, PAGE, WARNING, Desk, Person, opened, password_of
from sqlalchemy import Engine, event
from view_inputs import at
from werkzeug.datastructures import MultiDict

from broadcaster.desk import audit, people
from broadcaster.desk.air import publish
from broadcaster.desk.forms import read_warned
from broadcaster.desk.notice import Notice
from broadcaster.desk.people import ROLES
from broadcaster.desk.people import Person as Who
from broadcaster.desk.room import IDENT
from broadcaster.desk.tables import open_database
from broadcaster.desk.texts import Texts
from channel.estates import DISTRICT
from channel.render import Renderer
from channel.words import Say
from feeds.archive import Archive

pytestmark = pytest.mark.slow

FORM = {
    "title": "周末停水", "text": "周五晚上停水。", "page": PAGE, "towns": "莘庄镇", "facts": "电话：1", "base": "0",
    "begins": "2026-11-27T10:00", "ends": "2026-11-30T00:00",
}  # fmt: skip
MEND = {
    "source": "pharmacies", "item": "y01", "reason": "换了号码", "field-phone": "021-1", "base": "0",
    "begins": "2026-11-27T10:00", "ends": "2026-12-27T10:00",
}  # fmt: skip
WARN = {**WARNING, "base": "0", "seen": "1", "reason": "消防来电"}
TICK = {
    "title": "周六义诊", "page": "115", "begins": "2026-11-27T10:00", "ends": "2026-11-28T10:00", "base": "0",
}  # fmt: skip
GUIDE = {
    "title": "居民健康卡", "page": "208", "steps": "去窗口：三号", "begins": "2026-11-27T10:00",
    "ends": "2026-12-27T10:00", "base": "0",
}  # fmt: skip
LINEUP = {"page": "111", "title": "区里的新闻", "begins": "2026-11-27T10:00", "endless": "1", "base": "0"}
EVIL = "\"'><script>x</script><img src=x onerror=x>{{7*7}}${7*7}"
OWN = ("desk", "plan", "television")
MEMBERS = dict(zip(ROLES, ("eve", "ned", "ben", "olga", "root"), strict=True))
"""Somebody of each role, none of whom has written what they try things with."""


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    with opened(tmp_path_factory) as made:
        for name, role in (("ned", "editor"), ("olga", "operator")):
            people.add(made.texts.engine, name, role, password_of(name), NOW)
        yield made


@pytest.fixture(scope="module")
def members(desk: Desk) -> dict[str, Person]:
    """Everybody, logged in."""
    return {name: desk.person(name) for name in ("ann", *MEMBERS.values())}


class Try(NamedTuple):
    """A form that is sent: where, what its button says, the least role that may, with what, after what was done."""

    endpoint: str
    do: str
    least: str
    form: dict[str, str] = {}  # noqa: RUF012
    before: str = ""


TRIES = (
    Try("new", "save", "editor", FORM), Try("new", "ask", "editor", FORM),
    Try("notice", "save", "editor", {**FORM, "title": "别的", "base": "1"}, "draft"),
    Try("notice", "ask", "editor", {**FORM, "title": "别的", "base": "1"}, "draft"),
    Try("notice", "submit", "editor", {"base": "1"}, "draft"), Try("notice", "back", "editor", {"base": "1"}, "asked"),
    Try("notice", "archive", "editor", {"base": "1"}, "draft"),
    Try("notice", "approve", "approver", {"base": "1"}, "asked"), Try("drafted", "", "viewer", FORM),
    Try("warn", "ask", "editor", WARN), Try("warn", "check", "approver", WARN), Try("warn", "send", "approver", WARN),
    Try("takeover", "ask", "editor", {**WARN, "title": "别的", "base": "1"}, "warning"),
    Try("takeover", "send", "approver", {**WARN, "base": "1"}, "warning"),
    Try("takeover", "approve", "approver", {"base": "1"}, "warning"),
    Try("takeover", "back", "editor", {"base": "1"}, "warning"),
    Try("takeover", "archive", "editor", {"base": "1"}, "warning"), Try("warned", "", "viewer", WARN),
    Try("correct", "save", "editor", MEND), Try("correct", "ask", "editor", MEND),
    Try("correction", "save", "editor", {**MEND, "field-phone": "021-2", "base": "1"}, "correction"),
    Try("correction", "submit", "editor", {"base": "1"}, "correction"),
    Try("correction", "back", "editor", {"base": "1"}, "asked correction"),
    Try("correction", "archive", "editor", {"base": "1"}, "correction"),
    Try("correction", "approve", "approver", {"base": "1"}, "asked correction"), Try("corrected", "", "viewer", MEND),
    Try("present", "", "viewer", {"tab": "aaaaaaaa"}, "draft"),
    Try("people", "", "administrator", {"name": "new", "role": "editor"}),
    Try("person", "change", "administrator", {"role": "viewer"}, "member"),
    Try("person", "reset", "administrator", {}, "member"), Try("person", "logins", "administrator", {}, "member"),
    Try("person", "end", "administrator", {"sure": "1"}, "member"),
    Try("person", "codes", "administrator", {}, "member"), Try("me", "login", "viewer", {"login": "0" * 16}),
    Try("logout", "", "viewer"),
    Try("ticker_new", "save", "editor", TICK), Try("ticker_new", "ask", "editor", TICK),
    Try("ticker", "save", "editor", {**TICK, "title": "别的", "base": "1"}, "line"),
    Try("ticker", "back", "editor", {"base": "1"}, "asked line"),
    Try("ticker", "approve", "approver", {"base": "1"}, "asked line"), Try("ticker_drafted", "", "viewer", TICK),
    Try("new_guide", "save", "editor", GUIDE), Try("new_guide", "ask", "editor", GUIDE),
    Try("guide", "submit", "editor", {"base": "1"}, "guide"), Try("guide", "archive", "editor", {"base": "1"}, "guide"),
    Try("guide", "approve", "approver", {"base": "1"}, "asked guide"), Try("guide_drafted", "", "viewer", GUIDE),
    Try("lineup_new", "save", "editor", LINEUP), Try("lineup_new", "ask", "editor", LINEUP),
    Try("lineup", "submit", "editor", {"base": "1"}, "change"),
    Try("lineup", "back", "editor", {"base": "1"}, "asked change"), Try("lineup_drafted", "", "viewer", LINEUP),
)  # fmt: skip
"""Every form of the desk."""
ELSEWHERE = {"upload", "source", "add", "added", "proposal"}
"""Forms whose tests say themselves who may send them: pictures and sources."""


def prepared(desk: Desk, ann: Person, before: str, number: int) -> str:
    """The end of an address at which what has to be there is there, written by ann."""
    if before == "member":
        engine = desk.texts.engine
        name = f"member {number}"
        people.add(engine, name, "editor", password_of(name), NOW)
        return f"?name={name}"
    title = {"title": f"稿 {number}"}
    address, form = {
        "draft": ("/notice/new", FORM), "asked": ("/notice/new", {**FORM, "do": "ask"}),
        "warning": ("/takeover/new", {**WARNING, "base": "0", "do": "ask"}), "correction": ("/correction/new", MEND),
        "asked correction": ("/correction/new", {**MEND, "do": "ask"}),
        "line": ("/ticker/new", TICK), "asked line": ("/ticker/new", {**TICK, "do": "ask"}),
        "guide": ("/guide/new", GUIDE), "asked guide": ("/guide/new", {**GUIDE, "do": "ask"}),
        "change": ("/lineup/new", LINEUP), "asked change": ("/lineup/new", {**LINEUP, "do": "ask"}),
    }[before]  # fmt: skip
    if "correction" in before:
        title = {"field-phone": f"021-{number}"}
    status, where = ann.post(address, **{**form, **title})
    assert status == 303, where
    return where.rpartition("/")[2]


def test_no_form_was_forgotten(desk: Desk) -> None:
    """Whoever adds a route that takes forms says here who may send them."""
    rules = [rule for rule in desk.app.url_map.iter_rules() if rule.endpoint.startswith("desk.")]
    posts = {rule.endpoint.removeprefix("desk.") for rule in rules if "POST" in (rule.methods or ())}
    assert posts - {"login"} - ELSEWHERE == {one.endpoint for one in TRIES}


@pytest.mark.parametrize("one", TRIES, ids=lambda one: f"{one.endpoint} {one.do}".strip())
def test_each_role_sends_its_own_forms_and_no_others(desk: Desk, members: dict[str, Person], one: Try) -> None:
    """Role by route: whoever may not changes nothing, whoever may is not refused."""
    rule = next(r for r in desk.app.url_map.iter_rules() if r.endpoint == f"desk.{one.endpoint}")
    path = rule.rule.removeprefix("/desk")
    for number, (role, name) in enumerate(MEMBERS.items()):
        where = prepared(desk, members["ann"], one.before, 1000 * TRIES.index(one) + number) if one.before else ""
        address = path.replace(IDENT, where) if IDENT in path else path + where
        who = desk.person(name) if one.endpoint == "logout" else members[name]
        before = audit.newest(desk.texts.engine)
        status, page = who.post(address, **{**one.form, **({"do": one.do} if one.do else {})})
        may = ROLES.index(role) >= ROLES.index(one.least)  # type: ignore[arg-type]
        assert (status in (200, 303)) == may, (role, status, page)
        if not may:
            assert status in (400, 403) and audit.newest(desk.texts.engine) == before
        if one.endpoint == "people" and may:
            people.end(desk.texts.engine, "new", NOW)


# --- stored script ----------------------------------------------------------------------------------------------------


def harmless(page: str) -> None:
    """No script but the desk's own, nothing that runs one, no element that somebody's words made."""
    tree = lxml.html.fromstring(page)
    scripts = {str(one.get("src")) for one in tree.iter("script")}
    assert "/desk/static/desk.js" in scripts and scripts <= {f"/desk/static/{name}.js" for name in OWN}
    for element in tree.iter(lxml.etree.Element):
        assert not [name for name in element.attrib if name.startswith("on") or name == "style"], page
        assert not str(element.get("href", "")).lower().startswith("javascript"), page
    pictures = [str(image.get("src")) for image in tree.iter("img") if image.get("src") is not None]
    assert all(source.startswith(("/desk/", "data:image/")) for source in pictures)


FIELDS = [
    *(("/notice/new", FORM, name) for name in ("title", "text", "facts")),
    *(("/takeover/new", {**WARNING, "base": "0"}, name) for name in ("title", "event", "text", "steps")),
    *(("/correction/new", MEND, name) for name in ("reason", "field-name", "field-phone", "field-address")),
]


@pytest.mark.parametrize(("address", "form", "field"), FIELDS, ids=lambda one: one if isinstance(one, str) else "")
def test_stored_script_stays_words_on_every_page(
    desk: Desk, members: dict[str, Person], address: str, form: dict[str, str], field: str
) -> None:
    """In every field: on the form, in its versions, in lists, and in the answer that refuses it."""
    ben = members["ben"]
    evil = {"title": EVIL[:40], "event": "<b>x</b>{{}}", "reason": EVIL[:60], "facts": f"a：{EVIL}"}.get(field, EVIL)
    status, where = ben.post(address, **{**form, field: evil, "do": "ask"})
    if status != 303:
        harmless(where)
        pytest.fail(f"{field} was refused: {lxml.html.fromstring(where).xpath('//*[@role=$r]/text()', r='alert')}")
    ident = where.rpartition("/")[2]
    again = {**form, field: evil + " "[: len(evil) % 2], "base": "1", "ends": "soon"}
    pages = (where, f"/desk/versions/{ident}", "/desk/", "/desk/texts", f"/desk{address}?copy={ident}")
    for page in (*(ben.client.get(one).text for one in pages), ben.post(where.removeprefix("/desk"), **again)[1]):
        harmless(page)
    harmless(members["root"].client.get("/desk/record").text)


def test_names_are_words(desk: Desk) -> None:
    """Of people, in lists, heads, records; of browsers and of what was looked up."""
    root, name = desk.person("root"), "<script>x</script>\"'"
    status, page = root.post("/people", name=name, role="approver")
    assert status == 200
    harmless(page)
    evil = {"User-Agent": EVIL}
    desk.app.test_client().post("/desk/login", data={"name": "ben", "password": password_of("ben")}, headers=evil)
    asked = (
        "/people", "/record", "/me", "/person?name=%3Cscript%3Ex%3C/script%3E%22'", "/person?name=ben",
        f"/texts?q={EVIL}&page={EVIL}&kind={EVIL}&stand={EVIL}", f"/records?source=pharmacies&q={EVIL}",
        f"/notice/new?copy={EVIL}", f"/takeover/new?of={EVIL}",
    )  # fmt: skip
    for address in asked:
        answer = root.client.get(f"/desk{address}")
        assert answer.status_code == 200, address
        harmless(answer.text)
    page = desk.app.test_client().post("/desk/login", data={"name": EVIL, "password": EVIL}).text
    harmless(page)
    page = root.client.post(f"/desk/notice/new?x={EVIL}", data=FORM, headers={"Accept": "text/html"}).text
    harmless(page)


def test_stored_script_stays_words_on_the_screens(desk: Desk) -> None:
    """Notices and warnings, painted as boxes with a browser get them."""
    ann, ben = desk.person("ann"), desk.person("ben")
    _, where = ann.post("/notice/new", **{**FORM, "title": EVIL[:80], "text": EVIL, "facts": f"{EVIL[:20]}：{EVIL}"})
    ident = where.rpartition("/")[2]
    assert ann.post(where.removeprefix("/desk"), base="1", do="submit")[0] == 303
    assert ben.post(where.removeprefix("/desk"), base="1", do="approve")[0] == 303
    evil = {**WARN, "title": EVIL[:40], "text": EVIL, "steps": EVIL, "event": "<b>x</b>", "towns": ""}
    assert ben.post("/takeover/new", **{**evil, "do": "send"})[0] == 303
    renderer, day = Renderer(desk.channel), desk.channel.say.day_of(NOW)
    for number in (PAGE, "900"):
        page = desk.channel.lineup.page(number)
        content = renderer.content(page, DISTRICT, desk.archive.latest_all(page.sources.values()), NOW)
        made = renderer.painted(number, DISTRICT, "web-hd", content, day, items=True)
        bodies = [d.body.decode() for d in made.documents if d.name.endswith(".html") and d.body]
        assert any("&lt;script" in body for body in bodies), number
        for body in bodies:
            tree = lxml.html.fromstring(body)
            assert all(one.get("src") for one in tree.iter("script")), body
            assert not [e for e in tree.iter(lxml.etree.Element) if e.get("onerror") or e.get("src") == "x"]
    assert ident


# --- killed ------------------------------------------------------------------------------------------------------


WORDS = Notice(title="停水", text="停水。", page=PAGE, begins=NOW, ends=at("2026-11-30T00:00"))
OTHER = msgspec.structs.replace(WORDS, title="停电")
SHOUT = read_warned(MultiDict(WARNING)).takeover(Say())
ANN, BEN = Who(name="ann", role="editor"), Who(name="ben", role="approver")


def killed_at(step: int, url: str, work: Callable[[Engine], Any]) -> bool:
    """Whether a process that does the work was killed before its statement of that number, and not done before."""
    child = os.fork()
    if not child:
        code = 1
        try:
            engine, count = open_database(url), iter(range(step))

            @event.listens_for(engine, "before_cursor_execute")
            def kill(*_: object) -> None:
                if next(count, None) is None:
                    os.kill(os.getpid(), signal.SIGKILL)

            @event.listens_for(engine, "commit")
            def kill_late(*_: object) -> None:
                kill()

            work(engine)
            code = 0
        finally:
            os._exit(code)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status) or os.waitstatus_to_exitcode(status) == 0
    return os.WIFSIGNALED(status)


STEPS: dict[str, tuple[Callable[[Texts], Any], str, str]] = {
    "written": (lambda texts: texts.create(ANN, WORDS, NOW), "", "draft"),
    "changed": (lambda texts: texts.save(ANN, 1, 1, OTHER, NOW), "approved", "draft"),
    "submitted": (lambda texts: texts.submit(ANN, 1, 1, NOW), "draft", "submitted"),
    "approved": (lambda texts: texts.approve(BEN, 1, 1, NOW), "submitted", "approved"),
    "back": (lambda texts: texts.take_back(ANN, 1, 1, NOW), "approved", "back"),
    "sent": (lambda texts: texts.send(BEN, None, 0, SHOUT, NOW, "消防来电"), "", "approved"),
}


@pytest.mark.parametrize("deed", STEPS)
def test_a_kill_at_each_write_leaves_all_of_it_or_nothing(tmp_path: Path, deed: str) -> None:
    """No approved text is lost, none half on air; what is done again is done once, and the record is whole."""
    work, before, after = STEPS[deed]
    step, killed = 0, True
    while killed:
        url = f"sqlite:///{tmp_path}/{step}.sqlite"
        engine = open_database(url)
        texts = Texts(engine)
        if before:
            texts.create(ANN, WORDS, NOW)
        if before in ("submitted", "approved"):
            texts.submit(ANN, 1, 1, NOW)
        if before == "approved":
            texts.approve(BEN, 1, 1, NOW)
        count = audit.newest(engine)
        engine.dispose()
        killed = killed_at(step, url, lambda engine: work(Texts(engine)))
        texts = Texts(open_database(url))
        found = texts.all(("draft", "submitted", "approved", "back"))
        state = found[0].state if found else ""
        assert state in (before, after) and (killed or state == after)
        assert audit.newest(texts.engine) == count + int(state == after) and audit.verify(texts.engine) is None
        assert bool(texts.approved(NOW)) == (state == "approved")
        if state != after:
            assert work(texts).state == after
        assert len(texts.revisions(1)) == (2 if deed == "changed" else 1)
        texts.engine.dispose()
        step += 1
    assert step > 4, "it was killed at every statement"


def test_a_kill_while_people_are_changed_lets_nobody_in_by_half(tmp_path: Path) -> None:
    step, killed = 0, True
    while killed:
        url = f"sqlite:///{tmp_path}/{step}.sqlite"
        engine = open_database(url)
        people.add(engine, "root", "administrator", "three blue herons", NOW)
        people.add(engine, "ann", "editor", "three blue herons", NOW)
        engine.dispose()
        killed = killed_at(step, url, lambda engine: people.change(engine, "ann", "approver", (), NOW))
        engine = open_database(url)
        ann = next(one for one in people.people(engine) if one.name == "ann")
        deeds = [deed.did for deed in audit.deeds(engine)]
        assert (ann.role == "approver") == ("role changed" in deeds) and audit.verify(engine) is None
        engine.dispose()
        step += 1
    assert step > 3


def test_a_kill_while_it_is_brought_to_the_builder_is_made_good(desk: Desk, tmp_path: Path) -> None:
    """The archive has it or not; the next look brings it there, once."""
    step, killed = 0, True
    while killed:
        url = f"sqlite:///{tmp_path}/{step}.sqlite"
        texts = Texts(open_database(url))
        texts.create(ANN, WORDS, NOW)
        texts.submit(ANN, 1, 1, NOW)
        texts.approve(BEN, 1, 1, NOW)
        texts.engine.dispose()
        Archive.open(url).close()

        def bring(engine: Engine) -> bool:
            return publish(Texts(engine), Archive(engine), desk.channel, NOW)

        killed = killed_at(step, url, bring)
        engine = open_database(url)
        bring(engine)
        said = Archive(engine).latest("desk")
        assert said is not None and [record.id for record in said.records] == ["desk1"]
        engine.dispose()
        step += 1
    assert step > 4


# --- answers that lose no word ----------------------------------------------------------------------------------------


def as_parts(form: dict[str, str]) -> bytes:
    """The form as ``multipart/form-data`` with the boundary x."""
    parts = (f'--x\r\nContent-Disposition: form-data; name="{n}"\r\n\r\n{text}\r\n' for n, text in form.items())
    return "".join((*parts, "--x--\r\n")).encode()


def as_address(form: dict[str, str]) -> bytes:
    """The form as ``application/x-www-form-urlencoded``."""
    return urlencode(form).encode()


@pytest.mark.parametrize(
    ("written", "kind"),
    [(as_address, "application/x-www-form-urlencoded"), (as_parts, "multipart/form-data; boundary=x")],
)
def test_what_is_too_long_is_answered_in_the_desks_language(
    desk: Desk, members: dict[str, Person], written: Callable[[dict[str, str]], bytes], kind: str
) -> None:
    """A page that leads back to the form, and does not tell the browser to forget what was typed."""
    ann = members["ann"]
    body = written({**FORM, "form": ann.form, "text": "字" * 200_000})
    answer = ann.client.post("/desk/notice/new?copy=3", data=body, headers=BROWSER, content_type=kind)
    assert answer.status_code == 413 and "Too Large" not in answer.text and 'role="alert"' in answer.text
    assert 'href="/desk/notice/new?copy=3"' in answer.text and "channel-desk-saved" not in str(answer.headers)
    assert "<nav" not in ann.client.post("/desk/drafted", data=body, content_type=kind).text, "a sentence for scripts"
    longest = written({**FORM, "form": ann.form, "text": "字" * 6000, "facts": "字" * 2000})
    assert ann.client.post("/desk/notice/new", data=longest, content_type=kind).status_code != 413
    saved = ann.client.post("/desk/notice/new", data={**FORM, "form": ann.form, "title": "短"})
    assert saved.status_code == 303 and "channel-desk-saved=1" in str(saved.headers)


def test_a_login_that_is_over_leads_back(desk: Desk) -> None:
    answer = desk.app.test_client().post("/desk/notice/new", data=FORM, headers=BROWSER)
    assert answer.status_code == 401 and 'href="/desk/login"' in answer.text
    assert 'href="/desk/notice/new"' in answer.text
    ann = desk.person("ann")
    answer = ann.client.post("/desk/notice/new", data={**FORM, "form": "nonsense"}, headers=BROWSER)
    assert answer.status_code == 403 and 'role="alert"' in answer.text


def test_nobody_guesses_an_old_password_at_a_desk_left_alone(desk: Desk) -> None:
    people.add(desk.texts.engine, "dora", "editor", password_of("dora"), NOW)
    dora = desk.person("dora")
    wrong = {"old": "nonsense here", "password": "four grey geese", "again": "four grey geese", "do": "password"}
    assert [dora.post("/me", **wrong)[0] for _ in range(6)] == [400] * 5 + [429]
    assert dora.post("/me", **{**wrong, "old": password_of("dora")})[0] == 429


def test_forms_of_another_login_of_the_same_person_are_refused(desk: Desk) -> None:
    one, two = desk.person("ann"), desk.person("ann")
    answer = one.client.post("/desk/notice/new", data={**FORM, "form": two.form})
    assert answer.status_code == 403 and isinstance(one, Person)
