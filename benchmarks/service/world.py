"""A world for timing the service: a bundle with twenty treatments, and customers with a past in a store.

The journey is the solar company's, cut to twenty treatments that are all candidates, under its own seven
policies and its own limits, wide enough that repeated calls do not use them up.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import numpy as np
import yaml

from benchmarks.decide import ROOT, synthetic_models
from models.bundle import GoldenRows, Models, Provenance, save_bundle
from models.domain.history import to_ms
from models.domain.journey import Journey
from models.journey_file import parse_journey
from models.journey_file.yaml_tree import read_yaml
from models.registry import Registry
from nba_service.settings import Settings
from nba_service.store import open_store
from nba_service.store.rows import CustomerRow, InteractionRow

TREATMENTS: Final = 20
CUSTOMERS: Final = 5_000
EVENTS: Final = 20
NOON: Final = datetime(2026, 11, 20, 11, tzinfo=UTC)
"""When decisions are asked for: daytime for everybody, so that no quiet hours empty the list."""

_NAMES: Final = ("page_view", "email_click", "energy_check", "savings_calculator", "roof_viewer", "page_view")


def journey_text() -> bytes:
    """The solar company's journey file with twenty treatments, doing nothing among them."""
    path = ROOT / "examples/solar/journey.yaml"
    whole: dict[str, Any] = dict(read_yaml(path.read_bytes(), str(path))[0])
    actions: dict[str, Any] = {}
    room = TREATMENTS - 1
    for name, action in whole["actions"].items():
        if room:
            channels = action["channels"][:room]
            room -= len(channels)
            kept = {k: v for k, v in action.items() if k not in _BARRIERS}
            content = {k: v for k, v in action["content"].items() if k in ("default", *channels)}
            actions[name] = {**kept, "channels": channels, "content": content}
    whole["touchpoints"] = {name: _of(one, actions) for name, one in whole["touchpoints"].items()}
    for channel in whole["channels"].values():
        channel.pop("daily_capacity", None)
        if "limits" in channel:
            channel["limits"] = [{"count": 10_000, "window_days": 30}]
    for touchpoint in whole["touchpoints"].values():
        if touchpoint and "actions" in touchpoint:
            left = [name for name in touchpoint.pop("actions") if name in actions]
            touchpoint |= {"actions": left} if left else {}
    limits = [{**limit, "count": 10_000} for limit in whole["contact_limits"] if "groups" not in limit]
    groups = {action["group"] for action in actions.values() if "group" in action}
    policies = [_about(policy, actions, groups) for policy in whole["policies"]]
    objective = {k: v for k, v in whole["objective"].items() if k not in ("arms", "levers")}
    whole.pop("gate")
    whole |= {"actions": actions, "contact_limits": limits, "objective": objective, "playbook": {}}
    whole["policies"] = [policy for policy in policies if policy]
    return yaml.safe_dump(whole, sort_keys=False).encode()


_BARRIERS: Final = (
    "phases",
    "repeat_after_days",
    "requires",
    "conflicts",
    "stop_after_ignored",
    "stop_after_positive",
)


def _about(policy: dict[str, Any], actions: dict[str, Any], groups: set[str]) -> dict[str, Any] | None:
    """The policy for the actions and groups that are left."""
    for field, known in (("actions", actions), ("groups", groups)):
        if field in policy:
            left = [name for name in policy[field] if name in known]
            if not left:
                return None
            policy = {**policy, field: left}
    return policy


def _of(touchpoint: dict[str, Any], actions: dict[str, Any]) -> dict[str, Any]:
    """The touchpoint of the actions that are left."""
    left = [name for name in touchpoint.get("actions", ()) if name in actions]
    rest = {k: v for k, v in touchpoint.items() if k != "actions"}
    return {**rest, "actions": left} if left else rest


def publish(root: Path, *others: str) -> tuple[Journey, Models]:
    """A registry with one champion, made once; what it serves. ``others``: ids of bundles beside it."""
    text = journey_text()
    journey = parse_journey(text, "journey.yaml")
    registry = Registry(root)
    if registry.champion() is None:
        models = synthetic_models(journey)
        for name in ("benchmark", *others):
            staged = root / "new" / name
            save_bundle(
                staged, bundle_id=name, created_at=NOON, models=models, journey_bytes=text,
                golden=_golden(models, len(journey.treatments)), provenance=Provenance(),
            )  # fmt: skip
            registry.add(staged, name)
        registry.promote("benchmark", "benchmark", NOON)
    return journey, registry.load("benchmark").models


def _golden(models: Models, treatments: int) -> GoldenRows:
    rng = np.random.default_rng(1)
    spec = models.spec
    return GoldenRows(
        customer_x=rng.poisson(1.0, (3, len(spec.customer_names))).astype(np.float32),
        candidate_x=rng.poisson(1.0, (treatments, len(spec.candidate_names))).astype(np.float32),
        row=np.arange(treatments) % 3,
        phase=np.zeros(3, dtype=np.int64),
        treatment=np.arange(treatments),
    )


def fill(settings: Settings) -> None:
    """Customers with a profile, every consent, twenty events and a kept state; nothing if they are there."""
    store = open_store(settings)
    store.migrate()
    if store.customer("c-1") is None:
        step = 250
        for first in range(0, CUSTOMERS, step):
            numbers = range(first, min(first + step, CUSTOMERS))
            store.put_customers([_customer(n) for n in numbers])
            store.add_interactions([event for n in numbers for event in _events(n)])
    after: str | None = ""
    while after is not None:  # as the recovery worker of a service that has run for a while
        _, after = store.make_states(after)
    store.close()


def _customer(number: int) -> CustomerRow:
    consent = dict.fromkeys(("email", "sms", "phone", "letter", "personalization"), True)
    attributes = {
        "roof_area_m2": 40 + number % 60, "roof_pitch_deg": 35, "household_size": 1 + number % 5,
        "annual_kwh": 2_000 + number % 4_000, "home_owner": True, "open_ticket_severity": "none",
    }  # fmt: skip
    return CustomerRow(
        customer_id=f"c-{number}", attributes=attributes, consent=consent, locale="de-AT",
        time_zone="Europe/Vienna",
    )  # fmt: skip


def _events(number: int) -> list[InteractionRow]:
    return [
        InteractionRow(
            interaction_id=f"i-{number}-{k}",
            customer_id=f"c-{number}",
            occurred_at=to_ms(NOON - timedelta(days=160 - 7 * k, hours=(number + k) % 24)),
            channel="website",
            touchpoint=_NAMES[(number + k) % len(_NAMES)],
        )
        for k in range(EVENTS)
    ]
