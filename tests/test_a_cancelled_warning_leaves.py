"""A warning that was cancelled or replaced leaves the air, whatever the message that ends it lacks, and only then."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from cap_help import NOON, at, feed, info, message, names, problems, read
from feeding import Station, sample, source
from hypothesis import given
from hypothesis import strategies as st

from feeds.alerts import in_force, judged, remembered
from feeds.base.errors import PersonError
from feeds.formats import Document
from feeds.formats.cap import parse
from feeds.records import Alert
from feeds.review import to_hold

pytestmark = pytest.mark.slow

FIRST = message("A1")


def standing(*messages: str, moment: datetime = NOON, **options: object) -> list[str]:
    """The identifiers in force of what one index holds."""
    return [alert.identifier for alert in in_force(read(*messages, **options), moment)]


@pytest.mark.parametrize(
    "lacking",
    ["info", "sent", "status", "scope", "identifier", "info sent status scope identifier"],
)
@pytest.mark.parametrize("kind", ["Cancel", "Update"])
def test_what_ends_a_warning_is_heeded_whatever_else_it_lacks(kind: str, lacking: str) -> None:
    """A Cancel, or an Update, of the same sender that names the warning ends it."""
    ender = message("A2", kind, sent=at("09:00"), references=names("A1"), without=lacking)
    assert "A1" not in standing(FIRST, ender)


@pytest.mark.parametrize(
    "changes",
    [
        {"sent": "bald"},
        {"sent": ""},
        {"status": "actual "},
        {"status": "Real"},
        {"scope": "Private"},
        {"scope": "Everyone"},
        {"sender": " MET@example.cn "},
        {"ident": "A 2"},
        {"sent": at("07:00")},
    ],
)
def test_a_cancel_that_is_odd_is_heeded(changes: dict[str, str]) -> None:
    """A Cancel in odd words, for a few only, or from a clock that is slow ends what it names to the instant."""
    given = {"ident": "A2", "sent": at("09:00"), "references": names("A1"), **changes}
    cancel = message(kind="Cancel", **given)
    assert standing(FIRST, cancel) == []


def test_a_cancel_may_bring_infos_that_are_broken() -> None:
    """What a Cancel says beside its references decides nothing."""
    broken = info(severity="High", more="<expires>bald</expires>")
    assert standing(FIRST, message("A2", "Cancel", broken, sent=at("09:00"), references=names("A1"))) == []


@pytest.mark.parametrize("status", ["Exercise", "Test", "System", "Draft"])
def test_a_drill_ends_nothing_real(status: str) -> None:
    """What is marked as a drill, and a drill itself, never touch the air."""
    cancel = message("A2", "Cancel", sent=at("09:00"), references=names("A1"), status=status)
    assert standing(FIRST, cancel) == ["A1"]
    assert standing(message("A3", status=status)) == []


def test_an_update_for_a_few_leaves_the_publics_warning() -> None:
    """What is not for the public cannot replace what is."""
    update = message("A2", "Update", sent=at("09:00"), references=names("A1"), scope="Restricted")
    assert standing(FIRST, update) == ["A1"]


def test_an_update_with_words_is_shown_whatever_else_it_lacks() -> None:
    """The warning does not become silence: what the Update says is on air, at a level that CAP calls Unknown."""
    words = "<info><headline>大风仍在</headline></info>"
    found = in_force(read(FIRST, message("A2", "Update", words, sent="bald", references=names("A1"))), NOON)
    assert [(a.headline, a.severity, a.sent) for a in found] == [("大风仍在", "Unknown", None)]


@pytest.mark.parametrize("kind", ["Ack", "Error"])
def test_messages_between_senders_are_passed_over(kind: str) -> None:
    """They are no warnings, end none, and count as no faults of the feed."""
    answer = message("A2", kind, sent=at("09:00"), references=names("A1"), without="info")
    assert standing(FIRST, answer) == ["A1"]
    parsed = parse([Document(url="u", body=answer.encode())], source("cap"), NOON)
    assert (parsed.total, len(parsed.records), len(parsed.problems)) == (0, 0, 1)


@pytest.mark.parametrize(
    "references",
    [
        f"\n\t{names('A1')}\n",
        names("A1", "2026-11-29T00:00:00Z"),
        names("A1", "2026-11-29T00:00:00.000+00:00"),
        names("A1", "2026-11-28T19:00:00-05:00"),
        names("a1"),
        names("A1", sender="Met@Example.CN"),
        "met@example.cn, A1, 2026-11-29T08:00:00+08:00",
        "met@example.cn,A1,2026-11-29 08:00:00+08:00",
        f"met@example.cn,ZZ,2026-01-01T00:00:00+08:00\n {names('A1')}",
        f"{names('A1')} {names('A1')}",
        "met@example.cn,A1,",
        "met@example.cn,A1",
        "met@example.cn,ZZ met@example.cn,A1",
        "A1",
        names("A1", "bald"),
        names("A1", "2026-11-29T08:00:00Z"),
        f"{names('ZZ')} " * 1500 + names("A1"),
    ],
)
def test_a_reference_is_read_however_it_is_written(references: str) -> None:
    """White space parts the triples (CAP 1.2, 3.2.1); instants are compared, not texts; a slip of the zone is one."""
    assert standing(FIRST, message("A2", "Cancel", sent=at("09:00"), references=references)) == []


@pytest.mark.parametrize("ident", ["A 1", "A1,b", "urn:oid:2.49.0.1.156,7,8", "大风1"])
def test_an_identifier_may_be_odd(ident: str) -> None:
    """Spaces and commas are not allowed in identifiers, and happen."""
    assert standing(message(ident), message("C", "Cancel", sent=at("09:00"), references=names(ident))) == []


def test_a_reference_to_another_edition_ends_nothing() -> None:
    """A sender that counts from 1 every day cancels the day's own message."""
    yesterday, today = message("1", sent=at("08:00", 28)), message("1", sent=at("08:00"))
    cancel = message("2", "Cancel", sent=at("09:00"), references=names("1", at("08:00", 28)))
    assert [a.sent for a in in_force(read(yesterday, today, cancel), NOON)] == [read(today)[0].sent]
    assert standing(today, cancel) == ["1"]
    assert standing(today, message("2", "Cancel", sent=at("09:00", 28), references="1")) == ["1"]


def test_a_cancel_without_references_ends_the_earlier_messages_of_its_identifier() -> None:
    assert standing(FIRST, message("A1", "Cancel", sent=at("09:00"))) == []
    assert standing(FIRST, message("A9", "Cancel", sent=at("09:00"))) == ["A1"]


def test_only_the_sender_ends_its_warnings_or_who_is_said_to_speak_for_it() -> None:
    """An entry of somebody else's in the index cancels nothing; ``options.speaks_for`` lets a headquarters do it."""
    other = message("H1", "Cancel", sent=at("09:00"), sender="hq@example.cn", references=names("A1"))
    assert standing(FIRST, other) == ["A1"]
    (verdict,) = [v for v in judged(read(FIRST, other), NOON) if v.alert.identifier == "A1"]
    assert verdict.ignored is not None and verdict.ignored.identifier == "H1"
    assert standing(FIRST, other, speaks_for={"hq@example.cn": ["met@example.cn"]}) == []
    assert standing(FIRST, other, speaks_for={"HQ@example.cn": ["*"]}) == []
    assert standing(FIRST, other, speaks_for={"hq@example.cn": ["b@example.cn"]}) == ["A1"]
    assert standing(FIRST, message("A1", "Cancel", sent=at("09:00"), sender="x@example.cn")) == ["A1"]
    assert any("without sender" in reason for reason in problems(message("C", "Cancel", without="sender")))


@pytest.mark.parametrize("wrong", ["hq", {"hq": "met"}, {"hq": [1]}])
def test_a_mistaken_option_is_named(wrong: object) -> None:
    with pytest.raises(PersonError, match="speaks_for"):
        read(FIRST, speaks_for=wrong)


def test_updates_that_name_each_other_or_themselves_leave_the_last() -> None:
    """No loop of references silences everybody."""
    one = message("U1", "Update", sent=at("08:00"), references=f"{names('U2', at('09:00'))} {names('U1')}")
    two = message("U2", "Update", sent=at("09:00"), references=f"{names('U1')} {names('U2', at('09:00'))}")
    assert standing(one, two) == ["U2"]
    same = [message(f"U{n}", "Update", references=names(f"U{(n + 1) % 3}")) for n in range(3)]
    assert standing(*same) == ["U2"]
    chain = [message(f"U{9 - n}", "Update", references=names(f"U{10 - n}")) for n in range(1, 9)]
    assert standing(*chain) == ["U1"]
    assert standing(message("C", "Cancel", references=names("C")), FIRST) == ["A1"]


def test_a_chain_ends_where_it_should() -> None:
    """What an Update replaced stays replaced when the Update itself is cancelled."""
    update = message("A2", "Update", sent=at("09:00"), references=names("A1"))
    cancel = message("A3", "Cancel", sent=at("10:00"), references=names("A2", at("09:00")))
    found = read(FIRST, update, cancel)
    clocks = {"08:30": ["A1"], "09:30": ["A2"], "10:30": []}
    for clock, expected in clocks.items():
        moment = datetime.fromisoformat(at(clock))
        assert [alert.identifier for alert in in_force(found, moment)] == expected
    assert [(v.alert.identifier, v.reason) for v in judged(found, NOON)] == [
        ("A3", "cancel"), ("A2", "cancelled"), ("A1", "updated"),
    ]  # fmt: skip


def test_an_update_that_has_yet_to_take_effect_leaves_no_gap() -> None:
    """Until its ``effective`` the warning that it replaces goes on."""
    update = message("A2", "Update", info(more=f"<effective>{at('15:00')}</effective>"), references=names("A1"))
    assert standing(FIRST, update) == ["A1"]
    assert standing(FIRST, update, moment=datetime.fromisoformat(at("15:00"))) == ["A2"]


def test_a_warning_without_an_end_ends_after_what_the_source_allows() -> None:
    """CAP leaves it to who receives it: three days, or ``options.lasts``."""
    (three,) = read(FIRST)
    assert in_force([three], three.sent + timedelta(days=3, seconds=-1)) == [three]  # type: ignore[operator]
    assert in_force([three], three.sent + timedelta(days=3)) == []  # type: ignore[operator]
    (short,) = read(FIRST, lasts="4h")
    assert in_force([short], NOON) == []
    (ended,) = read(message("A1", "Alert", info(more=f"<expires>{at('13:00')}</expires>")), lasts="4h")
    assert ended.lapses is None and in_force([ended], NOON) == [ended]


def test_the_samples_of_chains_end_where_they_should() -> None:
    """Update, Cancel without info, a reference to nobody, an instant in another zone."""
    documents = [
        Document(url=str(n), body=sample("tries", f"cap_chain_{n}.xml").read_bytes()) for n in (2, 0, 3, 1, 0)
    ]
    found = parse(documents, source("cap"), NOON)
    assert [a.identifier for a in in_force([a for a in found.records if isinstance(a, Alert)], NOON)] == ["B1"]
    assert found.problems == ()


_POOL = [
    FIRST,
    message("A2", "Update", sent=at("09:00"), references=names("A1", "2026-11-29T00:00:00Z")),
    message("A3", "Cancel", sent=at("10:00"), references=names("A2", at("09:00"))),
    message("B1", "Alert", info(), info("暴雨", "Extreme")),
    message("B1", "Update", info("雪"), sent=at("11:00")),
    message("B1", "Alert", info("霜"), sent=at("11:00")),
    message("B1", "Alert", info("霜"), sent="2026-11-29T03:00:00Z"),
    message("U1", "Update", sent=at("08:00"), references=names("U2", at("09:00"))),
    message("U2", "Update", sent=at("09:00"), references="U1"),
    message("D1", status="Exercise"),
    message("C1", "Cancel", references=f"{names('D1')} {names('B1', 'bald')}", sent="bald"),
    message("X1", "Cancel", sender="x@example.cn", references=names("U2", at("09:00"))),
    message("F1", "Cancel", sent=at("23:00"), references=names("U2", at("09:00"))),
]


@given(st.lists(st.sampled_from(_POOL), max_size=12), st.randoms(use_true_random=False))
def test_neither_order_nor_repetition_of_messages_changes_what_holds(heard: list[str], chance: random.Random) -> None:
    """What holds follows from what was said alone."""
    again = [*heard, *heard[::2]]
    chance.shuffle(again)
    assert in_force(read(*again), NOON) == in_force(read(*heard), NOON)


_OTHERS = [text for text in _POOL if "霜" not in text]
"""All but two messages of one name, of which the later gathering's counts."""


@given(st.lists(st.lists(st.sampled_from(_OTHERS), max_size=4), min_size=1, max_size=5), st.integers(0, 4))
def test_neither_order_nor_repetition_of_gatherings_changes_what_holds(heard: list[list[str]], turn: int) -> None:
    """Messages over several readings of an index hold as if they had come at once, in whatever order they came."""

    def gathered(readings: list[list[str]]) -> set[str]:
        known: tuple[Alert, ...] = ()
        for texts in readings:
            known = remembered(known, read(*texts), NOON, complete=False, most=1000, unlisted=True)
        return {alert.id for alert in in_force(known, NOON)}

    at_once = [text for texts in heard for text in texts]
    assert gathered(heard) == gathered(heard[turn:] + heard[:turn]) == gathered([at_once]) == gathered(heard + heard)


def in_the_index(tmp_path: Path, *readings: list[str], **more: object) -> list[list[str]]:
    """What is in force after each reading of a file that holds these messages, a minute apart."""
    station = Station(tmp_path)
    station.clock.moment = NOON
    found = []
    one = source("cap", "file:index.atom", **more)
    for texts in readings:
        (tmp_path / "index.atom").write_text(feed(*texts), encoding="utf-8")
        station.gather(one)
        snapshot = station.archive.latest("one")
        assert snapshot is not None
        held = [alert for alert in snapshot.records if isinstance(alert, Alert)]
        found.append(sorted(alert.identifier for alert in in_force(held, station.clock.now())))
        station.clock.forward(60)
    station.close()
    return found


UNTIL = message("A1", "Alert", info(more=f"<expires>{at('20:00')}</expires>"))
CANCEL = message("A2", "Cancel", sent=at("09:00"), references=names("A1"))


def test_what_was_cancelled_does_not_come_back_with_an_older_index(tmp_path: Path) -> None:
    """A cache that gives yesterday's index, a Cancel that came before its warning, one that is no longer listed."""
    assert in_the_index(tmp_path, [UNTIL], [CANCEL], [UNTIL], [UNTIL, CANCEL], [], [UNTIL]) == [["A1"]] + [[]] * 5
    (tmp_path / "2").mkdir()
    assert in_the_index(tmp_path / "2", [CANCEL], [], [UNTIL]) == [[], [], []]


def test_a_warning_holds_until_its_end_whatever_the_index_lists(tmp_path: Path) -> None:
    """One with ``expires`` stays; one without leaves with its entry; ``unlisted = "ends"`` is for who withdraws so."""
    assert in_the_index(tmp_path, [UNTIL, message("B1")], []) == [["A1", "B1"], ["A1"]]
    (tmp_path / "2").mkdir()
    assert in_the_index(tmp_path / "2", [UNTIL], [], options={"unlisted": "ends"}) == [["A1"], []]


def test_a_cancel_is_heeded_though_most_of_the_index_is_broken(tmp_path: Path) -> None:
    """One sound message of ten is not kept waiting by the nine others (``min_valid``)."""
    broken = [message(f"B{n}", without="scope") for n in range(9)]
    assert in_the_index(tmp_path, [UNTIL], [*broken, CANCEL]) == [["A1"], []]


def test_a_page_in_an_alerts_place_costs_that_alert_alone() -> None:
    """An entry that leads to a page of words, or to nothing that can be read, keeps no Cancel from being heeded."""
    bodies = [feed(FIRST), "<html><body>Not here</body></html>", "", "<alert", CANCEL]
    documents = [Document(url=str(number), body=body.encode()) for number, body in enumerate(bodies)]
    parsed = parse(documents, source("cap"), NOON)
    assert in_force([a for a in parsed.records if isinstance(a, Alert)], NOON) == []
    assert {problem.position for problem in parsed.problems} == {"document 2", "document 3", "document 4"}
    assert not parsed.complete


def test_a_message_dated_ahead_counts_from_its_coming(tmp_path: Path) -> None:
    """A local hour that is written as UTC is eight hours off; what lies here was sent."""
    ahead = message("A2", "Cancel", sent=at("20:00"), references=names("A1"))
    assert in_the_index(tmp_path, [UNTIL], [ahead], [UNTIL]) == [["A1"], [], []]


def test_a_clock_that_is_set_back_silences_no_warning(tmp_path: Path) -> None:
    """What lies here was sent, though our clock has yet to come to its date; so was what ended it."""
    station = Station(tmp_path)
    one = source("cap", "file:index.atom")
    for texts, expected in (([UNTIL], ["A1"]), ([UNTIL, CANCEL], [])):
        (tmp_path / "index.atom").write_text(feed(*texts), encoding="utf-8")
        for moment in (NOON, NOON - timedelta(days=400), NOON - timedelta(days=401)):
            station.clock.moment = moment
            station.gather(one)
            snapshot = station.archive.latest("one")
            assert snapshot is not None
            held = [alert for alert in snapshot.records if isinstance(alert, Alert)]
            assert [alert.identifier for alert in in_force(held, moment)] == expected
    station.close()


def test_a_cancel_waits_for_no_editor() -> None:
    """Where everything is reviewed a Cancel is not: it is never shown."""
    records = read(FIRST, CANCEL)
    held = to_hold(source("cap", release="review"), records, (), NOON)
    assert [item.item for item in held] == [records[0].id]


def test_what_is_remembered_is_bounded() -> None:
    """A feed of ever new messages fills no archive: thirty days, and so many as the source may have items."""
    old = read(message("C1", "Cancel", sent="2026-10-01T00:00:00Z", references="A1"))
    assert remembered(old, [], NOON, complete=True, most=10, unlisted=True) == ()
    many = read(*(message(f"C{n}", "Cancel", references="A1", sent=at("09:00")) for n in range(20)))
    assert len(remembered(many, read(FIRST), NOON, complete=True, most=10, unlisted=True)) == 10


def second(place: int) -> str:
    """Moments a second apart."""
    return f"2026-11-29T00:{place // 60:02}:{place % 60:02}Z"


@pytest.mark.slow
@pytest.mark.parametrize(
    "many",
    [
        lambda n: [message(f"A{k}") for k in range(n)],
        lambda n: [message("A", sent=second(k)) for k in range(n)],
        lambda n: [message(f"U{k}", "Update", references=names(f"U{(k + 1) % n}")) for k in range(n)],
        lambda n: [FIRST, *(message(f"C{k}", "Cancel", references=names("A1", second(k))) for k in range(n))],
    ],
)
def test_thousands_of_messages_take_time_in_proportion(many: Callable[[int], list[str]]) -> None:
    """Four times as many take about four times as long: distinct ones, editions of one, a loop, cancels of one."""

    def seconds(count: int) -> float:
        alerts = read(*many(count))
        best = 1e9
        for _ in range(3):
            start = time.process_time()
            in_force(alerts, NOON)
            best = min(best, time.process_time() - start)
        return best

    assert seconds(1200) <= 8 * seconds(300) + 0.01
