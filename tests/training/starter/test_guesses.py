"""Which column is what, by name and values; what the user states wins."""

from __future__ import annotations

from pathlib import Path

import pytest

from models.errors import TrainingConfigError
from training.starter.guesses import guess
from training.starter.profiles import profiles


def test_three_files_are_customers_contacts_and_events(exports: Path) -> None:
    roles = guess(profiles(exports), {})

    assert (roles.contacts.source, roles.action.name, roles.customer) == (
        "mailings",
        "campaign",
        "customer_no",
    )
    assert roles.time is not None
    assert roles.time.name == "sent"
    assert roles.control == ("No mailing",)
    assert roles.customers is not None
    assert roles.customers.source == "customers"
    assert [column.name for _, column in roles.attributes] == ["Age", "Town", "Club"]
    assert [(e.file.source, e.touchpoints()) for e in roles.events] == [("orders", {"ordered": "ordered"})]
    assert (roles.outcome, roles.response) == (None, "ordered")
    assert any("chance" in sentence for sentence in roles.unsure)


def test_one_file_holds_all(tmp_path: Path) -> None:
    rows = "\n".join(f"{'AB'[i % 2]},{i % 3 == 0:d},{i % 5},{i},{i % 2:d}" for i in range(60))
    (tmp_path / "test.csv").write_text(f"variant,converted,visits_before,spend,opened\n{rows}\n")

    roles = guess(profiles(tmp_path), {})

    assert (roles.customer, roles.time, roles.action.name) == (None, None, "variant")
    assert roles.outcome is not None
    assert roles.outcome.name == "converted"
    assert [column.name for _, column in roles.attributes] == []  # visits_before sounds like a response, too
    assert any(
        "known only afterwards, so no attributes: visits_before, spend, opened" in s for s in roles.unsure
    )


def test_what_is_stated_wins(exports: Path) -> None:
    stated = {
        "action": "customers.Town",
        "customer": "customers.Customer No",
        "outcome": "Club",
        "channel": "none",
    }

    roles = guess(profiles(exports), stated)

    assert (roles.action.name, roles.customer, roles.channel) == ("Town", "Customer No", None)
    assert roles.outcome is not None
    assert roles.outcome.name == "Club"


@pytest.mark.parametrize(
    ("stated", "said"),
    [
        ({"action": "gone"}, "expected a column of customers: Customer No, Age"),
        ({"action": "orders.amount"}, "at most 60 different actions"),
        ({"outcome": "gone"}, "got 'gone'"),
    ],
)
def test_what_is_stated_and_not_there_is_named(exports: Path, stated: dict[str, str], said: str) -> None:
    with pytest.raises(TrainingConfigError, match=said):
        guess(profiles(exports), stated)


def test_without_an_action_or_a_response_there_is_nothing_to_learn(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("customer_id,age\n1,20\n2,30\n")
    with pytest.raises(TrainingConfigError, match="what was done to a customer"):
        guess(profiles(tmp_path), {})
    (tmp_path / "a.csv").write_text("customer_id,campaign\n1,x\n2,y\n")
    with pytest.raises(TrainingConfigError, match="whether a customer responded"):
        guess(profiles(tmp_path), {})
