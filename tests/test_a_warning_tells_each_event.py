"""A message of several events and languages: each event is told once, with its own areas, level and times."""

from __future__ import annotations

from typing import Any

import pytest
from cap_help import NOON, area, at, feed, info, message, problems, read
from feeding import parse, sample, source

from feeds.alerts import in_force
from feeds.formats import Document
from feeds.formats import cap as cap_format
from feeds.records import stable_id

NORTH = area("<polygon>31.1,121.3 31.1,121.5 31.2,121.5 31.1,121.3</polygon>", "北")
SOUTH = area("<polygon>31.0,121.3 31.0,121.5 31.05,121.5 31.0,121.3</polygon>", "南")
NOWHERE = ""
CODE = "<eventCode><valueName>GB/T</valueName><value>11B03</value></eventCode>"


def events(*infos: str, **options: object) -> list[tuple[str, str, str]]:
    """(event, severity, where) of each record."""
    found = read(message("X1", "Alert", *infos), **options)
    assert len({alert.id for alert in found}) == len(found)
    return [(a.event, a.severity, "、".join(part.description for part in a.areas)) for a in found]


@pytest.mark.parametrize(
    ("infos", "told"),
    [
        # One language: events, and one event at two levels; parts that say the same are one.
        ([info(areas=NORTH), info("暴雨", "Extreme", areas=SOUTH)],
         [("大风", "Severe", "北"), ("暴雨", "Extreme", "南")]),
        ([info(areas=NORTH), info("大风", "Minor", areas=SOUTH)],
         [("大风", "Severe", "北"), ("大风", "Minor", "南")]),
        ([info(areas=NORTH), info(areas=SOUTH)], [("大风", "Severe", "北、南")]),
        ([info(areas=NORTH), info(areas=NORTH)], [("大风", "Severe", "北")]),
        # Two languages of one event.
        ([info("Wind", language="en-US"), info()], [("大风", "Severe", "甲")]),
        ([info("Wind", language=""), info(language="ZH_hans_cn")], [("大风", "Severe", "甲")]),
        ([info("Wind", language="en"), info(areas=NOWHERE)], [("大风", "Severe", "甲")]),
        ([info("Wind", "Minor", language="en", more=CODE), info("大风", "Minor", more=CODE)],
         [("大风", "Minor", "甲")]),
        ([info("Wind", language="en", areas=area(words="A")), info()], [("大风", "Severe", "甲")]),
        ([info("颱風", language="zh-TW"), info("台风")], [("台风", "Severe", "甲")]),
        ([info(areas=NORTH + SOUTH), info("Wind", language="en", areas=NORTH),
          info("Wind", language="en", areas=SOUTH)], [("大风", "Severe", "北、南")]),
        # An event that only another language tells is told in that.
        ([info(), info("Wind", language="en"), info("Rain", "Minor", language="en")],
         [("大风", "Severe", "甲"), ("Rain", "Minor", "甲")]),
        ([info(), info("Wind", language="en"), info("Rain", language="en")],
         [("大风", "Severe", "甲"), ("Rain", "Severe", "甲")]),
        ([info(areas=NORTH), info("Wind", language="en", areas=SOUTH)],
         [("大风", "Severe", "北"), ("Wind", "Severe", "南")]),
        ([info("Wind", language="en"), info("Vent", language="fr")], [("Wind", "Severe", "甲")]),
        ([info(), info("Gan", language="zha")], [("大风", "Severe", "甲")]),
        # Events in two languages, in any order.
        ([info("Rainstorm", "Extreme", language="en"), info("Wind", language="en"), info("暴雨", "Extreme"), info()],
         [("暴雨", "Extreme", "甲"), ("大风", "Severe", "甲")]),
    ],
)  # fmt: skip
def test_each_event_is_told_once_in_the_channels_language(infos: list[str], told: list[tuple[str, str, str]]) -> None:
    """No event vanishes, none is told twice, and no level is told to another's areas."""
    assert events(*infos) == told


def test_another_language_may_be_the_channels() -> None:
    both = [info("Rain", language="en-GB"), info("暴雨")]
    assert events(*both, language="en") == [("Rain", "Severe", "甲")]
    assert events(*both, language="zh-Hans-CN") == [("暴雨", "Severe", "甲")]


def test_a_time_that_only_another_language_gives_is_the_events() -> None:
    end = f"<expires>{at('20:00')}</expires>"
    (found,) = read(message("X1", "Alert", info("Wind", language="en", more=end), info()))
    assert found.event == "大风" and found.expires is not None


def test_the_sample_of_two_events_is_two_warnings() -> None:
    """A gale and a rainstorm, the storm in English too."""
    found: Any = parse("cap", sample("tries", "cap_two_events.xml").read_bytes(), moment=NOON).records
    assert [(a.event, a.severity) for a in found] == [("大风", "Severe"), ("暴雨", "Extreme")]


def test_ids_are_stable() -> None:
    """One event bears the message's id as ever; several bear ids of their own, whatever their order."""
    (one,) = read(message("X1"))
    assert one.id == stable_id(one.sender, "X1", at("08:00"))
    parts = [info(areas=NORTH), info("大风", "Minor", areas=SOUTH), info("暴雨")]
    forth, back = (
        {(a.event, a.severity): a.id for a in read(message("X1", "Alert", *order))} for order in (parts, parts[::-1])
    )
    assert len(forth) == len(set(forth.values())) == 3
    assert forth[("暴雨", "Severe")] == back[("暴雨", "Severe")]


def test_a_reference_ends_every_event_of_a_message() -> None:
    cancel = message("X2", "Cancel", sent=at("09:00"), references="X1")
    assert in_force(read(message("X1", "Alert", info(), info("暴雨")), cancel), NOON) == []


def test_an_event_that_is_broken_costs_only_itself() -> None:
    """One info without a level is quarantined; the other event of the message is told."""
    parts = message("X1", "Alert", info("雪", "High"), info("暴雨"))
    assert [alert.event for alert in read(parts)] == ["暴雨"]
    assert ["severity" in reason for reason in problems(parts)] == [True]


def test_long_words_silence_no_warning() -> None:
    """A list of numbers longer than its field, or a thousand areas, keeps nothing off air."""
    many = "".join(area(words=f"村{n}") for n in range(1200))
    contact = f"<contact>{'021-5550 0112 ' * 40}</contact>"
    (found,) = read(message("X1", "Alert", info("风" * 300, more=contact, areas=many)))
    assert len(found.areas) == 1200 and len(found.contact) == 200 and len(found.event) == 200


def test_words_of_areas_are_cleaned() -> None:
    """What moves other text on the screen is gone from the words of an area and its codes."""
    code = "<geocode><valueName>a\u202eb</valueName><value>31\u200b0112</value></geocode>"
    (found,) = read(message("X1", "Alert", info(areas=area(code, "甲\u202e乙\u0085"))))
    assert (found.areas[0].description, found.areas[0].geocodes) == ("甲乙", (("ab", "310112"),))


def test_the_newest_links_of_an_index_are_asked_and_the_rest_is_counted() -> None:
    """An index of thousands that lists the oldest first does not hide today's."""
    entries = "".join(
        f"<entry><updated>2026-11-{n:02}T08:00:00Z</updated><link href='{n}.cap'/></entry>" for n in range(1, 29)
    )
    index = Document(url="http://e.org/i", body=f'<feed xmlns="http://www.w3.org/2005/Atom">{entries}</feed>'.encode())
    one = source("cap", options={"max_links": 3})
    assert [url.rpartition("/")[2] for url in cap_format.links([index], one)] == ["28.cap", "27.cap", "26.cap"]
    assert "25 older alerts were not asked for" in cap_format.parse([index], one, NOON).problems[-1].reason


def test_an_entry_may_hold_several_messages_and_a_message_may_be_listed_twice() -> None:
    """Each counts once, and a second listing is no fault."""
    body = feed(message("X1") + message("X2"), message("X1")).encode()
    parsed = cap_format.parse([Document(url="u", body=body)], source("cap"), NOON)
    assert (len(parsed.records), parsed.total, parsed.problems) == (2, 2, ())


def test_hundreds_of_infos_end_soon() -> None:
    """Blocks beyond five hundred are left out with a word."""
    many = [info(f"事{n}", language="zh" if n % 2 else "en", areas=NORTH) for n in range(700)]
    parts = message("X1", "Alert", *many)
    assert 250 <= len(read(parts)) <= 500
    assert any("500 info blocks" in reason for reason in problems(parts))
