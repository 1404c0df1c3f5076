"""A simulated log.

The four tables that a company would have, and the truth of how they came about. Runs a world under its
logging policy and writes what the records hold: customers, interactions, decisions with their exact
probabilities, outcomes. Knows nothing of learning.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import UTC
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from models.arrays import Floats, Ints
from models.domain.history import DAY_MS, from_ms
from models.domain.interaction import Kind
from training.data.tables import SCHEMAS, Tables, write_tables
from training.simulator.log.candidate_log import Bits, candidate_texts, pack
from training.simulator.policies.policies import LoggingPolicy, Policy, View, draw
from training.simulator.world.events import DELIVERY_MS, Events, GrowingHistory, join
from training.simulator.world.state import State
from training.simulator.world.world import World

Progress = Callable[[int, int], None]


@dataclass(frozen=True, kw_only=True, eq=False)
class Log:
    """What happened, in columns.

    (K, n) for K decisions of n customers, by step and customer. ``decided_at``, ``phase`` (true),
    ``observed``, ``treatment``, ``probability``, ``eligible`` (packed bits, (K, n, ceil(T / 8))), ``outcome``
    (-1: none), ``outcome_at``, ``reward`` (EUR).
    """

    world: World
    state: State
    events: Events
    ends_at: int
    decided_at: Ints
    phase: Ints
    observed: Ints
    treatment: Ints
    probability: Floats
    eligible: Bits
    outcome: Ints
    outcome_at: Ints
    reward: Floats


def simulate_log(
    world: World,
    n_customers: int,
    days: int,
    rng: np.random.Generator,
    *,
    policy: Policy | None = None,
    progress: Progress = lambda done, total: None,
) -> Log:
    """Draw ``n_customers`` and let the logging policy (or ``policy``) decide for ``days``.

    What lies after the end is not in the log: outcomes of the last decisions may be missing, as in life.
    """
    chooser = LoggingPolicy(world.journey, world.file.logging) if policy is None else policy
    people = world.people(n_customers, rng)
    state, events = world.start(people, rng)
    ends_at = round(world.file.start.timestamp() * 1000) + days * DAY_MS
    steps = -(-days * DAY_MS // world.step_ms)
    collected, records = [events], []
    growing = GrowingHistory(n_customers, world.emission.touchpoints) if chooser.reads_history else None
    for step in range(steps):
        history = None
        if growing is not None:
            growing.append(collected[-1])
            history = growing.history()
        view = look(world, state, remaining=steps - step, history=history)
        probabilities = chooser.probabilities(view)
        treatment = draw(probabilities, rng.random(n_customers))
        before = (
            view.instant,
            state.phase,
            view.phase,
            treatment,
            probabilities[np.arange(n_customers), treatment],
            pack(view.eligible),
        )
        result = world.step(state, treatment, world.noise(n_customers, rng), rng)
        collected.append(result.events)
        records.append((*before, result.outcome, result.outcome_at, result.reward))
        progress(step + 1, steps)
    columns = [np.stack(column) for column in zip(*records, strict=True)]
    names = [f.name for f in fields(Log)][4:]
    return Log(
        world=world,
        state=state,
        events=join(collected),
        ends_at=ends_at,
        **dict(zip(names, columns, strict=True)),
    )


def look(world: World, state: State, *, remaining: int, history: Any = None) -> View:
    """What is known at the next decision."""
    return View(
        instant=world.instant(state),
        phase=state.observed,
        eligible=world.eligible(state),
        history=history,
        attributes=state.people.attributes,
        remaining=remaining,
        truth=state,
    )


def tables_of(log: Log) -> Tables:
    """The log as the four tables."""
    ids = np.array([f"c-{i:06d}" for i in range(log.state.n)], dtype=object)
    decided = log.decided_at < log.ends_at
    step, customer = np.nonzero(decided)
    decision_ids = np.array([f"d-{i:06d}-{k:03d}" for k, i in zip(step, customer, strict=True)], dtype=object)
    return Tables(
        customers=_customers(log, ids),
        interactions=_interactions(log, ids),
        decisions=_decisions(log, ids, decision_ids, (step, customer)),
        outcomes=_outcomes(log, decision_ids, (step, customer)),
    )


def _customers(log: Log, ids: Any) -> Any:
    people, journey = log.state.people, log.world.journey
    named = [(j, channel.consent) for j, channel in enumerate(journey.channels) if channel.consent]
    consents = [
        json.dumps({name: bool(row[j]) for j, name in named} | {"personalization": True})
        for row in log.state.available
    ]
    return _table(
        "customers",
        len(ids),
        customer_id=ids,
        attributes=[json.dumps(attributes, separators=(",", ":")) for attributes in people.attributes],
        consent=consents,
        locale=[journey.default_locale] * len(ids),
        time_zone=[journey.time_zone] * len(ids),
    )


def _interactions(log: Log, ids: Any) -> Any:
    journey, events = log.world.journey, log.events
    own = (events.kind == Kind.TOUCHPOINT) & (events.occurred_at < log.ends_at)
    seen = Events(**{f.name: getattr(events, f.name)[own] for f in fields(Events)}).sorted()
    return _table(
        "interactions",
        len(seen),
        interaction_id=[f"i-{i:08d}" for i in range(len(seen))],
        customer_id=ids[seen.customer],
        occurred_at=seen.occurred_at,
        channel=_names([c.name for c in journey.channels], seen.channel),
        touchpoint=_names(log.world.emission.touchpoints, seen.touchpoint),
        phase=_names([p.name for p in journey.phases], seen.phase),
        properties=_told(log, seen),
    )


def _told(log: Log, seen: Events) -> Any:
    """What events tell, as JSON; None where the world file has nothing. A customer always tells the same."""
    tells = log.world.file.tells
    if not tells:
        return None
    texts = np.full(len(seen), None, dtype=object)
    of_people = int(np.abs(log.state.people.warmth).sum() * 1e6)
    for touchpoint, properties in tells.items():
        rows = np.flatnonzero(seen.touchpoint == log.world.emission.code[touchpoint])
        said: list[dict[str, str]] = [{} for _ in rows]
        for name, words in properties.items():
            stream = np.random.default_rng([zlib.crc32(f"{touchpoint}.{name}".encode()), of_people])
            chance = np.array([*words.values()]) / sum(words.values())
            own = stream.choice(np.array([*words], dtype=object), size=log.state.n, p=chance)
            for text, word in zip(said, own[seen.customer[rows]], strict=True):
                text[name] = str(word)
        texts[rows] = [json.dumps(text) for text in said]
    return pa.array(texts.tolist(), type=pa.string())


def _decisions(log: Log, ids: Any, decision_ids: Any, at: tuple[Ints, Ints]) -> Any:
    treatments = log.world.journey.treatments
    treatment, decided_at = log.treatment[at], log.decided_at[at]
    return _table(
        "decisions",
        len(treatment),
        decision_id=decision_ids,
        customer_id=ids[at[1]],
        decided_at=decided_at,
        action=_names([t.action for t in treatments], treatment),
        channel=_names([t.channel for t in treatments], treatment),
        action_probability=log.probability[at],
        candidates=candidate_texts(log.eligible[at], treatments),
        policy=["logging"] * len(treatment),
        delivered_at=pa.array(decided_at + DELIVERY_MS, mask=treatment == 0),
    )


def _outcomes(log: Log, decision_ids: Any, at: tuple[Ints, Ints]) -> Any:
    outcome, outcome_at = log.outcome[at], log.outcome_at[at]
    came = (outcome >= 0) & (outcome_at < log.ends_at)
    ids = decision_ids[came]
    return _table(
        "outcomes",
        len(ids),
        outcome_id=[f"o{decision_id[1:]}" for decision_id in ids],
        decision_id=ids,
        outcome=_names([o.name for o in log.world.journey.outcomes], outcome[came]),
        occurred_at=outcome_at[came],
    )


def _names(names: Sequence[str | None], codes: Ints) -> Any:
    return pa.DictionaryArray.from_arrays(
        pa.array(codes, mask=codes < 0, type=pa.int32()), pa.array(names, type=pa.string())
    ).cast(pa.string())


def _table(name: str, rows: int, **columns: Any) -> Any:
    """A table with every column of the schema; what is not given is null."""
    schema = SCHEMAS[name]
    arrays = []
    for entry in schema:
        values = columns.get(entry.name)
        if values is None:
            arrays.append(pa.nulls(rows, entry.type))
        elif pa.types.is_timestamp(entry.type) and not isinstance(values, pa.Array):
            arrays.append(pa.array(values, type=pa.int64()).cast(entry.type))
        else:
            array = values if isinstance(values, pa.Array | pa.ChunkedArray) else pa.array(values)
            arrays.append(array.cast(entry.type))
    return pa.Table.from_arrays(arrays, schema=schema)


def write_log(log: Log, folder: Path, *, seed: int) -> dict[str, Any]:
    """Write the four Parquet files, the journey file, and ``truth.json``; returns what the latter holds."""
    tables = tables_of(log)
    write_tables(tables, folder)
    (folder / "journey.yaml").write_bytes(log.world.file.journey_bytes)
    truth = _truth(log, tables, seed)
    (folder / "truth.json").write_text(
        json.dumps(truth, indent=2, ensure_ascii=False) + "\n", encoding="utf-8"
    )
    return truth


def _truth(log: Log, tables: Tables, seed: int) -> dict[str, Any]:
    """How the history was made, to make it again or to judge what was learned from it."""
    file, phases = log.world.file, [phase.name for phase in log.world.journey.phases]
    final = np.bincount(log.state.phase, minlength=len(phases)).tolist()
    years = log.phase.shape[0] * file.step_days / 365.25
    return {
        "world": file.name,
        "class": file.kind,
        "journey_sha256": log.world.journey.sha256,
        "seed": seed,
        "start": file.start.astimezone(UTC).isoformat(),
        "end": from_ms(log.ends_at).isoformat(),
        "step_days": file.step_days,
        "logging": asdict(file.logging),
        "rows": tables.counts,
        "eur_per_customer_year": round(float(log.reward.sum(axis=0).mean()) / years, 4),
        "doing_nothing": round(float((log.treatment == 0).mean()), 4),
        "misread_phases": round(float((log.phase != log.observed).mean()), 4),
        "final_phases": dict(zip(phases, final, strict=True)),
    }
