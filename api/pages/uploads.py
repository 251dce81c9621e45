"""Documents: uploaded before a form is sent, downloaded and previewed through their case."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, File, Request, UploadFile
from fastapi.responses import JSONResponse, Response, StreamingResponse

from api.language import gettext as _
from api.pages.casefile import PREVIEWED
from api.pages.visit import Checked, Session, application
from engine.model import keys
from engine.model.errors import NotFound
from engine.model.records import Document
from engine.service.app import App
from engine.service.papers.open_document import open_document
from engine.service.papers.stage_document import stage_document

router = APIRouter()

_KINDS = {
    "application/pdf": "PDF",
    "image/jpeg": "JPG",
    "image/png": "PNG",
    "application/msword": "DOC",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "DOCX",
    "application/vnd.ms-excel": "XLS",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "XLSX",
}


def upload_rule(app: App) -> str:
    """What may be uploaded, in words."""
    kinds = "、".join(_KINDS.get(kind, kind) for kind in app.settings.document_types)
    return _("{kinds}，每个文件不超过 {limit} MB。").format(
        kinds=kinds, limit=app.settings.document_limit_mb
    )


@router.post("/documents")
def upload(
    request: Request,
    session: Checked,
    file: Annotated[UploadFile, File()],
) -> Response:
    """Take one file for a form that is being filled in; its key goes into the form."""
    document = stage_document(
        application(request),
        session.actor,
        name=file.filename or "",
        stream=file.file,
        size_hint=file.size,
    )
    return JSONResponse(
        {
            "key": str(document.key),
            "name": document.name,
            "size": document.size,
            "url": f"/documents/{document.key}",
        },
        status_code=201,
    )


@router.get("/documents/{key}")
def download(request: Request, session: Session, key: str) -> Response:
    """The file, always as an attachment."""
    document, stream = open_document(application(request), session.actor, key=keys.parse(key))
    return StreamingResponse(
        stream,
        media_type=document.media_type,
        headers={
            "Content-Disposition": f"attachment; filename*=UTF-8''{quote(document.name)}",
            "Content-Length": str(document.size),
            "Content-Security-Policy": "default-src 'none'; sandbox",
            "X-Content-Type-Options": "nosniff",
        },
    )


@router.get("/documents/{key}/preview")
def preview(request: Request, session: Session, key: str) -> Response:
    """A PDF or picture to look at inside a page of ours; nothing of it may run."""
    document, stream = open_document(application(request), session.actor, key=keys.parse(key))
    return _inline(document, stream)


#: Nothing runs in either; a browser's own PDF viewer does not open in a sandbox.
_POLICIES = {
    "image": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'self'; sandbox",
    "pdf": (
        "default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data:; "
        "object-src 'self'; frame-ancestors 'self'"
    ),
}


def _inline(document: Document, stream: object) -> Response:
    if document.media_type not in PREVIEWED:
        raise NotFound(what=_("预览"), key=document.name)
    return StreamingResponse(
        stream,  # type: ignore[arg-type]
        media_type=document.media_type,
        headers={
            "Content-Disposition": "inline",
            "Content-Length": str(document.size),
            "X-Content-Type-Options": "nosniff",
            "X-Frame-Options": "SAMEORIGIN",
            "Content-Security-Policy": _POLICIES[PREVIEWED[document.media_type]],
        },
    )
