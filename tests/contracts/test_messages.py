"""What people read is Chinese and marked for translation; every marked sentence has its English."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from string import Formatter

import pytest
from babel.messages.pofile import read_po

import api.app
import engine.cli
from engine.model.errors import BanshiError

ROOT = Path(__file__).parents[2]
CATALOGUE = ROOT / "api/locale/en/sentences.po"

#: Where every Chinese literal that is no docstring has to be marked.
ROOMS = ("model", "service", "storage", "forms", "calendar")

#: Files whose Chinese is nobody's sentence to translate, and why.
WHOLE = {
    "service/demo.py": "names of the demonstration",
    "service/demo_units.py": "names of the demonstration",
    "service/letters/amounts.py": "amounts in capitals (大写), for letters",
    "service/letters/shipped.py": "read by whoever runs the command line",
    "service/notifications/wording.py": "the wording of notices has its own two languages",
    "service/notifications/digest.py": "idem",
    "service/publishing/blank.py": "a new diagram, decision or form",
    "service/exchange/feel_functions.py": "what FEEL says, Chinese for those who write expressions",
    "calendar/feel_functions.py": "idem",
}

#: Literals that are data, kept in the record, or parts of letters and of what is read.
DATA = {
    "model/actor.py": {"系统"},
    "model/letters.py": {"号"},
    "service/cases/end_case.py": {"申请人已撤销", "已终止"},
    "service/clock/calendar_years.py": {"年部分节假日安排", "放假"},
    "service/history/record.py": {"digest[n] = "},
    "service/letters/templates.py": {"〕×号"},
    "service/letters/typesetting.py": {"年", "月", "日"},
    "service/notifications/channels.py": {
        "【办事】邮件服务器测试",
        "收到此邮件，说明办事系统的邮件服务器设置可用。",
    },
    "service/notifications/fan_out.py": {"已办结"},
    "service/notifications/sending.py": {"办事"},
    "service/placeholders.py": {"是", "否"},
    "service/privacy/disclosures.py": {"系统对接", "系统任务 "},
    "service/standing.py": {"已办结", "系统"},
    "storage/archive/erasing.py": {"（已销毁）"},
    "storage/embedded.py": {"另一个进程一直在启动数据库（"},
    "storage/papers/files.py": {
        "材料存储地址“",
        "”不支持，请留空（本地文件夹）或使用 s3://桶/前缀。",
    },
    "storage/revise.py": {'请用一句话说明改动：make migration m="add something"'},
    "storage/history/records.py": {"select j.number, j.at"},
    "storage/recusal/recusals.py": {"select r.instance_key"},
    "forms/template.py": {"是", "否"},
    "forms/value_types/plain.py": {"学年", "年"},
    "forms/value_types/resident_id.py": {"男", "女"},
    "forms/veil.py": {"年", "月", "日"},
    "calendar/calendar.py": {"工作日", "周末", "节假日", "调休上班", "待国办公布"},
    "calendar/deadline.py": {
        *("工作日", "自然日", "月", "年", "日", "天", "个工作日", "个自然日", "个月", "顺延"),
    },
}

_CHINESE = re.compile(r"[\u3400-\u9fff]")


def sources(folder: str) -> Iterator[tuple[str, ast.Module]]:
    for path in sorted((ROOT / folder).rglob("*.py")):
        yield path.relative_to(ROOT).as_posix(), parsed(path)


@cache
def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text())


def calls(tree: ast.AST, name: str) -> Iterator[ast.Call]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == name:
            yield node


def literal(node: ast.expr) -> str | None:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


@cache
def templates() -> dict[str, str]:
    """All templates of the sources, with a place where each is said."""
    found: dict[str, str] = {}
    for folder in ("engine", "api"):
        for path, tree in sources(folder):
            for call in calls(tree, "tell"):
                said = literal(call.args[0])
                if said is not None:
                    found.setdefault(said, f"{path}:{call.lineno}")
            for call in calls(tree, "several"):
                between = literal(call.args[1]) if len(call.args) > 1 else "、"
                if between.strip():
                    found.setdefault(between, f"{path}:{call.lineno}")
    assert api.app
    assert engine.cli
    for fault in faults(BanshiError):
        found.setdefault(fault.__doc__ or "", fault.__qualname__)
    return found


def faults(kind: type[BanshiError]) -> Iterator[type[BanshiError]]:
    """All classes of faults of the sources."""
    if not kind.__module__.startswith("tests."):
        yield kind
    for below in kind.__subclasses__():
        yield from faults(below)


@cache
def english() -> dict[str, str]:
    with CATALOGUE.open("rb") as file:
        return {str(m.id): str(m.string) for m in read_po(file, locale="en") if m.id}


def unmarked(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Chinese literals that are no docstrings, nothing logged and nothing told."""
    passed: set[int] = set()
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        for statement in body if isinstance(body, list) else ():
            if isinstance(statement, ast.Expr):
                passed.add(id(statement.value))
        if isinstance(node, ast.Call) and (
            getattr(node.func, "id", "") in {"tell", "several"}
            or getattr(getattr(node.func, "value", None), "id", "") in {"_LOG", "re"}
        ):
            passed.update(id(inner) for arg in node.args for inner in ast.walk(arg))
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and id(node) not in passed
        ) and _CHINESE.search(node.value):
            yield node.lineno, node.value


@pytest.mark.parametrize("room", ROOMS)
def test_chinese_is_marked(room: str) -> None:
    """given a room of the engine, then all its Chinese is said with ``tell``, or listed above."""
    left = []
    for path, tree in sources(f"engine/{room}"):
        inside = path.removeprefix("engine/")
        if inside in WHOLE:
            continue
        known = DATA.get(inside, set())
        left += [
            f"{path}:{line} {text[:40]}"
            for line, text in unmarked(tree)
            if not any(text == one or (len(one) > 8 and text.startswith(one)) for one in known)
        ]
    assert left == []


def test_what_is_listed_is_there() -> None:
    """given the lists above, then each of their lines is still needed."""
    for name in WHOLE:
        assert list(unmarked(parsed(ROOT / "engine" / name)))
    for name, known in DATA.items():
        texts = [text for _, text in unmarked(parsed(ROOT / "engine" / name))]
        missing = [one for one in known if not any(text.startswith(one) for text in texts)]
        assert (name, missing) == (name, [])


def test_templates_are_literals() -> None:
    """given what is told, then its template is a literal: it could not be found otherwise."""
    wrong = [
        f"{path}:{call.lineno}"
        for folder in ("engine", "api")
        for path, tree in sources(folder)
        for call in calls(tree, "tell")
        if literal(call.args[0]) is None
        and path not in {"engine/model/errors.py", "engine/text.py"}
    ]
    assert wrong == []


def test_every_sentence_has_its_english() -> None:
    """given all sentences, then the catalogue has exactly these, none of them empty or Chinese."""
    said = {key for key, text in english().items() if text}
    assert sorted(f"{key} ({place})" for key, place in templates().items() if key not in said) == []
    assert sorted(said - set(templates())) == []
    left = [text for text in english().values() if _CHINESE.search(re.sub("“[^”]*”", "", text))]
    assert left == []


def holes(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}


def test_placeholders_stay() -> None:
    """given a sentence with values, then its English has the same."""
    filled = {
        said
        for folder in ("engine", "api")
        for _, tree in sources(folder)
        for call in calls(tree, "tell")
        if call.keywords and (said := literal(call.args[0])) is not None
    } | {fault.__doc__ or "" for fault in faults(BanshiError)}
    wrong = [key for key in sorted(filled) if holes(key) != holes(english()[key])]
    assert wrong == []


def test_values_are_named() -> None:
    """given a sentence, then it is filled in with what it names, and with nothing else."""
    wrong = [
        f"{path}:{call.lineno}"
        for folder in ("engine", "api")
        for path, tree in sources(folder)
        for call in calls(tree, "tell")
        if call.keywords
        and (said := literal(call.args[0])) is not None
        and holes(said) != {word.arg for word in call.keywords}
    ]
    assert wrong == []
