"""The ways out: mail, signed webhooks and chat services; retries, dead letters, and what is refused."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa

from engine.model.errors import Conflict, Forbidden, InvalidInput
from engine.model.notices import Endpoint, MailServer
from engine.model.notifications import (
    DISPATCH_TRANSITIONS,
    Announcement,
    Channel,
    DispatchState,
    NoticeKind,
)
from engine.service.app import App
from engine.service.notifications.channels import (
    add_endpoint,
    delete_endpoint,
    renew_secret,
    set_allowed_hosts,
    set_endpoint_active,
    set_mail_server,
    try_mail_server,
    ways_out,
)
from engine.service.notifications.dead_letters import list_dispatches, retry_dispatch, sweep_told
from engine.service.notifications.failures import NotSent
from engine.service.notifications.fan_out import fan_out
from engine.service.notifications.outbox import work_off
from engine.service.notifications.sending import ATTEMPTS, LEASE, back_off, send_due
from engine.service.notifications.webhook import Call, checked_url, send_webhook
from engine.service.notifications.webhook import signature as signed
from engine.storage.history import acts
from engine.storage.notifications import announcements, dispatches
from engine.storage.tables.identity import PERSON
from tests.conftest import SettableClock
from tests.service.receivers import MailBox, Receiver, mail_box, web_receiver
from tests.storage.changes import count
from tests.world import World

KINDS = frozenset({NoticeKind.PUBLICATION})
SERVER = MailServer(
    host="127.0.0.1",
    port=1,
    security="none",
    username="",
    sender="banshi@example.test",
    sender_name="",
    active=True,
)


@pytest.fixture
def box() -> Iterator[MailBox]:
    with mail_box() as opened:
        yield opened


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with web_receiver() as opened:
        yield opened


@pytest.fixture
def endpoint(app: App, world: World, receiver: Receiver) -> tuple[Endpoint, str]:
    """A webhook to the receiver; with its secret."""
    set_allowed_hosts(app, world.guanli, hosts=[f"127.0.0.1:{receiver.port}"])
    return add_endpoint(
        app,
        world.guanli,
        channel=Channel.WEBHOOK,
        name="办公系统",
        url=f"http://127.0.0.1:{receiver.port}/hook?from=banshi",
        kinds=KINDS,
        with_recipients=True,
    )


def address(app: App, **emails: str) -> None:
    with app.database.unit_of_work() as work:
        for username, email in emails.items():
            work.connection.execute(
                sa.update(PERSON).where(PERSON.c.username == username).values(email=email)
            )
        work.commit()


def announce(app: App, name: str = "公益创投") -> None:
    """Something for administrators, which needs no case."""
    with app.database.unit_of_work() as work:
        announcements.add(
            work,
            [Announcement(kind=NoticeKind.PUBLICATION, facts={"name": name})],
            now=app.now(),
        )
        work.commit()


def by_state(app: App, world: World) -> dict[str, int]:
    found: dict[str, int] = {}
    for dispatch in list_dispatches(app, world.guanli, states=DispatchState).items:
        found[dispatch.state] = found.get(dispatch.state, 0) + 1
    return found


def test_a_webhook_can_be_checked_by_whoever_has_the_secret(
    app: App, world: World, receiver: Receiver, endpoint: tuple[Endpoint, str], clock: SettableClock
) -> None:
    """given the secret, then the signature over id, timestamp and body is as Standard Webhooks says."""
    announce(app)
    work_off(app)
    ((path, headers, body),) = receiver.requests
    assert path == "/hook?from=banshi"
    key = base64.b64decode(endpoint[1].removeprefix("whsec_"))
    text = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    mac = base64.b64encode(hmac.new(key, text, hashlib.sha256).digest()).decode()
    assert headers["webhook-signature"] == f"v1,{mac}"
    assert int(headers["webhook-timestamp"]) == int(clock.at.timestamp())
    told = json.loads(body)
    assert told["type"] == "publication-proposed"
    assert told["data"]["recipients"] == ["guanli"]
    assert "公益创投" in told["data"]["text"]
    assert by_state(app, world) == {"SENT": 1}


def test_the_signature_is_that_of_the_standards_own_example() -> None:
    """given the vector that the Standard Webhooks libraries test with, then ours is the same."""
    call = Call(
        id="msg_p5jXN8AQM9LWM0D4loKWxJek",
        url="https://example.test/",
        secret="whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        body=b'{"test": 2432232314}',
        timestamp=1614265330,
    )
    assert signed(call) == "g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_what_fails_is_tried_again_ever_later_and_given_up_at_last(
    app: App, world: World, receiver: Receiver, endpoint: tuple[Endpoint, str], clock: SettableClock
) -> None:
    """given a receiver that always fails, then after ten attempts it is a dead letter, not before."""
    receiver.status = 503
    announce(app)
    work_off(app)
    for attempt in range(1, ATTEMPTS):
        (waiting,) = list_dispatches(app, world.guanli, states=[DispatchState.FAILED]).items
        assert waiting.attempts == attempt
        assert waiting.next_attempt_at == clock.at + back_off(attempt)
        assert send_due(app) == 0, "not before its time"
        clock.advance(back_off(attempt))
        assert send_due(app) == 1
    (dead,) = list_dispatches(app, world.guanli).items
    assert (dead.attempts, dead.recipient, dead.last_error) == (
        ATTEMPTS,
        "办公系统",
        "对方应答 503：",
    )
    clock.advance(timedelta(days=7))
    assert send_due(app) == 0
    assert len(receiver.requests) == ATTEMPTS
    assert len({headers["webhook-id"] for _, headers, _ in receiver.requests}) == 1


def test_an_administrator_sends_a_dead_letter_again(
    app: App, world: World, receiver: Receiver, endpoint: tuple[Endpoint, str]
) -> None:
    receiver.status = 410
    announce(app)
    work_off(app)
    (dead,) = list_dispatches(app, world.guanli).items
    assert dead.attempts == 1, "gone means gone"
    with pytest.raises(Forbidden):
        list_dispatches(app, world.lisi)
    with pytest.raises(Forbidden):
        retry_dispatch(app, world.lisi, key=dead.key)
    receiver.status = 200
    retry_dispatch(app, world.guanli, key=dead.key)
    with pytest.raises(Conflict):
        retry_dispatch(app, world.guanli, key=dead.key)
    assert count(app.database, "select count(*) from procrastinate_jobs") == 1
    assert send_due(app) == 1
    assert by_state(app, world) == {"SENT": 1}


def test_no_redirect_is_followed(
    app: App, world: World, receiver: Receiver, endpoint: tuple[Endpoint, str]
) -> None:
    receiver.status = 302
    receiver.location = f"http://127.0.0.1:{receiver.port}/elsewhere"
    announce(app)
    work_off(app)
    assert len(receiver.requests) == 1
    (dead,) = list_dispatches(app, world.guanli).items
    assert "不予跟随" in dead.last_error


def test_a_host_taken_off_the_list_gets_nothing_more(
    app: App, world: World, receiver: Receiver, endpoint: tuple[Endpoint, str]
) -> None:
    announce(app)
    fan_out(app)
    set_allowed_hosts(app, world.guanli, hosts=[])
    send_due(app)
    assert receiver.requests == []
    (dead,) = list_dispatches(app, world.guanli).items
    assert "不在允许外发的名单里" in dead.last_error


@pytest.mark.parametrize(
    "url",
    [
        "http://10.0.0.1/",
        "http://allowed.test.evil.test/",
        "http://allowed.test@evil.test/",
        "http://user:word@allowed.test/",
        "http://allowed.test:8080/",
        "http://evil.test/#allowed.test",
        "http://evil.test\\@allowed.test/",
        "file:///etc/passwd",
        "gopher://allowed.test/",
        "http://",
        "http://allowed.test:x/",
        "http://allowed.test/\r\nX-Evil: 1",
        "http://169.254.169.254/latest",
        "ＨＴＴＰ://allowed.test/",
    ],
)
def test_no_other_address_is_ever_called(url: str) -> None:
    allowed = frozenset({"allowed.test", "169.254.169.254"})
    with pytest.raises(NotSent):
        checked_url(url, allowed=allowed)
    assert checked_url("https://allowed.test/x", allowed=allowed).hostname == "allowed.test"


def test_a_receiver_that_dawdles_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    """given an answer that comes a byte at a time, then the whole exchange has an end."""
    import socket  # noqa: PLC0415

    import engine.service.notifications.webhook as module  # noqa: PLC0415

    monkeypatch.setattr(module, "DEADLINE", 0.5)
    stop = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as server:

        def drip() -> None:
            connection, _ = server.accept()
            with connection:
                connection.recv(65536)
                for byte in b"HTTP/1.1 200 OK\r\nX: " + b"y" * 1000:
                    if stop.wait(0.1):
                        return
                    try:
                        connection.sendall(bytes([byte]))
                    except OSError:
                        return

        thread = threading.Thread(target=drip, daemon=True)
        thread.start()
        port = server.getsockname()[1]
        secret = "whsec_" + base64.b64encode(bytes(32)).decode()
        call = Call(id="1", url=f"http://127.0.0.1:{port}/", secret=secret, body=b"", timestamp=1)
        with pytest.raises(NotSent):
            send_webhook(call, allowed=frozenset({f"127.0.0.1:{port}"}))
        stop.set()
        thread.join(5)


def test_endpoints_are_asked_for_what_they_need(
    app: App, world: World, endpoint: tuple[Endpoint, str]
) -> None:
    guanli = world.guanli
    with pytest.raises(Forbidden):
        ways_out(app, world.lisi)
    for wrong in (
        {"url": "http://elsewhere.test/"},
        {"name": ""},
        {"kinds": ()},
        {"channel": Channel.SERVICE, "url": "json://127.0.0.1/"},
        {"channel": Channel.SERVICE, "url": "file:///tmp/x"},
        {"channel": Channel.SERVICE, "url": "dingtalk://"},
    ):
        given = {
            "channel": Channel.WEBHOOK,
            "name": "二",
            "url": "http://127.0.0.1:1/",
            "kinds": KINDS,
        }
        with pytest.raises(InvalidInput):
            add_endpoint(app, guanli, **{**given, **wrong})  # type: ignore[arg-type]
    with pytest.raises(InvalidInput, match="主机名"):
        set_allowed_hosts(app, guanli, hosts=["http://oa.test/"])


def test_secrets_are_sealed_renewed_and_never_shown_again(
    app: App, world: World, receiver: Receiver, endpoint: tuple[Endpoint, str]
) -> None:
    listed = repr(ways_out(app, world.guanli))
    assert endpoint[1] not in listed
    with app.database.unit_of_work() as work:
        row = work.hot("select url, secret from endpoint").fetchone()
        noted = repr(acts.read(work, "outgoing"))
    assert b"127.0.0.1" not in row[0]
    assert endpoint[1].encode() not in row[1]
    assert endpoint[1] not in noted
    _, fresh = renew_secret(app, world.guanli, key=endpoint[0].key)
    assert fresh != endpoint[1]
    set_endpoint_active(app, world.guanli, key=endpoint[0].key, active=False)
    announce(app)
    work_off(app)
    assert receiver.requests == []
    delete_endpoint(app, world.guanli, key=endpoint[0].key)
    assert ways_out(app, world.guanli).endpoints == ()


def test_mail_to_an_address_that_is_refused_is_given_up_at_once(
    app: App, world: World, box: MailBox, clock: SettableClock
) -> None:
    set_mail_server(app, world.guanli, server=replace(SERVER, port=box.port), password=None)
    address(app, guanli="nobody@example.test")
    box.refuses = "550 5.1.1 no such user"
    announce(app)
    work_off(app)
    (dead,) = list_dispatches(app, world.guanli).items
    assert dead.last_error == "收件地址被邮件服务器拒绝：550 5.1.1 no such user"
    box.refuses = "450 4.2.1 busy"
    announce(app)
    work_off(app)
    assert by_state(app, world) == {"DEAD": 1, "FAILED": 1}
    box.refuses = ""
    clock.advance(timedelta(minutes=1))
    work_off(app)
    assert by_state(app, world) == {"DEAD": 1, "SENT": 1}
    assert box.mails[0][1]["Auto-Submitted"] == "auto-generated"


def test_a_mail_server_that_is_away_costs_an_attempt_only(
    app: App, world: World, clock: SettableClock
) -> None:
    set_mail_server(app, world.guanli, server=SERVER, password=None)
    address(app, guanli="guanli@example.test")
    announce(app)
    work_off(app)
    (failed,) = list_dispatches(app, world.guanli, states=[DispatchState.FAILED]).items
    assert failed.last_error.startswith("连不上邮件服务器 127.0.0.1:1")
    with pytest.raises(NotSent):
        try_mail_server(app, world.guanli, to="guanli@example.test")


@pytest.mark.parametrize(
    "to", ["a@b\r\nBcc: everybody@example.test", "no address", "a@b, c@d", "张三@"]
)
def test_no_header_can_be_smuggled_in_by_an_address(
    app: App, world: World, box: MailBox, to: str
) -> None:
    set_mail_server(app, world.guanli, server=replace(SERVER, port=box.port), password=None)
    with pytest.raises(NotSent):
        try_mail_server(app, world.guanli, to=to)
    assert box.mails == []


def test_a_password_is_not_kept_for_another_host(app: App, world: World, box: MailBox) -> None:
    server = replace(SERVER, port=box.port, username="banshi")
    set_mail_server(app, world.guanli, server=server, password="Huang-he")
    set_mail_server(app, world.guanli, server=replace(server, sender_name="民政局"), password=None)
    kept = ways_out(app, world.guanli).mail_server
    assert kept is not None
    assert kept.has_password
    set_mail_server(app, world.guanli, server=replace(server, host="localhost"), password=None)
    moved = ways_out(app, world.guanli).mail_server
    assert moved is not None
    assert not moved.has_password
    for wrong in ({"host": "a b"}, {"port": 0}, {"security": "ssl"}, {"sender": "nobody"}):
        with pytest.raises(InvalidInput):
            set_mail_server(app, world.guanli, server=replace(server, **wrong), password=None)  # type: ignore[arg-type]


def test_a_worker_that_was_killed_gives_back_what_it_had(
    app: App, world: World, receiver: Receiver, endpoint: tuple[Endpoint, str], clock: SettableClock
) -> None:
    """given a lease that nobody settles, then another worker sends it when the lease runs out."""
    announce(app)
    fan_out(app)
    with app.database.unit_of_work() as work:
        (lost,) = dispatches.lease(work, now=clock.at, until=clock.at + LEASE)
        work.commit()
    assert send_due(app) == 0
    clock.advance(LEASE)
    assert send_due(app) == 1
    with app.database.unit_of_work() as work:
        late = dispatches.settle(work, [lost], state=DispatchState.DEAD, now=clock.at)
        work.commit()
    assert late == 0, "the first worker's word comes too late"
    assert by_state(app, world) == {"SENT": 1}


def test_two_workers_never_take_the_same(
    app: App, world: World, receiver: Receiver, endpoint: tuple[Endpoint, str], clock: SettableClock
) -> None:
    announce(app)
    fan_out(app)
    with app.database.unit_of_work() as one, app.database.unit_of_work() as other:
        assert len(dispatches.lease(one, now=clock.at, until=clock.at + LEASE)) == 1
        assert dispatches.lease(other, now=clock.at, until=clock.at + LEASE) == ()


def test_a_chat_service_is_told_through_its_plug_in(
    app: App,
    world: World,
    receiver: Receiver,
    monkeypatch: pytest.MonkeyPatch,
    clock: SettableClock,
) -> None:
    """given a DingTalk robot (its address turned to loopback), then it gets the line, no redirect."""
    from engine.service.notifications.services import _apprise  # noqa: PLC0415

    plugin = _apprise().plugins.N_MGR["dingtalk"]
    monkeypatch.setattr(plugin, "notify_url", f"http://127.0.0.1:{receiver.port}/robot?t={{token}}")
    receiver.status = 200
    made, secret = add_endpoint(
        app,
        world.guanli,
        channel=Channel.SERVICE,
        name="科室群",
        url="dingtalk://abcdefghij123456",
        kinds=KINDS,
    )
    assert secret == ""
    assert "abcdefghij123456" not in made.shown_url
    announce(app)
    work_off(app)
    ((_, _, body),) = receiver.requests
    assert "待确认发布：“公益创投”" in json.loads(body)["text"]["content"]
    receiver.status, receiver.location = 302, f"http://127.0.0.1:{receiver.port}/elsewhere"
    announce(app)
    work_off(app)
    assert len(receiver.requests) == 2, "a redirect is not followed"
    assert by_state(app, world) == {"SENT": 1, "FAILED": 1}


def test_states_change_only_as_their_table_says(app: App, world: World) -> None:
    """given every state, then what is closed is left by a retry of the dead alone."""
    closed = {DispatchState.SENT, DispatchState.OBSOLETE}
    assert all(DISPATCH_TRANSITIONS[state] == frozenset() for state in closed)
    assert DISPATCH_TRANSITIONS[DispatchState.DEAD] == {DispatchState.PENDING}


def test_what_was_sent_long_ago_is_forgotten_and_the_dead_are_kept(
    app: App, world: World, receiver: Receiver, endpoint: tuple[Endpoint, str], clock: SettableClock
) -> None:
    announce(app)
    work_off(app)
    receiver.status = 410
    announce(app)
    work_off(app)
    clock.advance(timedelta(days=91))
    assert sweep_told(app) == 1
    assert by_state(app, world) == {"DEAD": 1}
