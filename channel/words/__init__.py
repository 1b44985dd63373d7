"""Every word that a person reads, by language.

Code and templates name what they say by an English sentence (``say("Open until {time}", time=…)``); ``LANGUAGE.po``
beside this file says it in a language, with its plural forms, its order of words and its way of writing dates.
``python scripts/words.py`` finds the sentences and brings every catalogue up to date (``docs/languages.md``).
"""

from channel.words.catalogue import ENGLISH, Catalogue, cannot_be_set, languages, load_catalogue
from channel.words.gaps import gaps
from channel.words.remark import Remark
from channel.words.say import N_, Manner, Message, Say

__all__ = [
    "ENGLISH", "N_", "Catalogue", "Manner", "Message", "Remark", "Say", "cannot_be_set", "gaps", "languages",
    "load_catalogue",
]  # fmt: skip
