"""Fits running cases to another version of their process: a plan, which is its own dry run.

Nothing is executed. What is due stays due: timers keep their moments, open tasks their deadlines,
holders, candidates, seats and priority, jobs their type and retries. Events that the new version
adds around what is open are waited for from now on. An open task takes over the
new version's name, form and ``banshi:outcome``, since the new version's mappings will read what
is filled in; what is in its form already is in the case's variables or in drafts, which stay.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from engine.model.effects import SubscriptionOpened, TimerSet
from engine.model.errors import Conflict, InvalidInput
from engine.model.keys import Key
from engine.model.problems import Problem, Severity
from engine.model.step import NeedMore, Scope, State
from engine.runtime import Bundle, Migrated, migrate, plain, positions
from engine.runtime.definition import Node
from engine.service.app import App
from engine.service.bundles import Pinned
from engine.storage.commands.loading import load_more
from engine.storage.commands.moving import Move, MovedTask, Standing
from engine.storage.database import UnitOfWork
from engine.text import tell

#: How often the variables of further scopes may be asked for before something must be wrong.
_MOST_ROUNDS: Final = 40


@dataclass(frozen=True, kw_only=True)
class Line:
    """Tokens that go from an element to one of the new version ("" = there is none)."""

    source: str
    source_name: str
    type: str
    target: str
    target_name: str
    count: int


@dataclass(frozen=True, kw_only=True)
class Plan:
    """How one case would be fitted. ``closed``: timers and subscriptions that would be lost;
    ``added``: the events it would newly wait for (id and name), one for each that waits;
    ``timers``, ``subscriptions``: theirs, with keys up to ``counter``."""

    key: Key
    number: str
    title: str
    version: int
    lines: tuple[Line, ...]
    closed: tuple[Key, ...]
    added: tuple[tuple[str, str], ...]
    timers: tuple[TimerSet, ...]
    subscriptions: tuple[SubscriptionOpened, ...]
    counter: int
    problems: tuple[Problem, ...]
    move: Move

    @property
    def possible(self) -> bool:
        return all(problem.severity is not Severity.ERROR for problem in self.problems)


def plan(
    app: App,
    work: UnitOfWork,
    case: Standing,
    *,
    old: Pinned,
    new: Pinned,
    mapping: Mapping[str, str],
) -> Plan:
    """Fit one case; raises SnapshotUnreadable."""
    found = _fitted(app, work, case, old=old, new=new, mapping=mapping)
    nodes = _nodes(new.bundle, found.scopes, found.moved) if found.possible else {}
    tasks = [_task(key, node, new) for key, node in nodes.items() if node.user_task is not None]
    missing = [_formless(task) for task in tasks if task.form_id and task.form_key is None]
    return Plan(
        key=case.key,
        number=case.number,
        title=case.title,
        version=old.process.version,
        lines=_lines(old, new, case.scopes, mapping, found.problems),
        closed=tuple(wait.key for wait in found.closed),
        added=tuple((one.event.id, one.event.name or one.event.id) for one in found.added),
        timers=tuple(wait for wait in found.opened if isinstance(wait, TimerSet)),
        subscriptions=tuple(w for w in found.opened if isinstance(w, SubscriptionOpened)),
        counter=found.counter,
        problems=(*found.problems, *missing),
        move=Move(
            bundle_key=new.key,
            definition_key=new.process.key,
            process_id=new.process.process_id,
            scopes=found.scopes,
            moved=found.moved,
            events=found.events,
            tasks=tuple(tasks),
            mapping=mapping,
        ),
    )


def _fitted(
    app: App,
    work: UnitOfWork,
    case: Standing,
    *,
    old: Pinned,
    new: Pinned,
    mapping: Mapping[str, str],
) -> Migrated:
    state = State(instance_key=case.key, counter=case.counter, scopes=case.scopes)
    surroundings = app.environment()
    for _ in range(_MOST_ROUNDS):
        try:
            return migrate(old.bundle, new.bundle, state, surroundings, mapping)
        except NeedMore as need:
            state = load_more(work, state, need)
    raise Conflict(what=tell("此事项"), reason=tell("迁移所需的数据未能读全"))


def checked_mapping(old: Pinned, new: Pinned, mapping: Mapping[str, str]) -> dict[str, str]:
    """The mapping without what goes without saying; raises InvalidInput for unknown elements."""
    before, after = _all_nodes(old.bundle), _all_nodes(new.bundle)
    problems: list[Problem] = []
    for source, target in mapping.items():
        was, now = before.get(source), after.get(target)
        if was is None:
            problems.append(_unknown(source, f"v{old.process.version}"))
        elif now is None:
            problems.append(_unknown(target, f"v{new.process.version}"))
        elif was.type != now.type:
            message = tell(
                "“{was}”与“{now}”的类型不同（{was_type}、{now_type}），不能对应。",
                was=was.name or source,
                now=now.name or target,
                was_type=was.type,
                now_type=now.type,
            )
            problems.append(Problem(element_id=source, rule="mapping-type", message=message))
    if problems:
        raise InvalidInput(problems=tuple(problems))
    return {source: target for source, target in mapping.items() if source != target}


def _unknown(element_id: str, version: str) -> Problem:
    return Problem(
        element_id=element_id,
        rule="mapping-unknown",
        message=tell(
            "{version} 中没有环节“{element_id}”，请重新选择。",
            version=version,
            element_id=element_id,
        ),
    )


def _all_nodes(bundle: Bundle) -> dict[str, Node]:
    """The flow nodes of all processes; where ids meet, those of the case's own process win."""
    own = bundle.processes[bundle.process_id]
    others = (p for p in bundle.processes.values() if p is not own)
    found: dict[str, Node] = {}
    for process in (*others, own):
        found |= process.nodes
    return found


def _nodes(bundle: Bundle, scopes: Iterable[Scope], moved: Mapping[Key, str]) -> dict[Key, Node]:
    """The new version's node of each open element instance."""
    listed = tuple(scopes)
    found = {
        at.key: bundle.processes[at.process_id].nodes[at.element_id]
        for at in positions(bundle, listed)
    }
    everywhere = _all_nodes(bundle)
    for key, name in moved.items():  # inner instances of bodies have no token of their own
        if key not in found and name in everywhere:
            found[key] = everywhere[name]
    return {key: node for key, node in found.items() if key in moved}


def _task(key: Key, node: Node, new: Pinned) -> MovedTask:
    value = node.user_task.form_id if node.user_task is not None else None
    by_formula = value is not None and value.formula is not None
    named = value.text if value is not None and not by_formula else ""
    return MovedTask(
        key=key,
        element_id=node.id,
        name=node.name or node.id,
        form_id=plain(named) or None,
        form_key=new.forms.get(named),
        keep_form=by_formula,
        outcome=node.properties.get("banshi:outcome"),
    )


def _formless(task: MovedTask) -> Problem:
    return Problem(
        element_id=task.element_id,
        rule="form-missing",
        message=tell(
            "“{task}”在新版本中使用表单“{form_id}”，但它还没有部署，请先部署。",
            task=task.name,
            form_id=task.form_id,
        ),
    )


def _lines(
    old: Pinned,
    new: Pinned,
    scopes: Iterable[Scope],
    mapping: Mapping[str, str],
    problems: Iterable[Problem],
) -> tuple[Line, ...]:
    """Where the tokens go; and, with a count of 0, what else has to be mapped."""
    counts: dict[str, int] = {}
    types: dict[str, str] = {}
    for at in positions(old.bundle, scopes):
        counts[at.element_id] = counts.get(at.element_id, 0) + 1
        types[at.element_id] = at.type
    before = _all_nodes(old.bundle)
    for problem in problems:
        if problem.rule == "join-flow" and problem.element_id in before:
            counts.setdefault(problem.element_id, 0)
            types[problem.element_id] = before[problem.element_id].type
    after = _all_nodes(new.bundle)
    found: list[Line] = []
    for source, count in counts.items():
        target = mapping.get(source, source)
        found.append(
            Line(
                source=source,
                source_name=old.element_name(source),
                type=types[source],
                target=target if target in after else "",
                target_name=(after[target].name or target) if target in after else "",
                count=count,
            )
        )
    return tuple(found)
