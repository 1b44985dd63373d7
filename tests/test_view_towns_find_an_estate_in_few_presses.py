"""Page 109: from a town of a hundred estates to any of them, by the letters of their names."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import msgspec
import pytest
from view_inputs import content, page

from channel.estates import Estate, Estates
from channel.views._names import initial, letters, order
from channel.views.content import Entry, Index
from channel.words import Say

COLUMNS = 3
FIRST, SECOND = "闵颛漕莘爱宝春东富高华景康龙梅南浦七荣水天万新银中", "城苑园庭里"
NAMES = [f"{first}{second}" for first in FIRST for second in SECOND]


def _presses(entries: Sequence[Entry], number: int) -> int:
    """Arrows to an entry of an index, and OK: what has room in one column stands in one."""
    return number + 1 if len(entries) <= 7 else number // COLUMNS + number % COLUMNS + 1


@pytest.mark.parametrize("count", [3, 24, 25, 118])
def test_any_estate_is_at_most_twelve_presses_from_its_town(count: int) -> None:
    named = {"town": "梅陇镇", "lon": None, "lat": None, "area_code": ""}
    estates = Estates([msgspec.convert({"id": f"mh{n:04d}", "name": NAMES[n], **named}, Estate) for n in range(count)])
    made = content(page("towns", "109", layout="index", scope="district"), {}, estates=estates)
    items = {f"109.{item.id}": item.body for item in made.items}
    body = made.body
    assert isinstance(body, Index)
    town = items[body.entries[0].to]
    assert isinstance(town, Index)
    found: dict[str, int] = {}
    for number, entry in enumerate(town.entries):
        if entry.to.startswith("@"):
            found[entry.to] = _presses(town.entries, number)
            continue
        part = items[entry.to]
        assert isinstance(part, Index)
        for place, estate in enumerate(part.entries):
            found[estate.to] = _presses(town.entries, number) + _presses(part.entries, place)
    assert len(found) == count and max(found.values()) <= 12


def test_a_letter_stands_in_one_part_of_a_town() -> None:
    """Nobody has to guess which of two parts a letter is in; one with very many names says from which on."""
    names = [*NAMES, *(f"{first}{number}村" for first in "新松" for number in range(18))]
    named = {"town": "梅陇镇", "lon": None, "lat": None, "area_code": ""}
    estates = [msgspec.convert({"id": f"mh{n:04d}", "name": name, **named}, Estate) for n, name in enumerate(names)]
    made = content(page("towns", "109", layout="index", scope="district"), {}, estates=Estates(estates))
    town = next(item.body for item in made.items if item.title == "梅陇镇")
    assert isinstance(town, Index)
    labels = [entry.label for entry in town.entries]
    assert labels.count("X") > 1, "a letter of so many names is divided"
    ends = [(label[0], label[-1]) for label in dict.fromkeys(labels)]
    assert all(before[1] < after[0] for before, after in itertools.pairwise(ends)), labels


def test_names_stand_under_the_letter_that_people_look_for() -> None:
    """Rare characters of local names too; what begins with no letter comes first."""
    names = ("闵行", "颛桥", "漕宝", "莘庄", "A区", "108弄")
    say = Say("zh_Hans")
    assert [initial(name, say) for name in names] == ["M", "Z", "C", "X", "A", "#"]
    ordered = ["108弄", "安宁", "闵行", "颛桥"]
    assert sorted(["颛桥", "安宁", "108弄", "闵行"], key=lambda name: order(name, say)) == ordered


def test_another_language_has_its_own_letters(monkeypatch: pytest.MonkeyPatch) -> None:
    """No Pinyin: marks are no letters of their own but where the alphabet has them, and each alphabet has its order."""
    english, greek, ukrainian = Say("en"), Say("en"), Say("en")
    context = ("the letters of the alphabet in their order", "ABCDEFGHIJKLMNOPQRSTUVWXYZ")
    for say, alphabet in (
        (greek, "ΑΒΓΔΕΖΗΘΙΚΛΜΝΞΟΠΡΣΤΥΦΧΨΩ"), (ukrainian, "АБВГҐДЕЄЖЗИІЇЙКЛМНОПРСТУФХЦЧШЩЬЮЯ"),
    ):  # fmt: skip
        monkeypatch.setattr(say, "_forms", {**say._forms, context: (alphabet,)})
    ordered = ["108 Steps", "Abbey Road", "Ábbot", "Óbidos", "Old Town", "Olden", "Zoo"]
    assert sorted(set(ordered), key=lambda name: order(name, english)) == ordered
    assert [initial(name, english) for name in ("Óbidos", "重庆", "9th", "")] == ["O", "重", "#", "#"]
    assert letters("Άλιμος", "Ώρα", greek) == "Α–Ω"
    ordered = ["Гай", "Ґанок", "Європа", "Зоря", "Іва", "Їжак", "Йод", "Кий"]
    assert sorted(set(ordered), key=lambda name: order(name, ukrainian)) == ordered
