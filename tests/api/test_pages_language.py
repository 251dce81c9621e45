"""Chinese is what the sources say; every word of the pages has its English."""

from __future__ import annotations

import re
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.pofile import read_po
from starlette.requests import Request

from api import language
from api.pages import when
from engine.model.records import Light

API = Path(language.__file__).parent
KEYWORDS = {"_": None, "gettext": None, "ngettext": (1, 2)}


def extracted() -> set[str]:
    """All words in pages and templates (the singular of plural ones)."""
    with (API / "locale/babel.cfg").open() as file:
        method, options = parse_mapping_cfg(file)
    found: set[str] = set()
    for _, _, message, _, _ in extract_from_dir(API, method, options, KEYWORDS):
        found.add(message if isinstance(message, str) else message[0])
    return found


def translated() -> Iterator[tuple[str, tuple[str, ...]]]:
    catalogue = read_po(BytesIO((API / "locale/en/messages.po").read_bytes()), locale="en")
    for message in catalogue:
        if message.id:
            key = message.id if isinstance(message.id, str) else message.id[0]
            said = (message.string,) if isinstance(message.string, str) else tuple(message.string)
            yield key, said


def test_everything_said_is_translated() -> None:
    """given all words of pages and templates, then the catalogue has exactly these."""
    said = {key for key, words in translated() if all(words)}
    assert sorted(extracted() - said) == []
    assert sorted(said - extracted()) == []


@pytest.mark.parametrize(("key", "said"), list(translated()), ids=lambda value: str(value)[:30])
def test_placeholders_stay(key: str, said: tuple[str, ...]) -> None:
    """given a translation, then it fills in what the source does."""
    holes = re.compile(r"%\(\w+\)s|\{\w*\}")
    for words in said:
        assert set(holes.findall(words)) == set(holes.findall(key))


def request(query: str = "", cookie: str = "", accept: str = "") -> Request:
    headers = [(b"accept-language", accept.encode())]
    if cookie:
        headers.append((b"cookie", cookie.encode()))
    return Request({"type": "http", "query_string": query.encode(), "headers": headers})


@pytest.mark.parametrize(
    ("asked", "answer"),
    [
        (request(), "zh"),
        (request(accept="en-GB,en;q=0.9,zh;q=0.8"), "en"),
        (request(accept="fr,zh-CN;q=0.5,en;q=0.1"), "zh"),
        (request(accept="fr, de"), "zh"),
        (request(accept="en;q=x, zh"), "zh"),
        (request(cookie="banshi_lang=en", accept="zh"), "en"),
        (request(cookie="banshi_lang=xx", accept="zh"), "zh"),
        (request(query="lang=zh", cookie="banshi_lang=en"), "zh"),
    ],
)
def test_which_language(asked: Request, answer: str) -> None:
    assert language.wanted(asked) == answer


def test_plurals() -> None:
    """given a deadline, when shown in English, then one day is a day and two are days."""
    language.use("en")
    try:
        shown = [
            when._left(at=None, pending=True, working_days=None),
            *(
                when.ngettext("还剩 {n} 个工作日", "还剩 {n} 个工作日", n).format(n=n)
                for n in (1, 2)
            ),
        ]
    finally:
        language.use("zh")
    assert shown == [
        "Pending the State Council's calendar",
        "1 working day left",
        "2 working days left",
    ]
    assert when.due(at=None, pending=False, light=Light.NONE, working_days=None).text == "无期限"
