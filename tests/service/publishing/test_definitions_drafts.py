"""From draft to version: editing, proposing, publishing by a second person."""

from __future__ import annotations

import json
import threading
from dataclasses import replace

import pytest

from engine.model.actor import SYSTEM, Actor
from engine.model.definitions import DiagramDraft, ResourceKind
from engine.model.errors import (
    Conflict,
    Forbidden,
    InvalidInput,
    NotFound,
    Refused,
    TooLarge,
)
from engine.model.keys import Key
from engine.model.states import PublicationState
from engine.service.app import App
from engine.service.publishing.blank import blank
from engine.service.publishing.deploy import deploy
from engine.service.publishing.drafts import (
    discard_draft,
    get_draft,
    list_drafts,
    open_draft,
    save_diagram_draft,
)
from engine.service.publishing.publish import propose_publication, publish
from engine.service.publishing.read_definitions import definition_xml, list_versions
from engine.storage.history import acts
from tests.service.people import actor, furnish, person
from tests.service.publishing.test_definitions import process


@pytest.fixture
def home(app: App) -> App:
    furnish(app)
    person(app, "jiedao", "street-clerk@weicheng-xiguan")
    person(app, "guanli", administrator=True)
    person(app, "guanli2", administrator=True)
    return app


@pytest.fixture
def one(home: App) -> Actor:
    return actor(home, "guanli")


@pytest.fixture
def two(home: App) -> Actor:
    return actor(home, "guanli2")


def new(app: App, actor: Actor, name: str = "请假") -> DiagramDraft:
    return open_draft(app, actor, new_id="leave", new_name=name)


def test_one_proposes_another_publishes(home: App, one: Actor, two: Actor) -> None:
    """The whole way of a new diagram."""
    draft = new(home, one)
    assert (draft.process_id, draft.name, draft.revision) == ("leave", "请假", 1)
    saved = save_diagram_draft(
        home, one, draft_key=draft.key, xml=draft.xml.replace("请假", "请假申请"), revision=1
    )
    assert (saved.revision, saved.name) == (2, "请假申请")
    proposed = propose_publication(home, one, draft_key=draft.key, note="第一版")
    assert (proposed.state, proposed.proposed_by) == (PublicationState.PROPOSED, "guanli先生")
    assert [d.key for d in list_drafts(home, two)] == [draft.key]
    published = publish(home, two, draft_key=draft.key)
    (version,) = published.processes
    assert (version.version, version.name, version.deployed_by) == (1, "请假申请", "guanli2先生")
    assert definition_xml(home, SYSTEM, key=version.key) == saved.xml
    assert list_drafts(home, one) == ()
    assert get_draft(home, one, draft_key=draft.key).state is PublicationState.PUBLISHED


def test_nobody_publishes_his_own(home: App, one: Actor, two: Actor) -> None:
    draft = new(home, one)
    with pytest.raises(Forbidden, match="先提交发布申请"):
        publish(home, two, draft_key=draft.key)
    propose_publication(home, one, draft_key=draft.key)
    with pytest.raises(Forbidden, match="另一位管理员"):
        publish(home, one, draft_key=draft.key)
    assert list_versions(home, SYSTEM, process_id="leave") == ()


def test_the_demonstration_lets_one_person_do_both(home: App, one: Actor) -> None:
    demo = replace(home, settings=home.settings.model_copy(update={"demo": True}))
    draft = new(demo, one)
    assert publish(demo, one, draft_key=draft.key).processes[0].version == 1


def test_what_was_changed_has_to_be_proposed_again(home: App, one: Actor, two: Actor) -> None:
    """Nobody gets something published that the other did not see."""
    draft = new(home, one)
    propose_publication(home, one, draft_key=draft.key)
    changed = save_diagram_draft(
        home, two, draft_key=draft.key, xml=draft.xml.replace("审核", "复核"), revision=1
    )
    assert (changed.state, changed.proposed_by) == (PublicationState.DRAFT, None)
    with pytest.raises(Forbidden):
        publish(home, one, draft_key=draft.key)
    propose_publication(home, two, draft_key=draft.key)
    with pytest.raises(Conflict):
        publish(home, one, draft_key=draft.key, revision=1)
    assert publish(home, one, draft_key=draft.key, revision=2)


def test_two_editors_do_not_overwrite_each_other(home: App, one: Actor, two: Actor) -> None:
    draft = new(home, one)
    assert open_draft(home, two, new_id="leave", new_name="另一个").key == draft.key
    save_diagram_draft(home, two, draft_key=draft.key, xml=draft.xml, revision=1)
    with pytest.raises(Conflict, match="guanli2先生"):
        save_diagram_draft(home, one, draft_key=draft.key, xml=draft.xml, revision=1)


def test_editing_a_published_version(home: App, one: Actor, two: Actor) -> None:
    """The draft begins with the file as it was deployed; the running version stays."""
    first = deploy(home, SYSTEM, resources=[process()]).processes[0]
    draft = open_draft(home, one, definition_key=first.key)
    assert draft.xml.encode() == process().content
    assert draft.base_key == first.key
    assert draft.resource == "leave.bpmn"
    xml = draft.xml.replace('name="审核"', 'name="二审"')
    save_diagram_draft(home, one, draft_key=draft.key, xml=xml, revision=1)
    propose_publication(home, one, draft_key=draft.key)
    publish(home, two, draft_key=draft.key)
    assert [d.version for d in list_versions(home, SYSTEM, process_id="leave")] == [2, 1]
    assert definition_xml(home, SYSTEM, key=first.key).encode() == process().content


def test_half_finished_work_is_kept_but_not_published(home: App, one: Actor, two: Actor) -> None:
    """A diagram that cannot be executed can be saved; proposing it says what is wrong."""
    draft = new(home, one)
    broken = draft.xml.replace("<zeebe:userTask />", "").replace("</bpmn:process>", "")
    save_diagram_draft(home, one, draft_key=draft.key, xml=broken, revision=1)
    assert get_draft(home, one, draft_key=draft.key).xml == broken
    with pytest.raises(Refused):
        propose_publication(home, one, draft_key=draft.key)
    assert get_draft(home, one, draft_key=draft.key).state is PublicationState.DRAFT


def test_discarded_and_published_drafts_are_closed(home: App, one: Actor, two: Actor) -> None:
    draft = new(home, one)
    discard_draft(home, two, draft_key=draft.key, note="不需要")
    for act in (
        lambda: save_diagram_draft(home, one, draft_key=draft.key, xml=draft.xml, revision=1),
        lambda: propose_publication(home, one, draft_key=draft.key),
        lambda: discard_draft(home, one, draft_key=draft.key),
    ):
        with pytest.raises(Conflict, match="放弃"):
            act()
    again = new(home, one)
    assert again.key != draft.key


def test_only_administrators_edit(home: App, one: Actor) -> None:
    draft = new(home, one)
    clerk = actor(home, "jiedao")
    for act in (
        lambda: new(home, clerk),
        lambda: get_draft(home, clerk, draft_key=draft.key),
        lambda: list_drafts(home, clerk),
        lambda: save_diagram_draft(home, clerk, draft_key=draft.key, xml="", revision=1),
        lambda: propose_publication(home, clerk, draft_key=draft.key),
        lambda: publish(home, clerk, draft_key=draft.key),
        lambda: discard_draft(home, clerk, draft_key=draft.key),
    ):
        with pytest.raises(Forbidden):
            act()


def test_what_is_not_there(home: App, one: Actor) -> None:
    for act in (
        lambda: get_draft(home, one, draft_key=Key(5)),
        lambda: save_diagram_draft(home, one, draft_key=Key(5), xml="", revision=1),
        lambda: propose_publication(home, one, draft_key=Key(5)),
        lambda: publish(home, one, draft_key=Key(5)),
        lambda: open_draft(home, one, definition_key=Key(5)),
    ):
        with pytest.raises(NotFound):
            act()


@pytest.mark.parametrize(
    ("identity", "name"),
    [
        ("", "名"),
        ("1a", "名"),
        ("请假", "名"),
        ("a b", "名"),
        ("a", ""),
        ("a", "换\n行"),
        ("a" * 101, "名"),
    ],
)
def test_new_ones_need_an_id_and_a_name(home: App, one: Actor, identity: str, name: str) -> None:
    with pytest.raises(InvalidInput):
        open_draft(home, one, new_id=identity, new_name=name)


def test_names_are_escaped_in_what_is_new(home: App, one: Actor) -> None:
    name = '“甲” & <乙> "丙"'
    for kind in ResourceKind:
        draft = open_draft(home, one, kind=kind, new_id=f"x-{kind}", new_name=name)
        assert draft.resource == f"x-{kind}.{kind}"
        if kind is not ResourceKind.FORM:
            assert draft.name == name
        else:
            assert name in json.loads(draft.xml)["components"][0]["text"]


def test_uploads(home: App, one: Actor) -> None:
    text = blank(ResourceKind.BPMN, identity="up", name="上传")
    draft = open_draft(home, one, content=text, resource_name="我的图.bpmn")
    assert (draft.process_id, draft.resource, draft.xml) == ("up", "我的图.bpmn", text)
    with pytest.raises(Conflict, match="正在编辑"):
        open_draft(home, one, content=text, resource_name="a.bpmn")
    with pytest.raises(InvalidInput):
        open_draft(home, one, content="<a/>")
    with pytest.raises(TooLarge):
        open_draft(home, one, content="x" * 5_000_000)
    with pytest.raises(TooLarge):
        save_diagram_draft(home, one, draft_key=draft.key, xml="x" * 5_000_000, revision=1)


def test_two_publishers_at_once_make_one_version(home: App, one: Actor, two: Actor) -> None:
    person(home, "guanli3", administrator=True)
    three = actor(home, "guanli3")
    draft = new(home, one)
    propose_publication(home, one, draft_key=draft.key)
    outcomes: list[str] = []
    start = threading.Barrier(2)

    def go(who: Actor) -> None:
        start.wait()
        try:
            publish(home, who, draft_key=draft.key)
        except Conflict:
            outcomes.append("late")
        else:
            outcomes.append("published")

    threads = [threading.Thread(target=go, args=(who,)) for who in (two, three)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["late", "published"]
    assert len(list_versions(home, SYSTEM, process_id="leave")) == 1


def test_every_act_is_on_record(home: App, one: Actor, two: Actor) -> None:
    draft = new(home, one)
    propose_publication(home, one, draft_key=draft.key, note="请审")
    publish(home, two, draft_key=draft.key)
    with home.database.unit_of_work() as work:
        stream = acts.read(work, "publications")
    assert [(act.kind, act.actor_name) for act in stream] == [
        ("propose", "guanli先生"),
        ("deploy", "guanli2先生"),
    ]
    assert json.loads(stream[1].facts)["note"] == "请审"
