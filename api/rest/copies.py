"""Copies of cases (抄送) with who has read them (已阅), and urging (催办); ours."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Request
from fastapi.responses import Response
from pydantic import Field

from api import auth
from api.exact import ExactRoute
from api.rest.answers import answer, done
from api.rest.parameters import Caller, Once
from api.rest.process_instances import InstanceOut, instance_out
from api.rest.searching import Found, found
from api.rest.shapes import (
    Answer,
    Ask,
    Flag,
    KeyOut,
    KeyText,
    Name,
    ShortText,
    Text,
    Whole,
)
from engine.model.copies import CarbonCopy, CopiedCase, Urge
from engine.service.cases.copies import case_copies, case_urges, copied_cases, read_copy
from engine.service.cases.copy_case import MOST, copy_case
from engine.service.cases.urge_case import urge_case

router = APIRouter(route_class=ExactRoute)


class CopyAsk(Ask):
    """``people``: usernames of staff."""

    people: Annotated[list[Name], Field(min_length=1, max_length=MOST)]
    note: Text = ""


class CopyOut(Answer):
    """``copiedBy``: null where the diagram asks for the copy; ``readDate``: null = not yet."""

    copy_key: KeyOut
    process_instance_key: KeyOut
    username: str
    name: str
    copied_by: str | None
    copied_by_name: str
    element_id: str
    note: str
    creation_date: datetime
    read_date: datetime | None


class CopiesOut(Answer):
    items: list[CopyOut]


class CopiedCasesAsk(Ask):
    """``unread``: null = all. ``search``: in number, title and applicant. ``after``: a cursor."""

    unread: Flag | None = None
    search: ShortText = ""
    after: Text | None = None
    limit: Annotated[Whole, Field(ge=1, le=100)] = 20


class CopiedCaseOut(CopyOut):
    process_instance: InstanceOut


class UrgeAsk(Ask):
    note: Text = ""


class UrgeOut(Answer):
    """``userTaskKeys``: the open tasks that it was about."""

    urge_key: KeyOut
    process_instance_key: KeyOut
    username: str
    name: str
    note: str
    user_task_keys: list[KeyOut]
    creation_date: datetime


class UrgesOut(Answer):
    items: list[UrgeOut]


@router.post(
    "/user-tasks/{userTaskKey}/copies",
    summary="抄送",
    tags=["待办任务"],
    response_model=CopiesOut,
)
def copy(
    request: Request,
    actor: Caller,
    userTaskKey: KeyText,  # noqa: N803
    ask: CopyAsk,
    idempotency_key: Once = None,
) -> Response:
    """By whoever has the task; the copies as they stand now."""
    made = copy_case(
        auth.application(request),
        actor,
        task_key=userTaskKey,
        people=ask.people,
        note=ask.note,
        idempotency_key=idempotency_key,
    )
    return answer(CopiesOut(items=[copy_out(each) for each in made]))


@router.post(
    "/process-instances/{processInstanceKey}/copies/search",
    summary="事项的抄送",
    tags=["流程实例"],
    response_model=CopiesOut,
)
def copies_of_case(
    request: Request,
    actor: Caller,
    processInstanceKey: KeyText,  # noqa: N803
) -> Response:
    listed = case_copies(auth.application(request), actor, key=processInstanceKey)
    return answer(CopiesOut(items=[copy_out(each) for each in listed]))


@router.post(
    "/process-instances/{processInstanceKey}/copies/reading",
    summary="抄送已阅",
    tags=["流程实例"],
    status_code=204,
)
def reading(request: Request, actor: Caller, processInstanceKey: KeyText) -> Response:  # noqa: N803
    """Harmless where one has no copy, or has read it."""
    read_copy(auth.application(request), actor, key=processInstanceKey)
    return done()


@router.post(
    "/copies/search",
    summary="抄送我的",
    tags=["流程实例"],
    response_model=Found[CopiedCaseOut],
)
def copied_to_me(request: Request, actor: Caller, ask: CopiedCasesAsk | None = None) -> Response:
    asked = ask or CopiedCasesAsk()
    listed = copied_cases(
        auth.application(request),
        actor,
        unread=asked.unread,
        search=asked.search,
        cursor=asked.after,
        limit=asked.limit,
    )
    return answer(found(listed, copied_case_out))


@router.post(
    "/process-instances/{processInstanceKey}/urges",
    summary="催办",
    tags=["流程实例"],
    response_model=UrgeOut,
)
def urge(
    request: Request,
    actor: Caller,
    processInstanceKey: KeyText,  # noqa: N803
    ask: UrgeAsk | None = None,
    idempotency_key: Once = None,
) -> Response:
    """By the applicant or somebody who handled the case before; rate-limited (429)."""
    made = urge_case(
        auth.application(request),
        actor,
        key=processInstanceKey,
        note=ask.note if ask else "",
        idempotency_key=idempotency_key,
    )
    return answer(urge_out(made))


@router.post(
    "/process-instances/{processInstanceKey}/urges/search",
    summary="事项的催办",
    tags=["流程实例"],
    response_model=UrgesOut,
)
def urges_of_case(
    request: Request,
    actor: Caller,
    processInstanceKey: KeyText,  # noqa: N803
) -> Response:
    listed = case_urges(auth.application(request), actor, key=processInstanceKey)
    return answer(UrgesOut(items=[urge_out(each) for each in listed]))


def copy_out(copy: CarbonCopy) -> CopyOut:
    return CopyOut(**_fields(copy))


def copied_case_out(line: CopiedCase) -> CopiedCaseOut:
    return CopiedCaseOut(**_fields(line.copy), process_instance=instance_out(line.case))


def _fields(copy: CarbonCopy) -> dict[str, Any]:
    return {
        "copy_key": copy.key,
        "process_instance_key": copy.instance_key,
        "username": copy.username,
        "name": copy.name,
        "copied_by": copy.copied_by or None,
        "copied_by_name": copy.by_name,
        "element_id": copy.element_id,
        "note": copy.note,
        "creation_date": copy.created_at,
        "read_date": copy.read_at,
    }


def urge_out(made: Urge) -> UrgeOut:
    return UrgeOut(
        urge_key=made.key,
        process_instance_key=made.instance_key,
        username=made.username,
        name=made.name,
        note=made.note,
        user_task_keys=list(made.tasks),
        creation_date=made.created_at,
    )
