"""A sentence is its Chinese, and can be said in another language."""

from __future__ import annotations

import copy
import json
import pickle
from dataclasses import dataclass
from datetime import date

import pytest

from engine.feel.values import from_host
from engine.forms.masks import Kind
from engine.forms.veil import Sensitive, veil_over
from engine.model.errors import BanshiError, InvalidInput
from engine.model.problems import Problem
from engine.text import Text, several, tell, translated

ENGLISH = {
    "没有{what}“{key}”。": "There is no {what} “{key}”.",
    "任务": "task",
    "{day:%Y年%m月}前": "before {day:%m/%Y}",
    "{listed}须修改": "change {listed}",
    "、": ", ",
    "；": " ",
    "提交的内容有 {count} 处需要修改：{listed}": "{count} wrong: {listed}",
}


def english(text: str) -> str:
    return translated(text, lambda message: ENGLISH.get(message, message))


def test_it_is_its_chinese() -> None:
    """given a text with values, then it is the sentence, wherever a str is."""
    text = tell("没有{what}“{key}”。", what=tell("任务"), key=7)
    assert text == "没有任务“7”。"
    assert hash(text) == hash("没有任务“7”。")
    assert json.dumps(text, ensure_ascii=False) == '"没有任务“7”。"'
    assert {text: 1}["没有任务“7”。"] == 1


def test_it_is_said_in_another_language() -> None:
    """given a text, its values texts and dates, then all of it is translated."""
    assert english(tell("没有{what}“{key}”。", what=tell("任务"), key=7)) == "There is no task “7”."
    assert english(tell("{day:%Y年%m月}前", day=date(2026, 3, 2))) == "before 03/2026"
    listed = several([tell("任务"), "张三"])
    assert listed == "任务、张三"
    assert english(tell("{listed}须修改", listed=listed)) == "change task, 张三"


def test_what_is_unknown_stays_chinese_whole() -> None:
    """given a template without a translation, then nothing of it is translated."""
    assert english(tell("不认识的{what}", what=tell("任务"))) == "不认识的任务"


def test_what_is_nobodys_text_is_left_alone() -> None:
    """given a plain str that happens to be a template, then it stays: somebody wrote it."""
    assert english("任务") == "任务"


def test_without_values_braces_are_braces() -> None:
    assert tell("请写成 {a: 1}。") == "请写成 {a: 1}。"


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda it: pickle.loads(pickle.dumps(it))])
def test_copies_keep_what_it_is_made_of(copied: object) -> None:
    for text in (tell("没有{what}“{key}”。", what=tell("任务"), key=7), several([tell("任务")])):
        again = copied(text)  # type: ignore[operator]
        assert again == text
        assert english(again) == english(text)


@dataclass(kw_only=True, eq=False)
class Missing(BanshiError):
    """没有{what}“{key}”。"""

    what: str
    key: str


def test_faults_say_texts() -> None:
    """given a fault, then its message and its str can be translated, through other exceptions."""
    fault = Missing(what=tell("任务"), key="7")
    assert english(fault.message) == "There is no task “7”."
    assert english(str(fault)) == "There is no task “7”."
    assert english(str(ValueError(fault.message))) == "There is no task “7”."
    reason = tell("没有{what}“{key}”。", what=fault, key="7")
    assert english(reason) == "There is no There is no task “7”. “7”."


def test_several_problems() -> None:
    """given an input with faults, then the sentence and each fault are translated."""
    fault = InvalidInput(
        problems=(
            Problem(rule="a", message=tell("任务")),
            Problem(rule="b", message="乙"),
        )
    )
    assert fault.message == "提交的内容有 2 处需要修改：任务；乙"
    assert english(fault.message) == "2 wrong: task 乙"


def test_feel_gets_the_plain_sentence() -> None:
    """given a text as a value of an expression, then it is a plain str there: kinds are exact."""
    assert type(from_host(tell("任务"))) is str
    assert type(from_host([tell("任务")])[0]) is str  # type: ignore[index]
    assert isinstance(tell("任务"), Text)


def test_a_veil_leaves_what_it_does_not_touch() -> None:
    """given sentences under a veil, then one that quotes a masked value is masked, whole and in
    Chinese; another one can still be translated."""
    place = Sensitive(path=("name",), kind=Kind.PERSONAL, value_type=None)
    veil = veil_over(
        [place], frozenset({Kind.PERSONAL}), {"name": "王小明家的地址"}, key_unit=2**22
    )
    kept = tell("没有{what}“{key}”。", what=tell("任务"), key="7")
    assert english(veil.text(kept)) == "There is no task “7”."
    quoting = veil.text(tell("没有{what}“{key}”。", what=tell("任务"), key="王小明家的地址"))
    assert "王小明家的地址" not in quoting
    assert "王小明家的地址" not in english(quoting)
