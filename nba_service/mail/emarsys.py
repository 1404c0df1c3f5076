"""Emarsys "External Content".

One request for up to 1,000 contacts, answered contact by contact. The contract: ``parameters`` (a flat object
of reference fields per contact), ``fields`` (wanted), ``limit``. Every object of ``content`` must repeat all
reference fields of its contact and hold nothing nested, or Emarsys throws the whole answer away; so a contact
that cannot be decided gets the default.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from nba_service.errors import Problem
from nba_service.http.json_body import HalfText
from nba_service.mail.calls import Mail, MailReason
from nba_service.mail.content import MailContent
from nba_service.mail.request_values import read_call

MOST: Final = 1_000
_IDS: Final = ("customer_id", "recipient", "external_id", "uid", "UID", "email")
"""Reference fields that may hold the customer's id; the first that is there does."""


def answer_batch(
    mails: MailContent, placement: str, values: Mapping[str, object], over_limit: bool, seconds: float
) -> dict[str, object]:
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
    id_fields = (str(values["id"]), *_IDS) if values.get("id") else _IDS
    content: list[dict[str, object]] = []
    for contact in (contacts if isinstance(contacts, list) else [])[:MOST]:
        if isinstance(contact, HalfText) and isinstance(contact.raw, dict):
            mail = mails.default(placement, None, MailReason.REQUEST_INVALID)
            content.append(dict(_item(_mended(contact.raw), mail, fields)))
        elif isinstance(contact, dict):
            recipient = next((contact[name] for name in id_fields if contact.get(name)), "")
            parameters = {**shared, **contact, "recipient": recipient}
            mail = _mail(mails, placement, parameters, over_limit, seconds)
            content.append(dict(_item(contact, mail, fields)))
    return {"content": content}


def _mended(contact: Mapping[str, object]) -> Mapping[str, object]:
    """A contact whose texts can be answered: half of a surrogate pair becomes a question mark."""
    return {
        name.encode(errors="replace").decode(): value.encode(errors="replace").decode()
        for name, value in contact.items()
        if isinstance(value, str)
    }


def _mail(
    mails: MailContent, placement: str, parameters: Mapping[str, object], over_limit: bool, seconds: float
) -> Mail:
    stated = parameters.get("locale")
    locale = stated if isinstance(stated, str) else None
    if over_limit:
        return mails.default(placement, locale, MailReason.RATE_LIMITED)
    try:
        call = read_call(str(parameters.get("placement") or placement), parameters)
    except Problem:
        return mails.default(placement, locale, MailReason.REQUEST_INVALID)
    return mails.content(call, seconds)


def _item(
    contact: Mapping[str, object], mail: Mail, fields: Sequence[str] | None
) -> Iterator[tuple[str, object]]:
    """The wanted fields, and every reference field as it came; these win over a field of the same name."""
    texts = mail.to_json()
    yield from ((name, texts[name]) for name in (texts if fields is None else fields) if name in texts)
    yield from contact.items()
