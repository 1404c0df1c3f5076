"""Small made-up data for the examples whose real data does not ship: the same files, columns and codes.

    python examples/stand_ins.py bank               into var/stand-ins/bank
    python examples/stand_ins.py all --out var/x    all five

Nobody's data: every row is drawn here, with a fixed seed, under the licence of this repository. It shows the
form and lets each example run; what a training finds in it was put in by this file and proves nothing.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import io
import json
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Final

import numpy as np

Row = Sequence[object]
Draws = np.random.Generator
SEED: Final = 20261130


def pick(draws: Draws, *options: str) -> str:
    return options[int(draws.integers(len(options)))]


def yes_no(draws: Draws, share: float) -> str:
    return "yes" if draws.random() < share else "no"


def write(path: Path, header: Row, rows: Iterable[Row], delimiter: str = ",") -> None:
    """A CSV file; packed if its name ends in gz, and then with the same bytes each time."""
    text = io.StringIO()
    out = csv.writer(text, delimiter=delimiter, lineterminator="\n")
    out.writerow(header)
    out.writerows(rows)
    content = text.getvalue().encode()
    path.write_bytes(gzip.compress(content, mtime=0) if path.suffix == ".gz" else content)


BANK: Final = (
    "age job marital education default housing loan contact month day_of_week duration campaign pdays"
    " previous poutcome emp.var.rate cons.price.idx cons.conf.idx euribor3m nr.employed y"
)


def bank(folder: Path, draws: Draws) -> None:
    """3,000 calls, May 2008 to November 2010; those who said yes last time say it more often."""
    months = ["may jun jul aug oct nov dec", "mar apr may jun jul aug sep oct nov dec"]
    months.append("mar apr may jun jul aug sep oct nov")
    in_order = " ".join(months).split()
    rows = []
    for month in np.sort(draws.integers(len(in_order), size=3000)).tolist():
        before = draws.random() < 0.15
        outcome = pick(draws, "success", "failure") if before else "nonexistent"
        housing, contact = yes_no(draws, 0.5), pick(draws, "cellular", "cellular", "telephone")
        wins = 0.07 + 0.35 * (outcome == "success") + 0.05 * (housing == "no") + 0.004 * month
        rows.append((
            int(draws.integers(20, 80)),
            pick(draws, "admin.", "blue-collar", "services", "technician", "retired", "student"),
            pick(draws, "married", "single", "divorced"),
            pick(draws, "basic.9y", "high.school", "university.degree"),
            pick(draws, "no", "no", "unknown"), housing, yes_no(draws, 0.2), contact,
            in_order[month], pick(draws, "mon", "tue", "wed", "thu", "fri"),
            int(draws.integers(20, 900)), int(draws.geometric(0.45)),
            int(draws.integers(2, 20)) if before else 999, int(before), outcome,
            round(1.1 - 0.16 * month, 1), round(93.9 - 0.03 * month, 3), round(-36.4 - 0.4 * month, 1),
            round(max(0.7, 4.9 - 0.17 * month), 3), round(5191 - 8.0 * month, 1), yes_no(draws, wins),
        ))  # fmt: skip
    write(folder / "bank-additional-full.csv.gz", BANK.split(), rows, ";")


def crm(folder: Path, draws: Draws) -> None:
    """1,200 deals of 20 accounts; nothing known when one enters tells how it ends, as in the real file."""
    products = (("GTX Basic", "GTX", 550), ("GTX Pro", "GTX", 4821), ("MG Special", "MG", 55))
    agents = [f"Agent {number}" for number in range(1, 9)]
    accounts = [f"Account {number}" for number in range(1, 21)]
    write(folder / "products.csv", ("product", "series", "sales_price"), products)
    teams = [
        (agent, f"Manager {n % 3}", pick(draws, "Central", "East", "West")) for n, agent in enumerate(agents)
    ]
    write(folder / "sales_teams.csv", ("sales_agent", "manager", "regional_office"), teams)
    companies = [
        (name, pick(draws, "technolgy", "medical", "retail"), int(draws.integers(1980, 2015)),
         round(float(draws.uniform(10, 4000)), 2), int(draws.integers(10, 9000)), "United States", "")
        for name in accounts
    ]  # fmt: skip
    header = "account sector year_established revenue employees office_location subsidiary_of"
    write(folder / "accounts.csv", header.split(), companies)
    deals: list[Row] = []
    for number, day in enumerate(np.sort(draws.integers(0, 400, size=1200)).tolist()):
        entered = date(2016, 10, 20) + timedelta(days=day)
        closed = entered + timedelta(days=int(draws.integers(1, 139)))
        product, _, price = products[int(draws.integers(3))]
        stage = pick(draws, "Won", "Won", "Won", "Lost", "Lost", "Engaging")
        known: Row = (f"D{number:05}", pick(draws, *agents), product.replace("GTX Pro", "GTXPro"))
        if stage == "Engaging":
            deals.append((*known, "", stage, entered, "", ""))
        else:
            deals.append(
                (*known, pick(draws, *accounts), stage, entered, closed, price if stage == "Won" else 0)
            )
    names = "opportunity_id sales_agent product account deal_stage engage_date close_date close_value"
    write(folder / "sales_pipeline.csv.gz", names.split(), deals)


def hillstrom(folder: Path, draws: Draws) -> None:
    """4,000 customers drawn evenly into two mails and none; a mail about what one has bought before works."""
    rows = []
    for _ in range(4000):
        bought = int(draws.integers(1, 4))  # 1: men's, 2: women's, 3: both
        mens, womens = bought & 1, bought >> 1
        segment = pick(draws, "Mens E-Mail", "Womens E-Mail", "No E-Mail")
        fits = mens if segment == "Mens E-Mail" else womens
        recency = int(draws.integers(1, 13))
        chance = 0.16 - 0.008 * recency + (0.0 if segment == "No E-Mail" else 0.02 + 0.09 * fits)
        visit = int(draws.random() < chance)
        conversion = int(visit and draws.random() < 0.06)
        history = round(float(draws.lognormal(5, 0.9)) + 30, 2)
        rows.append((
            recency, "-", history, mens, womens, pick(draws, "Urban", "Rural", "Surburban"),
            int(draws.integers(2)), pick(draws, "Phone", "Web", "Multichannel"), segment,
            visit, conversion, 90 * conversion,
        ))  # fmt: skip
    header = (
        "recency history_segment history mens womens zip_code newbie channel segment visit conversion spend"
    )
    write(folder / "hillstrom.csv.gz", header.split(), rows)


CALLS: Final = "W_Nabellen offertes"


def loan(folder: Path, draws: Draws) -> None:
    """600 applications; a higher amount is declined more often, and each call brings offers back."""
    cases: list[Row] = []
    events: list[Row] = []
    for case in range(600):
        at = datetime(2011, 10, 1, 8, tzinfo=UTC) + timedelta(hours=5.0 * case)
        amount = int(draws.integers(2, 50)) * 1000
        cases.append((case, at.isoformat(), amount))
        for hours, activity in _states(draws, amount):
            at += timedelta(hours=hours)
            events.append((case, at.isoformat(), activity, "COMPLETE", int(draws.integers(100, 120))))
    write(folder / "cases.csv.gz", ("case", "reg_date", "amount_req"), cases)
    write(folder / "events.csv.gz", ("case", "timestamp", "activity", "lifecycle", "resource"), events)


def _states(draws: Draws, amount: int) -> Iterable[tuple[float, str]]:
    """Hours since the state before, and the state or the call."""
    yield 0.0, "A_SUBMITTED"
    yield 0.01, "A_PARTLYSUBMITTED"
    if draws.random() < 0.3:
        yield 1.0, "W_Afhandelen leads"
    if draws.random() < 0.2 + amount / 100_000:
        yield 2.0, "A_DECLINED"
        return
    yield 1.0, "A_PREACCEPTED"
    yield 10.0, "W_Completeren aanvraag"
    for state in ("A_ACCEPTED", "O_SELECTED", "A_FINALIZED", "O_CREATED", "O_SENT"):
        yield 0.1, state
    calls = int(draws.integers(0, 4))
    for _ in range(calls):
        yield 40.0, CALLS
    if draws.random() > 0.4 + 0.15 * calls:
        yield 200.0, pick(draws, "A_CANCELLED", "O_CANCELLED")
        return
    yield 20.0, "O_SENT_BACK"
    yield 20.0, "W_Valideren aanvraag"
    if draws.random() < 0.4:
        yield 20.0, "W_Nabellen incomplete dossiers"
    if draws.random() < 0.2:
        yield 20.0, "O_DECLINED"
        yield 0.1, "A_DECLINED"
        return
    for state in ("O_ACCEPTED", "A_APPROVED", "A_REGISTERED", "A_ACTIVATED"):
        yield 5.0, state


OFFERS: Final = (
    ("bogo", 10, 10, 7, "email mobile social"), ("bogo", 10, 10, 5, "web email mobile social"),
    ("informational", 0, 0, 4, "web email mobile"), ("bogo", 5, 5, 7, "web email mobile"),
    ("discount", 5, 20, 10, "web email"), ("discount", 3, 7, 7, "web email mobile social"),
    ("discount", 2, 10, 10, "web email mobile social"), ("informational", 0, 0, 3, "email mobile social"),
    ("bogo", 5, 5, 5, "web email mobile social"), ("discount", 2, 10, 7, "web email mobile"),
)  # fmt: skip
WAVES: Final = (0, 168, 336, 408, 504, 576)


def starbucks(folder: Path, draws: Draws) -> None:
    """1,000 customers, six waves, the same lots (0.25 nothing, 0.075 each); the better paid complete more."""
    offers = [
        {"reward": reward, "channels": media.split(), "difficulty": difficulty, "duration": days,
         "offer_type": kind, "id": f"offer-{number}"}
        for number, (kind, reward, difficulty, days, media) in enumerate(OFFERS)
    ]  # fmt: skip
    (folder / "offers.json").write_text("".join(json.dumps(offer) + "\n" for offer in offers))
    customers: list[Row] = []
    events: list[tuple[int, int, str, object, object, object]] = []
    for customer in range(1000):
        income = int(draws.integers(30, 120)) * 1000
        joined = date(2013, 8, 1) + timedelta(days=int(draws.integers(0, 1800)))
        gender = pick(draws, "F", "M", "O")
        known = (gender, int(draws.integers(18, 90)), income) if draws.random() < 0.9 else ("", 118, "")
        customers.append((customer, f"made-up-{customer}", *known, f"{joined:%Y%m%d}"))
        for wave in WAVES:
            events += _wave(draws, customer, wave, income)
    events.sort(key=lambda event: event[1])
    write(
        folder / "customers.csv.gz",
        ("customer", "id", "gender", "age", "income", "became_member_on"),
        customers,
    )
    write(folder / "events.csv.gz", ("customer", "time_h", "event", "offer", "amount", "reward"), events)


def _wave(
    draws: Draws, customer: int, wave: int, income: int
) -> Iterable[tuple[int, int, str, object, object, object]]:
    """An offer or none, and what follows within three days."""
    offer = int(draws.integers(10)) if draws.random() < 0.75 else None
    bought = draws.random() < 0.4
    if offer is not None:
        kind, reward, difficulty, _, _ = OFFERS[offer]
        yield customer, wave, "offer received", offer, "", ""
        if draws.random() < 0.75:
            yield customer, wave + 6, "offer viewed", offer, "", ""
        if kind != "informational" and draws.random() < 0.25 + income / 250_000:
            spent = round(difficulty + float(draws.exponential(6)), 2)
            yield customer, wave + 24, "transaction", "", spent, ""
            yield customer, wave + 24, "offer completed", offer, "", reward
            bought = False
    if bought:
        yield (
            customer,
            wave + 36,
            "transaction",
            "",
            round(float(draws.exponential(income / 6000)) + 1, 2),
            "",
        )


MAKERS: Final[dict[str, Callable[[Path, Draws], None]]] = {
    "bank": bank, "crm": crm, "hillstrom": hillstrom, "loan": loan, "starbucks": starbucks,
}  # fmt: skip


def make(example: str, folder: Path) -> None:
    """The stand-in of one example; the same bytes each time."""
    folder.mkdir(parents=True, exist_ok=True)
    MAKERS[example](folder, np.random.default_rng([SEED, sorted(MAKERS).index(example)]))


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("example", choices=[*MAKERS, "all"])
    parser.add_argument("--out", type=Path, default=Path("var/stand-ins"))
    given = parser.parse_args()
    for example in MAKERS if given.example == "all" else [given.example]:
        folder = given.out / example
        make(example, folder)
        size = sum(path.stat().st_size for path in folder.iterdir())
        print(f"{folder}: {size / 1000:.0f} kB, made up")  # noqa: T201 (what this script did)


if __name__ == "__main__":
    main()
