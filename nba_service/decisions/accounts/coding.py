"""Accounts as part of the state that a decision was made from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from models.domain.account import AccountContact, AccountState, Offer, RoleEvents


def encode_account(account: AccountState) -> dict[str, object]:
    """The account as JSON; ``decode_account`` gives it back."""
    return {
        "id": account.account_id,
        "role": account.role,
        "attributes": account.attributes,
        "people": account.people,
        "seen": {name: {role: list(e) for role, e in by.items()} for name, by in account.seen.items()},
        "acted": account.acted,
        "contacts": [list(contact) for contact in account.contacts],
        "offers": [list(offer) for offer in account.offers],
        "probability": account.probability,
    }


def decode_account(value: Mapping[str, Any]) -> AccountState:
    """The account that ``encode_account`` kept."""
    return AccountState(
        account_id=value["id"],
        role=value["role"],
        attributes=value["attributes"],
        people=value["people"],
        seen={name: {role: RoleEvents(*e) for role, e in by.items()} for name, by in value["seen"].items()},
        acted=value["acted"],
        contacts=tuple(AccountContact(*contact) for contact in value["contacts"]),
        offers=tuple(Offer(*offer) for offer in value["offers"]),
        probability=value["probability"],
    )
