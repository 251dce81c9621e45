"""Letters: numbered with the step, made afterwards, checked by anybody, revoked for all to see."""

from __future__ import annotations

import hashlib
import io
import re
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from engine.jobs import run_due_jobs
from engine.model.actor import SYSTEM
from engine.model.errors import (
    Conflict,
    Forbidden,
    InvalidInput,
    LetterFault,
    NotFound,
    Throttled,
)
from engine.model.keys import Key
from engine.model.letters import (
    LETTER_TRANSITIONS,
    Letter,
    LetterState,
    Template,
    TemplateState,
    masked,
    new_code,
    read_code,
    shown_code,
)
from engine.model.records import Instance
from engine.model.search import Query
from engine.processes import shipped_letters
from engine.service import stepping
from engine.service.app import App
from engine.service.cases.case_page import case_page
from engine.service.cases.start_case import start_case
from engine.service.history.checkpoints import make_checkpoint
from engine.service.history.record import export_record, verify_record
from engine.service.letters.amounts import amount_in_words
from engine.service.letters.making import ATTEMPTS, make_letters
from engine.service.letters.register import (
    letters_of_case,
    make_again,
    revoke_letter,
    search_letters,
)
from engine.service.letters.shipped import check_template, deploy_templates, seed_templates
from engine.service.letters.templates import (
    discard_template,
    list_templates,
    preview_template,
    propose_template,
    publish_template,
)
from engine.service.letters.verifying import verify_letter
from engine.service.notifications.fan_out import fan_out
from engine.service.papers.open_document import open_document
from engine.service.searching import search_incidents
from engine.service.tasks.complete_task import complete_task
from engine.service.worklists.inbox import inbox
from engine.service.worklists.notices import list_notices
from tests.conftest import SettableClock
from tests.service import diagrams
from tests.storage.changes import count
from tests.world import World, add_person

ADDRESS = "192.0.2.7"
TEMPLATE = Template(
    id="grant-letter",
    name="资助决定书",
    series="潍民试",
    title="关于《{= title }》的决定",
    outcome="{= outcome }",
    addressee="{= case.applicantName }",
    body="决定资助{= amount in words(amount) }。\n{= null }\n请于{= today }后领取。",
    remedy="不服的，可以自收到之日起六十日内申请行政复议。",
    unit="潍坊市民政局",
)


def in_force(app: App, template: Template = TEMPLATE, since: date = date(2025, 1, 1)) -> None:
    """Publish a version, as the system itself may."""
    version = propose_template(app, SYSTEM, template=template, effective_from=since)
    publish_template(replaced(app), SYSTEM, key=version.key)


def replaced(app: App) -> App:
    """The same application as a demonstration, in which one may both propose and publish."""
    return replace(app, settings=app.settings.model_copy(update={"demo": True}))


def deploy(app: App, letter: str = "grant-letter") -> None:
    """Review, which asks for a letter where it is approved; the end asks for none."""
    diagrams.put(
        app,
        diagrams.process(
            "grant",
            diagrams.start(),
            diagrams.user_task("review", "审查", letter=letter),
            diagrams.end("done", "办结"),
            diagrams.flow("start", "review"),
            diagrams.flow("review", "done"),
            lanes=(("clerk", "city", ("review",)),),
            series="CT",
        ),
    )


def start(app: App, world: World) -> Instance:
    values = {"title": "读书会", "amount": Decimal("3060.50")}
    return start_case(app, world.zhangsan, process_id="grant", submission=values)


def review(app: App, world: World, case: Instance, outcome: str = "予以资助") -> None:
    task = next(
        t.key for t in inbox(app, world.lisi, view="claimable").items if t.instance_key == case.key
    )
    complete_task(app, world.lisi, key=task, submission={"outcome": outcome})


def letters(app: App, case: Instance) -> tuple[Letter, ...]:
    return letters_of_case(app, SYSTEM, instance_key=case.key)


@pytest.fixture
def issued(app: App, world: World) -> Letter:
    """A letter as it stands when its PDF has been made."""
    in_force(app)
    deploy(app)
    case = start(app, world)
    review(app, world, case)
    assert make_letters(app) == 1
    (letter,) = letters(app, case)
    return letter


def pdf_of(app: App, letter: Letter) -> bytes:
    assert letter.document_key is not None
    _, chunks = open_document(app, SYSTEM, key=letter.document_key)
    return b"".join(chunks)


def test_a_step_issues_its_letter_with_the_decision(app: App, world: World) -> None:
    """given a step that asks for a letter, then it is numbered in the same transaction."""
    in_force(app)
    deploy(app)
    case = start(app, world)
    assert letters(app, case) == ()
    review(app, world, case)
    (letter,) = letters(app, case)
    assert letter.symbol == "潍民试〔2025〕1号"
    assert letter.title == "关于《读书会》的决定"
    assert letter.outcome == "予以资助"
    assert letter.addressee_mask == "张＊＊"
    assert (letter.state, letter.document_key) == (LetterState.ISSUED, None)
    assert verify_record(app, world.guanli, key=case.key) == ()
    assert (
        count(
            app.database,
            "select count(*) from journal where position('潍民试〔2025〕1号' in facts::text) > 0",
        )
        == 1
    )


def test_what_a_letter_says_is_sealed(app: App, world: World, issued: Letter) -> None:
    with app.database.unit_of_work() as work:
        (content,) = work.hot("select content from letter").fetchone()
    assert "张三".encode() not in content
    assert "决定资助".encode() not in content


def test_the_pdf_becomes_a_document_of_the_case_and_the_applicant_is_told(
    app: App, world: World, issued: Letter
) -> None:
    assert issued.state is LetterState.READY
    page = case_page(app, world.zhangsan, key=issued.instance_key)
    (document,) = page.documents
    assert document.name == "潍民试〔2025〕1号 关于《读书会》的决定.pdf"
    assert (document.uploaded_by, document.media_type) == ("潍坊市民政局", "application/pdf")
    pdf = pdf_of(app, issued)
    assert pdf.startswith(b"%PDF-1.7")
    assert hashlib.sha256(pdf).hexdigest() == issued.sha256 == document.sha256
    fan_out(app)
    assert any("潍民试〔2025〕1号" in n.text for n in list_notices(app, world.zhangsan))
    with pytest.raises(NotFound):
        open_document(app, world.zhaoliu, key=document.key)


def test_the_same_letter_is_set_to_the_same_bytes(app: App, issued: Letter) -> None:
    """given a letter whose document is gone, when it is made again, then its digest is the same."""
    with app.database.unit_of_work() as work:
        work.hot(
            "update letter set state = 'ISSUED', document_key = null, sha256 = '', next_attempt_at = issued_at"
        )
        work.commit()
    assert make_letters(app) == 1
    again = search_letters(app, SYSTEM).items[0]
    assert again.document_key != issued.document_key
    assert again.sha256 == issued.sha256


def test_numbers_have_no_gaps_where_a_transaction_fails(
    app: App, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """given an issue that is rolled back after it took a number, then the next one takes that."""
    in_force(app)
    deploy(app)
    first, second = start(app, world), start(app, world)
    monkeypatch.setattr(stepping, "write", lambda *_: False)
    with pytest.raises(Exception, match="办理"):
        review(app, world, first)
    assert letters(app, first) == ()
    monkeypatch.undo()
    review(app, world, second)
    review(app, world, first)
    assert letters(app, second)[0].symbol == "潍民试〔2025〕1号"
    assert letters(app, first)[0].symbol == "潍民试〔2025〕2号"


def test_each_year_begins_at_one(app: App, world: World, clock: SettableClock) -> None:
    in_force(app)
    deploy(app)
    case = start(app, world)
    review(app, world, case)
    clock.advance(timedelta(days=365))
    later = start(app, world)
    review(app, world, later)
    assert letters(app, later)[0].symbol == "潍民试〔2026〕1号"


def test_a_property_may_say_by_the_outcome_whether_there_is_a_letter(
    app: App, world: World
) -> None:
    in_force(app)
    deploy(app, '=if outcome = "return" then "grant-letter" else null')
    without, with_one = start(app, world), start(app, world)
    review(app, world, without, "approve")
    review(app, world, with_one, "return")
    assert letters(app, without) == ()
    assert [letter.outcome for letter in letters(app, with_one)] == ["return"]


@pytest.mark.parametrize(
    ("letter", "template", "reason"),
    [
        # named outright it would not even be deployed
        ('="un" + "known"', TEMPLATE, "没有正在生效的模板"),
        ("grant-letter", replace(TEMPLATE, title="{= nothing }"), "标题是空的"),
        (
            "grant-letter",
            replace(TEMPLATE, body="{= string join(for i in 1..100000 return string(i)) }"),
            "正文第 1 行",
        ),
    ],
)
def test_a_decision_without_the_letter_it_owes_is_not_written(
    app: App, world: World, letter: str, template: Template, reason: str
) -> None:
    in_force(app, template)
    deploy(app, letter)
    case = start(app, world)
    with pytest.raises(LetterFault, match=reason):
        review(app, world, case)
    assert inbox(app, world.lisi, view="claimable").total == 1, "it is still to be done"
    assert count(app.database, "select count(*) from letter") == 0


def test_the_version_in_force_on_the_day_is_used(
    app: App, world: World, clock: SettableClock
) -> None:
    in_force(app)
    in_force(app, replace(TEMPLATE, outcome="新"), since=date(2025, 3, 10))
    deploy(app)
    before, after = start(app, world), start(app, world)
    review(app, world, before)
    clock.advance(timedelta(days=7))
    review(app, world, after)
    assert letters(app, before)[0].outcome == "予以资助"
    assert letters(app, after)[0].outcome == "新"


def test_a_service_task_issues_a_letter_and_goes_on_with_its_number(app: App, world: World) -> None:
    in_force(app)
    task = (
        '<bpmn:serviceTask id="issue" name="出具文书">'
        + diagrams.extension(
            '<zeebe:taskDefinition type="banshi.letter"/>',
            '<zeebe:taskHeaders><zeebe:header key="template" value="grant-letter"/></zeebe:taskHeaders>',
            '<zeebe:ioMapping><zeebe:output source="=letter.number" target="symbol"/></zeebe:ioMapping>',
        )
        + "</bpmn:serviceTask>"
    )
    diagrams.put(
        app,
        diagrams.process(
            "grant",
            diagrams.start(),
            task,
            diagrams.user_task("after", assignee="lisi"),
            diagrams.end(),
            diagrams.flow("start", "issue"),
            diagrams.flow("issue", "after"),
            diagrams.flow("after", "end"),
        ),
    )
    case = start(app, world)
    run_due_jobs(app)
    with app.database.unit_of_work() as work:
        (symbol,) = work.hot("select value #>> '{}' from variable where name = 'symbol'").fetchone()
    assert symbol == "潍民试〔2025〕1号"
    assert len(letters(app, case)) == 1


def test_a_service_task_without_a_template_is_an_incident(app: App, world: World) -> None:
    task = (
        '<bpmn:serviceTask id="issue" name="出具文书">'
        + diagrams.extension('<zeebe:taskDefinition type="banshi.letter" retries="1"/>')
        + "</bpmn:serviceTask>"
    )
    diagrams.put(
        app,
        diagrams.process(
            "grant",
            diagrams.start(),
            task,
            diagrams.end(),
            diagrams.flow("start", "issue"),
            diagrams.flow("issue", "end"),
        ),
    )
    start(app, world)
    run_due_jobs(app)
    (incident,) = search_incidents(app, world.guanli, query=Query()).items
    assert "没有指定文书模板" in incident.message


def test_anybody_may_check_a_letter_and_learns_nothing_private(
    app: App, world: World, issued: Letter
) -> None:
    found = verify_letter(app, code=shown_code(issued.code).lower(), address=ADDRESS)
    assert found.symbol == "潍民试〔2025〕1号"
    assert found.unit == "潍坊市民政局"
    assert found.outcome == "予以资助"
    assert found.issued_on == date(2025, 3, 3)
    assert found.sha256 == issued.sha256
    assert found.matches is None
    told = repr(found)
    for private in ("张三", "zhangsan", "读书会", "3060", str(issued.instance_key), "CT-2025"):
        assert private not in told


def test_a_letter_is_tied_to_the_record_it_comes_from(
    app: App, world: World, issued: Letter, clock: SettableClock
) -> None:
    """The check names the very entry, and the checkpoint that proves it once there is one."""
    found = verify_letter(app, code=issued.code, address=ADDRESS)
    record = export_record(app, world.zhangsan, key=issued.instance_key)
    (entry,) = [e for e in record.entries if issued.symbol in e["facts"]]
    assert found.record_digest == entry["digest"]
    assert found.checkpoint is None
    clock.advance(timedelta(hours=1))
    made = make_checkpoint(app)
    assert made is not None
    found = verify_letter(app, code=issued.code, address=ADDRESS)
    assert found.checkpoint == made.number


def test_a_file_is_compared_byte_for_byte(app: App, world: World, issued: Letter) -> None:
    pdf = pdf_of(app, issued)
    for content, same in ((pdf, True), (pdf + b"\n", False), (b"", False)):
        found = verify_letter(app, code=issued.code, address=ADDRESS, file=io.BytesIO(content))
        assert found.matches is same


def test_codes_cannot_be_guessed(
    app: App, world: World, issued: Letter, clock: SettableClock
) -> None:
    """given wrong codes from one address, then it has to wait, others have not; 100 bits are many."""
    limit = app.settings.wrong_codes_per_address
    for number in range(limit):
        with pytest.raises(NotFound):
            verify_letter(app, code=new_code() if number % 2 else "nonsense", address=ADDRESS)
    with pytest.raises(Throttled):
        verify_letter(app, code=issued.code, address=ADDRESS)
    assert verify_letter(app, code=issued.code, address="192.0.2.8").symbol == issued.symbol
    clock.advance(timedelta(minutes=16))
    assert verify_letter(app, code=issued.code, address=ADDRESS).symbol == issued.symbol
    codes = {new_code() for _ in range(1000)}
    assert len(codes) == 1000
    assert all(re.fullmatch("[0-9A-HJKMNP-TV-Z]{20}", code) for code in codes)


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("0ABC-DEFG-HJKM-NPQR-STVW", "0ABCDEFGHJKMNPQRSTVW"),
        ("oabc defg hjkm npqr stvw", "0ABCDEFGHJKMNPQRSTVW"),
        ("ILIL-0000-0000-0000-000U", "1111000000000000000V"),
        ("0ABC-DEFG", None),
        ("", None),
        ("'; drop table letter; --", None),
        ("0" * 10_000, None),
    ],
)
def test_codes_are_read_as_people_type_them(typed: str, read: str | None) -> None:
    assert read_code(typed) == read


def test_a_revoked_letter_says_so_and_keeps_its_number(
    app: App, world: World, issued: Letter
) -> None:
    with pytest.raises(Forbidden):
        revoke_letter(app, world.lisi, key=issued.key, reason="错了")
    with pytest.raises(InvalidInput):
        revoke_letter(app, world.guanli, key=issued.key, reason="  ")
    revoke_letter(app, world.guanli, key=issued.key, reason="金额有误")
    with pytest.raises(Conflict):
        revoke_letter(app, world.guanli, key=issued.key, reason="金额有误")
    found = verify_letter(app, code=issued.code, address=ADDRESS)
    assert (found.state, found.revoked_on) == (LetterState.REVOKED, date(2025, 3, 3))
    assert "金额有误" not in repr(found)
    case = start(app, world)
    review(app, world, case)
    assert letters(app, case)[0].symbol == "潍民试〔2025〕2号"


def test_a_letter_that_cannot_be_set_waits_then_is_shown_to_administrators(
    app: App, world: World, clock: SettableClock
) -> None:
    """given no font for Chinese, then after five attempts it has failed, and can be made later."""
    in_force(app)
    deploy(app)
    case = start(app, world)
    review(app, world, case)
    without = replace(
        app, settings=app.settings.model_copy(update={"letter_fonts": ("No Such Font",)})
    )
    for _ in range(ATTEMPTS):
        assert make_letters(without) == 1
        clock.advance(timedelta(hours=1))
    assert make_letters(without) == 0
    (failed,) = search_letters(app, world.guanli).items
    assert failed.state is LetterState.FAILED
    assert "没有可用的中文字体" in failed.last_error
    fan_out(app)
    assert any(n.text.startswith("异常：") for n in list_notices(app, world.guanli))
    with pytest.raises(Forbidden):
        make_again(app, world.lisi, key=failed.key)
    make_again(app, world.guanli, key=failed.key)
    assert make_letters(app) == 1
    assert letters(app, case)[0].state is LetterState.READY
    with pytest.raises(Conflict):
        make_again(app, world.guanli, key=failed.key)


def test_text_is_never_taken_for_markup(app: App, world: World) -> None:
    """given values full of Typst and FEEL, then they are printed as they are."""
    in_force(app, replace(TEMPLATE, title='#eval("1+1") $x$ {{= title}', body="{= title }"))
    deploy(app)
    evil = '#read("/etc/passwd") *粗* {= 1 + 1 } @ref <label> \\ // 注释 #panic()'
    case = start_case(
        app,
        world.zhangsan,
        process_id="grant",
        submission={"title": evil, "amount": 1},
    )
    review(app, world, case)
    assert make_letters(app) == 1
    (letter,) = letters(app, case)
    assert letter.state is LetterState.READY
    assert letter.title == '#eval("1+1") $x$ {= title}'


def test_two_administrators_are_needed_to_change_what_letters_say(app: App, world: World) -> None:
    second = add_person(app, "guanli2", "管理员二")
    with pytest.raises(Forbidden):
        propose_template(app, world.lisi, template=TEMPLATE, effective_from=date(2025, 1, 1))
    proposed = propose_template(
        app, world.guanli, template=TEMPLATE, effective_from=date(2025, 1, 1), note="初次"
    )
    with pytest.raises(Forbidden, match="另一位管理员"):
        publish_template(app, world.guanli, key=proposed.key)
    fan_out(app)
    assert any("资助决定书" in n.text for n in list_notices(app, second))
    published = publish_template(app, second, key=proposed.key)
    assert (published.state, published.published_by_name) == (TemplateState.PUBLISHED, "管理员二")
    with pytest.raises(Conflict):
        discard_template(app, second, key=proposed.key)
    again = propose_template(app, world.guanli, template=TEMPLATE, effective_from=date(2025, 6, 1))
    assert again.version == 2
    assert discard_template(app, world.guanli, key=again.key).state is TemplateState.DISCARDED
    assert [v.version for v in list_templates(app, second)] == [2, 1]


@pytest.mark.parametrize(
    ("field", "text"),
    [
        ("id", "Grant Letter"),
        ("series", "ABC"),
        ("title", ""),
        ("body", "{= 1 + }"),
        ("remedy", "{= "),
        ("unit", " "),
        ("outcome", "x" * 9_000),
    ],
)
def test_templates_that_could_not_be_used_are_refused(
    app: App, world: World, field: str, text: str
) -> None:
    template = replace(TEMPLATE, **{field: text})
    with pytest.raises(InvalidInput) as refused:
        propose_template(app, world.guanli, template=template, effective_from=date(2025, 1, 1))
    assert field in {problem.element_id for problem in refused.value.problems}


def test_a_template_can_be_looked_at_before_it_is_published(app: App, world: World) -> None:
    proposed = propose_template(
        app, world.guanli, template=TEMPLATE, effective_from=date(2025, 1, 1)
    )
    assert preview_template(app, world.guanli, key=proposed.key).startswith(b"%PDF")


def test_what_is_shipped_is_sound_and_seeded_once(app: App, world: World) -> None:
    paths = shipped_letters()
    assert {path.stem for path in paths} == {
        "venture-award-notice",
        "venture-rejection-notice",
        "supplement-notice",
        "meal-hall-approval-letter",
        "org-conclusion-letter",
        "org-rectification-notice",
    }
    for path in paths:
        assert check_template(path.read_bytes(), app.functions) == ()
    assert seed_templates(app, paths) == len(paths)
    assert seed_templates(app, paths) == 0


def test_a_broken_template_file_is_named(app: App, world: World, tmp_path: Path) -> None:
    path = tmp_path / "broken.letter"
    path.write_text(shipped_letters()[0].read_text().replace("潍民", "X"))
    with pytest.raises(ValueError, match=r"broken\.letter: series"):
        seed_templates(app, [path])


def test_only_who_sees_the_case_sees_its_letters(app: App, world: World, issued: Letter) -> None:
    instance: Key = issued.instance_key
    assert letters_of_case(app, world.zhangsan, instance_key=instance)
    with pytest.raises(NotFound):
        letters_of_case(app, world.zhaoliu, instance_key=instance)
    with pytest.raises(Forbidden):
        search_letters(app, world.lisi)
    assert search_letters(app, world.guanli, text="〔2025〕1号").total == 1
    assert search_letters(app, world.guanli, text="没有").total == 0


def test_states_of_letters_end_where_their_table_says() -> None:
    assert LETTER_TRANSITIONS[LetterState.REVOKED] == frozenset()
    assert all(
        LetterState.REVOKED in LETTER_TRANSITIONS[s]
        for s in LetterState
        if s is not LetterState.REVOKED
    )


@pytest.mark.parametrize(
    ("amount", "words"),
    [
        ("0", "零元整"),
        ("0.05", "伍分"),
        ("325.04", "叁佰贰拾伍元零肆分"),
        ("1680.32", "壹仟陆佰捌拾元叁角贰分"),
        ("107000.53", "壹拾万柒仟元伍角叁分"),
        ("100001000", "壹亿零壹仟元整"),
        ("1000200000000", "壹万零贰亿元整"),
        ("1234567890.125", "壹拾贰亿叁仟肆佰伍拾陆万柒仟捌佰玖拾元壹角叁分"),
    ],
)
def test_amounts_in_capital_numerals(amount: str, words: str) -> None:
    """The People's Bank's own rules and examples (支付结算办法附件一)."""
    assert amount_in_words(Decimal(amount)) == words


def test_masks_do_not_show_how_long_a_name_is() -> None:
    assert masked("张三") == masked("张晓梅之") == "张＊＊"
    assert masked("") == ""


def test_a_template_file_is_deployed_once_for_each_change(
    app: App, world: World, tmp_path: Path, clock: SettableClock
) -> None:
    """given a file, then deploying it again changes nothing, and a change is in force from today."""
    path = tmp_path / "own.letter"
    path.write_bytes(shipped_letters()[0].read_bytes())
    (first,) = deploy_templates(app, [path])
    assert deploy_templates(app, [path]) == ()
    clock.advance(timedelta(days=1))
    path.write_text(path.read_text().replace("潍坊市民政局", "潍城区民政局"))
    (second,) = deploy_templates(app, [path])
    assert (first.version, second.version) == (1, 2)
    assert second.effective_from == date(2025, 3, 4)
