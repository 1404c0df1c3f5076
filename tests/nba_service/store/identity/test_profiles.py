"""Profiles of several ids: what is put replaces the whole, and each id keeps what it brought."""

from __future__ import annotations

from nba_service.store.identity.profiles import Profiles, fill, forget, origins_of, part, put, read, unite
from nba_service.store.rows import CustomerRow
from nba_service.store.sql.row_codec import customer_columns
from nba_service.store.sql_store import SqlStore


def row(customer: str, **attributes: object) -> CustomerRow:
    return CustomerRow(customer_id=customer, attributes=attributes, updated_at=1)


def test_filling_takes_only_what_is_missing() -> None:
    profile = CustomerRow(customer_id="a", account_id="x", attributes={"b": 1}, updated_at=5)
    gaps = CustomerRow(customer_id="b", account_id="y", attributes={"b": 2, "c": 3}, time_zone="UTC")

    assert fill(profile, gaps) == CustomerRow(
        customer_id="a", account_id="x", attributes={"b": 1, "c": 3}, time_zone="UTC", updated_at=5
    )


def test_a_profile_of_one_id_keeps_no_origins(store: SqlStore) -> None:
    with store._transaction(write=True) as connection:
        put(connection, {"a": "a"}, [row("a", x=1), row("a", x=2)])
        assert read(connection, ["a", "nobody"]) == {
            "a": Profiles(row("a", x=2), {"a": row("a", x=2)}, ("a",))
        }
        assert forget(connection, ["a", "nobody"]) == 1


def test_what_is_put_under_an_alias_is_the_persons_until_they_are_parted(store: SqlStore) -> None:
    with store._transaction(write=True) as connection:
        put(connection, {"a": "a"}, [row("a", x=1)])
        put(connection, {"b": "b"}, [row("b", x=2, y=2)])
        unite(connection, "a", ["b"], None)
        assert read(connection, ["a", "b"])["a"].whole == row("a", x=1, y=2)
        put(connection, {"b": "a"}, [row("b", z=3)])
        assert read(connection, ["a"])["a"].whole == row("a", z=3)

        part(connection, "a", "b", {"b"})

        whole = {customer: found.whole for customer, found in read(connection, ["a", "b"]).items()}
        assert whole == {"a": row("a", x=1), "b": row("b", z=3)}


def test_somebody_without_a_profile_of_their_own_has_none_again(store: SqlStore) -> None:
    with store._transaction(write=True) as connection:
        put(connection, {"b": "b"}, [row("b", y=2)])
        unite(connection, "a", ["b"], None)
        assert read(connection, ["a"])["a"].whole == row("a", y=2)

        part(connection, "a", "b", {"b"})

        assert {customer: found.whole for customer, found in read(connection, ["a", "b"]).items()} == {
            "b": row("b", y=2)
        }


def test_a_profile_of_unknown_origin_stays_with_the_person(store: SqlStore) -> None:
    with store._transaction(write=True) as connection:
        put(connection, {"a": "a"}, [row("a", y=2)])

        part(connection, "a", "b", {"b"})

        assert read(connection, ["a", "b"])["a"].whole == row("a", y=2)


def test_an_import_under_an_alias_says_so() -> None:
    text = origins_of({**customer_columns(row("b", y=2)), "customer_id": "b"})

    assert text.count('"b"') >= 2
    assert text.endswith('"used":["b"]}')
