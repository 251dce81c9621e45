"""Who acts: a natural person with roles at units, or the system itself."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

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
class Principal:
    """Somebody who is away, for whom the actor is a proxy now (代理). ``separated``: has completed
    another task of the same four-eyes group as the task at hand."""

    key: Key
    username: str
    name: str
    memberships: frozenset[Membership] = field(default_factory=frozenset)
    separated: bool = False


@dataclass(frozen=True, kw_only=True)
class Actor:
    """A logged-in person. ``key`` 0 is the system (timers, workers, the command line).

    Where he acts as a proxy at a task, ``username`` and ``memberships`` are his principal's, whose
    seat it is; ``key`` and ``name`` stay his own, and ``natural`` is his own username.
    """

    key: Key
    username: str
    name: str
    memberships: frozenset[Membership] = field(default_factory=frozenset)
    administrator: bool = False
    session: Key | None = None
    principal: Principal | None = None
    person: str | None = None

    @property
    def natural(self) -> str:
        """The username of the natural person."""
        return self.person or self.username

    @property
    def on_behalf_of(self) -> str | None:
        """The username of whom he stands in for."""
        return self.principal.username if self.principal else None

    def standing_in_for(self, principal: Principal) -> Actor:
        """The actor as he does what his principal may do."""
        return replace(
            self,
            username=principal.username,
            memberships=principal.memberships,
            principal=principal,
            person=self.natural,
        )

    def holds(self, role: str, unit: str | None = None) -> bool:
        """Whether the person holds the role, at the given unit or at any."""
        return any(m.role == role and unit in (None, m.unit) for m in self.memberships)


SYSTEM = Actor(key=Key(0), username="system", name="系统", administrator=True)
