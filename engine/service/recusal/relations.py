"""亲属与任职关系: entered by administrators; recusal follows from them by rule."""

from __future__ import annotations

from datetime import date

from engine.model.actor import Actor
from engine.model.errors import InvalidInput, NotFound
from engine.model.keys import Key
from engine.model.permissions import Action, require
from engine.model.problems import Problem
from engine.model.recusals import Relation, RelationKind, Term
from engine.service.acting import acting
from engine.service.app import App
from engine.service.recusal.recuse import recuse_by_rule
from engine.service.said import reason as checked_text
from engine.storage.database import UnitOfWork, next_key
from engine.storage.history import acts
from engine.storage.identity import people
from engine.storage.recusal import relations
from engine.text import tell

_WORDS = {RelationKind.FAMILY: tell("亲属关系"), RelationKind.ORGANISATION: tell("任职关系")}


def add_relation(
    app: App,
    actor: Actor,
    *,
    username: str,
    other: str,
    kind: str,
    since: date,
    until: date | None = None,
    note: str = "",
) -> Relation:
    """Enter a relation of two accounts. Where one of them has to do with a running case of the
    other, he is recused from it at once, and his tasks go back.

    Raises Forbidden, InvalidInput.
    """
    words = checked_text(note, what=tell("关系说明")) if note.strip() else ""
    with acting(app, actor) as (work, me):
        require(me, Action.MANAGE_RELATIONS)
        low, high = _pair(work, username, other)
        relation = Relation(
            key=next_key(work),
            username=low,
            other=high,
            kind=_kind(kind),
            since=since,
            until=_until(since, until),
            note=words,
        )
        relations.add(work, relation, by=me.username, now=app.now())
        _on_record(app, work, me, "add-relation", relation)
        if relation.counts(work.today, relations.term(work)):
            _enforce(app, work, relation)
        found = relations.get(work, relation.key) or relation
        work.commit()
    return found


def end_relation(app: App, actor: Actor, *, key: Key, until: date) -> Relation:
    """The relation's last day. Raises Forbidden, InvalidInput, NotFound."""
    with acting(app, actor) as (work, me):
        require(me, Action.MANAGE_RELATIONS)
        relation = _get(work, key)
        relations.end(work, key, _until(relation.since, until) or until)
        changed = _get(work, key)
        _on_record(app, work, me, "end-relation", changed)
        work.commit()
    return changed


def revoke_relation(app: App, actor: Actor, *, key: Key) -> None:
    """Entered in error. What followed from it in cases stays on record until it is lifted there.

    Raises Forbidden, NotFound.
    """
    with acting(app, actor) as (work, me):
        require(me, Action.MANAGE_RELATIONS)
        relation = _get(work, key)
        relations.revoke(work, key, by=me.username, now=app.now())
        _on_record(app, work, me, "revoke-relation", relation)
        work.commit()


def list_relations(app: App, actor: Actor, *, username: str | None = None) -> tuple[Relation, ...]:
    """Administrators only."""
    require(actor, Action.MANAGE_RELATIONS)
    with app.database.unit_of_work() as work:
        return relations.search(work, username=username)


def term_of_recusal(app: App) -> Term:
    """For how many years after its end an organisation relation counts, and by what rule."""
    with app.database.unit_of_work() as work:
        return relations.term(work)


def set_term(app: App, actor: Actor, *, years: int, source: str, effective_from: date) -> Term:
    """Another term from a day on, with the rule that it comes from. Raises Forbidden, InvalidInput."""
    words = checked_text(source, what=tell("依据"))
    if not 0 <= years <= 20:
        raise _wrong("years", tell("年限应为 0–20 的整数。"))
    term = Term(years=years, source=words, effective_from=effective_from)
    with acting(app, actor) as (work, me):
        require(me, Action.MANAGE_RELATIONS)
        relations.set_term(work, term, by=me.username, now=app.now())
        acts.record(
            work,
            stream="relations",
            actor=me,
            kind="set-term",
            facts={"years": years, "source": words, "from": effective_from.isoformat()},
            at=app.now(),
        )
        work.commit()
    return term


def _enforce(app: App, work: UnitOfWork, relation: Relation) -> None:
    """Both ways: whoever stands in a running case of the other is recused from it."""
    pairs = ((relation.username, relation.other), (relation.other, relation.username))
    words = tell("与申请人存在{words}，按规定回避", words=_WORDS[relation.kind])
    for person, applicant in pairs:
        for case in relations.running_cases(work, applicant):
            recuse_by_rule(app, work, key=case, username=person, words=words)


def _on_record(app: App, work: UnitOfWork, me: Actor, kind: str, relation: Relation) -> None:
    acts.record(
        work,
        stream="relations",
        actor=me,
        kind=kind,
        facts={
            "relation": str(relation.key),
            "people": [relation.username, relation.other],
            "kind": relation.kind.value,
            "since": relation.since.isoformat(),
            "until": relation.until.isoformat() if relation.until else "",
        },
        at=app.now(),
    )


def _pair(work: UnitOfWork, username: str, other: str) -> tuple[str, str]:
    for field, name in (("username", username), ("other", other)):
        if people.get_person(work, username=name) is None:
            raise _wrong(field, tell("没有人员“{name}”，请重新选择。", name=name))
    if username == other:
        raise _wrong("other", tell("不能登记本人与本人的关系。"))
    low, high = sorted((username, other))
    return low, high


def _kind(kind: str) -> RelationKind:
    try:
        return RelationKind(kind)
    except ValueError:
        raise _wrong("kind", tell("关系类型应为亲属（FAMILY）或任职（ORGANISATION）。")) from None


def _until(since: date, until: date | None) -> date | None:
    if until is not None and until < since:
        raise _wrong("until", tell("结束日期不能早于开始日期。"))
    return until


def _get(work: UnitOfWork, key: Key) -> Relation:
    found = relations.get(work, key)
    if found is None:
        raise NotFound(what=tell("关系"), key=str(key))
    return found


def _wrong(field: str, message: str) -> InvalidInput:
    return InvalidInput(problems=(Problem(element_id=field, rule=field, message=message),))
