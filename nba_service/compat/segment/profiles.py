"""From ``identify`` and ``group`` to a profile.

What they say goes over what is stored.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import marshmallow as ma

from models.domain.journey import Journey
from nba_service.compat.names import slug
from nba_service.compat.segment.messages import Message
from nba_service.decisions.calls import Profile
from nba_service.decisions.checks import profile_problems
from nba_service.engine.names import Names
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
    usable, unusable = _attributes(names, {**before.attributes, **attributes})
    profile = Profile(
        account_id=message.id_in("groupId") if group else before.account_id,
        attributes=usable,
        consent={**before.consent, **dict(_consents(journey, stated, context))},
        locale=_valid(Locale(), context.get("locale")) or before.locale,
        time_zone=_valid(TimeZone(), context.get("timezone")) or before.time_zone,
    )
    return profile, ignored | {name: why for name, why in unusable.items() if name in traits}


def _as_profile(stored: CustomerRow) -> Profile:
    return Profile(
        account_id=stored.account_id,
        attributes=stored.attributes,
        consent=stored.consent,
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
) -> Iterator[tuple[str, bool]]:
    """Consent as Segment's consent managers put it into the context, and as a trait of its own."""
    stated = context.get("consent")
    preferences = stated.get("categoryPreferences") if isinstance(stated, dict) else None
    for source in (preferences, traits.get("consent")):
        for name, value in (source if isinstance(source, dict) else {}).items():
            if isinstance(value, bool) and slug(name) in {*journey.consents, "personalization"}:
                yield slug(name), value


def _valid(kind: Locale | TimeZone, value: object) -> str | None:
    try:
        return str(kind.deserialize(value)) if isinstance(value, str) else None
    except ma.ValidationError:
        return None
