"""Something new to draw: its name and id, or a file to begin with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, ClassVar

from fastapi import APIRouter, File, Form, Request, UploadFile
from fastapi.responses import RedirectResponse, Response

from api.auth import PageSession
from api.language import gettext as _
from api.pages import words
from api.pages.admin.drafts import SIDES, kind_name
from api.pages.admin.people import problems_of
from api.pages.frame import Frame
from api.pages.rendering import respond
from api.pages.visit import Administrator, administration, application
from engine.model.definitions import ResourceKind
from engine.model.errors import Conflict, InvalidInput, TooLarge
from engine.model.problems import Problem
from engine.service.publishing.drafts import open_draft

router = APIRouter()
FIELDS = {"id": "new_id", "name": "new_name", "content": "file"}


@dataclass(frozen=True, kw_only=True)
class NewDraftPage:
    """``kind`` as in the address; ``heading``: 新建流程 …"""

    template: ClassVar[str] = "admin/new_draft.html"

    frame: Frame
    kind: str
    heading: str
    back: str
    new_id: str
    new_name: str
    problems: tuple[words.Trouble, ...]
    errors: Mapping[str, str] = field(default_factory=dict)


def view(
    request: Request,
    session: PageSession,
    kind: ResourceKind,
    *,
    new_id: str = "",
    new_name: str = "",
    problems: Sequence[Problem] = (),
) -> NewDraftPage:
    """The two ways to begin."""
    heading = _("新建{kind}").format(kind=kind_name(kind))
    return NewDraftPage(
        frame=administration(request, session, title=heading, side=SIDES[kind]),
        kind=kind.value,
        heading=heading,
        back=f"/admin/{SIDES[kind]}",
        new_id=new_id,
        new_name=new_name,
        problems=words.troubles(problems, FIELDS),
        errors={FIELDS.get(p.element_id, p.element_id): p.message for p in reversed(problems)},
    )


@router.get("/admin/new/{kind}")
def show(
    request: Request,
    session: Administrator,
    kind: ResourceKind,
) -> Response:
    """Ask for name and id, or a file."""
    return respond(request, view(request, session, kind))


@router.post("/admin/new/{kind}")
def create(
    request: Request,
    session: Administrator,
    *,
    kind: ResourceKind,
    new_id: Annotated[str, Form(max_length=200)] = "",
    new_name: Annotated[str, Form(max_length=200)] = "",
    file: Annotated[UploadFile | None, File()] = None,
) -> Response:
    """Open the draft and go to its editor."""
    try:
        content = _text_of(file)
        draft = open_draft(
            application(request),
            session.actor,
            kind=kind,
            content=content,
            resource_name=(file.filename or "") if file and content is not None else "",
            new_id=new_id.strip(),
            new_name=new_name.strip(),
        )
    except (InvalidInput, Conflict, TooLarge) as refused:
        page = view(
            request,
            session,
            kind,
            new_id=new_id,
            new_name=new_name,
            problems=problems_of(refused),
        )
        return respond(request, page, status=422)
    return RedirectResponse(f"/admin/drafts/{draft.key}", status_code=303)


def _text_of(file: UploadFile | None) -> str | None:
    """The text of an uploaded file, None where none was chosen."""
    if file is None or not file.filename:
        return None
    try:
        return file.file.read().decode("utf-8-sig")
    except UnicodeDecodeError:
        wrong = Problem(
            element_id="content", rule="encoding", message=_("文件不是 UTF-8 编码的文本。")
        )
        raise InvalidInput(problems=(wrong,)) from None
