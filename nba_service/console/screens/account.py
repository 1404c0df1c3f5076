"""Account: its people, where it stands, and whom to speak to next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from models.domain.actions import NOTHING
from models.domain.history import from_ms
from nba_service.console.desk import Desk
from nba_service.console.page import Cell, Column, Page, Table
from nba_service.customers.accounts import Accounts
from nba_service.decisions.calls import DecisionCall
from nba_service.decisions.decide import Decisions
from nba_service.errors import Problem
from nba_service.http.current import current
from nba_service.keys.scopes import Scope
from nba_service.resilience.resilient_store import ResilientStore

MOST_LISTED: Final = 200
_SECONDS: Final = 5.0
Json = Mapping[str, Any]


def show(desk: Desk) -> Page:
    """An account, or all of them to choose from."""
    desk.session.require(Scope.READ)
    wanted = desk.args.get("id", "").strip()
    account = _read(wanted) if wanted else None
    if account is None or desk.journey is None:
        return _choose(desk, wanted)
    decided = _decision(wanted, account)
    return Page(
        template="account",
        finding=finding(desk, account, decided),
        lede=lede(desk, account),
        values={
            "account": account,
            "people": [_row_link(desk, person) for person in account["people"]],
            "facts": facts(desk, account),
            "offers": account_offers(desk, decided),
        },
        tables=(people_table(desk, account), offers_table(desk, decided)),
    )


def _read(account_id: str) -> Json | None:
    try:
        return current(Accounts).get(account_id)
    except Problem as problem:
        if problem.code == "ACCOUNT_UNKNOWN":
            return None
        raise


def _decision(account_id: str, account: Json) -> Json | None:
    """What would be decided now; nothing is stored."""
    if not account["people"]:
        return None
    return current(Decisions).hypothetical(DecisionCall(account_id=account_id)).answer


def finding(desk: Desk, account: Json, decided: Json | None) -> str:
    """Whom to speak to, about what; or that nobody should be."""
    t, name = desk.words, str(account["account_id"])
    if decided is None:
        return t("account.finding.nobody", id=name)
    first = decided["actions"][0]
    if first["action"] == NOTHING:
        return t("account.finding.nothing", id=name)
    return t(
        "account.finding.speak",
        id=name,
        person=decided["customer_id"],
        role=role_label(desk, decided["account"]["role"]),
        action=desk.action(first["action"]),
        channel=desk.channel(first["channel"]),
    )


def lede(desk: Desk, account: Json) -> str:
    """How many people it has, and in which phase it is."""
    t, number = desk.words, desk.words.number(len(account["people"]))
    if account["phase"] is None:
        return t("account.lede.people", n=number)
    return t("account.lede.phase", n=number, phase=desk.phase(account["phase"]))


def facts(desk: Desk, account: Json) -> list[tuple[str, str]]:
    """Declared attributes with their labels."""
    accounts = None if desk.journey is None else desk.journey.accounts
    labels = {} if accounts is None else {one.name: one.label for one in accounts.attributes}
    return [(labels.get(name, name), _told(desk, value)) for name, value in account["attributes"].items()]


def _told(desk: Desk, value: object) -> str:
    if isinstance(value, bool):
        return desk.words("yes" if value else "no")
    return desk.words.number(value) if isinstance(value, int | float) else str(value)


def role_label(desk: Desk, role: str | None) -> str:
    """What the journey file calls a role."""
    accounts = None if desk.journey is None else desk.journey.accounts
    known = {} if accounts is None else {one.name: one.label for one in accounts.roles}
    return desk.words("account.no_role") if role is None else known.get(role, role)


def people_table(desk: Desk, account: Json) -> Table:
    """Its people, with what happened last with each."""
    columns = (
        Column("customer"),
        Column("role"),
        Column("last_contact", "time"),
        Column("last_event", "time"),
    )
    return Table(name="account_people", columns=columns, rows=[_row(desk, one) for one in account["people"]])


def offers_table(desk: Desk, decided: Json | None) -> Table:
    """What would be best for each of them."""
    columns = (
        Column("role"),
        Column("action"),
        Column("channel"),
        Column("over_nothing_eur", "money"),
        Column("probability", "percent"),
    )
    return Table(name="account_offers", columns=columns, rows=account_offers(desk, decided))


def account_offers(desk: Desk, decided: Json | None) -> list[tuple[Cell, ...]]:
    """By gain, best first."""
    offers: Sequence[Json] = () if decided is None else decided["account"]["people"]
    return [
        (
            role_label(desk, one["role"]),
            desk.action(one["action"]),
            desk.channel(one["channel"]),
            one["over_nothing"],
            one["probability"],
        )
        for one in offers
    ]


def _row(desk: Desk, person: Json) -> tuple[Cell, ...]:
    role = role_label(desk, person["role"])
    return (person["customer_id"], role, person["last_contact_at"], person["last_event_at"])


def _row_link(desk: Desk, person: Json) -> tuple[str, tuple[Cell, ...]]:
    return desk.link("customer", id=person["customer_id"]), _row(desk, person)


def _choose(desk: Desk, wanted: str) -> Page:
    """No account is asked for, or none has that id."""
    t, store = desk.words, current(ResilientStore)
    listed = store.ask(lambda: store.plain.accounts("", MOST_LISTED), _SECONDS)
    rows: list[tuple[Cell, ...]] = [
        (str(one["account_id"]), int(str(one["people"])), from_ms(int(str(one["updated_at"]))))
        for one in listed
    ]
    links = [desk.link("account", id=row[0]) for row in rows]
    unknown = t("account.unknown", id=wanted[:80]) if wanted else ""
    columns = (Column("account"), Column("people", "count"), Column("updated_at", "day"))
    return Page(
        template="account_choose",
        finding=unknown or t("account.choose" if rows else "account.empty"),
        values={"rows": list(zip(links, rows, strict=True)), "wanted": wanted},
        tables=(Table(name="accounts", columns=columns, rows=rows),),
    )
