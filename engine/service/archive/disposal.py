"""销毁: what has had its time is proposed, confirmed, approved by a second person, carried out.

See ``engine.model.retention`` for the law. Every act on a list goes into the stream ``disposal``,
which checkpoints cover; the register keeps a line for every case, with the head of its journal.
"""

from __future__ import annotations

import logging
from datetime import datetime, time, timedelta

from engine.model.actor import SYSTEM, Actor
from engine.model.errors import Conflict, NotFound
from engine.model.keys import Key
from engine.model.permissions import Action, require
from engine.model.retention import (
    LIST_TRANSITIONS,
    PERSONAL_RETENTION,
    RETENTION,
    ApprovalFacts,
    Disposal,
    DisposalList,
    ItemState,
    ListState,
    Stage,
    period,
)
from engine.service.acting import acting
from engine.service.app import App
from engine.service.said import reason as checked_reason
from engine.storage.archive import erasing, retention
from engine.storage.archive.retention import Due, Rules
from engine.storage.database import UnitOfWork
from engine.storage.history import acts
from engine.text import tell

_log = logging.getLogger(__name__)

#: Cases on one list.
LONGEST_LIST = 2_000
_BATCH = 50


def propose_disposal(app: App, actor: Actor = SYSTEM, *, now_please: bool = False) -> list[Key]:
    """Make a list for each stage of what has had its time; their keys.

    The worker asks often: nothing is proposed again before the setting's days are over, unless
    ``now_please`` (an administrator asks). Raises Forbidden.
    """
    require(actor, Action.MANAGE_DISPOSAL)
    made: list[Key] = []
    for stage in Stage:
        with app.database.unit_of_work() as work:
            last = retention.last_proposed(work, stage)
            pause = timedelta(days=app.settings.disposal_days)
            if not now_please and last is not None and app.now() - last < pause:
                continue
            found = _due(app, work, stage)
            if not found:
                continue
            key = retention.add_list(work, stage, found, now=app.now())
            _note(app, work, actor, "propose", key, cases=len(found), stage=stage.value)
            work.commit()
            made.append(key)
    return made


def confirm_disposal(app: App, actor: Actor, *, key: Key, note: str = "") -> DisposalList:
    """核对: the first person has looked through the list. Raises Conflict, Forbidden, NotFound."""
    with acting(app, actor) as (work, me):
        require(me, Action.MANAGE_DISPOSAL)
        _move(
            work,
            key,
            ListState.CONFIRMED,
            confirmed_by=me.key,
            confirmed_by_name=me.name,
            confirmed_at=app.now(),
            note=note.strip()[:500],
        )
        _note(app, work, me, "confirm", key, note=note.strip()[:500])
        made = _listed(work, key)
        work.commit()
    return made


def approve_disposal(app: App, actor: Actor, *, key: Key) -> DisposalList:
    """批准, by another person than the one who confirmed; the worker then carries it out.

    Raises Conflict, Forbidden, NotFound.
    """
    with acting(app, actor) as (work, me):
        require(me, Action.MANAGE_DISPOSAL)
        found = _listed(work, key)
        require(me, Action.APPROVE_DISPOSAL, ApprovalFacts(confirmed_by=found.confirmed_by))
        _move(
            work,
            key,
            ListState.APPROVED,
            approved_by=me.key,
            approved_by_name=me.name,
            approved_at=app.now(),
        )
        _note(app, work, me, "approve", key)
        made = _listed(work, key)
        work.commit()
    return made


def discard_disposal(app: App, actor: Actor, *, key: Key, reason: str) -> DisposalList:
    """不销毁: throw the list away; its cases come up again later. Raises Conflict, Forbidden …"""
    words = checked_reason(reason, what=tell("退回的原因"))
    with acting(app, actor) as (work, me):
        require(me, Action.MANAGE_DISPOSAL)
        _move(work, key, ListState.DISCARDED, note=words)
        for page in _pages(work, key):
            keys = [item.key for item in page]
            retention.settle(work, keys, state=ItemState.KEPT, reason=words)
        _note(app, work, me, "discard", key, reason=words)
        made = _listed(work, key)
        work.commit()
    return made


def disposal_lists(
    app: App, actor: Actor, *, before: Key | None = None, limit: int = 50
) -> tuple[DisposalList, ...]:
    """The newest first; administrators only."""
    require(actor, Action.MANAGE_DISPOSAL)
    with app.database.unit_of_work() as work:
        return retention.lists(work, before=before, limit=max(1, min(limit, 200)))


def disposal_list(app: App, actor: Actor, *, key: Key) -> DisposalList:
    """Raises NotFound; administrators only."""
    require(actor, Action.MANAGE_DISPOSAL)
    with app.database.unit_of_work() as work:
        return _listed(work, key)


def disposals(
    app: App,
    actor: Actor,
    *,
    list_key: Key | None = None,
    number: str = "",
    after: Key | None = None,
    limit: int = 100,
) -> tuple[Disposal, ...]:
    """Lines of a list, or of the register by the start of a case's number; administrators only."""
    require(actor, Action.MANAGE_DISPOSAL)
    with app.database.unit_of_work() as work:
        return retention.items(
            work,
            list_key=list_key,
            text=number.strip()[:100],
            after=after,
            limit=max(1, min(limit, 1_000)),
        )


def carry_out_disposals(app: App, *, limit: int = 1_000) -> int:
    """Work off approved lists in batches, then delete the files; how many cases were destroyed."""
    done = 0
    while done < limit:
        taken = _batch(app)
        if taken is None:
            break
        done += taken
    _delete_files(app)
    return done


def _due(app: App, work: UnitOfWork, stage: Stage) -> list[tuple[Rules, str, Due]]:
    found: list[tuple[Rules, str, Due]] = []
    for of in retention.rules(work):
        rule = _rule(app, of, stage)
        before = _ended_before(app, rule) if rule is not None else None
        if rule is not None and before is not None:
            left = LONGEST_LIST - len(found)
            cases = retention.due(work, of.definition_key, stage, before=before, limit=left)
            found += [(of, rule, case) for case in cases]
        if len(found) >= LONGEST_LIST:
            break
    return found


def _rule(app: App, of: Rules, stage: Stage) -> str | None:
    """What the process says, else the settings; None: nothing of its own at this stage."""
    whole = of.properties.get(RETENTION, "").strip() or app.settings.retention
    if stage is Stage.WHOLE:
        return whole
    personal = of.properties.get(PERSONAL_RETENTION, "").strip() or app.settings.personal_retention
    return personal if personal and personal != whole else None


def _ended_before(app: App, rule: str) -> datetime | None:
    try:
        day = period(rule).before(app.local_now().date())
    except ValueError:
        _log.warning("a retention rule cannot be read, so nothing is destroyed by it: %r", rule)
        return None
    if day is None:
        return None
    return datetime.combine(day, time(), tzinfo=app.settings.timezone)


def _listed(work: UnitOfWork, key: Key) -> DisposalList:
    found = retention.get_list(work, key)
    if found is None:
        raise NotFound(what=tell("销毁清册"), key=str(key))
    return found


def _move(work: UnitOfWork, key: Key, to: ListState, **values: object) -> None:
    found = retention.get_list(work, key)
    if found is None:
        raise NotFound(what=tell("销毁清册"), key=str(key))
    if to not in LIST_TRANSITIONS[found.state] or not retention.decide(
        work, key, was=found.state, state=to, **values
    ):
        raise Conflict(what=tell("此销毁清册"), reason=tell("已由他人处理，请刷新后再看"))


def _note(app: App, work: UnitOfWork, actor: Actor, kind: str, key: Key, **facts: object) -> None:
    acts.record(
        work,
        stream="disposal",
        actor=actor,
        kind=kind,
        facts={"list": str(key), **facts},
        at=app.now(),
    )


def _pages(work: UnitOfWork, key: Key) -> list[tuple[Disposal, ...]]:
    found: list[tuple[Disposal, ...]] = []
    after: Key | None = None
    while page := retention.items(
        work, list_key=key, state=ItemState.LISTED, after=after, limit=1_000
    ):
        found.append(page)
        after = page[-1].key
    return found


def _batch(app: App) -> int | None:
    """Some cases in one transaction; None: there is nothing (more) to do now."""
    with app.database.unit_of_work() as work:
        key = retention.approved(work)
        if key is None:
            return None
        taken = retention.take(work, key, limit=_BATCH)
        if not taken:
            _finish(app, work, key)
            work.commit()
            return 0 if retention_left(app) else None
        kept = [item.key for item in taken if item.held]
        going = [item for item in taken if not item.held]
        retention.settle(work, kept, state=ItemState.KEPT, reason=tell("暂缓销毁"))
        _destroy(app, work, going)
        _note(
            app,
            work,
            SYSTEM,
            "destroy",
            key,
            numbers=[item.number or str(item.instance_key) for item in going],
            kept=len(kept),
        )
        work.commit()
    return len(going)


def retention_left(app: App) -> bool:
    """Whether another list waits to be carried out."""
    with app.database.unit_of_work() as work:
        return retention.approved(work) is not None


def _destroy(app: App, work: UnitOfWork, going: list[Disposal]) -> None:
    keys = [item.instance_key for item in going]
    if not keys:
        return
    retention.keep_files(work, erasing.erase_personal(work, keys))
    if going[0].stage is Stage.WHOLE:
        erasing.remove(work, keys)
    retention.settle(work, [item.key for item in going], state=ItemState.DONE, now=app.now())


def _finish(app: App, work: UnitOfWork, key: Key) -> None:
    if retention.items(work, list_key=key, state=ItemState.LISTED, limit=1):
        return  # another worker has them
    retention.decide(work, key, was=ListState.APPROVED, state=ListState.DONE, done_at=app.now())
    _note(app, work, SYSTEM, "done", key)


def _delete_files(app: App) -> None:
    """After the commit; what does not succeed is tried again next time."""
    with app.database.unit_of_work() as work:
        left = retention.files_left(work, limit=1_000)
        gone: list[Key] = []
        for key, names in left.items():
            try:
                for name in names:
                    app.files.delete(name)
            except OSError:
                _log.exception("a destroyed case's files could not be deleted")
            else:
                gone.append(key)
        if gone:
            retention.forget_files(work, gone)
            work.commit()
