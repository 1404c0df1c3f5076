"""From checked values to the immutable ``Journey``: defaults, and short forms written out.

Runs only on a file without problems. Short forms: limits under a channel become contact limits of the
journey; ``default`` texts of an action are copied to each of its channels; a label that is left out is
made from the name.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from models.domain.journey import (
    Action,
    Arm,
    Attribute,
    Bounds,
    Channel,
    ContactLimit,
    Content,
    Exploration,
    Factors,
    Gate,
    GoldenDecision,
    Journey,
    Lapse,
    NewTreatments,
    Objective,
    Outcome,
    Phase,
    PhaseRule,
    Policy,
    Prior,
    QuietHours,
    ShareBound,
    Touchpoint,
    Updates,
)

DEFAULT_CHANNEL: Final = "default"
"""The key under ``content`` whose texts every channel of the action has unless it states its own."""

Values = Mapping[str, Any]


def build_journey(values: Values, sha256: str) -> Journey:
    """The journey that ``values`` (of ``JourneyShape``, references checked) describe."""
    outcomes = values["outcomes"]
    optional = {key: outcomes[key] for key in ("response_window_days",) if key in outcomes}
    optional |= {key: values[key] for key in ("profile_consent", "delivery_window_days") if key in values}
    return Journey(
        company=values["company"],
        currency=values["currency"],
        time_zone=values["time_zone"],
        default_locale=values["default_locale"],
        attributes=tuple(Attribute(**_labelled(n, v)) for n, v in _items(values, "attributes")),
        consents=tuple(values.get("consents", {})),
        touchpoints=tuple(Touchpoint(**_labelled(n, v)) for n, v in _items(values, "touchpoints")),
        phases=tuple(_phase(n, v) for n, v in _items(values, "phases")),
        phase_rules=tuple(_phase_rule(rule) for rule in values.get("phase_rules", ())),
        channels=tuple(_channel(n, v) for n, v in _items(values, "channels")),
        contact_limits=(*_channel_limits(values), *map(_limit, values.get("contact_limits", ()))),
        outcomes=tuple(Outcome(**_labelled(n, v)) for n, v in _items(outcomes, "named")),
        default_outcome=outcomes["default"],
        actions=tuple(_action(n, v) for n, v in _items(values, "actions")),
        policies=tuple(Policy(**_tuples(rule)) for rule in values.get("policies", ())),
        playbook={phase: tuple(actions) for phase, actions in _items(values, "playbook")},
        objective=_objective(values.get("objective", {})),
        gate=_gate(values.get("gate", {})),
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


def _phase(name: str, values: Values) -> Phase:
    fields = _labelled(name, values)
    if "lapse" in fields:
        fields["lapse"] = Lapse(**fields["lapse"])
    return Phase(**fields)


def _phase_rule(values: Values) -> PhaseRule:
    return PhaseRule(when=values["when"], to=values["to"], from_phases=tuple(values.get("from_", ())))


def _channel(name: str, values: Values) -> Channel:
    fields = _labelled(name, {key: value for key, value in values.items() if key != "limits"})
    if "quiet_hours" in fields:
        fields["quiet_hours"] = QuietHours(**fields["quiet_hours"])
    return Channel(**fields)


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


def _action(name: str, values: Values) -> Action:
    fields = _labelled(name, values)
    fields["prior"] = Prior(**fields.get("prior", {}))
    fields["content"] = _contents(fields.get("content", {}), fields["channels"])
    return Action(**fields)


def _contents(written: Values, channels: tuple[str, ...]) -> dict[str, dict[str, Content]]:
    """Texts per channel and locale; each field that a channel leaves out comes from ``default``."""
    common = written.get(DEFAULT_CHANNEL, {})
    contents: dict[str, dict[str, Content]] = {}
    for channel in channels:
        own = written.get(channel, {})
        merged = {
            locale: {**common.get(locale, {}), **own.get(locale, {})}
            for locale in dict.fromkeys((*common, *own))
        }
        texts = {locale: Content(**{"title": "", **text}) for locale, text in merged.items()}
        if texts:
            contents[channel] = texts
    return contents


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
    if "arms" in fields:
        fields["arms"] = tuple(Arm(name=name, **arm) for name, arm in fields["arms"].items())
    return Objective(**fields)


def _gate(values: Values) -> Gate:
    fields = dict(values)
    golden = fields.pop("golden_decisions", ())
    return Gate(**fields, golden_decisions=tuple(GoldenDecision(**_tuples(each)) for each in golden))
