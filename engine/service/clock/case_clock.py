"""A case's statutory clock as its page shows it: the period, what is left, when it stood still."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType

from engine.model.actor import Actor
from engine.model.clock import ClockStop, StopKind
from engine.model.errors import NotFound
from engine.model.execution import Locked
from engine.model.keys import Key
from engine.model.letters import Letter
from engine.model.permissions import Action, may
from engine.model.records import Instance
from engine.model.verdict import Verdict
from engine.service.app import App
from engine.service.cases.case_access import may_see_case
from engine.service.clock.clock_turns import STOPS
from engine.service.clock.deadlines import Rule, days_stopped
from engine.service.clock.stop_clock import clock_facts
from engine.storage.database import UnitOfWork
from engine.storage.history import privacy
from engine.storage.instances.attached import attached
from engine.text import tell

#: What a page offers, by the name under which the pages know it.
CLOCK_ACTIONS = {"stop-clock": Action.STOP_CLOCK, "resume-clock": Action.RESUME_CLOCK}


@dataclass(frozen=True, kw_only=True)
class StopView:
    """A stop. ``by``: who stopped it, in words ("" = the diagram). ``letter``: the one that told
    the applicant of it (行政许可法 arts. 32, 45: in writing); ``document``: the file that did."""

    key: Key
    kind: StopKind
    reason: str
    by: str
    stopped_at: datetime
    resumed_at: datetime | None
    resumed_by: str
    manual: bool
    document: Key | None = None
    letter: Letter | None = None


@dataclass(frozen=True, kw_only=True)
class CaseClock:
    """``period``: in words, "" where the case has none of its own. ``stopped_days``: on how many
    days it has stood still. ``stops``: the first one first; the last may be open."""

    period: str = ""
    stops: tuple[StopView, ...] = ()
    stopped_days: int = 0

    @property
    def open(self) -> StopView | None:
        return next((stop for stop in self.stops if stop.resumed_at is None), None)


def case_clock(
    app: App,
    work: UnitOfWork,
    case: Instance,
    stops: tuple[ClockStop, ...],
    *,
    issued: Iterable[Letter] = (),
    notices: Mapping[Key, Key] = MappingProxyType({}),
) -> CaseClock:
    """How the case's clock stands, of which these are all ``stops``, and ``issued`` its letters;
    ``notices``: stop → letter."""
    told = {each.stop.key: each.letter for each in told_stops(stops, issued, notices)}
    people = {name for stop in stops for name in (stop.by, stop.resumed_by) if name}
    names = app.directory.names(work, people) if people else {}
    rule = case.statutory_rule
    still = days_stopped(stops, app.settings.timezone)
    return CaseClock(
        period=Rule.read(rule).period.text if rule else "",
        stops=tuple(
            StopView(
                key=stop.key,
                kind=stop.kind,
                reason=stop.reason,
                by=names.get(stop.by, stop.by),
                stopped_at=stop.stopped_at,
                resumed_at=stop.resumed_at,
                resumed_by=names.get(stop.resumed_by, stop.resumed_by),
                manual=stop.manual,
                document=stop.document,
                letter=told[stop.key],
            )
            for stop in stops
        ),
        stopped_days=sum((stop.last - stop.first).days + 1 for stop in still),
    )


def clock_verdicts(found: Locked, actor: Actor, *, holds: bool) -> dict[str, Verdict]:
    """Whether the actor may stop the clock and let it go on; ``holds``: has an open task."""
    facts = clock_facts(found, actor, holds=holds)
    return {name: may(actor, action, facts) for name, action in CLOCK_ACTIONS.items()}


@dataclass(frozen=True, kw_only=True)
class ToldStop:
    """A stop and the letter that told of it, if any."""

    stop: ClockStop
    letter: Letter | None = None


def told_stops(
    stops: Iterable[ClockStop], issued: Iterable[Letter], notices: Mapping[Key, Key]
) -> tuple[ToldStop, ...]:
    """A case's stops with their letters; ``notices``: stop → letter."""
    by_key = {letter.key: letter for letter in issued}
    return tuple(
        ToldStop(stop=stop, letter=by_key.get(notices.get(stop.key, stop.key))) for stop in stops
    )


def list_clock_stops(app: App, actor: Actor, *, key: Key) -> tuple[ToldStop, ...]:
    """The case's stops, the first one first; raises NotFound where he may not see the case."""
    with app.database.unit_of_work() as work:
        if not may_see_case(work, actor, key):
            raise NotFound(what=tell("事项"), key=str(key))
        stopping = app.bundles.of_instance(work, privacy.bundles_of(work, [key])[key]).marked(STOPS)
        beside = attached(work, key, username=actor.username, stopping=stopping)
    return told_stops(beside.stops, beside.letters, beside.notices)
