"""亲属与任职关系: from them recusal follows by rule."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, ClassVar

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from api.auth import PageSession
from api.language import gettext as _
from api.pages import flash, when, words
from api.pages.frame import Frame
from api.pages.paging import Choice, choices
from api.pages.refused import why
from api.pages.rendering import respond
from api.pages.typed import day
from api.pages.visit import Administrator, administration, application
from engine.model import keys
from engine.model.errors import InvalidInput
from engine.model.problems import Problem
from engine.model.recusals import Relation, RelationKind
from engine.service.recusal.relations import (
    add_relation,
    end_relation,
    list_relations,
    revoke_relation,
    set_term,
    term_of_recusal,
)

router = APIRouter()

FIELDS = {
    name: name
    for name in ("username", "other", "kind", "since", "until", "years", "source", "effective")
} | {"reason": "note"}


@dataclass(frozen=True, kw_only=True)
class RelationLine:
    """``ends``: it lasts still, and its last day can be entered."""

    key: str
    people: str
    usernames: str
    kind: str
    period: str
    note: str
    counts: bool
    ends: bool


@dataclass(frozen=True, kw_only=True)
class RelationsPage:
    """``term``: for how long a relation by work counts, with its source."""

    template: ClassVar[str] = "admin/relations.html"

    frame: Frame
    query: str
    rows: tuple[RelationLine, ...]
    kinds: tuple[Choice, ...]
    sent: Mapping[str, str]
    term: str
    source: str
    problems: tuple[words.Trouble, ...]
    errors: Mapping[str, str] = field(default_factory=dict)


def view(
    request: Request,
    session: PageSession,
    *,
    sent: Mapping[str, str] | None = None,
    problems: Sequence[Problem] = (),
) -> RelationsPage:
    """All relations, or those of one account."""
    app = application(request)
    query = request.query_params.get("q", "").strip()[:100]
    found = list_relations(app, session.actor, username=query or None)
    term, today = term_of_recusal(app), app.local_now().date()
    typed = sent or {}
    return RelationsPage(
        frame=administration(request, session, title=_("亲属与任职关系"), side="relations"),
        query=query,
        rows=tuple(_row(r, counts=r.counts(today, term)) for r in found),
        kinds=choices(_kinds().items(), typed.get("kind", "FAMILY")),
        sent=typed,
        term=_("离职后 {years} 年内").format(years=term.years),
        source=term.source,
        problems=words.troubles(problems, FIELDS),
        errors={FIELDS.get(p.element_id, p.element_id): p.message for p in reversed(problems)},
    )


def _kinds() -> dict[str, str]:
    return {
        RelationKind.FAMILY.value: _("亲属"),
        RelationKind.ORGANISATION.value: _("任职（同一单位）"),
    }


def _row(relation: Relation, *, counts: bool) -> RelationLine:
    since = when.on(relation.since)
    period = (
        _("{start} 至 {end}").format(start=since, end=when.on(relation.until))
        if relation.until
        else _("{start} 起").format(start=since)
    )
    return RelationLine(
        key=str(relation.key),
        people=f"{relation.name} — {relation.other_name}",
        usernames=f"{relation.username} — {relation.other}",
        kind=_kinds()[relation.kind.value],
        period=period,
        note=relation.note,
        counts=counts,
        ends=relation.until is None,
    )


@router.get("/admin/relations")
def show(request: Request, session: Administrator) -> Response:
    """The list."""
    return respond(request, view(request, session))


@router.post("/admin/relations")
def add(
    request: Request,
    session: Administrator,
    *,
    username: Annotated[str, Form(max_length=100)] = "",
    other: Annotated[str, Form(max_length=100)] = "",
    kind: Annotated[str, Form(max_length=20)] = "",
    since: Annotated[str, Form(max_length=20)] = "",
    until: Annotated[str, Form(max_length=20)] = "",
    note: Annotated[str, Form(max_length=2000)] = "",
) -> Response:
    """One more; in running cases it takes effect at once."""
    sent = {
        "username": username.strip(),
        "other": other.strip(),
        "kind": kind,
        "since": since,
        "until": until,
        "note": note,
    }
    try:
        made = add_relation(
            application(request),
            session.actor,
            username=sent["username"],
            other=sent["other"],
            kind=kind,
            since=day(since, "since"),
            until=day(until, "until") if until else None,
            note=note,
        )
    except InvalidInput as refused:
        page = view(request, session, sent=sent, problems=refused.problems)
        return respond(request, page, status=422)
    return _back("relation-added", who=f"{made.name}、{made.other_name}")


@router.post("/admin/relations/{key}/end")
def end(
    request: Request,
    session: Administrator,
    key: str,
    until: Annotated[str, Form(max_length=20)] = "",
) -> Response:
    """Its last day."""
    try:
        end_relation(
            application(request),
            session.actor,
            key=keys.parse(key),
            until=day(until, "until"),
        )
    except InvalidInput as refused:
        return _back("refused", what=why(refused))
    return _back("saved")


@router.post("/admin/relations/{key}/revocation")
def revoke(request: Request, session: Administrator, key: str) -> Response:
    """Entered in error."""
    revoke_relation(application(request), session.actor, key=keys.parse(key))
    return _back("saved")


@router.post("/admin/relations/term")
def term(
    request: Request,
    session: Administrator,
    *,
    years: Annotated[str, Form(max_length=5)] = "",
    source: Annotated[str, Form(max_length=500)] = "",
    effective: Annotated[str, Form(max_length=20)] = "",
) -> Response:
    """For how many years it counts, from a day on."""
    try:
        set_term(
            application(request),
            session.actor,
            years=int(years) if years.isascii() and years.isdigit() else -1,
            source=source,
            effective_from=day(effective, "effective"),
        )
    except InvalidInput as refused:
        sent = {"years": years, "source": source, "effective": effective}
        page = view(request, session, sent=sent, problems=refused.problems)
        return respond(request, page, status=422)
    return _back("saved")


def _back(code: str, **arguments: str) -> Response:
    response = RedirectResponse("/admin/relations", status_code=303)
    flash.say(response, code, **arguments)
    return response
