"""What is told of the desk is told again of one whose database is PostgreSQL; and of one whose database goes away."""

from __future__ import annotations

import inspect
from collections.abc import Iterator

import pytest
import sqlalchemy as sa
import test_desk_looks_after_people
import test_desk_puts_a_notice_on_air
import test_desk_texts_go_their_way
import test_desk_withstands_attacks
from desk_help import Desk, opened
from postgres_server import Server, server
from test_desk_withstands_attacks import BROWSER, FORM

from broadcaster.desk.tables import open_database
from broadcaster.desk.texts import Texts

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def running() -> Iterator[Server]:
    with server() as one:
        yield one


def emptied(running: Server) -> str:
    """The address of its database, with nothing in it."""
    engine = sa.create_engine(running.url)
    with engine.begin() as connection:
        connection.exec_driver_sql("drop schema public cascade; create schema public")
    engine.dispose()
    return running.url


@pytest.fixture
def engine(running: Server) -> Iterator[sa.Engine]:
    made = open_database(emptied(running))
    yield made
    made.dispose()


@pytest.fixture
def texts(engine: sa.Engine) -> Texts:
    return Texts(engine)


@pytest.fixture
def desk(running: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    with opened(tmp_path_factory, archive=emptied(running)) as made:
        yield made


def _told_again() -> Iterator[tuple[str, object]]:
    """Every step of texts and people, the main job, and what happens at once."""
    for module in (test_desk_texts_go_their_way, test_desk_looks_after_people):
        for name, test in vars(module).items():
            if name.startswith("test_") and {"engine", "texts", "desk"} & set(inspect.signature(test).parameters):
                yield name, test
    yield "test_the_main_job", test_desk_puts_a_notice_on_air.test_the_main_job
    for name, test in vars(test_desk_withstands_attacks).items():
        if name.startswith(("test_of_two_", "test_an_approval_and_a_change")):
            yield name, test


globals().update(_told_again())


def test_the_editor_is_told_when_the_database_is_away(desk: Desk, running: Server) -> None:
    """In a sentence, on a page that leads back; nothing is written by half, and it goes on when it is back."""
    ann = desk.person("ann")
    form = {**FORM, "form": ann.form}
    running.stop()
    try:
        answer = ann.client.post("/desk/notice/new", data=form, headers=BROWSER)
        assert answer.status_code == 503 and "数据库" in answer.text and 'href="/desk/notice/new"' in answer.text
        assert "channel-desk-saved" not in str(answer.headers)
        for path in ("/desk/", "/desk/texts", "/desk/login"):
            assert ann.client.get(path, headers=BROWSER).status_code == (200 if path == "/desk/login" else 503)
        told = ann.client.post("/desk/drafted", data=form)
        assert told.status_code == 503 and "<" not in told.text
        given = {"name": "ann", "password": "nonsense here"}
        assert ann.client.post("/desk/login", data=given, headers=BROWSER).status_code == 503
    finally:
        running.start()
    assert ann.client.post("/desk/notice/new", data=form).status_code == 303
