"""The completion rules, against every way in which the votes can fall."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import permutations, product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.model.voting import (
    Abstentions,
    Ballot,
    Choice,
    CompletionRule,
    Result,
    Rule,
    Share,
    Unreadable,
    decided,
    share,
    tally,
)

Y, N, A, X = Choice.YES, Choice.NO, Choice.ABSTAIN, Choice.ABSENT
RULES = [
    CompletionRule(
        kind=kind, threshold=threshold, quorum=quorum, veto=veto, abstentions=abstentions
    )
    for kind in Rule
    for threshold in (
        [share("1/2"), share(">1/2"), share("2/3"), share("1"), share("2")]
        if kind is Rule.RATIO
        else [share("2", absolute=True), share("5/2", absolute=True), share("9", absolute=True)]
        if kind is Rule.WEIGHTED
        else [share(">1/2")]
    )
    for quorum in (
        [None, share("2/3"), share("3")] if kind in {Rule.RATIO, Rule.WEIGHTED} else [None]
    )
    for veto in ([False] if kind in {Rule.ALL, Rule.SEQUENTIAL} else [False, True])
    for abstentions in Abstentions
]
WEIGHTS = (Fraction(1), Fraction(2), Fraction(1, 2), Fraction(0))
#: Whoever votes first decides: here, and only here, the order matters by design.
ORDERED = [rule for rule in RULES if rule.kind is Rule.ANY and rule.veto]
UNORDERED = [rule for rule in RULES if rule not in ORDERED]


def name(rule: CompletionRule) -> str:
    parts = [rule.kind, rule.threshold.value, rule.quorum and rule.quorum.value, rule.veto]
    return "-".join(map(str, [*parts, rule.abstentions]))


def ballots(choices: Sequence[Choice | None]) -> list[Ballot]:
    return [Ballot(choice=c, weight=WEIGHTS[n % 4], cast=n) for n, c in enumerate(choices)]


def papers(largest: int = 4) -> Iterator[tuple[Choice | None, ...]]:
    for seats in range(largest + 1):
        yield from product((None, *Choice), repeat=seats)


def final(choices: Sequence[Choice], rule: CompletionRule) -> Result:
    """The table of approval.md, read literally on votes that are all in: the oracle."""
    seats, yes = len(choices), choices.count(Y)
    counted = seats - (choices.count(A) if rule.abstentions is Abstentions.IGNORE else 0)
    if rule.kind is Rule.ANY:
        passed = yes > 0
    elif rule.kind in {Rule.ALL, Rule.SEQUENTIAL}:
        passed = yes > 0 and all(c is Y or (c is A and counted != seats) for c in choices)
    else:
        if rule.kind is Rule.RATIO:
            needed = rule.threshold.value * (1 if rule.threshold.absolute else counted)
            have: Fraction = Fraction(yes)
        else:
            needed = rule.threshold.value
            have = sum((WEIGHTS[n % 4] for n, c in enumerate(choices) if c is Y), Fraction(0))
        passed = counted > 0 and (have > needed if rule.threshold.strictly else have >= needed)
        present = seats - choices.count(X)
        if rule.quorum is not None:
            quorum = rule.quorum
            passed &= present >= quorum.value * (1 if quorum.absolute else seats)
        passed &= not (rule.veto and N in choices)
    return Result.PASSED if passed else Result.FAILED


def completions(choices: Sequence[Choice | None]) -> Iterator[tuple[Choice, ...]]:
    return product(*((c,) if c else tuple(Choice) for c in choices))


@pytest.mark.parametrize("rule", UNORDERED, ids=name)
def test_decided_exactly_when_nothing_can_change_it(rule: CompletionRule) -> None:
    for choices in papers():
        possible = {final(whole, rule) for whole in completions(choices)}
        expected = possible.pop() if len(possible) == 1 else None
        assert decided(ballots(choices), rule) is expected, choices


@pytest.mark.parametrize("rule", RULES, ids=name)
def test_once_decided_it_stays_and_when_all_are_in_it_is_decided(rule: CompletionRule) -> None:
    for choices in papers(3):
        outcome = decided(ballots(choices), rule)
        if None not in choices:
            assert outcome is not None
        if outcome is None:
            continue
        for n, choice in enumerate(choices):
            if choice is None:
                for vote in Choice:
                    later = ballots(choices)
                    later[n] = Ballot(choice=vote, weight=WEIGHTS[n % 4], cast=99)
                    assert decided(later, rule) is outcome


@pytest.mark.parametrize("rule", UNORDERED, ids=name)
def test_the_order_of_votes_does_not_matter(rule: CompletionRule) -> None:
    for choices in papers(3):
        cast = ballots(choices)
        expected = decided(cast, rule)
        for order in permutations(range(len(cast))):
            shuffled = [
                Ballot(choice=cast[n].choice, weight=cast[n].weight, cast=at)
                for at, n in enumerate(order)
            ]
            assert decided(shuffled, rule) is expected


@pytest.mark.parametrize("rule", ORDERED, ids=name)
def test_with_a_veto_the_first_vote_of_any_decides(rule: CompletionRule) -> None:
    for choices in papers():
        votes = [c for c in choices if c in {Y, N}]
        expected = None if None in choices else Result.FAILED
        if votes:
            expected = Result.PASSED if votes[0] is Y else Result.FAILED
        assert decided(ballots(choices), rule) is expected


@pytest.mark.parametrize("rule", RULES, ids=name)
def test_nothing_passes_without_a_yes(rule: CompletionRule) -> None:
    for choices in papers():
        if Y not in choices:
            assert decided(ballots(choices), rule) is not Result.PASSED
    assert decided([], rule) is Result.FAILED
    for seats in range(1, 5):
        assert decided(ballots([A] * seats), rule) is Result.FAILED


@pytest.mark.parametrize("rule", RULES, ids=name)
def test_one_more_yes_never_harms_and_one_more_no_never_helps(rule: CompletionRule) -> None:
    """A no can only help a quorum along: whoever votes against is present."""
    worth = {Result.FAILED: 0, None: 1, Result.PASSED: 2}
    for choices in papers(3):
        before = worth[decided(ballots(choices), rule)]
        for n, choice in enumerate(choices):
            if choice is None:
                as_yes, as_no = ballots(choices), ballots(choices)
                as_yes[n] = Ballot(choice=Y, weight=WEIGHTS[n % 4], cast=99)
                as_no[n] = Ballot(choice=N, weight=WEIGHTS[n % 4], cast=99)
                assert worth[decided(as_yes, rule)] >= before
                if rule.quorum is None:
                    assert before >= worth[decided(as_no, rule)]


@given(
    votes=st.lists(st.sampled_from([None, *Choice]), max_size=40),
    threshold=st.fractions(Fraction(1, 50), 1),
    quorum=st.none() | st.fractions(Fraction(1, 50), 1),
    abstentions=st.sampled_from(Abstentions),
)
def test_large_boards(
    votes: list[Choice | None],
    threshold: Fraction,
    quorum: Fraction | None,
    abstentions: Abstentions,
) -> None:
    rule = CompletionRule(
        kind=Rule.RATIO,
        threshold=Share(value=threshold),
        quorum=Share(value=quorum) if quorum else None,
        abstentions=abstentions,
    )
    plain = [Ballot(choice=c) for c in votes]
    outcome = decided(plain, rule)
    rest = {decided([Ballot(choice=c or filler) for c in votes], rule) for filler in (Y, N, A, X)}
    assert outcome is None or rest == {outcome}
    counts = tally(plain)
    assert (
        counts.yes + counts.no + counts.abstain + votes.count(X) + votes.count(None) == counts.total
    )


def test_two_thirds_present_and_more_than_half_of_all() -> None:
    """等级评估: a quorum of 2/3, and more than half of all members."""
    rule = CompletionRule(kind=Rule.RATIO, threshold=share(">1/2"), quorum=share("2/3"))
    assert decided(ballots([Y, Y, Y, Y, Y, None, None, None, None]), rule) is None  # no quorum yet
    assert decided(ballots([Y, Y, Y, Y, Y, N, None, None, None]), rule) is Result.PASSED
    assert decided(ballots([Y, Y, Y, A, A, A, A, A, A]), rule) is Result.FAILED
    assert decided(ballots([Y, Y, Y, Y, N, N, N, N]), rule) is Result.FAILED  # half is not more


@pytest.mark.parametrize(
    ("text", "value", "strictly", "absolute"),
    [
        ("2/3", Fraction(2, 3), False, False),
        (" > 1/2 ", Fraction(1, 2), True, False),
        (">=60%", Fraction(3, 5), False, False),
        ("0.5", Fraction(1, 2), False, False),
        ("1", Fraction(1), False, False),
        ("3", Fraction(3), False, True),
        (">0", Fraction(0), True, False),
    ],
)
def test_shares(text: str, value: Fraction, strictly: bool, absolute: bool) -> None:
    assert share(text) == Share(value=value, strictly=strictly, absolute=absolute)


@pytest.mark.parametrize(
    "text", ["", "half", "1/0", "0", "-1/2", "120%", "3/2", ">1", "nan", "1e9x"]
)
def test_shares_that_cannot_be(text: str) -> None:
    with pytest.raises(Unreadable):
        share(text)
