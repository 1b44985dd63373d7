"""What ``channel new`` writes: a channel's folder that runs at once, and single pieces beside what is there.

``answers`` asks a person, ``households`` reads the estates, ``feeding`` tries addresses, ``skeleton`` makes the files
(``tables``: as TOML), ``fresh`` puts a whole folder in place, ``making`` does all of it. ``adding`` adds to a channel
and takes back what a check refuses, ``pages`` and ``pieces`` make what is added.
The titles of a new channel stand in ``words.LANGUAGE.toml``, what columns of estates are called in ``columns.toml``,
and which view shows which records in ``views.toml``.
"""
