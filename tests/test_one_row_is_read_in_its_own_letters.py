"""A file of one row, as a spreadsheet saves it: in its country's code page, in UTF-16, with ``sep=;`` above."""

from __future__ import annotations

import pytest
from feeding import parse

from feeds.formats._decode import read_text

ROWS = {
    "Czech": ("cp1250", "Knihovna města Žďár", "Náměstí Štefánika 7, Příbram"),
    "Polish": ("cp1250", "Szpital Miejski", "ul. Świętokrzyska 5, Łódź"),
    "Polish of ISO": ("iso8859-2", "Szpital Miejski", "ul. Świętokrzyska 5, Łódź"),
    "Hungarian": ("cp1250", "Könyvtár", "Petőfi út 3, Győr"),
    "Slovene": ("cp1250", "Knjižnica Črnomelj", "Šolska 5"),
    "French": ("cp1252", "Hôtel de ville", "Rue des Écoles 5, Orléans"),
    "German": ("cp1252", "Bücherei „Süd“", "Straße der Jugend 5"),
    "Danish": ("cp1252", "Børnehave", "Østergade 5"),
    "Spanish": ("cp1252", "Biblioteca", "Calle Núñez de Balboa 5"),
    "Greek": ("cp1253", "Βιβλιοθήκη", "Οδός Ερμού 5"),
    "Russian": ("cp1251", "Библиотека", "ул. Ленина 5"),
    "Chinese": ("gb18030", "莘庄图书馆", "莘松路58号"),
}


def row(name: str, address: str) -> str:
    return f"name;address\r\n{name};{address}\r\n"


@pytest.mark.parametrize("language", ROWS)
def test_a_row_is_in_its_countrys_code_page(language: str) -> None:
    """By the letters that the code page's languages have, where several give a clean text."""
    codec, name, address = ROWS[language]
    (record,) = parse("table", row(name, address).encode(codec), record="place").records
    assert (record.name, record.address) == (name, address)  # type: ignore[union-attr]


@pytest.mark.parametrize("codec", ["utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("language", ROWS)
def test_utf_16_needs_no_mark_at_its_beginning(language: str, codec: str) -> None:
    """Its line ends and separators have a nought on one side, in every script."""
    _, name, address = ROWS[language]
    body = row(name, address).encode(codec)
    assert not body.startswith((b"\xff\xfe", b"\xfe\xff"))
    (record,) = parse("table", body, record="place").records
    assert (record.name, record.address) == (name, address)  # type: ignore[union-attr]


@pytest.mark.parametrize("codec", ["utf-16", "utf-16-le", "utf-16-be"])
def test_json_of_wide_characters_is_json(codec: str) -> None:
    body = '[{"name": "莘庄图书馆", "address": "莘松路58号"}]'.encode(codec)
    (record,) = parse("table", body, record="place").records
    assert record.name == "莘庄图书馆"  # type: ignore[union-attr]


@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "gb18030"])
@pytest.mark.parametrize("above", ["sep=;\r\n", "SEP=;\n", '"sep=;"\n'])
def test_a_line_that_names_the_separator_is_no_head(above: str, codec: str) -> None:
    """Whatever the bytes before it; a name with commas stays whole."""
    body = (above + row("莘庄图书馆, 分馆, 二楼", "莘松路58号")).encode(codec)
    (record,) = parse("table", body, record="place").records
    assert record.name == "莘庄图书馆, 分馆, 二楼"  # type: ignore[union-attr]


@pytest.mark.parametrize(
    "body",
    [
        b"name;address\nLibrary\x00;High Street 5\n",
        b"name;address\nLibrary;High\x00 Street\x00 5\n\n",
        bytes(range(256)) * 4,
        b"\x00\x01" * 200,
    ],
)
def test_noughts_alone_make_no_wide_text(body: bytes) -> None:
    """A program's padding, and what is no text at all."""
    assert not read_text(body).codec.startswith("utf-16")
