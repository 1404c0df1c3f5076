"""Checks whether a call fits the journey file and the clock.

It names what is not known, with what there is. Knows names, attribute types and times; knows nothing of HTTP.
Schemas have checked shapes before; this is what needs a journey. Stored data is not refused but sieved
(``usable_attributes``): the journey file may have changed since.
"""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterator, Mapping
from datetime import datetime, timedelta

from models.domain.actions import NOTHING
from models.domain.field_values import attribute_expected
from models.domain.journey import Attribute
from nba_service.decisions.calls import DecisionCall, InteractionCall, OutcomeCall, Profile, TakenCall
from nba_service.engine.names import Names
from nba_service.errors import FieldProblem
from nba_service.http.body import describe
from nba_service.store.rows import DELIVERED


def decision_problems(
    names: Names, call: DecisionCall, latest: datetime, path: str = ""
) -> Iterator[FieldProblem]:
    """Everything in a decision call that the journey file does not know or that lies after ``latest``."""
    if call.account_id is not None and not names.accounts:
        yield FieldProblem(
            field=f"{path}account_id",
            code="UNKNOWN_NAME",
            detail="expected a journey file with accounts, got one without. Declare accounts and the roles of"
            " their people there, or name a customer_id.",
        )
    if call.phase is not None:
        yield from unknown_names("phase", f"{path}phase", [call.phase], names.phase)
    yield from unknown_names("channel", f"{path}channels", call.channels or (), names.channel)
    yield from unknown_names("placement", f"{path}placements", call.placements or (), names.placement)
    yield from unknown_names("action", f"{path}exclude", call.exclude, names.excluded)
    weights = call.context.get("weights") or {}
    yield from unknown_names("action", f"{path}context.weights", weights, names.weighted)
    if call.profile is not None:
        yield from profile_problems(names, call.profile, f"{path}profile.")
    for index, interaction in enumerate(call.interactions):
        yield from interaction_problems(names, interaction, latest, f"{path}interactions[{index}].")
    yield from _future(f"{path}context.time", call.decided_at, latest)
    if call.taken is not None:
        yield from _taken_problems(names, call, call.taken, path)
    if call.window is not None and call.window.begin is not None and call.window.begin > call.window.until:
        yield FieldProblem(
            field=f"{path}window.until",
            code="FIELD_RANGE",
            detail=f"expected a time after {call.window.begin.isoformat()}, got an earlier one. Swap them.",
        )


def _taken_problems(names: Names, call: DecisionCall, taken: TakenCall, path: str) -> Iterator[FieldProblem]:
    """What is wrong with what a caller says that it did itself."""
    if call.limit > 1 or len(call.placements or ()) > 1:
        yield FieldProblem(
            field=f"{path}taken",
            code="FIELD_RANGE",
            detail="expected one slot next to `taken`, got more. Ask once for each slot.",
        )
    if taken.action == NOTHING:
        return
    yield from unknown_names("action", f"{path}taken.action", [taken.action], names.action)
    mark = f"{taken.action}@"
    ways = sorted(name.removeprefix(mark) for name in names.excluded if name.startswith(mark))
    if taken.action in names.action and taken.channel not in ways:
        yield FieldProblem(
            field=f"{path}taken.channel",
            code="UNKNOWN_CHANNEL",
            detail=f"expected a channel of {taken.action!r}: {', '.join(ways)}; got {taken.channel!r}.",
        )


def profile_problems(names: Names, profile: Profile, path: str = "") -> Iterator[FieldProblem]:
    if profile.role is not None:
        yield from unknown_names("role", f"{path}role", [profile.role], names.roles)
    yield from attribute_problems(names.attributes, profile.attributes, path)


def attribute_problems(
    known: Mapping[str, Attribute], attributes: Mapping[str, object], path: str = ""
) -> Iterator[FieldProblem]:
    """Attributes that the journey file does not know, or whose values it does not allow."""
    yield from unknown_names("attribute", f"{path}attributes", attributes, known)
    remedy = "Send null or leave it out if unknown."
    yield from _value_problems(known, attributes, f"{path}attributes", "ATTRIBUTE_VALUE", remedy)


def interaction_problems(
    names: Names, call: InteractionCall, latest: datetime, path: str
) -> Iterator[FieldProblem]:
    for kind, value, known in (
        ("channel", call.channel, names.channel),
        ("action", call.action, names.action),
        ("phase", call.phase, names.phase),
    ):
        if value is not None:
            yield from unknown_names(kind, path + kind, [value], known)
    yield from property_problems(names, call.touchpoint, call.properties, path)
    yield from _future(f"{path}occurred_at", call.occurred_at, latest)


def property_problems(
    names: Names, event: str, properties: Mapping[str, object], path: str = ""
) -> Iterator[FieldProblem]:
    """Typed properties of an event that have other values; those that nobody typed may be anything."""
    typed = names.properties.get(event)
    if not typed:
        return
    where = "outcomes.named" if event in names.outcome else "touchpoints"
    remedy = f"The journey file types it under {where}.{event}.properties.{{name}}; leave it out if unknown."
    yield from _value_problems(typed, properties, f"{path}properties", "PROPERTY_VALUE", remedy)


def _value_problems(
    known: Mapping[str, Attribute], values: Mapping[str, object], field: str, code: str, remedy: str
) -> Iterator[FieldProblem]:
    """Values that the journey file does not allow; those of names that it does not know are no matter."""
    for name, value in values.items():
        expected = attribute_expected(known[name], value) if name in known else None
        if expected:
            yield FieldProblem(
                field=f"{field}.{name}",
                code=code,
                detail=f"expected {expected}, got {describe(value)}. {remedy.replace('{name}', name)}",
            )


def outcome_problems(names: Names, call: OutcomeCall, latest: datetime, path: str) -> Iterator[FieldProblem]:
    yield from unknown_names("outcome", f"{path}outcome", [call.outcome], names.outcome)
    if call.decision_id is None:
        yield from unknown_names("action", f"{path}action", [call.action or ""], names.action)
        yield from unknown_names("channel", f"{path}channel", [call.channel or ""], names.channel)
        if call.outcome == DELIVERED:
            yield FieldProblem(
                field=f"{path}outcome",
                code="FIELD_RANGE",
                detail="expected a decision_id with the outcome 'delivered', got none: it says which decision"
                " reached the customer. Send the id of the decision.",
            )
    yield from property_problems(names, call.outcome, call.properties, path)
    yield from _future(f"{path}occurred_at", call.occurred_at, latest)


def usable_attributes(names: Names, attributes: Mapping[str, object]) -> dict[str, object]:
    """The stored attributes that this journey file knows and whose values it allows."""
    return allowed_attributes(names.attributes, attributes)


def allowed_attributes(known: Mapping[str, Attribute], attributes: Mapping[str, object]) -> dict[str, object]:
    """The attributes that are known and have values that are allowed."""
    return {
        name: value
        for name, value in attributes.items()
        if value is not None and name in known and attribute_expected(known[name], value) is None
    }


def unknown_names(
    kind: str, path: str, names: Collection[str], known: Collection[str]
) -> Iterator[FieldProblem]:
    """Names of a kind (``channel``) that are not known, with what there is and what may be meant."""
    for name in names:
        if name not in known:
            close = difflib.get_close_matches(name, known, n=1)
            remedy = f"Did you mean {close[0]!r}?" if close else "`nba journey show` lists them."
            listed = ", ".join(sorted(known)[:30]) or "none"
            yield FieldProblem(
                field=path,
                code=f"UNKNOWN_{kind.upper()}",
                detail=f"expected one of {listed}, got {describe(name)}. {remedy}",
            )


def _future(path: str, moment: datetime | None, latest: datetime) -> Iterator[FieldProblem]:
    if moment is not None and moment > latest:
        yield FieldProblem(
            field=path,
            code="TIME_IN_FUTURE",
            detail=f"expected a time not after {_shown(latest)}, got {_shown(moment)}."
            " Check the sender's clock and the time zone.",
        )


def latest_time(now: datetime, skew_seconds: int) -> datetime:
    """How late a time may be: clocks differ a little."""
    return now + timedelta(seconds=skew_seconds)


def _shown(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds").replace("+00:00", "Z")
