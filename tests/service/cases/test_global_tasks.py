"""Global tasks are deployed as what can be called, and done like any task."""

from __future__ import annotations

from engine.model.search import Query
from engine.model.states import InstanceState
from engine.service.app import App
from engine.service.cases.get_case import get_case
from engine.service.cases.start_case import start_case
from engine.service.history.record import verify_record
from engine.service.searching import search_tasks
from engine.service.tasks.complete_task import complete_task
from tests.service import diagrams
from tests.world import World

SHARED = (
    '<bpmn:globalUserTask id="shared-check" name="共用核对">'
    + diagrams.extension("<zeebe:userTask/>", '<zeebe:assignmentDefinition candidateUsers="lisi"/>')
    + "</bpmn:globalUserTask>"
)


def test_a_global_user_task_is_called_and_done(app: App, world: World) -> None:
    xml = diagrams.process(
        "caller",
        diagrams.start(),
        '<bpmn:callActivity id="call" name="核对" calledElement="shared-check"/>',
        diagrams.end("done", "办结"),
        diagrams.flow("start", "call"),
        diagrams.flow("call", "done"),
        extra=SHARED,
    )
    diagrams.put(app, xml)
    case = start_case(app, world.zhangsan, process_id="caller", submission={"amount": 1})
    (task,) = search_tasks(app, world.guanli, query=Query()).items
    assert (task.name, task.element_id) == ("共用核对", "shared-check-task")
    complete_task(app, world.lisi, key=task.key, submission={"verdict": "符合"})
    ended = get_case(app, world.guanli, key=case.key)
    assert (ended.state, ended.result) == (InstanceState.COMPLETED, "办结")
    assert verify_record(app, world.guanli, key=case.key) == ()
