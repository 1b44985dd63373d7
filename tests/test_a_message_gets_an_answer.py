"""Text in, answer out: numbers, words, Pinyin, estates; every word from the release on air, and no estate remembered
for longer than somebody wants."""

from __future__ import annotations

import shutil
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

import pytest
from conftest import EXAMPLE
from said_store import MOMENT, say, small_example, snapshots_of
from small_origin import wait_for
from sqlalchemy import select

from broadcaster.places import STORE
from broadcaster.talk.accounts import KeptAccounts
from broadcaster.talk.answering import MOST_ASKED, Answer, Talk, _legible
from broadcaster.talk.index import Index, plain
from broadcaster.talk.lines import fitted, lines_of
from broadcaster.talk.positions import wgs84
from channel.estates import DISTRICT, distance_km
from channel.folder import Channel
from channel.release import Store
from channel.views import content as c
from channel.words import Say
from feeds.base.clock import Clock
from feeds.database import connect

pytestmark = pytest.mark.slow


class SetClock(Clock):
    moment = MOMENT

    def now(self) -> datetime:
        return self.moment


def copied(folder: Path) -> Channel:
    """The example with few estates."""
    shutil.copytree(EXAMPLE, folder / "channel", ignore=shutil.ignore_patterns("var", "__pycache__"))
    return small_example(folder / "channel", folder / "state")


@pytest.fixture(scope="module")
def channel(tmp_path_factory: pytest.TempPathFactory) -> Channel:
    folder = tmp_path_factory.mktemp("talk")
    made = copied(folder)
    say(made, snapshots_of(made))
    return made


@pytest.fixture(scope="module")
def talk(channel: Channel) -> Talk:
    store = Store.open(channel.state / STORE)
    accounts = KeptAccounts.open(channel.archive_url, channel.state)
    return Talk(channel, store, accounts, SetClock(), "https://tv.example")


def first(answer: Answer) -> str:
    return answer.links[0].target if answer.links else ""


@pytest.mark.parametrize(
    ("asked", "target"),
    [
        ("201", "201"), ("菜价", "541"), ("cj", "541"), ("caijia", "541"), ("CaiJia", "541"),
        ("今天菜价多少钱？", "541"), ("醫院", "201"), ("空氣質量", "503"), ("天气", "501"), ("药房", "205"),
        ("挂号", "203"), ("公交", "401"), ("居民健康卡", "208"), ("   404  ", "404"), ("\uff15\uff10\uff11", "501"),
        ("201。", "201"),
        ("#201", "201"), ("2\u200b01", "201"), ("\u202e201", "201"), ("第201页", "201"), ("201页", "201"),
    ],
)  # fmt: skip
def test_numbers_words_and_letters_find_a_page(talk: Talk, asked: str, target: str) -> None:
    assert first(talk.answer(asked)) == target


def test_an_item_is_found_by_its_name(talk: Talk, channel: Channel) -> None:
    answer = talk.answer("闵行仁安医院")
    assert first(answer) == "201.h01" and answer.links[0].url == "https://tv.example/m/i/201.h01"
    assert "仁安医院" in answer.title and any("021-" in line for line in answer.lines)


def test_an_answer_says_its_source_and_its_time_and_fits(talk: Talk) -> None:
    """2,048 bytes is where the platforms cut; no line of ours is cut there."""
    for number in ("541", "111", "700", "100", "110", "603"):
        answer = talk.answer(number, estate="mh0001")
        text = answer.text(400)
        assert len(text.encode()) <= 400 and text.startswith(number), number
        assert set(text.split("\n")[1:-2]) <= {*answer.lines}, number
    assert "来源" in answer.source and "08:05" in answer.source


def test_nothing_is_invented(talk: Talk) -> None:
    """What is not there is said so, with what is nearest."""
    for asked in ("999", "千年古墓鬼故事", "zzzz", "<script>", "%s %n {x} {0}", "\x00\x1b[2J", "🙂" * 500):
        answer = talk.answer(asked)
        assert len(answer.links) <= 4 and all(link.title for link in answer.links[:1]), asked
        assert "{" not in answer.text(2000) or "{" in asked
    assert [link.target for link in talk.answer("999").links] == ["900", "700", "662"]


def test_words_that_nothing_knows_lead_to_all_services(talk: Talk) -> None:
    """The list of everything first, then what begins with it: no three pages that happen to come first."""
    assert [link.target for link in talk.answer("千年古墓鬼故事").links] == ["102", "100", "110"]


def test_every_departure_has_its_time() -> None:
    """In minutes, by the clock, or why there is none."""
    rows = (
        c.BoardRow(line="1路", destination="东站", minutes="5"), c.BoardRow(line="2路", destination="西站", at="13:21"),
        c.BoardRow(line="3路", destination="北站", reason="停运"),
    )  # fmt: skip
    board = c.Board(stops=(c.Stop(name="春申路", walk="", rows=rows),))
    told = list(lines_of(board, Say()))
    assert [any(word in line for line in told) for word in ("5", "13:21", "停运")] == [True] * 3


def test_what_is_offered_is_like_what_was_asked(talk: Talk) -> None:
    """A slip of a key is forgiven; an aubergine is no answer to a stomach ache."""
    assert talk.answer("闵行仁按医院").links[0].target == "201.h01"
    assert "茄子" not in talk.answer("肚子疼").text(2000)
    titles = [link.title for link in talk.answer("闵行路").links]
    assert len(titles) == len(set(titles))


def test_a_letter_that_stands_for_many_costs_no_more_than_another(talk: Talk) -> None:
    """U+FDFA is eighteen letters in its plain form; what is looked up is as short as any question."""
    assert len(_legible("\ufdfa" * 5_000)) <= MOST_ASKED
    assert talk.answer("\ufdfa" * 200).links


def test_a_warning_in_force_comes_first(channel: Channel, tmp_path: Path) -> None:
    """Before whatever was asked, for whom it concerns; nothing where none is in force."""
    own = copied(tmp_path)
    say(own, snapshots_of(own), ("100", "201"))
    store = Store.open(own.state / STORE)
    talk = Talk(own, store, KeptAccounts.open(own.archive_url, own.state), SetClock())
    assert talk.answer("201", estate="mh0001").alert == ""
    with store.changes() as changes:
        none, there = b'{"id":"","level":"none"}', b'{"id":"a1","level":"takeover","text":"\xe7\x87\x83\xe6\xb0\x94"}'
        changes.answer({DISTRICT: none, "mh0001": there, "mh0002": none, "mh0003": none})
        store.publish(changes)
    for asked in ("201", "", "no such thing"):
        assert talk.answer(asked, estate="mh0001").text(2000).startswith("预警：燃气（900）\n"), asked
        assert "预警" not in talk.answer(asked, estate="mh0002").text(2000).split("\n")[0], asked


def test_nobody_waits_for_another_index(channel: Channel, tmp_path: Path) -> None:
    """What was named before is found at once after a release, and what is new once its index is made aside."""
    own = copied(tmp_path)
    say(own, snapshots_of(own), ("100", "201"))
    store = Store.open(own.state / STORE)
    talk = Talk(own, store, KeptAccounts.open(own.archive_url, own.state), SetClock())
    talk.prepare()
    with talk._lock:
        say(own, snapshots_of(own), ("541",))
        assert first(talk.answer("闵行仁安医院")) == "201.h01", "the lock of whoever makes an index is nobody's concern"
    wait_for(lambda: first(talk.answer("菜价")) == "541")


def test_an_estate_is_chosen_by_name_or_by_position_and_forgotten(talk: Talk, channel: Channel) -> None:
    home = channel.estates["mh0001"]
    assert home.lon is not None and home.lat is not None
    assert home.name not in talk.answer("201", "anna").title
    for chosen in (partial(talk.answer, home.name), partial(talk.at, home.lon, home.lat)):
        assert home.name in chosen(account="anna").title
        assert home.name in talk.answer("201", "anna").title
        assert talk.answer("201", "anna").links[0].url.endswith(f"/m/{home.id}/201")
        talk.answer("退出", "anna")
        assert home.name not in talk.answer("201", "anna").title
    far = talk.at(2.35, 48.85, "anna")
    assert not far.links and home.name not in talk.answer("201", "anna").title


def test_nothing_but_a_salted_hash_is_kept(talk: Talk, channel: Channel) -> None:
    talk.answer(channel.estates["mh0001"].name, "somebody-very-special")
    engine = connect(channel.archive_url)
    with engine.connect() as connection:
        from broadcaster.talk.accounts import AccountRow

        rows = connection.execute(select(AccountRow.__table__)).all()
    assert rows and not any("somebody" in str(row) for row in rows)
    other = KeptAccounts(engine, b"another salt")
    assert other.estate("somebody-very-special") == ""
    known = KeptAccounts.open(channel.archive_url, channel.state)
    known.remember("late", "mh0002", MOMENT + timedelta(days=500))
    assert known.estate("somebody-very-special") == "", "not heard of for more than a year"


def test_a_taken_down_item_is_gone_at_once(channel: Channel, tmp_path: Path) -> None:
    own = copied(tmp_path)
    say(own, snapshots_of(own))
    store = Store.open(own.state / STORE)
    talk = Talk(own, store, KeptAccounts.open(own.archive_url, own.state), SetClock())
    assert first(talk.answer("闵行仁安医院")) == "201.h01"
    store.take_down("201.h01", "test")
    assert "201.h01" not in [link.target for link in talk.answer("闵行仁安医院").links]


def test_the_index_takes_over_what_did_not_change(channel: Channel) -> None:
    store = Store.open(channel.state / STORE)
    release = store.current()
    assert release is not None
    before = Index(release, channel.lineup, channel.say)
    after = Index(release, channel.lineup, channel.say, before)
    assert len(after) == len(before) > 1000 and after._known[-1] is before._known[-1]


def test_words_are_compared_without_marks_and_in_simplified_characters() -> None:
    assert plain("Čeština ＡＢＣ") == "cestinaabc" and plain("醫院，") == "医院"


def test_every_page_has_lines(talk: Talk, channel: Channel) -> None:
    """Also those that are added one day: each layout's body is known."""
    for number in channel.lineup.pages:
        for estate in (DISTRICT, "mh0001"):
            answer = talk.answer(number, estate=estate)
            assert answer.lines and all(line.strip() for line in answer.lines), (number, estate)


def test_whole_lines_are_kept() -> None:
    assert fitted(["a"], ["字" * 5, "b"], ["z"], 12) == "a\n字…\nz"
    assert fitted(["a"], ["b", "c" * 50, "d"], ["z"], 20) == "a\nb\nz"
    assert lines_of(c.List(rows=(), empty=c.Empty(sentence="nothing")), Say()) == ["nothing"]


def test_positions_of_chinese_platforms_are_moved_back() -> None:
    """By some hundred metres in Shanghai, by nothing elsewhere."""
    lon, lat = wgs84(121.38, 31.11)
    assert 0.3 < distance_km(lon, lat, 121.38, 31.11) < 0.8
    assert wgs84(-6.26, 53.35) == (-6.26, 53.35)

