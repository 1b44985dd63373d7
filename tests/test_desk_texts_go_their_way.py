"""A text's way to the air: every step is based on what somebody looked at, and nobody approves their own words."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest
from sqlalchemy import Engine, text, update
from view_inputs import at

from broadcaster.desk import audit, logins, people, tables
from broadcaster.desk.forms import Filled, filled_of
from broadcaster.desk.notice import Notice
from broadcaster.desk.people import Person
from broadcaster.desk.tables import RevisionRow, open_database
from broadcaster.desk.texts import Conflict, Texts, decode
from broadcaster.desk.words import encode, said_back
from channel.estates import Estate, Estates
from channel.words import Say
from feeds.base.errors import BusyError, PersonError
from feeds.tables import from_micros

NOW = at("2026-11-27T10:00")
ANN, BEN, EVE = (Person(name=n, role=r) for n, r in (("ann", "editor"), ("ben", "approver"), ("eve", "viewer")))
NOTICE = Notice(
    title="停水", text="周五晚上停水。", page="115", towns=("莘庄镇",), begins=at("2026-11-27T18:00"),
    ends=at("2026-11-30T00:00"),
)  # fmt: skip


@pytest.fixture
def engine(database: str) -> Iterator[Engine]:
    made = open_database(database)
    yield made
    made.dispose()


@pytest.fixture
def texts(engine: Engine) -> Texts:
    return Texts(engine)


def test_two_people_bring_a_text_on_air_and_one_takes_it_back(texts: Texts) -> None:
    made = texts.create(ANN, NOTICE, NOW)
    assert (made.stand(NOW), texts.approved(NOW)) == ("draft", [])
    asked = texts.submit(ANN, made.id, made.revision, NOW)
    with pytest.raises(PersonError, match="their own words"):
        texts.approve(Person(name="ann", role="approver"), made.id, asked.revision, NOW)
    done = texts.approve(BEN, made.id, asked.revision, NOW)
    assert texts.approved(NOW) == [(made.id, 1, NOTICE)]
    assert [done.stand(NOW + timedelta(hours=h)) for h in (0, 8, 80)] == ["scheduled", "on air", "over"]
    assert texts.take_back(ANN, made.id, done.revision, NOW).stand(NOW) == "back"
    assert texts.approved(NOW) == []


def test_texts_of_the_first_desk_are_notices() -> None:
    """They did not say of what kind they are."""
    older = encode(NOTICE).replace(b'"kind":"notice",', b"")
    assert b"kind" not in older and decode(older) == decode(encode(NOTICE)) == NOTICE


def test_changing_a_text_takes_its_approval_away(texts: Texts) -> None:
    made = texts.create(ANN, NOTICE, NOW)
    texts.submit(ANN, made.id, 1, NOW)
    texts.approve(BEN, made.id, 1, NOW)
    assert texts.save(ANN, made.id, 1, NOTICE, NOW).state == "approved", "the same words again change nothing"
    changed = texts.save(ANN, made.id, 1, msgspec.structs.replace(NOTICE, title="停电"), NOW)
    assert (changed.state, changed.revision, texts.approved(NOW)) == ("draft", 2, [])
    assert [(number, notice.title) for number, _, _, notice in texts.revisions(made.id)] == [(2, "停电"), (1, "停水")]


def test_who_looked_at_something_older_is_told_and_overwrites_nothing(texts: Texts) -> None:
    made = texts.create(ANN, NOTICE, NOW)
    texts.save(BEN, made.id, 1, msgspec.structs.replace(NOTICE, title="甲"), NOW)
    for step in (
        lambda: texts.save(ANN, made.id, 1, msgspec.structs.replace(NOTICE, title="乙"), NOW),
        lambda: texts.submit(ANN, made.id, 1, NOW),
        lambda: texts.take_back(ANN, made.id, 1, NOW),
    ):
        with pytest.raises(Conflict) as caught:
            step()
        assert caught.value.now.words.title == "甲"
    assert texts.get(made.id).revision == 2


def test_of_two_who_save_at_once_one_is_told(texts: Texts) -> None:
    made = texts.create(ANN, NOTICE, NOW)
    outcomes: list[str] = []

    def save(title: str) -> None:
        try:
            texts.save(ANN, made.id, 1, msgspec.structs.replace(NOTICE, title=title), NOW)
            outcomes.append("saved")
        except Conflict:
            outcomes.append("told")

    threads = [threading.Thread(target=save, args=(f"标题{n}",)) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["saved", *["told"] * 5] and texts.get(made.id).revision == 2


def test_a_viewer_writes_nothing_and_an_editor_approves_nothing(texts: Texts) -> None:
    with pytest.raises(PersonError, match="eve may not"):
        texts.create(EVE, NOTICE, NOW)
    made = texts.create(ANN, NOTICE, NOW)
    texts.submit(ANN, made.id, 1, NOW)
    with pytest.raises(PersonError, match="cleo may not"):
        texts.approve(Person(name="cleo", role="editor"), made.id, 1, NOW)


def test_the_record_shows_when_a_row_was_changed(texts: Texts, engine: Engine) -> None:
    made = texts.create(ANN, NOTICE, NOW)
    texts.submit(ANN, made.id, 1, NOW)
    assert audit.verify(engine) is None
    assert [(d.who, d.did) for d in audit.deeds(engine)] == [("ann", "submitted"), ("ann", "written")]
    with engine.begin() as connection:
        connection.execute(text("update desk_audit set who = 'ben' where id = 1"))
    assert audit.verify(engine) == 1


def test_nothing_of_a_revision_is_ever_changed(texts: Texts, engine: Engine) -> None:
    """What was approved is known by its digest: words that were changed beneath it are other words."""
    made = texts.create(ANN, NOTICE, NOW)
    with engine.begin() as connection:
        other = msgspec.json.encode(msgspec.structs.replace(NOTICE, title="x"))
        connection.execute(update(RevisionRow).where(RevisionRow.text == made.id).values(content=other))
    assert texts.get(made.id).words.digest != NOTICE.digest


def test_a_login_is_slow_to_guess_and_ends(engine: Engine) -> None:
    people.add(engine, "ann", "editor", "three blue herons", NOW)
    for password in ("short", "1234567890", "annannannann", "aaaaaaaaaaaa"):
        with pytest.raises(PersonError, match="password"):
            people.add(engine, "bob", "editor", password, NOW)
    token = logins.log_in(engine, "ann", "three blue herons", "127.0.0.1", NOW)
    login = logins.login_of(engine, token, NOW)
    assert login is not None and login.person == Person(name="ann", role="editor")
    assert logins.login_of(engine, token[:-1] + "x", NOW) is None
    assert logins.login_of(engine, token, NOW + timedelta(hours=3)) is None, "idle"
    for _ in range(5):
        with pytest.raises(PersonError, match="do not go together"):
            logins.log_in(engine, "ann", "wrong words here", "10.0.0.9", NOW)
    with pytest.raises(BusyError):
        logins.log_in(engine, "ann", "three blue herons", "10.0.0.8", NOW)
    again = logins.log_in(engine, "ann", "three blue herons", "10.0.0.8", NOW + timedelta(minutes=20))
    people.end(engine, "ann", NOW)
    assert logins.login_of(engine, again, NOW + timedelta(minutes=20)) is None


def test_a_time_is_the_channels_and_survives_being_saved() -> None:
    """Also in the hour that comes twice; one that the clock skips is refused."""
    dublin = Say("en", "Europe/Dublin")
    for text_ in ("2026-11-27T18:00", "2026-10-25T01:30", "2026-10-25T01:30+"):
        filled = Filled(title="a", text="b", page="115", begins=text_, ends="2026-12-01T00:00")
        again = filled_of(filled.notice(dublin), dublin)
        assert again.begins == text_ and again.notice(dublin) == filled.notice(dublin)
    with pytest.raises(PersonError, match="skips"):
        Filled(title="a", text="b", page="115", begins="2026-03-29T01:30", ends="2026-12-01T00:00").notice(dublin)


def test_what_was_chosen_is_said_back() -> None:
    estates = Estates(
        [Estate(id=f"mh{n}", name=f"{n}", town="莘庄镇" if n < 3 else "梅陇镇", lon=121.4, lat=31.1, area_code="")
         for n in range(5)]
    )  # fmt: skip
    assert said_back(NOTICE, estates, Say()) == "11月27日 周五 18:00 到 11月29日 周日 24:00，1 个街镇，3 个小区"


def test_what_is_over_is_not_read_again(texts: Texts) -> None:
    """Three years of notices cost an approval nothing."""
    made = texts.create(ANN, NOTICE, NOW)
    texts.submit(ANN, made.id, 1, NOW)
    texts.approve(BEN, made.id, 1, NOW)
    assert [text.id for text in texts.running(NOW)] == [made.id] and texts.approved(NOW)
    assert texts.running(NOTICE.ends) == [] == texts.approved(NOTICE.ends)


def test_texts_of_the_first_desk_end_when_they_say(tmp_path: Path) -> None:
    """A database of the first desk is brought up to date with what is in it."""
    from alembic import command
    from alembic.config import Config

    url = f"sqlite:///{tmp_path}/desk.db"
    engine = open_database(url)
    made = Texts(engine).create(ANN, NOTICE, NOW)
    folder = Path(tables.__file__).parent / "migrations"
    config = Config()
    config.set_main_option("script_location", str(folder))
    with engine.connect().execution_options(write=True) as connection, connection.begin():
        config.attributes["connection"] = connection
        command.downgrade(config, "0001")
    engine.dispose()
    again = open_database(url)
    with again.connect() as connection:
        ends = connection.execute(text("select ends from desk_texts where id = :id"), {"id": made.id}).scalar()
    assert from_micros(ends) == NOTICE.ends
    again.dispose()
