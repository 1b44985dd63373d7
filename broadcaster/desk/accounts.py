"""The pages on which administrators see to people, and everybody to their own password and logins.

::

    /people            everybody; POST adds somebody
    /person?name=      one of them; POST changes role and towns, resets a password, ends logins or the person
    /me                one's own password and logins; POST changes the one, ends one of the others

A password that an administrator gives out is shown once, in the answer to the form, and is kept nowhere.
"""

from __future__ import annotations

from typing import Any

from flask import Blueprint, redirect, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from broadcaster.desk import codes, logins, passwords, people
from broadcaster.desk.people import ROLES, Person
from broadcaster.desk.refusal import Refusal, sentence
from broadcaster.desk.room import Room, given, login
from broadcaster.desk.visit import address, agent, remember
from channel.words import N_
from feeds.base.errors import BusyError, NotFound, PersonError

_ROLES: dict[str, str] = {
    "viewer": N_("Viewer: looks"), "editor": N_("Editor: writes"), "approver": N_("Approver: lets it go on air"),
    "operator": N_("Operator: looks after sources"), "administrator": N_("Administrator: looks after people"),
}  # fmt: skip


class Accounts:
    """``/people``, ``/person``, ``/me``."""

    def __init__(self, room: Room) -> None:
        self._room, self._say, self._engine = room, room.say, room.texts.engine

    def register(self, blueprint: Blueprint) -> None:
        """Add the addresses."""
        blueprint.add_url_rule("/people", "people", self._people, methods=["GET", "POST"])
        blueprint.add_url_rule("/person", "person", self._person, methods=["GET", "POST"])
        blueprint.add_url_rule("/me", "me", self._me, methods=["GET", "POST"])

    # --- administrators ---------------------------------------------------------------------------------------------

    def _people(self) -> BaseResponse:
        room, me = self._room, login().person
        if not me.may("administrator"):
            return room.refused(403, self._say("This page is for administrators."))
        if request.method == "GET":
            return self._everybody("", "")
        name, password = given("name").strip(), passwords.made()
        try:
            people.add(
                self._engine, name, given("role"), password, room.clock.now(), towns=self._towns(), by=me, once=True
            )
        except PersonError as error:
            return self._everybody(sentence(error, self._say), "", 400)
        return self._everybody("", password, name=name)

    def _everybody(self, trouble: str, password: str, status: int = 200, *, name: str = "") -> BaseResponse:
        reached = [one for one in people.people(self._engine) if self._reaches(one)]
        return self._room.page(
            "people.html", status, people=reached, trouble=trouble, password=password, name=name,
            **self._choices(given("role") or "editor", () if password else tuple(request.form.getlist("towns"))),
            typed="" if password else given("name"),
        )  # fmt: skip

    def _person(self) -> BaseResponse:
        room, me, now = self._room, login().person, self._room.clock.now()
        if not me.may("administrator"):
            return room.refused(403, self._say("This page is for administrators."))
        name = request.args.get("name", "")
        if request.method == "GET":
            return self._one(name, "")
        password = ""
        try:
            match given("do"):
                case "change":
                    people.change(self._engine, name, given("role"), self._towns(), now, by=me)
                case "reset":
                    password = passwords.made()
                    people.set_password(self._engine, name, password, now, by=me, once=True)
                case "codes":
                    people.drop_codes(self._engine, name, now, by=me)
                case "logins":
                    people.end_logins(self._engine, name, now, by=me)
                case "end":
                    if not given("sure"):
                        raise Refusal("name", N_("tick that you mean it"))
                    people.end(self._engine, name, now, by=me)
                    return redirect(url_for("desk.people"), 303)
                case other:
                    raise PersonError(f"do: found {other!r}, which no button of this form says")
        except NotFound:
            raise
        except PersonError as error:
            return self._one(name, sentence(error, self._say), 400)
        return self._one(name, "", password=password)

    def _one(self, name: str, trouble: str, status: int = 200, *, password: str = "") -> BaseResponse:
        one = next((one for one in people.people(self._engine) if one.name == name), None)
        if one is None or not self._reaches(one):
            raise NotFound(f"name: found {name!r}, who is not at this desk")
        return self._room.page(
            "person.html", status, one=one, trouble=trouble, password=password, done=not trouble and given("do"),
            sittings=logins.logins_of(self._engine, name, self._room.clock.now()), **self._choices(one.role, one.towns),
        )  # fmt: skip

    @staticmethod
    def _reaches(one: Person) -> bool:
        return login().person.reaches(one.towns)

    def _choices(self, role: str, towns: tuple[str, ...]) -> dict[str, Any]:
        """What a person's form offers: an administrator of towns gives no others."""
        me: Person = login().person
        return {
            "roles": {name: self._say(_ROLES[name]) for name in ROLES}, "role": role, "chosen": towns,
            "towns": me.towns or self._room.channel.estates.towns,
        }  # fmt: skip

    def _towns(self) -> tuple[str, ...]:
        """What the form says. Raises PersonError."""
        towns = tuple(filter(None, request.form.getlist("towns")))
        for town in towns:
            if town not in self._room.channel.estates.towns:
                raise Refusal("towns", N_("{name} is none of this channel's"), name=town)
        return towns

    # --- everybody --------------------------------------------------------------------------------------------------

    def _me(self) -> BaseResponse:
        me, now = login().person, self._room.clock.now()
        if request.method == "GET":
            return self._own("")
        try:
            if given("do") == "login":
                logins.end_login(self._engine, me, given("login"), now)
                return redirect(url_for("desk.me"), 303)
            if given("do") in ("codes", "no codes"):
                secret = given("secret") if given("do") == "codes" else ""
                logins.ask_codes(self._engine, me, given("old"), secret, given("code"), address(), now)
                return redirect(url_for("desk.me"), 303)
            if given("password") != given("again"):
                raise Refusal("again", N_("the two were not the same"))
            token = logins.change_password(
                self._engine, me, given("old"), given("password"), address(), now, agent=agent()
            )  # fmt: skip
        except BusyError:
            return self._own(self._say("Too many tries: please wait a quarter of an hour."), 429)
        except PersonError as error:
            return self._own(sentence(error, self._say), 400)
        return remember(redirect(url_for("desk.home" if me.once else "desk.me"), 303), token)

    def _own(self, trouble: str, status: int = 200) -> BaseResponse:
        me, secret = login(), given("secret") if codes.is_secret(given("secret")) else codes.fresh()
        return self._room.page(
            "me.html", status, trouble=trouble, mine=me.name, secret=secret, opened=bool(trouble and given("secret")),
            picture=codes.picture(secret, me.person.name, self._room.channel.settings.title),
            role=self._say(_ROLES[me.person.role]),
            sittings=logins.logins_of(self._engine, me.person.name, self._room.clock.now()),
            least=passwords.SHORTEST, most=passwords.LONGEST,
        )  # fmt: skip
