"""A reviewed source shows nothing unseen; a word of the list holds an item of any source until it is let go."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from feeding import NOW, Station, source

from feeds.history import changes
from feeds.source import Source


@pytest.fixture
def station(tmp_path: Path) -> Iterator[Station]:
    one = Station(tmp_path)
    yield one
    one.close()


def publish(station: Station, **titles: str) -> None:
    rows = [{"id": ident, "title": title} for ident, title in titles.items()]
    (station.base / "news.json").write_text(json.dumps(rows))


def feed(**more: str) -> Source:
    return source("table", "file:news.json", record="article", **more)


def shown(station: Station, **more: object) -> list[str]:
    snapshot = station.archive.latest("one", **more)  # type: ignore[arg-type]
    return [] if snapshot is None else [record.title for record in snapshot.records]  # type: ignore[union-attr]


def test_a_reviewed_source_shows_only_what_was_let_go(station: Station) -> None:
    """Held, released, reworded and held again, refused: each by its wording."""
    publish(station, a="甲", b="乙")
    one = feed(release="review")
    assert station.gather(one).outcome == "changed"
    assert shown(station) == []
    assert shown(station, everything=True) == ["甲", "乙"]
    assert [(held.item, held.reason) for held in station.archive.waiting()] == [
        ("a", "the source is reviewed"), ("b", "the source is reviewed"),
    ]  # fmt: skip
    station.clock.forward(60)
    assert station.archive.decide("one", "a", "released", station.clock.now())
    assert station.archive.decide("one", "b", "refused", station.clock.now())
    assert not station.archive.decide("one", "b", "released", station.clock.now())
    assert shown(station) == ["甲"]
    assert station.archive.waiting() == []
    publish(station, a="甲改", b="乙")
    assert station.gather(one).outcome == "changed"
    assert shown(station) == []
    publish(station, a="甲", b="乙")
    station.gather(one)
    assert shown(station) == ["甲"]


def test_what_is_shown_has_a_name_of_its_own(station: Station) -> None:
    """Letting an item go changes the snapshot's digest, so that pages are made again; the past stays as it was."""
    publish(station, a="甲", b="乙")
    station.gather(feed(release="review"))
    before = station.archive.latest("one")
    station.clock.forward(60)
    station.archive.decide("one", "a", "released", station.clock.now())
    after = station.archive.latest("one")
    assert before is not None and after is not None and before.digest != after.digest
    assert shown(station, at=NOW + timedelta(seconds=30)) == []
    assert shown(station, at=NOW + timedelta(seconds=90)) == ["甲"]
    assert [record.id for record in changes(before, after).added] == ["a"]


def test_a_word_of_the_list_holds_an_item(station: Station) -> None:
    """Spaces, widths and cases do not hide it; the others are shown at once."""
    (station.base / "words.txt").write_text("# 词表\n保健品\nＢＴＣ  # 币\n", encoding="utf-8")
    publish(station, a="社区活动", b="免费送 保 健 品", c="投资btc", d="新闻")
    station.gather(feed())
    assert shown(station) == ["社区活动", "新闻"]
    assert [held.reason for held in station.archive.waiting()] == ["contains 保健品", "contains btc"]


def test_a_new_word_is_looked_for_in_what_is_there(station: Station) -> None:
    """An unchanged feed is read again when the list changes."""
    publish(station, a="社区活动", b="免费送保健品")
    station.gather(feed())
    assert len(shown(station)) == 2
    (station.base / "words.txt").write_text("保健品")
    station.clock.forward(60)
    assert station.gather(feed()).outcome == "changed"
    assert shown(station) == ["社区活动"]
    # What was on air before the word was written stays what was on air.
    assert len(shown(station, at=NOW + timedelta(seconds=30))) == 2


def test_decisions_live_as_long_as_what_they_are_about(station: Station) -> None:
    """Old decisions go with the last snapshot that could need them."""
    station.archive._keep = 2
    for n in range(5):
        publish(station, **{f"i{n}": f"第{n}条"})
        station.gather(feed(release="review"))
        station.clock.forward(60)
    from sqlalchemy import text

    with station.archive._engine.connect() as connection:
        assert [row.item for row in connection.execute(text("select item from held order by item"))] == ["i3", "i4"]


def test_changes_are_told_field_by_field(station: Station) -> None:
    """Added, removed, and which field said what before."""
    publish(station, a="甲", b="乙")
    station.gather(feed())
    publish(station, b="乙改", c="丙")
    station.gather(feed())
    new, old = (station.archive.snapshot(past.id) for past in station.archive.history("one"))
    found = changes(old, new)
    assert [record.id for record in found.added] == ["c"]
    assert [record.id for record in found.removed] == ["a"]
    assert [(edit.record.id, edit.fields) for edit in found.edited] == [("b", (("title", "乙", "乙改"),))]
    assert len(changes(None, new).added) == 2
    assert len(changes(new, None).removed) == 2
