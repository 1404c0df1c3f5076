"""From ``identify`` and ``group`` to a profile.

What they say goes over what is stored. A message that is older than the stored profile fills its gaps only:
phones send old messages when they are back online. Of consents a profile says what the message says; the
ledger decides what holds.
"""

from __future__ import annotations

from collections.abc import Mapping

import marshmallow as ma

from models.domain.journey import Journey
from nba_service.compat.names import slug
from nba_service.compat.segment.messages import Message
from nba_service.decisions.calls import Profile
from nba_service.decisions.checks import profile_problems
from nba_service.engine.names import Names
from nba_service.http.body import describe
from nba_service.http.fields import Locale, TimeZone
from nba_service.store.rows import CustomerRow


def profile_of(
    message: Message, stored: CustomerRow | None, names: Names, journey: Journey
) -> tuple[Profile, dict[str, str]]:
    """The profile to store, and what of the message could not be used, and why.

    Raises:
        Problem: a ``group`` without an id.
    """
    before = Profile() if stored is None else _as_profile(stored)
    group = message.type == "group"
    stated: Mapping[str, object] = {} if group else message.part("traits")
    context: Mapping[str, object] = {} if group else message.part("context")
    traits = {name: value for name, value in stated.items() if name != "consent"}
    attributes, ignored = _attributes(names, traits)
    consents, unread = _consents(journey, stated, context)
    ignored |= unread
    said = Profile(
        account_id=message.id_in("groupId") if group else None,
        attributes=attributes,
        locale=_valid(Locale(), context, "locale", ignored),
        time_zone=_valid(TimeZone(), context, "timezone", ignored),
    )
    late = stored is not None and message.at < stored.updated_at
    first, second = (before, said) if late else (said, before)
    usable, unusable = _attributes(names, {**second.attributes, **first.attributes})
    profile = Profile(
        account_id=first.account_id or second.account_id,
        attributes=usable,
        consent=consents,
        locale=first.locale or second.locale,
        time_zone=first.time_zone or second.time_zone,
    )
    return profile, ignored | {name: why for name, why in unusable.items() if name in traits}


def _as_profile(stored: CustomerRow) -> Profile:
    return Profile(
        account_id=stored.account_id,
        attributes=stored.attributes,
        locale=stored.locale,
        time_zone=stored.time_zone,
    )


def _attributes(names: Names, traits: Mapping[str, object]) -> tuple[dict[str, object], dict[str, str]]:
    """Traits that the journey file has as attributes, and why the others are none."""
    ignored: dict[str, str] = {}
    for problem in profile_problems(names, Profile(attributes=traits)):
        name = problem.field.removeprefix("attributes.")
        if name in traits and problem.field != "attributes":
            ignored[name] = problem.detail
    ignored |= {
        name: "the journey file has no such attribute" for name in traits if name not in names.attributes
    }
    return {name: value for name, value in traits.items() if name not in ignored}, ignored


def _consents(
    journey: Journey, traits: Mapping[str, object], context: Mapping[str, object]
) -> tuple[dict[str, bool], dict[str, str]]:
    """Consent as Segment's consent managers put it into the context, and as a trait of its own.

    Returns:
        What is stated, and what cannot be read as true or false, and why.
    """
    manager = context.get("consent")
    preferences = manager.get("categoryPreferences") if isinstance(manager, dict) else None
    consents: dict[str, bool] = {}
    ignored: dict[str, str] = {}
    for path, source in (("context.consent", preferences), ("consent", traits.get("consent"))):
        if source is not None and not isinstance(source, dict):
            ignored[path] = f"expected an object of true and false, got {describe(source)}"
            continue
        for name, value in (source or {}).items():
            if slug(name) not in {*journey.consents, "personalization"}:
                ignored[f"{path}.{name}"] = "the journey file has no such consent"
            elif isinstance(value, bool):
                consents[slug(name)] = value
            else:
                ignored[f"{path}.{name}"] = f"expected true or false, got {describe(value)}"
    return consents, ignored


def _valid(
    kind: Locale | TimeZone, context: Mapping[str, object], name: str, ignored: dict[str, str]
) -> str | None:
    """What the context says, if it can be; else why not is added to ``ignored``."""
    value = context.get(name)
    if value is None:
        return None
    try:
        return str(kind.deserialize(value))
    except ma.ValidationError:
        ignored[f"context.{name}"] = f"expected {kind.expected}, got {describe(value)}"
        return None
