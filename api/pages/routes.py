"""All pages under one router."""

from __future__ import annotations

from fastapi import APIRouter, Depends

from api.pages import language

router = APIRouter(dependencies=[Depends(language.choose)], include_in_schema=False)
