"""One mail instead of many."""

from __future__ import annotations

from collections.abc import Sequence

from engine.storage.notifications.dispatches import Leased

#: A mail of more lines than this is not read.
_MOST_LINES = 100


def digest(leased: Sequence[Leased], *, link: str) -> tuple[str, str]:
    """Subject and body of the list, in the language of its first."""
    count = len(leased)
    lines = [f"{number}. {each.line}" for number, each in enumerate(leased[:_MOST_LINES], 1)]
    if leased[0].language == "en":
        subject = f"[Banshi] {count} notices"
        head, foot, more = f"{count} notices since the last message:", f"Open: {link}", "…"
    else:
        subject = f"【办事】{count} 条通知"
        head, foot, more = f"您有 {count} 条通知：", f"查看：{link}", "……"
    if count > _MOST_LINES:
        lines.append(more)
    return subject, "\n".join([head, "", *lines, "", foot])
