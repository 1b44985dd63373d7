"""RSS of every age, RDF and Atom, well-formed or not, in any Chinese encoding, become the same articles."""

from __future__ import annotations

import contextlib
from datetime import UTC, datetime
from typing import Any

import pytest
from feeding import parse, sample, samples

from feeds.base.errors import FormatError
from feeds.formats.rss import headline
from feeds.records import Article

RSS = """<?xml version="1.0" encoding="{label}"?><rss version="2.0"><channel><title>闵行</title>
<link>http://example.org/news/</link><lastBuildDate>Tue, 24 Nov 2026 08:00:00 +0800</lastBuildDate>
<item><title>莘庄镇开放便民服务点</title><link>/a/1.html</link><guid isPermaLink="false">urn:1</guid>
<pubDate>Tue, 24 Nov 2026 07:30:00 +0800</pubDate><category>通知</category>
<description>&lt;p&gt;第一段。&lt;/p&gt;&lt;p&gt;第二段。&lt;/p&gt;</description></item>
<item><title>没有标识的一条</title><link>http://example.org/a/2.html</link></item></channel></rss>"""


def articles(body: bytes | str, **more: Any) -> list[Any]:
    return list(parse("rss", body, **more).records)


@pytest.mark.parametrize(
    ("label", "codec"),
    [
        ("utf-8", "utf-8"), ("gb2312", "gb18030"), ("gbk", "gbk"), ("gb18030", "gb18030"), ("utf-8", "utf-8-sig"),
        ("utf-16", "utf-16"), ("utf-8", "gbk"), ("gb2312", "utf-8"), ("iso-8859-1", "gb18030"), ("nonsense", "gbk"),
        ("big5", "gb18030"),
    ],
)  # fmt: skip
def test_the_bytes_decide_when_the_label_lies(label: str, codec: str) -> None:
    """Every pairing of label and real encoding gives the same articles with the same ids."""
    parsed = parse("rss", RSS.format(label=label).encode(codec))
    first = parsed.records[0]
    assert isinstance(first, Article)
    assert (first.title, first.tag) == ("莘庄镇开放便民服务点", "通知")
    assert first.body == "第一段。\n第二段。"
    assert first.summary == "第一段。 第二段。"
    assert first.link == "http://example.org/a/1.html"
    assert first.published == datetime(2026, 11, 23, 23, 30, tzinfo=UTC)
    assert parsed.updated == datetime(2026, 11, 24, tzinfo=UTC)
    assert [r.id for r in parsed.records] == [r.id for r in parse("rss", RSS.format(label="utf-8")).records]


def test_big5_is_read() -> None:
    """A Big5 feed, labelled or not, keeps its traditional characters."""
    body = (
        RSS.format(label="big5")
        .replace("莘庄镇开放便民服务点", "臺北市政府開放服務據點與圖書館")
        .encode("big5hkscs", "replace")
    )
    assert articles(body)[0].title == "臺北市政府開放服務據點與圖書館"
    assert articles(body.replace(b'encoding="big5"', b""))[0].title == "臺北市政府開放服務據點與圖書館"


@pytest.mark.parametrize("path", samples("rss"), ids=lambda path: path.name)
def test_real_feeds_are_read(path: Any) -> None:
    """Every feed that somebody really published gives its items, without mojibake."""
    found = articles(path.read_bytes())
    expected = {
        "14.blog.westca.com.xml": 4, "atom10.xml": 1, "big5.xml": 0, "cnblog.org.xml": 16, "coverer.com.xml": 15,
        "gb2312.xml": 1, "http_application_atom_xml_gb2312_encoding.xml": 0, "rss20.xml": 1, "w3cn.org.xml": 20,
    }  # fmt: skip
    assert len(found) == expected[path.name]
    assert "\ufffd" not in "".join(article.title + article.body for article in found)


def test_a_real_gb2312_feed_without_any_label_is_read() -> None:
    """The shortest hard case: six words of GB 2312 and no declaration."""
    assert articles(sample("rss", "gb2312.xml").read_bytes())[0].title == "不归移民漫画系列：专业工作"


def test_ids_survive_a_new_snapshot() -> None:
    """An item keeps its id when its text, its date or its place in the feed changes."""
    before = parse("rss", RSS.format(label="utf-8")).records
    changed = RSS.format(label="utf-8").replace("第一段", "改过的一段").replace("07:30", "07:45")
    items = changed.split("<item>")
    swapped = items[0] + "<item>" + items[2].replace("</channel></rss>", "") + "<item>" + items[1] + "</channel></rss>"
    after = parse("rss", swapped).records
    assert {r.id for r in before} == {r.id for r in after}
    assert all(len(r.id) <= 24 and r.id.isalnum() for r in after)


def test_atom_is_read() -> None:
    """Atom's text, HTML and XHTML constructs, its categories and its base addresses."""
    feed = """<feed xmlns="http://www.w3.org/2005/Atom" xml:base="http://example.org/x/">
    <updated>2026-11-24T00:00:00Z</updated>
    <entry><id>tag:1</id><title type="html">&lt;b&gt;粗&lt;/b&gt;体</title>
    <link href="one"/><link rel="self" href="no"/>
    <published>2026-11-23T10:00:00+08:00</published><category term="t" label="公告"/>
    <content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p>甲</p><p>乙 &lt;3</p></div></content></entry>
    <entry><id>tag:2</id><title type="text">1 &lt; 2</title>
    <summary type="text">a &lt;b&gt; c</summary></entry></feed>"""
    first, second = articles(feed)
    assert (first.title, first.link, first.tag, first.body) == ("粗体", "http://example.org/x/one", "公告", "甲\n乙 <3")
    assert (second.summary, second.published) == ("a <b> c", None)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("<title>闵行</title>", "<title>闵行 & 莘庄&nbsp;&copy;</title>"),
        ("</channel></rss>", ""),
        ("第二段", "第\x00二\x0b段"),
        ("<link>http://example.org/news/</link>", "<link>http://example.org/news/<link>"),
        ("第二段", "&#0;&#xFFFF;第二段"),
        ("</guid>", "</giud>"),
    ],
    ids=["entities", "truncated", "controls", "unclosed", "illegal-reference", "misspelt-end"],
)
def test_an_ill_formed_feed_still_gives_its_items(old: str, new: str) -> None:
    """What can be mended is used, and the fault is reported."""
    parsed = parse("rss", RSS.format(label="utf-8").replace(old, new))
    assert parsed.records[0].title == "莘庄镇开放便民服务点"  # type: ignore[union-attr]
    assert "not well-formed" in parsed.problems[0].reason


def test_a_truncated_item_does_not_pass_for_a_whole_one() -> None:
    """The items before the break are used; the one that broke has what came of it, or is quarantined."""
    text = RSS.format(label="utf-8")
    parsed = parse("rss", text[: text.index("没有标识")])
    assert [r.title for r in parsed.records] == ["莘庄镇开放便民服务点"]  # type: ignore[union-attr]
    assert any("title" in problem.reason for problem in parsed.problems)


@pytest.mark.parametrize(
    ("title", "shown"),
    [
        ("<![CDATA[<script>alert(1)</script>]]>", "<script>alert(1)</script>"),
        ("&lt;script&gt;alert(1)&lt;/script&gt;", "<script>alert(1)</script>"),
        ("&lt;b&gt;粗&lt;/b&gt;", "粗"),
        ("甲\u202e乙\u2066丙\x7f\u200b丁\u0085戊", "甲乙丙丁 戊"),
        ("  两\n 行\t标题 ", "两 行 标题"),
        ("é", "é"),
    ],
)
def test_a_headline_is_words_only(title: str, shown: str) -> None:
    """Markup, controls and bidirectional marks do not get past the entry."""
    assert articles(RSS.format(label="utf-8").replace("莘庄镇开放便民服务点", title))[0].title == shown


@pytest.mark.parametrize("length", [301, 600, 1_200])
def test_a_long_headline_is_shortened(length: int) -> None:
    """It ends in an ellipsis; that no screen has room for it is found where it is shown."""
    parsed = parse("rss", RSS.format(label="utf-8").replace("莘庄镇开放便民服务点", "长" * length))
    assert [r.title for r in parsed.records] == ["长" * 299 + "…", "没有标识的一条"]  # type: ignore[union-attr]


@pytest.mark.parametrize("length", [1_201, 5_000, 1_000_000])
def test_a_monstrous_headline_is_quarantined(length: int) -> None:
    """A headline of thousands of characters with no space is refused with its length, and the other item is used."""
    parsed = parse("rss", RSS.format(label="utf-8").replace("莘庄镇开放便民服务点", "长" * length))
    assert [r.title for r in parsed.records] == ["没有标识的一条"]  # type: ignore[union-attr]
    assert parsed.problems[0].position == "item 1"
    assert "at most 300" in parsed.problems[0].reason
    assert len(parsed.problems[0].value) <= 200


@pytest.mark.parametrize(
    ("written", "utc"),
    [
        ("Tue, 24 Nov 2026 08:12:00 CST", datetime(2026, 11, 24, 0, 12, tzinfo=UTC)),
        ("Tue, 24 Nov 2026 08:12:00", datetime(2026, 11, 24, 0, 12, tzinfo=UTC)),
        ("24 Nov 2026 00:12 GMT", datetime(2026, 11, 24, 0, 12, tzinfo=UTC)),
        ("2026-11-24 08:12", datetime(2026, 11, 24, 0, 12, tzinfo=UTC)),
        ("2026/11/24 8:12:00", datetime(2026, 11, 24, 0, 12, tzinfo=UTC)),
        ("2026年11月24日 8时12分", datetime(2026, 11, 24, 0, 12, tzinfo=UTC)),
        ("1795479120", datetime(2026, 11, 24, 0, 12, tzinfo=UTC)),
        ("gestern", None),
        ("2026-13-45", None),
        ("99999999999999999999", None),
    ],
)
def test_dates_are_read_as_people_write_them(written: str, utc: datetime | None) -> None:
    """Without an offset it is Asia/Shanghai; CST means China; a date that cannot be read costs only the date."""
    body = RSS.format(label="utf-8").replace("Tue, 24 Nov 2026 07:30:00 +0800", written)
    assert articles(body)[0].published == utc


def test_a_field_map_reads_other_elements() -> None:
    """``fields`` adds what the publisher puts into elements of its own."""
    body = RSS.format(label="utf-8").replace(
        "<category>通知</category>", "<town>莘庄镇</town><e>mh0001</e><e>mh0002</e><until>2026-11-25 18:00</until>"
    )
    first = articles(body, fields={"town": "town", "estates": "e", "ends": "until"}, constants={"tag": "停水"})[0]
    assert (first.town, first.estates, first.tag) == ("莘庄镇", ("mh0001", "mh0002"), "停水")
    assert first.ends == datetime(2026, 11, 25, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    "body",
    [b"", b"<html><body>404</body></html>", b"<!DOCTYPE html><p>x", b"{}", b"\x00" * 100, b"PK\x03\x04", b"<", b"<rss"],
)
def test_what_is_no_feed_is_refused(body: bytes) -> None:
    """An error page instead of a feed is an error, not an empty feed."""
    with pytest.raises(FormatError):
        parse("rss", body)


def bomb(levels: int) -> bytes:
    entities = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10 if n else "ha" * 10}">' for n in range(levels))
    last = f"&l{levels - 1};"
    item = f'<item a="{last}"><title>{last}</title></item>'
    return f"<!DOCTYPE rss [{entities}]><rss><channel>{item}</channel></rss>".encode()


@pytest.mark.parametrize(
    "body",
    [
        bomb(9),
        b'<!DOCTYPE rss [<!ENTITY x SYSTEM "file:///etc/passwd">]><rss><channel><item><title>&x;</title></item></channel></rss>',
        b'<!DOCTYPE rss [<!ENTITY % x SYSTEM "http://127.0.0.1:1/e.dtd">%x;]><rss><channel/></rss>',
        b"<!-- <a --><!DOCTYPE rss [<!ENTITY x 'y'>]><rss><channel/></rss>",
    ],
    ids=["billion-laughs", "external", "parameter", "behind-a-comment"],
)
def test_entities_are_refused(body: bytes) -> None:
    """Neither bombs nor external entities: a document that declares any is refused."""
    with pytest.raises(FormatError, match="entities"):
        parse("rss", body)


def test_deep_nesting_is_refused() -> None:
    """A hundred thousand elements inside each other do not exhaust the stack."""
    body = b"<rss><channel><item>" + b"<a>" * 100_000 + b"</a>" * 100_000 + b"</item></channel></rss>"
    with contextlib.suppress(FormatError):
        assert len(parse("rss", body).records) == 0


MEDIA = """<rss version="2.0" xmlns:media="http://search.yahoo.com/mrss/" xmlns:dc="http://purl.org/dc/elements/1.1/"
xmlns:atom="http://www.w3.org/2005/Atom" xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd"><channel><item>
<media:category>摄影</media:category><media:title>图片说明</media:title><media:description>一张照片。</media:description>
<media:content url="https://x/y.jpg"><media:title>admin</media:title></media:content>
<media:credit>某某</media:credit>{more}</item></channel></rss>"""


@pytest.mark.parametrize(
    ("more", "title", "body", "tag"),
    [
        ("<title>真标题</title><description>真正文。</description><category>通知</category>", "真标题", "真正文。",
         "通知"),
        ("<title/><dc:title>真标题</dc:title><description>真正文。</description>", "真标题", "真正文。", ""),
        ("<atom:title>真标题</atom:title><atom:summary>真正文。</atom:summary><dc:subject>公告</dc:subject>",
         "真标题", "真正文。", "公告"),
        ("<description>正文的第一句。第二句。</description>", "正文的第一句", "正文的第一句。第二句。", ""),
    ],
)  # fmt: skip
def test_words_about_a_picture_are_no_headline(more: str, title: str, body: str, tag: str) -> None:
    """Only RSS, Atom and Dublin Core speak of the item; Media RSS speaks of what is attached to it."""
    (found,) = articles(MEDIA.format(more=more))
    assert (found.title, found.body, found.tag) == (title, body, tag)


def test_nothing_but_a_picture_is_quarantined() -> None:
    """An item without any word of its own is no article."""
    parsed = parse("rss", MEDIA.format(more=""))
    assert (parsed.records, parsed.total) == ((), 1)
    assert "title" in parsed.problems[0].reason


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("今日起地铁五号线末班车延长半小时。请留意。", "今日起地铁五号线末班车延长半小时"),
        ("停水通知：明天上午", "停水通知：明天上午"),
        ("“真的吗？”他问。", "“真的吗？”"),
        ("。。。开头\n第二段", "开头"),
        ("3.5 元起步价下周调整。后文", "3.5 元起步价下周调整"),
        ("各位居民：因水管检修，定于十一月三十日上午八点至下午五点，莘庄镇莘松路沿线小区停水。",
         "各位居民：因水管检修，定于十一月三十日上午八点至下午五点…"),
        ("The quick brown fox jumps over the lazy dog and goes on", "The quick brown fox jumps over the…"),
        ("字" * 400, "字" * 35 + "…"),
        ("", ""),
    ],
)  # fmt: skip
def test_a_text_without_a_headline_is_headed_by_its_first_words(text: str, title: str) -> None:
    """A sentence, else whole clauses, else whole words; never half a word, and never a text cut without a sign."""
    assert headline(text) == title


@pytest.mark.parametrize(
    ("written", "reason"),
    [
        ("11/12/2026 8:30", "found '11/12/2026 8:30', expected a date or time such as"),
        ("Tue, 24 Nov 2036 07:30:00 +0800", "'Tue, 24 Nov 2036 07:30:00 +0800' is still to come"),
    ],
)
def test_a_date_that_is_left_out_is_counted(written: str, reason: str) -> None:
    """The item is shown, and the editor is told which date could not be read and why."""
    body = RSS.format(label="utf-8").replace("Tue, 24 Nov 2026 07:30:00 +0800", written)
    parsed = parse("rss", body)
    assert (len(parsed.records), parsed.total, len(parsed.problems)) == (2, 2, 1)
    assert parsed.problems[0].position == "item 1"
    assert parsed.problems[0].reason.startswith(f"shown without its date: pubDate: {reason}")


@pytest.mark.parametrize(
    ("name", "titles"),
    [
        ("rss_media.xml", ["真标题"]), ("rss_gb18030.xml", ["朱镕基㐀𠀀镇长"]),
        ("rss_no_title.xml", ["今日起地铁五号线末班车延长半小时", "停水通知：明天上午"]),
    ],
)  # fmt: skip
def test_odd_feeds_are_read(name: str, titles: list[str]) -> None:
    """Words about pictures, characters beyond GB 2312, no titles."""
    assert [article.title for article in articles(sample("tries", name).read_bytes())] == titles
