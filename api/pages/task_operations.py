"""The operations menu of a user task: what one may do beside deciding, and why not the rest."""

from __future__ import annotations

from dataclasses import dataclass, replace

from api.language import gettext as _
from api.pages import task_seats
from api.pages.operation_forms import Asked, Operation, Pick, Picks, Refusal, Words, address
from engine.model.people import Person
from engine.model.states import TaskState
from engine.service.cases.pages import ReturnTarget, SeatView, TaskPage

#: So many people, and a box to search them by name appears.
MANY = 8

_WITH_OTHERS = frozenset({"assign", "delegate", "add-sign"})


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
    made = {
        "resolve": _resolve,
        "release": _release,
        "assign": _assign,
        "delegate": _delegate,
        "call-back": _call_back,
        "add-sign": _add_sign,
        "remove-sign": _remove_sign,
        "return": _return,
        "withdraw-step": _withdraw,
    }
    alone = _alone(found, tried)
    return tuple(
        make(_Offer(name=name, found=found, asked=tried))
        for name, make in made.items()
        if name in found.allowed_actions - alone
    )


def comment(found: TaskPage, asked: Asked | None = None) -> Operation | None:
    """The form to say something with, for whoever may."""
    if "comment" not in found.allowed_actions:
        return None
    offer = _Offer(name="comment", found=found, asked=asked or Asked())
    said = Words(
        name="text",
        label=_("评论"),
        required=True,
        typed=offer.typed("text"),
        hint=_("参与办理的人员都能看到，申请人看不到。"),
    )
    made = offer.form(icon="message", note="", button=_("发表评论"), words=said)
    return replace(made, files=True, groups=_mentions(offer))


def _mentions(offer: _Offer) -> tuple[Picks, ...]:
    """Colleagues who can be told of a comment; no choice where nobody else takes part."""
    chosen = set(offer.asked.of("comment").get("mentions", ()))
    people = offer.found.mentionable.items()
    listed = tuple(
        Pick(value=username, label=name, chosen=username in chosen) for username, name in people
    )
    if not listed:
        return ()
    return (
        Picks(
            name="mentions",
            legend=_("提醒谁看"),
            picks=listed,
            several=True,
            required=False,
            search=_("输入姓名查找") if len(listed) > MANY else "",
        ),
    )


def _alone(found: TaskPage, asked: Asked) -> frozenset[str]:
    """What takes somebody else, where there is nobody."""
    return frozenset() if found.assignees or asked.anybody else _WITH_OTHERS


def refusals(found: TaskPage, *, administrator: bool = False) -> tuple[Refusal, ...]:
    """Why the others cannot be done, those of one reason together; nothing of a task that is over,
    but for taking it back."""
    over = found.task.state is not TaskState.CREATED
    alone = _alone(found, Asked(anybody=administrator)) & found.allowed_actions
    nobody = _("没有可以选择的人员：本单位人员都已参与，或者不能办理此任务。")
    grouped: dict[str, list[str]] = {}
    for name, label in labels().items():
        reason = nobody if name in alone else found.refusals.get(name)
        if reason and (not over or name == "withdraw-step"):
            grouped.setdefault(reason, []).append(label)
    return tuple(
        Refusal(labels="、".join(names), reason=reason) for reason, names in grouped.items()
    )


@dataclass(frozen=True, kw_only=True)
class _Offer:
    """An operation on a task while its form is put together."""

    name: str
    found: TaskPage
    asked: Asked

    def form(
        self,
        *,
        icon: str,
        note: str,
        button: str,
        groups: tuple[Picks, ...] = (),
        words: Words | None = None,
    ) -> Operation:
        """The form; open, with why it was refused, where it was just sent."""
        tried = self.name == self.asked.name
        return Operation(
            name=self.name,
            label=labels().get(self.name, button),
            icon=icon,
            note=note,
            action=address(self.found.task.key, self.name),
            button=button,
            groups=groups,
            words=words,
            error=self.asked.error if tried else "",
            open=tried,
        )

    def typed(self, field: str) -> str:
        return next(iter(self.asked.of(self.name).get(field, ())), "")

    def chosen(self, field: str) -> frozenset[str]:
        return frozenset(self.asked.of(self.name).get(field, ()))

    def reason(self, label: str, *, required: bool = False) -> Words:
        return Words(name="reason", label=label, required=required, typed=self.typed("reason"))

    def people(self, legend: str, *, several: bool = False) -> Picks:
        """Those to whom it may go. Administrators may also name somebody who is not listed."""
        name = "people" if several else "assignee"
        chosen = self.chosen(name)
        picks = tuple(_person(person, chosen) for person in self.found.assignees)
        return Picks(
            name=name,
            legend=legend,
            picks=picks,
            several=several,
            search=_("输入姓名查找") if len(picks) > MANY else "",
            named=_("或者输入用户名") if self.asked.anybody else "",
            named_typed=self.typed("named"),
        )


def _person(person: Person, chosen: frozenset[str]) -> Pick:
    return Pick(
        value=person.username,
        label=person.name,
        note=person.post,
        chosen=person.username in chosen,
    )


def _seat(seat: SeatView, chosen: frozenset[str]) -> Pick:
    return Pick(
        value=str(seat.key),
        label=seat.holder_name or seat.group,
        note=task_seats.kind(seat.kind),
        chosen=str(seat.key) in chosen,
    )


def _release(offer: _Offer) -> Operation:
    return offer.form(
        icon="corner-up-left",
        note=_("退回给同岗位的同事，谁都可以再签收。"),
        button=_("退签"),
    )


def _assign(offer: _Offer) -> Operation:
    return offer.form(
        icon="arrow-forward-up",
        note=_("转办后由对方办理，您不再经手；记录里会留下是谁转办的。"),
        button=_("转办"),
        groups=(*_which_seat(offer), offer.people(_("转办给"))),
        words=offer.reason(_("转办说明")),
    )


def _which_seat(offer: _Offer) -> tuple[Picks, ...]:
    """An administrator who has no seat himself says whose he hands on."""
    live = [s for s in offer.found.seats if s.state.value in {"OPEN", "WAITING"}]
    if len(live) < 2 or any(s.mine for s in live):
        return ()
    picks = tuple(_seat(seat, offer.chosen("seat")) for seat in live)
    return (Picks(name="seat", legend=_("转办哪个席位"), picks=picks),)


def _delegate(offer: _Offer) -> Operation:
    return offer.form(
        icon="user-check",
        note=_("请同事代为核办，办完归还给您，由您作出决定；归还前可以收回。"),
        button=_("委派"),
        groups=(offer.people(_("委派给")),),
        words=offer.reason(_("请对方办什么")),
    )


def _resolve(offer: _Offer) -> Operation:
    mine = next((seat for seat in offer.found.seats if seat.mine), None)
    to = mine.delegated_by[-1] if mine and mine.delegated_by else ""
    made = offer.form(
        icon="arrow-back-up",
        note=_("把此任务连同您的意见交还给{who}，由其作出决定。").format(who=to),
        button=_("归还"),
        words=Words(name="opinion", label=_("办理意见"), typed=offer.typed("opinion")),
    )
    return replace(made, open=True)


def _call_back(offer: _Offer) -> Operation:
    lent = next((seat for seat in offer.found.seats if seat.lent), None)
    return offer.form(
        icon="arrow-back-up",
        note=_("收回后由您自己办理，{who}不用再办，会收到通知。").format(
            who=lent.holder_name if lent else ""
        ),
        button=_("收回"),
        words=offer.reason(_("收回说明")),
    )


def _add_sign(offer: _Offer) -> Operation:
    before = next((s.kind.value.lower() for s in offer.found.seats if s.added_by_name), "")
    chosen = offer.typed("mode") or before
    modes = (
        ("before", _("前加签"), _("他们先提意见，再由您决定")),
        ("after", _("后加签"), _("您决定之后，他们再确认")),
        ("parallel", _("并加签"), _("他们和您一起表决")),
    )
    picks = tuple(
        Pick(value=value, label=label, note=note, chosen=value == chosen)
        for value, label, note in modes
    )
    return offer.form(
        icon="user-plus",
        note=_("请更多的人参加办理。同一任务只能用一种加签方式。"),
        button=_("加签"),
        groups=(
            Picks(name="mode", legend=_("加签方式"), picks=picks),
            offer.people(_("加签给"), several=True),
        ),
        words=offer.reason(_("加签说明")),
    )


def _remove_sign(offer: _Offer) -> Operation:
    chosen = offer.chosen("seat")
    picks = tuple(_seat(seat, chosen) for seat in offer.found.seats if seat.removable)
    own = any(seat.mine for seat in offer.found.seats)
    return offer.form(
        icon="minus",
        note=_("减去还没有办理的加签席位；由它再加签的席位一并减去。"),
        button=_("减签"),
        groups=(Picks(name="seat", legend=_("减去谁的席位"), picks=picks),),
        words=offer.reason(_("减签原因"), required=not own),
    )


def _return(offer: _Offer) -> Operation:
    chosen = offer.chosen("target")
    picks = tuple(_target(target, chosen) for target in offer.found.return_targets)
    made = offer.form(
        icon="corner-up-left",
        note=_(
            "退给先前办理的人重办，此任务随即取消；要申请人补正的，请在办理意见中选“退回补正”。"
        ),
        button=_("退回"),
        groups=(Picks(name="target", legend=_("退回到"), picks=picks),),
        words=offer.reason(_("退回原因"), required=True),
    )
    return replace(made, danger=True)


def _target(target: ReturnTarget, chosen: frozenset[str]) -> Pick:
    note = _("由{who}重办").format(who=target.by_name) if target.by_name else ""
    if target.anew:
        names = "、".join(target.anew)
        note = _("{who}；其后的“{steps}”也要重办").format(who=note, steps=names)
    value = str(target.visit)
    return Pick(value=value, label=target.name, note=note.strip("；"), chosen=value in chosen)


def _withdraw(offer: _Offer) -> Operation:
    return offer.form(
        icon="arrow-back-up",
        note=_("下一步还没有人办理，可以撤回来重新办理。"),
        button=_("撤回重办"),
        words=offer.reason(_("撤回原因")),
    )
