"""Who may take a user task: the task's own assignment, else its lane (design.md, Roles).

A task with nobody who could take it is never passed by the system: it becomes an incident
(无人办理). The applicant does not count as somebody who could, except in lanes of the applicant.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from engine.model.actor import Membership
from engine.model.case_rules import applicants_own
from engine.model.effects import LaneKind, TaskOpened
from engine.model.execution import Head
from engine.model.keys import Key
from engine.service.app import App
from engine.storage.database import UnitOfWork
from engine.text import several, tell

#: The kind of the incident of a task that nobody may take.
NOBODY = "NO_ELIGIBLE_HANDLER"


@dataclass(frozen=True, kw_only=True)
class Assigned:
    """``nobody``: why there is nobody to take it (Chinese); None where there is somebody."""

    assignee: str | None = None
    groups: tuple[tuple[str, str], ...] = ()
    users: tuple[str, ...] = ()
    lane_kind: str | None = None
    nobody: str | None = None


@dataclass(frozen=True, kw_only=True)
class Case:
    """What assigning asks of the case: its unit, its applicant, and who must keep away from it
    (username → key)."""

    unit: str
    applicant: str
    applicant_key: Key
    barred: Mapping[str, Key] = field(default_factory=dict)

    @classmethod
    def of(cls, head: Head) -> Case:
        return cls(
            unit=head.unit,
            applicant=head.applicant,
            applicant_key=head.applicant_key,
            barred=head.barred,
        )

    def besides(self, lane_kind: str | None, properties: Mapping[str, str]) -> frozenset[Key]:
        """Who does not count as somebody who could do a task: whoever is recused, and the
        applicant, but for his own tasks."""
        own = applicants_own(lane_kind, properties)
        return frozenset(self.barred.values()) | (frozenset() if own else {self.applicant_key})


def assign(app: App, work: UnitOfWork, case: Case, task: TaskOpened) -> Assigned:
    """Resolve assignee, candidate users and groups of a task that opens."""
    kind = task.lane.kind if task.lane else None
    if task.assignee:
        found = app.directory.active(work, (task.assignee,))
        missing = tell("指定的办理人“{assignee}”不存在或已停用。", assignee=task.assignee)
        if task.assignee in case.barred:
            found, missing = (
                {},
                tell("指定的办理人“{assignee}”须回避此事项。", assignee=task.assignee),
            )
        return Assigned(
            assignee=task.assignee if found else None,
            lane_kind=kind,
            nobody=None if found else missing,
        )
    if task.candidate_groups or task.candidate_users:
        return _candidates(app, work, case, task, kind)
    if kind is LaneKind.APPLICANT:
        return Assigned(assignee=case.applicant, lane_kind=kind)
    if kind is LaneKind.ROLE and task.lane is not None:
        return _lane(app, work, case, task)
    reason = (
        tell("该环节由外部人员办理，但未指定办理人。")
        if kind is LaneKind.EXTERNAL
        else tell("该环节没有指定办理人，也不在任何角色泳道中。")
    )
    return Assigned(lane_kind=kind, nobody=reason)


def resolve_group(app: App, work: UnitOfWork, case: Case, text: str) -> tuple[str, str] | None:
    """``role@unit`` as it stands; a bare role at the nearest unit above where it is held."""
    membership = Membership.parse(text)
    if membership is not None:
        return membership.role, membership.unit
    unit = app.directory.nearest(work, text, case.unit)
    return (text, unit) if unit else None


def _besides(case: Case, task: TaskOpened) -> frozenset[Key]:
    return case.besides(task.lane.kind if task.lane else None, task.properties)


def _candidates(
    app: App, work: UnitOfWork, case: Case, task: TaskOpened, kind: LaneKind | None
) -> Assigned:
    resolved = (resolve_group(app, work, case, text) for text in task.candidate_groups)
    groups = tuple(dict.fromkeys(group for group in resolved if group is not None))
    users = tuple(dict.fromkeys(task.candidate_users))
    besides = _besides(case, task)
    somebody = any(key not in besides for key in app.directory.active(work, users).values()) or any(
        app.directory.held(work, role, unit, besides=besides) for role, unit in groups
    )
    named = several((*task.candidate_users, *task.candidate_groups))
    return Assigned(
        groups=groups,
        users=users,
        lane_kind=kind,
        nobody=None if somebody else tell("候选人“{named}”中没有可以办理的人员。", named=named),
    )


def _lane(app: App, work: UnitOfWork, case: Case, task: TaskOpened) -> Assigned:
    lane = task.lane
    if lane is None or not lane.role:
        return Assigned(nobody=tell("泳道没有设置角色（banshi:role）。"))
    if lane.level:
        unit = app.directory.on_level(work, case.unit, lane.level)
    else:
        unit = app.directory.nearest(work, lane.role, case.unit)
    if unit is None:
        return Assigned(
            lane_kind=lane.kind,
            nobody=tell(
                "事项所属单位“{unit}”之上没有办理此环节的单位（泳道“{lane}”，级别 {level}）。",
                unit=app.directory.unit_name(work, case.unit),
                lane=lane.name,
                level=lane.level or tell("未设"),
            ),
        )
    somebody = app.directory.held(work, lane.role, unit, besides=_besides(case, task))
    return Assigned(
        groups=((lane.role, unit),),
        lane_kind=lane.kind,
        nobody=None
        if somebody
        else tell(
            "单位“{unit}”没有担任“{lane}”的在岗人员。",
            unit=app.directory.unit_name(work, unit),
            lane=lane.name,
        ),
    )
