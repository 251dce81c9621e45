"""Uploads: what is let in, where it lies, and who gets it back."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import timedelta
from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.model.errors import (
    InvalidInput,
    NotAuthenticated,
    NotFound,
    TooLarge,
    Unreadable,
    UnsupportedMedia,
)
from engine.model.keys import Key
from engine.service import sealing
from engine.service.access.log_out import log_out
from engine.service.app import App
from engine.service.papers.stage_document import clean_name, stage_document
from engine.service.papers.sweep_documents import sweep_documents
from engine.storage.papers import documents
from tests.conftest import SettableClock
from tests.service import files
from tests.service.people import actor, furnish, person

KEY = bytes(range(32))


@pytest.fixture
def home(app: App) -> App:
    furnish(app)
    person(app, "zuzhi", "citizen@kuiwen")
    return app


def stored(app: App) -> list[Path]:
    return [p for p in (app.settings.home / "documents").rglob("*") if p.is_file()]


@pytest.mark.parametrize(
    ("name", "content", "kind"),
    [
        ("登记证书.pdf", files.PDF, "application/pdf"),
        ("照片.JPG", files.JPEG, "image/jpeg"),
        ("照片.jpeg", files.JPEG, "image/jpeg"),
        ("公章.png", files.PNG, "image/png"),
        ("预算.xlsx", files.XLSX, None),
        ("章程.docx", files.DOCX, None),
        ("旧章程.doc", files.DOC, "application/msword"),
        ("旧预算.xls", files.XLS, "application/vnd.ms-excel"),
    ],
)
def test_allowed_files_are_known_by_their_content(
    home: App, name: str, content: bytes, kind: str | None
) -> None:
    document = stage_document(home, actor(home, "zuzhi"), name=name, stream=BytesIO(content))
    assert document.name == name
    assert document.size == len(content)
    assert document.sha256 == hashlib.sha256(content).hexdigest()
    assert document.instance_key is None
    assert kind is None or document.media_type == kind


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.pdf", b"MZ\x90\x00" + bytes(300)),
        ("a.pdf", b"<html><script>alert(1)</script></html>"),
        ("a.png", b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>'),
        ("a.svg", b'<svg xmlns="http://www.w3.org/2000/svg"/>'),
        ("a.txt", b"hello"),
        ("a.pdf", files.PNG),
        ("a.pdf.exe", files.PDF),
        ("a.zip", files.archive("a.txt")),
        ("a.docx", files.archive("a.txt")),
        ("a.docx", files.XLSX),
        ("a.docx", files.DOCM),
        ("a.docx", b"PK\x03\x04 not a zip at all"),
        ("a.doc", files.compound("WordDocument", "_VBA_PROJECT")),
        ("a.doc", files.compound("Thumbnail")),
    ],
)
def test_other_files_are_refused_and_leave_nothing(home: App, name: str, content: bytes) -> None:
    with pytest.raises(UnsupportedMedia, match="不在允许之列"):
        stage_document(home, actor(home, "zuzhi"), name=name, stream=BytesIO(content))
    assert stored(home) == []


def test_the_bytes_at_rest_are_encrypted(home: App) -> None:
    content = files.PDF + "身份证号 370705195505200013".encode() * 1000
    stage_document(home, actor(home, "zuzhi"), name="a.pdf", stream=BytesIO(content))
    (path,) = stored(home)
    raw = path.read_bytes()
    assert b"370705195505200013" not in raw
    assert b"%PDF" not in raw
    assert path.parent.parent.parent.stat().st_mode & 0o077 == 0
    plain = b"".join(
        sealing.unseal_stream([raw], key=home.secrets.data_key, context=f"document:{path.name}")
    )
    assert plain == content


class Endless(BytesIO):
    """More bytes than anybody wants; counts how many were asked for."""

    taken = 0

    def read(self, size: int | None = -1) -> bytes:
        self.taken += size or 0
        return b"x" * (size or 0)


def test_a_huge_file_is_stopped_while_it_is_read(home: App) -> None:
    me = actor(home, "zuzhi")
    stream = Endless()
    with pytest.raises(TooLarge, match="50 MB"):
        stage_document(home, me, name="a.pdf", stream=stream)
    assert stream.taken <= 51 * 1024 * 1024
    with pytest.raises(TooLarge):
        stage_document(home, me, name="a.pdf", stream=BytesIO(), size_hint=10**12)


def test_an_empty_file_is_no_file(home: App) -> None:
    with pytest.raises(InvalidInput, match="是空的"):
        stage_document(home, actor(home, "zuzhi"), name="a.pdf", stream=BytesIO())


@pytest.mark.parametrize(
    ("given_name", "kept"),
    [
        ("../../etc/passwd.pdf", "passwd.pdf"),
        ("C:\\Users\\王\\证书.pdf", "证书.pdf"),
        ("a\r\nSet-Cookie: x.pdf", "aSet-Cookie: x.pdf"),
        ("a\x00.pdf", "a.pdf"),
        ("\u202efdp.exe.pdf", "fdp.exe.pdf"),
        ("长" * 300 + ".pdf", "长" * 196 + ".pdf"),
    ],
)
def test_names_are_reduced_to_a_file_name(given_name: str, kept: str) -> None:
    assert clean_name(given_name) == kept


@pytest.mark.parametrize("name", ["", "..", "/", ".pdf", "无扩展名", "a/"])
def test_names_that_are_none_are_refused(name: str) -> None:
    with pytest.raises(InvalidInput, match="文件名无效"):
        clean_name(name)


def test_nothing_is_stored_for_a_closed_session(home: App) -> None:
    me = actor(home, "zuzhi")
    log_out(home, me)
    with pytest.raises(NotAuthenticated):
        stage_document(home, me, name="a.pdf", stream=BytesIO(files.PDF))
    assert stored(home) == []


def test_a_failing_store_leaves_no_row(home: App, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(name: str, chunks: Iterator[bytes]) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(home.files, "put", fail)
    me = actor(home, "zuzhi")
    with pytest.raises(OSError, match="disk full"):
        stage_document(home, me, name="a.pdf", stream=BytesIO(files.PDF))
    with home.database.unit_of_work() as work:
        assert documents.staged_size(work, me.key) == 0


def test_binding_takes_ones_own_staged_documents_only(home: App) -> None:
    """Neither somebody else's upload nor another case's document can be drawn into a case."""
    person(home, "other", "citizen@kuiwen")
    me, other = actor(home, "zuzhi"), actor(home, "other")
    mine = stage_document(home, me, name="a.pdf", stream=BytesIO(files.PDF))
    theirs = stage_document(home, other, name="b.pdf", stream=BytesIO(files.PDF))
    first, second = Key(1 << 30), Key(1 << 31)

    def bind(key: Key, instance: Key) -> None:
        with home.database.unit_of_work() as work:
            documents.bind(
                work, keys=[key], instance_key=instance, owner_key=me.key, now=home.now()
            )
            work.commit()

    bind(mine.key, first)
    bind(mine.key, first)
    for key, instance in ((mine.key, second), (theirs.key, first), (Key(77), first)):
        with pytest.raises(NotFound, match=str(key)):
            bind(key, instance)
    with home.database.unit_of_work() as work:
        assert [d.key for d in documents.of_instance(work, first)] == [mine.key]


def test_orphans_are_swept_after_a_day_and_bound_ones_stay(home: App, clock: SettableClock) -> None:
    me = actor(home, "zuzhi")
    kept = stage_document(home, me, name="a.pdf", stream=BytesIO(files.PDF))
    stage_document(home, me, name="b.pdf", stream=BytesIO(files.PDF))
    with home.database.unit_of_work() as work:
        documents.bind(
            work, keys=[kept.key], instance_key=Key(1 << 30), owner_key=me.key, now=home.now()
        )
        work.commit()
    clock.advance(timedelta(hours=23))
    assert sweep_documents(home) == 0
    clock.advance(timedelta(hours=2))
    assert sweep_documents(home) == 1
    assert sweep_documents(home) == 0
    assert len(stored(home)) == 1


@given(
    st.lists(st.binary(max_size=200_000), max_size=4),
    st.integers(min_value=1, max_value=300_000),
)
def test_sealing_gives_back_the_same_bytes(chunks: list[bytes], cut: int) -> None:
    """Whatever the chunks going in and coming out."""
    sealed = b"".join(sealing.seal_stream(chunks, key=KEY, context="c"))
    pieces = [sealed[i : i + cut] for i in range(0, len(sealed), cut)]
    assert b"".join(sealing.unseal_stream(pieces, key=KEY, context="c")) == b"".join(chunks)


@given(st.data())
def test_any_change_to_sealed_bytes_is_noticed(data: st.DataObject) -> None:
    """Flipped, cut short, lengthened, with a chunk dropped, swapped, elsewhere, another key."""
    plain = b"x" * (sealing.CHUNK * 2 + 5)
    sealed = sealing.seal(plain, key=KEY, context="c")
    position = data.draw(st.integers(0, len(sealed) - 1))
    flipped = bytearray(sealed)
    flipped[position] ^= 1
    header, step = 62, sealing.CHUNK + 16
    first, second = sealed[header : header + step], sealed[header + step : header + 2 * step]
    rest = sealed[header + 2 * step :]
    for broken in (
        bytes(flipped),
        sealed[:position],
        sealed + b"\0",
        sealed[:header] + second + first + rest,
        sealed[:header] + first + rest,
        sealed[: header + step],
    ):
        with pytest.raises(Unreadable):
            sealing.unseal(broken, key=KEY, context="c")
    for key, context in ((KEY, "d"), (bytes(32), "c")):
        with pytest.raises(Unreadable):
            sealing.unseal(sealed, key=key, context=context)
