"""What the record says of deadlines and clocks, in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.model.clock import STOP_WORDS, StopKind
from engine.text import tell

_RULES: Mapping[str, str] = {
    "fail": tell("按流程设定视为不予通过"),
    "extend": tell("按流程设定延长"),
    "escalate": tell("按流程设定上报"),
}
_TURNS: Mapping[str, str] = {"stop": tell("中止计时"), "resume": tell("恢复计时")}


def automatic(kind: str, text: str, facts: Mapping[str, Any]) -> str:
    """An entry's ``text`` with the rule that held, and what became of the clock."""
    if kind == "expire":
        text = tell("{act}，{rule}", act=text, rule=_RULES.get(str(facts.get("rule")), ""))
    if kind in {"stop-clock", "resume-clock"}:
        return tell("{act}（{why}）", act=text, why=_why(facts.get("why")))
    turn = facts.get("clock")
    if isinstance(turn, list) and len(turn) == 2 and turn[0] in _TURNS:
        if turn[1] == StopKind.OTHER:  # the node says by its name what it waits for
            return tell("{act}，{turn}", act=text, turn=_TURNS[turn[0]])
        return tell("{act}，{turn}（{why}）", act=text, turn=_TURNS[turn[0]], why=_why(turn[1]))
    return text


def _why(kind: Any) -> str:
    try:
        return STOP_WORDS[StopKind(kind)]
    except ValueError:
        return str(kind)
