"""Who is painted for next: urgent before idle, everybody in turn, and never more waiting than there is room for."""

from __future__ import annotations

from broadcaster.painters.turns import Job, Turns
from broadcaster.painters.wire import BOX, LATE, WARMER, WARNING, Ask


def job(name: str, urgency: int = BOX) -> Job:
    return Job(Ask(0, name.encode(), "r", "p", "e", name, urgency), urgency)


def taken(turns: Turns, least: int = WARMER) -> list[str]:
    found = []
    while (next_ := turns.take(range(least + 1))) is not None:
        found.append(next_.ask.name)
    return found


def test_the_more_urgent_comes_first() -> None:
    """Alerts before boxes before the warmer, whoever came first; and what is less urgent may be left for later."""
    turns = Turns(10, 10)
    for name, urgency in (("warm", WARMER), ("box", BOX), ("alert", WARNING)):
        assert not turns.add(job(name, urgency), "a")
    assert taken(turns, BOX) == ["alert", "box"]
    assert len(turns) == 1 and taken(turns) == ["warm"] and not len(turns)


def test_whoever_asks_for_everything_has_one_turn_in_a_round() -> None:
    """A crawler's thousand wishes stand before nobody but each other."""
    turns = Turns(2000, 2000)
    for number in range(1000):
        turns.add(job(f"c{number}"), "crawler")
    turns.add(job("one"), "box 1")
    turns.add(job("two"), "box 2")
    assert {"one", "two"} < set(taken(turns)[:4])


def test_what_many_wait_for_is_reached_the_sooner() -> None:
    """Each who waits brings a page one more turn; it is painted once."""
    turns = Turns(100, 100)
    for number in range(20):
        turns.add(job(f"own{number}"), f"box {number}")
    shared = job("shared")
    for number in range(20, 25):
        turns.add(shared, f"box {number}")
    turns.take()
    # One of the crowd is anywhere in the round; with the crowd's own first wish done all of them wait for the same.
    order = taken(turns)
    assert order.count("shared") == 1 and len(order) == 20 and not len(turns)


def test_a_wish_that_becomes_urgent_is_moved() -> None:
    """A page of the warmer that a box asks for meanwhile is a box's page, and stands nowhere twice."""
    turns = Turns(10, 10)
    late = job("late", WARMER)
    turns.add(job("warm", WARMER), "warmer")
    turns.add(late, "warmer")
    late.urgency = BOX
    turns.add(late, "box")
    assert taken(turns) == ["late", "warm"]


def test_the_queue_is_bounded_and_the_greedy_give_way() -> None:
    """Where there is no room the newest wish of whoever has the most of the least urgent goes."""
    turns = Turns(5, 4)
    wishes = [job(f"c{number}") for number in range(4)]
    assert not [lost for wish in wishes for lost in turns.add(wish, "crawler")]
    further = job("c4")
    assert turns.add(further, "crawler") == [further]
    assert not turns.add(job("one"), "box 1")
    assert [lost.ask.name for lost in turns.add(job("two"), "box 2")] == ["c3"]
    assert [lost.ask.name for lost in turns.add(job("alert", WARNING), "box 3")] == ["c2"]
    assert len(turns) == 5 and sorted(taken(turns)) == ["alert", "c0", "c1", "one", "two"]


def test_what_came_to_nothing_is_next() -> None:
    """A job whose painter died waits for nobody again."""
    turns = Turns(10, 10)
    first = job("first")
    turns.add(first, "a")
    turns.add(job("second"), "a")
    assert turns.take() is first
    turns.again(first)
    assert taken(turns) == ["first", "second"]


def test_what_nobody_waits_for_is_painted_from_its_newest_end() -> None:
    """And where there is no room the oldest goes: it is of a release that has passed."""
    turns = Turns(10, 3)
    wishes = [job(f"late{number}", LATE) for number in range(4)]
    lost = [gone.ask.name for wish in wishes for gone in turns.add(wish, "")]
    put_off = job("put off")
    turns.add(put_off, "box")
    turns.later(put_off)
    assert lost == ["late0"] and len(turns) == 4
    assert taken(turns) == ["put off", "late3", "late2", "late1"] and not len(turns)
