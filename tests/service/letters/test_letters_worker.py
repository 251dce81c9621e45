"""The worker is woken for letters and for what is to be sent again."""

from __future__ import annotations

from datetime import date

from engine.model.actor import SYSTEM
from engine.model.letters import LetterState
from engine.model.notifications import Announcement, Channel, DispatchState, NoticeKind
from engine.service.app import App
from engine.service.letters.register import search_letters
from engine.service.letters.templates import propose_template, publish_template
from engine.service.notifications.channels import add_endpoint, set_allowed_hosts
from engine.service.notifications.dead_letters import list_dispatches, retry_dispatch
from engine.service.notifications.outbox import work_off
from engine.service.worklists.notices import list_notices
from engine.storage.notifications import announcements
from tests.service.exchange.test_worker import work_off as work
from tests.service.letters.test_letters import TEMPLATE, deploy, replaced, review, start
from tests.service.receivers import web_receiver
from tests.world import World


def test_a_letter_is_made_by_the_worker_that_its_commit_wakes(app: App, world: World) -> None:
    version = propose_template(app, SYSTEM, template=TEMPLATE, effective_from=date(2025, 1, 1))
    publish_template(replaced(app), SYSTEM, key=version.key)
    deploy(app)
    case = start(app, world)
    review(app, world, case)
    work(app)
    (letter,) = search_letters(app, SYSTEM).items
    assert letter.state is LetterState.READY
    work_off(app)
    assert any("文书已出具" in notice.text for notice in list_notices(app, world.zhangsan))


def test_a_dead_letter_sent_again_wakes_the_worker(app: App, world: World) -> None:
    with web_receiver() as receiver:
        set_allowed_hosts(app, world.guanli, hosts=[f"127.0.0.1:{receiver.port}"])
        add_endpoint(
            app,
            world.guanli,
            channel=Channel.WEBHOOK,
            name="办公系统",
            url=f"http://127.0.0.1:{receiver.port}/",
            kinds={NoticeKind.PUBLICATION},
        )
        receiver.status = 410
        with app.database.unit_of_work() as unit:
            announcements.add(
                unit,
                [Announcement(kind=NoticeKind.PUBLICATION, facts={"name": "新"})],
                now=app.now(),
            )
            unit.commit()
        work_off(app)
        (dead,) = list_dispatches(app, world.guanli).items
        receiver.status = 200
        retry_dispatch(app, world.guanli, key=dead.key)
        work(app)
        (sent,) = list_dispatches(app, world.guanli, states=[DispatchState.SENT]).items
        assert sent.key == dead.key
        assert len(receiver.requests) == 2
