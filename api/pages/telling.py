"""Notices, ways of sending and letters in the words of a bureau."""

from __future__ import annotations

from api.language import gettext as _
from api.pages.words import Badge
from engine.model.letters import LetterState, TemplateState
from engine.model.notifications import Channel, DispatchState, NoticeKind


def kind(value: NoticeKind) -> str:
    """What a notice is about, in a word or two."""
    return {
        NoticeKind.TASK_ASSIGNED: _("待办"),
        NoticeKind.TASK_CLAIMABLE: _("待认领"),
        NoticeKind.TASK_REMINDER: _("到期提醒"),
        NoticeKind.TASK_OVERDUE: _("超期"),
        NoticeKind.TASK_ESCALATED: _("超期上报"),
        NoticeKind.TASK_URGED: _("催办"),
        NoticeKind.TASK_CALLED_BACK: _("收回委派"),
        NoticeKind.TASK_COMMENTED: _("评论"),
        NoticeKind.CASE_RETURNED: _("退回补正"),
        NoticeKind.CASE_ENDED: _("办结"),
        NoticeKind.CASE_COPIED: _("抄送"),
        NoticeKind.CLOCK_STOPPED: _("中止计时"),
        NoticeKind.CLOCK_RESUMED: _("恢复计时"),
        NoticeKind.DEADLINE_RECOUNTED: _("期限重算"),
        NoticeKind.DEADLINE_EXTENDED: _("期限延长"),
        NoticeKind.LETTER: _("文书"),
        NoticeKind.MESSAGE: _("消息"),
        NoticeKind.PUBLICATION: _("待确认发布"),
        NoticeKind.INCIDENT: _("异常"),
    }[value]


def occasion(value: NoticeKind) -> str:
    """When such a notice comes, for settings."""
    return {
        NoticeKind.TASK_ASSIGNED: _("有待办分给我"),
        NoticeKind.TASK_CLAIMABLE: _("我的岗位有待办可认领"),
        NoticeKind.TASK_REMINDER: _("待办快到期"),
        NoticeKind.TASK_OVERDUE: _("待办已超期"),
        NoticeKind.TASK_ESCALATED: _("下属单位的待办超期上报给我"),
        NoticeKind.TASK_URGED: _("有人催办"),
        NoticeKind.TASK_CALLED_BACK: _("委派给我的待办被收回"),
        NoticeKind.TASK_COMMENTED: _("评论提到了我"),
        NoticeKind.CASE_RETURNED: _("我的申请退回补正"),
        NoticeKind.CASE_ENDED: _("我的申请办结"),
        NoticeKind.CASE_COPIED: _("有事项抄送给我"),
        NoticeKind.CLOCK_STOPPED: _("我的申请中止计时"),
        NoticeKind.CLOCK_RESUMED: _("我的申请恢复计时"),
        NoticeKind.DEADLINE_RECOUNTED: _("放假安排调整，待办期限重算"),
        NoticeKind.DEADLINE_EXTENDED: _("待办期限按规定延长"),
        NoticeKind.LETTER: _("我的申请出具了文书"),
        NoticeKind.MESSAGE: _("办理中的其他通知"),
        NoticeKind.PUBLICATION: _("有发布等待确认"),
        NoticeKind.INCIDENT: _("有事项停下不能继续"),
    }[value]


def channel(value: Channel) -> str:
    """By which way."""
    return {
        Channel.IN_APP: _("站内"),
        Channel.EMAIL: _("电子邮件"),
        Channel.WEBHOOK: "Webhook",
        Channel.SERVICE: _("群机器人"),
    }[value]


def dispatch(state: DispatchState) -> Badge:
    """How far a message to the outside has come."""
    return {
        DispatchState.PENDING: Badge(text=_("待发送"), tone="waiting"),
        DispatchState.FAILED: Badge(text=_("将重试"), tone="returned"),
        DispatchState.SENT: Badge(text=_("已送出"), tone="approved"),
        DispatchState.DEAD: Badge(text=_("未送达"), tone="rejected"),
        DispatchState.OBSOLETE: Badge(text=_("无需再发"), tone="plain"),
    }[state]


def letter(state: LetterState) -> Badge:
    """How a letter stands."""
    return {
        LetterState.ISSUED: Badge(text=_("正在生成"), tone="waiting"),
        LetterState.FAILED: Badge(text=_("生成失败"), tone="incident"),
        LetterState.READY: Badge(text=_("有效"), tone="approved"),
        LetterState.REVOKED: Badge(text=_("已撤销"), tone="rejected"),
    }[state]


def template(state: TemplateState) -> Badge:
    """Where a version of a letter's template stands."""
    return {
        TemplateState.PROPOSED: Badge(text=_("待确认"), tone="waiting"),
        TemplateState.PUBLISHED: Badge(text=_("已发布"), tone="approved"),
        TemplateState.DISCARDED: Badge(text=_("已作废"), tone="plain"),
    }[state]
