"""``channel explain 900``: for every warning a sentence on why it is or is not in force at an estate."""

from __future__ import annotations

from datetime import datetime

from cap_help import NOON, SENDER, area, at, info, message, names, read
from view_inputs import ESTATES, HOME, SAY

from broadcaster.tools.warned import told
from channel.estates import Estate

HERE = area("<circle>31.11,121.38 2</circle>")
THERE = area("<circle>31.0,121.42 2</circle>")
UNTIL = f"<expires>{at('20:00')}</expires>"
SAID = [
    message("here", "Alert", info(areas=HERE, more=UNTIL)),
    message("less", "Alert", info("霜", "Minor", areas=HERE, more=UNTIL)),
    message("there", "Alert", info(areas=THERE)),
    message("old", "Alert", info(more=f"<expires>{at('11:00')}</expires>")),
    message("soon", "Alert", info(more=f"<effective>{at('15:00')}</effective>")),
    message("drill", status="Exercise"),
    message("early", sent=at("18:00")),
    message("gone"),
    message("changed"),
    message("cancel", "Cancel", sent=at("09:00"), references=names("gone")),
    message("update", "Update", info(areas=HERE), sent=at("10:00"), references=names("changed")),
    message("other", "Cancel", sent=at("09:00"), sender="x@example.cn", references=names("here")),
    message("long ago", sent=at("08:00", 25)),
    message("broken", "Alert", info(areas=area("<polygon>x</polygon>"))),
]


def reasons(estate: Estate | None = HOME, moment: datetime = NOON, drills: bool = False) -> dict[str, str]:
    facts = told(read(*SAID), moment, estate, ESTATES, SAY, drills=drills)
    assert len(facts) == len(SAID)
    return {name.split(" ")[1]: sentence for name, sentence in facts}


def test_every_warning_has_its_reason() -> None:
    """In force and how loud, behind which other, elsewhere, ended by whom, over, ahead, a drill."""
    found = reasons()
    expected = {
        "here": "listed only (Severe; 2 of 3 estates, 1 shapes and codes): a box shows Update update",
        "update": "in force: takeover (Severe; 2 of 3 estates",
        "less": "listed only (Minor",
        "there": "in force, but not here: 1 of 3 estates",
        "old": "expired 2026-11-29 11:00:00",
        "soon": "takes effect 2026-11-29 15:00:00",
        "drill": "its status is Exercise",
        "early": "dated ahead, 2026-11-29 18:00:00",
        "gone": "cancelled by Cancel cancel, sent 2026-11-29 09:00:00",
        "changed": "updated by Update update",
        "cancel": f"ends {SENDER},gone,",
        "long": "it has no expires (options.lasts)",
        "broken": "1 shapes unreadable",
    }
    assert {name: sentence for name, sentence in expected.items() if sentence not in found[name]} == {}
    assert "Cancel other names it and may not end it: its sender is x@example.cn" in found["here"]
    assert "expires 2026-11-29 20:00:00" in found["here"]


def test_a_box_of_no_estate_has_reasons_of_its_own() -> None:
    """What holds somewhere is a strip for it; a drill counts where the channel lets drills in."""
    assert "strip" in reasons(None)["there"] or "listed only" in reasons(None)["there"]
    assert "in force" in reasons(drills=True)["drill"]
