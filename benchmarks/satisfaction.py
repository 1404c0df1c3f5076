"""Whether a largest loss of satisfaction holds, in a world with known truth.

Customers of three phases are decided for at random every week, some tell a score after it, some buy. Every
treatment changes both, by numbers that are known here and drawn anew for each seed. Engines learn from the
log: by money alone, with a largest loss of 0.1 points, and with points worth money. New customers are decided
for, and what they get is looked up in the truth.

    python -m benchmarks.satisfaction --seeds 11 12 13
"""

from __future__ import annotations

import argparse
import json
import tempfile
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa

from models.arrays import Floats
from models.domain.decision import DecisionRequest
from models.domain.interaction import Customer
from models.domain.journey import Journey
from models.domain.objective import Satisfaction, Unknown
from models.journey_file import parse_journey
from models.policy.decide import decide
from models.policy.engine import Engine
from training.api import fit, tables_from_frames

START: Final = datetime(2026, 1, 5, 9, tzinfo=UTC)
PHASES: Final = ("new", "active", "loyal")
LARGEST_LOSS: Final = 0.1

ACTIONS: Final = {
    # action: channels, group, value, chance of a yes, points of the next score
    "sales_call": (("phone", "sms"), "sales", 60.0, 0.16, -0.40),
    "discount": (("email", "sms"), "sales", 45.0, 0.14, -0.18),
    "reminder": (("email", "sms"), "sales", 45.0, 0.11, -0.08),
    "advice": (("email", "phone"), "service", 40.0, 0.08, 0.10),
    "news": (("email", "app"), "service", 20.0, 0.05, 0.0),
    "check_up": (("phone", "app"), "service", 40.0, 0.06, 0.20),
}
"""Twelve treatments: what sells best pleases least."""

SPREAD: Final = 0.08
"""By how much a treatment in a phase differs from its action, points (standard deviation)."""
TELLS: Final = 0.4
"""Chance that a customer tells a score in the week after a decision."""

JOURNEY: Final = """\
company: Known truth
currency: EUR
time_zone: UTC
default_locale: en
touchpoints:
  csat: {{properties: {{score: {{type: number, minimum: 0, maximum: 10}}}}}}
  started: Started
  renewed: Renewed
phases: {{new: New, active: Active, loyal: Loyal}}
phase_rules:
  - {{when: 'interaction.touchpoint == "started"', to: active}}
  - {{when: 'interaction.touchpoint == "renewed"', to: loyal}}
channels:
  email: {{cost: 0.1}}
  sms: {{cost: 0.2}}
  phone: {{cost: 1.0}}
  app: {{cost: 0.0, inbound: true}}
outcomes:
  response_window_days: 6
  default: silent
  named: {{bought: {{sentiment: positive}}, silent: Silent}}
actions:
{actions}
objective:
  horizon_days: 7
  discount_per_year: 0
  exploration: {{method: none}}
{satisfaction}"""


def journey_text(satisfaction: str = "") -> str:
    """The company's journey file; ``satisfaction``: fields of that section, as YAML in one line."""
    actions = "\n".join(
        f"  {name}: {{channels: [{', '.join(channels)}], group: {group}, value: {value}}}"
        for name, (channels, group, value, _, _) in ACTIONS.items()
    )
    section = f"  satisfaction: {{fact: csat, window_days: 7, {satisfaction}}}\n" if satisfaction else ""
    return JOURNEY.format(actions=actions, satisfaction=section)


@dataclass(frozen=True, slots=True, kw_only=True)
class Truth:
    """What treatments do. Shape (P, T) each; 0 for doing nothing.

    ``chance``: of a purchase; ``points``: of the next score over doing nothing; ``money``: EUR over doing
    nothing.
    """

    chance: Floats
    points: Floats
    money: Floats

    @classmethod
    def draw(cls, journey: Journey, rng: np.random.Generator) -> Truth:
        shape = (len(PHASES), len(journey.treatments))
        chance, points, money = np.full(shape, 0.02), np.zeros(shape), np.zeros(shape)
        for code, treatment in enumerate(journey.treatments):
            if treatment.channel is None:
                continue
            _, _, value, own, effect = ACTIONS[treatment.action]
            chance[:, code] = own * np.exp(0.2 * rng.standard_normal(len(PHASES)))
            points[:, code] = effect + SPREAD * rng.standard_normal(len(PHASES))
            cost = journey.channels[journey.channel_index[treatment.channel]].cost
            money[:, code] = value * chance[:, code] - cost
        return cls(chance=chance, points=points, money=money)


def simulate(truth: Truth, journey: Journey, customers: int, weeks: int, seed: int) -> dict[str, Any]:
    """The log as data frames: everybody decided for at random, each treatment as often as any other."""
    rng = np.random.default_rng(seed)
    treatments = len(journey.treatments)
    level = 7.0 + 0.7 * rng.standard_normal(customers)
    phase = rng.integers(0, len(PHASES), customers)
    rows: dict[str, list[dict[str, Any]]] = {"interactions": [], "decisions": [], "outcomes": []}
    for customer in range(customers):
        who = f"c{customer}"
        for name in ("started", "renewed")[: phase[customer]]:
            _event(rows, who, name, START - timedelta(days=3))
        for week in range(weeks):
            at = START + timedelta(days=7 * week, hours=float(rng.uniform(0, 20)))
            code = int(rng.integers(treatments))
            treatment, key = journey.treatments[code], f"{who}-{week}"
            rows["decisions"].append(
                {
                    "decision_id": key,
                    "customer_id": who,
                    "decided_at": at,
                    "action": treatment.action,
                    "channel": treatment.channel,
                    "action_probability": 1.0 / treatments,
                    "delivered_at": None if code == 0 else at,
                }
            )
            if code and rng.random() < truth.chance[phase[customer], code]:
                outcome = {"outcome_id": key, "decision_id": key, "outcome": "bought"}
                rows["outcomes"].append({**outcome, "occurred_at": at + timedelta(days=2)})
            if rng.random() < TELLS:
                said = level[customer] + truth.points[phase[customer], code] + 0.8 * rng.standard_normal()
                score = {"score": round(float(np.clip(said, 0.0, 10.0)), 2)}
                _event(rows, who, "csat", at + timedelta(days=4), score)
    frames = {name: pa.Table.from_pylist(of) for name, of in rows.items()}
    return {**frames, "customers": pa.table({"customer_id": [f"c{n}" for n in range(customers)]})}


def _event(rows: Any, who: str, name: str, at: datetime, properties: dict[str, float] | None = None) -> None:
    rows["interactions"].append(
        {
            "interaction_id": f"{who}-{len(rows['interactions'])}",
            "customer_id": who,
            "occurred_at": at,
            "touchpoint": name,
            "properties": None if properties is None else json.dumps(properties),
        }
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Got:
    """What new customers get, in truth, a decision: EUR and points over doing nothing.

    ``beyond``: points by which decisions go below the largest loss, on average. ``worst``: points of the
    dearest treatment among them.
    """

    money: float
    points: float
    beyond: float
    worst: float


def learned(frames: dict[str, Any], text: str) -> Engine:
    """The engine that the log teaches."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "journey.yaml"
        path.write_text(text)
        policy, _ = fit(tables_from_frames(path, **frames), seed=1)
    return policy.engine()


def got(engine: Engine, truth: Truth) -> Got:
    """What one customer of each phase is given; in this world nothing else of a customer matters."""
    index = engine.journey.treatment_index
    cells = []
    for code, phase in enumerate(PHASES):
        request = DecisionRequest(
            decision_id=f"d-{phase}",
            customer=Customer(customer_id="new"),
            decided_at=START + timedelta(days=400),
            stated_phase=phase,
        )
        first = decide(engine, request).actions[0]
        cells.append((code, index[first.action, first.channel]))
    row, column = (np.array(each) for each in zip(*cells, strict=True))
    points = truth.points[row, column]
    return Got(
        money=float(truth.money[row, column].mean()),
        points=float(points.mean()),
        beyond=float(np.maximum(-LARGEST_LOSS - points, 0.0).mean()),
        worst=float(points.min()),
    )


POLICIES: Final = {
    "money alone": Satisfaction(fact="csat"),
    "largest loss 0.1": Satisfaction(fact="csat", largest_loss=LARGEST_LOSS),
    "the same, when_unknown: pass": Satisfaction(
        fact="csat", largest_loss=LARGEST_LOSS, when_unknown=Unknown.PASS
    ),
    "a point is worth 10 EUR": Satisfaction(fact="csat", weight=10.0),
    "a point is worth 40 EUR": Satisfaction(fact="csat", weight=40.0),
}


def run(seed: int, customers: int, weeks: int) -> tuple[dict[str, Got], float]:
    """What each policy gives, and the root mean square error of the learned points."""
    journey = parse_journey(journey_text().encode(), "journey.yaml")
    truth = Truth.draw(journey, np.random.default_rng(seed))
    frames = simulate(truth, journey, customers, weeks, seed + 1_000)
    engine = learned(frames, journey_text(f"largest_loss: {LARGEST_LOSS}"))
    found = {}
    for name, asked in POLICIES.items():
        objective = replace(engine.journey.objective, satisfaction=asked)
        own = Engine(replace(engine.journey, objective=objective), engine.models, name)
        found[name] = got(own, truth)
    known = engine.satisfaction
    if known is None:
        return found, float("nan")
    return found, float(np.sqrt(np.mean((known.effect - truth.points)[:, 1:] ** 2)))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--seeds", type=int, nargs="+", default=[11, 12, 13])
    parser.add_argument("--customers", type=int, default=3_000)
    parser.add_argument("--weeks", type=int, default=12)
    given = parser.parse_args()
    results, errors = [], []
    for seed in given.seeds:
        found, error = run(seed, given.customers, given.weeks)
        results.append(found)
        errors.append(error)
        print(f"seed {seed}: error of points {error:.3f}", flush=True)
    print(
        f"\n{'policy':32} {'EUR':>7} {'points':>8} {'beyond':>8} {'worst':>8}   mean of {len(results)} seeds"
    )
    for name in POLICIES:
        own = [found[name] for found in results]
        figures = [np.mean([getattr(each, field) for each in own]) for field in ("money", "points", "beyond")]
        worst = min(each.worst for each in own)
        print(f"{name:32} {figures[0]:7.2f} {figures[1]:+8.3f} {figures[2]:8.4f} {worst:+8.3f}")
    print(f"root mean square error of points: {np.mean(errors):.3f}")


if __name__ == "__main__":
    main()
