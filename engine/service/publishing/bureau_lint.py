"""What the bureau's own properties of a diagram (``banshi:…``) may say: checked where it is deployed.

Letters must have a template, kinds of personal data must be known, periods must be readable: each
of these would otherwise come to light only when a case gets there, or years later.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping

from engine.forms import KIND_NAMES
from engine.model.problems import Problem
from engine.model.retention import PERSONAL_RETENTION, RETENTION, period
from engine.runtime import Definition
from engine.service.letters.binding import PROPERTY as LETTER
from engine.service.privacy.sight import PROPERTY as PRIVACY

#: The job that issues a letter, and the header that names its template.
_LETTER_JOB, _TEMPLATE = "banshi.letter", "template"

#: Template ids that an expression gives: all of it, or what follows then or else.
_GIVEN = re.compile(r'\b(?:then|else)\s*"([^"]*)"')
_LITERAL = re.compile(r'"([^"]*)"')


def bureau_problems(
    definition: Definition, *, letters: Collection[str] | None = None
) -> Iterator[Problem]:
    """Errors, by element. ``letters``: ids of templates that there are; None: not to be checked."""
    yield from _periods(definition.process_id, definition.properties)
    for lane in definition.lanes:
        yield from _kinds(lane.id, lane.name, lane.privacy)
    for node in definition.nodes.values():
        yield from _kinds(node.id, node.name, node.properties.get(PRIVACY, ""))
        if letters is None:
            continue
        named = _named(node.properties.get(LETTER, "").strip())
        if node.job is not None and node.headers.get(_TEMPLATE):
            named |= {node.headers[_TEMPLATE].strip()} if _issues(node.job) else set()
        for template in sorted(named - set(letters)):
            yield Problem(
                element_id=node.id,
                rule="letter-unknown",
                message=(
                    f"“{node.name or node.id}”要出具的文书没有模板“{template}”："
                    "请先在“系统管理 › 文书”中发布这个模板，或改正模板编号。"
                ),
            )


def _issues(job: object) -> bool:
    """A job whose type is fixed in the diagram, and ours."""
    kind = getattr(job, "type", "")
    return getattr(kind, "source", kind) in {_LETTER_JOB, f'"{_LETTER_JOB}"'}


def _named(value: str) -> set[str]:
    if not value.startswith("="):
        return {value} - {""}
    whole = _LITERAL.fullmatch(value[1:].strip())
    return ({whole[1]} if whole else set(_GIVEN.findall(value))) - {""}


def _kinds(element_id: str, name: str, value: str) -> Iterator[Problem]:
    known = {kind.value for kind in KIND_NAMES} | {"all"}
    for word in re.split(r"[;,]", value):
        if word.strip() and word.strip() not in known:
            listed = "、".join(f"{kind.value}（{text}）" for kind, text in KIND_NAMES.items())
            yield Problem(
                element_id=element_id,
                rule="privacy-unknown",
                message=(
                    f"“{name or element_id}”的 banshi:privacy 中有不认识的类别“{word.strip()[:40]}”；"
                    f"可用：{listed}，或 all，多个用分号隔开。"
                ),
            )


def _periods(element_id: str, properties: Mapping[str, str]) -> Iterator[Problem]:
    for name in (RETENTION, PERSONAL_RETENTION):
        value = properties.get(name, "").strip()
        if not value:
            continue
        try:
            period(value)
        except ValueError:
            yield Problem(
                element_id=element_id,
                rule="retention",
                message=(
                    f"{name} “{value[:40]}”不是期限：请写成 P10Y（10 年）、P18M（18 个月）、"
                    "P30D（30 天），或 permanent（永久）。"
                ),
            )
