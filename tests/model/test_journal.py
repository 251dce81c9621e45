"""The chain of a journal: whatever is changed, left out or put in between is found."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from engine.model import chain
from engine.model.journal import Link, Said, link, say, verify
from engine.model.signatures import Signature, facts

AT = datetime(2025, 3, 3, 1, 0, tzinfo=UTC)


def written(count: int) -> tuple[list[Link], dict[tuple[int, str], Said]]:
    links: list[Link] = []
    said: dict[tuple[int, str], Said] = {}
    for number in range(1, count + 1):
        part = say("opinion", {"text": f"意见{number}"})
        links.append(
            link(
                links[-1].digest if links else chain.START,
                number=number,
                at=AT + timedelta(hours=number),
                actor_key=7,
                kind="complete",
                facts={"n": number},
                said=[part],
                element_key=number * 10,
                element_id="review",
            )
        )
        said[number, "opinion"] = part
    return links, said


def test_it_holds() -> None:
    links, said = written(5)
    assert verify(links, said) == ()
    assert verify([]) == ()
    del said[3, "opinion"]
    assert verify(links, said) == (), "what was erased is not missed"


@pytest.mark.parametrize(
    "changed",
    [
        {"at": AT},
        {"actor_key": 8},
        {"kind": "claim"},
        {"element_key": None},
        {"element_id": "other"},
        {"facts": '{"n":4}'},
        {"said": "{}"},
        {"digest": bytes(32)},
        {"number": 9},
    ],
)
def test_every_field_counts(changed: dict[str, Any]) -> None:
    links, said = written(5)
    links[2] = replace(links[2], **changed)
    assert verify(links, said)


def test_rows_left_out_doubled_or_swapped() -> None:
    links, said = written(5)
    for other in (
        links[:2] + links[3:],
        [*links, links[-1]],
        [links[1], links[0], *links[2:]],
        links[1:],
    ):
        assert verify(other, said)


def test_a_later_forgery_needs_all_that_follows() -> None:
    """Whoever rewrites one entry with a fitting digest breaks the next one."""
    links, said = written(5)
    forged = replace(links[1], facts='{"n":99}')
    links[1] = replace(forged, digest=forged.linked_to(links[0].digest))
    assert [found.number for found in verify(links, said)] == [3]


def test_the_same_words_have_other_hashes_each_time() -> None:
    assert say("opinion", "同意").hash != say("opinion", "同意").hash
    assert say("opinion", "同意").content == say("opinion", "同意").content


def test_fields_do_not_run_into_each_other() -> None:
    assert chain.link(chain.START, "ab", "c") != chain.link(chain.START, "a", "bc")


def test_a_signature_is_over_what_was_submitted() -> None:
    """given a signed entry, when its chain is made anew over other data, then the signature tells."""
    submitted, other = (
        say("submission", {"outcome": "approve"}),
        say("submission", {"outcome": "no"}),
    )
    kept = facts(Signature(name="李四"), submitted)

    def entry(part: Said) -> Link:
        return link(
            chain.START,
            number=1,
            at=AT,
            actor_key=7,
            kind="complete",
            facts={"signature": kept},
            said=[part],
        )

    assert verify([entry(submitted)], {(1, "submission"): submitted}) == ()
    assert verify([entry(submitted)]) == (), "erased, and still known to be what was signed"
    (found,) = verify([entry(other)], {(1, "submission"): other})
    assert "签名所签的内容不符" in found.reason
