"""The operations menu of a user task: what one may do beside deciding, and why not the rest."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from api.pages import task_seats
from api.pages.language import gettext as _
from api.pages.operation_forms import Asked, Operation, Pick, Picks, Refusal, Words
from engine.model.people import Person
from engine.model.states import TaskState
from engine.service.cases.pages import ReturnTarget, SeatView, TaskPage

#: So many people, and a box to search them by name appears.
MANY = 8


def labels() -> dict[str, str]:
    """All operations of the menu, in its order, by their names in the service."""
    return {
        "release": _("退签"),
        "assign": _("转办"),
        "delegate": _("委派"),
        "resolve": _("办理归还"),
        "call-back": _("收回委派"),
        "add-sign": _("加签"),
        "remove-sign": _("减签"),
        "return": _("退回到先前环节"),
        "withdraw-step": _("撤回"),
        "copy": _("抄送"),
    }


def menu(
    found: TaskPage, asked: Asked | None = None, *, administrator: bool = False
) -> tuple[Operation, ...]:
    """What the reader may do now, each with its form. Administrators may name anybody."""
    tried = replace(asked or Asked(), anybody=administrator)
    made: dict[str, Callable[[TaskPage, Asked], Operation]] = {
        "release": _release,
        "assign": _assign,
        "delegate": _delegate,
        "resolve": _resolve,
        "call-back": _call_back,
        "add-sign": _add_sign,
        "remove-sign": _remove_sign,
        "return": _return,
        "withdraw-step": _withdraw,
    }
    return tuple(
        _tried(make(found, tried), tried)
        for name, make in made.items()
        if name in found.allowed_actions
    )


def comment(found: TaskPage, asked: Asked | None = None) -> Operation | None:
    """The form to say something with, for whoever may."""
    tried = asked or Asked()
    if "comment" not in found.allowed_actions:
        return None
    return _tried(
        Operation(
            name="comment",
            label=_("发表评论"),
            icon="message",
            note="",
            action=f"/tasks/{found.task.key}/comments",
            button=_("发表评论"),
            words=Words(
                name="text",
                label=_("评论"),
                required=True,
                typed=_typed(tried, "comment", "text"),
                hint=_("参与办理的人员都能看到，申请人看不到。"),
            ),
            files=True,
        ),
        tried,
    )


def refusals(found: TaskPage) -> tuple[Refusal, ...]:
    """Why the others cannot be done, those of one reason together; nothing of a task that is over,
    but for taking it back."""
    over = found.task.state is not TaskState.CREATED
    grouped: dict[str, list[str]] = {}
    for name, label in labels().items():
        reason = found.refusals.get(name)
        if reason and (not over or name == "withdraw-step"):
            grouped.setdefault(reason, []).append(label)
    return tuple(
        Refusal(labels="、".join(names), reason=reason) for reason, names in grouped.items()
    )


def _tried(operation: Operation, asked: Asked) -> Operation:
    if operation.name != asked.name:
        return operation
    return replace(operation, error=asked.error, open=True)


def _typed(asked: Asked, operation: str, name: str) -> str:
    return next(iter(asked.of(operation).get(name, ())), "")


def _action(found: TaskPage, name: str) -> str:
    return f"/tasks/{found.task.key}/{name}"


def _reason(asked: Asked, operation: str, label: str, *, required: bool = False) -> Words:
    return Words(
        name="reason", label=label, required=required, typed=_typed(asked, operation, "reason")
    )


def _people(found: TaskPage, asked: Asked, operation: str, legend: str, *, several: bool) -> Picks:
    """Those to whom it may go. Administrators may also name somebody who is not listed."""
    name = "people" if several else "assignee"
    chosen = set(asked.of(operation).get(name, ()))
    picks = tuple(_person(person, chosen) for person in found.assignees)
    return Picks(
        name=name,
        legend=legend,
        picks=picks,
        several=several,
        search=_("输入姓名查找") if len(picks) > MANY else "",
        empty=_("没有可以选择的人员：本单位人员都已参与，或者不能办理此任务。"),
        named=_("或者输入用户名") if asked.anybody else "",
        named_typed=_typed(asked, operation, "named"),
    )


def _person(person: Person, chosen: set[str]) -> Pick:
    return Pick(
        value=person.username,
        label=person.name,
        note=person.post,
        chosen=person.username in chosen,
    )


def _release(found: TaskPage, _asked: Asked) -> Operation:
    return Operation(
        name="release",
        label=_("退签"),
        icon="corner-up-left",
        note=_("退回给同岗位的同事，谁都可以再签收。"),
        action=_action(found, "release"),
        button=_("退签"),
    )


def _assign(found: TaskPage, asked: Asked) -> Operation:
    return Operation(
        name="assign",
        label=_("转办"),
        icon="arrow-forward-up",
        note=_("转办后由对方办理，您不再经手；记录里会留下是谁转办的。"),
        action=_action(found, "assign"),
        button=_("转办"),
        groups=(
            *_which_seat(found, asked),
            _people(found, asked, "assign", _("转办给"), several=False),
        ),
        words=_reason(asked, "assign", _("转办说明")),
    )


def _which_seat(found: TaskPage, asked: Asked) -> tuple[Picks, ...]:
    """An administrator who has no seat himself says whose he hands on."""
    live = [s for s in found.seats if s.state.value in {"OPEN", "WAITING"}]
    if len(live) < 2 or any(s.mine for s in live):
        return ()
    chosen = set(asked.of("assign").get("seat", ()))
    return (
        Picks(
            name="seat",
            legend=_("转办哪个席位"),
            picks=tuple(_seat(seat, chosen) for seat in live),
        ),
    )


def _seat(seat: SeatView, chosen: set[str]) -> Pick:
    return Pick(
        value=str(seat.key),
        label=seat.holder_name or seat.group,
        note=task_seats.kind(seat.kind),
        chosen=str(seat.key) in chosen,
    )


def _delegate(found: TaskPage, asked: Asked) -> Operation:
    return Operation(
        name="delegate",
        label=_("委派"),
        icon="user-check",
        note=_("请同事代为核办，办完归还给您，由您作出决定；归还前可以收回。"),
        action=_action(found, "delegate"),
        button=_("委派"),
        groups=(_people(found, asked, "delegate", _("委派给"), several=False),),
        words=_reason(asked, "delegate", _("请对方办什么")),
    )


def _resolve(found: TaskPage, asked: Asked) -> Operation:
    mine = next((seat for seat in found.seats if seat.mine), None)
    to = mine.delegated_by[-1] if mine and mine.delegated_by else ""
    return Operation(
        name="resolve",
        label=_("办理归还"),
        icon="arrow-back-up",
        note=_("把此任务连同您的意见交还给{who}，由其作出决定。").format(who=to),
        action=_action(found, "resolve"),
        button=_("归还"),
        words=Words(name="opinion", label=_("办理意见"), typed=_typed(asked, "resolve", "opinion")),
    )


def _call_back(found: TaskPage, asked: Asked) -> Operation:
    lent = next((seat for seat in found.seats if seat.lent), None)
    return Operation(
        name="call-back",
        label=_("收回委派"),
        icon="arrow-back-up",
        note=_("收回后由您自己办理，{who}不用再办，会收到通知。").format(
            who=lent.holder_name if lent else ""
        ),
        action=_action(found, "call-back"),
        button=_("收回"),
        words=_reason(asked, "call-back", _("收回说明")),
    )


def _add_sign(found: TaskPage, asked: Asked) -> Operation:
    before = next((s.kind.value.lower() for s in found.seats if s.added_by_name), "")
    chosen = _typed(asked, "add-sign", "mode") or before
    modes = (
        ("before", _("前加签"), _("他们先提意见，再由您决定")),
        ("after", _("后加签"), _("您决定之后，他们再确认")),
        ("parallel", _("并加签"), _("他们和您一起表决")),
    )
    return Operation(
        name="add-sign",
        label=_("加签"),
        icon="user-plus",
        note=_("请更多的人参加办理。同一任务只能用一种加签方式。"),
        action=_action(found, "add-sign"),
        button=_("加签"),
        groups=(
            Picks(
                name="mode",
                legend=_("加签方式"),
                picks=tuple(
                    Pick(value=value, label=label, note=note, chosen=value == chosen)
                    for value, label, note in modes
                ),
            ),
            _people(found, asked, "add-sign", _("加签给"), several=True),
        ),
        words=_reason(asked, "add-sign", _("加签说明")),
    )


def _remove_sign(found: TaskPage, asked: Asked) -> Operation:
    chosen = set(asked.of("remove-sign").get("seat", ()))
    removable = tuple(seat for seat in found.seats if seat.removable)
    own = any(seat.mine for seat in found.seats)
    return Operation(
        name="remove-sign",
        label=_("减签"),
        icon="minus",
        note=_("减去还没有办理的加签席位；由它再加签的席位一并减去。"),
        action=_action(found, "remove-sign"),
        button=_("减签"),
        groups=(
            Picks(
                name="seat",
                legend=_("减去谁的席位"),
                picks=tuple(_seat(seat, chosen) for seat in removable),
            ),
        ),
        words=_reason(asked, "remove-sign", _("减签原因"), required=not own),
    )


def _return(found: TaskPage, asked: Asked) -> Operation:
    chosen = set(asked.of("return").get("target", ()))
    return Operation(
        name="return",
        label=_("退回到先前环节"),
        icon="corner-up-left",
        note=_(
            "退给先前办理的人重办，此任务随即取消；要申请人补正的，请在办理意见中选“退回补正”。"
        ),
        action=_action(found, "return"),
        button=_("退回"),
        groups=(
            Picks(
                name="target",
                legend=_("退回到"),
                picks=tuple(_target(target, chosen) for target in found.return_targets),
            ),
        ),
        words=_reason(asked, "return", _("退回原因"), required=True),
        danger=True,
    )


def _target(target: ReturnTarget, chosen: set[str]) -> Pick:
    note = _("由{who}重办").format(who=target.by_name) if target.by_name else ""
    if target.anew:
        names = "、".join(target.anew)
        note = _("{who}；其后的“{steps}”也要重办").format(who=note, steps=names)
    value = str(target.visit)
    return Pick(value=value, label=target.name, note=note.strip("；"), chosen=value in chosen)


def _withdraw(found: TaskPage, asked: Asked) -> Operation:
    return Operation(
        name="withdraw-step",
        label=_("撤回"),
        icon="arrow-back-up",
        note=_("下一步还没有人办理，可以撤回来重新办理。"),
        action=_action(found, "withdraw"),
        button=_("撤回重办"),
        words=_reason(asked, "withdraw-step", _("撤回原因")),
    )
