"""Problems of a channel as ``channel check`` tells them: where, what, and what repeats once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path

from channel.folder import Channel
from channel.words import N_, Remark, Say
from feeds.base.errors import Mistake, PersonError

NOTE = 0
"""The exit code of what a person should know and nothing needs."""
EXAMPLES = 3
"""Places that are named where the same is to be said of many."""
_PLACES = {
    "page": N_("page {name}"), "source": N_("source {name}"), "store": N_("store"), "words": N_("words of {name}"),
}  # fmt: skip
"""What stands before a sentence, by kind; a line of a file is named by itself."""


class Problem(Remark, frozen=True, kw_only=True):
    """``kind`` and ``name`` say where: a line of a file, a source, a page, a catalogue, the store; ``at`` is the place
    within.

    ``code`` is the exit code of its family, 0 for a note.
    """

    kind: str
    name: str
    at: str = ""
    code: int = NOTE

    @property
    def where(self) -> str:
        """``page 201``, ``lineup.toml:12``: for machines, in English."""
        return _PLACES[self.kind].format(name=self.name) if self.kind in _PLACES else self.name

    def place(self, say: Say) -> str:
        """The same in the channel's language."""
        return say(_PLACES[self.kind], name=self.name) if self.kind in _PLACES else self.name


@dataclass(frozen=True)
class Group:
    """The problems of which the same is to be said; ``names`` are those of their places, each once, and ``keys`` what
    stands there, where it is a file's."""

    first: Problem
    names: tuple[str, ...]
    keys: tuple[str, ...] = ()

    @property
    def sentence(self) -> str:
        """What is to be said, with the place within where there is but one: for machines, in English."""
        return self._within(self.first.sentence)

    def told(self, say: Say) -> str:
        """One line in the channel's language: where and what, or what and how often."""
        said = self._within(self.first.said(say))
        if len(self.names) == 1:
            return f"{self.first.place(say)}: {said}"
        places = zip_longest(self.names[:EXAMPLES], self.keys[:EXAMPLES], fillvalue="")
        named = ", ".join(" ".join(filter(None, place)) for place in places)
        count = _counted(self.first.kind, len(self.names), say)
        return say("{sentence}: {count}, e.g. {places}", sentence=said, count=count, places=named)

    def line(self, say: Say) -> str:
        """The same, with how serious it is."""
        text = self.told(say)
        return say("problem: {text}", text=text) if self.first.code else say("note: {text}", text=text)

    def _within(self, sentence: str) -> str:
        alone = len(self.names) == 1 and self.first.at
        return f"{self.first.at}: {sentence}" if alone else sentence


def _counted(kind: str, number: int, say: Say) -> str:
    if kind == "page":
        return say.plural("{n} page", "{n} pages", number)
    if kind == "source":
        return say.plural("{n} source", "{n} sources", number)
    if kind == "line":
        return say.plural("{n} line", "{n} lines", number)
    return say.plural("{n} time", "{n} times", number)


def of_mistakes(mistakes: Iterable[Mistake], code: int = PersonError.exit_code) -> list[Problem]:
    """The mistakes of people's files as problems, by file and line."""
    return [
        Problem(
            kind="line",
            name=f"{Path(mistake.file).name}:{mistake.line}" if mistake.line else Path(mistake.file).name,
            at=mistake.key,
            sentence=f"{mistake.sentence} ({mistake.hint})" if mistake.hint else mistake.sentence,
            code=code,
        )
        for mistake in sorted(mistakes)
    ]


def grouped(problems: Iterable[Problem]) -> list[Group]:
    """The problems in their order, those of which the same is to be said together, where the first of them stands."""
    places: dict[tuple[str, str, int], dict[str, Problem]] = {}
    for problem in problems:
        # What differs in its place within one page only is said once too.
        places.setdefault((problem.kind, problem.sentence, problem.code), {}).setdefault(problem.name, problem)
    return [_group(found) for found in places.values()]


def size(channel: Channel, say: Say) -> str:
    """How much there is to look at."""
    counts = (
        say.plural("{n} page", "{n} pages", len(channel.lineup.pages)),
        say.plural("{n} source", "{n} sources", len(channel.sources)),
        say.plural("{n} estate", "{n} estates", len(channel.estates)),
    )
    return say.clauses(counts)


def _group(found: Mapping[str, Problem]) -> Group:
    first = next(iter(found.values()))
    return Group(first, tuple(found), tuple(p.at for p in found.values()) if first.kind == "line" else ())
