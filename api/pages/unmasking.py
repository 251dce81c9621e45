"""Have the masks taken off a case for a while (查看完整信息), on its own page and its tasks'."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from api.language import gettext as _
from api.pages import flash, paging, when
from api.pages.frame import Frame, frame, local
from api.pages.refused import why
from api.pages.rendering import respond
from api.pages.visit import Checked, application, visitor
from engine.forms import Kind
from engine.model import keys
from engine.model.errors import InvalidInput
from engine.model.keys import Key
from engine.service.cases.case_page import case_page
from engine.service.cases.pages import CasePrivacy
from engine.service.privacy.unmask import unmask

router = APIRouter()


@dataclass(frozen=True, kw_only=True)
class Unmask:
    """What ``parts/unmask.html`` shows. ``hidden``: what is masked, in words; ``kinds``: what may
    be asked for, none where it may not; ``until``: the end of what is shown now, "" = nothing."""

    action: str
    back: str
    hidden: str
    kinds: tuple[paging.Choice, ...]
    purposes: tuple[paging.Choice, ...]
    note: str
    until: str
    minutes: str
    error: str


@dataclass(frozen=True, kw_only=True)
class UnmaskPage:
    """The form alone, shown again with what was wrong."""

    template: ClassVar[str] = "unmask.html"

    frame: Frame
    title: str
    unmask: Unmask | None


def kind_name(kind: Kind) -> str:
    """A kind of personal data in words."""
    return {
        Kind.IDENTITY: _("证件号码"),
        Kind.BANK: _("银行账号"),
        Kind.PHONE: _("联系方式"),
        Kind.ADDRESS: _("住址"),
        Kind.PERSONAL: _("其他敏感信息"),
        Kind.SPECIAL: _("特殊敏感信息"),
    }[kind]


def offer(
    request: Request,
    privacy: CasePrivacy,
    *,
    key: Key,
    back: str,
    asked: tuple[str, ...] = (),
    purpose: str = "",
    note: str = "",
    error: str = "",
) -> Unmask | None:
    """What is hidden and how it is shown; None where there is nothing to say."""
    if not privacy.masked and privacy.until is None:
        return None
    settings = application(request).settings
    return Unmask(
        action=f"/cases/{key}/unmasking",
        back=back,
        hidden="、".join(kind_name(kind) for kind in privacy.masked),
        kinds=tuple(
            paging.Choice(
                value=kind.value, label=kind_name(kind), chosen=not asked or kind.value in asked
            )
            for kind in privacy.masked
        )
        if privacy.may_unmask
        else (),
        purposes=paging.choices(((p, p) for p in settings.unmask_purposes), purpose),
        note=note,
        until=when.minute(privacy.until) if privacy.until else "",
        minutes=str(settings.unmask_minutes),
        error=error,
    )


@router.post("/cases/{key}/unmasking")
def show_in_clear(  # noqa: PLR0917 - a route
    request: Request,
    session: Checked,
    key: str,
    purpose: Annotated[str, Form(max_length=200)] = "",
    note: Annotated[str, Form(max_length=2000)] = "",
    kinds: Annotated[list[str] | None, Form(max_length=20)] = None,
    back: Annotated[str, Form(max_length=500)] = "",
) -> Response:
    """Take the masks off, then back to where the reader was."""
    app, case_key = application(request), keys.parse(key)
    to = local(back, f"/cases/{case_key}")
    try:
        unmask(
            app, session.actor, key=case_key, purpose=purpose, note=note, kinds=tuple(kinds or ())
        )
    except InvalidInput as wrong:
        found = case_page(app, session.actor, key=case_key)
        page = UnmaskPage(
            frame=frame(request, visitor(request, session), title=_("查看完整信息")),
            title=f"{found.instance.title} {found.instance.number}",
            unmask=offer(
                request,
                found.privacy,
                key=case_key,
                back=to,
                asked=tuple(kinds or ()),
                purpose=purpose,
                note=note,
                error=why(wrong),
            ),
        )
        return respond(request, page, status=422)
    response = RedirectResponse(to, status_code=303)
    flash.say(response, "unmasked", what=str(app.settings.unmask_minutes))
    return response
