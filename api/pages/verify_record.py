"""Anybody checks an exported record of a case here (核验办理记录). Nothing is kept of the file."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, ClassVar

from fastapi import APIRouter, Depends, Request, UploadFile
from fastapi.responses import Response

from api import auth
from api.auth import PageSession
from api.exact import ExactResponse
from api.language import gettext as _
from api.pages import when
from api.pages.frame import Frame, frame
from api.pages.rendering import respond
from api.pages.visit import Session, application, stranger, visitor
from engine.model import keys
from engine.model.chain import canonical
from engine.model.checkpoints import fingerprint
from engine.model.errors import Throttled
from engine.service.history.checkpoints import trusted_keys
from engine.service.history.findings import Outcome, Report
from engine.service.history.personal_data import personal_data
from engine.service.history.record import export_record
from engine.service.history.record_verification import LARGEST
from engine.service.history.verify_upload import verify_upload

router = APIRouter()
HERE = "/verify-record"


@dataclass(frozen=True, kw_only=True)
class FindingLine:
    """``tone``: ``success``, ``info`` or ``danger``; ``mark`` says it in a word."""

    tone: str
    icon: str
    mark: str
    place: str
    text: str


@dataclass(frozen=True, kw_only=True)
class Verdict:
    sound: bool
    number: str
    title: str
    exported: str
    lines: tuple[FindingLine, ...]


@dataclass(frozen=True, kw_only=True)
class VerifyRecordPage:
    """``verdict`` None: no file was sent yet, or none that could be looked at (``error``)."""

    template: ClassVar[str] = "verify_record.html"

    frame: Frame
    fingerprints: tuple[str, ...]
    largest: str
    error: str
    verdict: Verdict | None


def verdict(report: Report) -> Verdict:
    """The report in words, what is broken first."""
    marks = {
        Outcome.BROKEN: ("danger", "alert-triangle", _("不成立")),
        Outcome.NOTE: ("info", "info-circle", _("说明")),
        Outcome.HOLDS: ("success", "circle-check", _("成立")),
    }
    order = list(marks)
    found = sorted(report.findings, key=lambda finding: order.index(finding.outcome))
    return Verdict(
        sound=report.sound,
        number=report.case_number,
        title=report.title,
        exported=_moment(report.exported_at),
        lines=tuple(
            FindingLine(
                tone=marks[each.outcome][0],
                icon=marks[each.outcome][1],
                mark=marks[each.outcome][2],
                place=each.place,
                text=each.text,
            )
            for each in found[:200]
        ),
    )


def _moment(text: str) -> str:
    """As the pages write moments; what is none, as it is."""
    try:
        return when.minute(datetime.fromisoformat(text))
    except (ValueError, TypeError):
        return text[:40]


def view(
    request: Request,
    session: PageSession | None,
    *,
    error: str = "",
    shown: Verdict | None = None,
) -> VerifyRecordPage:
    """The page, in whosever frame."""
    who = visitor(request, session) if session else stranger(request, auth.login_csrf(request))
    return VerifyRecordPage(
        frame=frame(request, who, title=_("核验办理记录")),
        fingerprints=tuple(sorted(fingerprint(key) for key in trusted_keys(application(request)))),
        largest=str(LARGEST // 1024 // 1024),
        error=error,
        verdict=shown,
    )


@router.get(HERE)
def ask(
    request: Request,
    session: Annotated[PageSession | None, Depends(auth.optional_session)],
) -> Response:
    """The form."""
    return respond(request, view(request, session))


@router.post(HERE, dependencies=[Depends(auth.public)])
def check(request: Request, file: UploadFile) -> Response:
    """The report. Nothing is kept of the file, so anybody may send one."""
    session = auth.optional_session(request)
    try:
        report = verify_upload(
            application(request), file=file.file, address=auth.client_address(request)
        )
    except Throttled as refused:
        wait = _("查询过于频繁，请 {minutes} 分钟后再试。").format(
            minutes=max(1, round(refused.seconds / 60))
        )
        return respond(request, view(request, session, error=wait), status=429)
    shown = verdict(report)
    return respond(
        request, view(request, session, shown=shown), status=200 if report.sound else 422
    )


@router.get("/cases/{key}/my-data")
def my_data(request: Request, session: Session, key: str) -> Response:
    """What is held of me in my case, to be kept (个人信息保护法 第 45 条)."""
    case = keys.parse(key)
    found = personal_data(application(request), session.actor, key=case)
    return Response(
        ExactResponse(found).body,
        media_type="application/json",
        headers={
            "Content-Disposition": f'attachment; filename="my-data-{case}.json"',
            "X-Content-Type-Options": "nosniff",
        },
    )


@router.get("/cases/{key}/record")
def download(request: Request, session: Session, key: str) -> Response:
    """A case's record as a file, to be kept and checked elsewhere."""
    exported = export_record(application(request), session.actor, key=keys.parse(key))
    name = "".join(c for c in exported.case.number if c.isascii() and (c.isalnum() or c in "-_"))
    return Response(
        canonical(exported.document).encode(),
        media_type="application/json",
        headers={
            "Content-Disposition": f'attachment; filename="record-{name or key}.json"',
            "X-Content-Type-Options": "nosniff",
        },
    )
