"""Comments (评论) on user tasks: said beside the decision, with files, for those who handle the case."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Request
from fastapi.responses import Response
from pydantic import Field

from api import auth
from api.exact import ExactRoute
from api.rest.answers import answer, done
from api.rest.parameters import Caller, Once
from api.rest.shapes import Answer, Ask, KeyOut, KeyText, Name, Text
from engine.model.records import Entry
from engine.service.tasks.comment_task import MOST_FILES, MOST_MENTIONS, comment_task, comments

router = APIRouter(tags=["待办任务"], route_class=ExactRoute, prefix="/user-tasks")


class CommentAsk(Ask):
    """``documentIds``: one's own uploads; ``mentions``: usernames of those to be told."""

    text: Text
    document_ids: Annotated[list[KeyText], Field(default_factory=list, max_length=MOST_FILES)]
    mentions: Annotated[list[Name], Field(default_factory=list, max_length=MOST_MENTIONS)]


class CommentOut(Answer):
    """``number``: of the journal's entry that holds it; ``mentions``: names."""

    number: int
    at: datetime
    author_name: str
    text: str
    document_ids: list[KeyOut]
    mentions: list[str]


class CommentsOut(Answer):
    items: list[CommentOut]


@router.get("/{userTaskKey}/comments", summary="评论", response_model=CommentsOut)
def listed(request: Request, actor: Caller, userTaskKey: KeyText) -> Response:  # noqa: N803
    """What was said on the task, oldest first."""
    found = comments(auth.application(request), actor, key=userTaskKey)
    return answer(CommentsOut(items=[_out(entry) for entry in found]))


@router.post("/{userTaskKey}/comments", summary="发表评论", status_code=204)
def create(
    request: Request,
    actor: Caller,
    userTaskKey: KeyText,  # noqa: N803
    ask: CommentAsk,
    idempotency_key: Once = None,
) -> Response:
    """Say something; the applicant does not see it."""
    comment_task(
        auth.application(request),
        actor,
        key=userTaskKey,
        text=ask.text,
        files=ask.document_ids,
        mentions=ask.mentions,
        idempotency_key=idempotency_key,
    )
    return done()


def _out(entry: Entry) -> CommentOut:
    return CommentOut(
        number=entry.number,
        at=entry.at,
        author_name=entry.actor_name,
        text=str(entry.said.get("comment", "")),
        document_ids=list(entry.documents),
        mentions=list(entry.people),
    )
