"""What a command is to the meetings: who does what, at which place of which case."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from engine.model.errors import BanshiError, Conflict
from engine.service.absence.hand_over import HandedOver
from engine.service.tasks.batch import BatchLine
from tests.service.meeting.scenes import Scene

Act = Callable[[Scene], Any]


@dataclass(frozen=True, kw_only=True)
class Command:
    """``name``: of the command; ``who`` and ``place`` tell its variants apart; a place is an
    element of the diagram, "" is the whole case. ``uses``: the use case that it goes through.

    ``knows``: what it names by a key that its scene has put by. ``locks``: it holds the case at its
    commit; what does not is over before anybody could wait. ``passes``: it leaves alone what
    somebody else is working on. ``again``: a round of the background, which comes again after so
    long to what it could not do.
    ``looks``: it looks for its work before it locks it: refused, it may have other words, and what
    it writes down of its search in these tables (``notes``) is as old as that.
    """

    name: str
    act: Act
    uses: Callable[..., Any]
    who: str = ""
    place: str = ""
    knows: str = ""
    locks: bool = True
    passes: bool = False
    again: timedelta | None = None
    looks: bool = False
    notes: frozenset[str] = frozenset()
    routes: tuple[str, ...] = ()

    def fits(self, scene: Scene) -> bool:
        """Whether there is in the scene what the command names."""
        known = not self.knows or self.knows in scene.known
        return known and (not self.place or self.place in scene.places)

    @property
    def label(self) -> str:
        who = f"({self.who})" if self.who else ""
        place = f"@{self.place}" if self.place else ""
        return f"{self.name}{who}{place}"


def each(lines: Sequence[BatchLine]) -> None:
    """A batch of one: its refusal is the batch's."""
    for line in lines:
        if not line.done:
            raise line.error or BanshiError(line.reason)


def handed(found: HandedOver) -> None:
    """A hand-over of one task: why it was not handed over."""
    for failure in found.failed:
        raise Conflict(what="交接", reason=failure.reason)
    if not found.done:
        raise Conflict(what="交接", reason="没有要交接的任务")


def some(count: Any) -> None:
    """A round of the background that found nothing to do."""
    if not count:
        raise Conflict(what="后台", reason="没有要做的事")
