"""The decision engine at its limits: a thousand actions, explanations, and rules beside plain Python.

    python -m benchmarks.engine                 CPU milliseconds; gates of the issue are printed beside

Three parts in one run: ``decide`` with 20 treatments and 30 rules and with 1,000 actions and 200 rules,
``explain`` of both, and 30 rules of the solar company evaluated alone beside the same conditions written by
hand in Python. CPU time of the calling thread, so that a busy machine shows less.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from benchmarks.decide import ROOT, _twenty, synthetic_models, the_request
from models.bundle import Models
from models.domain.actions import Policy, Tier
from models.domain.decision import DecisionRequest
from models.domain.journey import Journey
from models.domain.past import build_past, event_of, pack, unpack
from models.domain.rules.rules import Rule, RuleContext
from models.journey_file import parse_journey
from models.policy.decide import decide
from models.policy.engine import Engine
from models.policy.explain.explanation import Explainer

TEMPLATES = (
    ("phase.dwell_days >= {n}.0 - 400.0", lambda v, n: v["phase"]["dwell_days"] >= n - 400.0),
    ("seen.page_view < 1000 + {n}", lambda v, n: v["seen"]["page_view"] < 1000 + n),
    (
        "!has(customer.attributes.roof_area_m2) || customer.attributes.roof_area_m2 > -{n}.0",
        lambda v, n: (
            "roof_area_m2" not in v["customer"]["attributes"]
            or v["customer"]["attributes"]["roof_area_m2"] > -float(n)
        ),
    ),
    (
        'phase.name != "out_of_market" || days_since.energy_check > -{n}.0',
        lambda v, n: v["phase"]["name"] != "out_of_market" or v["days_since"]["energy_check"] > -float(n),
    ),
    (
        "!has(customer.attributes.open_ticket_severity)"
        ' || customer.attributes.open_ticket_severity != "critical"'
        " || now.hour > 24 + {n}",
        lambda v, n: (
            "open_ticket_severity" not in v["customer"]["attributes"]
            or v["customer"]["attributes"]["open_ticket_severity"] != "critical"
            or v["now"]["hour"] > 24 + n
        ),
    ),
)
"""Rules that hold, and the same in Python; ``n`` makes each its own."""

READING_ACTION = (
    'action.group != "group_{n}" || seen.page_view < 1000',
    "action.value > -{n}.0",
    'action.name != "action_{n}" || phase.dwell_days >= 0.0',
    'phase.name != "out_of_market" || action.channel != "fax_{n}"',
)
"""Rules that hold and read the candidate, alone and with the customer."""

VARIABLES: dict[str, Any] = {
    "customer": {"attributes": {"roof_area_m2": 64.0, "open_ticket_severity": "none"}},
    "phase": {"name": "out_of_market", "dwell_days": 12.5},
    "seen": {"page_view": 12},
    "days_since": {"energy_check": 40.0},
    "now": {"hour": 12},
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--repeat", type=int, default=300, help="calls to time")
    repeat = parser.parse_args().repeat
    solar = parse_journey((ROOT / "examples/solar/journey.yaml").read_bytes(), "examples/solar/journey.yaml")
    twenty = replace(_twenty(solar), policies=policies(30))
    models = synthetic_models(twenty)
    measure("20 treatments, 30 rules", Engine(twenty, models, "benchmark"), repeat, (0.1, 10.0))
    plain = thousand(solar)
    reading = tuple(
        replace(policy, when=READING_ACTION[n // 10 % 4].format(n=n)) if n % 10 == 0 else policy
        for n, policy in enumerate(plain.policies)
    )
    for title, large in {
        "1,000 actions, 200 rules": plain,
        "1,000 actions, 200 rules of which 20 read action": replace(plain, policies=reading),
    }.items():
        begun = time.thread_time()
        engine = Engine(large, widened(models, len(large.treatments)), "benchmark")
        print(f"\nengine made in {(time.thread_time() - begun) * 1e3:.0f} CPU ms")
        measure(title, engine, max(repeat // 5, 20), (2.0, None))
    rules(repeat * 5)


def policies(number: int) -> tuple[Policy, ...]:
    """Rules about every action, in all three tiers."""
    tiers = list(Tier)
    return tuple(
        Policy(code=f"RULE_{n}", tier=tiers[n % 3], when=TEMPLATES[n % len(TEMPLATES)][0].format(n=n))
        for n in range(number)
    )


def thousand(journey: Journey) -> Journey:
    """A thousand actions on one channel each, all of them candidates."""
    twenty = _twenty(journey)
    first = twenty.actions[0]
    actions = tuple(
        replace(
            first, name=f"action_{n}", group=f"group_{n % 20}", channels=(first.channels[n % 2],), phases=()
        )
        for n in range(1_000)
    )
    return replace(twenty, actions=actions, contact_limits=(), policies=policies(200))


def widened(models: Models, treatments: int) -> Models:
    """The models with tables for more treatments, repeated from those they learned; the trees stay."""
    known = models.response.start.shape[1] - 1
    codes = np.array([0, *(1 + n % known for n in range(treatments - 1))])
    response = replace(
        models.response,
        start=models.response.start[:, codes],
        shift=models.response.shift[:, codes],
        evidence=models.response.evidence[:, codes],
        rows=models.response.rows[:, codes],
    )
    transition = replace(
        models.transition,
        effects=models.transition.effects[:, codes],
        standard_errors=models.transition.standard_errors[:, codes],
    )
    return replace(models, response=response, transition=transition)


def measure(title: str, engine: Engine, repeat: int, gates: tuple[float, float | None]) -> None:
    """Prints the spread of a decision and of an explanation."""
    explainer = Explainer(engine)
    requests = [with_kept_past(the_request(n)) for n in range(64)]
    explained = explainer.explain(requests[0])
    print(f"\n{title}: {len(explained.candidates)} candidates, {len(explained.drop_outs)} dropped out")
    show("decide", spread(lambda n: decide(engine, requests[n % 64]), repeat), gates[0])
    less = max(repeat // 5, 10)
    show("explain", spread(lambda n: explainer.explain(requests[n % 64]), less), gates[1])
    if len(explained.candidates) < 100:
        every = spread(lambda n: explainer.explain(requests[n % 64], everyone=True), less)
        show("explain, features of every candidate", every, None)


def with_kept_past(request: DecisionRequest) -> DecisionRequest:
    """The request as the service makes it: with the past in columns, as the store keeps it."""
    past = build_past(event_of(event, str(n)) for n, event in enumerate(request.interactions))
    return replace(request, interactions=(), past=unpack(pack(past)))


def rules(repeat: int) -> None:
    """Thirty rules alone, prepared once a request as the service does, beside the same in Python."""
    compiled = [Rule.compile(policy.when) for policy in policies(30)]
    by_hand = [(TEMPLATES[n % len(TEMPLATES)][1], n) for n in range(30)]

    def cel(_: int) -> bool:
        context = RuleContext(VARIABLES)
        return all(rule.holds(context) for rule in compiled)

    def prepared(context: RuleContext) -> Callable[[int], bool]:
        return lambda _: all(rule.holds(context) for rule in compiled)

    def python(_: int) -> bool:
        return all(predicate(VARIABLES, n) for predicate, n in by_hand)

    assert cel(0)
    assert python(0)
    print("\n30 rules alone")
    whole, alone, hand = (spread(call, repeat) for call in (cel, prepared(RuleContext(VARIABLES)), python))
    show("CEL, variables converted once a request", whole, None)
    show("CEL, rules alone", alone, None)
    show("Python by hand", hand, None)
    print(f"  rules alone ÷ Python: {alone['median'] / hand['median']:.1f} (gate 5), with conversion "
          f"{whole['median'] / hand['median']:.1f}")  # fmt: skip


def spread(call: Callable[[int], object], repeat: int) -> dict[str, float]:
    """CPU milliseconds: median, p10, p90."""
    times = []
    for number in range(repeat + 5):
        before = time.thread_time_ns()
        call(number)
        times.append((time.thread_time_ns() - before) / 1e6)
    p10, median, p90 = np.quantile(times[5:], [0.1, 0.5, 0.9]).tolist()
    return {"median": median, "p10": p10, "p90": p90, "lowest": min(times[5:])}


def show(name: str, figures: Mapping[str, float], gate: float | None) -> None:
    """One line."""
    numbers = "".join(f"{key:>8} {value:8.4f}" for key, value in figures.items())
    print(f"  {name:<42}{numbers}   CPU ms{'' if gate is None else f', gate {gate:g}'}")


if __name__ == "__main__":
    main()
