"""One decision in process, beside the bare LightGBM calls that it replaces, in the same run.

    python -m benchmarks.decide                      trains a bundle on seeded synthetic rows
    python -m benchmarks.decide --bundle var/registry/bundles/<id>

Prints median, p10, p90 and p99 of three engines over the solar company's journey: 20 treatments with 30
policies, the whole catalogue with every treatment a candidate, and the whole catalogue as the file has
it; then where the time goes. CPU milliseconds of the deciding thread, so that a busy machine shows less.
Gate of the issue: 20 treatments, median under 1 ms.
"""

from __future__ import annotations

import argparse
import copy
import json
import os
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

import numpy as np

from models.bundle import Models, load_bundle
from models.domain.actions import Action
from models.domain.decision import DecisionRequest
from models.domain.history import build_history
from models.domain.interaction import Customer, Interaction, Kind
from models.domain.journey import AttributeType, Journey
from models.journey_file import parse_journey
from models.learned.features.builder import FeatureBuilder, make_spec
from models.learned.response.fit import fit_response
from models.learned.transition.fit import fit_transition
from models.learned.trees.parameters import TreeParameters
from models.learned.value.fit import fit_journey_value
from models.policy.compose import build_decision
from models.policy.decide import decide
from models.policy.engine import Engine
from models.policy.scoring.estimates import LearnedEstimates
from models.policy.steps import DecisionSteps, run_steps

ROOT = Path(__file__).resolve().parents[1]
NOW = datetime(2026, 11, 21, 11, tzinfo=UTC)  # noon in Berlin: no quiet hours
DAY_MS = 86_400_000


BLOCK = 50


def main() -> None:
    arguments = _arguments()
    solar = parse_journey((ROOT / "examples/solar/journey.yaml").read_bytes(), "examples/solar/journey.yaml")
    twenty = _twenty(solar)
    journeys = {
        "20 treatments, the file's own policies": replace(twenty, policies=solar.policies),
        "20 treatments, 30 policies": twenty,
        "whole catalogue, all candidates": _open(solar),
        "whole catalogue as it is": solar,
    }
    figures = {}
    for name, journey in journeys.items():
        models = load_bundle(arguments.bundle).models if arguments.bundle else synthetic_models(journey)
        figures[name] = measure(Engine(journey, models, "benchmark"), arguments.repeat)
    if arguments.json:
        print(json.dumps(figures, indent=1))
    else:
        _print(figures)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--bundle", type=Path, help="a published bundle of examples/solar/journey.yaml")
    parser.add_argument("--repeat", type=int, default=2000, help="decisions to time")
    parser.add_argument("--json", action="store_true", help="figures as JSON")
    return parser.parse_args()


def _open(journey: Journey) -> Journey:
    """The journey with every treatment meant for every phase, so that all of them are scored."""
    actions = tuple(
        replace(action, phases=(), repeat_after_days=None, requires=()) for action in journey.actions
    )
    return replace(journey, actions=actions, policies=_thirty(journey), playbook={})


def _twenty(journey: Journey) -> Journey:
    """Twenty treatments, doing nothing included."""
    chosen: list[Action] = []
    room = 19
    for action in _open(journey).actions:
        chosen.append(replace(action, channels=action.channels[:room], conflicts=()))
        room -= len(chosen[-1].channels)
        if room == 0:
            break
    names = {action.name for action in chosen}
    limits = tuple(limit for limit in journey.contact_limits if set(limit.actions) <= names)
    objective = replace(journey.objective, levers={})
    return replace(
        journey,
        actions=tuple(chosen),
        policies=_thirty(journey),
        contact_limits=limits,
        objective=objective,
        playbook={},
    )


def _thirty(journey: Journey):  # type: ignore[no-untyped-def]
    """Thirty policies: those of the file, repeated."""
    own = journey.policies
    return tuple(replace(own[i % len(own)], code=f"POLICY_{i}") for i in range(30))


def the_request(number: int) -> DecisionRequest:
    """A customer with forty events in half a year and every consent."""
    names = ["page_view", "email_click", "energy_check", "page_view", "savings_calculator", "roof_viewer"]
    past = [
        Interaction(
            occurred_at=NOW - timedelta(days=170 - 4 * i, hours=i % 7),
            channel="website",
            touchpoint=names[i % 6],
        )
        for i in range(34)
    ]
    contacts = [
        Interaction(
            occurred_at=NOW - timedelta(days=150 - 25 * i),
            channel="email",
            touchpoint="contact",
            kind=Kind.CONTACT,
            action="solar_guide",
        )
        for i in range(5)
    ]
    consent = dict.fromkeys(("email", "sms", "phone", "letter", "personalization"), True)
    attributes = {
        "roof_area_m2": 64,
        "roof_pitch_deg": 35,
        "roof_orientation": "s",
        "household_size": 4,
        "annual_kwh": 4200,
        "home_owner": True,
        "open_ticket_severity": "none",
        "installation_date": "2024-05-01",
    }
    customer = Customer(customer_id="c-1", attributes=attributes, consent=consent, time_zone="Europe/Vienna")
    return DecisionRequest(
        decision_id=f"d-{number}", customer=customer, decided_at=NOW, interactions=(*past, *contacts)
    )


def synthetic_models(journey: Journey, customers: int = 2500, events: int = 40) -> Models:
    """Models of the usual size (200 response trees, 200 rounds of phase trees) from seeded random rows."""
    rng = np.random.default_rng(20_261_121)
    names = [touchpoint.name for touchpoint in journey.touchpoints]
    base = NOW - timedelta(days=400)
    past = [
        [
            Interaction(
                occurred_at=base + timedelta(days=float(day)), channel="website", touchpoint=names[int(which)]
            )
            for day, which in zip(
                rng.uniform(0, 400, events), rng.integers(0, len(names), events), strict=True
            )
        ]
        for _ in range(customers)
    ]
    history = build_history(journey, past)
    spec = make_spec(journey, history)
    builder = FeatureBuilder(spec, journey)
    customer = np.repeat(np.arange(customers), 4)
    instant = round(base.timestamp() * 1000) + rng.integers(60, 380, len(customer)) * DAY_MS
    attributes = builder.attribute_matrix([_attributes(journey, rng) for _ in range(customers)])
    situations = builder.situate(history=history, customer=customer, instant=instant, attributes=attributes)
    return _fit(journey, builder, situations, customer, instant, rng)


def _attributes(journey: Journey, rng: np.random.Generator) -> dict[str, object]:
    """Random but of the declared types."""
    values: dict[str, object] = {}
    for attribute in journey.attributes:
        if attribute.type is AttributeType.CATEGORY:
            words = attribute.values or tuple(f"area {i}" for i in range(20))
            values[attribute.name] = words[int(rng.integers(len(words)))]
        elif attribute.type is AttributeType.BOOLEAN:
            values[attribute.name] = bool(rng.integers(2))
        elif attribute.type is AttributeType.NUMBER:
            values[attribute.name] = float(rng.uniform(0, 90))
    return values


def _fit(journey, builder, situations, customer, instant, rng) -> Models:  # type: ignore[no-untyped-def]
    n, phases = len(customer), len(journey.phases)
    row = np.arange(n)
    treatment = rng.integers(0, len(journey.treatments), n)
    customer_x = builder.customer_features(situations)
    candidate_x = builder.candidate_features(situations, row, treatment)
    signal = np.nan_to_num(customer_x[:, 6]) / 20 + (treatment % 5) / 5
    response = ((rng.random(n) < 0.1 + 0.2 * (signal > np.median(signal))) & (treatment > 0)).astype(np.int64)
    moved = rng.random(n) < 0.2 + 0.2 * (signal > np.median(signal))
    next_phase = np.where(moved, rng.integers(0, phases, n), situations.phase)
    later = instant > np.quantile(instant, 0.8)
    common = {
        "journey": journey,
        "spec": builder.spec,
        "customer_x": customer_x,
        "candidate_x": candidate_x,
        "phase": situations.phase,
        "treatment": treatment,
        "customer": customer,
        "calibrate": later,
        "parameters": TreeParameters(early_stopping_rounds=0, calibration_rows=10**9),
        "rng": rng,
    }
    fitted = fit_response(response=response, **common)
    transition = fit_transition(next_phase=next_phase, **common)
    probabilities = transition.probabilities(
        transition.baseline(customer_x, situations.phase), row, situations.phase, treatment
    )
    value = fit_journey_value(
        journey=journey,
        spec=builder.spec,
        customer_x=customer_x,
        phase=situations.phase,
        row=row,
        treatment=treatment,
        immediate=response * 5.0,
        probabilities=probabilities,
    )
    return Models(spec=builder.spec, response=fitted, transition=transition, value=value)


class Stopwatch:
    """Stands in for an object and adds up, by name, the CPU time that some of its methods take."""

    def __init__(self, target: Any, names: dict[str, str], spent: dict[str, int]) -> None:
        self._target, self._names, self._spent = target, names, spent

    def __getattr__(self, attribute: str) -> Any:
        found = getattr(self._target, attribute)
        name = self._names.get(attribute)
        if name is None:
            return found

        def timed(*positional: Any, **named: Any) -> Any:
            before = time.thread_time_ns()
            try:
                return found(*positional, **named)
            finally:
                self._spent[name] = self._spent.get(name, 0) + time.thread_time_ns() - before

        return timed


def watched(engine: Engine, spent: dict[str, int]) -> Engine:
    """A copy of ``engine`` whose steps are timed."""
    copied = copy.copy(engine)
    names = {"situate": "phase", "customer_features": "features", "candidate_features": "features"}
    copied.builder = Stopwatch(engine.builder, names, spent)  # type: ignore[assignment]
    copied.eligibility = Stopwatch(engine.eligibility, {"screen": "rules"}, spent)  # type: ignore[assignment]
    if engine.models is not None:
        estimator = LearnedEstimates(engine.models, copied.builder, engine.journey)
        copied.estimator = Stopwatch(estimator, {"estimate": "scores"}, spent)
    return copied


def measure(engine: Engine, repeat: int) -> dict[str, dict[str, float]]:
    """CPU milliseconds of a decision, of the bare LightGBM calls and of a decision's steps.

    The three take turns in blocks of decisions for different customers, as a worker under load makes them
    one after the other: drift of the machine meets all three alike, and none is timed with the caches
    that another left behind.
    """
    requests = [the_request(number) for number in range(64)]
    steps = run_steps(engine, requests[0])
    print(
        f"# {len(engine.journey.treatments)} treatments, {len(steps.candidates)} candidates, "
        f"{len(engine.journey.policies)} policies, {len(requests[0].interactions)} events, "
        f"{len(engine.builder.spec.customer_names)} customer features, "
        f"trees compiled: {_compiled(engine)}"
    )
    bare = _bare_lightgbm(engine, requests[0])
    times: dict[str, list[float]] = {}
    ways: list[Callable[[DecisionRequest], dict[str, float]]] = [
        lambda request: {"decide": _timed(lambda: decide(engine, request))},
        lambda request: _steps(engine, request),
    ]
    if bare is not None:
        ways.insert(1, lambda _: {"bare LightGBM calls": _timed(bare)})
    for block in range(-1, -(-repeat // BLOCK)):  # the first block warms up
        for way in ways:
            for number in range(BLOCK):
                taken = way(requests[(block * BLOCK + number) % len(requests)])
                for name, value in taken.items() if block >= 0 else ():
                    times.setdefault(name, []).append(value)
    return {name: _spread(values) for name, values in times.items()}


def _steps(engine: Engine, request: DecisionRequest) -> dict[str, float]:
    """The steps of one decision; they add up to the whole."""
    spent: dict[str, int] = {}
    timed = watched(engine, spent)
    history = _timed(lambda: build_history(engine.journey, [request.interactions]))
    made: list[DecisionSteps] = []
    whole = _timed(lambda: made.append(run_steps(timed, request)))
    answer = _timed(lambda: build_decision(engine, made[0]))
    steps = {name: value / 1e6 for name, value in spent.items()}
    steps["scores"] = steps.get("scores", 0.0) - steps.get("features", 0.0)
    steps["history"] = history
    steps["choice and the rest"] = whole - sum(steps.values())
    steps["answer"] = answer
    order = ("history", "phase", "rules", "features", "scores", "choice and the rest", "answer")
    return {f"  {name}": steps.get(name, 0.0) for name in order}


def _compiled(engine: Engine) -> list[bool]:
    """Whether mask tables score the response and the baseline, rather than LightGBM."""
    models = engine.models
    trees = [] if models is None else [models.response.trees, models.transition.trees]
    return [one is not None and one.compiled for one in trees]


def _bare_lightgbm(engine: Engine, request: DecisionRequest) -> Callable[[], object] | None:
    """Booster.predict on one thread: the response of all candidates, and the baseline of the customer."""
    import lightgbm

    models = engine.models
    if models is None or models.response.trees_text is None or models.transition.trees_text is None:
        return None
    steps = run_steps(engine, request)
    row = np.zeros(len(steps.candidates), dtype=np.int64)
    customer_x = engine.builder.customer_features(steps.situations)
    candidate_x = engine.builder.candidate_features(steps.situations, row, steps.candidates)
    rows = np.hstack((customer_x[row], candidate_x))
    response = lightgbm.Booster(model_str=models.response.trees_text)
    baseline = lightgbm.Booster(model_str=models.transition.trees_text)

    def predict() -> object:
        return response.predict(rows, num_threads=1), baseline.predict(customer_x, num_threads=1)

    return predict


def _timed(call: Callable[[], object]) -> float:
    before = time.thread_time_ns()
    call()
    return (time.thread_time_ns() - before) / 1e6


def _spread(values: list[float]) -> dict[str, float]:
    p10, median, p90, p99 = np.quantile(values, [0.1, 0.5, 0.9, 0.99]).tolist()
    return {"median": median, "p10": p10, "p90": p90, "p99": p99}


def _print(figures: dict[str, dict[str, dict[str, float]]]) -> None:
    for name, rows in figures.items():
        print(f"\n{name}, CPU ms{'median':>18}{'p10':>9}{'p90':>9}{'p99':>9}")
        for step, row in rows.items():
            print(
                f"  {step:<{len(name) + 10}}"
                + "".join(f"{row[k]:>9.3f}" for k in ("median", "p10", "p90", "p99"))
            )


if __name__ == "__main__":
    main()
