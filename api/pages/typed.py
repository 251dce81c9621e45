"""What a browser sends with a case's form: texts exactly as typed, files, the button pressed."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any

from fastapi import Depends, Request
from starlette.datastructures import UploadFile

from api.language import gettext as _
from engine.forms import FormView, Privacy, Problem, RowAction
from engine.forms.view import FieldView, GroupView, LineView, NodeView, RepeatView
from engine.model import problems as findings
from engine.model.actor import Actor
from engine.model.errors import InvalidInput
from engine.service.app import App
from engine.service.cases.pages import OpenForm
from engine.service.papers.stage_document import stage_document

#: Where the scripts of a page send files, one by one.
UPLOAD_URL = "/documents"

_FILE = "__file."
#: Names of the signature's two controls: the drawn picture, and the name typed instead.
SIGNATURE = "__signature"
SIGNATURE_NAME = "__signature_name"
_MAX_FIELDS = 20_000
_MAX_FILES = 50
#: Days that a form may name: beyond them clocks and databases overflow.
_FIRST_YEAR, _LAST_YEAR = 1900, 2999


@dataclass(frozen=True, kw_only=True)
class Typed:
    """``pairs``: name and text in the order of the page; ``files``: field path and file;
    ``signature``: the picture of what was drawn on the signature's pad."""

    pairs: tuple[tuple[str, str], ...]
    files: tuple[tuple[str, UploadFile], ...] = ()
    signature: UploadFile | None = None

    def first(self, name: str) -> str:
        """The first text sent under a name, "" where there is none."""
        return next((value for given, value in self.pairs if given == name), "")

    def all(self, name: str) -> tuple[str, ...]:
        """Every text sent under a name."""
        return tuple(value for given, value in self.pairs if given == name)


async def typed(request: Request) -> AsyncIterator[Typed]:
    """FastAPI dependency. Read before the session is looked at: what was typed must not be lost."""
    async with request.form(max_files=_MAX_FILES, max_fields=_MAX_FIELDS) as form:
        items = list(form.multi_items())
        yield Typed(
            pairs=tuple((name, value) for name, value in items if isinstance(value, str)),
            files=tuple(
                (name.removeprefix(_FILE), value)
                for name, value in items
                if isinstance(value, UploadFile) and name.startswith(_FILE) and value.filename
            ),
            signature=next(
                (
                    value
                    for name, value in items
                    if isinstance(value, UploadFile) and name == SIGNATURE and value.size
                ),
                None,
            ),
        )


#: What was sent, for a route's parameter.
Sent = Annotated[Typed, Depends(typed)]


def submission(
    opened: OpenForm, sent: Typed, staged: Iterable[tuple[str, str]] = ()
) -> dict[str, Any]:
    """The texts by field, row buttons applied, with the keys of files just stored."""
    return opened.form.from_html([*sent.pairs, *staged])


def pressed(opened: OpenForm, sent: Typed) -> RowAction | None:
    """The row button that sent the form, if it was one: show it again, submit nothing."""
    return opened.form.row_action(sent.pairs)


def stage_files(app: App, actor: Actor, sent: Typed) -> tuple[tuple[str, str], ...]:
    """Store the files that came with the form (a browser without scripts); path and key of each.

    Raises what :func:`stage_document` raises for the first that can't be taken.
    """
    return tuple(
        (
            path,
            str(
                stage_document(
                    app,
                    actor,
                    name=file.filename or "",
                    stream=file.file,
                    size_hint=file.size,
                ).key
            ),
        )
        for path, file in sent.files
    )


def day(text: str, name: str) -> date:
    """A day as a browser sends it. Raises :class:`InvalidInput` about the field ``name``."""
    try:
        found = date.fromisoformat(text)
    except ValueError:
        found = None
    if found is None or not _FIRST_YEAR <= found.year <= _LAST_YEAR:
        problem = findings.Problem(element_id=name, rule="date", message=_("请填写日期。"))
        raise InvalidInput(problems=(problem,))
    return found


def revision(tag: str) -> int | None:
    """The revision that an ``If-Match`` header names, None where it names none."""
    text = tag.strip().removeprefix("W/").strip('"')
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


def field_problems(found: Iterable[findings.Problem]) -> tuple[Problem, ...]:
    """The service's findings as a form shows them, beside the field each names."""
    return tuple(
        Problem(path=problem.element_id, code=problem.rule, message=problem.message)
        for problem in found
    )


def draft_local(opened: OpenForm | None) -> str:
    """Whether the browser may keep a copy too: never of sensitive data (classes L3 and L4)."""
    if opened is None:
        return "off"
    sensitive = {Privacy.L3, Privacy.L4}
    return "off" if sensitive & set(opened.form.privacy.values()) else "on"


def opinion_field(shown: FormView) -> FieldView | None:
    """The field that takes an opinion (意见), None where the form has none."""
    return next(
        (
            node
            for node in _nodes(shown.lines)
            if isinstance(node, FieldView)
            and node.widget == "textarea"
            and not node.readonly
            and node.path.rsplit(".", 1)[-1] == "opinion"
        ),
        None,
    )


def is_long(shown: FormView) -> bool:
    """Whether the form is more than a decision: lists, or more than a handful of fields."""
    nodes = [node for node in _nodes(shown.lines) if isinstance(node, FieldView | RepeatView)]
    return len(nodes) > 12 or any(isinstance(node, RepeatView) for node in nodes)


def _nodes(lines: Iterable[LineView]) -> Iterator[NodeView]:
    for line in lines:
        for cell in line.cells:
            yield cell.node
            if isinstance(cell.node, GroupView):
                yield from _nodes(cell.node.lines)
