"""Every page of both examples on a phone: whole without a script, light, in order for whoever hears it, and nothing of
what the television says left out."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

import lxml.html
import msgspec
import pytest
from portal_help import NAMES, Spoken, parsed, spoken, words

from channel.paint.output import PaintedDocument
from channel.paint.portal import Notice, read_notice
from channel.profiles.terminals import INTERFACE, PORTAL
from channel.views.content import LAYOUTS, Alert, Body, Content

pytestmark = pytest.mark.slow

MOST = 30_000
UNSEEN = {
    "to", "icon", "mark", "tone", "align", "state", "kind", "type", "severity", "keys", "id", "layout", "empty",
    "heads", "unit", "summary", "legend", "short", "later",
}  # fmt: skip
"""Fields that are no words, or that words stand for (short forms and what is later, for a narrow room); summaries,
which only the first of a list shows."""
LITERALS = {"type", "mark", "tone", "align", "state", "kind", "severity"}
STRIPPED = "\"'><script>alert(1)</script><img src=x onerror=alert(2)>{{7*7}}"


@pytest.fixture(scope="module", params=NAMES)
def said(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Spoken:
    return spoken(request.param, tmp_path_factory.mktemp("state"))


def leaves(value: Any, name: str = "") -> Iterator[tuple[str, str]]:
    """Every text in a body with the name of its field."""
    if isinstance(value, str):
        yield name, value
    elif isinstance(value, msgspec.Struct):
        for field in value.__struct_fields__:
            yield from leaves(getattr(value, field), field)
    elif isinstance(value, tuple):
        for part in value:
            yield from leaves(part, name)


def handlers(page: lxml.html.HtmlElement) -> list[str]:
    """Attributes that would run something."""
    return [str(name) for name in page.xpath("//@*[starts-with(name(), 'on')]")]


def test_every_page_is_whole_light_and_in_order(said: Spoken) -> None:
    """One heading of the first level, landmarks, no level of headings left out, heads of tables that say of what; a
    style block and a script by their addresses and nothing else that a policy would have to allow."""
    for name, document in said.everything(PORTAL):
        page = parsed(document)
        assert len(document.body) <= MOST, (name, len(document.body))
        assert document.body.startswith(b"<!DOCTYPE html>") and page.get("lang"), name
        assert [len(page.xpath(f"//{tag}")) for tag in ("main", "header", "footer", "h1")] == [1, 1, 1, 1], name
        levels = [int(found.tag[1]) for found in page.xpath("//h1|//h2|//h3|//h4")]
        assert levels[0] == 1 and all(after - before <= 1 for before, after in pairwise(levels))
        assert all(cell.get("scope") in ("col", "row") for cell in page.xpath("//th")), name
        assert all(words(found) or found.get("aria-label") for found in page.xpath("//a|//button|//h2")), name
        assert not page.xpath("//@style|//img|//iframe|//object") and len(page.xpath("//style")) == 1, name
        assert [script.get("src") for script in page.xpath("//script")] == ["../portal.js"], name
        assert handlers(page) == [], name
        idents = page.xpath("//@id")
        assert len(idents) == len(set(idents)), name


def test_every_kind_of_page_is_among_them(said: Spoken) -> None:
    """The first example shows all layouts, so that nothing here is said of a layout that nobody tried."""
    kinds = {number: type(said.content(number).body).__struct_config__.tag for number in said.channel.lineup.pages}
    if said.channel.say.language == "zh_Hans":
        assert set(kinds.values()) | {"article", "sheet"} == set(LAYOUTS)


def test_every_link_leads_to_what_is_there(said: Spoken) -> None:
    """Pages of the line-up, estates, items that their pages have; telephones and maps."""
    items = {f"{n}.{item.id}" for n in said.channel.lineup.pages for item in said.content(n).items}
    for name, document in said.everything(PORTAL):
        inside = "." in name
        for link in parsed(document).xpath("//a/@href"):
            if re.fullmatch(r"tel:\+?[0-9]{3,}|geo:-?[0-9.]+,-?[0-9.]+\?q=.+|#[a-z0-9]+", link):
                continue
            if re.fullmatch(r"\.\./\.\./api/v1/.+\.ics|\.\./(\?|go\?estate=[a-z0-9-]+&keep=1&)page=[0-9]{3}", link):
                continue
            found = re.fullmatch(r"(?:\.\./(?:(?P<estate>[a-z0-9-]+)/)?)?(?P<unit>[0-9]{3}(?:\.[a-z0-9]+)?)", link)
            assert found is not None, (name, link)
            if "." in found["unit"]:
                assert link.startswith("../i/") or inside, (name, link)
                assert found["unit"] in items, (name, link)
            else:
                assert found["unit"] in said.channel.lineup.pages, (name, link)
                assert found["estate"] in (None, "district") or found["estate"] in said.channel.estates


def test_nothing_that_the_television_says_is_left_out(said: Spoken) -> None:
    """Every word of every body stands on the page, but for programmes that are over."""
    for number in said.channel.lineup.pages:
        content = said.content(number)
        bodies = [("", content.body), *((item.id, item.body) for item in content.items[:5])]
        for ident, body in bodies:
            if msgspec.structs.asdict(body).get("tracks") is not None:
                continue
            item = next((one for one in content.items if one.id == ident), None)
            (document, *_) = said.item(number, PORTAL, item) if item else said.page(number, PORTAL)
            shown = words(parsed(document))
            for field, text in leaves(body):
                if field not in UNSEEN and text != "—":
                    assert " ".join(text.split()) in shown, (number, ident, field, text)


def test_the_same_content_is_the_same_bytes(said: Spoken) -> None:
    """Painted twice, by painters that share nothing."""
    from channel.terminals import Terminals

    other = Terminals(said.channel)
    day = said.channel.say.day_of(said.moment)
    for number in ("100", "201", "501"):
        if number in said.channel.lineup.pages:
            content = said.content(number)
            for terminal in (PORTAL, INTERFACE):
                again = other.page(number, said.estate, terminal, content, day).documents
                assert [d.body for d in again] == [d.body for d in said.page(number, terminal)]


STORM = {"id": "a1", "level": "takeover", "mark": "台风", "text": "Storm <b>", "do": "Stay in", "page": "900"}
ENDS = datetime(2026, 11, 24, 12, tzinfo=UTC)


def test_an_alert_stands_on_top_of_every_page(said: Spoken) -> None:
    """Before the page's own words, spoken by itself, and not upon the page that tells all of it: how severe in a word,
    what, where, until when, and what to do first."""
    warning = Alert(headline="Storm <b>", severity="extreme", area="Old Town", times="until 12:00", ends=ENDS)
    alert = read_notice(msgspec.json.encode(STORM), warning)
    page = parsed(said.page("100", PORTAL, alert=alert)[0])
    (box,) = page.xpath("//*[@role='alert']")
    degree = said.channel.say.within("how severe a warning is", "Extreme")
    assert words(box).replace(" ", "") == f"{degree}台风Storm<b>OldTownuntil12:00Stayin"
    assert words(box.xpath(".//strong")[0]) == degree and box.xpath(".//a/@href") == ["900"]
    assert [datetime.fromisoformat(found) for found in box.xpath(".//@data-ends")] == [ENDS]
    order = [found.tag for found in page.xpath("//main//*[@role='alert']|//main//h1")]
    assert order == ["div", "h1"]
    assert words(parsed(said.page("900", PORTAL, alert=alert)[0]).xpath("//*[@role='alert']")[0]) == ""
    assert words(parsed(said.page("100", PORTAL)[0]).xpath("//*[@role='alert']")[0]) == ""


def test_a_warning_is_told_in_few_words_where_its_page_cannot_be_had() -> None:
    """And where the page of the whole district tells first of what is worst somewhere, that is told, with its place."""
    sent = msgspec.json.encode(STORM)
    assert read_notice(sent) == Notice(**STORM)
    assert read_notice(sent, Alert()) == Notice(**STORM)
    worse = read_notice(sent, Alert(headline="Flood", severity="extreme", area="Old Town", actions=("Leave",)))
    assert worse is not None
    assert (worse.mark, worse.text, worse.do, worse.area) == ("", "Flood", "Leave", "Old Town")
    assert read_notice(b'{"level":"none"}', Alert(headline="Flood")) is None
    cut = read_notice(msgspec.json.encode({**STORM, "text": "Stor…"}), Alert(headline="Storm", area="Old Town"))
    assert cut is not None and (cut.mark, cut.area) == ("台风", "Old Town")


def hostile(value: Any, name: str = "") -> Any:
    """A body as built-in values with every text turned into an attack."""
    if name == "legend":
        return [[STRIPPED, tone] for _, tone in value]
    if isinstance(value, dict):
        return {key: hostile(part, key) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [hostile(part, name) for part in value]
    if not isinstance(value, str) or name in LITERALS:
        return value
    return "javascript:alert(1)" if name == "to" else STRIPPED


def attacked(body: Body) -> Body:
    given = msgspec.to_builtins(body, builtin_types=(type(None),))
    for moment in ("occasion", "at", "ends"):
        given.pop(moment, None)
    return msgspec.convert(_without_moments(hostile(given)), Body, strict=False)


def _without_moments(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_moments(part) for key, part in value.items() if key not in ("at", "occasion")}
    return [_without_moments(part) for part in value] if isinstance(value, list | tuple) else value


def test_words_of_a_feed_stay_words_in_every_field(said: Spoken) -> None:
    """Script, a picture with a handler, a template's braces and an address that runs something, in every field of every
    kind of page and item: seen as they are written, and nothing of it is markup."""
    day = said.channel.say.day_of(said.moment)
    for number in said.channel.lineup.pages:
        content = said.content(number)
        for item in (None, *content.items[:2]):
            body = item.body if item else content.body
            bad = attacked(body)
            for terminal in (PORTAL, INTERFACE):
                if item is None:
                    sent = Content(body=bad, sources=content.sources, place=(STRIPPED, STRIPPED))
                    rendered = said.renderer.terminals.page(number, said.estate, terminal, sent, day)
                else:
                    shown = msgspec.structs.replace(item, body=bad, title=STRIPPED, occasion=None)
                    rendered = said.renderer.terminals.item(number, terminal, shown, day)
                for document in rendered.documents:
                    _is_harmless(document)


def _is_harmless(document: PaintedDocument) -> None:
    if document.media.startswith("text/html"):
        page = parsed(document)
        assert [script.get("src") for script in page.xpath("//script")] == ["../portal.js"], document.name
        assert not page.xpath("//img") and "javascript:" not in str(page.xpath("//@href")), document.name
        assert handlers(page) == [], document.name
        assert "{{7*7}}" in words(page.xpath("//main")[0]), document.name
    elif document.media == "application/atom+xml":
        feed = lxml.etree.fromstring(document.body)
        assert all(found.tag.startswith("{http://www.w3.org/2005/Atom}") for found in feed.iter()), document.name
        assert {found.tag.rpartition("}")[2] for found in feed.iter()} <= {
            "feed", "title", "id", "updated", "link", "author", "name", "entry", "category", "summary",
        }  # fmt: skip
    else:
        msgspec.json.decode(document.body)


