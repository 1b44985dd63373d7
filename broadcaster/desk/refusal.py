"""What the desk refuses, in the words of whoever wrote it."""

from __future__ import annotations

from typing import Any

from channel.words import N_, Say
from feeds.base.errors import PersonError

FIELDS = {
    "title": N_("Title"), "text": N_("Text"), "page": N_("Page"), "towns": N_("Towns"), "estates": N_("Estates"),
    "area": N_("Area"),
    "facts": N_("Facts"), "begins": N_("From"), "ends": N_("Until"), "event": N_("In a word"),
    "steps": N_("What to do"), "severity": N_("How loud"), "reason": N_("Reason"),
    "fields": N_("Correction"), "approval": N_("Approval"),
    "role": N_("Role"), "seen": N_("Television"), "name": N_("Name"), "password": N_("Password"),
    "old": N_("Password until now"), "again": N_("Once more"), "code": N_("Code"), "drill": N_("A drill"),
    "hide": N_("Do not show it at all"), "source": N_("Source"), "item": N_("Record"), "address": N_("Address"),
    "file": N_("File"), "ident": N_("Id"), "number": N_("Page number"), "guide": N_("Steps"),
    "bring": N_("What to bring"), "cost": N_("Cost"), "phone": N_("Phone"), "picture": N_("Picture"),
    "alt": N_("What the picture shows"), "lineup": N_("Line-up"),
}  # fmt: skip
"""What the fields of forms are called; the others are called as they are."""


class Refusal(PersonError):
    """A sentence of the catalogue about ``field``, with what stands in it. As a string it is English, for logs."""

    def __init__(self, field: str, sentence: str, /, **given: Any) -> None:
        super().__init__(f"{field}: {sentence.format(**given)}")
        self.field, self.sentence, self.given = field, sentence, given

    def said(self, say: Say) -> str:
        """In the channel's language."""
        name = say(FIELDS[self.field]) if self.field in FIELDS else self.field
        return say("{label}: {text}.", label=name, text=say(self.sentence, **self.given))


def sentence(error: PersonError, say: Say) -> str:
    """What a person is told."""
    return error.said(say) if isinstance(error, Refusal) else error.message
