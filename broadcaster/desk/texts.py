"""Texts and their way to the air: draft, submitted, approved, taken back; each step one transaction.

Every step says on which revision it was based: on an older one it is refused, with what stands now, and nothing is
overwritten. An approval is of exact words; whoever wrote any of them since the last approval cannot give it. Whether an
approved text is scheduled, on air or over is a matter of its times.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Any, Literal, TypeAlias

import msgspec
from sqlalchemy import Connection, Engine, insert, select, update

from broadcaster.desk import audit
from broadcaster.desk.change import LineupChange
from broadcaster.desk.correction import Correction
from broadcaster.desk.guide import Guide
from broadcaster.desk.notice import Notice
from broadcaster.desk.people import Person
from broadcaster.desk.proposal import Proposal
from broadcaster.desk.refusal import Refusal
from broadcaster.desk.tables import RevisionRow, TextRow, Turn
from broadcaster.desk.takeover import Takeover
from broadcaster.desk.ticker import TickerLine
from broadcaster.desk.words import Words, encode
from channel.paint.addresses import ALERTS
from channel.words import N_
from feeds import pictures
from feeds.base.errors import BusyError, NotFound
from feeds.tables import from_micros, to_micros

Kept = Literal["draft", "submitted", "approved", "back", "archived"]
_TWICE = timedelta(minutes=1)
Stand = Literal["draft", "submitted", "scheduled", "on air", "over", "back", "archived"]
_UNAPPROVED: dict[str, Any] = {"approved": None, "approver": None, "alone": 0}

Kind: TypeAlias = Notice | Takeover | Correction | Proposal | TickerLine | LineupChange | Guide
_words = msgspec.json.Decoder(Kind).decode
_older = msgspec.json.Decoder(Notice).decode


def decode(content: bytes) -> Kind:
    """A revision's words; the first ones were all notices, and did not say so."""
    return _words(content) if b'"kind"' in content[:12] else _older(content)


class Conflict(BusyError):
    """Somebody was there before: ``now`` is what stands."""

    def __init__(self, now: Text) -> None:
        super().__init__(f"{now.author} has changed this text since", hint="look at both, then save again")
        self.now = now


class Text(msgspec.Struct, frozen=True, kw_only=True):
    """A text as it stands in its newest revision; ``approved`` is the revision that may be on air, if any, by the word
    of ``approver``; ``alone``: who wrote it themselves."""

    id: int
    state: Kept
    revision: int
    approved: int | None
    author: str
    at: datetime
    words: Kind
    approver: str | None = None
    alone: bool = False

    def stand(self, moment: datetime) -> Stand:
        """Where it is on its way."""
        if self.state != "approved":
            return self.state
        return "scheduled" if moment < self.words.begins else "on air" if moment < self.words.ends else "over"


class Texts:
    """The texts of a desk's database; ``alone``: an office of one person, who may approve their own words. Safe to
    share among threads."""

    def __init__(self, engine: Engine, *, alone: bool = False) -> None:
        self.engine, self.alone = engine, alone

    def create(self, who: Person, words: Words, now: datetime) -> Text:
        """A draft; asked for twice within a minute it is one. Raises PersonError."""
        _need(who, "editor")
        with Turn(self.engine) as connection:
            if twin := self._twin(connection, who, words, now, ("draft", "submitted")):
                return twin
            made = connection.execute(insert(TextRow).values(state="draft", revision=0, page=_page_of(words)))
            ident = int(made.inserted_primary_key[0])  # type: ignore[index]
            self._revise(connection, ident, 1, who, words, now)
            audit.note(connection, now, who.name, "written", text=ident, revision=1, digest=words.digest)
        return self.get(ident)

    def save(
        self, who: Person, ident: int, base: int, words: Words, now: datetime, *, anew: bool = False
    ) -> Text:
        """New words; an approval that there was is gone, and so is the text from the air until there is another one.
        The same words again change nothing, unless they are to be said ``anew``. Raises PersonError, NotFound,
        Conflict."""
        _need(who, "editor")
        with Turn(self.engine) as connection:
            text = self._based(connection, ident, base)
            if text.words == words and text.state != "archived" and not anew:
                return text
            self._revise(connection, ident, base + 1, who, words, now)
            audit.note(connection, now, who.name, "changed", text=ident, revision=base + 1, digest=words.digest)
        return self.get(ident)

    def write(
        self, who: Person, text: Text | None, base: int, words: Words, now: datetime, *, ask: bool, anew: bool = False
    ) -> Text:
        """A new text, or new words of one that there is; with ``ask`` a draft is submitted, too. Raises as those do."""
        made = self.create(who, words, now) if text is None else self.save(who, text.id, base, words, now, anew=anew)
        return self.submit(who, made.id, made.revision, now) if ask and made.state == "draft" else made

    def step(self, name: str) -> Callable[[Person, int, int, datetime], Text] | None:
        """What a form's button of that name does with a text as it is; None for any other button."""
        return {
            "submit": self.submit, "approve": self.approve, "back": self.take_back, "archive": self.archive,
        }.get(name)  # fmt: skip

    def submit(self, who: Person, ident: int, base: int, now: datetime) -> Text:
        """Ask somebody else to approve it."""
        return self._step(who, "editor", ident, base, now, "submitted", ("draft", "back"))

    def approve(self, who: Person, ident: int, base: int, now: datetime) -> Text:
        """Let these words go on air. Raises PersonError, NotFound, Conflict."""
        _need(who, "approver")
        with Turn(self.engine) as connection:
            text = self._based(connection, ident, base)
            if text.state != "submitted":
                raise Refusal("approval", N_("nobody has asked for it, or not for these words"))
            is_alone = who.name in self._authors(connection, ident)
            if is_alone and not self.alone:
                raise Refusal("approval", N_("nobody approves their own words: ask a colleague"))
            if text.words.ends <= now:
                raise Refusal("approval", N_("its time is over"))
            values = {"state": "approved", "approved": text.revision, "approver": who.name, "alone": int(is_alone)}
            connection.execute(update(TextRow).where(TextRow.id == ident).values(**values))
            audit.note(
                connection, now, who.name, "approved alone" if is_alone else "approved", text=ident, revision=base,
                digest=text.words.digest,
            )  # fmt: skip
        return self.get(ident)

    def send(
        self, who: Person, ident: int | None, base: int, words: Takeover, now: datetime, reason: str = ""
    ) -> Text:
        """Put a warning on air at once, written now (no ``ident``) or in place of what it said; who wrote any of it and
        sends it alone says why. Raises PersonError, NotFound, Conflict."""
        _need(who, "approver")
        if words.ends <= now:
            raise Refusal("ends", N_("its time is over"))
        with Turn(self.engine) as connection:
            if ident is None:
                if twin := self._twin(connection, who, words, now, ("approved",)):
                    return twin
                empty = insert(TextRow).values(state="draft", revision=0, page=_page_of(words))
                made = connection.execute(empty)
                ident, number = int(made.inserted_primary_key[0]), 1  # type: ignore[index]
                self._revise(connection, ident, number, who, words, now)
            else:
                text = self._based(connection, ident, base)
                number = base
                # What was on air before is another warning now: boxes would not show the same one again.
                if text.words != words or text.state not in ("draft", "submitted"):
                    number = base + 1
                    self._revise(connection, ident, number, who, words, now)
            is_alone = who.name in self._authors(connection, ident)
            if is_alone and not reason:
                raise Refusal("reason", N_("say why: nobody else has looked at this warning"))
            values = {"state": "approved", "approved": number, "approver": who.name, "alone": int(is_alone)}
            connection.execute(update(TextRow).where(TextRow.id == ident).values(**values))
            audit.note(
                connection, now, who.name, "sent alone" if is_alone else "sent", text=ident, revision=number,
                digest=words.digest, reason=reason,
            )  # fmt: skip
        return self.get(ident)

    def take_back(self, who: Person, ident: int, base: int, now: datetime) -> Text:
        """Off the air at once, or an approval or a request taken back before."""
        return self._step(who, "editor", ident, base, now, "back", ("submitted", "approved"))

    def archive(self, who: Person, ident: int, base: int, now: datetime) -> Text:
        """Out of sight; nothing is ever deleted."""
        return self._step(who, "editor", ident, base, now, "archived", ("draft", "back", "approved", "submitted"))

    def get(self, ident: int) -> Text:
        """A text. Raises NotFound."""
        with self.engine.connect() as connection:
            return self._get(connection, ident)

    def all(self, states: Iterable[Kept], most: int = 500, page: str = "") -> list[Text]:
        """Texts in these states (of one page alone), the newest first."""
        which = TextRow.state.in_(list(states))
        return self._all(which & (TextRow.page == page) if page else which, most)

    def running(self, now: datetime, most: int = 500, page: str = "") -> list[Text]:
        """What is approved and not over (of one page alone), the newest first."""
        which = (TextRow.state == "approved") & (TextRow.ends > to_micros(now))
        return self._all(which & (TextRow.page == page) if page else which, most)

    def _all(self, which: Any, most: int) -> list[Text]:
        with self.engine.connect() as connection:
            rows = connection.execute(joined().where(which).order_by(TextRow.id.desc()).limit(most)).all()
        return list(map(text_of, rows))

    def approved(self, now: datetime) -> list[tuple[int, int, Kind]]:
        """What may be on air at its time, and is not over: number, revision, words."""
        query = (
            select(TextRow.id, RevisionRow.number, RevisionRow.content)
            .join_from(TextRow.__table__, RevisionRow.__table__, TextRow.id == RevisionRow.text)
            .where(TextRow.state == "approved", TextRow.ends > to_micros(now))
            .where(RevisionRow.number == TextRow.approved)
            .order_by(TextRow.id)
        )
        with self.engine.connect() as connection:
            return [(row.id, row.number, decode(row.content)) for row in connection.execute(query)]

    def revision(self, ident: int, number: int) -> Kind:
        """What a text said once. Raises NotFound."""
        query = select(RevisionRow.content).where(RevisionRow.text == ident, RevisionRow.number == number)
        with self.engine.connect() as connection:
            content = connection.execute(query).scalar()
        if content is None:
            raise NotFound(f"revision: found {number} of text {ident}, which is not there")
        return decode(content)

    def revisions(self, ident: int) -> list[tuple[int, str, datetime, Kind]]:
        """Every revision of a text: number, author, when, what; the newest first."""
        query = select(RevisionRow.__table__).where(RevisionRow.text == ident).order_by(RevisionRow.number.desc())
        with self.engine.connect() as connection:
            return [(r.number, r.author, _moment(r.at), decode(r.content)) for r in connection.execute(query)]

    def _step(
        self, who: Person, role: Any, ident: int, base: int, now: datetime, to: Kept, since: tuple[Kept, ...]
    ) -> Text:
        _need(who, role)
        with Turn(self.engine) as connection:
            text = self._based(connection, ident, base)
            if text.state == to:
                return text
            if text.state not in since:
                raise Refusal("approval", N_("that cannot be done with this text any more: look at it again"))
            connection.execute(update(TextRow).where(TextRow.id == ident).values(state=to, **_UNAPPROVED))
            audit.note(connection, now, who.name, to, text=ident, revision=base, digest=text.words.digest)
        return self.get(ident)

    def _revise(
        self, connection: Connection, ident: int, number: int, who: Person, words: Words, now: datetime
    ) -> None:
        row = {
            "text": ident, "number": number, "author": who.name, "at": to_micros(now), "content": encode(words),
            "digest": words.digest,
        }  # fmt: skip
        connection.execute(insert(RevisionRow).values(**row))
        if isinstance(words, Notice) and words.picture:
            pictures.name(connection, words.picture.key)
        values = {
            "state": "draft", "revision": number, "page": _page_of(words), "kind": words.__struct_config__.tag,
            "title": sought(words.title), "begins": to_micros(words.begins), "ends": to_micros(words.ends),
            **_UNAPPROVED,
        }  # fmt: skip
        connection.execute(update(TextRow).where(TextRow.id == ident).values(**values))

    def _based(self, connection: Connection, ident: int, base: int) -> Text:
        """The text as it stands, inside the transaction. Raises Conflict where it is not what somebody looked at."""
        text = self._get(connection, ident)
        if text.revision != base:
            raise Conflict(text)
        return text

    def _get(self, connection: Connection, ident: int) -> Text:
        row = connection.execute(joined().where(TextRow.id == ident)).first()
        if row is None:
            raise NotFound(f"text: found {ident}, which is not there")
        return text_of(row)

    def _twin(
        self, connection: Connection, who: Person, words: Words, now: datetime, states: tuple[Kept, ...]
    ) -> Text | None:
        """The text that the same person has begun with the same words within a minute: a form that was sent twice."""
        query = (
            select(RevisionRow.text)
            .join_from(RevisionRow.__table__, TextRow.__table__, TextRow.id == RevisionRow.text)
            .where(RevisionRow.number == 1, TextRow.revision == 1, RevisionRow.author == who.name)
            .where(RevisionRow.digest == words.digest, RevisionRow.at > to_micros(now - _TWICE))
            .where(TextRow.state.in_(states))
        )
        found = connection.execute(query.limit(1)).scalar()
        return None if found is None else self._get(connection, found)

    @staticmethod
    def _authors(connection: Connection, ident: int) -> set[str]:
        """Who wrote any of these words: all authors, since nobody can say whose of them are left."""
        query = select(RevisionRow.author).where(RevisionRow.text == ident)
        return set(connection.execute(query).scalars())


def sought(title: str) -> str:
    """A title as texts are looked up by it: in small letters."""
    return title.casefold()[:200]


def joined() -> Any:
    """A query of texts with their newest revisions; ``text_of`` reads its rows."""
    columns = (
        TextRow.id, TextRow.state, TextRow.revision, TextRow.approved, TextRow.approver, TextRow.alone,
        RevisionRow.author, RevisionRow.at, RevisionRow.content,
    )  # fmt: skip
    newest = (TextRow.id == RevisionRow.text) & (TextRow.revision == RevisionRow.number)
    return select(*columns).join_from(TextRow.__table__, RevisionRow.__table__, newest)


def text_of(row: Any) -> Text:
    """A row of ``joined``."""
    return Text(
        id=row.id, state=row.state, revision=row.revision, approved=row.approved, author=row.author,
        at=_moment(row.at), words=decode(row.content), approver=row.approver, alone=bool(row.alone),
    )  # fmt: skip


def _page_of(words: Words) -> str:
    return getattr(words, "page", ALERTS if isinstance(words, Takeover) else "")


def _moment(micros: int) -> datetime:
    found = from_micros(micros)
    assert found is not None
    return found


def _need(who: Person, role: Any) -> None:
    if not who.may(role):
        raise Refusal("role", N_("{name} may not do that at this desk"), name=who.name)
