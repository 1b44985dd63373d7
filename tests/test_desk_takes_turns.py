"""What happens at the desk at once, and when its database is away: with SQLite and with PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from desk_help import BROWSER, PAGE, Desk, opened
from postgres_server import Server, emptied
from sqlalchemy import func, select

from broadcaster.desk import audit
from broadcaster.desk.tables import AuditRow

pytestmark = pytest.mark.slow

FORM = {
    "title": "周末停水", "text": "周五晚上停水。", "page": PAGE, "towns": "莘庄镇", "facts": "电话：1", "base": "0",
    "begins": "2026-11-27T10:00", "ends": "2026-11-30T00:00",
}  # fmt: skip


@pytest.fixture
def desk(database: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    with opened(tmp_path_factory, archive=database) as made:
        yield made


def test_the_main_job(desk: Desk) -> None:
    """Written, asked for, approved, on air in its town alone, taken back."""
    ann, ben = desk.person("ann"), desk.person("ben")
    _, where = ann.post("/notice/new", **FORM, do="ask")
    assert ben.post(where.removeprefix("/desk"), base="1", do="approve")[0] == 303
    desk.build()
    assert "周末停水" in desk.rows("mh0001") and "周末停水" not in desk.rows("mh0400")
    assert ann.post(where.removeprefix("/desk"), base="1", do="back")[0] == 303
    desk.build()
    assert "周末停水" not in desk.rows("mh0001") and audit.verify(desk.texts.engine) is None


def test_of_two_approvals_at_once_one_is_given(desk: Desk) -> None:
    ann = desk.person("ann")
    _, where = ann.post("/notice/new", **{**FORM, "title": "两个人", "do": "ask"})
    askers = [desk.person(name) for name in ("ben", "root", "ben", "root")]
    with ThreadPoolExecutor(len(askers)) as threads:
        sent = threads.map(lambda who: who.post(where.removeprefix("/desk"), base="1", do="approve")[0], askers)
        assert sorted(sent) == [303, 400, 400, 400]
    ident = int(where.rpartition("/")[2])
    with desk.texts.engine.connect() as connection:
        given = select(func.count()).where(AuditRow.did == "approved", AuditRow.what.contains(f'"text": {ident}}}'))
        assert connection.execute(given).scalar() == 1
    assert audit.verify(desk.texts.engine) is None


def test_an_approval_and_a_change_at_once_never_let_other_words_go(desk: Desk) -> None:
    """What is approved is what was looked at: who is second is told."""
    ann, ben = desk.person("ann"), desk.person("ben")
    for number in range(8):
        _, where = ann.post("/notice/new", **{**FORM, "title": f"快 {number}", "do": "ask"})
        address, ident = where.removeprefix("/desk"), int(where.rpartition("/")[2])
        changed = {**FORM, "title": f"换 {number}", "base": "1", "do": "save"}
        with ThreadPoolExecutor(2) as threads:
            approval = threads.submit(ben.post, address, base="1", do="approve")
            change = threads.submit(ann.post, address, **changed)
        assert change.result()[0] == 303 and approval.result()[0] in (303, 409)
        text = desk.texts.get(ident)
        assert (text.state, text.revision, text.approved) == ("draft", 2, None)
    assert audit.verify(desk.texts.engine) is None


@pytest.mark.slow
def test_the_editor_is_told_when_the_database_is_away(
    postgresql: Server, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """In a sentence, on a page that leads back; nothing is written by half, and it goes on when it is back."""
    with opened(tmp_path_factory, archive=emptied(postgresql)) as desk:
        ann = desk.person("ann")
        form = {**FORM, "form": ann.form}
        postgresql.stop()
        try:
            answer = ann.client.post("/desk/notice/new", data=form, headers=BROWSER)
            assert answer.status_code == 503 and 'href="/desk/notice/new"' in answer.text
            assert "channel-desk-saved" not in str(answer.headers)
            for path in ("/desk/", "/desk/texts", "/desk/login"):
                assert ann.client.get(path, headers=BROWSER).status_code == (200 if path == "/desk/login" else 503)
            told = ann.client.post("/desk/drafted", data=form)
            assert told.status_code == 503 and "<" not in told.text
            given = {"name": "ann", "password": "nonsense here"}
            assert ann.client.post("/desk/login", data=given, headers=BROWSER).status_code == 503
        finally:
            postgresql.start()
        assert ann.client.post("/desk/notice/new", data=form).status_code == 303
