"""自动去重: when the same person's next identical approval is taken as given. Pure.

Off by default: the diagram marks the task or the process (``banshi:deduplicate`` = ``consecutive``;
``never`` on a task overrules the process), and an administrator switches it on.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

PROPERTY = "banshi:deduplicate"

#: What a form may ask for besides the outcome itself.
WORDS = frozenset({"opinion", "reasonCode"})

#: Commands after which nothing in a case is taken as given any more: returns, changes of data or
#: position, recusals.
BREAKS = (
    "return",
    "withdraw-step",
    "modify",
    "migrate",
    "set-variables",
    "job-variables",
    "recuse",
    "ask-recusal",
    "stand-aside",
    "expire",
)


@dataclass(frozen=True, kw_only=True)
class Repeated:
    """An approval just given, and the task that opened with it.

    ``approved``: it counts as a yes, in both tasks; ``only_words``: nothing but outcome and
    opinion was said, and nothing else is asked for; ``straight``: nothing but gateways lies
    between. ``broken``: there was a return, a change of data or a recusal in the case, or a proxy
    acted; ``again``: the node was visited before. ``separated``, ``signed``, ``decides``,
    ``several``: the task is one of a four-eyes group, asks for a signature, takes the decision, has
    several seats. ``may``: the person himself may complete it.
    """

    marked: bool = False
    approved: bool = False
    only_words: bool = False
    straight: bool = False
    by_proxy: bool = False
    broken: bool = False
    again: bool = False
    separated: bool = False
    signed: bool = False
    decides: bool = False
    several: bool = False
    may: bool = False


def marked(task: Mapping[str, str], process: Mapping[str, str]) -> bool:
    """Whether the diagram allows it for the task."""
    return (task.get(PROPERTY, "").strip() or process.get(PROPERTY, "").strip()) == "consecutive"


def taken_as_given(facts: Repeated) -> bool:
    """Whether the approval stands for the next task as well; anything unusual says no."""
    wanted = (facts.marked, facts.approved, facts.only_words, facts.straight, facts.may)
    never = (
        facts.by_proxy,
        facts.broken,
        facts.again,
        facts.separated,
        facts.signed,
        facts.decides,
        facts.several,
    )
    return all(wanted) and not any(never)
