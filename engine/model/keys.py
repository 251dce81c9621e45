"""64-bit keys, as Camunda 8 has them: an integer inside, a decimal string in JSON.

The database hands out a key for each instance, definition or document, always a
multiple of ``SPAN``. Whatever comes to be inside an instance gets the instance's
key plus a running number, so that a step needs no source of randomness, and the
instance can be read off any key of its parts.
"""

from __future__ import annotations

from typing import NewType

from engine.model.errors import InvalidKey

Key = NewType("Key", int)

#: How many keys an instance owns: its own and those of its parts.
SPAN = 1 << 22


def from_sequence(number: int) -> Key:
    """The key for the ``number``-th value (from 1) of the database's sequence."""
    return Key(number * SPAN)


def part(instance: Key, number: int) -> Key:
    """The key of the ``number``-th part (from 1, below ``SPAN``) of an instance."""
    if not 0 < number < SPAN:
        raise InvalidKey(text=str(number))
    return Key(instance + number)


def instance_of(key: Key) -> Key:
    """The key of the instance that owns ``key``."""
    return Key(key - key % SPAN)


def parse(text: str) -> Key:
    """Read a key from its decimal text; raises :class:`InvalidKey`."""
    if not text.isascii() or not text.isdigit() or len(text) > 19 or int(text) >= 1 << 63:
        raise InvalidKey(text=text[:40])
    return Key(int(text))
