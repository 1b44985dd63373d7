"""Which profile a box gets."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from channel.profiles.profile import Match, Profile
from feeds.base.errors import NotFound

LAST = "web-hd"
"""The profile of a box that nobody knows; its keys are the union that is free of conflicts."""


def choose(
    user_agent: str,
    built: Collection[str],
    profiles: Mapping[str, Profile],
    query: Mapping[str, str] | None = None,
) -> str:
    """The id of a built profile for a box with that User-Agent and the query of its first request.

    An empty User-Agent is a box (some set-top boxes send none), never a robot. The rules are asked in order and the
    first that holds wins; if its profile is not built, the next of its fallback chain that is. Raises NotFound when
    nothing is built at all.
    """
    if not built:
        raise NotFound("profiles: found none that is built, expected at least one")
    agent, asked = user_agent.strip().lower(), query or {}
    ordered = sorted(profiles.values(), key=lambda profile: (profile.order, profile.id))
    hit = next((p.id for p in ordered if any(_holds(rule, agent, asked) for rule in p.match)), LAST)
    return _built(hit, built, profiles)


def _holds(rule: Match, agent: str, query: Mapping[str, str]) -> bool:
    return (
        (not rule.ua_empty or not agent)
        and all(text.lower() in agent for text in rule.ua_contains)
        and not any(text.lower() in agent for text in rule.ua_not)
        and all(query.get(name) == value for name, value in rule.query.items())
    )


def _built(profile: str, built: Collection[str], profiles: Mapping[str, Profile]) -> str:
    seen: set[str] = set()
    while profile and profile not in built and profile not in seen:
        seen.add(profile)
        profile = profiles[profile].fallback if profile in profiles else LAST
    if profile in built:
        return profile
    return LAST if LAST in built else min(built)
