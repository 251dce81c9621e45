"""Comments on tasks, calling a delegation back, and signatures on decisions."""

from __future__ import annotations

import io
from datetime import timedelta
from typing import Any

import orjson
import pytest

from engine.model.actor import Actor
from engine.model.errors import AlreadyHandled, Forbidden, InvalidInput, NotFound
from engine.model.keys import Key
from engine.model.records import Document
from engine.model.signatures import Signature
from engine.service import sealing
from engine.service.absence.proxies import name_proxy
from engine.service.app import App
from engine.service.cases.case_page import case_page
from engine.service.cases.start_case import start_case
from engine.service.history.record import export_record, verify_record
from engine.service.notifications.fan_out import fan_out
from engine.service.papers.open_document import open_document
from engine.service.papers.stage_document import context_of, stage_document
from engine.service.recusal.recuse import declare_recusal
from engine.service.tasks.call_back_task import call_back_task
from engine.service.tasks.claim_task import claim_task
from engine.service.tasks.comment_task import comment_task, comments
from engine.service.tasks.complete_task import complete_task
from engine.service.tasks.delegate_task import delegate_task
from engine.service.tasks.task_page import task_page
from engine.service.worklists.inbox import inbox
from engine.service.worklists.notices import list_notices
from engine.storage.papers import documents
from tests.service import diagrams
from tests.service.files import PDF, PNG
from tests.world import World, add_person


def plain(**values: str) -> bytes:
    return diagrams.process(
        "plain",
        diagrams.start(),
        diagrams.user_task("work", "办理", groups="clerk@weifang", **values),
        diagrams.user_task("last", "审批", groups="leader@weifang"),
        diagrams.end("done", "办结"),
        diagrams.flow("start", "work"),
        diagrams.flow("work", "last"),
        diagrams.flow("last", "done"),
    )


def opened(app: App, world: World, **values: str) -> Key:
    """A task that lisi has."""
    diagrams.put(app, plain(**values))
    start_case(app, world.zhangsan, process_id="plain", submission={})
    (task,) = inbox(app, world.lisi).items
    claim_task(app, world.lisi, key=task.key)
    return task.key


def case_of(app: App, key: Key) -> Key:
    return Key(rows(app, "select instance_key from user_task where key = %s", key)[0][0])


def rows(app: App, query: str, *parameters: Any) -> list[tuple[Any, ...]]:
    with app.database.unit_of_work() as work:
        return list(work.hot(query, list(parameters)))


def holder(app: App, key: Key) -> tuple[str, list[str]]:
    ((name, stack),) = rows(app, "select holder, stack from seat where task_key = %s", key)
    return name, stack


def told(app: App, actor: Actor) -> list[str]:
    fan_out(app)
    return [notice.text for notice in list_notices(app, actor)]


def file(app: App, actor: Actor, name: str = "说明.pdf", content: bytes = PDF) -> Document:
    return stage_document(app, actor, name=name, stream=io.BytesIO(content))


class TestCallingBack:
    def test_the_delegator_has_it_again(self, app: App, world: World) -> None:
        key = opened(app, world)
        delegate_task(app, world.lisi, key=key, to="wangwu")
        call_back_task(app, world.lisi, key=key, reason="我自己办")
        assert holder(app, key) == ("lisi", [])
        assert any("委派已收回" in text for text in told(app, world.wangwu))
        complete_task(app, world.lisi, key=key, submission={})

    def test_past_whoever_it_was_handed_on_to(self, app: App, world: World) -> None:
        third = add_person(app, "clerk3", "经办三", "clerk@weifang")
        key = opened(app, world)
        delegate_task(app, world.lisi, key=key, to="wangwu")
        delegate_task(app, world.wangwu, key=key, to="clerk3")
        call_back_task(app, world.lisi, key=key)
        assert holder(app, key) == ("lisi", [])
        for loser in (world.wangwu, third):
            assert key not in {task.key for task in inbox(app, loser).items}
        (entry,) = [
            e for e in case_page(app, world.lisi, key=case_of(app, key)).entries
            if e.kind == "call-back"
        ]  # fmt: skip
        assert entry.people == ("李四",)

    def test_one_in_the_middle_gets_it_back_and_still_owes_it(self, app: App, world: World) -> None:
        add_person(app, "clerk3", "经办三", "clerk@weifang")
        key = opened(app, world)
        delegate_task(app, world.lisi, key=key, to="wangwu")
        delegate_task(app, world.wangwu, key=key, to="clerk3")
        call_back_task(app, world.wangwu, key=key)
        assert holder(app, key) == ("wangwu", ["lisi"])

    def test_a_repeated_request_calls_back_once(self, app: App, world: World) -> None:
        key = opened(app, world)
        delegate_task(app, world.lisi, key=key, to="wangwu")
        for _ in range(2):
            call_back_task(app, world.lisi, key=key, idempotency_key="once")
        assert rows(app, "select count(*) from journal where kind = 'call-back'") == [(1,)]

    def test_not_without_a_delegation(self, app: App, world: World) -> None:
        key = opened(app, world)
        with pytest.raises(Forbidden, match="没有尚未归还的委派"):
            call_back_task(app, world.lisi, key=key)
        delegate_task(app, world.lisi, key=key, to="wangwu")
        with pytest.raises(Forbidden):
            call_back_task(app, world.wangwu, key=key)
        call_back_task(app, world.lisi, key=key)
        complete_task(app, world.lisi, key=key, submission={})
        with pytest.raises(AlreadyHandled):
            call_back_task(app, world.lisi, key=key)


class TestComments:
    def test_those_who_handle_it_read_it_and_the_applicant_does_not(
        self, app: App, world: World
    ) -> None:
        key = opened(app, world)
        attached = file(app, world.lisi)
        comment_task(app, world.lisi, key=key, text=" 请核面积 ", files=[attached.key])
        (found,) = comments(app, world.wangwu, key=key)
        assert (found.said["comment"], found.documents) == ("请核面积", (attached.key,))
        assert found.actor_name == "李四"
        assert b"".join(open_document(app, world.wangwu, key=attached.key)[1]) == PDF
        page = case_page(app, world.zhangsan, key=case_of(app, key))
        assert not [entry for entry in page.entries if entry.kind == "comment"]
        assert page.documents == ()
        with pytest.raises(NotFound):
            open_document(app, world.zhangsan, key=attached.key)

    def test_the_journal_keeps_the_hash_of_what_is_attached(self, app: App, world: World) -> None:
        key = opened(app, world)
        attached = file(app, world.lisi)
        comment_task(app, world.lisi, key=key, text="见附件", files=[attached.key])
        ((facts,),) = rows(app, "select facts from journal where kind = 'comment'")
        assert orjson.loads(facts)["documents"] == [[str(attached.key), attached.sha256]]
        assert verify_record(app, world.lisi, key=case_of(app, key)) == ()

    def test_on_a_task_that_is_done_but_not_on_a_case_that_is_over(
        self, app: App, world: World
    ) -> None:
        key = opened(app, world)
        complete_task(app, world.lisi, key=key, submission={})
        comment_task(app, world.lisi, key=key, text="补充说明")
        (last,) = inbox(app, world.zhaoliu).items
        complete_task(app, world.zhaoliu, key=last.key, submission={})
        with pytest.raises(Forbidden, match="已暂停或已办结"):
            comment_task(app, world.lisi, key=key, text="太晚了")

    def test_a_colleague_is_told(self, app: App, world: World) -> None:
        key = opened(app, world)
        complete_task(app, world.lisi, key=key, submission={})
        (last,) = inbox(app, world.zhaoliu).items
        claim_task(app, world.zhaoliu, key=last.key)
        comment_task(app, world.zhaoliu, key=last.key, text="面积不符？", mentions=["lisi"])
        assert any("评论提到了您" in text for text in told(app, world.lisi))
        for stranger in ("zhangsan", "quxian", "nobody"):
            with pytest.raises(InvalidInput, match="只能提醒"):
                comment_task(app, world.zhaoliu, key=last.key, text="？", mentions=[stranger])

    def test_what_is_no_comment(self, app: App, world: World) -> None:
        key = opened(app, world)
        theirs = file(app, world.wangwu)
        for text in ("", "  ", "长" * 2001):
            with pytest.raises(InvalidInput):
                comment_task(app, world.lisi, key=key, text=text)
        with pytest.raises(InvalidInput):
            comment_task(app, world.lisi, key=key, text="多", files=[Key(n) for n in range(11)])
        with pytest.raises(NotFound):
            comment_task(app, world.lisi, key=key, text="别人的", files=[theirs.key])
        assert rows(app, "select count(*) from journal where kind = 'comment'") == [(0,)]

    def test_a_repeated_request_says_it_once(self, app: App, world: World) -> None:
        key = opened(app, world)
        for _ in range(2):
            comment_task(app, world.lisi, key=key, text="一次", idempotency_key="c")
        assert len(comments(app, world.lisi, key=key)) == 1


class TestSignatures:
    def test_a_drawn_one_is_bound_to_the_data(self, app: App, world: World) -> None:
        key = opened(app, world, signature="required")
        image = file(app, world.lisi, "签名.png", PNG)
        said = {"outcome": "approve", "opinion": "同意"}
        with pytest.raises(InvalidInput, match="须签名"):
            complete_task(app, world.lisi, key=key, submission=said)
        complete_task(
            app, world.lisi, key=key, submission=said, signature=Signature(document=image.key)
        )
        case = case_of(app, key)
        ((facts, hashes),) = rows(app, "select facts, said from journal where kind = 'complete'")
        signed = orjson.loads(facts)["signature"]
        assert (signed["sha256"], signed["mode"]) == (image.sha256, "drawn")
        assert signed["data"] == orjson.loads(hashes)["submission"]
        assert verify_record(app, world.lisi, key=case) == ()
        entry = case_page(app, world.lisi, key=case).entries[-1]
        assert (entry.signature, entry.documents) == ("drawn", (image.key,))
        with pytest.raises(NotFound):
            open_document(app, world.zhangsan, key=image.key)

    def test_a_changed_image_or_changed_data_are_found(self, app: App, world: World) -> None:
        key = opened(app, world, signature="optional")
        image = file(app, world.lisi, "签名.png", PNG)
        complete_task(
            app,
            world.lisi,
            key=key,
            submission={"opinion": "同意"},
            signature=Signature(document=image.key),
        )
        case = case_of(app, key)
        with app.database.unit_of_work() as work:
            stored = documents.get(work, image.key)
            assert stored is not None
            sealed = sealing.seal(
                PNG + b"x", key=app.secrets.data_key, context=context_of(stored.store_key)
            )
        app.files.delete(stored.store_key)
        app.files.put(stored.store_key, [sealed])
        (found,) = verify_record(app, world.lisi, key=case)
        assert "签名图片被改动" in found.reason
        with app.database.unit_of_work() as work:
            work.hot(
                "update journal_said set content = replace(content, '同意', '反对')"
                " where instance_key = %s",
                [case],
            )
            work.commit()
        reasons = " ".join(each.reason for each in verify_record(app, world.lisi, key=case))
        assert "内容被改动" in reasons
        assert not export_record(app, world.lisi, key=case).sound

    def test_a_typed_one_is_ones_own_name(self, app: App, world: World) -> None:
        key = opened(app, world, signature="required")
        with pytest.raises(InvalidInput, match="姓名与登录人不一致"):
            complete_task(app, world.lisi, key=key, submission={}, signature=Signature(name="王五"))
        complete_task(app, world.lisi, key=key, submission={}, signature=Signature(name="李四"))
        ((facts, hashes),) = rows(app, "select facts, said from journal where kind = 'complete'")
        assert orjson.loads(facts)["signature"]["data"] == orjson.loads(hashes)["submission"]

    def test_what_is_no_signature(self, app: App, world: World) -> None:
        key = opened(app, world, signature="required")
        theirs = file(app, world.wangwu, "签名.png", PNG)
        letter = file(app, world.lisi)
        used = file(app, world.lisi, "用过.png", PNG)
        comment_task(app, world.lisi, key=key, text="先用掉", files=[used.key])
        for document in (theirs.key, letter.key, used.key, Key(1)):
            with pytest.raises(InvalidInput, match="签名图片"):
                complete_task(
                    app, world.lisi, key=key, submission={}, signature=Signature(document=document)
                )

    def test_none_where_none_is_asked_for(self, app: App, world: World) -> None:
        key = opened(app, world)
        with pytest.raises(InvalidInput, match="不需要签名"):
            complete_task(app, world.lisi, key=key, submission={}, signature=Signature(name="李四"))

    def test_each_seat_signs_for_itself(self, app: App, world: World) -> None:
        diagrams.put(
            app,
            plain(signature="required", completionRule="all", seats='=["lisi", "wangwu"]'),
        )
        case = start_case(app, world.zhangsan, process_id="plain", submission={}).key
        ((key,),) = rows(app, "select key from user_task where instance_key = %s", case)
        for actor in (world.lisi, world.wangwu):
            assert "complete" in task_page(app, actor, key=key).allowed_actions
            complete_task(
                app,
                actor,
                key=key,
                submission={"outcome": "approve"},
                signature=Signature(name=actor.name),
            )
        found = rows(app, "select facts from journal where kind in ('vote', 'complete')")
        assert len(found) == 2
        assert all("signature" in orjson.loads(facts) for (facts,) in found)
        assert verify_record(app, world.lisi, key=case) == ()


def test_whose_principal_is_recused_still_speaks_on_his_own_task(app: App, world: World) -> None:
    """given somebody with a seat of his own who is the proxy of a recused colleague, when he opens
    the task, then what the page offers him is done."""
    clerk5 = add_person(app, "clerk5", "经办五", "clerk@weifang")
    key = opened(app, world)
    name_proxy(
        app,
        clerk5,
        principal="clerk5",
        proxy="lisi",
        starts_at=app.now(),
        ends_at=app.now() + timedelta(days=1),
    )
    declare_recusal(app, clerk5, key=case_of(app, key), reason="亲属")
    assert "comment" in task_page(app, world.lisi, key=key).allowed_actions
    comment_task(app, world.lisi, key=key, text="说明")
    assert len(comments(app, world.lisi, key=key)) == 1
