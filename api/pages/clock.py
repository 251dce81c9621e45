"""A case's statutory clock in words, and stopping it and letting it go on by hand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from api.pages import flash, when
from api.pages.language import gettext as _
from api.pages.visit import Checked, application
from engine.model import keys
from engine.model.clock import StopKind
from engine.model.errors import InvalidInput
from engine.model.problems import Problem
from engine.model.records import Instance
from engine.service.cases.pages import CasePage
from engine.service.clock.case_clock import StopView
from engine.service.clock.stop_clock import resume_clock, stop_clock

router = APIRouter()


@dataclass(frozen=True, kw_only=True)
class StopLine:
    """An interval in which the clock stood still. ``until``: "" while it does."""

    kind: str
    since: str
    until: str
    reason: str
    by: str


@dataclass(frozen=True, kw_only=True)
class ClockView:
    """``due``: the case's own deadline in words, None where it has none. ``stopped``: 计时中止（补正）,
    "" while the clock runs. ``stop_action`` and ``resume_action``: where the forms go, "" for those
    who may not. ``kinds``: what a stop can be for (value, words).
    """

    period: str
    due: when.Due | None
    stopped: str
    stopped_days: int
    lines: tuple[StopLine, ...]
    stop_action: str
    resume_action: str
    kinds: tuple[tuple[str, str], ...]

    @property
    def shown(self) -> bool:
        """Whether there is anything to show at all."""
        return bool(self.due or self.stopped or self.lines or self.stop_action)


def case_due(case: Instance) -> when.Due | None:
    """The case's own deadline in words; None where it has none, or has ended."""
    counted = case.statutory_due_at is not None or case.statutory_pending
    if case.ended_at is not None or not (counted or case.stopped is not None):
        return None
    return when.due(
        at=case.statutory_due_at,
        pending=case.statutory_pending,
        light=case.statutory_light,
        working_days=case.statutory_days,
        stopped=case.stopped if case.statutory_due_at is None else None,
    )


def clock_view(found: CasePage) -> ClockView:
    """The clock of a case's page."""
    case, clock = found.instance, found.clock
    base = f"/cases/{case.key}"
    return ClockView(
        period=clock.period,
        due=case_due(case),
        stopped=when.stopped_text(case.stopped) if case.stopped else "",
        stopped_days=clock.stopped_days,
        lines=tuple(_line(stop) for stop in clock.stops),
        stop_action=f"{base}/stop-clock" if "stop-clock" in found.allowed_actions else "",
        resume_action=f"{base}/resume-clock" if "resume-clock" in found.allowed_actions else "",
        kinds=tuple((kind.value, when.stop_word(kind)) for kind in StopKind),
    )


def _line(stop: StopView) -> StopLine:
    return StopLine(
        kind=when.stop_word(stop.kind),
        since=when.minute(stop.stopped_at),
        until=when.minute(stop.resumed_at),
        reason=stop.reason,
        by=stop.by,
    )


@router.post("/cases/{key}/stop-clock")
def stop(
    request: Request,
    session: Checked,
    key: str,
    kind: Annotated[str, Form(max_length=20)] = "",
    reason: Annotated[str, Form(max_length=500)] = "",
) -> Response:
    """中止计时."""
    case_key = keys.parse(key)
    stop_clock(application(request), session.actor, key=case_key, kind=_kind(kind), reason=reason)
    return _back(key, "clock-stopped")


@router.post("/cases/{key}/resume-clock")
def resume(
    request: Request,
    session: Checked,
    key: str,
    reason: Annotated[str, Form(max_length=500)] = "",
) -> Response:
    """恢复计时."""
    resume_clock(application(request), session.actor, key=keys.parse(key), reason=reason)
    return _back(key, "clock-resumed")


def _kind(text: str) -> StopKind:
    if text in set(StopKind):
        return StopKind(text)
    message = _("请选择中止计时的类别。")
    raise InvalidInput(problems=(Problem(element_id="kind", rule="required", message=message),))


def _back(key: str, said: str) -> Response:
    response = RedirectResponse(f"/cases/{key}", status_code=303)
    flash.say(response, said)
    return response
