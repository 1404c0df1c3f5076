"""A journey as tables that a marketer reads.

Who moves where, what is done when, and what limits it. Knows journeys and plain tables; how a table gets to
the screen is ``output``'s business.
"""

from __future__ import annotations

from models.domain.actions import Action, Channel, ContactLimit, Policy
from models.domain.journey import Journey
from nba_service.cli.output import Table


def journey_title(journey: Journey) -> str:
    """One line: whose journey, and how much there is of it."""
    return (
        f"{journey.company}: {len(journey.phases)} phases, {len(journey.channels)} channels, "
        f"{len(journey.actions)} actions, {len(journey.treatments) - 1} treatments and doing nothing "
        f"({journey.currency}, {journey.time_zone}, file {journey.sha256[:12]})"
    )


def journey_tables(journey: Journey) -> list[Table]:
    """All tables of ``nba journey show``, in reading order."""
    return [
        phases_table(journey),
        grid_table(journey),
        actions_table(journey),
        channels_table(journey),
        limits_table(journey),
        policies_table(journey),
    ]


def phases_table(journey: Journey) -> Table:
    """Phases with their values, what leads in and where they lapse to."""
    rows = []
    for phase in journey.phases:
        lapse = f"{phase.lapse.after_days:g} d → {phase.lapse.to}" if phase.lapse else "stays"
        rules = [
            rule.when + (f" (from {', '.join(rule.from_phases)})" if rule.from_phases else "")
            for rule in journey.phase_rules
            if rule.to == phase.name
        ]
        rows.append((phase.name, phase.label, f"{phase.value:,.0f}", lapse, " or ".join(rules) or "–"))
    columns = ("phase", "label", journey.currency, "without activity", "entered when")
    return Table("Phases", columns, rows, right=frozenset({journey.currency}))


def grid_table(journey: Journey) -> Table:
    """Which actions are for which phase, over which channels, in the playbook's order first."""
    rows = []
    for phase in journey.phases:
        order = journey.playbook.get(phase.name, ())
        actions = [a for a in journey.actions if not a.phases or phase.name in a.phases]
        actions.sort(key=lambda a: order.index(a.name) if a.name in order else len(order))
        for place, action in enumerate(actions):
            played = str(order.index(action.name) + 1) if action.name in order else ""
            reach = [("●" if channel.name in action.channels else "") for channel in journey.channels]
            rows.append((phase.name if place == 0 else "", played, action.name, *reach))
    columns = ("phase", "playbook", "action", *(channel.name for channel in journey.channels))
    return Table("Actions per phase and channel", columns, rows, right=frozenset({"playbook"}))


def actions_table(journey: Journey) -> Table:
    """What an action is worth, how often, and what the marketer believes of it."""
    rows = [_action_row(action) for action in journey.actions]
    columns = ("action", "purpose", "group", journey.currency, "again after", "prior", "moves", "locales")
    return Table("Actions", columns, rows, right=frozenset({journey.currency, "again after", "prior"}))


def _action_row(action: Action) -> tuple[str, ...]:
    locales = sorted({locale for texts in action.content.values() for locale in texts})
    return (
        action.name,
        action.purpose.value,
        action.group or "",
        f"{action.value:g}",
        "" if action.repeat_after_days is None else f"{action.repeat_after_days:g} d",
        "" if action.prior.propensity is None else f"{action.prior.propensity:.0%}",
        ", ".join(f"{phase} × {odds:g}" for phase, odds in action.prior.moves.items()),
        ", ".join(locales),
    )


def channels_table(journey: Journey) -> Table:
    """Where customers are met, at what cost and under which conditions."""
    rows = [_channel_row(channel) for channel in journey.channels]
    columns = ("channel", "label", journey.currency, "direction", "consent", "quiet", "a day", "placements")
    return Table("Channels", columns, rows, right=frozenset({journey.currency, "a day"}))


def _channel_row(channel: Channel) -> tuple[str, ...]:
    hours = channel.quiet_hours
    return (
        channel.name,
        channel.label,
        f"{channel.cost:g}",
        "inbound" if channel.inbound else "outbound",
        channel.consent or "",
        f"{hours.start:%H:%M}–{hours.end:%H:%M}" if hours else "",
        "" if channel.daily_capacity is None else str(channel.daily_capacity),
        ", ".join(channel.placements),
    )


def limits_table(journey: Journey) -> Table:
    """How many contacts a customer gets at most."""
    rows = [
        (limit.code, str(limit.count), f"{limit.window_days:g}", _limited(limit))
        for limit in journey.contact_limits
    ]
    columns = ("limit", "contacts", "days", "counts")
    return Table("Contact limits", columns, rows, right=frozenset({"contacts", "days"}))


def _limited(limit: ContactLimit) -> str:
    return _scope(channels=limit.channels, groups=limit.groups, actions=limit.actions)


def policies_table(journey: Journey) -> Table:
    """The rules that must hold, in the order of the tiers."""
    tiers = ("eligibility", "applicability", "suitability")
    policies = sorted(journey.policies, key=lambda policy: tiers.index(policy.tier.value))
    rows = [(p.tier.value, p.code, _concerned(p), p.when) for p in policies]
    return Table("Policies (must hold)", ("tier", "code", "concerns", "rule"), rows)


def _concerned(policy: Policy) -> str:
    purposes = tuple(purpose.value for purpose in policy.purposes)
    return _scope(purposes=purposes, groups=policy.groups, actions=policy.actions, channels=policy.channels)


def _scope(**filters: tuple[str, ...]) -> str:
    stated = [
        f"{name[:-1] if len(names) == 1 else name} {', '.join(names)}"
        for name, names in filters.items()
        if names
    ]
    return "; ".join(stated) or "everything"
