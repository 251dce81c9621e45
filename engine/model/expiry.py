"""What holds at a task's deadline when nobody has decided: what the diagram's properties say. Pure.

``banshi:onExpiry`` fail | extend | escalate. ``banshi:extendBy`` (a number) in ``banshi:extendUnit``
(the deadline's own unit where nothing is said), at most ``banshi:extensions`` times (once), then
``banshi:afterExtensions`` fail | escalate. ``banshi:escalateTo``: the superior role that gets it.
``banshi:expiryOutcome``: what failing is called (``reject``). Nothing is ever approved by itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from engine.model.counting import ABSTAIN, REJECT, plan_of
from engine.model.voting import Unreadable
from engine.text import several, tell

_UNITS = ("working-day", "natural-day", "month", "year")
_MOST = 36


class OnExpiry(StrEnum):
    FAIL = "fail"
    EXTEND = "extend"
    ESCALATE = "escalate"


@dataclass(frozen=True, kw_only=True)
class Expiry:
    """``by`` in ``unit``: of an extension. ``then`` None: nothing more, the task stays overdue."""

    on: OnExpiry
    by: int = 0
    unit: str = "working-day"
    extensions: int = 1
    then: OnExpiry | None = None
    escalate_to: str = ""
    outcome: str = REJECT

    def step(self, extended: int) -> OnExpiry | None:
        """What is to be done now; ``extended``: how often the deadline has been extended."""
        if self.on is not OnExpiry.EXTEND or extended < self.extensions:
            return self.on
        return self.then


def expiry_of(properties: Mapping[str, str]) -> Expiry | None:
    """What the properties say; None where nothing holds. Raises Unreadable, in Chinese."""
    named = properties.get("banshi:onExpiry", "").strip()
    if not named:
        return None
    on = _action("banshi:onExpiry", named, tuple(OnExpiry))
    after = properties.get("banshi:afterExtensions", "").strip()
    then = _action("banshi:afterExtensions", after, (OnExpiry.FAIL, OnExpiry.ESCALATE))
    to = properties.get("banshi:escalateTo", "").strip()
    if OnExpiry.ESCALATE in {on, then} and not to:
        raise Unreadable(tell("到期上报须填写上报的角色（banshi:escalateTo）"))
    by, extensions, unit = 0, 1, "working-day"
    if on is OnExpiry.EXTEND:
        by = _number(properties, "banshi:extendBy", tell("延长多久"))
        extensions = _number(properties, "banshi:extensions", tell("最多延长几次"), usual="1")
        unit = properties.get("banshi:extendUnit", "").strip()
        unit = unit or properties.get("banshi:deadlineUnit", "").strip() or "working-day"
        if unit not in _UNITS:
            raise Unreadable(
                tell(
                    "延长的单位（banshi:extendUnit）“{unit}”不存在，请从 {units} 中选择",
                    unit=unit,
                    units=several(_UNITS),
                )
            )
    return Expiry(
        on=on or OnExpiry.FAIL,
        by=by,
        unit=unit,
        extensions=extensions,
        then=then,
        escalate_to=to,
        outcome=_outcome(properties),
    )


def _action(name: str, text: str, known: tuple[OnExpiry, ...]) -> OnExpiry | None:
    if not text:
        return None
    if text not in known:
        raise Unreadable(
            tell(
                "{name} 的值“{text}”不存在，请从 {known} 中选择",
                name=name,
                text=text,
                known=several(known),
            )
        )
    return OnExpiry(text)


def _number(properties: Mapping[str, str], name: str, what: str, *, usual: str = "") -> int:
    text = properties.get(name, "").strip() or usual
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= _MOST:
        raise Unreadable(
            tell(
                "{what}（{name}）应为 1 到 {most} 的整数，现在是“{text}”",
                what=what,
                name=name,
                most=_MOST,
                text=text,
            )
        )
    return int(text)


def _outcome(properties: Mapping[str, str]) -> str:
    """What failing is called; an outcome that counts as a yes is refused."""
    text = properties.get("banshi:expiryOutcome", "").strip() or REJECT
    if text in plan_of(properties).approves or text == ABSTAIN:
        raise Unreadable(
            tell("到期的结论（banshi:expiryOutcome）不能是“{text}”：到期从不视为同意", text=text)
        )
    return text
