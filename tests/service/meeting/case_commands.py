"""Every command on a case as a whole, its recusals, its clock, its waiting, its afterlife."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from typing import Any

from engine.model.actor import SYSTEM
from engine.model.clock import StopKind
from engine.model.errors import Conflict
from engine.service.absence.proxies import name_proxy, revoke_proxy
from engine.service.administration.migrate_case import migrate_case
from engine.service.administration.modify_case import Modification, Shift, modify_case
from engine.service.administration.resolve_incident import resolve_incident
from engine.service.administration.run_batches import run_batches
from engine.service.administration.set_variables import set_variables
from engine.service.administration.suspend_case import resume_case, suspend_case
from engine.service.archive.disposal import (
    approve_disposal,
    carry_out_disposals,
    discard_disposal,
)
from engine.service.archive.legal_hold import lift_hold, place_hold
from engine.service.cases.copies import read_copy
from engine.service.cases.end_case import cancel_case, withdraw_case
from engine.service.cases.urge_case import urge_case
from engine.service.clock.recount import recount_waiting
from engine.service.clock.stop_clock import resume_clock, stop_clock
from engine.service.exchange.deliver import deliver
from engine.service.exchange.publish_message import correlate_message
from engine.service.exchange.sweep import fire_due_timers
from engine.service.exchange.work_jobs import (
    activate_jobs,
    complete_job,
    fail_job,
    throw_job_error,
    update_job,
)
from engine.service.privacy.unmask import unmask
from engine.service.recusal.decide_recusal import decide_recusal, lift_recusal
from engine.service.recusal.recuse import ask_recusal, declare_recusal
from engine.service.recusal.relations import add_relation
from tests.service.meeting.commands import Act, Command, some
from tests.service.meeting.scenes import Scene

_CASE = "/v2/process-instances/{processInstanceKey}"
_JOB = "/v2/jobs/{jobKey}"
Use = Callable[..., Any]


def _of_case(name: str, uses: Use, act: Act, *routes: str, **more: Any) -> Command:
    return Command(name=name, uses=uses, act=act, routes=routes, **more)


def _of_record(name: str, uses: Use, act: Act, *routes: str, **more: Any) -> Command:
    """It changes rows of its own, and never locks the case."""
    return _of_case(name, uses, act, *routes, locks=False, **more)


def _of_element(name: str, place: str, uses: Use, act: Act, *routes: str, **more: Any) -> Command:
    return _of_case(name, uses, act, *routes, place=place, **more)


def _of_applicants() -> Iterator[Command]:
    yield _of_case(
        "withdraw-case",
        withdraw_case,
        lambda s: withdraw_case(s.app, s.zhangsan, key=s.case, reason="不办了"),
        f"POST {_CASE}/withdrawal",
    )
    for who in ("zhangsan", "wangwu"):
        yield _of_case(
            "urge",
            urge_case,
            lambda s, who=who: urge_case(s.app, s.people[who], key=s.case),
            f"POST {_CASE}/urges",
            who=who,
        )
    yield _of_record(
        "tick-off-copy",
        read_copy,
        lambda s: some(read_copy(s.app, s.zhuanjia1, key=s.case)),
        f"POST {_CASE}/copies/reading",
    )


def _of_recusals() -> Iterator[Command]:
    for who in ("lisi", "clerk4"):
        yield _of_case(
            "declare-recusal",
            declare_recusal,
            lambda s, who=who: declare_recusal(s.app, s.people[who], key=s.case, reason="有利害"),
            f"POST {_CASE}/recusals",
            who=who,
        )
    yield _of_case(
        "ask-recusal",
        ask_recusal,
        lambda s: ask_recusal(s.app, s.zhangsan, key=s.case, username="clerk4", reason="有纠纷"),
        f"POST {_CASE}/recusals",
    )
    for grant in (True, False):
        yield _of_case(
            "decide-recusal",
            decide_recusal,
            lambda s, grant=grant: decide_recusal(
                s.app, s.guanli, key=s.known["asked"], grant=grant, note="已查"
            ),
            "POST /v2/recusals/{recusalKey}/decision",
            who="granted" if grant else "refused",
            knows="asked",
        )
    yield _of_case(
        "lift-recusal",
        lift_recusal,
        lambda s: lift_recusal(s.app, s.guanli, key=s.known["lifted"], reason="不属实"),
        "POST /v2/recusals/{recusalKey}/lift",
        knows="lifted",
    )
    for who in ("clerk6", "quxian"):
        yield _of_case(
            "add-relation",
            add_relation,
            lambda s, who=who: add_relation(
                s.app,
                s.guanli,
                username=who,
                other="zhangsan",
                kind="FAMILY",
                since=date(2000, 1, 1),
            ),
            "POST /v2/relations",
            who=who,
            knows="running",
        )
    yield _of_record(
        "name-proxy",
        name_proxy,
        lambda s: name_proxy(
            s.app,
            s.clerk4,
            principal="clerk4",
            proxy="quxian",
            starts_at=s.app.now(),
            ends_at=s.app.now() + timedelta(days=9),
        ),
        "POST /v2/proxies",
    )
    yield _of_record(
        "revoke-proxy",
        revoke_proxy,
        lambda s: revoke_proxy(s.app, s.lisi, key=s.known["proxy"]),
        "DELETE /v2/proxies/{proxyKey}",
        knows="proxy",
        looks=True,
    )


def _of_clocks() -> Iterator[Command]:
    yield _of_case(
        "stop-clock",
        stop_clock,
        lambda s: stop_clock(s.app, s.guanli, key=s.case, kind=StopKind.EXPERT, reason="评审"),
        f"POST {_CASE}/clock-stops",
    )
    yield _of_case(
        "resume-clock",
        resume_clock,
        lambda s: resume_clock(s.app, s.guanli, key=s.case, reason="补齐"),
        f"POST {_CASE}/clock-stops/resumption",
    )
    yield _of_case("recount", recount_waiting, lambda s: some(recount_waiting(s.app)))


def _of_administrators() -> Iterator[Command]:
    yield _of_case(
        "cancel",
        cancel_case,
        lambda s: cancel_case(s.app, s.guanli, key=s.case, reason="终止"),
        f"POST {_CASE}/cancellation",
    )
    yield _of_case(
        "suspend",
        suspend_case,
        lambda s: suspend_case(s.app, s.guanli, key=s.case, reason="停"),
        f"POST {_CASE}/suspension",
    )
    yield _of_case(
        "resume",
        resume_case,
        lambda s: resume_case(s.app, s.guanli, key=s.case, reason="续"),
        f"POST {_CASE}/resumption",
    )
    yield _of_case(
        "set-variables",
        set_variables,
        lambda s: set_variables(
            s.app, s.guanli, scope_key=s.case, variables={"order": "B-2"}, reason="更正"
        ),
        "PUT /v2/element-instances/{elementInstanceKey}/variables",
    )
    for source, target in (("held", "next"), ("open", "open")):
        yield _of_element(
            "modify",
            source,
            modify_case,
            lambda s, source=source, target=target: modify_case(
                s.app,
                s.guanli,
                key=s.case,
                modification=Modification(
                    move=(Shift(source=s.places[source], element_id=target),)
                ),
                reason="改",
            ),
            f"POST {_CASE}/modification",
        )
    yield _of_case(
        "migrate",
        migrate_case,
        lambda s: migrate_case(
            s.app, s.guanli, key=s.case, definition_key=s.known["target"], reason="新版"
        ),
        f"POST {_CASE}/migration",
        knows="target",
    )
    yield _of_case(
        "run-batch",
        run_batches,
        lambda s: some(run_batches(s.app)),
        passes=True,
        again=timedelta(0),
    )
    yield _of_case(
        "unmask",
        unmask,
        lambda s: unmask(s.app, s.guanli, key=s.case, purpose="核实身份", note="核对申请人身份"),
        f"POST {_CASE}/unmasking",
    )


def _deliver(s: Scene) -> None:
    """One delivery; what was put off has not arrived."""
    some(deliver(s.app, limit=1))
    with s.app.database.unit_of_work() as work:
        if work.hot("select 1 from delivery where failures > 0").fetchone():
            raise Conflict(what="信号", reason="未能送达，稍后再送")


def _of_machines() -> Iterator[Command]:
    """What workers and the background do to a case."""
    yield _of_element(
        "complete-job",
        "work",
        complete_job,
        lambda s: complete_job(s.app, SYSTEM, key=s.places["work"], variables={"found": 1}),
        f"POST {_JOB}/completion",
    )
    yield _of_element(
        "fail-job",
        "work",
        fail_job,
        lambda s: fail_job(s.app, SYSTEM, key=s.places["work"], retries=0, message="查不到"),
        f"POST {_JOB}/failure",
    )
    yield _of_element(
        "throw-error",
        "work",
        throw_job_error,
        lambda s: throw_job_error(s.app, SYSTEM, key=s.places["work"], code="REFUSED"),
        f"POST {_JOB}/error",
    )
    yield _of_record(
        "update-job",
        update_job,
        lambda s: update_job(s.app, SYSTEM, key=s.places["work"], retries=5),
        f"PATCH {_JOB}",
        place="work",
    )
    yield _of_element(
        "retry-incident",
        "broken",
        resolve_incident,
        lambda s: resolve_incident(s.app, s.guanli, key=s.known["incident"]),
        "POST /v2/incidents/{incidentKey}/resolution",
        knows="incident",
    )
    yield _of_record(
        "activate-jobs",
        activate_jobs,
        lambda s: some(
            activate_jobs(
                s.app,
                SYSTEM,
                type="failing",
                worker="v",
                timeout=timedelta(hours=1),
                max_jobs=1,
            )
        ),
        "POST /v2/jobs/activation",
        place="broken",
    )
    yield _of_element(
        "message",
        "paid",
        correlate_message,
        lambda s: correlate_message(s.app, SYSTEM, name="paid", correlation_key="A-1"),
        "POST /v2/messages/correlation",
        looks=True,
    )
    yield _of_element("signal", "go", deliver, _deliver, passes=True, again=timedelta(minutes=1))
    yield Command(
        name="timer",
        place="tick",
        uses=fire_due_timers,
        act=lambda s: some(fire_due_timers(s.app, limit=1)),
        passes=True,
        again=timedelta(0),
    )


def _of_archives() -> Iterator[Command]:
    yield _of_case(
        "hold",
        place_hold,
        lambda s: place_hold(s.app, s.guanli, key=s.case, reason="审计"),
        f"POST {_CASE}/legal-hold",
    )
    yield _of_case(
        "lift-hold",
        lift_hold,
        lambda s: lift_hold(s.app, s.guanli, key=s.case, reason="结束"),
        f"POST {_CASE}/legal-hold/release",
    )
    yield _of_record(
        "approve-disposal",
        approve_disposal,
        lambda s: approve_disposal(s.app, s.guanli2, key=s.known["WHOLE"]),
        "POST /v2/disposal-lists/{disposalListKey}/approval",
        knows="WHOLE",
    )
    yield _of_record(
        "discard-disposal",
        discard_disposal,
        lambda s: discard_disposal(s.app, s.guanli2, key=s.known["WHOLE"], reason="再查"),
        "POST /v2/disposal-lists/{disposalListKey}/rejection",
        knows="WHOLE",
    )
    yield Command(
        name="disposal",
        uses=carry_out_disposals,
        act=lambda s: some(carry_out_disposals(s.app, limit=1)),
    )


CASE_COMMANDS: tuple[Command, ...] = (
    *_of_applicants(),
    *_of_recusals(),
    *_of_clocks(),
    *_of_administrators(),
    *_of_machines(),
    *_of_archives(),
)
