"""What is held of a person in his own case, for him to read and keep.

个人信息保护法 第 45 条: 个人有权查阅、复制其个人信息. Beside what he filed himself it says who looked
at it in clear, and for what (第 44 条 知情权).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from engine.forms.view import FieldView, FormView, GroupView, LineView, RepeatView
from engine.model import codec
from engine.model.actor import Actor
from engine.model.checkpoints import moment_text
from engine.model.errors import Forbidden
from engine.model.keys import Key
from engine.model.letters import Letter
from engine.model.privacy import Unmasking
from engine.model.records import Document, Entry, Instance
from engine.service.app import App
from engine.service.cases.case_page import case_page
from engine.service.cases.pages import CasePage
from engine.service.privacy.unmask import unmaskings_in
from engine.text import tell

FORMAT = "banshi-personal-data/1"


def personal_data(app: App, actor: Actor, *, key: Key) -> Mapping[str, Any]:
    """The applicant's own case as plain JSON values. Raises Forbidden for others, NotFound."""
    page = case_page(app, actor, key=key)
    if page.instance.applicant_key != actor.key:
        raise Forbidden(
            action=tell("复制个人信息"), reason=tell("只有申请人本人可以复制自己的个人信息。")
        )
    with app.database.unit_of_work() as work:
        seen = unmaskings_in(work, key)
    return {
        "format": FORMAT,
        "exportedAt": moment_text(app.now()),
        "case": _case(page.instance),
        "filed": list(_filed(page)),
        "documents": [_document(document) for document in page.documents],
        "entries": [_entry(entry) for entry in page.entries],
        "letters": [_letter(letter) for letter in page.letters],
        "unmaskings": [_unmasking(each) for each in seen.items],
    }


def _case(case: Instance) -> Mapping[str, Any]:
    return {
        "processInstanceKey": str(case.key),
        "number": case.number,
        "title": case.title,
        "service": case.process_name,
        "applicant": case.applicant_name,
        "unit": case.unit_name,
        "state": case.state.value,
        "result": case.result,
        "startedAt": moment_text(case.started_at),
        "endedAt": moment_text(case.ended_at) if case.ended_at else None,
    }


def _filed(page: CasePage) -> Iterator[Mapping[str, Any]]:
    if page.submitted is None:
        return
    view: FormView = page.submitted.form.view(context=page.submitted.context, readonly=True)
    yield from _lines(view.lines)


def _lines(lines: tuple[LineView, ...]) -> Iterator[Mapping[str, Any]]:
    for line in lines:
        for cell in line.cells:
            match cell.node:
                case FieldView() as field:
                    yield {"name": field.path, "label": field.label, "value": field.display}
                case GroupView() as group:
                    yield from _lines(group.lines)
                case RepeatView() as rows:
                    for row in rows.rows:
                        yield from _lines(row.lines)


def _document(document: Document) -> Mapping[str, Any]:
    return {
        "key": str(document.key),
        "name": document.name,
        "mediaType": document.media_type,
        "size": document.size,
        "sha256": document.sha256,
        "uploadedAt": moment_text(document.uploaded_at),
    }


def _entry(entry: Entry) -> Mapping[str, Any]:
    return {
        "at": moment_text(entry.at),
        "who": entry.actor_name,
        "what": entry.summary,
        "said": codec.plain(dict(entry.said)),
    }


def _letter(letter: Letter) -> Mapping[str, Any]:
    return {
        "symbol": letter.symbol,
        "title": letter.title,
        "state": letter.state.value,
        "issuedAt": moment_text(letter.issued_at),
        "sha256": letter.sha256,
    }


def _unmasking(each: Unmasking) -> Mapping[str, Any]:
    return {
        "at": moment_text(each.at),
        "until": moment_text(each.until),
        "who": each.name,
        "purpose": each.purpose,
        "kinds": list(each.kinds),
    }
