"""Text is broken as GB/T 15834 and UAX #14 say, and nothing of it is lost."""

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from channel.screen.breaking import NEVER_FIRST, NEVER_LAST, cut, wrap
from channel.screen.fonts import WIDER, width

WORDS = st.text("闵行区公交车，。、；：？！（）《》“”…—·0123456789.:-%abcXYZ 元分钟℃", min_size=1, max_size=120)


@given(text=WORDS, limit=st.integers(200, 900), size=st.sampled_from([24, 30, 42]))
@settings(max_examples=150, deadline=None)
def test_lines_hold_the_whole_text_in_order(text: str, limit: int, size: int) -> None:
    """Joined again, the lines are the text, but for spaces at the breaks."""
    lines = wrap(text, limit, size, "regular")
    assert "".join(lines).replace(" ", "") == text.replace(" ", "").replace("\n", "")


@given(text=WORDS, limit=st.integers(200, 900))
@settings(max_examples=150, deadline=None)
def test_lines_fit_even_in_a_wider_font(text: str, limit: int) -> None:
    """No line is wider than its box when every glyph is 8 % wider than ours."""
    for line in wrap(text, limit, 30, "regular"):
        assert width(line, 30, "regular") * WIDER <= limit + 2


@given(text=st.text("闵行区公交车站医院，。、；：？！（）《》“”", min_size=30, max_size=160))
@settings(max_examples=150, deadline=None)
def test_marks_keep_to_their_side(text: str) -> None:
    """A closing mark never starts a line, unless the text has nothing but marks there."""
    lines = wrap(text, 700, 30, "regular")
    for above, line in pairwise(lines):
        tail = above[-8:] + line[:8]
        if any(c not in NEVER_FIRST and c not in NEVER_LAST for c in above[-6:]) and line[0] in NEVER_FIRST:
            assert all(c in NEVER_FIRST for c in tail[-7:]), (above, line)


@pytest.mark.parametrize(
    ("text", "whole"),
    [
        ("本次活动从下午两点开始持续到傍晚大约需要 36 分钟才能走完全程", "36 分钟"),
        ("空气中细颗粒物的浓度昨天夜里一度升高到了 128 微克/立方米以上", "128 微克/立方米"),
        ("有任何问题都请在工作时间拨打社区服务站的电话 021-5550 0112 咨询", "021-5550 0112"),
        ("请各位居民相互转告并在截止日期前也就是 2026年11月30日 之前办理", "2026年11月30日"),
        ("居民可以在每天早上的 6:30–8:30 到附近的社区食堂用早餐", "6:30–8:30"),
        ("有关服务的说明都写在政府网站的页面上请看 www.shmh.gov.cn 的公告", "www.shmh.gov.cn"),
    ],
)
def test_numbers_dates_and_words_stay_whole(text: str, whole: str) -> None:
    """What is read as one is not cut, whatever the width of the column."""
    for limit in range(360, 760, 20):
        assert any(whole in line for line in wrap(text, limit, 30, "regular")), limit


def test_a_last_line_is_never_one_han() -> None:
    """One Han alone on the last line takes a companion with it."""
    for length in range(20, 70):
        lines = wrap("闵" * length, 728, 30, "regular")
        assert len(lines) == 1 or len(lines[-1]) > 1


def test_a_word_longer_than_the_line_is_cut_not_lost() -> None:
    """Five thousand letters without a space become lines, and every letter is there."""
    lines = wrap("a" * 5000, 728, 30, "regular")
    assert "".join(lines) == "a" * 5000
    assert all(width(line, 30, "regular") * WIDER <= 730 for line in lines)


def test_one_line_ends_in_an_ellipsis_without_a_comma_before_it() -> None:
    """A title too long for its row ends in an ellipsis, and not in a comma and an ellipsis."""
    line = cut("沪闵路顾戴路口周六夜间施工，请绕行", 480, 30, "medium")
    assert line.endswith("…") and line[-2] not in "，、（"
    assert cut("短标题", 480, 30, "medium") == "短标题"
