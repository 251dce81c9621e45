"""Checks that one checkpoint begins with an earlier one, with nothing but the answer of
``/v2/checkpoints/consistency``: no database, no network."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from typing import Any

from engine.model import checkpoints, merkle
from engine.model.checkpoints import Checkpoint
from engine.service.history import findings
from engine.service.history.findings import Report
from engine.text import tell

_LARGEST = 1024 * 1024


def verify_consistency_file(data: bytes, *, trusted: Collection[bytes] | None = None) -> Report:
    """Of the answer of ``/v2/checkpoints/consistency``: that the later checkpoint covers all that
    the earlier one does, unchanged. Never raises.

    Compare the first checkpoint with the one that you kept: it is the file that is being checked.
    """
    try:
        document = json.loads(data[:_LARGEST].decode("utf-8"))
        first, second = (_stated(document[name]) for name in ("first", "second"))
        proof = [bytes.fromhex(each) for each in document["proof"]]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        return Report(
            findings=(findings.broken("", tell("这不是检查点一致性证明：{error}", error=error)),)
        )
    found = [
        *findings.of_key(second.key, trusted),
        *findings.of_checkpoint(first, second.key, trusted),
        *findings.of_checkpoint(second, second.key, trusted),
    ]
    if merkle.holds_consistency(first.size, second.size, first.root, second.root, proof):
        text = tell(
            "第 {second} 号检查点完整包含第 {first} 号（树根 {root}）所覆盖的全部记录。",
            second=second.number,
            first=first.number,
            root=first.root.hex(),
        )
        found.append(findings.holds("proof", text))
    else:
        found.append(findings.broken("proof", tell("一致性证明不成立：先前的记录被改动或删去过。")))
    return Report(
        findings=tuple(found),
        fingerprint=checkpoints.fingerprint(second.key),
        trusted=None if trusted is None else second.key in trusted,
    )


def _stated(given: Mapping[str, Any]) -> Checkpoint:
    return checkpoints.read({k: v for k, v in given.items() if k != "fingerprint"})
