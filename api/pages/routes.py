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
    profile_notices,
    receipt,
    task_acts,
    uploads,
    verify,
)
from api.pages.admin import (
    calendar,
    dispatches,
    drafts,
    incidents,
    instances,
    letter_templates,
    letters,
    new_draft,
    outgoing,
    people,
    person,
    publications,
    resources,
    services,
    try_decision,
    try_out,
    units,
    wordings,
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
    profile_notices,
    verify,
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
    letters,
    letter_templates,
    outgoing,
    dispatches,
    wordings,
):
    router.include_router(page.router)
