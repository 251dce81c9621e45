"""Masked data shown in clear for a purpose, and the audit list of that (ours)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response
from pydantic import Field

from api import auth
from api.exact import ExactResponse, ExactRoute
from api.rest.answers import answer
from api.rest.parameters import Caller
from api.rest.searching import Filter, Found, KeyFilter, MomentFilter, SearchAsk, TextFilter, found
from api.rest.shapes import Answer, Ask, KeyOut, KeyText, Name, ShortText, Text
from engine.model.privacy import Unmasking
from engine.service.history.personal_data import personal_data
from engine.service.privacy.unmask import search_unmaskings, unmask, unmaskings_of

router = APIRouter(tags=["个人信息"], route_class=ExactRoute)


class UnmaskingAsk(Ask):
    """``kinds``: identity, bank, phone, address, personal, special; none = all of them."""

    purpose: Name
    note: Text
    kinds: list[ShortText] = Field(default=[], max_length=20)


class UnmaskingFilter(Filter):
    unmasking_key: KeyFilter | None = None
    process_instance_key: KeyFilter | None = None
    case_number: TextFilter | None = None
    username: TextFilter | None = None
    purpose: TextFilter | None = None
    at: MomentFilter | None = None


class UnmaskingSearch(SearchAsk):
    filter: UnmaskingFilter = UnmaskingFilter()


class UnmaskingOut(Answer):
    unmasking_key: KeyOut
    process_instance_key: KeyOut
    case_number: str
    username: str
    name: str
    purpose: str
    note: str
    kinds: list[str]
    at: datetime
    until: datetime


class PersonalDataOut(Answer):
    """``filed``: the form as it stands, field by field; ``unmaskings``: who saw it in clear."""

    format: str
    exported_at: datetime
    case: Mapping[str, Any]
    filed: list[Mapping[str, Any]]
    documents: list[Mapping[str, Any]]
    entries: list[Mapping[str, Any]]
    letters: list[Mapping[str, Any]]
    unmaskings: list[Mapping[str, Any]]


@router.post(
    "/process-instances/{processInstanceKey}/unmasking",
    summary="查看完整信息",
    response_model=UnmaskingOut,
)
def create(
    request: Request,
    actor: Caller,
    processInstanceKey: KeyText,  # noqa: N803
    ask: UnmaskingAsk,
) -> Response:
    """From now until ``until`` the caller sees these kinds of the case's data in clear."""
    made = unmask(
        auth.application(request),
        actor,
        key=processInstanceKey,
        purpose=ask.purpose,
        note=ask.note,
        kinds=ask.kinds,
    )
    return answer(unmasking_out(made))


@router.get(
    "/process-instances/{processInstanceKey}/unmaskings",
    summary="事项的查阅记录",
    response_model=Found[UnmaskingOut],
)
def of_case(request: Request, actor: Caller, processInstanceKey: KeyText) -> Response:  # noqa: N803
    """For administrators, and for the applicant of the case."""
    page = unmaskings_of(auth.application(request), actor, key=processInstanceKey)
    return answer(found(page, unmasking_out))


@router.get(
    "/process-instances/{processInstanceKey}/personal-data",
    summary="复制个人信息",
    response_model=PersonalDataOut,
)
def personal(request: Request, actor: Caller, processInstanceKey: KeyText) -> Response:  # noqa: N803
    """What is held of the caller in his own case."""
    found = personal_data(auth.application(request), actor, key=processInstanceKey)
    return ExactResponse(found)


@router.post("/unmaskings/search", summary="查询查阅记录", response_model=Found[UnmaskingOut])
def search(request: Request, actor: Caller, ask: UnmaskingSearch | None = None) -> Response:
    """Who looked at what in clear, why and when; administrators only."""
    query = (ask or UnmaskingSearch()).query()
    page = search_unmaskings(auth.application(request), actor, query=query)
    return answer(found(page, unmasking_out))


def unmasking_out(made: Unmasking) -> UnmaskingOut:
    return UnmaskingOut(
        unmasking_key=made.key,
        process_instance_key=made.instance_key,
        case_number=made.case_number,
        username=made.username,
        name=made.name,
        purpose=made.purpose,
        note=made.note,
        kinds=list(made.kinds),
        at=made.at,
        until=made.until,
    )
