"""CPU seconds and memory of feature building, beside DuckDB and a plain NumPy loop on the same log.

    python -m benchmarks.features                       # a tenth of the full size
    python -m benchmarks.features --customers 1000000   # 10 M events, 3 M decisions

Each contender runs in a process of its own and reports the CPU seconds of all its threads and its peak
resident memory, the columns of the log included. Ours builds phases, candidate columns and calendar as
well; DuckDB and the loop build only counts, recencies and values, which are compared with ours.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from models.domain.history import CONTACT, DAY_MS, OUTCOME, TOUCHPOINT, History, history_from_columns
from models.domain.journey import Journey
from models.journey_file import parse_journey
from models.learned.features.builder import FeatureBuilder, FeatureSpec, make_spec

JOURNEY = Path(__file__).resolve().parents[1] / "examples" / "solar" / "journey.yaml"
EVENTS_PER_CUSTOMER, DECISIONS_PER_CUSTOMER = 10, 3
YEAR_MS = 365 * DAY_MS
NAIVE_DECISIONS = 2_000
SAMPLE = 5_000  # decisions whose columns are compared
COLUMNS = ("customer", "occurred_at", "kind", "channel", "touchpoint", "action", "value_cents")


def solar() -> Journey:
    return parse_journey(JOURNEY.read_bytes(), JOURNEY.name)


def write_log(folder: Path, customers: int, rng: np.random.Generator) -> None:
    """A year's log in the order of time, as a store exports it; activity is very uneven."""
    journey = solar()
    n = customers * EVENTS_PER_CUSTOMER
    share = rng.gamma(0.7, size=customers).cumsum()
    customer = share.searchsorted(rng.random(n) * share[-1])
    kind = rng.choice([TOUCHPOINT, CONTACT, OUTCOME], size=n, p=[0.6, 0.3, 0.1])
    declared, names = len(journey.touchpoints), journey.touchpoint_names
    touchpoint = np.where(kind == TOUCHPOINT, rng.integers(0, declared, n), names.index("contact"))
    outcome = declared + rng.integers(0, len(journey.outcomes), n)
    log = {
        "customer": customer,
        "occurred_at": np.sort(rng.integers(0, YEAR_MS, n)),
        "kind": kind.astype(np.int8),
        "channel": rng.integers(-1, len(journey.channels), n).astype(np.int32),
        "touchpoint": np.where(kind == OUTCOME, outcome, touchpoint).astype(np.int32),
        "action": np.where(kind == TOUCHPOINT, -1, rng.integers(0, len(journey.actions), n)).astype(np.int32),
        "value_cents": np.where(rng.random(n) < 0.05, rng.integers(0, 100_000, n), 0),
    }
    for name, column in log.items():
        np.save(folder / f"{name}.npy", column)
    m = customers * DECISIONS_PER_CUSTOMER
    np.save(folder / "decided_customer.npy", np.sort(rng.integers(0, customers, m)))
    np.save(folder / "decided_at.npy", rng.integers(0, YEAR_MS, m))
    np.save(folder / "treatment.npy", rng.integers(0, len(journey.treatments), m))


def load(folder: Path, name: str) -> np.ndarray:
    return np.load(folder / f"{name}.npy")


def cpu_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def make_history(folder: Path, customers: int) -> History:
    journey = solar()
    columns = {name: load(folder, name) for name in COLUMNS}
    return history_from_columns(
        journey=journey, n_customers=customers, touchpoints=journey.touchpoint_names, **columns
    )


def ours(folder: Path, customers: int) -> dict[str, object]:
    """Every column of the default spec, customer's and candidate's, phases included."""
    stages: dict[str, float] = {}
    journey, mark = solar(), cpu_seconds()

    def done(stage: str) -> None:
        nonlocal mark
        stages[stage] = round(cpu_seconds() - mark, 2)
        mark = cpu_seconds()

    history = make_history(folder, customers)
    done("history")
    builder = FeatureBuilder(make_spec(journey, history), journey)
    trace = builder.machine.trace(history)
    done("phases")
    customer, treatment = load(folder, "decided_customer"), load(folder, "treatment")
    attributes = np.full((customers, len(builder.spec.attributes)), np.nan)
    situations = builder.situate(
        history=history,
        customer=customer,
        instant=load(folder, "decided_at"),
        attributes=attributes,
        trace=trace,
    )
    done("situations")
    x = builder.customer_features(situations)
    done("customer columns")
    builder.candidate_features(situations, np.arange(len(customer)), treatment)
    done("candidate columns")
    names = builder.spec.customer_names
    np.save(folder / "ours.npy", x[:SAMPLE])
    return {
        "stages": stages,
        "columns": len(names) + len(builder.spec.candidate_names),
        "entries": len(trace.position) - 1,
    }


def counted(spec: FeatureSpec, journey: Journey) -> dict[str, str]:
    """Column → its SQL: what is counted, in which window, or the latest of what."""
    own, window = f"kind = {TOUCHPOINT}", "t >= now - {}"
    codes = {name: f"touchpoint = {code}" for code, name in enumerate(journey.touchpoint_names)}
    sql = {
        "events_total": "count(*)",
        "tenure_days": f"(now - min(t)) / {DAY_MS}",
        "contacts_total": f"count(*) FILTER (kind = {CONTACT})",
        "days_since_contact": f"(now - max(t) FILTER (kind = {CONTACT})) / {DAY_MS}",
        "days_since_touchpoint": f"(now - max(t) FILTER ({own})) / {DAY_MS}",
    }
    for days in (7, 30):
        sql[f"contacts_{days}d"] = f"count(*) FILTER (kind = {CONTACT} AND {window.format(days * DAY_MS)})"
    for name in spec.touchpoints:
        sql[f"days_since.{name}"] = f"(now - max(t) FILTER ({codes[name]})) / {DAY_MS}"
    for days in spec.windows_days:
        recent = window.format(round(days * DAY_MS))
        sql[f"touchpoints_{days:g}d"] = f"count(*) FILTER ({own} AND {recent})"
        sql[f"value_{days:g}d"] = f"coalesce(sum(cents) FILTER ({recent}), 0) / 100"
        for name in spec.touchpoints:
            sql[f"touchpoint.{name}.{days:g}d"] = f"count(*) FILTER ({codes[name]} AND {recent})"
        for code, name in enumerate(spec.channels):
            sql[f"channel.{name}.{days:g}d"] = f"count(*) FILTER ({own} AND channel = {code} AND {recent})"
    return sql


def duckdb(folder: Path, customers: int) -> dict[str, object]:
    """One join of decisions with earlier events, then filtered aggregates; DuckDB spills if it must."""
    import duckdb as engine

    journey = solar()
    sql = counted(make_spec(journey), journey)
    log = {name: load(folder, name) for name in COLUMNS}
    events = {"c": log["customer"], "t": log["occurred_at"], "cents": log["value_cents"]}
    events |= {name: log[name] for name in ("kind", "channel", "touchpoint")}
    decided = {"c": load(folder, "decided_customer"), "now": load(folder, "decided_at")}
    decided["id"] = np.arange(len(decided["c"]))
    con = engine.connect(
        config={"threads": 2, "memory_limit": "6GiB", "temp_directory": str(folder / "spill")}
    )
    mark = cpu_seconds()
    con.register("events", events)
    con.register("decided", decided)
    chosen = ", ".join(f'({text})::FLOAT AS "{name}"' for name, text in sql.items())
    con.execute(
        f"CREATE TABLE features AS SELECT id, {chosen} FROM decided JOIN events "  # noqa: S608 own text
        "ON events.c = decided.c AND t < now GROUP BY id, now"
    )
    seconds = round(cpu_seconds() - mark, 2)
    sample = con.execute(f"SELECT * FROM features WHERE id < {SAMPLE} ORDER BY id").fetchnumpy()  # noqa: S608
    return {"stages": {"query": seconds}, "columns": len(sql), "differing": differing(folder, sample, sql)}


def differing(folder: Path, sample: dict[str, np.ndarray], sql: dict[str, str]) -> int:
    """Cells of the sample that are not the same as ours, of decisions with a history."""
    names = make_spec(solar()).customer_names
    x = np.load(folder / "ours.npy")[sample["id"]]
    wrong = 0
    for name in sql:
        theirs = np.ma.filled(sample[name], np.nan).astype(np.float32)
        wrong += int((~np.isclose(x[:, names.index(name)], theirs, rtol=1e-6, equal_nan=True)).sum())
    return wrong


def naive(folder: Path, customers: int) -> dict[str, object]:
    """Decision by decision and column by column with NumPy masks; a few decisions, scaled up."""
    history = make_history(folder, customers)
    journey = solar()
    spec = make_spec(journey, history)
    decided = zip(load(folder, "decided_customer"), load(folder, "decided_at"), strict=True)
    mark, columns = cpu_seconds(), 0
    for _, (customer, now) in zip(range(NAIVE_DECISIONS), decided, strict=False):
        columns = len(naive_row(history, spec, int(customer), int(now)))
    each = (cpu_seconds() - mark) / NAIVE_DECISIONS
    return {"stages": {"scaled up": round(each * customers * DECISIONS_PER_CUSTOMER, 1)}, "columns": columns}


def naive_row(history: History, spec: FeatureSpec, customer: int, now: int) -> list[float]:
    events = slice(history.start[customer], history.start[customer + 1])
    t = history.occurred_at[events]
    past = t < now
    touchpoint, channel = history.touchpoint[events], history.channel[events]
    own = past & (history.kind[events] == TOUCHPOINT)
    contact = past & (history.kind[events] == CONTACT)
    masks = [contact, own, *(past & (touchpoint == code) for code in range(len(spec.touchpoints)))]
    row = [past.sum(), contact.sum(), *((now - t[m].max()) / DAY_MS if m.any() else np.nan for m in masks)]
    masks += [own & (channel == code) for code in range(len(spec.channels))]
    for days in spec.windows_days:
        recent = t >= now - days * DAY_MS
        row += [(m & recent).sum() for m in masks]
        row.append(history.value_cents[events][past & recent].sum() / 100)
    return row


CONTENDERS = {"ours": ours, "duckdb": duckdb, "naive": naive}


def run(contender: str, folder: Path, customers: int) -> None:
    """In a child: build, and print one line of JSON."""
    began = time.perf_counter()
    result = CONTENDERS[contender](folder, customers)
    result["wall_s"] = round(time.perf_counter() - began, 1)
    result["peak_gib"] = round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20, 2)
    print(json.dumps(result))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--customers", type=int, default=100_000)
    parser.add_argument("--contenders", nargs="+", choices=CONTENDERS, default=list(CONTENDERS))
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.folder:
        run(options.contenders[0], options.folder, options.customers)
        return
    millions = options.customers / 1e6
    print(
        f"{millions * EVENTS_PER_CUSTOMER:g} M events, {millions:g} M customers, "
        f"{millions * DECISIONS_PER_CUSTOMER:g} M decisions\n\n"
        "| contender | columns | CPU s | peak GiB | wall s | CPU s by stage |\n"
        "| --- | --- | --- | --- | --- | --- |"
    )
    with tempfile.TemporaryDirectory() as folder:
        write_log(Path(folder), options.customers, np.random.default_rng(options.seed))
        for name in options.contenders:
            command = [sys.executable, __file__, "--folder", folder, "--customers", str(options.customers)]
            done = subprocess.run([*command, "--contenders", name], capture_output=True, text=True)
            if done.returncode:
                reason = (done.stderr.strip().splitlines() or [f"exit code {done.returncode}"])[-1]
                print(f"| {name} | failed: {reason} |")
                continue
            found = json.loads(done.stdout)
            stages = ", ".join(f"{stage} {seconds}" for stage, seconds in found["stages"].items())
            extra = f"; {found['differing']} cells differ from ours" if "differing" in found else ""
            print(
                f"| {name} | {found['columns']} | {sum(found['stages'].values()):.1f} | {found['peak_gib']} "
                f"| {found['wall_s']} | {stages}{extra} |",
                flush=True,
            )


if __name__ == "__main__":
    main()
