"""A source that somebody holds says on air what it said before, whatever comes meanwhile; each of its asks is known."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from feeding import NOW, Station, source
from postgres_server import Server, server

from feeds import asks, holds
from feeds.asks import Ask, Wish
from feeds.database import Writing
from feeds.holds import Hold
from feeds.source import Source


@pytest.fixture(scope="module")
def running() -> Iterator[Server]:
    with server() as made:
        yield made


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.slow)])
def station(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Station]:
    url = "sqlite://"
    if request.param == "postgresql":
        url = emptied(request.getfixturevalue("running"))
    one = Station(tmp_path, url)
    yield one
    one.close()


def emptied(running: Server) -> str:
    """A database with nothing in it."""
    engine = sa.create_engine(running.url)
    with engine.begin() as connection:
        connection.execute(sa.text("drop schema public cascade"))
        connection.execute(sa.text("create schema public"))
    engine.dispose()
    return running.url


def say(station: Station, *titles: str, **more: str) -> str:
    """Have the source say this; how gathering it went."""
    rows = [{"id": f"i{number}", "title": title} for number, title in enumerate(titles)]
    (station.base / "news.json").write_text(json.dumps(rows))
    station.clock.forward(60)
    return station.gather(feed(**more)).outcome


def feed(**more: str) -> Source:
    return source("table", "file:news.json", record="article", **more)


def shown(station: Station, at: datetime | None = None, **more: bool) -> list[str]:
    found = station.archive.latest("one", at, **more)
    return [] if found is None else [record.title for record in found.records]  # type: ignore[union-attr]


def hold(station: Station, snapshot: int | None = None) -> bool:
    held = Hold(source="one", since=station.clock.now(), who="ola", reason="Unsinn")
    with Writing(station.archive._engine) as connection:
        return holds.hold(connection, held, snapshot)


def let_go(station: Station) -> bool:
    with Writing(station.archive._engine) as connection:
        return holds.release(connection, "one", station.clock.now())


def test_what_came_before_stands_while_gathering_goes_on(station: Station) -> None:
    assert not hold(station), "it has never said anything"
    say(station, "甲")
    assert hold(station) and not hold(station)
    assert say(station, "乱码") == "changed"
    assert shown(station) == ["甲"] and shown(station, everything=True) == ["乱码"]
    assert [(h.who, h.reason) for h in station.archive.holds().values()] == [("ola", "Unsinn")]
    assert let_go(station) and not let_go(station)
    assert shown(station) == ["乱码"] and not station.archive.holds()


def test_an_earlier_snapshot_can_stand(station: Station) -> None:
    """Whoever holds a source mostly does so after it has said something wrong."""
    say(station, "甲")
    say(station, "乱码")
    good = station.archive.history("one")[1].id
    assert not hold(station, good + 100), "no snapshot of this source"
    assert hold(station, good)
    assert shown(station) == ["甲"]


def test_what_was_on_air_is_known_afterwards(station: Station) -> None:
    say(station, "甲")
    hold(station)
    say(station, "乱码")
    held = station.clock.now()
    station.clock.forward(60)
    let_go(station)
    assert shown(station, at=held) == ["甲"]
    assert shown(station, at=station.clock.now()) == ["乱码"]


def test_what_stands_is_never_pruned(station: Station) -> None:
    """However much comes, and however old it grows; nor is what an editor has not let go shown for that."""
    station.archive._keep = 2
    say(station, "甲", release="review")
    hold(station)
    for number in range(5):
        say(station, f"第{number}条", release="review")
    station.archive.expire(station.clock.now() + timedelta(days=1))
    assert len(station.archive.history("one")) >= 2
    assert shown(station) == [], "nobody has let it go"
    let_go(station)
    station.archive.expire(station.clock.now() + timedelta(days=1))
    assert [past.count for past in station.archive.history("one")] == [1]


def test_each_ask_is_written_down(station: Station) -> None:
    assert say(station, "甲") == "changed"
    assert say(station, "甲") == "unchanged"
    (station.base / "news.json").write_text("{")
    station.clock.forward(60)
    assert station.gather(feed()).outcome == "failed"
    assert [(ask.outcome, ask.count, bool(ask.error)) for ask in went(station)] == [
        ("changed", 1, False), ("unchanged", 1, False), ("failed", None, True),
    ]  # fmt: skip
    last_good = [ask.outcome for ask in went(station, since=NOW + timedelta(seconds=150))]
    assert last_good == ["unchanged", "failed"], "with the last good one before"


def test_so_many_asks_are_kept_and_no_more(station: Station, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asks, "KEEP", 3)
    for number in range(6):
        say(station, f"第{number}条")
    assert len(went(station)) == 3
    station.archive.expire(station.clock.now() + timedelta(days=1))
    assert went(station) == []


def test_a_wish_goes_when_its_source_was_asked(station: Station) -> None:
    with Writing(station.archive._engine) as connection:
        for seconds in (1, 2):
            asks.want(connection, Wish(source="one", at=NOW + timedelta(seconds=seconds), who="ola"))
        assert [wish.at for wish in asks.wanted(connection)] == [NOW + timedelta(seconds=2)]
    say(station, "甲")
    with station.archive._engine.connect() as connection:
        assert not list(asks.wanted(connection))


def went(station: Station, since: datetime = NOW) -> list[Ask]:
    with station.archive._engine.connect() as connection:
        return asks.recent(connection, "one", since)
