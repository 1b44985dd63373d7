"""What editors say of a timetable's stops and lines stands over it while it holds: a stop or a line is left out
everywhere, or has a note that is never cut; and the pages of stops say why."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

import msgspec
import pytest
from screens import compose_body
from small_gtfs import timetable_of
from view_inputs import ESTATES, HOME, MORNING, SAY, SETTINGS, at, lineup, page, snapshot, source

from broadcaster.talk.lines import lines_of
from channel import views
from channel.estates import Estate
from channel.memory import Memory
from channel.screen.pieces import Text
from channel.views.base import Inputs
from channel.views.content import Board, BoardRow, Content, Item, Stop
from channel.views.content import Timetable as Hours
from feeds.amendments import MOST_NOTE, Amendment, amending
from feeds.archive import Archive
from feeds.corrections import Correction, corrected
from feeds.directory import Directory
from feeds.realtime import Realtime, Trip
from feeds.realtime import Stop as Seen
from feeds.records import Route, stable_id
from feeds.source import Snapshot
from feeds.timetable import Timetable
from feeds.trip_updates import NEW

STOPS = [
    ("a1", "春申路", 31.1101, 121.3801), ("a2", "春申路", 31.1103, 121.3802), ("b1", "莘松路", 31.1120, 121.3810),
    ("z9", "终点", 31.2, 121.5),
]  # fmt: skip
CALLS = {
    "t1": ("747", "a1", "08:14:30"), "t2": ("747", "b1", "08:20:00"), "t3": ("11", "a2", "08:15:00"),
    **{f"n{n}": ("9", "a2", f"08:{13 + n}:00") for n in range(40)},
}  # fmt: skip
PAGE = page("departures", "401", title="附近公交", layout="board", options={"within": 600})
NOTE = "临时停靠东侧"


@pytest.fixture(scope="module")
def timetable() -> Timetable:
    return timetable_of(
        STOPS,
        [("747", "747路"), ("9", "9路"), ("11", "11路")],
        [(line, trip) for trip, (line, _, _) in CALLS.items()],
        [
            (trip, stop, n, time)
            for trip, (_, first, when) in CALLS.items()
            for n, (stop, time) in enumerate(((first, when), ("z9", "12:00:00")))
        ],
    )


def amend(amendment: Amendment, *, hide: bool = False, note: str = "", reason: str = "施工") -> Correction:
    """As the desk has it."""
    named = {"line": amendment.line} if amendment.line else {"stop": amendment.stop}
    fields = {**named, "note": note} if note else named
    return Correction(
        text=1, revision=1, source="s", item=amendment.id, begins=MORNING, ends=MORNING + timedelta(days=1),
        fields=fields, hide=hide, reason=reason,
    )  # fmt: skip


def said(
    timetable: Timetable,
    *corrections: Correction,
    updates: Sequence[Trip] = (),
    estate: Estate | None = HOME,
    memory: Memory | None = None,
    moment: datetime = MORNING,
) -> Content:
    heard = msgspec.structs.replace(snapshot([], moment), dataset=stable_id("updates", repr(updates)))
    buses = corrected(msgspec.structs.replace(snapshot([]), dataset="buses"), corrections)
    return views.make(
        Inputs(
            page=PAGE, estate=estate, moment=moment, lineup=lineup(PAGE), estates=ESTATES, settings=SETTINGS,
            snapshots={"timetable": buses, "updates": heard if updates else None},
            sources={"timetable": source("buses"), "updates": source("updates", "1min")},
            datasets={"timetable": timetable, "updates": Realtime.of(updates)}, memory=memory or Memory(), say=SAY,
        )
    )  # fmt: skip


def board(made: Content) -> dict[str, list[tuple[str, str]]]:
    """Lines with their notes, by the stop."""
    assert isinstance(made.body, Board)
    return {stop.name: [(row.line, row.note) for row in stop.rows] for stop in made.body.stops}


def hours(made: Content, stop: str) -> Hours:
    item: Item = next(item for item in made.items if item.title == stop)
    assert isinstance(item.body, Hours)
    return item.body


def test_a_hidden_stop_is_on_no_board_and_has_no_page(timetable: Timetable) -> None:
    """Neither side of the road is; what lies further away comes in its place, for the district too."""
    hidden = amend(amending(stop="春申路"), hide=True)
    for estate, name in ((HOME, "莘松路"), (None, "莘庄 · 莘松路")):
        made = said(timetable, hidden, estate=estate)
        assert list(board(made)) == [name]
        assert [item.title for item in made.items] == ["莘松路"]
    assert list(board(said(timetable))) == ["春申路", "莘松路"]


def test_a_hidden_line_leaves_no_gap(timetable: Timetable) -> None:
    """However often it runs, the others of the stop are shown; the stop's page says why it is not there."""
    made = said(timetable, amend(amending(line="9路"), hide=True))
    assert board(made)["春申路"] == [("747路", ""), ("11路", "")]
    table = hours(made, "春申路")
    assert [row.name for row in table.rows] == ["11路", "747路"]
    assert table.notes == ("9路：编辑更正：施工",)
    assert hours(made, "莘松路").notes == ()


def test_predictions_of_a_hidden_line_are_not_shown(timetable: Timetable) -> None:
    """Those of its trips, and those of trips that are in no timetable."""
    late = Trip("n0", "", False, 300, (Seen(1, "a2", 300, None, False),))
    own = (Seen(0, "a1", None, int(at("08:16").timestamp()), False), Seen(1, "z9", None, None, False))
    extra = Trip("new", "", False, None, own, -1, NEW, "9")
    assert ("9路", "") in board(said(timetable, updates=[late, extra]))["春申路"]
    made = said(timetable, amend(amending(line="9路"), hide=True), updates=[late, extra])
    assert board(made)["春申路"] == [("747路", ""), ("11路", "")]


def test_notes_stand_with_their_stop_and_their_line(timetable: Timetable) -> None:
    made = said(timetable, amend(amending(stop="春申路"), note=NOTE), amend(amending(line="747路"), note="绕行"))
    assert isinstance(made.body, Board)
    assert [stop.note for stop in made.body.stops] == [NOTE, ""]
    assert dict(board(made)["春申路"]) == {"9路": "", "747路": "绕行", "11路": ""}
    assert board(made)["莘松路"] == [("747路", "绕行")]
    assert hours(made, "春申路").notes == (f"{NOTE}（编辑更正：施工）", "747路：绕行（编辑更正：施工）")


def test_whoever_asks_by_message_is_told_too(timetable: Timetable) -> None:
    made = said(timetable, amend(amending(stop="春申路"), note=NOTE), amend(amending(line="747路"), note="绕行"))
    told = "\n".join(lines_of(made.body, SAY))
    assert NOTE in told and "绕行" in told
    assert NOTE in lines_of(hours(made, "春申路"), SAY)[0]


def test_a_stop_that_nothing_leaves_from_keeps_its_note(timetable: Timetable) -> None:
    hidden = (amend(amending(line=line), hide=True) for line in ("747路", "9路", "11路"))
    made = said(timetable, amend(amending(stop="春申路"), note=NOTE), *hidden)
    assert board(made) == {"春申路": []}
    assert hours(made, "春申路").rows == ()
    assert len(hours(made, "春申路").notes) == 4


def test_what_was_remembered_without_it_is_not_shown_with_it(timetable: Timetable) -> None:
    """One memory for both, as in a build: what holds begins and ends between two minutes."""
    memory = Memory()
    before = board(said(timetable, memory=memory))
    hidden = said(timetable, amend(amending(line="9路"), hide=True), memory=memory)
    assert board(hidden) != before
    assert board(said(timetable, memory=memory)) == before


def test_a_name_that_nothing_has_changes_nothing(timetable: Timetable) -> None:
    made = said(timetable, amend(amending(stop="没有的站"), hide=True), amend(amending(line="没有"), hide=True))
    assert made.body == said(timetable).body
    assert made.items == said(timetable).items


def test_lines_that_the_timetable_tells_as_records_follow() -> None:
    """Its own format gives Route records too: a page of lines shows what the boards show."""
    lines = snapshot([Route(id="r1", line="747路"), Route(id="r2", line="9路", note="单程")])
    made = corrected(lines, [amend(amending(line="747路"), hide=True), amend(amending(line="9路"), note="绕行")])
    assert made.records == (Route(id="r2", line="9路", note="绕行"),)


@pytest.mark.parametrize("fields", [{"line": "9路", "note": "字" * (MOST_NOTE + 1)}, {"line": "8路"}, {"note": "x"}])
def test_what_is_no_amendment_of_its_item_is_none(fields: dict[str, str]) -> None:
    wrong = msgspec.structs.replace(amend(amending(line="9路")), fields=fields)
    assert corrected(snapshot([]), [wrong]) == snapshot([])


def test_two_texts_of_the_desk_stand_together() -> None:
    """A look at a draft lays it over what holds already."""
    first = corrected(snapshot([]), [amend(amending(line="9路"), note="绕行")])
    both = corrected(first, [amend(amending(stop="春申路"), hide=True), amend(amending(line="9路"), hide=True)])
    assert {(one.stop or one.line): one.hide for one in both.amendments} == {"9路": True, "春申路": True}
    assert len({snapshot([]).digest, first.digest, both.digest}) == 3, "pages are asked again"


def test_the_next_timetable_undoes_nothing(tmp_path: Path) -> None:
    archive = Archive.open(f"sqlite:///{tmp_path / 'archive.db'}")
    archive.correct([amend(amending(line="9路"), hide=True)], MORNING)

    def hidden(moment: datetime) -> list[str]:
        found = archive.latest("s", moment)
        assert found is not None
        return [one.line for one in found.amendments]

    for day in ("a", "b"):
        archive.save(Snapshot(source="s", observed=MORNING, checked=MORNING, digest=day, records=(), dataset=day))
        assert hidden(MORNING) == ["9路"]
    assert hidden(MORNING + timedelta(days=1)) == []
    archive.close()


def test_stops_and_lines_are_known_by_their_names(timetable: Timetable) -> None:
    """Those alone that anything leaves from, or that run."""
    directory = Directory(timetable)
    assert set(directory.stops) == {"春申路", "莘松路"}
    assert set(directory.lines) == {"747路", "9路", "11路"}
    stop, line = amending(stop="春申路"), amending(line="747路")
    assert {one.id for one in directory.amendments()} >= {stop.id, line.id}
    assert set(directory.around(stop)) == {"747路", "9路", "11路"}
    assert directory.nearest(stop, [(121.5, 31.2), (121.4, 31.1)]) == 1
    assert directory.nearest(line, [(121.3809, 31.1121), (121.0, 31.0)]) == 0
    assert directory.nearest(amending(stop="没有的站"), [(121.4, 31.1)]) is directory.nearest(stop, []) is None
    assert directory.around(amending(stop="没有的站")) == ()


@pytest.mark.parametrize("geometry", ["hd", "large", "sd", "sd530"])
@pytest.mark.parametrize("letters", ["注", "w ", "Wordwordwordword "])
def test_a_note_is_never_cut(geometry: str, letters: str) -> None:
    """The longest of every stop, line and page of hours stand whole, on whatever screens they need."""
    note = (letters * MOST_NOTE)[:MOST_NOTE].strip()
    rows = tuple(BoardRow(line=f"{n}路", destination="莘庄", minutes="2", note=note) for n in range(6))
    stops = (Stop(name="春申路", walk="", rows=rows, note=note), Stop(name="莘松路", walk="", rows=(), note=note))
    board = Board(stops=stops)
    notes = Hours(corner="", days=(), rows=(), notes=(note,) * 3)
    for layout, body, times in (("board", board, 8), ("timetable", notes, 3)):
        screens = compose_body(layout, body, geometry)
        told = [piece.text for screen in screens for piece in screen.pieces if isinstance(piece, Text)]
        assert sum(text.count(letters[0]) for text in told) == note.count(letters[0]) * times
        if layout == "board":
            whole = ["".join(p.text for p in screen.pieces if isinstance(p, Text)) for screen in screens]
            spaceless = note.replace(" ", "")
            assert sum(text.replace(" ", "").count(spaceless) for text in whole) == times, "a note is on one screen"
