"""Cases in which nearly everything can meet: prepared once, put back after every pair."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any

from engine.model.actor import SYSTEM, Actor
from engine.model.batches import BatchKind
from engine.model.clock import StopKind
from engine.model.keys import Key
from engine.model.search import Condition
from engine.service.absence.proxies import name_proxy
from engine.service.administration.start_batch import Order, start_batch
from engine.service.administration.suspend_case import suspend_case
from engine.service.app import App
from engine.service.archive.disposal import (
    approve_disposal,
    confirm_disposal,
    propose_disposal,
)
from engine.service.archive.legal_hold import place_hold
from engine.service.cases.copy_case import copy_case
from engine.service.cases.start_case import start_case
from engine.service.clock.calendar_years import publish_calendar_year
from engine.service.clock.stop_clock import stop_clock
from engine.service.exchange.deliver import deliver
from engine.service.exchange.publish_message import broadcast_signal
from engine.service.exchange.work_jobs import activate_jobs, fail_job
from engine.service.publishing.deploy import Resource, deploy
from engine.service.publishing.read_definitions import list_versions
from engine.service.recusal.decide_recusal import decide_recusal
from engine.service.recusal.recuse import ask_recusal
from engine.service.seats.add_sign import add_sign
from engine.service.tasks.claim_task import claim_task
from engine.service.tasks.complete_task import complete_task
from engine.service.tasks.deduplicate import switch_deduplication
from engine.service.tasks.delegate_task import delegate_task
from tests.conftest import SettableClock
from tests.service import diagrams
from tests.service.diagrams import end, extension, flow, process, start, user_task
from tests.world import World, add_person

CLERK = "clerk@weifang"
NOON = datetime(2025, 3, 3, 4, 0, tzinfo=UTC)

#: Whoever acts beside the people of the small bureau: clerks three to six and a second
#: administrator; ``daili`` stands in for lisi.
MORE = (
    ("clerk3", "经办三", CLERK),
    ("clerk4", "经办四", CLERK),
    ("clerk5", "经办五", CLERK),
    ("clerk6", "经办六", CLERK),
    ("daili", "代理人", "county-reviewer@kuiwen"),
    ("guanli2", "第二管理员", ""),
)

OPINION = {
    "id": "opinion",
    "type": "default",
    "schemaVersion": 18,
    "components": [
        {
            "type": "radio",
            "id": "o",
            "key": "outcome",
            "label": "结论",
            "validate": {"required": True},
            "values": [
                {"label": "同意", "value": "approve"},
                {"label": "不同意", "value": "reject"},
            ],
        },
        {"type": "textarea", "id": "p", "key": "opinion", "label": "意见"},
    ],
}


def _job(id: str, type: str) -> str:  # noqa: A002 - as in the diagram
    return (
        f'<bpmn:serviceTask id="{id}" name="核验">'
        + extension(f'<zeebe:taskDefinition type="{type}" retries="2"/>')
        + "</bpmn:serviceTask>"
        + f'<bpmn:boundaryEvent id="{id}-caught" attachedToRef="{id}">'
        + f'<bpmn:errorEventDefinition id="{id}-e" errorRef="error"/></bpmn:boundaryEvent>'
    )


def _catch(id: str, definition: str) -> str:  # noqa: A002 - as in the diagram
    return f'<bpmn:intermediateCatchEvent id="{id}">{definition}</bpmn:intermediateCatchEvent>'


#: Branch → what stands on it, one node after the other.
_BRANCHES: Mapping[str, tuple[str, ...]] = {
    "open": (user_task("open", "待签收", groups=CLERK),),
    "held": (user_task("held", "已签收", groups=CLERK, form="opinion", deadline="10"),),
    "lent": (user_task("lent", "已委派", groups=CLERK),),
    "seated": (user_task("seated", "多席位", groups=CLERK),),
    "vote": (
        user_task(
            "vote", "表决", completionRule="all", seats='=["zhuanjia1", "zhuanjia2", "zhuanjia3"]'
        ),
    ),
    "late": (
        user_task(
            "late",
            "逾期",
            groups="leader@weifang",
            deadline="1",
            onExpiry="extend",
            extendBy="3",
        ),
    ),
    "sent": (
        user_task("sent", "已办", groups=CLERK),
        user_task("next", "下一步", groups="leader@weifang"),
    ),
    "work": (_job("work", "outside"),),
    "broken": (_job("broken", "failing"),),
    "paid": (_catch("paid", '<bpmn:messageEventDefinition id="d-p" messageRef="m-paid"/>'),),
    "go": (_catch("go", '<bpmn:signalEventDefinition id="d-g" signalRef="s-go"/>'),),
    "tick": (
        _catch(
            "tick",
            '<bpmn:timerEventDefinition id="d-t"><bpmn:timeDuration '
            'xsi:type="bpmn:tFormalExpression">P1D</bpmn:timeDuration>'
            "</bpmn:timerEventDefinition>",
        ),
    ),
}


def crossing() -> bytes:
    """One task of an official, then every kind of waiting side by side, and a join."""
    parts: list[str] = []
    flows = [flow("start", "first"), flow("first", "fork"), flow("join", "done")]
    for branch, nodes in _BRANCHES.items():
        parts += nodes
        names = ["sent", "next"] if branch == "sent" else [branch]
        way = ["fork", *names, "join"]
        flows += [flow(a, b) for a, b in pairwise(way)]
    for job in ("work", "broken"):
        parts.append(end(f"{job}-refused"))
        flows.append(flow(f"{job}-caught", f"{job}-refused"))
    return process(
        "crossing",
        start(),
        user_task("first", "受理", groups="street-clerk@weicheng-xiguan"),
        '<bpmn:parallelGateway id="fork"/><bpmn:parallelGateway id="join"/>',
        *parts,
        end("done", "办结"),
        *flows,
        extra='<bpmn:message id="m-paid" name="paid">'
        + extension('<zeebe:subscription correlationKey="=order"/>')
        + '</bpmn:message><bpmn:signal id="s-go" name="go"/>'
        + '<bpmn:error id="error" name="拒绝" errorCode="REFUSED"/>',
        series="HC",
    )


def repeating() -> bytes:
    """Two approvals in a row that may be taken as one."""
    return process(
        "repeating",
        start(),
        user_task("once", "初审", groups=CLERK),
        user_task("again", "复审", groups=CLERK, deduplicate="consecutive"),
        end("done", "办结"),
        flow("start", "once"),
        flow("once", "again"),
        flow("again", "done"),
    )


def kept() -> bytes:
    """A short case that is destroyed after two years, what is personal in it after one."""
    return process(
        "kept",
        start(),
        user_task("sole", "办理", groups=CLERK),
        end("done", "办结"),
        flow("start", "sole"),
        flow("sole", "done"),
        retention="P2Y",
        personalRetention="P1Y",
    )


@dataclass(kw_only=True)
class Scene:
    """A case as the commands find it. ``places``: element → key of its task or job; ``known``:
    whatever else is named by key beforehand."""

    app: App
    people: Mapping[str, Actor]
    clock: SettableClock
    case: Key
    places: Mapping[str, Key]
    known: Mapping[str, Key]

    def __getattr__(self, username: str) -> Actor:
        try:
            return self.people[username]
        except KeyError:
            raise AttributeError(username) from None


def _people(app: App, world: World) -> dict[str, Actor]:
    more = {
        username: add_person(app, username, name, *([group] if group else []))
        for username, name, group in MORE
    }
    return {**world.actors, **more}


def _rows(app: App, query: str) -> list[tuple[Any, ...]]:
    with app.database.unit_of_work() as work:
        return list(work.hot(query))


def _places(app: App) -> dict[str, Key]:
    listed = "select element_id, key from visit order by key"
    return {element: Key(key) for element, key in _rows(app, listed)}


def _one(app: App, query: str) -> Key:
    ((key,),) = _rows(app, query)
    return Key(key)


def running(app: App, world: World, clock: SettableClock) -> Scene:
    """Every kind of task and of waiting, each with somebody else."""
    people = _people(app, world)
    form = Resource(name="opinion.form", content=json.dumps(OPINION).encode())
    deploy(app, SYSTEM, resources=[form, Resource(name="crossing.bpmn", content=crossing())])
    case = start_case(app, people["zhangsan"], process_id="crossing", submission={"order": "A-1"})
    complete_task(app, people["jiedao"], key=_places(app)["first"], submission={})
    at = _places(app)
    claim_task(app, people["lisi"], key=at["held"])
    claim_task(app, people["wangwu"], key=at["lent"])
    delegate_task(app, people["wangwu"], key=at["lent"], to="clerk3")
    claim_task(app, people["clerk4"], key=at["seated"])
    add_sign(app, people["clerk4"], key=at["seated"], mode="parallel", people=["clerk6"])
    claim_task(app, people["wangwu"], key=at["sent"])
    complete_task(app, people["wangwu"], key=at["sent"], submission={})
    copy_case(app, people["lisi"], task_key=at["held"], people=["zhuanjia1"])
    _failing(app)
    activate_jobs(app, SYSTEM, type="outside", worker="w", timeout=timedelta(days=6), max_jobs=1)
    _another_day_of_rest(app, people["guanli"])
    known = _standing(app, people, case.key)
    known["incident"] = _one(app, "select key from incident where state = 'ACTIVE'")
    known["running"] = case.key
    known["added"] = _one(app, "select key from seat where holder = 'clerk6'")
    known["voter"] = _one(app, "select key from seat where holder = 'zhuanjia3'")
    deploy(
        app,
        SYSTEM,
        resources=[
            Resource(
                name="crossing.bpmn", content=crossing().replace("待签收".encode(), "新版".encode())
            )
        ],
    )
    versions = list_versions(app, people["guanli"], process_id="crossing")
    known["target"] = versions[0].key
    app.bundles.resolve(definition_key=versions[0].key)  # pinned before anybody meets
    start_batch(
        app,
        people["guanli"],
        order=Order(kind=BatchKind.SUSPEND),
        conditions=(Condition(field="processDefinitionId", value="crossing"),),
        reason="统一暂停",
    )
    broadcast_signal(app, SYSTEM, name="go")
    deliver(app, limit=1)  # it is addressed to the case now
    clock.set(NOON + timedelta(days=4))
    return Scene(
        app=app, people=people, clock=clock, case=case.key, places=_places(app), known=known
    )


def _another_day_of_rest(app: App, guanli: Actor) -> None:
    """Within the ten days of ``held``: its deadline waits to be counted anew."""
    publish_calendar_year(
        app,
        guanli,
        year=2025,
        source="国办发明电〔2025〕1号",
        published=date(2025, 3, 3),
        rest=(date(2025, 3, 11),),
        work=(),
        supplement=True,
    )


def _failing(app: App) -> None:
    (job,) = activate_jobs(
        app, SYSTEM, type="failing", worker="w", timeout=timedelta(hours=1), max_jobs=1
    )
    fail_job(app, SYSTEM, key=job.key, retries=0, message="查不到")


def _standing(app: App, people: Mapping[str, Actor], case: Key) -> dict[str, Key]:
    """A recusal in force, one that is asked for, and a proxy."""
    gone = ask_recusal(app, people["zhangsan"], key=case, username="clerk5", reason="是亲戚")
    decide_recusal(app, people["guanli"], key=gone.key, grant=True, note="属实")
    asked = ask_recusal(app, people["zhangsan"], key=case, username="lisi", reason="有纠纷")
    proxy = name_proxy(
        app,
        people["lisi"],
        principal="lisi",
        proxy="daili",
        starts_at=app.now(),
        ends_at=app.now() + timedelta(days=30),
    )
    return {"lifted": gone.key, "asked": asked.key, "proxy": proxy.key}


def paused(app: App, world: World, clock: SettableClock) -> Scene:
    """The same, suspended, its clock stopped, and under a hold."""
    scene = running(app, world, clock)
    guanli = scene.people["guanli"]
    stop_clock(app, guanli, key=scene.case, kind=StopKind.SUPPLEMENT, reason="补正")
    place_hold(app, guanli, key=scene.case, reason="诉讼")
    suspend_case(app, guanli, key=scene.case, reason="核查")
    return scene


def fresh(app: App, world: World, clock: SettableClock) -> Scene:
    """Nothing out of the ordinary yet, so that approvals are taken as given."""
    people = _people(app, world)
    diagrams.put(app, repeating())
    switch_deduplication(app, people["guanli"], on=True)
    case = start_case(app, people["zhangsan"], process_id="repeating", submission={})
    return Scene(
        app=app,
        people=people,
        clock=clock,
        case=case.key,
        places=_places(app),
        known={"running": case.key},
    )


def ended(app: App, world: World, clock: SettableClock) -> Scene:
    """Over for years: on an approved list for what is personal, on a confirmed one for the rest."""
    people = _people(app, world)
    diagrams.put(app, kept())
    case = start_case(app, people["zhangsan"], process_id="kept", submission={"x": 1})
    at = _places(app)
    claim_task(app, people["lisi"], key=at["sole"])
    copy_case(app, people["lisi"], task_key=at["sole"], people=["zhuanjia1"])
    complete_task(app, people["lisi"], key=at["sole"], submission={})
    clock.set(NOON + timedelta(days=3 * 366))
    known = {}
    for key in propose_disposal(app):
        confirm_disposal(app, people["guanli"], key=key)
        known[str(_rows(app, f"select stage from disposal_list where key = {key}")[0][0])] = key
    approve_disposal(app, people["guanli2"], key=known["PERSONAL"])
    return Scene(app=app, people=people, clock=clock, case=case.key, places=at, known=known)


SCENES: Mapping[str, Callable[[App, World, SettableClock], Scene]] = {
    "running": running,
    "paused": paused,
    "fresh": fresh,
    "ended": ended,
}
