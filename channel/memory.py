"""What is remembered so that it need not be made again, by the object that remembers it.

A renderer owns one ``Memory`` and hands it to views. A ``Slot`` says, at the place that makes a thing, what kind it is
and how many are worth keeping; a ``Trait``, that it is of an object, and worth keeping as long as that is there. They
hold nothing themselves. What a ``Memory`` holds ends with it: two channels in one process have nothing in common.
"""

from __future__ import annotations

import ctypes
import gc
from collections import OrderedDict
from collections.abc import Callable, Hashable
from contextlib import suppress
from typing import Any, Generic, TypeVar, cast
from weakref import WeakKeyDictionary

T = TypeVar("T")


_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD, _M_ARENA_MAX = -1, -3, -8
"""mallopt(3) of glibc."""
_LARGE = 1 << 20
"""Bytes. Less, and a compressor's tables and the pixels of a band came fresh from the machine each time: painting a
bitmap took half as long again."""


def collect_seldom() -> None:
    """Have this process look for cycles seldom, and give back what it no longer needs. Asking views and painting make
    many objects and few cycles: at Python's own pace up to half of the time went into the search."""
    with suppress(OSError, AttributeError):
        # A threshold that is set stays: by itself it grows to what was freed last, and a third of the memory of a
        # process that packs bundles was never given back.
        mallopt = ctypes.CDLL(None).mallopt
        for option, value in ((_M_MMAP_THRESHOLD, _LARGE), (_M_TRIM_THRESHOLD, 4 * _LARGE), (_M_ARENA_MAX, 2)):
            mallopt(option, value)
    gc.collect()
    # What is loaded by now stays: looking through it again and again would cost as much as the work itself.
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)


def give_back() -> None:
    """Give what is free back to the machine, after work that needed much for a short time."""
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).malloc_trim(0)


class Slot(Generic[T]):
    """A place in a ``Memory`` for at most ``most`` values of one type; ``name`` is for people who look at it."""

    __slots__ = ("most", "name")

    def __init__(self, name: str, most: int = 4096) -> None:
        self.name = name
        self.most = most


class Trait(Generic[T]):
    """A place in a ``Memory`` for what is made of objects; ``name`` is for people who look at it."""

    __slots__ = ("name",)

    def __init__(self, name: str) -> None:
        self.name = name


class Beside(Generic[T]):
    """What is made of objects, by a key each: remembered as long as the object is there. No value may lead back to its
    object, which would then be there for ever."""

    __slots__ = ("_of",)

    def __init__(self) -> None:
        self._of: WeakKeyDictionary[object, dict[Hashable, T]] = WeakKeyDictionary()

    def __len__(self) -> int:
        return len(self._of)

    def find(self, of: object, key: Hashable = None) -> T | None:
        """What was made of an object, if it is known."""
        made = self._of.get(of)
        return made.get(key) if made is not None else None

    def put(self, of: object, value: T, key: Hashable = None) -> T:
        """Remember ``value``; given back."""
        made = self._of.get(of)
        if made is None:
            made = self._of[of] = {}
        made[key] = value
        return value

    def get(self, of: object, make: Callable[[], T], key: Hashable = None) -> T:
        """What was made of an object, made when it is not known."""
        value = self.find(of, key)
        return self.put(of, make(), key) if value is None else value


class Shelf(Generic[T]):
    """At most ``most`` values by key; what was longest not asked for goes first.

    A key must name everything that its value is made from: the same key, the same value.
    """

    __slots__ = ("_most", "_values")

    def __init__(self, most: int) -> None:
        self._most = most
        self._values: OrderedDict[Hashable, T] = OrderedDict()

    def __len__(self) -> int:
        return len(self._values)

    def find(self, key: Hashable) -> T | None:
        """The value of ``key``, if it is known."""
        value = self._values.get(key)
        if value is not None:
            self._values.move_to_end(key)
        return value

    def put(self, key: Hashable, value: T) -> T:
        """Remember ``value``; given back."""
        self._values[key] = value
        if len(self._values) > self._most:
            self._values.popitem(last=False)
        return value

    def get(self, key: Hashable, make: Callable[[], T]) -> T:
        """The value of ``key``, made when it is not known."""
        try:
            value = self._values[key]
        except KeyError:
            return self.put(key, make())
        self._values.move_to_end(key)
        return value

    def one(self, value: T) -> T:
        """The first of equal values: what is said again is the same object."""
        return self.get(cast("Hashable", value), lambda: value)


class Memory:
    """A shelf for each slot that was asked for, and what is remembered beside objects for each trait."""

    __slots__ = ("_beside", "_shelves")

    def __init__(self) -> None:
        self._shelves: dict[Slot[Any], Shelf[Any]] = {}
        self._beside: dict[Trait[Any], Beside[Any]] = {}

    def of(self, slot: Slot[T]) -> Shelf[T]:
        """The slot's shelf."""
        shelf = self._shelves.get(slot)
        if shelf is None:
            shelf = self._shelves[slot] = Shelf(slot.most)
        return shelf

    def beside(self, trait: Trait[T]) -> Beside[T]:
        """What is remembered for a trait."""
        beside = self._beside.get(trait)
        if beside is None:
            beside = self._beside[trait] = Beside()
        return beside

    def sizes(self) -> dict[str, int]:
        """How many values each slot holds, and of how many objects each trait."""
        shelves = {slot.name: len(shelf) for slot, shelf in self._shelves.items()}
        return shelves | {trait.name: len(beside) for trait, beside in self._beside.items()}
