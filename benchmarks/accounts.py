"""What deciding per account adds over deciding person by person.

A world of accounts with known truth (``training/simulator/accounts``): one log in which everybody was decided
for by themselves, two journey files on it (people of accounts, and people alone), and several ways to decide.
Share of the gap between random and a planner who knows the truth.

    python -m benchmarks.accounts --seeds 11 12 13
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

import numpy as np
import yaml

from models.policy.engine import Engine
from training.api import fit, tables_from_frames
from training.simulator.accounts.policies import AccountPolicy, Learned, Nothing, Planner, Random
from training.simulator.accounts.records import Records
from training.simulator.accounts.rollout import Earned, earn, simulate_records
from training.simulator.accounts.world import ROLES

JOURNEY = Path(__file__).parents[1] / "examples" / "rollout" / "journey.yaml"


def alone(text: str) -> str:
    """The journey file of the same company for people by themselves, whose role is an attribute."""
    journey = yaml.safe_load(text)
    rules = journey.pop("accounts")["phase_rules"]
    journey["attributes"] = {"role": {"type": "category", "values": list(ROLES), "label": "Role"}}
    journey["phase_rules"] = [
        {"when": f'interaction.touchpoint == "{rule["when"].split(".")[2].split()[0]}"', "to": rule["to"]}
        for rule in rules
    ]
    journey["contact_limits"] = [limit for limit in journey["contact_limits"] if "per" not in limit]
    for name, action in journey["actions"].items():
        if roles := action.pop("roles", None):
            listed = " || ".join(f'customer.attributes.role == "{role}"' for role in roles)
            rule = {"code": f"ROLE_{name.upper()}", "tier": "eligibility", "actions": [name], "when": listed}
            journey.setdefault("policies", []).append(rule)
    return yaml.safe_dump(journey, sort_keys=False, allow_unicode=True)


def learned(records: Records, text: str) -> Engine:
    """The engine that the records teach, by a journey file."""
    frames = records.frames()
    if "accounts:" in text:
        frames["customers"].pop("attributes")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "journey.yaml"
        path.write_text(text)
        policy, _ = fit(tables_from_frames(path, **frames), seed=1)
    return policy.engine()


def run(seed: int, n_log: int, n_accounts: int, weeks: int) -> dict[str, Earned]:
    text = JOURNEY.read_text()
    records = simulate_records(n_log, weeks, np.random.default_rng(seed))
    account = learned(records, text)
    person = learned(records, alone(text))
    policies: list[AccountPolicy] = [
        Random(),
        Nothing(),
        Learned(person, "person by person", together=False),
        Learned(account, "person by person, with the account's phase", together=False),
        Learned(account, "per account", together=True),
        Planner(weeks),
    ]
    return {policy.name: earn(policy, n_accounts, weeks, seed + 1_000) for policy in policies}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--seeds", type=int, nargs="+", default=[11, 12, 13])
    parser.add_argument("--log", type=int, default=600, help="accounts in the log")
    parser.add_argument("--accounts", type=int, default=1_000, help="accounts that live under each policy")
    parser.add_argument("--weeks", type=int, default=26)
    given = parser.parse_args()
    shares: dict[str, list[float]] = {}
    print(f"{'policy':45} {'EUR an account':>14} {'contacts':>9} {'share of the gap':>17}")
    for seed in given.seeds:
        results = run(seed, given.log, given.accounts, given.weeks)
        low = results["random"].eur.mean()
        gap = results["planner (sees the truth)"].eur.mean() - low
        for name, result in results.items():
            share = (result.eur.mean() - low) / gap
            shares.setdefault(name, []).append(share)
            print(f"{name:45} {result.eur.mean():14.0f} {result.contacts:9.1f} {share:17.2f}", flush=True)
    print(f"\nmean of {len(given.seeds)} seeds")
    for name, found in shares.items():
        print(f"{name:45} {np.mean(found):17.2f}  ({min(found):.2f} to {max(found):.2f})")


if __name__ == "__main__":
    main()
