"""Checked values become the immutable ``Journey``.

Runs only on a file without problems. Short forms: limits under a channel become contact limits of the
journey; ``default`` texts of an action are copied to each of its channels; a label that is left out is
made from the name.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from models.domain.actions import (
    Action,
    Channel,
    ChannelKind,
    ContactLimit,
    Content,
    Policy,
    Prior,
    QuietHours,
)
from models.domain.configurations import Choice, Compatibility, Configurator, Option
from models.domain.journey import (
    Accounts,
    Attribute,
    Journey,
    Lapse,
    Mail,
    Outcome,
    Phase,
    PhaseRule,
    Role,
    Touchpoint,
)
from models.domain.objective import (
    Arm,
    Bounds,
    Exploration,
    Factors,
    Gate,
    GoldenDecision,
    NewTreatments,
    Objective,
    Satisfaction,
    ShareBound,
    Updates,
)

DEFAULT_CHANNEL: Final = "default"
"""The key under ``content`` whose texts every channel of the action has unless it states its own."""
FALLBACK: Final = "fallback"
"""The key under ``content`` whose texts stand in when the others fail."""

_USUAL_NAMES: Final = {
    ChannelKind.EMAIL: {"email", "mail", "newsletter"},
    ChannelKind.WEB: {"web", "website", "site", "shop", "portal"},
    ChannelKind.APP: {"app", "push", "inapp"},
    ChannelKind.SMS: {"sms", "whatsapp", "messenger"},
    ChannelKind.PHONE: {"phone", "call", "telephone", "callcenter"},
    ChannelKind.LETTER: {"letter", "post", "postal", "print"},
    ChannelKind.VOICE: {"voice", "speech", "assistant"},
}

Values = Mapping[str, Any]


def build_journey(values: Values, sha256: str) -> Journey:
    """The journey that ``values`` (of ``JourneyShape``, references checked) describe."""
    outcomes = values["outcomes"]
    slots = {
        slot: name for name, channel in _items(values, "channels") for slot in channel.get("placements", ())
    }
    optional = {key: outcomes[key] for key in ("response_window_days",) if key in outcomes}
    optional |= {key: values[key] for key in ("profile_consent", "delivery_window_days") if key in values}
    return Journey(
        company=values["company"],
        currency=values["currency"],
        time_zone=values["time_zone"],
        default_locale=values["default_locale"],
        attributes=_attributes(values, "attributes"),
        accounts=_accounts(values["accounts"]) if "accounts" in values else None,
        consents=tuple(values.get("consents", {})),
        touchpoints=tuple(_touchpoint(n, v) for n, v in _items(values, "touchpoints")),
        phases=tuple(_phase(n, v) for n, v in _items(values, "phases")),
        phase_rules=tuple(_phase_rule(rule) for rule in values.get("phase_rules", ())),
        channels=tuple(_channel(n, v) for n, v in _items(values, "channels")),
        contact_limits=(*_channel_limits(values), *map(_limit, values.get("contact_limits", ()))),
        outcomes=tuple(_outcome(n, v) for n, v in _items(outcomes, "named")),
        default_outcome=outcomes["default"],
        actions=tuple(_action(n, v, slots) for n, v in _items(values, "actions")),
        configurators=tuple(_configurator(n, v) for n, v in _items(values, "configurations")),
        policies=tuple(Policy(**_tuples(rule)) for rule in values.get("policies", ())),
        playbook={phase: tuple(actions) for phase, actions in _items(values, "playbook")},
        objective=_objective(values.get("objective", {})),
        gate=_gate(values.get("gate", {})),
        mail=_mail(values.get("mail", {})),
        sha256=sha256,
        **optional,
    )


def limit_code(channel: str, limit: Values) -> str:
    """The code of a limit under a channel that states none: ``EMAIL_3_IN_7_DAYS``."""
    window = f"{limit['window_days']:g}".replace(".", "_")
    return str(limit.get("code") or f"{channel.upper()}_{limit['count']}_IN_{window}_DAYS")


def label_of(name: str) -> str:
    """``savings_teaser`` → ``Savings teaser``."""
    return name.replace("_", " ").capitalize()


def _items(values: Values, key: str) -> Any:
    return values.get(key, {}).items()


def _tuples(values: Values) -> dict[str, Any]:
    return {key: tuple(value) if isinstance(value, list) else value for key, value in values.items()}


def _labelled(name: str, values: Values) -> dict[str, Any]:
    return {"name": name, "label": label_of(name), **_tuples(values)}


def _attributes(values: Values, key: str) -> tuple[Attribute, ...]:
    return tuple(Attribute(**_labelled(name, fields)) for name, fields in _items(values, key))


def _touchpoint(name: str, values: Values) -> Touchpoint:
    fields = {**values, "properties": _attributes(values, "properties")}
    return Touchpoint(**_labelled(name, fields))


def _outcome(name: str, values: Values) -> Outcome:
    return Outcome(**_labelled(name, {**values, "properties": _attributes(values, "properties")}))


def _phase(name: str, values: Values) -> Phase:
    fields = _labelled(name, values)
    if "lapse" in fields:
        fields["lapse"] = Lapse(**fields["lapse"])
    return Phase(**fields)


def _phase_rule(values: Values) -> PhaseRule:
    return PhaseRule(when=values["when"], to=values["to"], from_phases=tuple(values.get("from_", ())))


def _accounts(values: Values) -> Accounts:
    return Accounts(
        roles=tuple(Role(**_labelled(n, v)) for n, v in _items(values, "roles")),
        attributes=_attributes(values, "attributes"),
        phase_rules=tuple(_phase_rule(rule) for rule in values.get("phase_rules", ())),
    )


def _channel(name: str, values: Values) -> Channel:
    fields = _labelled(name, {key: value for key, value in values.items() if key != "limits"})
    if "quiet_hours" in fields:
        fields["quiet_hours"] = QuietHours(**fields["quiet_hours"])
    fields["kind"] = kind_of(name, values)
    return Channel(**fields)


def kind_of(name: str, channel: Values) -> ChannelKind:
    """What is stated, else by the usual names, else: what customers visit is a page, what we send an SMS."""
    if "kind" in channel:
        return ChannelKind(channel["kind"])
    words = set(name.split("_"))
    kinds = (kind for kind, names in _USUAL_NAMES.items() if names & words)
    return next(kinds, ChannelKind.WEB if channel.get("inbound") else ChannelKind.SMS)


def _channel_limits(values: Values) -> list[ContactLimit]:
    return [
        ContactLimit(
            code=limit_code(name, limit),
            count=limit["count"],
            window_days=limit["window_days"],
            channels=(name,),
        )
        for name, channel in _items(values, "channels")
        for limit in channel.get("limits", ())
    ]


def _limit(values: Values) -> ContactLimit:
    return ContactLimit(**_tuples(values))


def _action(name: str, values: Values, slots: Mapping[str, str]) -> Action:
    fields = _labelled(name, values)
    fields["prior"] = Prior(**fields.get("prior", {}))
    written = fields.get("content", {})
    fields["content"] = _contents(written, fields["channels"], slots)
    fields["variants"] = _variants(written, fields.get("variants", {}), fields["channels"], slots)
    fields["fallback"] = _complete(written.get(FALLBACK, {}))
    return Action(**fields)


def _variants(
    written: Values, variants: Values, channels: tuple[str, ...], slots: Mapping[str, str]
) -> dict[str, dict[str, dict[str, Content]]]:
    """The contents of each variant where they are not all the same.

    Each field that a variant leaves out comes from the same place of ``written``.
    """
    whole = {name: _contents(over_contents(written, own), channels, slots) for name, own in variants.items()}
    places = dict.fromkeys(place for contents in whole.values() for place in contents)
    first = next(iter(whole.values()), {})
    differing = [
        place for place in places if any(one.get(place) != first.get(place) for one in whole.values())
    ]
    return {
        name: {place: contents[place] for place in differing if place in contents}
        for name, contents in whole.items()
    }


def over_contents(written: Values, own: Values) -> Values:
    """Contents as they are written, with the fields of a variant's in their place."""
    return {key: _over(written.get(key) or {}, own.get(key) or {}) for key in dict.fromkeys((*written, *own))}


def _contents(
    written: Values, channels: tuple[str, ...], slots: Mapping[str, str]
) -> dict[str, dict[str, Content]]:
    """Texts per channel or placement and locale.

    Each field that a placement leaves out comes from its channel, and what that leaves out from
    ``default``. ``slots``: placement → channel.
    """
    common = written.get(DEFAULT_CHANNEL, {})
    merged = {channel: _over(common, written.get(channel, {})) for channel in channels}
    for name, own in written.items():
        channel = slots.get(name, "")
        if name not in merged and channel in channels:
            merged[name] = _over(merged[channel], own)
    return {name: _complete(texts) for name, texts in merged.items() if texts}


def _over(common: Values, own: Values) -> Values:
    """Per locale: ``common`` with the fields of ``own`` in their place."""
    return {
        locale: {**(common.get(locale) or {}), **(own.get(locale) or {})}
        for locale in dict.fromkeys((*common, *own))
    }


def _complete(texts: Values) -> dict[str, Content]:
    return {locale: Content(**{"title": "", **text}) for locale, text in texts.items()}


def _configurator(name: str, values: Values) -> Configurator:
    fields = _labelled(name, values)
    fields["options"] = tuple(_option(n, v) for n, v in _items(values, "options"))
    fields["rules"] = tuple(_compatibility(rule) for rule in values.get("rules", ()))
    return Configurator(**fields)


def _option(name: str, values: Values) -> Option:
    fields = _labelled(name, values)
    fields["choices"] = tuple(Choice(**_labelled(n, v)) for n, v in _items(values, "choices"))
    fields.setdefault("default", fields["choices"][0].name)
    return Option(**fields)


def _compatibility(values: Values) -> Compatibility:
    """Choices by option, as tuples."""
    asked = {key: {n: tuple(v) for n, v in _items(values, key)} for key in ("when", "needs") if key in values}
    return Compatibility(**{**_tuples(values), **asked})


def _exploration(values: Values) -> Exploration:
    new = NewTreatments(**values.get("new", {}))
    return Exploration(**{**values, "new": new})


def _bounds(values: Values) -> Bounds:
    shares = {name: ShareBound(**bound) for name, bound in _items(values, "shares")}
    return Bounds(**{**values, "shares": shares})


def _objective(values: Values) -> Objective:
    fields = dict(values)
    if "exploration" in fields:
        fields["exploration"] = _exploration(fields["exploration"])
    if "factors" in fields:
        fields["factors"] = Factors(**fields["factors"])
    if "updates" in fields:
        fields["updates"] = Updates(**fields["updates"])
    if "bounds" in fields:
        fields["bounds"] = _bounds(fields["bounds"])
    if "satisfaction" in fields:
        fields["satisfaction"] = Satisfaction(**fields["satisfaction"])
    if "arms" in fields:
        fields["arms"] = tuple(Arm(name=name, **arm) for name, arm in fields["arms"].items())
    return Objective(**fields)


def _mail(values: Values) -> Mail:
    defaults = {name: _complete(texts) for name, texts in _items(values, "defaults")}
    return Mail(links=tuple(values.get("links", ())), defaults=defaults)


def _gate(values: Values) -> Gate:
    fields = dict(values)
    golden = fields.pop("golden_decisions", ())
    return Gate(**fields, golden_decisions=tuple(GoldenDecision(**_tuples(each)) for each in golden))
