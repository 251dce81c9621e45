"""Where somebody who leaves stands in an open task."""

from __future__ import annotations

from dataclasses import dataclass

from engine.model.keys import Key


@dataclass(frozen=True, kw_only=True)
class Place:
    """One open task. ``holds``: he has it or a seat of it; ``waits``: a seat that is not open yet;
    ``lent``: he delegated one and gets it back; ``added``: he added somebody; ``candidate``: he is
    named among those who may take it (by name: groups need no handing over)."""

    task_key: Key
    process_id: str
    holds: bool = False
    waits: bool = False
    lent: bool = False
    added: bool = False
    candidate: bool = False

    @property
    def ways(self) -> tuple[str, ...]:
        """The names of those that hold."""
        names = ("holds", "waits", "lent", "added", "candidate")
        return tuple(name for name in names if getattr(self, name))
