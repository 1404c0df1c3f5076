"""What the others of an account did, in sums that tell nobody's id."""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from models.domain.account import AccountContact, Colleague, RoleEvents, account_state, colleague_of
from models.domain.interaction import Interaction, Kind
from models.domain.past import Past, build_past, event_of


def past(*events: tuple[int, str, Kind, str | None]) -> Past:
    return build_past(
        event_of(
            Interaction(
                occurred_at=datetime.fromtimestamp(at / 1000, UTC),
                channel="email",
                touchpoint=name,
                kind=kind,
                action=action,
            ),
            f"e-{number}",
        )
        for number, (at, name, kind, action) in enumerate(events)
    )


DID = past(
    (1_000, "visit", Kind.TOUCHPOINT, None),
    (2_000, "contact", Kind.CONTACT, "offer"),
    (3_000, "visit", Kind.TOUCHPOINT, None),
    (4_000, "mail_sent", Kind.TOUCHPOINT, "offer"),
    (9_000, "visit", Kind.TOUCHPOINT, None),
    (9_500, "contact", Kind.CONTACT, "call"),
)


def test_sums_end_before_the_moment_and_contacts_do_not() -> None:
    sums = colleague_of("user", DID, known=True, moment=9_000, since=2_000, contact_names={"mail_sent"})

    assert sums.events["visit"] == (2, 3_000)
    assert sums.acted == {"offer": 2}
    assert sums.contacts == (
        AccountContact(2_000, "offer", "email"),
        AccountContact(4_000, "offer", "email"),
        AccountContact(9_500, "call", "email"),
    )


def test_what_was_folded_away_counts_too() -> None:
    folded = colleague_of("user", DID.fold(4_500), known=True, moment=9_000, since=5_000)
    whole = colleague_of("user", DID, known=True, moment=9_000, since=5_000)

    assert folded == whole


def test_of_somebody_who_may_not_be_profiled_only_contacts_count() -> None:
    sums = colleague_of("user", DID, known=False, moment=9_000, since=0)

    assert (sums.events, sums.acted) == ({}, {})
    assert len(sums.contacts) == 2


def test_people_of_one_role_are_summed() -> None:
    others = [
        Colleague(role="user", events={"visit": (2, 50)}, acted={"offer": 1}),
        Colleague(role="user", events={"visit": (1, 70)}),
        Colleague(role="decider", events={"quote": (1, 60)}, acted={"offer": 2}),
    ]

    account = account_state("acme", "user", {"employees": 5}, others)

    assert account.people == {"decider": 1, "user": 2}
    assert account.seen == {
        "quote": {"decider": RoleEvents(1, 1, 60)},
        "visit": {"user": RoleEvents(2, 3, 70)},
    }
    assert account.acted == {"offer": 3}


COLLEAGUES = st.builds(
    Colleague,
    role=st.sampled_from(["", "user", "decider"]),
    events=st.dictionaries(st.sampled_from("ab"), st.tuples(st.integers(1, 5), st.integers(0, 9))),
    acted=st.dictionaries(st.sampled_from("xy"), st.integers(1, 3)),
    contacts=st.lists(
        st.builds(AccountContact, st.integers(0, 9), st.sampled_from(["x", None]), st.just("email"))
    ).map(tuple),
)


@given(st.lists(COLLEAGUES, max_size=5).flatmap(lambda all_: st.tuples(st.just(all_), st.permutations(all_))))
def test_the_order_of_people_changes_nothing(orders: tuple[list[Colleague], list[Colleague]]) -> None:
    one, other = (account_state("acme", "user", {}, people) for people in orders)

    assert one == other
    assert repr(one) == repr(other)
