"""What one worker of ``channel serve`` loads: the store, the directory of boxes, the application."""

from __future__ import annotations

import os
from functools import partial
from pathlib import Path

from flask import Blueprint

from broadcaster import places
from broadcaster.origin import short
from broadcaster.origin.app import Parts, create
from broadcaster.origin.identity import CardTable, Directory, PrefixTable, load_edges, load_prefixes
from broadcaster.origin.layer import Layer
from broadcaster.origin.metrics import Counters
from broadcaster.origin.paintings import Paintings
from broadcaster.origin.parcels import Parcels
from broadcaster.origin.portal import Ways
from broadcaster.origin.ready import OnAir
from broadcaster.origin.view import Terms
from broadcaster.origin.warmer import Warmer
from broadcaster.origin.watch import Watch
from broadcaster.painters import Line
from broadcaster.places import BUNDLES, CARD_KEY, CARDS, EDGES, METRICS, PAINTED, PARCELS, PREFIXES, STORE, TOKEN_KEY
from broadcaster.talk.secrets import Secrets
from channel.fingerprint import engine
from channel.folder import Channel, every_family
from channel.memory import collect_seldom
from channel.release import Store
from channel.terminals import Terminals
from feeds.base.clock import SystemClock, parse_duration

_MAPS = 256
_KEPT_ENVIRONMENT = ("PATH", "HOME", "LANG", "TZ")


def load(
    channel: Channel,
    *,
    count_viewers: bool = True,
    preview: str = "",
    desk: bool = False,
    talks: bool = False,
    site: Path | None = None,
) -> Layer:
    """The WSGI application of this process, following the store of ``channel``. ``preview`` is the token of the
    editors' preview (empty: there is none), ``desk`` whether editors write here, ``talks`` whether message accounts
    are answered that the environment has secrets for, ``site`` the folder of what is known of this place's boxes, the
    channel's own unless given."""
    short.speak(channel.say)
    store = Store.open(channel.state / STORE)
    profiles = every_family(channel)
    views, counters, terminals = OnAir(), Counters(), Terminals(channel)
    terms = Terms(
        charsets={name: profile.charset for name, profile in profiles.items()},
        profiles=channel.profiles,
        estates=frozenset(channel.estates),
        keep_s=round(parse_duration(channel.settings.origin.max_age)),
        interface=terminals.interface,
    )
    directory = load_directory(channel, site or channel.folder)
    paintings = Paintings(profiles, engine(), channel.state / PAINTED, Line(channel.state))
    watch = Watch(store, views, terms, paintings)
    watch.look()
    watch.start()
    warmer = Warmer(views, paintings, counters, channel.state)
    warmer.start()
    secrets = Secrets.of(os.environ) if talks else Secrets()
    parts = Parts(
        views=views,
        directory=directory,
        profiles=profiles,
        counters=counters,
        paintings=paintings,
        warmer=warmer,
        clock=SystemClock(),
        bundles=channel.state / BUNDLES,
        # Of its own: what it decodes would push out what boxes come back to.
        parcels=Parcels(Store.open(channel.state / STORE, cache=_MAPS), channel.state / PARCELS),
        metrics=channel.state / METRICS,
        count_viewers=count_viewers,
        default_profile=channel.settings.origin.default_profile,
        portal=Ways(channel, terminals.portal),
        mounts={
            **({"/preview": partial(_preview, channel, preview)} if preview else {}),
            **({"/desk": partial(_desk, channel, os.environ.get(places.OPENID_SECRET, ""))} if desk else {}),
            **({"/talk": partial(_talk, channel, secrets)} if secrets else {}),
        },
        early=["/talk"] if secrets else [],
    )
    forget_environment()
    collect_seldom()
    return create(parts)


def load_directory(channel: Channel, site: Path) -> Directory:
    """What is known of boxes: ``prefixes.csv`` and ``edges.csv`` of folder ``site``, the state's table of cards,
    and two keys of the environment. What is missing is not asked."""
    prefixes, edges = site / PREFIXES, site / EDGES
    cards, card_key = channel.state / CARDS, os.environ.get(CARD_KEY, "").encode()
    return Directory(
        channel.estates,
        token_key=os.environ.get(TOKEN_KEY, "").encode(),
        prefixes=load_prefixes(prefixes, channel.estates) if prefixes.is_file() else PrefixTable(),
        cards=CardTable(cards, card_key) if card_key and cards.is_file() else None,
        edges=load_edges(edges) if edges.is_file() else PrefixTable(),
    )


def forget_environment() -> None:
    """Drop what the server would copy into the environment of every request, keys among it."""
    for name in set(os.environ) - {*_KEPT_ENVIRONMENT}:
        os.environ.pop(name, None)


def _preview(channel: Channel, token: str) -> Blueprint:
    # It brings the whole screen engine along: a worker that nobody edits on never loads it.
    from broadcaster.preview.blueprint import create_blueprint

    return create_blueprint(channel, token)


def _desk(channel: Channel, secret: str) -> Blueprint:
    from broadcaster.desk.blueprint import create_blueprint

    return create_blueprint(channel, secret=secret)


def _talk(channel: Channel, secrets: Secrets) -> Blueprint:
    from broadcaster.talk.blueprint import create_blueprint

    store = Store.open(channel.state / STORE, cache=_MAPS)
    return create_blueprint(channel, store, secrets, portal=channel.settings.portal.url)
