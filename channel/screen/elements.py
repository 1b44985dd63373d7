"""Elements of screen markup made in Python, for what the engine itself puts into a chart or time grid."""

from __future__ import annotations

from xml.etree.ElementTree import Element


def element(tag: str, text: str = "", **attributes: str | int) -> Element:
    """An element with ``text`` and attributes; numbers become pixels, an underscore in a name a hyphen."""
    made = Element(tag, {name.replace("_", "-"): str(value) for name, value in attributes.items()})
    made.text = text
    return made
