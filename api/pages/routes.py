"""All pages under one router."""

from __future__ import annotations

from fastapi import APIRouter, Depends

from api.pages import (
    apply_acts,
    case,
    cases,
    hall,
    inbox,
    language,
    login,
    notices,
    profile,
    receipt,
    task_acts,
    uploads,
)
from api.pages.admin import (
    calendar,
    drafts,
    incidents,
    instances,
    new_draft,
    people,
    person,
    publications,
    resources,
    services,
    try_decision,
    try_out,
    units,
)

router = APIRouter(dependencies=[Depends(language.choose)], include_in_schema=False)
for page in (
    login,
    hall,
    apply_acts,
    cases,
    receipt,
    case,
    inbox,
    task_acts,
    uploads,
    notices,
    profile,
    services,
    drafts,
    publications,
    new_draft,
    resources,
    try_out,
    try_decision,
    instances,
    incidents,
    people,
    person,
    units,
    calendar,
):
    router.include_router(page.router)
