"""Drafts of a task's form, when somebody else is faster."""

from __future__ import annotations

from datetime import timedelta

from engine.service.app import App
from engine.service.papers.form_drafts import load_form_draft, my_drafts, save_form_draft
from engine.service.papers.sweep_documents import sweep_traces
from tests.conftest import SettableClock
from tests.service.aid import decide, open_case, open_task
from tests.world import World


def test_a_draft_goes_with_its_task(app: App, world: World, clock: SettableClock) -> None:
    """given two clerks type into the same task, when one completes it, then the other's draft is
    no longer listed, and the next sweep throws it away; drafts of open tasks and of start forms
    stay."""
    done, still = open_case(app, world.zhangsan), open_case(app, world.zhangsan)
    first, second = open_task(app, done.key), open_task(app, still.key)
    for task in (first, second):
        save_form_draft(
            app, world.wangwu, process_id="aid", task_key=task.key, fields={"opinion": "同意"}
        )
    save_form_draft(app, world.wangwu, process_id="aid", fields={"title": "x"})
    assert {d.task_key for d in my_drafts(app, world.wangwu)} == {first.key, second.key, None}
    decide(app, world.lisi, done.key)
    assert {d.task_key for d in my_drafts(app, world.wangwu)} == {second.key, None}
    clock.advance(timedelta(hours=1))
    sweep_traces(app)
    assert load_form_draft(app, world.wangwu, process_id="aid", task_key=first.key) is None
    assert load_form_draft(app, world.wangwu, process_id="aid", task_key=second.key)
    assert load_form_draft(app, world.wangwu, process_id="aid")
