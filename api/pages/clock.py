"""A case's statutory clock in words, and stopping it and letting it go on by hand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from api.language import gettext as _
from api.pages import flash, when
from api.pages.visit import Checked, application
from engine.model import keys
from engine.model.clock import StopKind
from engine.model.errors import InvalidInput
from engine.model.keys import Key
from engine.model.letters import LetterState
from engine.model.problems import Problem
from engine.model.records import Instance
from engine.model.states import DocumentPurpose
from engine.service.cases.pages import CasePage
from engine.service.clock.case_clock import StopView
from engine.service.clock.stop_clock import resume_clock, stop_clock

router = APIRouter()


@dataclass(frozen=True, kw_only=True)
class NoticeLink:
    """The writing that told the applicant of a stop. ``text``: its number (文号) or file name;
    ``name``: what kind of letter, "" = a file; ``href``: "" until its PDF is made."""

    text: str
    name: str
    href: str
    valid: bool = True


@dataclass(frozen=True, kw_only=True)
class StopLine:
    """An interval in which the clock stood still. ``until``: "" while it does."""

    kind: str
    since: str
    until: str
    reason: str
    by: str
    notice: NoticeLink | None


@dataclass(frozen=True, kw_only=True)
class ClockView:
    """``due``: the case's own deadline in words, None where it has none. ``stopped``: 计时中止（补正）,
    "" while the clock runs. ``stop_action`` and ``resume_action``: where the forms go, "" for those
    who may not. ``kinds``: what a stop can be for (value, words); ``files``: the case's letters
    and files, of which one may be the written notice (key, words).
    """

    period: str
    due: when.Due | None
    stopped: str
    stopped_days: int
    lines: tuple[StopLine, ...]
    stop_action: str
    resume_action: str
    kinds: tuple[tuple[str, str], ...]
    files: tuple[tuple[str, str], ...]

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
    names = _named(found)
    return ClockView(
        period=clock.period,
        due=case_due(case),
        stopped=when.stopped_text(case.stopped) if case.stopped else "",
        stopped_days=clock.stopped_days,
        lines=tuple(_line(stop, names) for stop in clock.stops),
        stop_action=f"{base}/stop-clock" if "stop-clock" in found.allowed_actions else "",
        resume_action=f"{base}/resume-clock" if "resume-clock" in found.allowed_actions else "",
        kinds=tuple((kind.value, when.stop_word(kind)) for kind in StopKind),
        files=tuple((str(key), text) for key, text in names.items()),
    )


def _named(found: CasePage) -> dict[Key, str]:
    """The case's files as they are called: letters by their number, which come first."""
    letters = {
        letter.document_key: f"{letter.symbol} {letter.template_name}"
        for letter in found.letters
        if letter.document_key and letter.state is not LetterState.REVOKED
    }
    others = {
        filed.key: filed.name
        for filed in found.documents
        if filed.purpose is not DocumentPurpose.SIGNATURE and filed.key not in letters
    }
    return letters | others


def _notice(stop: StopView, names: Mapping[Key, str]) -> NoticeLink | None:
    letter = stop.letter
    if letter is not None:
        return NoticeLink(
            text=letter.symbol,
            name=letter.template_name,
            href=f"/documents/{letter.document_key}" if letter.document_key else "",
            valid=letter.state is not LetterState.REVOKED,
        )
    if stop.document is None or stop.document not in names:
        return None
    return NoticeLink(text=names[stop.document], name="", href=f"/documents/{stop.document}")


def _line(stop: StopView, names: Mapping[Key, str]) -> StopLine:
    return StopLine(
        kind=when.stop_word(stop.kind),
        since=when.minute(stop.stopped_at),
        until=when.minute(stop.resumed_at),
        reason=stop.reason,
        by=stop.by,
        notice=_notice(stop, names),
    )


@router.post("/cases/{key}/stop-clock")
def stop(  # noqa: PLR0917 - a route
    request: Request,
    session: Checked,
    key: str,
    kind: Annotated[str, Form(max_length=20)] = "",
    reason: Annotated[str, Form(max_length=500)] = "",
    document: Annotated[str, Form(max_length=20)] = "",
) -> Response:
    """中止计时."""
    stop_clock(
        application(request),
        session.actor,
        key=keys.parse(key),
        kind=_kind(kind),
        reason=reason,
        document=keys.parse(document) if document else None,
    )
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
