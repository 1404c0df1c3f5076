"""The demo's experiment: six weeks that the service decided, with arms, a challenger and a shadow.

Customers who are in no history are made up by the same equations. For six weeks the service itself decides
for them, at the time of each decision and with what was known then, so that the console has an experiment to
read: arms as the journey file draws them, a challenger that explores less, and a shadow for which letters
cost twice as much. Both are the champion's models under a changed journey file. `make demo` runs it.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import numpy as np

from models.bundle import GoldenRows, Provenance, load_bundle, save_bundle
from models.domain.history import DAY_MS, from_ms, to_ms
from models.domain.interaction import Kind
from models.registry import Registry, Role
from nba_service.decisions.calls import DecisionCall
from nba_service.services import Services, make_services
from nba_service.settings import load_settings
from nba_service.store.rows import CustomerRow, InteractionRow, OutcomeRow
from training.simulator.world.events import Events
from training.simulator.world.load import load_world
from training.simulator.world.state import State
from training.simulator.world.step import StepResult
from training.simulator.world.world import World

QUIET_STEPS: Final = 6
"""Decisions at which nobody is contacted, so that everybody has a past of their own."""
STEPS: Final = 3
SHARE: Final = 0.3
AT_ONCE: Final = 200
BEGUN: Final = timedelta(days=26)
"""Before the end: when the trials begin, in the period that the console shows first."""
CHALLENGER: Final = ("gamma: 10, floor: 0.02", "gamma: 40, floor: 0.01", "explores less")
SHADOW: Final = ("cost: 1.4", "cost: 2.8", "letters at twice the postage")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--world", type=Path, required=True)
    parser.add_argument("--customers", type=int, default=1200)
    parser.add_argument("--ends-at", type=datetime.fromisoformat, required=True)
    parser.add_argument("--seed", type=int, default=7)
    given = parser.parse_args()
    ends_at = given.ends_at.replace(tzinfo=UTC)
    settings = replace(load_settings(), web_deadline_ms=60_000, request_timeout_seconds=600)
    begin_trials(Registry(settings.registry), ends_at - BEGUN)
    services = make_services(settings, poll=False)
    services.store.plain.migrate()
    try:
        made = live_through(services, given.world, given.customers, ends_at, given.seed)
    finally:
        services.store.close()
    print(f"{made} decisions for {given.customers} customers")  # noqa: T201 (a step of the demo)


def begin_trials(registry: Registry, since: datetime) -> None:
    """A challenger for a share of the customers and a shadow, each the champion with one line changed."""
    champion = registry.champion()
    if champion is None:
        raise SystemExit("Expected a champion in the registry, got none. Train first: nba train.")
    for role, name, (before, after, reason), share in (
        (Role.CHALLENGER, "calm", CHALLENGER, SHARE),
        (Role.SHADOW, "postage", SHADOW, None),
    ):
        bundle_id = f"{champion}-{name}"
        if bundle_id not in {entry.bundle_id for entry in registry.bundles()}:
            _publish(registry, champion, bundle_id, (before, after))
        registry.trials.begin(role, bundle_id, reason, since, share=share)


def _publish(registry: Registry, champion: str, bundle_id: str, change: tuple[str, str]) -> None:
    folder = registry.path(champion)
    bundle = load_bundle(folder)
    files = {file.name: file.read_bytes() for file in folder.glob("golden_*.npy")}
    text = (folder / "journey.yaml").read_text(encoding="utf-8")
    if text.count(change[0]) != 1:
        raise SystemExit(f"Expected {change[0]!r} once in the journey file of {champion}, it is not.")
    with tempfile.TemporaryDirectory(dir=registry.path(champion).parent) as place:
        new = Path(place) / bundle_id
        save_bundle(
            new,
            bundle_id=bundle_id,
            created_at=datetime.now(UTC),
            models=bundle.models,
            journey_bytes=text.replace(*change).encode(),
            golden=GoldenRows.from_files(files),
            provenance=Provenance(),
        )
        registry.add(new, bundle_id)


def live_through(services: Services, path: Path, customers: int, ends_at: datetime, seed: int) -> int:
    """The customers' weeks, decided by the service; how many decisions were made."""
    world = load_world(path)
    days = (QUIET_STEPS + STEPS) * world.file.step_days
    world = load_world(path, start=ends_at - timedelta(days=days))
    rng = np.random.default_rng([seed, 15])
    people = world.people(customers, rng)
    state, events = world.start(people, rng)
    ids = [f"n-{number:05d}" for number in range(customers)]
    _put_customers(services, world, state, ids)
    nothing = np.zeros(customers, dtype=np.int64)
    made = stored = 0
    for step in range(QUIET_STEPS + STEPS):
        stored += _put_events(services, world, events, ids, stored, to_ms(ends_at))
        treatment, moments = nothing, world.instant(state)
        if step >= QUIET_STEPS:
            treatment, moments, number = _decide(services, world, state, ids, step, to_ms(ends_at))
            made += number
        result = world.step(state, treatment, world.noise(customers, rng), rng)
        if step >= QUIET_STEPS:
            _put_outcomes(services, world, result, ids, step, moments, to_ms(ends_at))
        events = result.events
    _put_events(services, world, events, ids, stored, to_ms(ends_at))
    return made


def _put_customers(services: Services, world: World, state: State, ids: Sequence[str]) -> None:
    journey = world.journey
    named = [(place, one.consent) for place, one in enumerate(journey.channels) if one.consent]
    rows = [
        CustomerRow(
            customer_id=who,
            attributes=dict(attributes),
            consent={name: bool(may[place]) for place, name in named} | {"personalization": True},
            locale=journey.default_locale,
            time_zone=journey.time_zone,
        )
        for who, attributes, may in zip(ids, state.people.attributes, state.available, strict=True)
    ]
    services.store.plain.put_customers(rows)


def _put_events(
    services: Services, world: World, events: Events, ids: Sequence[str], number: int, until: int
) -> int:
    """Store what customers did themselves; how many events."""
    journey = world.journey
    own = (events.kind == Kind.TOUCHPOINT) & (events.occurred_at < until)
    rows = [
        InteractionRow(
            interaction_id=f"n-i-{number + place:08d}",
            customer_id=ids[who],
            occurred_at=int(at),
            touchpoint=world.emission.touchpoints[touchpoint],
            channel=None if channel < 0 else journey.channels[channel].name,
            phase=None if phase < 0 else journey.phases[phase].name,
        )
        for place, (who, at, touchpoint, channel, phase) in enumerate(
            zip(
                *(getattr(events, name)[own].tolist() for name in
                  ("customer", "occurred_at", "touchpoint", "channel", "phase")),
                strict=True,
            )
        )
    ]  # fmt: skip
    for start in range(0, len(rows), 2_000):
        services.store.plain.add_interactions(rows[start : start + 2_000])
    return len(rows)


def _decide(
    services: Services, world: World, state: State, ids: Sequence[str], step: int, until: int
) -> tuple[Any, Any, int]:
    """Ask the service for everybody, by day at noon; what it chose, when, and how many it decided."""
    journey = world.journey
    eligible, instant = world.eligible(state), world.instant(state)
    noon = (instant // DAY_MS) * DAY_MS + DAY_MS // 2
    moments = np.where(noon >= instant, noon, noon + DAY_MS)
    names = [one.name for one in journey.treatments]
    treatment = np.zeros(len(ids), dtype=np.int64)
    order = [who for who in np.argsort(moments, kind="stable").tolist() if moments[who] < until]
    for start in range(0, len(order), AT_ONCE):
        some = order[start : start + AT_ONCE]
        calls = [
            DecisionCall(
                customer_id=ids[who],
                decision_id=f"n-d-{who:05d}-{step}",
                decided_at=from_ms(int(moments[who])),
                exclude=tuple(names[code] for code in np.flatnonzero(~eligible[who]).tolist() if code),
            )
            for who in some
        ]
        for who, answered in zip(some, services.decisions.decide(calls, batch=True), strict=True):
            first = answered.answer["actions"][0]
            treatment[who] = journey.treatment_index[first["action"], first["channel"]]
    return treatment, moments, len(order)


def _put_outcomes(
    services: Services,
    world: World,
    result: StepResult,
    ids: Sequence[str],
    step: int,
    moments: Any,
    until: int,
) -> None:
    rows = []
    for who in np.flatnonzero((result.outcome >= 0) & (moments < until)).tolist():
        at = max(int(result.outcome_at[who]), int(moments[who]) + 60_000)
        if at < until:
            outcome = world.journey.outcomes[int(result.outcome[who])].name
            decision_id = f"n-d-{who:05d}-{step}"
            rows.append(
                OutcomeRow(
                    outcome_id=f"n-o-{who:05d}-{step}",
                    decision_id=decision_id,
                    outcome=outcome,
                    occurred_at=at,
                )
            )
    services.store.plain.add_outcomes(rows)


if __name__ == "__main__":
    main()
