"""Who acts: a natural person with roles at units, or the system itself."""

from __future__ import annotations

from dataclasses import dataclass, field

from engine.model.keys import Key


@dataclass(frozen=True, kw_only=True)
class Membership:
    """A role held at a unit, written ``role@unit-key`` at the edge."""

    role: str
    unit: str

    def __str__(self) -> str:
        return f"{self.role}@{self.unit}"

    @classmethod
    def parse(cls, text: str) -> Membership | None:
        """Read ``role@unit-key``; None where the text has not that shape."""
        role, at, unit = text.partition("@")
        return cls(role=role, unit=unit) if at and role and unit else None


@dataclass(frozen=True, kw_only=True)
class Actor:
    """A logged-in person. ``key`` 0 is the system (timers, workers, the command line)."""

    key: Key
    username: str
    name: str
    memberships: frozenset[Membership] = field(default_factory=frozenset)
    administrator: bool = False
    session: Key | None = None

    def holds(self, role: str, unit: str | None = None) -> bool:
        """Whether the person holds the role, at the given unit or at any."""
        return any(m.role == role and unit in (None, m.unit) for m in self.memberships)


SYSTEM = Actor(key=Key(0), username="system", name="系统", administrator=True)
