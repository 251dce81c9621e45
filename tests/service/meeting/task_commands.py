"""Every command on a task, wherever a task stands so that somebody may give it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from engine.service.absence.hand_over import hand_over
from engine.service.cases.copy_case import copy_case
from engine.service.clock.expire_task import expire_tasks
from engine.service.seats.add_sign import add_sign
from engine.service.seats.remove_sign import remove_sign
from engine.service.tasks.assign_task import assign_task
from engine.service.tasks.batch import batch_claim, batch_complete
from engine.service.tasks.call_back_task import call_back_task
from engine.service.tasks.claim_task import claim_task
from engine.service.tasks.comment_task import comment_task
from engine.service.tasks.complete_task import complete_task
from engine.service.tasks.delegate_task import delegate_task
from engine.service.tasks.release_task import release_task
from engine.service.tasks.resolve_task import resolve_task
from engine.service.tasks.return_to_node import return_to_node
from engine.service.tasks.update_task import update_task
from engine.service.tasks.withdraw_step import withdraw_step
from tests.service.meeting.commands import Act, Command, each, handed, some
from tests.service.meeting.scenes import Scene

_TASK = "/v2/user-tasks/{userTaskKey}"


def completing(who: str, place: str, outcome: str = "approve") -> Act:
    return lambda s: complete_task(
        s.app, s.people[who], key=s.places[place], submission={"outcome": outcome}
    )


def _complete(who: str, place: str, outcome: str = "approve") -> Command:
    return Command(
        name="complete" if outcome == "approve" else outcome,
        who=who,
        place=place,
        uses=complete_task,
        act=completing(who, place, outcome),
        routes=(f"POST {_TASK}/completion",),
    )


def _assign(who: str, place: str, to: str, **more: str) -> Command:
    named = more.get("seat", "")

    def act(s: Scene) -> Any:
        seat = s.known[named] if named else None
        return assign_task(s.app, s.people[who], key=s.places[place], assignee=to, seat=seat)

    seated = (f"POST {_TASK}/seats/{{seatKey}}/assignment",) if named else ()
    return Command(
        name="assign",
        who=who,
        place=place,
        uses=assign_task,
        act=act,
        knows=named,
        routes=(f"POST {_TASK}/assignment", *seated),
    )


def _delegate(who: str, place: str, to: str) -> Command:
    return Command(
        name="delegate",
        who=who,
        place=place,
        uses=delegate_task,
        act=lambda s: delegate_task(s.app, s.people[who], key=s.places[place], to=to),
        routes=(f"POST {_TASK}/delegation",),
    )


def _add(who: str, place: str, mode: str, to: str) -> Command:
    return Command(
        name=f"add-sign-{mode}",
        who=who,
        place=place,
        uses=add_sign,
        act=lambda s: add_sign(s.app, s.people[who], key=s.places[place], mode=mode, people=[to]),
        routes=(f"POST {_TASK}/sign-additions",),
    )


def _return(who: str, place: str) -> Command:
    return Command(
        name="return",
        who=who,
        place=place,
        uses=return_to_node,
        act=lambda s: return_to_node(
            s.app, s.people[who], key=s.places[place], target="first", reason="退"
        ),
        routes=(f"POST {_TASK}/return",),
    )


def _comment(who: str, place: str) -> Command:
    return Command(
        name="comment",
        who=who,
        place=place,
        uses=comment_task,
        act=lambda s: comment_task(s.app, s.people[who], key=s.places[place], text="请看"),
        routes=(f"POST {_TASK}/comments",),
    )


def _update(place: str) -> Command:
    return Command(
        name="update",
        place=place,
        uses=update_task,
        act=lambda s: update_task(s.app, s.guanli, key=s.places[place], priority=77),
        routes=(f"PATCH {_TASK}",),
    )


def _copy(who: str, place: str) -> Command:
    return Command(
        name="copy",
        who=who,
        place=place,
        uses=copy_case,
        act=lambda s: copy_case(
            s.app, s.people[who], task_key=s.places[place], people=["zhuanjia2"]
        ),
        routes=(f"POST {_TASK}/copies",),
    )


def _hand_over(who: str, place: str, to: str) -> Command:
    return Command(
        name="hand-over",
        who=who,
        place=place,
        uses=hand_over,
        act=lambda s: handed(hand_over(s.app, s.guanli, username=who, successor=to, reason="调离")),
        looks=True,
        notes=frozenset({"act"}),
        routes=("POST /v2/users/{username}/hand-over",),
    )


def _open() -> Iterator[Command]:
    """A task that nobody has taken."""
    for who in ("clerk4", "wangwu"):
        yield Command(
            name="claim",
            who=who,
            place="open",
            uses=claim_task,
            act=lambda s, who=who: claim_task(s.app, s.people[who], key=s.places["open"]),
            routes=(f"POST {_TASK}/assignment",),
        )
    yield Command(
        name="batch-claim",
        who="wangwu",
        place="open",
        uses=batch_claim,
        act=lambda s: each(batch_claim(s.app, s.wangwu, keys=[s.places["open"]])),
        routes=("POST /v2/user-tasks/batch-claim",),
    )
    yield _complete("clerk4", "open")
    yield _assign("guanli", "open", "quxian")
    yield _comment("clerk3", "open")
    yield _update("open")


def _held() -> Iterator[Command]:
    """A task that lisi has; daili stands in for him."""
    yield Command(
        name="release",
        place="held",
        uses=release_task,
        act=lambda s: release_task(s.app, s.lisi, key=s.places["held"]),
        routes=(f"DELETE {_TASK}/assignee",),
    )
    yield _complete("lisi", "held")
    yield _complete("lisi", "held", "reject")
    yield _complete("daili", "held")
    yield Command(
        name="batch-complete",
        place="held",
        uses=batch_complete,
        looks=True,
        notes=frozenset({"act"}),
        act=lambda s: each(
            batch_complete(s.app, s.lisi, keys=[s.places["held"]], outcome="approve")
        ),
        routes=("POST /v2/user-tasks/batch-completion",),
    )
    yield _assign("lisi", "held", "wangwu")
    yield _assign("guanli", "held", "clerk4")
    yield _delegate("lisi", "held", "wangwu")
    for mode in ("before", "after", "parallel"):
        yield _add("lisi", "held", mode, "clerk4")
    yield _return("lisi", "held")
    yield _comment("wangwu", "held")
    yield _copy("lisi", "held")
    yield _update("held")
    yield _hand_over("lisi", "held", "clerk4")


def _lent() -> Iterator[Command]:
    """wangwu's task, which clerk3 handles for him."""
    yield Command(
        name="resolve",
        place="lent",
        uses=resolve_task,
        act=lambda s: resolve_task(s.app, s.clerk3, key=s.places["lent"]),
        routes=(f"POST {_TASK}/resolution",),
    )
    yield Command(
        name="call-back",
        place="lent",
        uses=call_back_task,
        act=lambda s: call_back_task(s.app, s.wangwu, key=s.places["lent"]),
        routes=(f"POST {_TASK}/delegation-recall",),
    )
    yield _delegate("clerk3", "lent", "clerk4")
    yield _assign("clerk3", "lent", "clerk4")
    yield _comment("clerk6", "lent")
    yield _update("lent")
    yield _hand_over("clerk3", "lent", "clerk4")


def _seated() -> Iterator[Command]:
    """clerk4's task, to which he added clerk6 beside himself."""
    for who in ("clerk4", "clerk6"):
        yield _complete(who, "seated")
    yield _complete("clerk6", "seated", "reject")
    yield _delegate("clerk4", "seated", "wangwu")
    yield _assign("clerk6", "seated", "wangwu")
    yield _assign("guanli", "seated", "quxian", seat="added")
    yield _add("clerk4", "seated", "parallel", "wangwu")
    yield Command(
        name="remove-sign",
        place="seated",
        uses=remove_sign,
        knows="added",
        act=lambda s: remove_sign(
            s.app, s.clerk4, key=s.places["seated"], seat=s.known["added"], reason="减"
        ),
        routes=(f"POST {_TASK}/sign-removals",),
    )
    yield _return("clerk4", "seated")
    yield _hand_over("clerk6", "seated", "wangwu")


def _others() -> Iterator[Command]:
    """A ballot, a task whose time is over, a step just done, and the one after it."""
    yield _complete("zhuanjia1", "vote")
    yield _complete("zhuanjia2", "vote", "reject")
    yield _assign("guanli", "vote", "quxian", seat="voter")
    yield _complete("zhaoliu", "late")
    yield Command(
        name="expire",
        place="late",
        uses=expire_tasks,
        act=lambda s: some(expire_tasks(s.app, limit=1)),
        passes=True,
        again=timedelta(0),
    )
    yield Command(
        name="withdraw-step",
        place="next",
        uses=withdraw_step,
        act=lambda s: withdraw_step(s.app, s.wangwu, key=s.places["sent"]),
        routes=(f"POST {_TASK}/withdrawal",),
    )
    yield _complete("zhaoliu", "next")


def _repeated() -> Iterator[Command]:
    """Of a fresh case: one approval that is taken as two."""
    yield Command(
        name="deduplication",
        place="once",
        uses=complete_task,
        act=completing("lisi", "once"),
        routes=(f"POST {_TASK}/completion",),
    )
    yield _complete("wangwu", "once", "reject")
    yield _update("once")


TASK_COMMANDS: tuple[Command, ...] = (
    *_open(),
    *_held(),
    *_lent(),
    *_seated(),
    *_others(),
    *_repeated(),
)
