"""Elements of screen markup: reading their numbers, and making them for what the engine puts into a chart or grid."""

from __future__ import annotations

from xml.etree.ElementTree import Element

from feeds.base.errors import MarkupError


def element(tag: str, text: str = "", **attributes: str | int) -> Element:
    """An element with ``text`` and attributes; numbers become pixels, an underscore in a name a hyphen."""
    made = Element(tag, {name.replace("_", "-"): str(value) for name, value in attributes.items()})
    made.text = text
    return made


def integer(element: Element, name: str, default: int) -> int:
    """A whole-pixel attribute. Raises MarkupError when it is not a number."""
    text = element.attrib.get(name)
    if text is None:
        return default
    try:
        return int(text)
    except ValueError:
        try:
            return round(float(text))
        except ValueError:
            raise MarkupError(f"<{element.tag} {name}={text!r}>: expected a number of pixels") from None
