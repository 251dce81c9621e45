"""An exported record, checked offline: whatever is done to the file is found."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from engine.cli import cli
from engine.model import chain
from engine.model.records import Instance
from engine.service.app import App
from engine.service.cases.start_case import start_case
from engine.service.history.checkpoints import list_checkpoints, make_checkpoint
from engine.service.history.findings import Outcome, Report, public_key_of
from engine.service.history.record import export_record
from engine.service.history.record_verification import (
    LARGEST,
    signed_bytes,
    verify_record_file,
)
from engine.service.signing import public_key, sign
from engine.service.tasks.claim_task import claim_task
from engine.service.tasks.complete_task import complete_task
from engine.service.worklists.inbox import inbox
from engine.storage.history import records
from tests.conftest import SettableClock
from tests.service import diagrams
from tests.service.privacy import secrets
from tests.world import World

OTHER_SEED = bytes(range(32))

Change = Callable[[dict[str, Any]], None]


@pytest.fixture
def case(app: App, world: World, clock: SettableClock) -> Instance:
    """Four entries under a checkpoint, one after it; other cases before and behind."""
    diagrams.put(app, diagrams.grant())
    for number in range(3):
        start_case(
            app, world.zhangsan, process_id="grant", submission={"title": "别的", "amount": number}
        )
    make_checkpoint(app)
    clock.advance(timedelta(hours=1))
    opened = start_case(
        app, world.zhangsan, process_id="grant", submission={"title": "项目", "amount": 7}
    )
    for outcome in ("return", "", "approve"):
        found = [*inbox(app, world.lisi).items, *inbox(app, world.zhangsan).items]
        task = next(t for t in found if t.instance_key == opened.key)
        who = world.zhangsan if task.assignee else world.lisi
        submission = {"outcome": outcome, "opinion": "材料不齐"} if outcome else {}
        complete_task(app, who, key=task.key, submission=submission)
    clock.advance(timedelta(hours=1))
    make_checkpoint(app)
    task = next(t for t in inbox(app, world.zhaoliu).items if t.instance_key == opened.key)
    claim_task(app, world.zhaoliu, key=task.key)
    return opened


@pytest.fixture
def exported(app: App, world: World, case: Instance) -> bytes:
    return chain.canonical(export_record(app, world.guanli, key=case.key).document).encode()


@pytest.fixture
def key(app: App) -> bytes:
    return public_key(app.secrets.signing_key)


def broken(report: Report) -> set[str]:
    return {found.place for found in report.findings if found.outcome is Outcome.BROKEN}


def changed(exported: bytes, change: Change, seed: bytes | None = None) -> bytes:
    """The file after a change, signed anew where there is a key to sign it with."""
    document = json.loads(exported)
    change(document)
    if seed is not None:
        document["publicKey"] = public_key(seed).hex()
        document["signature"] = sign(seed, signed_bytes(document)).hex()
    return chain.canonical(document).encode()


def test_an_untouched_record_holds(exported: bytes, key: bytes) -> None:
    report = verify_record_file(exported, trusted={key})
    assert report.sound
    assert report.trusted
    assert report.entries == 5
    assert any("最后 1 条" in found.text for found in report.findings)
    unknown = verify_record_file(exported)
    assert unknown.sound
    assert unknown.trusted is None
    assert not verify_record_file(exported, trusted={bytes(32)}).sound


def test_every_changed_byte_is_found(exported: bytes, key: bytes) -> None:
    """Each byte in turn, by a change that leaves it readable where that can be."""
    step = max(1, len(exported) // 1500)
    for position in range(0, len(exported), step):
        for flipped in (exported[position] ^ 1, exported[position] ^ 0x20):
            data = exported[:position] + bytes([flipped]) + exported[position + 1 :]
            assert not verify_record_file(data, trusted={key}).sound, position


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_whatever_is_cut_out_doubled_or_put_in_is_found(
    exported: bytes, key: bytes, data: st.DataObject
) -> None:
    at = data.draw(st.integers(0, len(exported) - 1))
    length = data.draw(st.integers(1, 200))
    piece = data.draw(st.binary(max_size=20))
    for forged in (
        exported[:at] + exported[at + length :],
        exported[:at] + piece + exported[at:],
        exported[: at + length] + exported[at:],
    ):
        if forged != exported and forged.strip() != exported:
            assert not verify_record_file(forged, trusted={key}).sound


def _leaves(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    if isinstance(value, dict):
        return [p for name, inner in value.items() for p in _leaves(inner, (*path, name))]
    if isinstance(value, list):
        return [p for n, inner in enumerate(value) for p in _leaves(inner, (*path, n))]
    return [path]


def _spoil(value: Any) -> Any:
    match value:
        case bool():
            return not value
        case int():
            return value + 1
        case str():
            return value[:-1] + ("0" if value[-1:] != "0" else "1")
        case _:
            return 1


#: What only the signature vouches for: a server that lies can write here what it likes.
UNCHAINED = {
    "algorithm",
    "exportedAt",
    "caseNumber",
    "title",
    "case",
    "sound",
    "breaks",
    "documents",
    "letters",
    "publicKey",
    "signature",
}


def test_every_changed_field_is_found(app: App, exported: bytes, key: bytes) -> None:
    """By the signature; and what is chained even where the server itself signed the change."""
    for path in _leaves(json.loads(exported)):

        def change(document: dict[str, Any], path: tuple[Any, ...] = path) -> None:
            at: Any = document
            for name in path[:-1]:
                at = at[name]
            at[path[-1]] = _spoil(at[path[-1]])

        assert not verify_record_file(changed(exported, change), trusted={key}).sound, path
        if path[0] in UNCHAINED or path[-1] == "actorName":
            continue
        lying = changed(exported, change, app.secrets.signing_key)
        assert not verify_record_file(lying, trusted={key}).sound, path


CHANGES: dict[str, tuple[Change, str]] = {
    "an entry is taken out": (lambda d: d["entries"].pop(2), "entries[2]"),
    "two are swapped": (lambda d: d["entries"].insert(1, d["entries"].pop(2)), "entries[1]"),
    "one comes twice": (lambda d: d["entries"].insert(2, d["entries"][1]), "entries[2]"),
    "the first is gone": (lambda d: d["entries"].pop(0), "entries[0]"),
    "the tail is gone": (lambda d: d["entries"].pop(), "head"),
    "a part is another entry's": (
        lambda d: d["entries"][0]["parts"].extend(d["entries"][1]["parts"]),
        "entries[0]",
    ),
    "no checkpoint any more, but a proof": (lambda d: d.update(checkpoint=None), "checkpoint"),
    "the proof is cut": (lambda d: d["inclusion"]["proof"].pop(), "inclusion"),
    "another leaf's place": (lambda d: d["inclusion"].update(position=0), "inclusion"),
    "another case's proof": (lambda d: d["inclusion"].update(subject="case:1"), "inclusion"),
}


@pytest.mark.parametrize("name", CHANGES)
def test_a_server_that_lies_is_found_out(app: App, exported: bytes, key: bytes, name: str) -> None:
    """It signs what it likes; the chain and the proof do not follow."""
    change, place = CHANGES[name]
    lying = changed(exported, change, app.secrets.signing_key)
    assert place in broken(verify_record_file(lying, trusted={key}))


def test_a_tail_cut_off_before_the_checkpoint_is_found(
    app: App, exported: bytes, key: bytes
) -> None:
    """With the head made to fit, only the checkpoint knows better."""

    def cut(document: dict[str, Any]) -> None:
        del document["entries"][3:]
        last = document["entries"][-1]
        document["head"] = {"number": last["number"], "digest": last["digest"]}

    report = verify_record_file(changed(exported, cut, app.secrets.signing_key), trusted={key})
    assert broken(report) == {"inclusion"}


def test_a_history_written_anew_is_found_by_the_checkpoint(
    app: App, world: World, case: Instance, key: bytes
) -> None:
    """The whole chain computed afresh in the database, digests and all."""
    document = json.loads(chain.canonical(export_record(app, world.guanli, key=case.key).document))
    previous = chain.START
    for entry in document["entries"]:
        entry["facts"] = entry["facts"].replace("return", "reject")
        names = ("number", "at", "actor", "kind", "elementKey", "elementId", "facts", "said")
        previous = chain.link(previous, *(str(entry[name]) for name in names))
        entry["digest"] = previous.hex()
    document["head"]["digest"] = previous.hex()
    document["signature"] = sign(app.secrets.signing_key, signed_bytes(document)).hex()
    report = verify_record_file(chain.canonical(document).encode(), trusted={key})
    assert broken(report) == {"entries[3]"}


def test_another_key_is_found(app: App, exported: bytes, key: bytes) -> None:
    """All of it signed anew by somebody else: his key is not the bureau's."""
    forged = changed(exported, lambda _: None, OTHER_SEED)
    assert "publicKey" in broken(verify_record_file(forged, trusted={key}))
    assert "checkpoint" in broken(verify_record_file(forged))

    def anew(document: dict[str, Any]) -> None:
        from engine.model import checkpoints  # noqa: PLC0415 - here only

        read = checkpoints.read(document["checkpoint"])
        mine = checkpoints.Checkpoint(
            number=read.number,
            size=read.size,
            root=read.root,
            previous=read.previous,
            at=read.at,
            key=public_key(OTHER_SEED),
        )
        document["checkpoint"] = checkpoints.plain(mine) | {
            "signature": sign(OTHER_SEED, mine.body).hex()
        }

    whole = changed(exported, anew, OTHER_SEED)
    assert "publicKey" in broken(verify_record_file(whole, trusted={key}))
    assert verify_record_file(whole).trusted is None  # without the key nobody can tell
    half = changed(exported, anew, app.secrets.signing_key)
    assert broken(verify_record_file(half, trusted={key})) == {"checkpoint"}


@pytest.mark.parametrize(
    "junk",
    [
        b"",
        b"{}",
        b"[]",
        b"null",
        b"\xff\xfe",
        b'{"format": "banshi-record/1"}',
        b"[" * 100_000,
        b'{"a": 1.5}',
        b'{"a": NaN}',
        b'{"format": 1, "format": "banshi-record/1"}',
        b"x" * (LARGEST + 1),
    ],
)
def test_what_is_no_record_is_said_to_be_none(junk: bytes) -> None:
    assert not verify_record_file(junk).sound


def test_every_wrong_type_is_met(exported: bytes) -> None:
    for path in _leaves(json.loads(exported)):
        for junk in (None, [], {}, "x", -1, True):

            def change(
                document: dict[str, Any], path: tuple[Any, ...] = path, junk: Any = junk
            ) -> None:
                at: Any = document
                for name in path[:-1]:
                    at = at[name]
                at[path[-1]] = junk

            verify_record_file(changed(exported, change))


class TestWhatAReaderIsGiven:
    def test_the_applicant_gets_his_own_words_and_the_rest_as_hashes(
        self, app: App, world: World, case: Instance, key: bytes
    ) -> None:
        document = export_record(app, world.zhangsan, key=case.key).document
        said = [[part["part"] for part in entry["parts"]] for entry in document["entries"]]
        assert said == [["submission"], [], [], [], []]
        data = chain.canonical(document)
        assert "材料不齐" not in data
        report = verify_record_file(data.encode(), trusted={key})
        assert report.sound
        assert any("未在文件中" in found.text for found in report.findings)

    def test_masked_parts_are_hashes(self, app: App, world: World, key: bytes) -> None:
        secrets.put(app)
        case = start_case(app, world.zhangsan, process_id="secrets", submission=secrets.SUBMISSION)
        for who in (world.lisi, world.guanli):
            data = chain.canonical(export_record(app, who, key=case.key).document)
            for secret in secrets.CLEAR:
                assert secret not in data
            assert verify_record_file(data.encode(), trusted={key}).sound
        own = chain.canonical(export_record(app, world.zhangsan, key=case.key).document)
        assert secrets.ID in own

    def test_what_was_erased_is_not_missed(
        self, app: App, world: World, case: Instance, key: bytes, clock: SettableClock
    ) -> None:
        with app.database.unit_of_work() as work:
            records.erase(work, case.key, before=clock() + timedelta(days=1))
            work.commit()
        data = chain.canonical(export_record(app, world.guanli, key=case.key).document).encode()
        assert verify_record_file(data, trusted={key}).sound


class TestCommandLine:
    def run(self, tmp_path: Any, data: bytes, *arguments: str) -> tuple[int, str]:
        path = tmp_path / "record.json"
        path.write_bytes(data)
        result = CliRunner().invoke(cli, ["verify", str(path), *arguments])
        return result.exit_code, result.output

    def test_it_says_what_holds(self, tmp_path: Any, exported: bytes, key: bytes) -> None:
        code, text = self.run(tmp_path, exported, "--key", key.hex())
        assert code == 0
        assert "核验通过" in text
        assert "检查点" in text
        assert self.run(tmp_path, exported)[0] == 0

    def test_it_says_what_is_broken(
        self, tmp_path: Any, app: App, exported: bytes, key: bytes
    ) -> None:
        lying = changed(exported, lambda d: d["entries"].pop(2), app.secrets.signing_key)
        code, text = self.run(tmp_path, lying, "--key", key.hex())
        assert code == 1
        assert "[不成立] entries[2]" in text
        code, text = self.run(tmp_path, exported, "--key", OTHER_SEED.hex())
        assert code == 1
        assert "不是本局的" in text
        assert self.run(tmp_path, exported, "--key", "12")[0] == 2

    def test_a_key_may_lie_in_a_file(self, tmp_path: Any, exported: bytes, key: bytes) -> None:
        from cryptography.hazmat.primitives import serialization  # noqa: PLC0415
        from cryptography.hazmat.primitives.asymmetric.ed25519 import (  # noqa: PLC0415
            Ed25519PublicKey,
        )

        pem = Ed25519PublicKey.from_public_bytes(key).public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        (tmp_path / "bureau.pem").write_bytes(pem)
        assert public_key_of(pem.decode()) == key
        assert self.run(tmp_path, exported, "--key", str(tmp_path / "bureau.pem"))[0] == 0


def test_checkpoints_stay_as_they_were(app: App, case: Instance) -> None:
    before = list_checkpoints(app)
    make_checkpoint(app, due_only=False)
    assert list_checkpoints(app)[1:] == before


def test_it_needs_no_database() -> None:
    """The check runs where there is nothing but the file: no storage, no web, no engine."""
    program = (
        "import sys; import engine.service.history.record_verification, "
        "engine.service.history.consistency_verification; "
        "print(sorted(m for m in sys.modules if m.split('.')[0] in "
        "{'sqlalchemy', 'psycopg', 'fastapi', 'SpiffWorkflow'} or "
        "m.startswith(('engine.storage', 'engine.runtime'))))"
    )
    ran = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert ran.stdout.strip() == "[]"
