"""The texts of notices: ours, in Chinese and English, or the bureau's own with FEEL placeholders.

Ours name the case's number, the service and the step, and nothing else: no names, no amounts, no
numbers of people. What a bureau writes itself may use the case's variables as well.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from engine.feel import Registry
from engine.model.notices import Wording
from engine.model.notifications import NoticeKind
from engine.service.app import App
from engine.service.placeholders import PlaceholderError, Surroundings, check, fill

_log = logging.getLogger(__name__)

LANGUAGES = ("zh", "en")

_CASE = '{= case.service }{= if case.number = "" then "" else " " + case.number }'
_DUE = '{= if task.due = null then "" else "，请于 " + string(task.due.month) + "月" + string(task.due.day) + "日前办理" }'
_DUE_EN = '{= if task.due = null then "" else ", due on " + string(task.due) }'

#: One line for each kind: what the bell shows, and what mail and services begin with.
LINES: Mapping[str, Mapping[NoticeKind, str]] = {
    "zh": {
        NoticeKind.TASK_ASSIGNED: f"待办：{_CASE}，“{{= task.name }}”由您办理{_DUE}。",
        NoticeKind.TASK_CLAIMABLE: f"待认领：{_CASE}，“{{= task.name }}”{_DUE}。",
        NoticeKind.TASK_REMINDER: f"快到期了：{_CASE}，“{{= task.name }}”{_DUE}。",
        NoticeKind.TASK_OVERDUE: f"已超期：{_CASE}，“{{= task.name }}”，请尽快办理。",
        NoticeKind.TASK_ESCALATED: f"超期上报：{_CASE}，“{{= task.name }}”已超过办理期限。",
        NoticeKind.TASK_URGED: f"催办：{_CASE}，“{{= task.name }}”，请尽快办理。",
        NoticeKind.TASK_CALLED_BACK: f"委派已收回：{_CASE}，“{{= task.name }}”，您不用再办。",
        NoticeKind.TASK_COMMENTED: f"评论提到了您：{_CASE}，“{{= task.name }}”，请阅。",
        NoticeKind.CASE_RETURNED: f"请补正：{_CASE} 已退回，请查看需补正的内容{_DUE}。",
        NoticeKind.CASE_ENDED: f"已办结：{_CASE}，结果：{{= case.result }}。",
        NoticeKind.CASE_COPIED: f"抄送：{_CASE} 抄送给您，请阅。",
        NoticeKind.CLOCK_STOPPED: f"中止计时：{_CASE}，原因：{{= facts.why }}，中止期间不计入办理期限。",
        NoticeKind.CLOCK_RESUMED: f"恢复计时：{_CASE}，自明日起继续计算剩余的办理期限。",
        NoticeKind.DEADLINE_RECOUNTED: f"期限重算：{_CASE}，“{{= task.name }}”因放假安排调整{_DUE}。",
        NoticeKind.DEADLINE_EXTENDED: f"期限延长：{_CASE}，“{{= task.name }}”{_DUE}。",
        NoticeKind.LETTER: f"文书已出具：{_CASE}，《{{= facts.title }}》{{= facts.symbol }}，可在事项页面下载。",
        NoticeKind.MESSAGE: f"{_CASE} 有一条新消息，请登录查看。",
        NoticeKind.PUBLICATION: "待确认发布：“{= facts.name }”的新版本等待另一位管理员确认。",
        NoticeKind.INCIDENT: f"异常：{_CASE} 停下了，请到“异常处理”查看。",
    },
    "en": {
        NoticeKind.TASK_ASSIGNED: f"To do: {_CASE}, step “{{= task.name }}” is yours{_DUE_EN}.",
        NoticeKind.TASK_CLAIMABLE: f"To claim: {_CASE}, step “{{= task.name }}”{_DUE_EN}.",
        NoticeKind.TASK_REMINDER: f"Due soon: {_CASE}, step “{{= task.name }}”{_DUE_EN}.",
        NoticeKind.TASK_OVERDUE: f"Overdue: {_CASE}, step “{{= task.name }}”. Please handle it soon.",
        NoticeKind.TASK_ESCALATED: f"Escalated: {_CASE}, step “{{= task.name }}” is overdue.",
        NoticeKind.TASK_URGED: f"Urged: {_CASE}, step “{{= task.name }}”. Please handle it soon.",
        NoticeKind.TASK_CALLED_BACK: f"Called back: {_CASE}, step “{{= task.name }}” is no longer yours.",
        NoticeKind.TASK_COMMENTED: f"A comment mentions you: {_CASE}, step “{{= task.name }}”.",
        NoticeKind.CASE_RETURNED: f"Please supplement: {_CASE} was returned to you{_DUE_EN}.",
        NoticeKind.CASE_ENDED: f"Closed: {_CASE}, result: {{= case.result }}.",
        NoticeKind.CASE_COPIED: f"Copied to you: {_CASE}.",
        NoticeKind.CLOCK_STOPPED: f"Clock stopped: {_CASE}, because of {{= facts.why }}; this time does not count towards the period.",
        NoticeKind.CLOCK_RESUMED: f"Clock resumed: {_CASE}, what is left of the period counts from tomorrow.",
        NoticeKind.DEADLINE_RECOUNTED: f"Deadline recounted: {_CASE}, step “{{= task.name }}”{_DUE_EN}.",
        NoticeKind.DEADLINE_EXTENDED: f"Deadline extended: {_CASE}, step “{{= task.name }}”{_DUE_EN}.",
        NoticeKind.LETTER: f"Letter issued: {_CASE}, {{= facts.symbol }}. Download it from the case.",
        NoticeKind.MESSAGE: f"{_CASE}: there is a new message. Please log in to read it.",
        NoticeKind.PUBLICATION: "Publication to confirm: a new version of “{= facts.name }” waits for a second administrator.",
        NoticeKind.INCIDENT: f"Incident: {_CASE} has stopped; see the incidents page.",
    },
}

#: Mail: the line as subject, and around it a greeting and the way in.
SUBJECT: Mapping[str, str] = {"zh": "【办事】{= line }", "en": "[Banshi] {= line }"}
BODY: Mapping[str, str] = {
    "zh": "您好：\n\n{= line }\n\n查看：{= link }\n\n此邮件由办事系统自动发送，请勿回复。接收方式可在“个人设置 › 通知设置”中更改。",
    "en": "Hello,\n\n{= line }\n\nOpen: {= link }\n\nThis message was sent automatically; please do not reply. Choose what you receive under Profile › Notifications.",
}

#: What every text may use; anything else is a variable of the case.
NAMES = frozenset({"case", "task", "facts", "message", "line", "link"})


@dataclass(frozen=True, kw_only=True)
class Texts:
    """A notice in words. ``line``: what the bell shows; ``subject`` and ``body``: mail."""

    line: str
    subject: str
    body: str


class Wordings:
    """The texts in force, for the length of one announcement.

    ``variables`` is asked for the case's variables, and only by a text of the bureau's that names
    any of them.
    """

    def __init__(
        self,
        app: App,
        own: Mapping[tuple[NoticeKind, str], Wording],
        variables: Callable[[], Mapping[str, Any]],
    ) -> None:
        self._around = surroundings(app)
        self._functions = app.functions
        self._own = own
        self._variables = variables
        self._made: dict[str, Texts] = {}

    def texts(self, kind: NoticeKind, language: str, values: Mapping[str, Any]) -> Texts:
        """The announcement's texts in this language, worked out once."""
        if language not in self._made:
            self._made[language] = self._make(kind, language, values)
        return self._made[language]

    def _make(self, kind: NoticeKind, language: str, values: Mapping[str, Any]) -> Texts:
        own = self._own.get((kind, language), Wording(kind=kind, language=language))
        usual = LINES[language][kind]
        line = " ".join(self._fill(own.line, usual, values).split())[:500]
        known = {**values, "line": line}
        subject = " ".join(self._fill(own.subject, SUBJECT[language], known).split())
        return Texts(
            line=line, subject=subject[:200], body=self._fill(own.body, BODY[language], known)
        )

    def _fill(self, own: str, usual: str, values: Mapping[str, Any]) -> str:
        """The bureau's text, or ours where it has none or its own cannot be filled in."""
        if own:
            try:
                known = dict(values)
                if check(own, self._functions) - NAMES:
                    known = {**self._variables(), **known}
                return fill(own, known, self._around)
            except PlaceholderError as error:
                _log.warning("a notice's own wording could not be used: %s", error)
        return fill(usual, values, self._around)


def surroundings(app: App) -> Surroundings:
    """What placeholders may know of the world."""
    return Surroundings(functions=app.functions, clock=app.local_now, zone=app.settings.timezone)


def check_wording(text: str, functions: Registry) -> None:
    """Raises :class:`PlaceholderError` where the text could never be filled in."""
    check(text, functions)
