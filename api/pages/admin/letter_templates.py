"""Templates of letters: what is in force, what waits for a second administrator, and a new version."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Annotated, ClassVar

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from api.auth import PageSession
from api.language import gettext as _
from api.pages import flash, telling, words
from api.pages.frame import Frame, frame
from api.pages.rendering import respond
from api.pages.visit import Administrator, application, visitor
from engine.model import keys
from engine.model.errors import BanshiError, Conflict, Forbidden, InvalidInput, LetterFault
from engine.model.letters import Template, TemplateState, TemplateVersion
from engine.model.problems import Problem
from engine.service.letters.templates import (
    discard_template,
    get_template,
    list_templates,
    preview_template,
    propose_template,
    publish_template,
)

router = APIRouter()
HERE = "/admin/letter-templates"
#: Field, how many rows it is high (1: a line).
_FIELDS = {
    "id": 1,
    "name": 1,
    "series": 1,
    "unit": 1,
    "title": 1,
    "addressee": 1,
    "outcome": 1,
    "body": 12,
    "remedy": 3,
}
FIELDS = {name: name for name in (*_FIELDS, "effective_from", "note")}


@dataclass(frozen=True, kw_only=True)
class VersionRow:
    """``publish``: where to confirm it, "" where it is decided or one's own to wait for."""

    name: str
    id: str
    version: int
    badge: words.Badge
    since: str
    drafted: str
    note: str
    preview: str
    copy: str
    publish: str
    discard: str
    mine: bool


@dataclass(frozen=True, kw_only=True)
class LetterTemplatesPage:
    """``four_eyes``: whoever proposed may not publish."""

    template: ClassVar[str] = "admin/letter_templates.html"

    frame: Frame
    rows: tuple[VersionRow, ...]
    four_eyes: bool


@dataclass(frozen=True, kw_only=True)
class TemplateField:
    """``rows`` 1: a line of text, else an area."""

    name: str
    label: str
    hint: str
    value: str
    rows: int
    required: bool
    error: str


@dataclass(frozen=True, kw_only=True)
class LetterTemplateForm:
    template: ClassVar[str] = "admin/letter_template.html"

    frame: Frame
    fields: tuple[TemplateField, ...]
    effective_from: str
    effective_error: str
    note: str
    problems: tuple[words.Trouble, ...]


def _words() -> Mapping[str, tuple[str, str]]:
    """Label and hint of each field."""
    return {
        "id": (_("编号"), _("流程图里用 banshi:letter 引用它，例如 venture-award-notice")),
        "name": (_("名称"), _("给管理员看的，例如 公益创投入选通知书")),
        "series": (_("发文字号"), _("例如 潍民创投，出具时接〔年〕号")),
        "unit": (_("落款单位"), ""),
        "title": (_("标题"), ""),
        "addressee": (_("主送"), _("例如 {= orgName }，冒号自动加上")),
        "outcome": (_("结果"), _("几个字，显示在公开核验页，例如 入选。不要写个人信息")),
        "body": (_("正文"), _("每行一段；花括号里是 FEEL 表达式，值为空的整段不印")),
        "remedy": (_("救济途径"), _("行政复议、行政诉讼的告知；没有就留空")),
    }


def rows(
    versions: Sequence[TemplateVersion], session: PageSession, *, four_eyes: bool
) -> tuple[VersionRow, ...]:
    """All versions; what one proposed oneself waits for somebody else."""
    found = []
    for version in versions:
        proposed = version.state is TemplateState.PROPOSED
        mine = proposed and four_eyes and version.drafted_by == session.actor.key
        action = f"{HERE}/{version.key}"
        found.append(
            VersionRow(
                name=version.template.name,
                id=version.template.id,
                version=version.version,
                badge=telling.template(version.state),
                since=version.effective_from.isoformat(),
                drafted=version.drafted_by_name,
                note=version.note,
                preview=f"{action}/preview",
                copy=f"{HERE}/new?like={version.key}",
                publish=f"{action}/publish" if proposed and not mine else "",
                discard=f"{action}/discard" if proposed else "",
                mine=mine,
            )
        )
    return tuple(found)


@router.get(HERE)
def show(request: Request, session: Administrator) -> Response:
    """All versions of all templates."""
    app = application(request)
    page = LetterTemplatesPage(
        frame=_frame(request, session, _("文书模板")),
        rows=rows(list_templates(app, session.actor), session, four_eyes=not app.settings.demo),
        four_eyes=not app.settings.demo,
    )
    return respond(request, page)


@router.get(f"{HERE}/new")
def new(
    request: Request,
    session: Administrator,
    like: str = "",
) -> Response:
    """The form for a new version, filled in with an earlier one."""
    app = application(request)
    values = dict.fromkeys(_FIELDS, "")
    if like:
        template = get_template(app, session.actor, key=keys.parse(like)).template
        values = {name: getattr(template, name) for name in _FIELDS}
    today = app.local_now().date().isoformat()
    return respond(request, form(request, session, values, effective_from=today))


@router.post(HERE)
def propose(
    request: Request,
    session: Administrator,
    *,
    id: Annotated[str, Form(max_length=200)] = "",  # noqa: A002 - the field's name
    name: Annotated[str, Form(max_length=200)] = "",
    series: Annotated[str, Form(max_length=100)] = "",
    unit: Annotated[str, Form(max_length=1000)] = "",
    title: Annotated[str, Form(max_length=2000)] = "",
    addressee: Annotated[str, Form(max_length=2000)] = "",
    outcome: Annotated[str, Form(max_length=2000)] = "",
    body: Annotated[str, Form(max_length=20_000)] = "",
    remedy: Annotated[str, Form(max_length=5000)] = "",
    effective_from: Annotated[str, Form(max_length=20)] = "",
    note: Annotated[str, Form(max_length=1000)] = "",
) -> Response:
    """A new version, for a second administrator to confirm."""
    texts = (id, name, series, unit, title, addressee, outcome, body, remedy)
    values = {
        field: text.replace("\r\n", "\n").strip()
        for field, text in zip(_FIELDS, texts, strict=True)
    }
    problems: list[Problem] = []
    try:
        since = date.fromisoformat(effective_from)
        propose_template(
            application(request),
            session.actor,
            template=Template(**values),
            effective_from=since,
            note=note.strip(),
        )
    except ValueError:
        message = _("生效日期请写成 2025-03-01 这样。")
        problems.append(Problem(element_id="effective_from", rule="date", message=message))
    except InvalidInput as refused:
        problems.extend(refused.problems)
    if problems:
        page = form(
            request,
            session,
            values,
            effective_from=effective_from,
            note=note,
            problems=tuple(problems),
        )
        return respond(request, page, status=422)
    response = RedirectResponse(HERE, status_code=303)
    flash.say(response, "proposed", what=values["name"])
    return response


@router.get(f"{HERE}/{{key}}/preview")
def preview(
    request: Request,
    session: Administrator,
    key: str,
) -> Response:
    """A specimen as PDF."""
    try:
        pdf = preview_template(application(request), session.actor, key=keys.parse(key))
    except LetterFault as fault:
        return _told(fault)
    headers = {"Content-Disposition": "inline", "X-Content-Type-Options": "nosniff"}
    return Response(pdf, media_type="application/pdf", headers=headers)


@router.post(f"{HERE}/{{key}}/{{act}}")
def decide(
    request: Request,
    session: Administrator,
    key: str,
    act: str,
) -> Response:
    """``publish`` what was proposed, or ``discard`` it."""
    do = publish_template if act == "publish" else discard_template
    try:
        decided = do(application(request), session.actor, key=keys.parse(key))
    except (Conflict, Forbidden) as refused:
        if not session.actor.administrator:
            raise
        return _told(refused)
    response = RedirectResponse(HERE, status_code=303)
    code = "template-published" if act == "publish" else "discarded"
    flash.say(response, code, what=decided.template.name)
    return response


def form(
    request: Request,
    session: PageSession,
    values: Mapping[str, str],
    *,
    effective_from: str,
    note: str = "",
    problems: tuple[Problem, ...] = (),
) -> LetterTemplateForm:
    """The form, with what was typed."""
    errors = {p.element_id: p.message for p in reversed(problems)}
    labels = _words()
    return LetterTemplateForm(
        frame=_frame(request, session, _("新的模板版本")),
        fields=tuple(
            TemplateField(
                name=name,
                label=labels[name][0],
                hint=labels[name][1],
                value=values[name],
                rows=height,
                required=name not in {"addressee", "outcome", "remedy"},
                error=errors.get(name, ""),
            )
            for name, height in _FIELDS.items()
        ),
        effective_from=effective_from,
        effective_error=errors.get("effective_from", ""),
        note=note,
        problems=words.troubles(problems, FIELDS),
    )


def _frame(request: Request, session: PageSession, title: str) -> Frame:
    return frame(request, visitor(request, session), title=title, section="admin", side="letters")


def _told(refused: BanshiError) -> Response:
    response = RedirectResponse(HERE, status_code=303)
    flash.say(response, "refused", what=refused.message)
    return response
