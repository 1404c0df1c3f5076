"""Emarsys "External Content": one request for up to 1,000 contacts, answered contact by contact.

The contract: ``parameters`` (a flat object of reference fields per contact), ``fields`` (wanted), ``limit``.
Every object of ``content`` must repeat all reference fields of its contact and hold nothing nested, or
Emarsys throws the whole answer away; so a contact that cannot be decided gets the default.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any, Final

from nba_service.errors import Problem
from nba_service.mail.calls import Mail, Why
from nba_service.mail.content import Mails
from nba_service.mail.request_values import read_call

MOST: Final = 1_000
_IDS: Final = ("customer_id", "recipient", "external_id", "uid", "UID", "email")
"""Reference fields that may hold the customer's id; the first that is there does."""


def answer_batch(
    mails: Mails, placement: str, values: Mapping[str, Any], over_limit: bool, seconds: float
) -> dict[str, Any]:
    """The body of the answer; one bad contact gets the default and stops no other.

    Args:
        values: the body of the request and its query parameters, which hold for all contacts.
        seconds: for one contact.
    """
    contacts = values.get("parameters")
    shared = {
        name: value for name, value in values.items() if name not in ("parameters", "fields", "limit", "id")
    }
    wanted = values.get("fields")
    fields = [name for name in wanted if isinstance(name, str)] if isinstance(wanted, list) else None
    found: list[dict[str, Any]] = []
    for contact in (contacts if isinstance(contacts, list) else [])[:MOST]:
        if isinstance(contact, dict):
            mail = _mail(
                mails,
                placement,
                contact,
                {**shared, **contact},
                str(values.get("id", "")),
                over_limit,
                seconds,
            )
            found.append(dict(_item(contact, mail, fields)))
    return {"content": found}


def _mail(
    mails: Mails,
    placement: str,
    contact: Mapping[str, Any],
    values: dict[str, Any],
    id_field: str,
    over_limit: bool,
    seconds: float,
) -> Mail:
    locale = values.get("locale") if isinstance(values.get("locale"), str) else None
    if over_limit:
        return mails.default(placement, locale, Why.RATE_LIMITED)
    names = (id_field, *_IDS) if id_field else _IDS
    values["recipient"] = next((contact[name] for name in names if contact.get(name)), "")
    try:
        return mails.content(read_call(str(values.get("placement") or placement), values), seconds)
    except Problem:
        return mails.default(placement, locale, Why.REQUEST_INVALID)


def _item(contact: Mapping[str, Any], mail: Mail, fields: Sequence[str] | None) -> Iterator[tuple[str, Any]]:
    """What was asked for, and every reference field as it came; these win over a field of the same name."""
    texts = asdict(mail)
    yield from ((name, texts[name]) for name in (texts if fields is None else fields) if name in texts)
    yield from contact.items()
