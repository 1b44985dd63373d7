"""An alert reaches the estates that its area contains, as loud as it is severe, until it is replaced or has expired."""

from __future__ import annotations

import json

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from screens import compose_body
from view_inputs import ESTATES, HOME, LOST, MORNING, SAY, SETTINGS, SOUTH, at, content, page, snapshot

from channel.screen.pieces import Text
from channel.views._areas import code_prefix, estates_in, in_polygon
from channel.views._warnings import steps
from channel.views.alerts import MOST_BYTES, alert_answers
from channel.views.content import Alert as Body
from channel.views.content import Article
from feeds.records import Alert, Area

BOX = ((121.3, 31.05), (121.45, 31.05), (121.45, 31.2), (121.3, 31.2), (121.3, 31.05))
"""Contains HOME and not SOUTH."""


def alert(ident: str = "a1", severity: str = "Severe", **changes: object) -> Alert:
    given = {"status": "Actual", "message": "Alert", "event": "大风", "headline": "大风红色预警", "sent": at("08:00"),
             "areas": (Area(description="莘庄镇", polygons=(BOX,)),), "expires": at("18:00"), **changes}  # fmt: skip
    return Alert(id=ident, identifier=ident, sender="qx@mh", severity=severity, **given)  # type: ignore[arg-type]


def levels(*alerts: Alert, moment: object = MORNING, drills: bool = False) -> dict[str, str]:
    settings = msgspec.structs.replace(SETTINGS, drills=drills)
    answers, _ = alert_answers([snapshot(alerts)], ESTATES, moment, settings, SAY)  # type: ignore[arg-type]
    return {estate: json.loads(body)["level"] for estate, body in answers.items()}


@pytest.mark.parametrize(
    ("severity", "level"),
    [("Extreme", "takeover"), ("Severe", "takeover"), ("Moderate", "strip"), ("Minor", "strip"), ("Unknown", "strip")],
)
def test_severe_takes_over_where_it_holds_and_lesser_is_a_strip(severity: str, level: str) -> None:
    found = levels(alert(severity=severity))
    assert found[HOME.id] == level
    assert found[SOUTH.id] == "none"
    assert found["district"] == "strip"


def test_an_estate_without_coordinates_is_where_its_town_is() -> None:
    assert levels(alert())[LOST.id] == "takeover"


@pytest.mark.parametrize(
    ("area", "reached"),
    [
        (Area(circles=((121.42, 31.0, 2.0),)), {"mh0002"}),
        (Area(geocodes=(("行政区划", "310112003000"),)), {"mh0002"}),
        (Area(geocodes=(("行政区划", "310112000000"),)), {"mh0001", "mh0002", "mh0003"}),
        (Area(geocodes=(("行政区划", "310000"),)), {"mh0001", "mh0002", "mh0003"}),
        (Area(geocodes=(("行政区划", "320000"), ("SAME", "006109"))), set()),
        (Area(description="江川路街道沿江"), {"mh0002"}),
        (Area(description="全区"), {"mh0001", "mh0002", "mh0003"}),
    ],
)
def test_areas_are_polygons_circles_codes_or_words(area: Area, reached: set[str]) -> None:
    assert estates_in((area,), ESTATES) == reached


def test_everywhere_takes_the_unknown_box_over_too() -> None:
    assert set(levels(alert(areas=(Area(description="闵行区"),))).values()) == {"takeover"}
    assert set(levels(alert(areas=())).values()) == {"takeover"}


def test_update_and_cancel_follow_and_expiry_ends_it() -> None:
    reference = "qx@mh,a1,2026-11-24T08:00:00+08:00"
    update = alert("a2", "Minor", message="Update", references=(reference,), sent=at("08:05"))
    cancel = alert("a3", message="Cancel", references=("qx@mh,a2,2026-11-24T08:05:00+08:00",), sent=at("08:10"))
    assert levels(alert(), update)[HOME.id] == "strip"
    assert set(levels(alert(), update, cancel).values()) == {"none"}
    assert levels(alert(), update, cancel, moment=at("08:07"))[HOME.id] == "strip"
    assert set(levels(alert(), moment=at("18:00")).values()) == {"none"}


def test_drills_never_reach_a_box_unless_the_channel_says_so() -> None:
    drill = alert(status="Exercise")
    assert set(levels(drill).values()) == {"none"}
    assert levels(drill, drills=True)[HOME.id] == "takeover"
    drills = msgspec.structs.replace(SETTINGS, drills=True)
    answers, _ = alert_answers([snapshot([drill])], ESTATES, MORNING, drills, SAY)
    assert json.loads(answers[HOME.id])["text"].startswith("【演练】")


def test_a_drill_cannot_cancel_a_real_alert() -> None:
    reference = ("qx@mh,a1,2026-11-24T08:00:00+08:00",)
    drill = alert("a9", message="Cancel", status="Exercise", references=reference, sent=at("08:05"))
    assert levels(alert(), drill, drills=True)[HOME.id] == "takeover"


def test_answers_change_when_an_alert_begins_or_ends() -> None:
    later = alert("a2", effective=at("09:00"), expires=at("10:00"))
    answers, turn = alert_answers([snapshot([alert(), later])], ESTATES, MORNING, SETTINGS, SAY)
    assert turn == at("09:00")
    assert json.loads(answers[HOME.id])["id"] == "a1"
    assert alert_answers([], ESTATES, MORNING, SETTINGS, SAY)[1] is None


def test_all_that_take_over_are_named_and_the_loudest_speaks() -> None:
    """A Severe that comes while an Extreme holds is another answer, though it says the same."""
    loud, joined = alert("a1", "Extreme", headline="撤离"), alert("a2", "Severe", sent=at("08:10"))
    heard = snapshot([loud, joined, alert("a3", "Minor")])
    told = json.loads(alert_answers([heard], ESTATES, MORNING, SETTINGS, SAY)[0][HOME.id])
    assert (told["id"], told["text"], told["level"]) == ("a1 a2", "撤离", "takeover")


def test_an_alert_without_expires_ends_by_the_sources_policy() -> None:
    """The answer changes by itself when the source's ``lasts`` is over."""
    endless = alert(expires=None, lapses=at("17:00"))
    answers, turn = alert_answers([snapshot([endless])], ESTATES, MORNING, SETTINGS, SAY)
    assert json.loads(answers[HOME.id])["level"] == "takeover" and turn == at("17:00")
    assert set(levels(endless, moment=at("17:00")).values()) == {"none"}


def test_an_update_of_no_readable_date_is_shown_without_one() -> None:
    """Its page says what it says, and nothing of when it was sent."""
    update = alert(message="Update", sent=None, expires=None, references=("qx@mh,a0,",))
    made = content(page("alerts", "900", title="应急发布", layout="alert"), {"alerts": [update]})
    assert isinstance(made.body, Body) and made.body.headline == "大风红色预警" and made.body.times == ""
    assert len(made.items) == 1


@given(st.text(max_size=600), st.sampled_from(["Severe", "Minor"]))
def test_an_answer_is_at_most_400_bytes_of_json(headline: str, severity: str) -> None:
    heard = [snapshot([alert(severity=severity, headline=headline)])]
    answers, _ = alert_answers(heard, ESTATES, MORNING, SETTINGS, SAY)
    for body in answers.values():
        assert len(body) <= MOST_BYTES
        assert set(json.loads(body)) in ({"id", "level", "text", "page"}, {"id", "level", "mark", "text", "do", "page"})


def test_the_page_says_what_holds_here_and_lists_the_rest() -> None:
    said = "1. 不出门\n2. 收好花盆\n3. 关窗\n4. 其他"
    gale = alert(description="阵风 12 级以上，请留在室内。预计夜里减弱。", instruction=said)
    fog = alert("a2", "Minor", headline="大雾黄色预警")
    made = content(page("alerts", "900", title="应急发布", layout="alert"), {"alerts": [fog, gale]})
    assert isinstance(made.body, Body)
    assert made.body.headline == "大风红色预警" and made.body.severity == "severe"
    assert made.body.order == "阵风 12 级以上，请留在室内"
    assert made.body.actions == ("不出门", "收好花盆", "关窗") and made.body.more == 1
    assert made.body.area == "莘庄镇" and made.body.times == "今天 08:00 到 18:00"
    assert [entry.label for entry in made.body.others] == ["大雾黄色预警"]
    assert {item.id for item in made.items} == {"a1", "a2"}
    assert made.valid_until == at("18:00")


def test_every_warning_is_reached_from_one_to_the_next() -> None:
    """Page 900 has room for two; with three in force the third is a key away, and each says which of how many it is."""
    found = [alert(f"a{n}", "Minor", headline=f"第{n}条") for n in range(4)]
    made = content(page("alerts", "900", layout="alert"), {"alerts": found})
    ways = {item.id: item.green.to if item.green else "" for item in made.items}
    assert isinstance(made.body, Body)
    seen = [made.body.to.removeprefix("900.")]
    while ways[seen[-1]]:
        seen.append(ways[seen[-1]].removeprefix("900."))
    assert sorted(seen) == ["a0", "a1", "a2", "a3"]
    assert [item.place for item in made.items] == ["1/4", "2/4", "3/4", "4/4"]


def test_the_whole_text_numbers_the_steps_that_the_page_has_no_room_for() -> None:
    """Page 900 says how many more there are: they are found by their numbers."""
    given = alert(instruction="一、关窗\n二、收衣\n三、不出门\n四、照看老人")
    made = content(page("alerts", "900", layout="alert"), {"alerts": [given]}, estate=HOME)
    assert isinstance(made.body, Body) and (len(made.body.actions), made.body.more) == (3, 1)
    (whole,) = [item.body for item in made.items if item.id == given.id]
    assert isinstance(whole, Article)
    numbered = [line for line in whole.paragraphs if line[0].isdigit()]
    assert numbered == ["1. 关窗", "2. 收衣", "3. 不出门", "4. 照看老人"]


def test_no_alert_is_a_sentence() -> None:
    made = content(page("alerts", "900", layout="alert"), {"alerts": [alert()]}, estate=SOUTH)
    assert isinstance(made.body, Body) and made.body.headline == ""
    assert made.body.empty is not None and made.body.empty.sentence == "现在没有生效的预警"


def test_one_line_of_instruction_is_split_at_its_sentences() -> None:
    assert steps("不出门。关紧门窗；照看老人！再见。") == ("不出门", "关紧门窗", "照看老人", "再见")
    assert steps("") == ()


@pytest.mark.parametrize(
    ("code", "prefix"),
    [("310112101000", "310112101"), ("310112000", "310112"), ("310112", "310112"), ("310100", "3101"), ("31", ""),
     ("0x31", ""), ("310112101001", "310112101001")],
)  # fmt: skip
def test_codes_are_cut_to_the_part_that_says_something(code: str, prefix: str) -> None:
    assert code_prefix(code) == prefix


@given(st.floats(121, 122), st.floats(30, 32))
def test_a_rectangle_contains_what_lies_between_its_sides(lon: float, lat: float) -> None:
    inside = bool(in_polygon(np.array([[lon, lat]]), BOX)[0])
    if 121.3 < lon < 121.45 and 31.05 < lat < 31.2:
        assert inside
    if lon < 121.3 or lon > 121.45 or lat < 31.05 or lat > 31.2:
        assert not inside
def test_each_of_many_alerts_is_reached_from_the_page() -> None:
    """The page has room for two; from there one leads to the next, and it says on every canvas how many there are."""
    found = [alert(f"a{n}", "Moderate", headline="大雾黄色预警信号") for n in range(5)]
    made = content(page("alerts", "900", title="应急发布", layout="alert"), {"alerts": found})
    assert isinstance(made.body, Body) and len(made.body.others) == 4
    items = {f"900.{item.id}": item for item in made.items}
    reached, ahead = set(), [made.body.to, made.body.others[0].to]
    while ahead:
        to = ahead.pop()
        if to not in reached:
            reached.add(to)
            ahead += [key.to for key in (items[to].red, items[to].green) if key]
    assert reached == set(items) and len(reached) == 5
    for scale in ("hd", "large", "sd", "sd530"):
        (screen,) = compose_body("alert", made.body, scale)
        assert any("共 5 条" in piece.text for piece in screen.pieces if isinstance(piece, Text)), scale
