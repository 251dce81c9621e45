"""Service tasks that are done inside: a handler per job type.

A handler runs in the transaction that completes its job: what it writes, the completion and the
step commit together, or not at all. It must not talk to anything outside; what leaves the system
leaves through the outbox, after the commit.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from engine.model.actor import Membership
from engine.model.execution import Head, OpenJob
from engine.model.notifications import Announcement, NoticeKind
from engine.service.app import App
from engine.service.letters.issuing import Order, issue
from engine.service.privacy.sight import outside
from engine.storage.database import UnitOfWork
from engine.storage.notifications import announcements
from engine.storage.worklists import notices
from engine.text import tell

_LONGEST_NOTICE = 2000


@dataclass(frozen=True, kw_only=True)
class Call:
    """What a handler is given. ``variables``: what the job sees, its own inputs included."""

    app: App
    work: UnitOfWork
    head: Head
    job: OpenJob
    headers: Mapping[str, str]
    variables: Mapping[str, Any]
    now: datetime


#: Gives back the variables with which the job completes. Raises JobFault to fail it, BpmnFault to
#: end it in a BPMN error; as a task's completing listener, Denied.
Handler = Callable[[Call], Mapping[str, Any]]


class JobFault(Exception):
    """The job cannot be done as it stands; the message (Chinese) becomes the incident's."""


class Denied(Exception):
    """A completing listener does not agree to the task's completion; ``reason``: Chinese."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class BpmnFault(Exception):
    """The job ends in a BPMN error that the diagram may catch."""

    def __init__(self, code: str, message: str = "") -> None:
        super().__init__(code, message)
        self.code = code
        self.message = message


def notify(call: Call) -> Mapping[str, Any]:
    """``banshi.notify``: a notice in the application, and word of it by the other channels.

    Header ``to``: ``applicant``, or ``role`` with header ``role`` (a role anywhere, or
    ``role@unit``; input ``units``: a list of units that it is held at). Input ``message``: the
    text; personal data of the case that it quotes is masked, since notices leave the house.
    """
    text = call.variables.get("message")
    if not isinstance(text, str) or not text.strip():
        raise JobFault(tell("通知没有内容：请为 message 设置输入映射。"))
    pinned = call.app.bundles.of_instance(call.work, call.head.bundle_key)
    text = outside(call.app, call.work, pinned, call.variables).text(text)
    match call.headers.get("to", "applicant"):
        case "applicant":
            people = frozenset({call.head.applicant_key} - {0})
        case "role":
            people = _people_in(call, call.headers.get("role", ""))
        case other:
            raise JobFault(
                tell("通知对象“{other}”无效：请在任务头 to 中填写 applicant 或 role。", other=other)
            )
    notices.add_notices(
        call.work,
        people=people,
        instance=call.head.key,
        cause=call.job.key,
        text=text.strip()[:_LONGEST_NOTICE],
        now=call.now,
    )
    announcements.add(
        call.work,
        [
            Announcement(
                kind=NoticeKind.MESSAGE,
                instance_key=call.head.key,
                people=tuple(sorted(people)),
                facts={"message": text.strip()[:_LONGEST_NOTICE]},
            )
        ]
        if people
        else [],
        now=call.now,
    )
    return {}


def letter(call: Call) -> Mapping[str, Any]:
    """``banshi.letter``: issue a letter. Header ``template``, or input ``template``: its id.

    Gives back ``letter``: number (文号), title and verification code.
    """
    template = call.variables.get("template") or call.headers.get("template")
    if not isinstance(template, str) or not template.strip():
        raise JobFault(tell("没有指定文书模板：请在任务头 template 中填写模板编号。"))
    order = Order(
        instance_key=call.head.key,
        element_key=call.job.key,
        element_id=call.job.element_id,
        template_id=template.strip(),
    )
    issued = issue(call.app, call.work, order, call.variables)
    return {"letter": {"number": issued.symbol, "title": issued.title, "code": issued.code}}


def _people_in(call: Call, text: str) -> frozenset[Any]:
    membership = Membership.parse(text)
    if membership is not None:
        return notices.people_in_role(call.work, role=membership.role, units=[membership.unit])
    if not text:
        raise JobFault(tell("通知没有指定角色：请在任务头 role 中填写。"))
    units = call.variables.get("units")
    if units is not None and not isinstance(units, list):
        raise JobFault(tell("通知的单位（输入 units）应是单位编号的列表。"))
    return notices.people_in_role(call.work, role=text, units=units)


#: The handlers that banshi itself brings.
OWN: Mapping[str, Handler] = {"banshi.notify": notify, "banshi.letter": letter}
