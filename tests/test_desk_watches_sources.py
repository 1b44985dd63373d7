"""Sources at the desk: seen, asked now, held and let go; their items that wait are decided on; each by its role."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import msgspec
import pytest
from desk_help import NOW, Desk
from feeding import source

from broadcaster.desk import audit
from broadcaster.desk.graph import graph
from broadcaster.station.desk_watch import DeskWatch
from broadcaster.station.scheduler import Work
from broadcaster.tools.doctor import examine
from broadcaster.tools.sources import source_rows
from broadcaster.tools.status import status
from channel.build.report import BuildReport
from feeds import asks
from feeds.archive import Archive
from feeds.asks import Ask
from feeds.review import Held, content_of
from feeds.source import Freshness, records_digest

SOURCE = "pharmacies"


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    made = Desk(tmp_path_factory.mktemp("desk"))
    yield made
    made.archive.close()


def test_every_source_is_there_in_words(desk: Desk) -> None:
    page = desk.person("eve").client.get("/desk/sources").text
    gathered = [ident for ident, one in desk.channel.sources.items() if not one.is_desk]
    assert all(f"/desk/source/{ident}" in page for ident in gathered) and "/desk/source/desk\"" not in page
    assert desk.person("eve").client.get("/desk/source/desk").status_code == 404
    assert desk.person("eve").client.get("/desk/source/nope").status_code == 404


def test_a_source_is_held_and_let_go(desk: Desk) -> None:
    """What it says meanwhile is not on air; every page of the desk and the tools say so; the record knows."""
    ola, eve = desk.person("ola"), desk.person("eve")
    assert ola.post(f"/source/{SOURCE}", do="hold")[0] == 400, "without a reason"
    assert ola.post(f"/source/{SOURCE}", do="hold", reason="乱码")[0] == 303
    said = desk.archive.latest(SOURCE)
    assert said is not None
    fewer = said.records[1:]
    later = NOW + timedelta(minutes=1)
    desk.archive.save(
        msgspec.structs.replace(said, records=fewer, digest=records_digest(fewer), observed=later, checked=later)
    )
    assert desk.archive.latest(SOURCE) == said
    assert re.search(rf'class="frozen".*{SOURCE}.*乱码 · ola', eve.client.get("/desk/").text)
    assert [row.held for row in source_rows(desk.channel, NOW, desk.archive) if row.id == SOURCE] == ["ola: 乱码"]
    assert status(desk.channel)["held_sources"] == f"{SOURCE} (by ola: 乱码)"
    assert f"{SOURCE} is held by ola: 乱码" in " ".join(found.sentence for found in examine(desk.channel))
    assert ola.post(f"/source/{SOURCE}", do="hold", reason="again")[0] == 400
    assert ola.post(f"/source/{SOURCE}", do="go")[0] == 303
    now = desk.archive.latest(SOURCE)
    assert now is not None and len(now.records) == len(fewer)
    assert "frozen" not in eve.client.get("/desk/").text
    did = [deed.did for deed in audit.deeds(desk.texts.engine)]
    assert {"source held", "source let go"} <= set(did) and audit.verify(desk.texts.engine) is None


@pytest.mark.slow
def test_the_air_keeps_what_is_held(desk: Desk) -> None:
    """A record that a held source says no more stays on its page until the source is let go."""
    ola, said = desk.person("ola"), desk.archive.latest("schools")
    assert said is not None
    gone = said.records[0].id

    def is_on_air() -> bool:
        desk.build()
        release = desk.store.current()
        return release is not None and gone in release.item_ids("302")

    assert is_on_air()
    ola.post("/source/schools", do="hold", reason="少了学校")
    later, fewer = NOW + timedelta(minutes=1), said.records[1:]
    desk.archive.save(
        msgspec.structs.replace(said, records=fewer, digest=records_digest(fewer), observed=later, checked=later)
    )
    desk.clock.moment = later
    assert is_on_air()
    ola.post("/source/schools", do="go")
    assert not is_on_air()
    desk.clock.moment = NOW


def test_a_hold_outlives_whoever_made_it(desk: Desk) -> None:
    """It is in the database, for every process."""
    ola = desk.person("ola")
    ola.post(f"/source/{SOURCE}", do="hold", reason="乱码")
    other = Archive.open(desk.channel.archive_url)
    assert list(other.holds()) == [SOURCE]
    other.close()
    ola.post(f"/source/{SOURCE}", do="go")


@pytest.mark.parametrize("do", ["try", "hold", "go", "release", "refuse", "nonsense", ""])
def test_who_may_not_is_told_so(desk: Desk, do: str) -> None:
    for name in ("eve", "ann"):
        assert desk.person(name).post(f"/source/{SOURCE}", do=do, reason="x")[0] == 400
    assert not desk.archive.holds()


def test_whoever_works_for_a_town_holds_nothing(desk: Desk) -> None:
    code, page = desk.person("tim").post(f"/source/{SOURCE}", do="hold", reason="x")
    assert code == 400 and not desk.archive.holds()
    assert 'value="hold"' not in page


def test_public_warnings_are_never_held(desk: Desk) -> None:
    ola = desk.person("ola")
    assert ola.post("/source/alerts", do="hold", reason="x")[0] == 400
    assert not desk.archive.holds() and 'value="hold"' not in ola.client.get("/desk/source/alerts").text


def test_a_source_is_asked_by_whoever_gathers(desk: Desk, tmp_path: Path) -> None:
    """The wish is in the database; whoever works asks the source, though it rests, and the page shows what came."""
    ola = desk.person("ola")
    assert ola.post(f"/source/{SOURCE}", do="try")[0] == 303
    assert ola.client.get(f"/desk/source/{SOURCE}/asked").json == {"done": False}
    assert "data-waits" in ola.client.get(f"/desk/source/{SOURCE}").text
    (tmp_path / "rows.json").write_text('[{"id": "a", "name": "康宁药房"}]')
    one = source("table", "file:rows.json", id=SOURCE, record="place", every="1d")
    worker = Work([one], tmp_path, desk.archive, Quiet(), desk.clock)
    asked = threading.Event()

    def ask(ident: str) -> None:
        worker._gatherer.submit(one, force=True).add_done_callback(lambda future: asked.set())

    watch = DeskWatch(desk.channel, desk.archive, desk.clock, ask)
    try:
        watch.tend()
        assert asked.wait(60)
    finally:
        worker._gatherer.close()
    assert ola.client.get(f"/desk/source/{SOURCE}/asked").json == {"done": True}
    page = ola.client.get(f"/desk/source/{SOURCE}").text
    assert "data-waits" not in page and page.count("<td class=\"number\">1</td>") >= 1


def test_one_wish_is_taken_once(desk: Desk) -> None:
    desk.person("ola").post(f"/source/{SOURCE}", do="try")
    taken: list[str] = []
    watch = DeskWatch(desk.channel, desk.archive, desk.clock, taken.append)
    watch.tend()
    desk.person("ola")
    watch._looked = 0.0
    watch.tend()
    assert taken == [SOURCE]


def test_an_item_is_let_go_in_the_wording_that_was_seen(desk: Desk) -> None:
    ben, ann = desk.person("ben"), desk.person("ann")
    item, content = waits(desk)
    page = ben.client.get("/desk/source/town-news").text
    assert content in page and "</script" not in page.partition("<main>")[2].partition("</main>")[0]
    assert ann.post("/source/town-news", do="release", item=item, content=content)[0] == 400
    assert ben.post("/source/town-news", do="release", item=item, content="0" * 32)[0] == 400, "another wording"
    assert len(desk.archive.waiting()) == 1
    assert ben.post("/source/town-news", do="release", item=item, content=content)[0] == 303
    assert not desk.archive.waiting()
    assert ben.post("/source/town-news", do="refuse", item=item, content=content)[0] == 400
    assert next(audit.deeds(desk.texts.engine)).did == "item released"


def test_items_of_another_town_are_not_ones_own(desk: Desk) -> None:
    item, content = waits(desk, 1)
    assert desk.person("tom").post("/source/town-news", do="release", item=item, content=content)[0] == 400
    assert desk.person("ben").post("/source/town-news", do="refuse", item=item, content=content)[0] == 303


def test_the_graph_tells_what_was(desk: Desk) -> None:
    """How fresh at each moment, by the source's own borders; what failed; a row a day for whoever cannot see it."""
    one = source(every="1h", id=SOURCE)
    said = [ask(NOW - timedelta(hours=hours), count=hours) for hours in (30, 29, 28, 4, 2)]
    failed = ask(NOW - timedelta(hours=1), count=None, outcome="failed")
    made = graph(one, [*said, failed], NOW, 7, desk.channel.say)
    assert {bar.state for bar in made.bars} == {Freshness.FRESH, Freshness.LATE, Freshness.STALE}
    assert sum(bar.failed for bar in made.bars) == 1 and made.most == 30
    assert all(bar.x >= 0 and bar.x + bar.width <= 720.1 and bar.y >= 0 for bar in made.bars)
    assert [(day.asks, day.failed) for day in made.days] == [(3, 1), (3, 0)]
    assert graph(one, [], NOW, 7, desk.channel.say).days == ()


def ask(at: datetime, *, count: int | None, outcome: asks.Outcome = "changed") -> Ask:
    return Ask(source=SOURCE, at=at, outcome=outcome, count=count, quarantined=0, seconds=0.5)


def waits(desk: Desk, number: int = 0) -> tuple[str, str]:
    """Have an item of the towns' news wait; its id and its wording."""
    said = desk.archive.latest("town-news", everything=True)
    assert said is not None
    record = next(one for one in said.records[number:] if getattr(one, "town", "") not in ("", "七宝镇"))
    held = Held(source="town-news", item=record.id, content=content_of(record), reason="contains 词", since=NOW)
    desk.archive.save(said, held=[held])
    return record.id, held.content


class Quiet:
    """Builds nothing."""

    def build(self, moment: datetime) -> BuildReport:
        return BuildReport()

    def publish_alerts(self, moment: datetime) -> BuildReport:
        return BuildReport()
