"""User tasks: who may do them, until when, with which form (Camunda 8 user tasks)."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, time
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from engine.model import effects
from engine.runtime import timers
from engine.runtime.bindings import plain
from engine.runtime.expressions import Value, as_text
from engine.runtime.faults import Fault

if TYPE_CHECKING:
    from engine.runtime.run import Run
    from engine.runtime.scope import Instance
    from engine.runtime.variables import Chain


def described(run: Run, instance: Instance) -> effects.TaskOpened:
    """The task as it is to be opened, with the corrections that listeners have made so far."""
    node, chain = instance.node, run.chain_of(instance)
    task = node.user_task
    assert task is not None  # noqa: S101 - user tasks have one
    form = _form(run, task.form_id, chain)
    opened = effects.TaskOpened(
        key=instance.key,
        scope_key=instance.scope.key,
        element_id=node.id,
        name=node.name or node.id,
        form_id=None if form is None else plain(form),
        form_name=form if form is not None and plain(form) != form else None,
        assignee=_one(run, task.assignee, chain),
        candidate_users=_many(run, task.candidate_users, chain, "候选人"),
        candidate_groups=_many(run, task.candidate_groups, chain, "候选组"),
        lane=node.lane or _lane_around(run, instance),
        due_at=_moment(run, task.due_date, chain, "到期时间"),
        follow_up_at=_moment(run, task.follow_up_date, chain, "跟进时间"),
        priority=_priority(run, task.priority, chain),
        headers=node.headers,
        properties=node.properties,
    )
    corrections = (instance.data.get("co") or {}) | (instance.data.get("ca") or {})
    return _corrected(run, opened, corrections)


def _corrected(
    run: Run, opened: effects.TaskOpened, corrections: dict[str, Any]
) -> effects.TaskOpened:
    """Corrections as the API has them: missing keeps, "" and [] clear (Camunda 8 job results)."""
    if not corrections:
        return opened
    changed: dict[str, Any] = {}
    for name, attribute, read in (
        ("assignee", "assignee", lambda v: v or None),
        ("candidateUsers", "candidate_users", tuple),
        ("candidateGroups", "candidate_groups", tuple),
        ("dueDate", "due_at", lambda v: moment(run, v, "到期时间")),
        ("followUpDate", "follow_up_at", lambda v: moment(run, v, "跟进时间")),
        ("priority", "priority", int),
    ):
        if corrections.get(name) is not None:
            changed[attribute] = read(corrections[name])
    return replace(opened, **changed)


def _lane_around(run: Run, instance: Instance) -> effects.Lane | None:
    """The lane of the nearest call activity that stands in one (lanes are inherited)."""
    owner = run.owner(instance.scope)
    while owner is not None:
        if owner.node.lane is not None:
            return owner.node.lane
        owner = run.owner(owner.scope)
    return None


def _form(run: Run, value: Value | None, chain: Chain) -> str | None:
    if value is None:
        return None
    form_id = as_text(run.value(value, chain))
    if not form_id:
        raise Fault("FORM_NOT_FOUND", f"表单编号“{value.text}”没有值。请检查表达式。")
    if run.bundle.forms is not None and form_id not in run.bundle.forms:
        raise Fault(
            "FORM_NOT_FOUND",
            f"表单“{plain(form_id)}”不存在或尚未部署。请部署该表单，或改正表单编号后重试。",
        )
    return form_id


def _one(run: Run, value: Value | None, chain: Chain) -> str | None:
    found = run.value(value, chain)
    if found is None or found == "":
        return None
    text = as_text(found)
    if text is None:
        raise Fault("EXTRACT_VALUE_ERROR", f"办理人“{value.text if value else ''}”应为用户名文本。")
    return text


def _many(run: Run, value: Value | None, chain: Chain, what: str) -> tuple[str, ...]:
    """Static text is split at commas; FEEL gives a list of texts, or one text."""
    if value is None:
        return ()
    found = run.value(value, chain)
    if found is None:
        return ()
    if isinstance(found, str):
        parts: list[Any] = found.split(",") if value.formula is None else [found]
    elif isinstance(found, list):
        parts = found
    else:
        parts = [found]
    texts = [as_text(p) for p in parts]
    if any(t is None for t in texts):
        raise Fault("EXTRACT_VALUE_ERROR", f"{what}“{value.text}”应为文本列表。")
    return tuple(dict.fromkeys(t.strip() for t in texts if t and t.strip()))


def _moment(run: Run, value: Value | None, chain: Chain, what: str) -> datetime | None:
    """A date-time; a bare date is the end of that day."""
    found = run.value(value, chain)
    if found is None or found == "":
        return None
    return moment(run, as_text(found) or "", f"{what}“{value.text if value else ''}”")


def moment(run: Run, text: str, what: str) -> datetime | None:
    """A date-time as text; a bare date is the end of that day. Raises a Fault."""
    if not text:
        return None
    zone = run.environment.zone_info
    try:
        at = timers.moment(text, zone)
    except timers.TimerError as error:
        raise Fault("EXTRACT_VALUE_ERROR", f"{what}：{error}。") from None
    if "T" not in text.upper():
        return datetime.combine(at.astimezone(zone).date(), time(23, 59, 59), zone).astimezone(
            at.tzinfo
        )
    return at


def _priority(run: Run, value: Value | None, chain: Chain) -> int:
    if value is None:
        return 50
    found = run.value(value, chain)
    try:
        number = int(found) if isinstance(found, (str, Decimal)) else -1
    except ValueError:
        number = -1
    if not 0 <= number <= 100:
        raise Fault("EXTRACT_VALUE_ERROR", f"优先级“{value.text}”应为 0 到 100 的整数。")
    return number
