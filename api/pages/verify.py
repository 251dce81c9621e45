"""Anybody checks a letter here, by its code or with the file in hand (文书核验)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar

from fastapi import APIRouter, Depends, Request, UploadFile
from fastapi.responses import RedirectResponse, Response

from api import auth
from api.auth import PageSession
from api.language import gettext as _
from api.pages import telling, words
from api.pages.frame import Frame, frame
from api.pages.rendering import respond
from api.pages.visit import application, stranger, visitor
from engine.model.errors import NotFound, Throttled, TooLarge
from engine.model.letters import LetterState, Verification, read_code, shown_code
from engine.service.letters.verifying import verify_letter

router = APIRouter()
HERE = "/verify"


@dataclass(frozen=True, kw_only=True)
class Checked:
    """What the public may know of a letter. ``match``: of the file, "" = none was given;
    ``record``: the digest in the case's record that it hangs on, ``checkpoint``: by which that is
    proved."""

    symbol: str
    kind: str
    outcome: str
    unit: str
    addressee: str
    issued: str
    digest: str
    badge: words.Badge
    valid: bool
    revoked: str
    match: str
    action: str
    record: str
    checkpoint: str


@dataclass(frozen=True, kw_only=True)
class VerifyPage:
    """``letter`` None: nothing was looked for, or nothing found (``error`` says so)."""

    template: ClassVar[str] = "verify.html"

    frame: Frame
    code: str
    error: str
    letter: Checked | None


def checked(found: Verification, code: str) -> Checked:
    """A letter's facts in words."""
    return Checked(
        symbol=found.symbol,
        kind=found.kind,
        outcome=found.outcome,
        unit=found.unit,
        addressee=found.addressee_mask,
        issued=f"{found.issued_on:%Y-%m-%d}",
        digest=_blocks(found.sha256),
        badge=telling.letter(found.state),
        valid=found.state is not LetterState.REVOKED,
        revoked=f"{found.revoked_on:%Y-%m-%d}" if found.revoked_on else "",
        match={None: "", True: "same", False: "other"}[found.matches],
        action=f"{HERE}/{code}",
        record=_blocks(found.record_digest),
        checkpoint=str(found.checkpoint or ""),
    )


def _blocks(digest: str) -> str:
    return " ".join(digest[n : n + 8] for n in range(0, len(digest), 8))


def view(
    request: Request,
    session: PageSession | None,
    *,
    code: str = "",
    error: str = "",
    letter: Checked | None = None,
) -> VerifyPage:
    """The page, in whosever frame."""
    who = visitor(request, session) if session else stranger(request, auth.login_csrf(request))
    return VerifyPage(
        frame=frame(request, who, title=_("文书核验")), code=code, error=error, letter=letter
    )


@router.get(HERE)
def ask(
    request: Request,
    session: Annotated[PageSession | None, Depends(auth.optional_session)],
    code: str = "",
) -> Response:
    """The form; a code that was typed is looked up at its own address."""
    read = read_code(code)
    if read is not None:
        return RedirectResponse(f"{HERE}/{read}", status_code=303)
    error = _("验证码应为 20 位字母和数字，印在文书左下角。") if code.strip() else ""
    page = view(request, session, code=code[:60], error=error)
    return respond(request, page, status=422 if error else 200)


@router.get(f"{HERE}/{{code}}")
def show(
    request: Request,
    session: Annotated[PageSession | None, Depends(auth.optional_session)],
    code: str,
) -> Response:
    """What the public may know of the letter with this code."""
    return _answer(request, session, code)


@router.post(f"{HERE}/{{code}}", dependencies=[Depends(auth.public)])
def compare(request: Request, code: str, file: UploadFile) -> Response:
    """Whether a file is that very letter. Nothing is kept of it, so anybody may send one."""
    return _answer(request, auth.optional_session(request), code, file)


def _answer(
    request: Request, session: PageSession | None, code: str, file: UploadFile | None = None
) -> Response:
    read = read_code(code) or ""
    try:
        found = verify_letter(
            application(request),
            code=code,
            address=auth.client_address(request),
            file=file.file if file is not None else None,
        )
    except NotFound:
        said = _("没有查到这份文书。请核对验证码；如果确认无误，它可能不是本系统出具的。")
        return _refused(request, session, code, said, status=404)
    except Throttled as refused:
        wait = _("查询过于频繁，请 {minutes} 分钟后再试。").format(
            minutes=max(1, round(refused.seconds / 60))
        )
        return _refused(request, session, code, wait, status=429)
    except TooLarge as refused:
        return _refused(request, session, code, refused.message, status=413)
    page = view(request, session, code=shown_code(read), letter=checked(found, read))
    return respond(request, page)


def _refused(
    request: Request, session: PageSession | None, code: str, error: str, *, status: int
) -> Response:
    page = view(request, session, code=code[:60], error=error)
    return respond(request, page, status=status)
