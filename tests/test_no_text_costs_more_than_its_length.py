"""A text that repeats an unfinished mark a hundred thousand times takes no longer than any other of its size."""

from __future__ import annotations

from contextlib import suppress

import pytest
from effort import within
from feeding import parse

from feeds.base.errors import FormatError
from feeds.formats import Document
from feeds.guess import guess
from feeds.text import clean, from_html

pytestmark = pytest.mark.slow

SIZE = 240_000
MARKS = [
    "<br", "<script", "<!--", "<a ", "&a", "<![CDATA[", "<!", "<?", "BEGIN:VEVENT\n", "BEGIN:VTIMEZONE\n", "UID:x\n",
    "a@", "aaaa",
    ",", '{"a":', "[", "]]>", "\n", "<item>", "|", "：", "e\u0301", "<x a='", "-", " \n", "<!DOCTYPE", '"',
]  # fmt: skip
HEADS = {
    "rss": "<rss><channel><item><title>x</title><description>{}</description></item></channel></rss>",
    "cap": "<alert xmlns='urn:oasis:names:tc:emergency:cap:1.2'>{}",
    "ical": "BEGIN:VCALENDAR\n{}",
    "xmltv": "<tv><programme start='2026' channel='1'><title>{}",
    "table": 'name,phone\nx,"{}"\n',
    "open311": "<service_requests><request><status_notes>{}</status_notes></request></service_requests>",
}


@pytest.mark.parametrize("mark", MARKS)
def test_cleaning_is_linear(mark: str) -> None:
    """For the cleaner and for the guesser."""
    text = mark * (SIZE // len(mark))
    with within(5):
        from_html(text)
        clean(text, lines=True)
        with suppress(FormatError):
            guess(Document(url="u", body=text.encode()))


@pytest.mark.parametrize("format", sorted(HEADS))
def test_reading_is_linear(format: str) -> None:
    """For every format that reads text, bare and where its texts stand."""
    for mark in MARKS:
        text = mark * (SIZE // len(mark))
        for body in (text, HEADS[format].format(text), HEADS[format].format(f"<![CDATA[{text}]]>")):
            with within(8), suppress(FormatError):
                parse(format, body, record="contact" if format == "table" else "")
