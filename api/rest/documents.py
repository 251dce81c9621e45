"""Documents: uploads for forms, and reading them back."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, File, Request, UploadFile
from fastapi.responses import Response, StreamingResponse
from pydantic import Field

from api import auth
from api.exact import ExactRoute
from api.rest.answers import answer, done
from api.rest.parameters import Caller
from api.rest.shapes import Answer, KeyText
from engine.model.errors import Conflict
from engine.model.records import Document
from engine.service.papers.open_document import discard_document, open_document
from engine.service.papers.stage_document import stage_document
from engine.text import tell

router = APIRouter(tags=["材料"], route_class=ExactRoute, prefix="/documents")


class MetadataOut(Answer):
    file_name: str
    content_type: str
    size: int
    expires_at: datetime | None = None
    process_definition_id: str | None = None
    process_instance_key: str | None
    custom_properties: dict[str, str]


class ReferenceOut(Answer):
    """A reference as a variable holds it; ``camunda.document.type`` tells it from other objects."""

    document_type: str = Field(default="camunda", serialization_alias="camunda.document.type")
    document_id: str
    store_id: str = "banshi"
    content_hash: str
    metadata: MetadataOut


@router.post("", summary="上传材料", status_code=201, response_model=ReferenceOut)
def create(
    request: Request,
    actor: Caller,
    file: Annotated[UploadFile, File(description="PDF、图片或 Office 文件")],
) -> Response:
    """Kept, encrypted, for the uploader until a form that names it is sent."""
    document = stage_document(
        auth.application(request),
        actor,
        name=file.filename or "",
        stream=file.file,
        size_hint=file.size,
    )
    return answer(reference_out(document), status=201)


@router.get(
    "/{documentId}",
    summary="下载材料",
    response_class=StreamingResponse,
    responses={200: {"content": {"application/octet-stream": {}}}},
)
def get(
    request: Request,
    actor: Caller,
    documentId: KeyText,  # noqa: N803
    contentHash: str | None = None,  # noqa: N803
) -> Response:
    """As an attachment; for its owner until it is sent, then for whoever sees the case."""
    document, chunks = open_document(auth.application(request), actor, key=documentId)
    if contentHash is not None and contentHash != document.sha256:
        raise Conflict(what=tell("此材料"), reason=tell("内容与所给的摘要不符"))
    return download(document, chunks)


@router.delete("/{documentId}", summary="删除材料", status_code=204)
def delete(request: Request, actor: Caller, documentId: KeyText) -> Response:  # noqa: N803
    """One's own upload, before it is sent."""
    discard_document(auth.application(request), actor, key=documentId)
    return done()


def download(document: Document, chunks: Iterator[bytes]) -> Response:
    """The bytes as an attachment that no browser opens as a page."""
    plain = "".join(
        c if c.isascii() and (c.isalnum() or c in "._-") else "_" for c in document.name
    )
    return StreamingResponse(
        chunks,
        media_type=document.media_type,
        headers={
            "Content-Disposition": (
                f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(document.name)}"
            ),
            "Content-Length": str(document.size),
            "Content-Security-Policy": "default-src 'none'; sandbox",
            "X-Content-Type-Options": "nosniff",
        },
    )


def reference_out(document: Document) -> ReferenceOut:
    return ReferenceOut(
        document_id=str(document.key),
        content_hash=document.sha256,
        metadata=MetadataOut(
            file_name=document.name,
            content_type=document.media_type,
            size=document.size,
            process_instance_key=(
                str(document.instance_key) if document.instance_key is not None else None
            ),
            custom_properties={},
        ),
    )
