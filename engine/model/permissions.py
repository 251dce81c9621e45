"""Who may do what: one table of rules. An action that has no rule is refused to everybody.

``may(actor, action, subject)`` answers with a verdict that says why; ``require`` raises.
The subject carries the facts that the rule needs; the service has loaded them.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from engine.model import case_rules, clock_rules, privacy, proxies, recusals, retention, seat_rules
from engine.model.actor import Actor
from engine.model.errors import Forbidden
from engine.model.keys import Key
from engine.model.recusals import RECUSED
from engine.model.verdict import ALLOWED, Verdict, refused
from engine.text import tell


class Action(Enum):
    """Something that is asked for; the value is how it reads after 您没有权限…"""

    DEPLOY = tell("部署流程、决策或表单")
    EDIT_DRAFT = tell("编辑流程、决策或表单")
    PUBLISH = tell("发布流程、决策或表单")
    READ_DEFINITION = tell("查看此流程")
    READ_DEFINITIONS = tell("查看流程、决策和表单的清单")
    START_PROCESS = tell("办理此事项")
    EVALUATE = tell("试算表达式或决策")
    READ_PEOPLE = tell("查看人员")
    MANAGE_PEOPLE = tell("管理人员、角色和单位")
    MANAGE_CALENDAR = tell("维护工作日历")
    MANAGE_AUTOMATION = tell("设置自动规则")
    STAGE_DOCUMENT = tell("上传材料")
    OPEN_DOCUMENT = tell("查看此材料")
    DISCARD_DOCUMENT = tell("删除此材料")
    KEEP_DRAFT = tell("保存草稿")
    KEEP_PHRASE = tell("保存常用语")
    READ_TASK = tell("查看此任务")
    CLAIM_TASK = tell("签收此任务")
    RELEASE_TASK = tell("退签此任务")
    ASSIGN_TASK = tell("转办此任务")
    UPDATE_TASK = tell("调整此任务")
    COMPLETE_TASK = tell("办理此任务")
    DELEGATE_TASK = tell("委派此任务")
    RESOLVE_TASK = tell("归还此任务")
    CALL_BACK_TASK = tell("收回委派")
    COMMENT_TASK = tell("发表评论")
    ADD_SIGN = tell("加签")
    REMOVE_SIGN = tell("减签")
    RETURN_TASK = tell("退回到先前的环节")
    WITHDRAW_STEP = tell("撤回此环节")
    COPY_CASE = tell("抄送此事项")
    DECLARE_RECUSAL = tell("声明回避")
    ASK_RECUSAL = tell("申请他人回避")
    DECIDE_RECUSAL = tell("决定是否回避")
    LIFT_RECUSAL = tell("解除回避")
    MANAGE_RELATIONS = tell("登记亲属与任职关系")
    NAME_PROXY = tell("设置代理")
    REVOKE_PROXY = tell("撤销代理")
    HAND_OVER = tell("办理离岗交接")
    READ_CASE = tell("查看此事项")
    URGE_CASE = tell("催办此事项")
    WITHDRAW_CASE = tell("撤销此申请")
    CANCEL_CASE = tell("终止此事项")
    STOP_CLOCK = tell("中止计时")
    RESUME_CLOCK = tell("恢复计时")
    CHANGE_CASE = tell("更改此事项的数据或位置")
    EXPORT_RECORD = tell("导出办理记录")
    READ_OPERATIONS = tell("查看系统任务和异常")
    WORK_JOBS = tell("领取和办理系统任务")
    PUBLISH_EVENT = tell("发布消息或信号")
    MANAGE_OUTGOING = tell("管理外发渠道")
    MANAGE_LETTERS = tell("管理文书模板")
    REVOKE_LETTER = tell("撤销文书")
    UNMASK = tell("查看完整信息")
    READ_UNMASKINGS = tell("查看脱敏信息的查阅记录")
    MANAGE_DISPOSAL = tell("管理到期事项的销毁")
    APPROVE_DISPOSAL = tell("批准销毁清册")


def may(actor: Actor, action: Action, subject: Any = None) -> Verdict:
    """Whether ``actor`` may do ``action`` to ``subject`` (one of the values below, or None)."""
    if getattr(subject, "recused", False):
        return refused(RECUSED)  # whatever it is: administrators' acts as well (回避)
    rule = _RULES.get(action)
    return rule(actor, subject) if rule else refused(tell("此操作未开放。"))


def require(actor: Actor, action: Action, subject: Any = None) -> None:
    """Raise :class:`Forbidden` unless ``may`` allows it."""
    verdict = may(actor, action, subject)
    if not verdict:
        raise Forbidden(action=action.value, reason=verdict.reason)


@dataclass(frozen=True, kw_only=True)
class Proposal:
    """A draft that is to become a version. ``four_eyes``: False in a demonstration only."""

    proposed_by: Key | None
    four_eyes: bool = True


@dataclass(frozen=True, kw_only=True)
class DefinitionFacts:
    """``starters``: roles, or ``*``. ``takes_part``: has a case or a task of this definition.

    ``staff``: holds a role inside the administration (not only an applicant's).
    """

    starters: Collection[str] = ()
    takes_part: bool = False
    staff: bool = False


#: The role of accounts by which other systems fetch jobs and bring them back.
JOB_WORKER = "job-worker"


@dataclass(frozen=True, kw_only=True)
class DocumentFacts:
    """``bound``: belongs to a case already. ``sees_case``: may see that case."""

    owner: Key
    bound: bool
    sees_case: bool


def may_start(actor: Actor, starters: Collection[str]) -> bool:
    """Whether the process may be started by the actor: by role, ``*`` = by everybody logged in."""
    return actor.administrator or "*" in starters or any(actor.holds(role) for role in starters)


def _administrator(actor: Actor, _subject: Any) -> Verdict:
    return ALLOWED if actor.administrator else refused(tell("此操作仅限管理员。"))


def _worker(actor: Actor, _subject: Any) -> Verdict:
    """An administrator, or the account of a system that is connected and has no other right."""
    if actor.administrator or any(held.role == JOB_WORKER for held in actor.memberships):
        return ALLOWED
    return refused(tell("此操作仅限系统对接账号（角色 {role}）和管理员。", role=JOB_WORKER))


def _everybody(_actor: Actor, _subject: Any) -> Verdict:
    return ALLOWED


def _publish(actor: Actor, subject: Proposal) -> Verdict:
    if not actor.administrator:
        return refused(tell("此操作仅限管理员。"))
    if not subject.four_eyes:
        return ALLOWED
    if subject.proposed_by is None:
        return refused(tell("请先提交发布申请，再由另一位管理员确认发布。"))
    if subject.proposed_by == actor.key:
        return refused(tell("发布须由提交人以外的另一位管理员确认。"))
    return ALLOWED


def _read_definition(actor: Actor, subject: DefinitionFacts) -> Verdict:
    if subject.staff or subject.takes_part or may_start(actor, subject.starters):
        return ALLOWED
    return refused(tell("此流程不对您开放。"))


def _staff(actor: Actor, subject: DefinitionFacts) -> Verdict:
    if actor.administrator or subject.staff:
        return ALLOWED
    return refused(tell("此操作仅限工作人员。"))


def _start(actor: Actor, subject: DefinitionFacts) -> Verdict:
    return ALLOWED if may_start(actor, subject.starters) else refused(tell("此事项不对您开放。"))


def _open_document(actor: Actor, subject: DocumentFacts) -> Verdict:
    if subject.sees_case or (not subject.bound and subject.owner == actor.key):
        return ALLOWED
    return refused(tell("材料只能由本人（提交前）或能查看该事项的人员打开。"))


def _discard_document(actor: Actor, subject: DocumentFacts) -> Verdict:
    if subject.bound:
        return refused(tell("材料已随事项提交，不能删除。"))
    return ALLOWED if subject.owner == actor.key else refused(tell("只能删除自己上传的材料。"))


_RULES: Mapping[Action, Callable[[Actor, Any], Verdict]] = {
    Action.DEPLOY: _administrator,
    Action.EDIT_DRAFT: _administrator,
    Action.PUBLISH: _publish,
    Action.READ_DEFINITION: _read_definition,
    Action.READ_DEFINITIONS: _staff,
    Action.START_PROCESS: _start,
    Action.EVALUATE: _administrator,
    Action.READ_PEOPLE: _staff,
    Action.MANAGE_PEOPLE: _administrator,
    Action.MANAGE_CALENDAR: _administrator,
    Action.MANAGE_AUTOMATION: _administrator,
    Action.STAGE_DOCUMENT: _everybody,
    Action.OPEN_DOCUMENT: _open_document,
    Action.DISCARD_DOCUMENT: _discard_document,
    Action.KEEP_DRAFT: _everybody,
    Action.KEEP_PHRASE: _everybody,
    Action.READ_TASK: case_rules.read_task,
    Action.CLAIM_TASK: case_rules.claim,
    Action.RELEASE_TASK: case_rules.release,
    Action.ASSIGN_TASK: case_rules.assign,
    Action.UPDATE_TASK: case_rules.update,
    Action.COMPLETE_TASK: case_rules.complete,
    Action.DELEGATE_TASK: seat_rules.delegate,
    Action.RESOLVE_TASK: seat_rules.resolve,
    Action.CALL_BACK_TASK: seat_rules.call_back,
    Action.COMMENT_TASK: seat_rules.comment,
    Action.ADD_SIGN: seat_rules.add_sign,
    Action.REMOVE_SIGN: seat_rules.remove_sign,
    Action.RETURN_TASK: seat_rules.return_task,
    Action.WITHDRAW_STEP: seat_rules.withdraw_step,
    Action.COPY_CASE: case_rules.copy,
    Action.DECLARE_RECUSAL: recusals.declare,
    Action.ASK_RECUSAL: recusals.ask,
    Action.DECIDE_RECUSAL: recusals.decide,
    Action.LIFT_RECUSAL: recusals.lift,
    Action.MANAGE_RELATIONS: _administrator,
    Action.NAME_PROXY: proxies.name,
    Action.REVOKE_PROXY: proxies.revoke,
    Action.HAND_OVER: _administrator,
    Action.READ_CASE: case_rules.read_case,
    Action.URGE_CASE: case_rules.urge,
    Action.WITHDRAW_CASE: case_rules.withdraw,
    Action.CANCEL_CASE: case_rules.administer,
    Action.STOP_CLOCK: clock_rules.stop,
    Action.RESUME_CLOCK: clock_rules.resume,
    Action.CHANGE_CASE: case_rules.administer,
    Action.EXPORT_RECORD: case_rules.read_case,
    Action.READ_OPERATIONS: _administrator,
    Action.WORK_JOBS: _worker,
    Action.PUBLISH_EVENT: _administrator,
    Action.MANAGE_OUTGOING: _administrator,
    Action.MANAGE_LETTERS: _administrator,
    Action.REVOKE_LETTER: _administrator,
    Action.UNMASK: privacy.unmask,
    Action.READ_UNMASKINGS: _administrator,
    Action.MANAGE_DISPOSAL: retention.manage,
    Action.APPROVE_DISPOSAL: retention.approve,
}
